/*
 * mod_callcenter's tables, of one domain: as a tenant's snapshot wants them, or as FreeSWITCH lists
 * them; and the fewest commands that make one of the other. Pure.
 *
 * A row is its texts: the keys of its table, then the values. Rows are sorted by their keys.
 */
#ifndef CENTREX_FREESWITCH_TABLES_H
#define CENTREX_FREESWITCH_TABLES_H

#include "freeswitch/callcenter.h"

enum table { TABLE_QUEUES, TABLE_AGENTS, TABLE_TIERS, TABLE_STREAMS, TABLE_COUNT };

enum { TABLE_FIELDS_MAX = 1 + 2 + CALLCENTER_LIMIT_COUNT }; /* of a queue; others have fewer */

struct row {
	char *fields[TABLE_FIELDS_MAX]; /* one piece of memory, which begins at the first */
};

struct rows {
	struct row *rows;
	size_t n, room;
};

/* Zeroed: empty. */
struct tables {
	struct rows of[TABLE_COUNT];
};

void tables_clear(struct tables *tables);

/* Copies the texts of a row: as many as the table has columns, or up to a NULL. */
MUST_CHECK enum error_code rows_add(struct rows *rows, enum table table, const char *const *fields,
                                    struct error *err);
/* After the last was added; of two with the same keys the first stays. */
void rows_sort(struct rows *rows, enum table table);
const struct row *rows_find(const struct rows *rows, enum table table, const char *const *keys);

/* What the tenant wants; NULL: nothing. What cannot be said (inert.h) is left out; *ret_left_out
 * counts it. ring_s: the installation's. */
MUST_CHECK enum error_code tables_want(const struct snapshot *snapshot, unsigned ring_s,
                                       struct tables *ret_tables, size_t *ret_left_out,
                                       struct error *err);

/* One row of an answer to `queue list`, `agent list` or `tier list`: fields, valid during the
 * call. Returns false to stop. */
typedef bool table_h(const char *const *fields, void *arg);

/* Goes over the n bytes of such an answer. ERROR_INVALID: it is none. What another hand wrote may
 * hold a |: it counts to the value it stands in, and a row in which that cannot be told is passed
 * over. */
MUST_CHECK enum error_code tables_read(enum table table, const char *answer, size_t n, table_h *h,
                                       void *arg, struct error *err);

/* A command, without "api". loads: it makes FreeSWITCH ask for a queue's configuration. */
typedef bool command_h(const char *command, bool loads, void *arg);

/*
 * The commands that make `want` of `have`, in the order they must be carried out. A queue that is
 * loaded brings its agents and tiers with it (mod_callcenter.c, load_queue): they are not told
 * again. False: the handler returned it, or there was no memory.
 */
bool tables_differ(const struct tables *have, const struct tables *want, command_h *h, void *arg);

#endif
