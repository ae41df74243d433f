#include "web/api_operator.h"

#include "domain/installation.h"
#include "domain/usage.h"
#include "web/api_resource.h"
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

/* clang-format off */
static const struct shape migrations_shape = {
	"Migrations", migrations_fields, MIGRATIONS_FIELDS, false};
static const struct shape usage_shape = {"Usage", usage_fields, USAGE_FIELDS, false};

static const struct route routes[] = {
	{.method = WEB_GET, .path = "/api/v1/migrations", .access = ACCESS_OPERATOR,
	 .handle = get_migrations, .summary = "Show how far the database is migrated", .tag = "nodes",
	 .answer = &migrations_shape},
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
