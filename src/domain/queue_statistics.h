/*
 * How queues and agents do: history (tables queue_calls, queue_offers, agent_states), this moment
 * (calls, agents), and why (queue_decisions). JSON as PostgreSQL writes it.
 *
 * A caller counts where and when he joined; one who joined two queues, or one twice, counts twice.
 *
 *   callers = answered + abandoned + overflowed + waiting
 *
 * always, for every row: waiting are those in the queue at this moment, and who talks with an agent
 * is answered. (His row is in queue_calls when the call has ended; until then he is counted from
 * the table of live calls.)
 *
 * service_level is the part of callers, 0 to 1, answered within the queue's service_level_s, of all
 * that are not waiting, without those who hung up sooner than that: they gave nobody the time. Null
 * where there are none.
 *
 * Times are milliseconds. wait: from joining to the answer, or to leaving.
 */
#ifndef CENTREX_DOMAIN_QUEUE_STATISTICS_H
#define CENTREX_DOMAIN_QUEUE_STATISTICS_H

#include "base/text.h"
#include "db/db.h"

enum queue_by { QUEUE_BY_QUEUE, QUEUE_BY_AGENT, QUEUE_BY_DAY, QUEUE_BY_HOUR };

struct queue_statistics {
	enum queue_by by;
	/* Unix time: from <= joined (offered, since) < to; multiples of CDR_QUARTER_US
	 * (domain/cdr_statistics.h), else ERROR_INVALID. */
	int64_t from_us, to_us;
	const struct uuid *queue; /* of this one only; NULL: all of the tenant */
	const struct uuid *agent; /* QUEUE_BY_AGENT: of this extension only; NULL: all */
	const char *zone;         /* QUEUE_BY_DAY, _HOUR: whose; NULL: UTC */
};

/*
 * ret_rows: a JSON array. By queue (ordered by name), day or hour:
 *
 * {"queue_id","queue","start","callers","answered","abandoned","overflowed","waiting",
 *  "in_service_level","service_level","longest_wait_ms","mean_wait_ms","mean_answer_ms","talk_ms",
 *  "mean_talk_ms","wrap_up_ms","offers","missed"}
 *
 * By queue, start is null; by time the other two are. mean_answer_ms: the mean wait of those
 * answered; means are null of none. missed: offers that rang out or were refused. Every queue there
 * is has a row, those that are no more where they had callers; days and hours without callers are
 * left out.
 *
 * By agent (ordered by number):
 *
 * {"agent_id","extension","offers","answered","missed","busy","declined","unreachable",
 *  "elsewhere","withdrawn","failed","talk_ms","mean_talk_ms","ring_ms",
 *  "wrap_up_ms","available_ms","on_break_ms","logged_out_ms"}
 *
 * Offers with queue: of that queue; the times of a status are the agent's in any case.
 */
MUST_CHECK enum error_code queue_statistics_history(struct db *db, const struct uuid *tenant,
                                                    const struct queue_statistics *wanted,
                                                    struct text *ret_rows, struct error *err);

/*
 * This moment, by queue's name; queue NULL: all.
 *
 * [{"queue_id","queue","waiting","longest_wait_ms","talking","agents","logged_out","on_break",
 *   "available","free","ringing","busy","wrap_up","unregistered"}]
 *
 * longest_wait_ms: of who waits longest; null: nobody. talking: callers with an agent. agents: its
 * members, = logged_out + on_break + available; available ones are free, unregistered (no phone),
 * ringing, busy (with a caller of any queue) or in wrap_up.
 */
MUST_CHECK enum error_code queue_statistics_live(struct db *db, const struct uuid *tenant,
                                                 const struct uuid *queue, struct text *ret_rows,
                                                 struct error *err);

struct queue_explain {
	const struct uuid *queue; /* NULL: any */
	const struct uuid *call;  /* cdrs.id; NULL: any */
	int64_t before;           /* only decisions older than this id; 0: the newest */
	unsigned limit;           /* at most QUEUE_EXPLAIN_MOST */
};

enum { QUEUE_EXPLAIN_MOST = 500 };

/*
 * {"decisions":[{"id","at","queue_id","queue","call","decision","data"}],
 *  "calls":[{...queue_calls, "offers":[{...queue_offers}]}]}
 *
 * decisions: newest first; slugs as queue/queue.h has them. calls: what became of the callers in
 * those decisions, by joined_at; one who is still in the call has no row yet.
 */
MUST_CHECK enum error_code queue_explain(struct db *db, const struct uuid *tenant,
                                         const struct queue_explain *wanted, struct text *ret_json,
                                         struct error *err);

#endif
