/* Where a dialled number leads, and why, from the snapshot: answers with the database away. */
#include "web/api_route.h"

#include "base/config.h"
#include "domain/directory.h"
#include "domain/phones.h"
#include "domain/route.h"
#include "web/reply.h"
#include "web/request.h"

enum { NUMBER_MAX = 256 };

static enum error_code find_caller(const struct snapshot *snapshot, const char *from,
                                   const struct extension **ret_caller, struct error *err)
{
	if (!from)
		return ERROR_OK;
	*ret_caller = snapshot_extension(snapshot, from);
	/* Not 404: that says that there is no such tenant. */
	if (!*ret_caller)
		return error_set(err, ERROR_INVALID, "from", "is no extension of this tenant");
	return ERROR_OK;
}

/* Which phones are registered is in the database alone: without it the answer does not say. */
static enum error_code find_phones(const struct request *request, struct phones **ret_phones,
                                   struct error *err)
{
	enum error_code code = phones_load(request->web->db, &request->tenant, ret_phones, err);

	return code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT ? ERROR_OK : code;
}

static enum error_code api_route_explain(struct request *request, struct reply *reply,
                                         struct error *err)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	AUTO(phones_auto_free) struct phones *phones = NULL;
	struct route_call call = {
		.dialled = request_query(request, "to"),
		.ring_s = (unsigned)config_number(request->web->config, CONFIG_SIP_RING_S),
		.features = true,
	};
	struct route_plan plan;
	enum error_code code;

	if (!call.dialled)
		return error_set(err, ERROR_MISSING, "to", "is required: what is dialled");
	code = directory_find_tenant(request->web->directory, &request->tenant, &snapshot, err);
	if (!code)
		code = find_caller(snapshot, request_query(request, "from"), &call.caller, err);
	if (!code)
		code = find_phones(request, &phones, err);
	if (code)
		return code;
	if (phones) {
		call.phones = phones_count;
		call.phones_arg = phones;
	}
	route_call(snapshot, &call, &plan);
	words_say_lines(request_language(request), &plan.trace);
	reply_language(reply, request_language(request));
	route_plan_json(&plan, &reply->body);
	route_plan_clear(&plan);
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static const struct route_parameter parameters[] = {
	{"from", FIELD_TEXT, "the extension that dials; from outside when not given"},
	{"to",   FIELD_TEXT, "what is dialled"                                      },
};

static const struct field plan_fields[] = {
	{.name = "action",
         .type = FIELD_CHOICE,
         .choices = "ring queue play reject feature",
         .description = "what becomes of the call"							   },
	{.name = "cause",
         .type = FIELD_TEXT,
         .most = 40,
         .description = "why it is rejected; none when it is not"                                            },
	{.name = "targets",
         .type = FIELD_JSON,
         .most = NUMBER_MAX,
         .description = "numbers of the extensions that ring"                                                },
	{.name = "queue",
         .type = FIELD_TEXT,
         .flags = FIELD_NULLABLE,
         .most = 100,
         .description = "name of the queue it waits in"},
	{.name = "sound",
         .type = FIELD_TEXT,
         .flags = FIELD_NULLABLE,
         .most = 255,
         .description = "name of the announcement it hears"},
	{.name = "feature",
         .type = FIELD_TEXT,
         .flags = FIELD_NULLABLE,
         .most = 40,
         .description = "what the feature code does"},
	{.name = "ring_s",					 .type = FIELD_INTEGER,          .most = 600,                          .description = "seconds they ring"                                      },
	{.name = "trace",
         .type = FIELD_JSON,
         .most = 65536,
         .description = "every decision, one line each"},
};

static const struct shape plan_shape = {"RoutePlan", plan_fields, COUNT_OF(plan_fields), false};

static const struct route routes[] = {
	{
         .method = WEB_GET,
         .path = "/api/v1/tenants/{tenant}/route",
         .access = ACCESS_ADMIN,
         .flags = ROUTE_SNAPSHOT,
         .handle = api_route_explain,
         .summary = "Explain where a dialled number leads",
         .tag = "routing",
         .parameters = parameters,
         .n_parameters = COUNT_OF(parameters),
         .answer = &plan_shape,
	 },
};

const struct route_table api_route_routes = {routes, COUNT_OF(routes)};
