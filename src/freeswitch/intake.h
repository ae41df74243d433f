/*
 * Takes FreeSWITCH's call records and is done with one only when it is safe: committed in
 * PostgreSQL, in public.dead_letters where it has no place there, or, while the database is away,
 * in a file of the spool that was synced. One row of cdrs for a call, its legs in cdr_legs and
 * cdr_details.legs; the same record again changes nothing. A bad record never holds up another.
 *
 * Records of many callers are gathered and written in one unit of work a tenant. A thread of its
 * own carries the spool to PostgreSQL once the database is back.
 */
#ifndef CENTREX_FREESWITCH_INTAKE_H
#define CENTREX_FREESWITCH_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "domain/directory.h"

struct intake;

enum intake_notice {
	INTAKE_DEAD,    /* a record became a dead letter: err says why */
	INTAKE_WAITING, /* the database is away (err): records wait in the spool */
	INTAKE_RESUMED,
	INTAKE_UNWRITTEN, /* the spool cannot be written (err): records are refused, to be sent
	                     again */
	INTAKE_WRITTEN,   /* it can again */
};

typedef void intake_notice_h(enum intake_notice notice, const char *leg, const struct error *err,
                             void *arg);

struct intake_config {
	const char *spool; /* directory, made where it is not there; of one process */
	struct db *db;
	struct directory *directory;
	intake_notice_h *notice; /* NULL allowed; on any thread */
	void *arg;
};

struct intake_counts {
	uint64_t stored, repeated; /* repeated: was there already */
	uint64_t dead, spooled, replayed, refused;
	size_t waiting; /* files in the spool */
};

struct intake_letter {
	const char *content_type; /* "" where none was given */
	const char *url_uuid;     /* "" the same */
	const char *body;
	size_t n;
};

enum intake_outcome { INTAKE_STORED, INTAKE_SPOOLED, INTAKE_IS_DEAD };

/* ERROR_BUSY: another process has the spool. */
MUST_CHECK enum error_code intake_open(const struct intake_config *config,
                                       struct intake **ret_intake, struct error *err);
void intake_close(struct intake *intake); /* NULL is allowed */

/* Any thread; blocks until the record is safe. An error (ERROR_UNAVAILABLE, ERROR_NO_SPACE,
 * ERROR_IO): it is not, and must be sent again. */
MUST_CHECK enum error_code intake_take(struct intake *intake, const struct intake_letter *letter,
                                       enum intake_outcome *ret_outcome, struct error *err);

void intake_counts(struct intake *intake, struct intake_counts *ret_counts);

#endif
