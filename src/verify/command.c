#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/open_database.h"
#include "db/logins.h"
#include "domain/isolation.h"
#include "verify/verify.h"

const char isolation_usage[] =
	"Usage: centrex verify-isolation [--json]\n"
	"\n"
	"Proves on this installation that one tenant cannot reach another: makes two scratch\n"
	"tenants, tries everything with every table of the catalogue as one of them, with the\n"
	"other's identifiers, then as each login without a tenant; then every route of the HTTP\n"
	"API as each role of the one, with everything that names something of the other. Removes\n"
	"both. Stops at the first thing that was allowed. Nothing of other tenants is touched.\n"
	"What it found is kept: `centrex isolation-report list`.\n"
	"\n"
	"Exit status: 0 when everything was refused, 1 when something was allowed.\n";

static const char softer[] =
	"Note: on this server an expression that runs as a tenant may become another tenant of "
	"the\n"
	"same slot. The server's superuser closes that once, in this database:\n";

struct reports {
	struct isolation_report database;
	struct verify_report http;
};

static const struct text *first_leak(const struct reports *reports)
{
	return reports->database.leak.length ? &reports->database.leak : &reports->http.leak;
}

static void show_json(const struct reports *reports)
{
	const struct text *leak = first_leak(reports);
	AUTO(text_clear) struct text out = {0};

	text_addf(&out, "{\"tables\":%u,\"attempts\":%u,\"routes\":%u,\"requests\":%u,",
	          reports->database.tables, reports->database.attempts, reports->http.routes,
	          reports->http.requests);
	text_addf(&out, "\"hardened\":%s,\"leak\":", reports->database.hardened ? "true" : "false");
	text_add(&out, leak->length ? "\"" : "null");
	text_add_json(&out, text_string(leak), leak->length);
	text_add(&out, leak->length ? "\"}" : "}");
	puts(text_string(&out));
}

static int show(const struct reports *reports, const char *hardening, bool json)
{
	const struct isolation_report *database = &reports->database;
	const struct text *leak = first_leak(reports);

	if (json)
		show_json(reports);
	else if (leak->length)
		fprintf(stderr, "centrex: isolation is broken: %s\n", text_string(leak));
	else
		printf("%u attempts on %u tables of a tenant and on schema public: all refused\n"
		       "%u requests to %u routes of the HTTP API: nothing found, nothing changed\n"
		       "%s%s",
		       database->attempts, database->tables, reports->http.requests,
		       reports->http.routes, database->hardened ? "" : softer,
		       database->hardened ? "" : hardening);
	return exit_flushed() == EXIT_DONE && !leak->length ? EXIT_DONE : EXIT_FAILED;
}

/* The proof, and what it found written down; that is part of it: what nobody can read afterwards
 * has proved nothing. */
static enum error_code verify(const struct config *config, struct db *db, struct reports *reports,
                              struct error *err)
{
	struct isolation_result result = {.database = &reports->database};
	struct error unwritten;
	struct uuid run;
	enum error_code code = isolation_begin(db, &run, err), written;

	if (code)
		return code;
	code = isolation_verify(db, &reports->database, err);
	if (code == ERROR_OK && !reports->database.leak.length)
		code = verify_http(config, db, &reports->http, err);
	result.routes = reports->http.routes;
	result.requests = reports->http.requests;
	if (first_leak(reports)->length)
		result.leak = text_string(first_leak(reports));
	if (code)
		result.failed = err;
	written = isolation_end(db, &run, &result, &unwritten);
	if (code || !written)
		return code;
	*err = unwritten;
	return written;
}

int isolation_command(const struct config *config, int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	AUTO(text_clear) struct text hardening = {0};
	struct reports reports = {0};
	struct database database;
	struct error err;
	enum error_code code;
	int status;

	if (argc > 1 && !json) {
		error_set(&err, ERROR_USAGE, NULL,
		          "verify-isolation takes no argument but --json, not '%.40s'",
		          argv[argc > 2 ? 2 : 1]);
		return exit_report(&err, false);
	}
	code = database_open(config, &database, &err);
	if (code != ERROR_OK)
		return exit_report(&err, json);
	code = verify(config, database.db, &reports, &err);
	if (code == ERROR_OK && !reports.database.hardened)
		code = logins_hardening(database.db, &hardening, &err);
	if (code != ERROR_OK)
		code = database_explain(config, code, &err);
	status = code == ERROR_OK ? show(&reports, text_string(&hardening), json)
	                          : exit_report(&err, json);
	isolation_report_clear(&reports.database);
	verify_report_clear(&reports.http);
	database_close(&database);
	return status;
}
