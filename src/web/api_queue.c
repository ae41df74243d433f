#include "web/api_queue.h"

#include <string.h>

#include "base/clock.h"
#include "domain/cdr_search.h"
#include "domain/queue_report.h"
#include "web/etag.h"

static bool is_agent(const struct request *request)
{
	return request->access == ACCESS_AGENT;
}

/* ---- which queue ---- */

/* The queue of the path; an agent's own only. */
static enum error_code find_queue(const struct request *request, const char *name,
                                  struct uuid *ret_queue, struct error *err)
{
	const struct store_call call = request_store(request, resource_find("queue"));
	const char *keys[RESOURCE_KEYS_MAX] = {name};
	AUTO(text_clear) struct text json = {0};
	AUTO(json_auto_unref) json_t *row = NULL;
	const char *id;
	enum error_code code = store_show(&call, keys, &json, err);

	if (code)
		return code;
	row = json_loadb(text_string(&json), json.length, 0, NULL);
	id = json_string_value(json_object_get(row, "id"));
	return id && uuid_parse(id, ret_queue) ? ERROR_OK
	                                       : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* A row by its id or name, as a parameter has it. Not 404: that says that there is no such tenant.
 */
static enum error_code find_named(const struct request *request, const char *parameter,
                                  const char *resource, const char *name, struct uuid *ret_id,
                                  struct error *err)
{
	char id[UUID_TEXT_MAX];
	enum error_code code;

	if (!*name || !text_is_utf8(name, strlen(name)))
		return error_set(err, ERROR_INVALID, parameter, "must be the id or name of a %s",
		                 resource);
	code = store_find(request->web->db, resource_find(resource), &request->tenant, parameter,
	                  name, id, err);
	if (code == ERROR_NOT_FOUND)
		return error_set(err, ERROR_INVALID, parameter, "is no %s of this tenant",
		                 resource);
	return code || uuid_parse(id, ret_id) ? code : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* Queues that are no more have figures still, for whoever sees them all. */
static enum error_code find_asked_queue(const struct request *request, struct uuid *queue,
                                        const struct uuid **ret_queue, struct error *err)
{
	const char *name = request_query(request, "queue");
	enum error_code code;

	*ret_queue = NULL;
	if (!name)
		return ERROR_OK;
	code = find_named(request, "queue", "queue", name, queue, err);
	if (!code && is_agent(request)) {
		code = find_queue(request, name, queue, err);
		if (code == ERROR_NOT_FOUND)
			code = error_set(err, ERROR_INVALID, "queue", "is no queue of this tenant");
	}
	if (!code)
		*ret_queue = queue;
	return code;
}

/* ---- answers ---- */

static enum error_code keep_own(const struct request *request, struct text *rows, struct error *err)
{
	return queue_report_own(request->web->db, &request->tenant, &request->who->user, rows, err);
}

static enum error_code api_queues_figures(struct request *request, struct reply *reply,
                                          struct error *err)
{
	AUTO(text_clear) struct text rows = {0};
	enum error_code code =
		queue_statistics_live(request->web->db, &request->tenant, NULL, &rows, err);

	if (!code && is_agent(request))
		code = keep_own(request, &rows, err);
	return code ? code : etag_list(request, &rows, reply, err);
}

static enum error_code api_queue_live(struct request *request, struct reply *reply,
                                      struct error *err)
{
	struct uuid queue;
	enum error_code code = find_queue(request, request_parameter(request, "id"), &queue, err);

	return code ? code
	            : queue_report_now(request->web->db, &request->tenant, &queue, &reply->body,
	                               err);
}

/* ---- statistics ---- */

struct asked {
	struct queue_statistics wanted;
	struct uuid queue, agent;
	char zone[CDR_ZONE_MAX];
	bool nobody; /* an agent without an extension, or who asks for another's */
};

static enum error_code read_time(const struct request *request, const char *name, int64_t *ret_us,
                                 struct error *err)
{
	const char *value = request_query(request, name);

	*ret_us = INT64_MIN;
	if (value && !clock_parse(value, ret_us))
		return error_set(err, ERROR_INVALID, name, "must be a time like %s",
		                 "2026-01-31T10:00:00Z");
	return ERROR_OK;
}

static enum error_code read_by(const struct request *request, enum queue_by *ret_by,
                               struct error *err)
{
	static const struct {
		const char *name;
		enum queue_by by;
	} names[] = {
		{"queue", QUEUE_BY_QUEUE},
		{"day",   QUEUE_BY_DAY  },
		{"hour",  QUEUE_BY_HOUR },
	};
	const char *name = request_query(request, "by");

