/* What runs of the proof found, kept in public.isolation_reports. */
#include <stdio.h>

#include "db/queries.h"
#include "domain/isolation.h"

enum { NUMBER_MAX = 12, PROBLEM_MAX = 1024 };

static const struct tx_scope owner_scope = {.door = TX_OWNER};

enum error_code isolation_begin(struct db *db, struct uuid *ret_run, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement begin = TX_QUERY(QUERY_ISOLATION_REPORT_BEGIN, CENTREX_VERSION);
	enum error_code code = tx_run(db, &owner_scope, &begin, 1, &result, err);

	if (code == ERROR_OK && !uuid_parse(tx_value(result, 0, 0, 0), ret_run))
		code = error_set(err, ERROR_INTERNAL, "id", NULL);
	return code;
}

static const char *number(unsigned value, char buffer[static NUMBER_MAX])
{
	snprintf(buffer, NUMBER_MAX, "%u", value);
	return buffer;
}

static const char *outcome_of(const struct isolation_result *result)
{
	if (result->failed)
		return "failed";
	return result->leak ? "leaked" : "passed";
}

enum error_code isolation_end(struct db *db, const struct uuid *run,
                              const struct isolation_result *result, struct error *err)
{
	const struct isolation_report *database = result->database;
	const struct error *failed = result->failed;
	char id[UUID_TEXT_MAX], tables[NUMBER_MAX], attempts[NUMBER_MAX], routes[NUMBER_MAX],
		requests[NUMBER_MAX], problem[PROBLEM_MAX];
	struct tx_statement end =
		TX_QUERY(QUERY_ISOLATION_REPORT_END, uuid_format(run, id), outcome_of(result),
	                 number(database->tables, tables), number(database->attempts, attempts),
	                 number(result->routes, routes), number(result->requests, requests),
	                 database->hardened ? "true" : "false", failed ? NULL : result->leak,
	                 failed ? problem : NULL);

	if (failed)
		snprintf(problem, sizeof(problem), "%s%s%s%s%s", failed->field,
		         failed->field[0] ? " " : "", failed->message,
		         failed->detail[0] ? ": " : "", failed->detail);
	return tx_run(db, &owner_scope, &end, 1, NULL, err);
}
