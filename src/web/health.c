#include "web/health.h"

#include "db/queries.h"
#include "db/tx.h"
#include "domain/directory.h"
#include "web/reply.h"
#include "web/request.h"

static const struct field healthz_fields[] = {
	{.name = "status", .type = FIELD_TEXT, .description = "\"ok\""},
};

static const struct shape healthz_shape = {
	.name = "Health", .fields = healthz_fields, .n_fields = COUNT_OF(healthz_fields)};

static const struct field readyz_fields[] = {
	{.name = "status",   .type = FIELD_TEXT, .description = "\"ok\""},
	{.name = "database", .type = FIELD_TEXT, .description = "\"ok\""},
	{.name = "listener",
         .type = FIELD_TEXT,
         .description = "\"ok\", or \"away\": changes are not heard of" },
};

static const struct shape readyz_shape = {
	.name = "Readiness", .fields = readyz_fields, .n_fields = COUNT_OF(readyz_fields)};

static enum error_code get_healthz(struct request *request, struct reply *reply, struct error *err)
{
	(void)request;
	(void)err;
	text_add(&reply->body, "{\"status\":\"ok\"}");
	return ERROR_OK;
}

static bool database_answers(struct db *db)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const struct tx_statement statement = TX_QUERY(QUERY_HEALTH_ASK);
	struct error err;

	return tx_run(db, &scope, &statement, 1, NULL, &err) == ERROR_OK;
}

static enum error_code get_readyz(struct request *request, struct reply *reply, struct error *err)
{
	struct directory_counts counts;

	if (!database_answers(request->web->db))
		return error_set(err, ERROR_UNAVAILABLE, "database", "cannot be reached");
	directory_counts(request->web->directory, &counts);
	text_addf(&reply->body, "{\"status\":\"ok\",\"database\":\"ok\",\"listener\":\"%s\"}",
	          counts.listening ? "ok" : "away");
	return ERROR_OK;
}

static const struct route rows[] = {
	{.method = WEB_GET,
         .path = "/healthz",
         .flags = ROUTE_INLINE | ROUTE_SNAPSHOT,
         .handle = get_healthz,
         .summary = "Tell that the process lives",
         .tag = "operation",
         .answer = &healthz_shape},
	{.method = WEB_GET,
         .path = "/readyz",
         .flags = ROUTE_SNAPSHOT,
         .handle = get_readyz,
         .summary = "Tell whether requests can be served: 503 while the database is away",
         .tag = "operation",
         .answer = &readyz_shape },
};

const struct route_table health_routes = {rows, COUNT_OF(rows)};