	*ret_by = QUEUE_BY_QUEUE;
	for (size_t i = 0; name && i < COUNT_OF(names); i++)
		if (strcmp(names[i].name, name) == 0) {
			*ret_by = names[i].by;
			return ERROR_OK;
		}
	return name ? error_set(err, ERROR_INVALID, "by", "must be queue, day or hour") : ERROR_OK;
}

static enum error_code read_zone(const struct request *request, struct asked *asked,
                                 struct error *err)
{
	const char *name = request_query(request, "tz");
	enum error_code code;

	if (!name || strcmp(name, "utc") == 0)
		return ERROR_OK;
	if (strcmp(name, "tenant") != 0)
		return error_set(err, ERROR_INVALID, "tz", "must be utc or tenant");
	code = cdr_tenant_zone(request->web->db, &request->tenant, asked->zone, err);
	asked->wanted.zone = asked->zone;
	return code;
}

/* wanted.by is set. */
static enum error_code read_span(const struct request *request, struct asked *asked,
                                 struct error *err)
{
	struct queue_statistics *wanted = &asked->wanted;
	enum error_code code = read_time(request, "from", &wanted->from_us, err);

	if (!code)
		code = read_time(request, "to", &wanted->to_us, err);
	if (!code)
		code = queue_report_span(wanted->by, &wanted->from_us, &wanted->to_us, err);
	if (!code)
		code = find_asked_queue(request, &asked->queue, &wanted->queue, err);
	return code;
}

static enum error_code api_queue_statistics(struct request *request, struct reply *reply,
                                            struct error *err)
{
	AUTO(text_clear) struct text rows = {0};
	struct asked asked = {0};
	enum error_code code = read_by(request, &asked.wanted.by, err);

	if (!code)
		code = read_zone(request, &asked, err);
	if (!code)
		code = read_span(request, &asked, err);
	/* The sum of all queues is not an agent's. */
	if (!code && is_agent(request) && asked.wanted.by != QUEUE_BY_QUEUE && !asked.wanted.queue)
		code = error_set(err, ERROR_MISSING, "queue",
		                 "is required: the id or name of a queue that you answer");
	if (!code)
		code = queue_statistics_history(request->web->db, &request->tenant, &asked.wanted,
		                                &rows, err);
	if (!code && is_agent(request) && asked.wanted.by == QUEUE_BY_QUEUE)
		code = keep_own(request, &rows, err);
	return code ? code : etag_list(request, &rows, reply, err);
}

/* An agent sees his own figures. */
static enum error_code read_agent(const struct request *request, struct asked *asked,
                                  struct error *err)
{
	const char *name = request_query(request, "extension");
	char own[CDR_NUMBER_MAX];
	struct uuid own_id;
	enum error_code code = ERROR_OK;

	if (name) {
		code = find_named(request, "extension", "extension", name, &asked->agent, err);
		asked->wanted.agent = &asked->agent;
	}
	if (code || !is_agent(request))
		return code;
	code = cdr_own_extension(request->web->db, &request->tenant, &request->who->user, own, err);
	if (!code && *own)
		code = find_named(request, "extension", "extension", own, &own_id, err);
	if (code)
		return code;
	asked->nobody = !*own || (name && !uuid_equal(&own_id, &asked->agent));
	if (!asked->nobody)
		asked->agent = own_id;
	asked->wanted.agent = &asked->agent;
	return ERROR_OK;
}

static enum error_code api_agent_statistics(struct request *request, struct reply *reply,
                                            struct error *err)
{
	AUTO(text_clear) struct text rows = {0};
	struct asked asked = {.wanted = {.by = QUEUE_BY_AGENT}};
	enum error_code code = read_span(request, &asked, err);

	if (!code)
		code = read_agent(request, &asked, err);
	if (code)
		return code;
	if (asked.nobody)
		text_add(&rows, "[]");
	else
		code = queue_statistics_history(request->web->db, &request->tenant, &asked.wanted,
		                                &rows, err);
	return code ? code : etag_list(request, &rows, reply, err);
}

/* ---- why ---- */

static enum error_code api_queue_explain(struct request *request, struct reply *reply,
                                         struct error *err)
{
	const char *call_text = request_query(request, "call");
	AUTO(json_auto_unref) json_t *explained = NULL;
	AUTO(auto_free) char *json = NULL;
	struct uuid queue, call;
	int64_t limit, before;
	struct queue_explain wanted = {.queue = &queue};
	enum error_code code = find_queue(request, request_parameter(request, "id"), &queue, err);

