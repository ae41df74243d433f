#include "web/api_preferences.h"

#include "db/queries.h"
#include "web/reply.h"
#include "web/request.h"

/* The tenant's row and its settings are behind two doors: two units of work. */
static enum error_code get_preferences(struct request *request, struct reply *reply,
                                       struct error *err)
{
	const struct tx_scope inner = {.door = TX_TENANT, .tenant = request->tenant};
	const struct tx_scope outer = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *breaks = NULL, *row = NULL;
	char id[UUID_TEXT_MAX];
	struct tx_statement query = TX_QUERY(QUERY_PREFERENCES_BREAKS);
	enum error_code code = tx_run(request->web->db, &inner, &query, 1, &breaks, err);

	if (code)
		return code;
	query = TX_QUERY(QUERY_PREFERENCES_TENANT, uuid_format(&request->tenant, id),
	                 tx_value(breaks, 0, 0, 0));
	code = tx_run(request->web->db, &outer, &query, 1, &row, err);
	if (!code && !tx_rows(row, 0))
		code = error_set(err, ERROR_NOT_FOUND, "tenant", NULL);
	if (code)
		return code;
	text_add(&reply->body, tx_value(row, 0, 0, 0));
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* clang-format off */
static const struct field preference_fields[] = {
	{.name = "id", .type = FIELD_UUID, .description = "the tenant's id"},
	{.name = "domain", .type = FIELD_TEXT, .most = 253, .description = "the domain its phones register with"},
	{.name = "name", .type = FIELD_TEXT, .most = 200, .description = "the organisation's name"},
	{.name = "locale", .type = FIELD_TEXT, .most = 64, .description = "its language (BCP 47), for dates and numbers"},
	{.name = "timezone", .type = FIELD_TEXT, .most = 64, .description = "its time zone (IANA)"},
	{.name = "break_reasons", .type = FIELD_JSON, .most = 250,
	 .description = "texts: the reasons for a break, in the order of *471 to *479"},
};

static const struct shape preferences_shape = {"Preferences", preference_fields, COUNT_OF(preference_fields), false};

static const struct route routes[] = {
	{.method = WEB_GET, .path = "/api/v1/tenants/{tenant}/preferences", .access = ACCESS_BOARD,
	 .handle = get_preferences, .summary = "Show how a tenant wants dates shown, and its reasons for a break",
	 .tag = "settings", .answer = &preferences_shape},
};
/* clang-format on */

const struct route_table api_preferences_routes = {routes, COUNT_OF(routes)};
