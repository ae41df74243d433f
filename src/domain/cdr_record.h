/*
 * The records domain/cdr keeps in its journal: the steps of a call, a sign of life, and how far
 * PostgreSQL has taken them.
 *
 * An end carries the whole row, ready for PostgreSQL; a begin carries the members known by then, so
 * that a call whose end was never written can still be closed.
 */
#ifndef CENTREX_DOMAIN_CDR_RECORD_H
#define CENTREX_DOMAIN_CDR_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/journal.h"
#include "base/text.h"
#include "domain/cdr.h"

enum cdr_kind {
	CDR_KIND_BEGIN = 'B',  /* call, tenant, start_us, answer_us; json: members without braces */
	CDR_KIND_ANSWER = 'A', /* call, answer_us */
	CDR_KIND_END = 'E',    /* call, tenant; json: an object, columns of cdrs and cdr_details */
	CDR_KIND_JOIN = 'Q',   /* call, tenant: the queue call; start_us: joined; json: members */
	CDR_KIND_LEAVE = 'L',  /* the same; start_us: left; answer_us: ended, 0: with the call */
	CDR_KIND_OFFER = 'F',  /* call, tenant: the offer, in the last queue of the call; start_us:
	                        * answered, answer_us: ended, 0: not; json: members. A later one
	                        * of an offer takes the place of the one before. */
	CDR_KIND_QUEUES =
		'O', /* call, tenant; json: {"id","queues"}, what did not fit into the end */
	CDR_KIND_RECORDING = 'R', /* call; json: the file's path, which is no JSON */
	CDR_KIND_ALIVE = 'H',
	CDR_KIND_TAKEN = 'K', /* taken: PostgreSQL has everything before it */
};

struct cdr_record {
	enum cdr_kind kind;
	struct uuid call, tenant;
	int64_t start_us, answer_us; /* answer_us 0: not answered */
	int64_t at_us;               /* when it was written */
	struct journal_position taken;
	const char *json; /* not NUL-terminated */
	size_t json_n;
};

/* Replaces what text holds; text.failed when out of memory. */
void cdr_record_write(const struct cdr_record *record, struct text *text);
/* False: no record of this form. json points into bytes. */
MUST_CHECK bool cdr_record_parse(const uint8_t *bytes, size_t n, struct cdr_record *ret_record);

/* The members of a begin: whatever a phone sent becomes bounded UTF-8. */
void cdr_begin_json(const struct cdr_begin *begin, int64_t start_us, const char *node,
                    struct text *text);
/* The whole row. Times are put in order: an end is never before its start. begin: the members;
 * queues: an object (domain/cdr_queue.h), NULL: none. */
void cdr_end_json(const struct cdr_end *end, int64_t start_us, int64_t answer_us, const char *begin,
                  size_t begin_n, const char *queues, struct text *text);

/* "name":"value", with the comma behind it: at most `most` characters, U+FFFD for each byte that
 * is none; value NULL: "". */
void cdr_text_json(struct text *text, const char *name, const char *value, size_t most);
void cdr_time_json(struct text *text, const char *name, int64_t unix_us);

/* A time PostgreSQL and RFC 3339 can take: the years 1970 to 9999. */
int64_t cdr_time(int64_t unix_us);

#endif
