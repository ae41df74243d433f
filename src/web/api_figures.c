#include "web/api_figures.h"

#include <inttypes.h>
#include <stdio.h>

#include "db/queries.h"
#include "domain/cdr_search.h"
#include "domain/media.h"
#include "web/reply.h"
#include "web/request.h"

static enum error_code get_figures(struct request *request, struct reply *reply, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = request->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char zone[CDR_ZONE_MAX], quota[24];
	const struct tx_statement query = TX_QUERY(QUERY_FIGURES_SHOW, zone, quota);
	enum error_code code = cdr_tenant_zone(request->web->db, &request->tenant, zone, err);

	snprintf(quota, sizeof(quota), "%" PRId64, uploads_quota(request->web->uploads));
	if (!code)
		code = tx_run(request->web->db, &scope, &query, 1, &result, err);
	if (code)
		return code;
	text_add(&reply->body, tx_value(result, 0, 0, 0));
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* clang-format off */
#define COUNT(name_, description_)                                                                 \
	{.name = (name_), .type = FIELD_INTEGER, .most = INT64_MAX, .description = (description_)}

static const struct field figure_fields[] = {
	{.name = "day_began", .type = FIELD_TIME, .description = "midnight of today in the tenant's time zone"},
	COUNT("extensions", "extensions"),
	COUNT("extensions_online", "of them: have a phone registered now"),
	COUNT("calls_failed", "calls of today that failed: led nowhere, or by a fault"),
	{.name = "calls_failed_usual", .type = FIELD_JSON, .description = "a number: how many a day failed in the seven days before"},
	COUNT("recordings_failed", "calls of today whose recording could not be written"),
	COUNT("media_bytes", "what uploaded audio takes of the tenant's quota"),
	COUNT("media_bytes_most", "that quota"),
};

static const struct shape figures_shape = {"Figures", figure_fields, COUNT_OF(figure_fields), false};

static const struct route routes[] = {
	{.method = WEB_GET, .path = "/api/v1/tenants/{tenant}/figures", .access = ACCESS_ADMIN,
	 .handle = get_figures, .summary = "Show figures of the day: phones, what failed, how much is stored",
	 .tag = "tenants", .answer = &figures_shape},
};
/* clang-format on */

const struct route_table api_figures_routes = {routes, COUNT_OF(routes)};
