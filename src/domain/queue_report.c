#include "domain/queue_report.h"

#include <string.h>

#include "db/queries.h"
#include "domain/cdr_statistics.h"
#include "queue/queue.h"

/* ---- fields ---- */

/* clang-format off */
#define COUNT(name_, flags_, description_)                                                         \
	{.name = (name_), .type = FIELD_INTEGER, .flags = (flags_), .most = INT64_MAX,             \
	 .description = (description_)}
#define ID(name_, flags_, description_)                                                            \
	{.name = (name_), .type = FIELD_UUID, .flags = (flags_) | FIELD_WIDE, .description = (description_)}
#define TEXT(name_, flags_, description_)                                                          \
	{.name = (name_), .type = FIELD_TEXT, .flags = (flags_), .most = 100,                      \
	 .description = (description_)}
#define ANY(name_, flags_, description_)                                                           \
	{.name = (name_), .type = FIELD_JSON, .flags = (flags_), .description = (description_)}

const struct field queue_history_fields[QUEUE_HISTORY_FIELDS] = {
	ID("queue_id", FIELD_NULLABLE, "by queue: its id"),
	TEXT("queue", FIELD_NULLABLE, "by queue: its name"),
	{.name = "start", .type = FIELD_TIME, .flags = FIELD_NULLABLE,
	 .description = "by day or hour: when it begins"},
	COUNT("callers", 0, "who joined then: answered, abandoned, overflowed and waiting together"),
	COUNT("answered", 0, "of them: had an agent"),
	COUNT("abandoned", 0, "of them: hung up before"),
	COUNT("overflowed", 0, "of them: were led away by the queue"),
	COUNT("waiting", 0, "of them: wait now"),
	COUNT("in_service_level", FIELD_WIDE, "of them: were answered within service_level_s"),
	ANY("service_level", FIELD_NULLABLE,
	    "that part, 0 to 1, of all who do not wait and did not hang up sooner than that"),
	COUNT("longest_wait_ms", FIELD_NULLABLE, "milliseconds of the longest wait"),
	COUNT("mean_wait_ms", FIELD_NULLABLE, "mean milliseconds until answered, or gone"),
	COUNT("mean_answer_ms", FIELD_NULLABLE | FIELD_WIDE, "mean milliseconds until answered"),
	COUNT("talk_ms", 0, "milliseconds with agents"),
	COUNT("mean_talk_ms", FIELD_NULLABLE | FIELD_WIDE, "their mean"),
	COUNT("wrap_up_ms", FIELD_WIDE, "milliseconds that agents wrapped up"),
	COUNT("offers", FIELD_WIDE, "offers to agents"),
	COUNT("missed", FIELD_WIDE, "of them: rang out or were declined"),
};

const struct field agent_history_fields[AGENT_HISTORY_FIELDS] = {
	ID("agent_id", 0, "the extension's id"),
	TEXT("extension", 0, "its number"),
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .most = 254,
	 .description = "what who has it is called"},
	COUNT("offers", 0, "calls offered to him"),
	COUNT("answered", 0, "of them: he had the caller"),
	COUNT("missed", 0, "of them: rang out"),
	COUNT("busy", FIELD_WIDE, "of them: his phone was busy"),
	COUNT("declined", 0, "of them: he declined"),
	COUNT("unreachable", FIELD_WIDE, "of them: his phone could not be reached"),
	COUNT("elsewhere", FIELD_WIDE, "of them: another agent answered"),
	COUNT("withdrawn", FIELD_WIDE, "of them: were taken back"),
	COUNT("failed", FIELD_WIDE, "of them: ended in no other way"),
	COUNT("talk_ms", 0, "milliseconds with callers"),
	COUNT("mean_talk_ms", FIELD_NULLABLE, "their mean"),
	COUNT("ring_ms", FIELD_WIDE, "milliseconds that his phones rang"),
	COUNT("wrap_up_ms", 0, "milliseconds of wrapping up"),
	COUNT("available_ms", 0, "milliseconds available"),
	COUNT("on_break_ms", 0, "milliseconds on break"),
	COUNT("logged_out_ms", FIELD_WIDE, "milliseconds logged out"),
};

