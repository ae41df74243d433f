/*
 * What domain/queue_statistics.h answers, for people and programs: its members as fields (the HTTP
 * API describes them, the command line prints tables of them), one queue as it is now, and why a
 * queue did what it did in words.
 */
#ifndef CENTREX_DOMAIN_QUEUE_REPORT_H
#define CENTREX_DOMAIN_QUEUE_REPORT_H

#include "domain/queue_statistics.h"
#include "domain/resource.h"

enum {
	QUEUE_HISTORY_FIELDS = 18,
	AGENT_HISTORY_FIELDS = 19,
	QUEUE_FIGURE_FIELDS = 14,
	QUEUE_NOW_FIELDS = QUEUE_FIGURE_FIELDS + 2,
	QUEUE_EXPLAIN_FIELDS = 2,
	/* Days of statistics where no bounds are given, and the most at once. */
	QUEUE_SPAN_DAYS = 30,
	QUEUE_SPAN_DAYS_MOST = 3660,
	QUEUE_SPAN_HOURS_DAYS = 2,
	QUEUE_SPAN_HOURS_DAYS_MOST = 93,
	QUEUE_EXPLAIN_USUAL = 100,
};

/* queue_statistics_history by queue, day or hour; and by agent. */
extern const struct field queue_history_fields[QUEUE_HISTORY_FIELDS];
extern const struct field agent_history_fields[AGENT_HISTORY_FIELDS];
/* queue_statistics_live; queue_report_now has two members more. */
extern const struct field queue_now_fields[QUEUE_NOW_FIELDS];
/* queue_report_explain. */
extern const struct field queue_explain_fields[QUEUE_EXPLAIN_FIELDS];

/* The bounds that somebody asked for (INT64_MIN: gave none) as queue_statistics has them.
 * ERROR_INVALID names from or to. */
MUST_CHECK enum error_code queue_report_span(enum queue_by by, int64_t *from_us, int64_t *to_us,
                                             struct error *err);

/* A JSON array of rows with queue_id: what is left has the queues that the user is a member of. */
MUST_CHECK enum error_code queue_report_own(struct db *db, const struct uuid *tenant,
                                            const struct uuid *user, struct text *rows,
                                            struct error *err);

/*
 * One queue now: a row of queue_statistics_live, and
 *
 * "callers":[{"call","number","name","state","position","waiting_since","wait_ms","answered_by",
 *             "answered_at"}]   in order; position: among those who wait, null once answered
 * "members":[{"extension_id","extension","tier","level","status","reason","status_since","state",
 *             "state_since","queue_id","wrap_up_until","missed","registered"}]   by tier, level
 *
 * ERROR_NOT_FOUND: there is no such queue.
 */
MUST_CHECK enum error_code queue_report_now(struct db *db, const struct uuid *tenant,
                                            const struct uuid *queue, struct text *ret_json,
                                            struct error *err);

/* queue_explain, with "text" beside each decision, and beside each verdict about an agent. A slug
 * of a later release has itself for text. */
MUST_CHECK enum error_code queue_report_explain(struct db *db, const struct uuid *tenant,
                                                const struct queue_explain *wanted,
                                                json_t **ret_explained, struct error *err);

#endif
