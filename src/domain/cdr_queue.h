/*
 * What became of callers in queues, on its way into a journal: the array of cdr_end as rows that
 * PostgreSQL takes, in pieces that a record has room for.
 *
 * A piece is {"calls":[...],"offers":[...]} with the columns of queue_calls (but for those of the
 * call's own record) and queue_offers.
 */
#ifndef CENTREX_DOMAIN_CDR_QUEUE_H
#define CENTREX_DOMAIN_CDR_QUEUE_H

#include "domain/cdr_record.h"

/* Together with everything else in an end, below JOURNAL_RECORD_MAX. */
enum { CDR_PIECE_BYTES = 24 * 1024 };
/* Of a slug, as sql/tenant bounds it; and of the array, in bytes. */
enum { CDR_SLUG_CHARACTERS = 64, CDR_QUEUES_BYTES = 1 << 20 };

/* A piece that is full; the last one is not given here. */
typedef void cdr_piece_h(const struct text *piece, void *arg);

/* ret_last: the last piece, with the calls. False: json is no such array, or has nothing in it that
 * can be used; nothing was given. Out of memory: ret_last->failed, or false. */
MUST_CHECK bool cdr_queue_pieces(const char *json, cdr_piece_h *full, void *arg,
                                 struct text *ret_last);

/* The members of a caller's coming, and of his going. */
void cdr_queue_join_json(const struct cdr_queue *queue, struct text *text);
void cdr_queue_leave_json(const struct cdr_queue_left *left, int64_t joined_us, struct text *text);

#endif
