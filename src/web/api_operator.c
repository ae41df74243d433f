#include "web/api_operator.h"

#include <string.h>

#include "domain/installation.h"
#include "domain/tenant_activity.h"
#include "domain/usage.h"
#include "web/api_resource.h"
#include "web/cursor.h"
#include "web/etag.h"
#include "web/reply.h"
#include "web/request.h"

static enum error_code get_migrations(struct request *request, struct reply *reply,
                                      struct error *err)
{
	return installation_migrations(request->web->db, &reply->body, err);
}

static enum error_code get_usage(struct request *request, struct reply *reply, struct error *err)
{
	return usage_show(request->web->db, request->web->media, &request->tenant, &reply->body,
	                  err);
}

static enum error_code get_activity(struct request *request, struct reply *reply, struct error *err)
{
	const char *cursor = request_query(request, "cursor");
	struct tenant_activity wanted = {
		.sort = request_query(request, "sort"),
		.search = request_query(request, "q"),
	};
	char plain[CURSOR_MAX], next[TENANT_ACTIVITY_PLACE_MAX], etag[STORE_ETAG_MAX];
	AUTO(text_clear) struct text rows = {0};
	int64_t limit;
	enum error_code code = request_number(request, "limit", 1, STORE_LIMIT_MAX,
	                                      STORE_LIMIT_DEFAULT, &limit, err);

	if (!code && cursor)
		code = cursor_read(cursor, wanted.sort, plain, &wanted.after, err);
	if (code)
		return code;
	wanted.limit = (unsigned)limit;
	code = tenant_activity(request->web->db, &wanted, &rows, next, err);
	if (code)
		return err && strcmp(err->field, "after") == 0 ? cursor_bad(err) : code;
	text_addf(&reply->body, "{\"items\":%s,\"next\":%s", text_string(&rows),
	          *next ? "\"" : "null}");
	if (*next) {
		cursor_write(wanted.sort, next, &reply->body);
		text_add(&reply->body, "\"}");
	}
	if (reply->body.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	etag_of(&reply->body, etag);
	etag_answer(request, etag, reply);
	return ERROR_OK;
}

/* clang-format off */
static const struct route_parameter activity_parameters[] = {
	{"limit", FIELD_INTEGER, "rows of a page", .least = 1, .most = STORE_LIMIT_MAX},
	{"cursor", FIELD_TEXT, "`next` of the page before"},
	{"sort", FIELD_CHOICE, "by what; -calls if not given", .choices = TENANT_ACTIVITY_SORTS},
	{"q", FIELD_TEXT, "text that names or domains contain"},
};

static const struct shape activity_shape = {
	"TenantActivity", tenant_activity_fields, TENANT_ACTIVITY_FIELDS, true};
static const struct shape migrations_shape = {
	"Migrations", migrations_fields, MIGRATIONS_FIELDS, false};
static const struct shape usage_shape = {"Usage", usage_fields, USAGE_FIELDS, false};

static const struct route routes[] = {
	{.method = WEB_GET, .path = "/api/v1/migrations", .access = ACCESS_OPERATOR,
	 .handle = get_migrations, .summary = "Show how far the database is migrated", .tag = "nodes",
	 .answer = &migrations_shape},
	{.method = WEB_GET, .path = "/api/v1/tenants/activity", .access = ACCESS_OPERATOR,
	 .handle = get_activity, .summary = "List the tenants that have calls or phones now",
	 .tag = "tenants", .parameters = activity_parameters,
	 .n_parameters = COUNT_OF(activity_parameters), .answer = &activity_shape},
	{.method = WEB_GET, .path = "/api/v1/tenants/{tenant}/usage", .access = ACCESS_ADMIN,
	 .handle = get_usage, .summary = "Show how much the tenant has", .tag = "tenants",
	 .answer = &usage_shape},
	{.method = WEB_GET, .path = "/api/v1/tenants/{tenant}/limits", .access = ACCESS_ADMIN,
	 .handle = api_resource_show, .summary = "Show how much the tenant may have", .tag = "tenants",
	 .of = "limits", .verb = RESOURCE_SHOW, .status = 200},
	{.method = WEB_PATCH, .path = "/api/v1/tenants/{tenant}/limits", .access = ACCESS_OPERATOR,
	 .handle = api_resource_update, .summary = "Change how much the tenant may have",
	 .tag = "tenants", .of = "limits", .verb = RESOURCE_UPDATE, .status = 200},
};
/* clang-format on */

const struct route_table api_operator_routes = {routes, COUNT_OF(routes)};
