/*
 * Why a queue did what it did (the tenant's table queue_decisions), written behind by the engine in
 * batches of one tenant by one thread, as domain/live.h does it. While the database is away the
 * newest are kept, as many as there is room for; what is dropped is counted. Old rows go on the
 * way: after queue_log_days, and beyond QUEUE_LOG_MOST of a tenant.
 */
#ifndef CENTREX_DOMAIN_QUEUE_LOG_H
#define CENTREX_DOMAIN_QUEUE_LOG_H

#include "db/db.h"

enum { QUEUE_LOG_MOST = 200000, QUEUE_LOG_DAYS = 7 };

struct queue_log;

struct queue_log_entry {
	struct uuid tenant, queue, call; /* call: cdrs.id; all zero: none */
	int64_t at_us;                   /* unix time */
	const char *decision;            /* a slug; kept as a pointer: const text */
	/* A JSON object; copied:
	 * {"extension":"101"} where it is about one agent; {"tier":2} for tier_opened;
	 * {"considered":[{"extension":"101","tier":1,"level":1,"verdict":"wrap_up","until":"..."}]}
	 */
	const char *data_json;
};

MUST_CHECK enum error_code queue_log_open(struct db *db, struct queue_log **ret_log,
                                          struct error *err);
void queue_log_close(struct queue_log *log); /* writes what waits, two seconds at most */
/* Never blocks. log NULL is allowed. */
void queue_log_add(struct queue_log *log, const struct queue_log_entry *entry);

struct queue_log_counts {
	uint64_t written, dropped;
	size_t waiting;
};
void queue_log_counts(struct queue_log *log, struct queue_log_counts *ret_counts);

#endif