const struct field queue_now_fields[QUEUE_NOW_FIELDS] = {
	ID("queue_id", 0, "the queue's id"),
	TEXT("queue", 0, "its name"),
	COUNT("waiting", 0, "callers who wait"),
	COUNT("longest_wait_ms", FIELD_NULLABLE, "milliseconds of who waits longest"),
	COUNT("talking", 0, "callers with an agent"),
	COUNT("agents", 0, "its members: logged_out, on_break and available together"),
	COUNT("logged_out", 0, "of them: are logged out"),
	COUNT("on_break", 0, "of them: are on break"),
	COUNT("available", 0, "of them: free, ringing, busy, in wrap_up or unregistered"),
	COUNT("free", 0, "of those: can be offered a call"),
	COUNT("ringing", 0, "of those: are being offered one"),
	COUNT("busy", 0, "of those: are with a caller of a queue"),
	COUNT("wrap_up", 0, "of those: are wrapping up"),
	COUNT("unregistered", 0, "of those: have no registered phone"),
	ANY("callers", 0, "who waits and who talks, in order: call, number, name, state, position, waiting_since,"
	    " wait_ms, answered_by, answered_at"),
	ANY("members", 0, "its agents by tier and level: extension, name, status, reason, state, since when, missed,"
	    " registered"),
};

const struct field queue_explain_fields[QUEUE_EXPLAIN_FIELDS] = {
	ANY("decisions", 0, "newest first: id, at, queue_id, queue, call, decision, text, and data: the agent's"
	    " extension and name, the tier, or who was considered, each with these, tier, level, verdict,"
	    " text and until; a name is of who has the extension now"),
	ANY("calls", 0, "what became of these callers, as queue-calls has it, with their offers"),
};
/* clang-format on */

/* ---- how much ---- */

enum error_code queue_report_span(enum queue_by by, int64_t *from_us, int64_t *to_us,
                                  struct error *err)
{
	bool hours = by == QUEUE_BY_HOUR;
	const struct cdr_span span = {
		.usual_days = hours ? QUEUE_SPAN_HOURS_DAYS : QUEUE_SPAN_DAYS,
		.most_days = hours ? QUEUE_SPAN_HOURS_DAYS_MOST : QUEUE_SPAN_DAYS_MOST,
	};

	return cdr_span_settle(&span, from_us, to_us, err);
}

/* JSON of the database's making; NULL: no memory. */
static json_t *load(const struct text *json)
{
	return json_loadb(text_string(json), json->length, 0, NULL);
}

static enum error_code dump(const json_t *json, struct text *ret_json, struct error *err)
{
	AUTO(auto_free) char *text = json_dumps(json, RESOURCE_JSON);

	if (!text)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	text_reset(ret_json);
	text_add(ret_json, text);
	return ret_json->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static bool is_among(const struct tx_result *result, const char *id)
{
	for (size_t row = 0; id && row < tx_rows(result, 0); row++)
		if (strcmp(tx_value(result, 0, row, 0), id) == 0)
			return true;
	return false;
}

enum error_code queue_report_own(struct db *db, const struct uuid *tenant, const struct uuid *user,
                                 struct text *rows, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(json_auto_unref) json_t *all = load(rows);
	char id[UUID_TEXT_MAX];
	const struct tx_statement query = TX_QUERY(QUERY_QUEUE_OWN, uuid_format(user, id));
	enum error_code code = tx_run(db, &scope, &query, 1, &result, err);

	if (code == ERROR_OK && !all)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = code == ERROR_OK ? json_array_size(all) : 0; i-- > 0;) {
		const json_t *queue = json_object_get(json_array_get(all, i), "queue_id");

		if (!is_among(result, json_string_value(queue)))
			json_array_remove(all, i);
	}
	return code == ERROR_OK ? dump(all, rows, err) : code;
}