	if (!code && call_text && !uuid_parse(call_text, &call))
		code = error_set(err, ERROR_INVALID, "call", "must be a UUID: the id of a call");
	if (!code)
		code = request_number(request, "limit", 1, QUEUE_EXPLAIN_MOST, QUEUE_EXPLAIN_USUAL,
		                      &limit, err);
	if (!code)
		code = request_number(request, "before", 1, INT64_MAX, 0, &before, err);
	if (code)
		return code;
	wanted.call = call_text ? &call : NULL;
	wanted.before = before;
	wanted.limit = (unsigned)limit;
	code = queue_report_explain(request->web->db, &request->tenant, &wanted, &explained, err);
	if (code)
		return code;
	json = json_dumps(explained, RESOURCE_JSON);
	if (json)
		text_add(&reply->body, json);
	return json && !reply->body.failed ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* ---- the routes ---- */

/* clang-format off */
#define SPAN                                                                                       \
	{"from", FIELD_TIME, "what began at this time or later, a quarter of an hour"},            \
	{"to", FIELD_TIME, "what began before this time, a quarter of an hour; now if not given"}, \
	{"queue", FIELD_TEXT, "of this queue only: its id or name"}

static const struct route_parameter statistics_parameters[] = {
	{"by", FIELD_CHOICE, "what callers are added up by; queue if not given", .choices = "queue day hour"},
	SPAN,
	{"tz", FIELD_CHOICE, "the time zone of days and hours; utc if not given", .choices = "utc tenant"},
};

static const struct route_parameter agent_parameters[] = {
	SPAN,
	{"extension", FIELD_TEXT, "of this agent only: an extension's id or number"},
};

static const struct route_parameter explain_parameters[] = {
	{"call", FIELD_UUID, "about this call only"},
	{"limit", FIELD_INTEGER, "most decisions", .least = 1, .most = QUEUE_EXPLAIN_MOST},
	{"before", FIELD_INTEGER, "older than the decision with this id", .least = 1, .most = INT64_MAX},
};

static const struct shape figures_shape = {"QueueFigures", queue_now_fields, QUEUE_FIGURE_FIELDS, true};
static const struct shape now_shape = {"QueueNow", queue_now_fields, QUEUE_NOW_FIELDS, false};
static const struct shape history_shape = {
	"QueueStatistic", queue_history_fields, QUEUE_HISTORY_FIELDS, true};
static const struct shape agents_shape = {
	"AgentStatistic", agent_history_fields, AGENT_HISTORY_FIELDS, true};
static const struct shape explain_shape = {
	"QueueExplanation", queue_explain_fields, QUEUE_EXPLAIN_FIELDS, false};

#define PARAMETERS(table) .parameters = (table), .n_parameters = COUNT_OF(table)

static const struct route routes[] = {
	{
		.method = WEB_GET,
		.path = "/api/v1/tenants/{tenant}/queues/figures",
		.access = ACCESS_BOARD,
		.handle = api_queues_figures,
		.summary = "Show how the queues are now",
		.tag = "queues",
		.answer = &figures_shape,
	},
	{
		.method = WEB_GET,
		.path = "/api/v1/tenants/{tenant}/queues/{id}/live",
		.access = ACCESS_AGENT,
		.handle = api_queue_live,
		.summary = "Show who waits in a queue and who answers it now",
		.tag = "queues",
		.answer = &now_shape,
	},
	{
		.method = WEB_GET,
		.path = "/api/v1/tenants/{tenant}/queues/statistics",
		.access = ACCESS_BOARD,
		.handle = api_queue_statistics,
		.summary = "Add up the callers of queues by queue, day or hour",
		.tag = "queues",
		PARAMETERS(statistics_parameters),
		.answer = &history_shape,
	},
	{
		.method = WEB_GET,
		.path = "/api/v1/tenants/{tenant}/agents/statistics",
		.access = ACCESS_AGENT,
		.handle = api_agent_statistics,
		.summary = "Add up what was offered to agents, and their times",
		.tag = "agents",
		PARAMETERS(agent_parameters),
		.answer = &agents_shape,
	},
	{
		.method = WEB_GET,
		.path = "/api/v1/tenants/{tenant}/queues/{id}/explain",
		.access = ACCESS_ADMIN,
		.handle = api_queue_explain,
		.summary = "Explain what a queue decided: who was considered, and who was passed over why",
		.tag = "queues",
		PARAMETERS(explain_parameters),
		.answer = &explain_shape,
	},
};
/* clang-format on */

const struct route_table api_queue_routes = {routes, COUNT_OF(routes)};
