#include "domain/queue_statistics.h"

#include "base/clock.h"
#include "db/queries.h"
#include "domain/cdr_statistics.h"

enum { ID_MAX = 24 };

/* Without a name: planned with the values at hand, since a busy queue is no quiet one. */
static struct tx_statement planned_anew(struct tx_statement query)
{
	query.name = NULL;
	return query;
}

/* The one value of the one row. */
static enum error_code answer(struct db *db, const struct uuid *tenant, struct tx_statement query,
                              struct text *ret_json, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = tx_run(db, &scope, &query, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	text_reset(ret_json);
	text_add(ret_json, tx_value(result, 0, 0, 0));
	return ret_json->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static const char *id_or_null(const struct uuid *id, char buffer[static UUID_TEXT_MAX])
{
	return id ? uuid_format(id, buffer) : NULL;
}

enum error_code queue_statistics_history(struct db *db, const struct uuid *tenant,
                                         const struct queue_statistics *wanted,
                                         struct text *ret_rows, struct error *err)
{
	static const char *const units[] = {
		[QUEUE_BY_QUEUE] = "", [QUEUE_BY_DAY] = "day", [QUEUE_BY_HOUR] = "hour"};
	char from[CLOCK_RFC3339_MAX], to[CLOCK_RFC3339_MAX];
	char queue_text[UUID_TEXT_MAX], agent_text[UUID_TEXT_MAX];
	const char *queue = id_or_null(wanted->queue, queue_text);
	const char *agent = id_or_null(wanted->agent, agent_text);

	if (wanted->from_us % CDR_QUARTER_US || wanted->to_us % CDR_QUARTER_US)
		return error_set(err, ERROR_INVALID,
		                 wanted->from_us % CDR_QUARTER_US ? "from" : "to",
		                 "must be on a quarter of an hour");
	clock_rfc3339(wanted->from_us, from);
	clock_rfc3339(wanted->to_us, to);
	return answer(
		db, tenant,
		planned_anew(wanted->by == QUEUE_BY_AGENT
	                             ? TX_QUERY(QUERY_QUEUE_AGENT_HISTORY, from, to, queue, agent)
	                             : TX_QUERY(QUERY_QUEUE_HISTORY, from, to, queue,
	                                        units[wanted->by],
	                                        wanted->zone ? wanted->zone : "UTC")),
		ret_rows, err);
}

enum error_code queue_statistics_live(struct db *db, const struct uuid *tenant,
                                      const struct uuid *queue, struct text *ret_rows,
                                      struct error *err)
{
	char id[UUID_TEXT_MAX];

	return answer(db, tenant, TX_QUERY(QUERY_QUEUE_LIVE, id_or_null(queue, id)), ret_rows, err);
}

enum error_code queue_explain(struct db *db, const struct uuid *tenant,
                              const struct queue_explain *wanted, struct text *ret_json,
                              struct error *err)
{
	char queue[UUID_TEXT_MAX], call[UUID_TEXT_MAX], before[ID_MAX], limit[ID_MAX];

	snprintf(before, sizeof(before), "%lld", (long long)wanted->before);
	snprintf(limit, sizeof(limit), "%u",
	         wanted->limit < QUEUE_EXPLAIN_MOST ? wanted->limit : QUEUE_EXPLAIN_MOST);
	return answer(db, tenant,
	              planned_anew(TX_QUERY(QUERY_QUEUE_EXPLAIN, id_or_null(wanted->queue, queue),
	                                    id_or_null(wanted->call, call),
	                                    wanted->before > 0 ? before : NULL, limit)),
	              ret_json, err);
}