/* ---- now ---- */

enum error_code queue_report_now(struct db *db, const struct uuid *tenant, const struct uuid *queue,
                                 struct text *ret_json, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(json_auto_unref) json_t *figures = NULL;
	AUTO(json_auto_unref) json_t *people = NULL;
	char id[UUID_TEXT_MAX];
	const struct tx_statement queries[] = {
		TX_QUERY(QUERY_QUEUE_LIVE, uuid_format(queue, id)),
		TX_QUERY(QUERY_QUEUE_PEOPLE, id),
	};
	enum error_code code = tx_run(db, &scope, queries, COUNT_OF(queries), &result, err);

	if (code != ERROR_OK)
		return code;
	figures = json_loads(tx_value(result, 0, 0, 0), 0, NULL);
	people = json_loads(tx_value(result, 1, 0, 0), 0, NULL);
	if (!figures || !people)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!json_array_size(figures))
		return error_set(err, ERROR_NOT_FOUND, "id", "there is no such queue");
	if (json_object_update(json_array_get(figures, 0), people))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return dump(json_array_get(figures, 0), ret_json, err);
}

/* ---- why ---- */

static const char *decision_text(const char *slug)
{
	for (unsigned i = 0; i < QUEUE_DECISION_COUNT; i++)
		if (strcmp(queue_decision_slug((enum queue_decision_kind)i), slug) == 0)
			return queue_decision_text((enum queue_decision_kind)i);
	return slug;
}

static const char *verdict_text(const char *slug)
{
	for (unsigned i = 0; i < QUEUE_VERDICT_COUNT; i++)
		if (strcmp(queue_verdict_slug((enum queue_verdict)i), slug) == 0)
			return queue_verdict_text((enum queue_verdict)i);
	return slug;
}

/* "name" beside the extension's number, in an object. False: no memory. */
static bool add_name(json_t *row, const json_t *names)
{
	const char *number = json_string_value(json_object_get(row, "extension"));
	json_t *name = number ? json_object_get(names, number) : NULL;

	return !number || !json_object_set(row, "name", name ? name : json_null());
}

/* The same for what was decided, and each who was considered for it. */
static bool add_names(json_t *data, const json_t *names)
{
	json_t *row;
	bool good = add_name(data, names);
	size_t i;

	json_array_foreach(json_object_get(data, "considered"), i, row) good =
		good && add_name(row, names);
	return good;
}

/* "text" for the slug of that name in each object of the array. False: no memory. */
static bool add_texts(json_t *rows, const char *name, const char *(*text_of)(const char *slug))
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *slug = json_string_value(json_object_get(row, name));

		if (slug && json_object_set_new(row, "text", json_string(text_of(slug))))
			return false;
	}
	return true;
}

enum error_code queue_report_explain(struct db *db, const struct uuid *tenant,
                                     const struct queue_explain *wanted, json_t **ret_explained,
                                     struct error *err)
{
	AUTO(text_clear) struct text json = {0};
	AUTO(json_auto_unref) json_t *explained = NULL;
	enum error_code code = queue_explain(db, tenant, wanted, &json, err);
	const json_t *decisions, *names, *row;
	bool good;
	size_t i;

	if (code != ERROR_OK)
		return code;
	explained = load(&json);
	decisions = json_object_get(explained, "decisions");
	names = json_object_get(explained, "names");
	good = explained && add_texts((json_t *)decisions, "decision", decision_text);
	json_array_foreach(decisions, i, row) good =
		good && add_names(json_object_get(row, "data"), names) &&
		add_texts(json_object_get(json_object_get(row, "data"), "considered"), "verdict",
	                  verdict_text);
	if (!good || json_object_del(explained, "names"))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*ret_explained = TAKE(explained);
	return ERROR_OK;
}
