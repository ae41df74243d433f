#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/open_database.h"
#include "cli/operations.h"
#include "db/logins.h"
#include "domain/isolation.h"

const char isolation_usage[] =
	"Usage: centrex verify-isolation [--json]\n"
	"\n"
	"Proves on this installation that one tenant cannot reach another: makes two scratch\n"
	"tenants, tries everything with every table of the catalogue as one of them, with the "
	"other's\n"
	"identifiers, then as each login without a tenant, and removes them. Stops at the first\n"
	"thing that was allowed. Nothing of other tenants is touched.\n"
	"\n"
	"Exit status: 0 when everything was refused, 1 when something was allowed.\n";

static const char softer[] =
	"Note: on this server an expression that runs as a tenant may become another tenant of "
	"the\n"
	"same slot. The server's superuser closes that once, in this database:\n";

static int show(const struct isolation_report *report, const char *hardening, bool json)
{
	AUTO(text_clear) struct text leak = {0};

	text_add_json(&leak, text_string(&report->leak), report->leak.length);
	if (json)
		printf("{\"tables\":%u,\"attempts\":%u,\"hardened\":%s,\"leak\":%s%s%s}\n",
		       report->tables, report->attempts, report->hardened ? "true" : "false",
		       leak.length ? "\"" : "", leak.length ? text_string(&leak) : "null",
		       leak.length ? "\"" : "");
	else if (report->leak.length)
		fprintf(stderr, "centrex: isolation is broken: %s\n", text_string(&report->leak));
	else
		printf("%u attempts on %u tables of a tenant and on schema public: all "
		       "refused\n%s%s",
		       report->attempts, report->tables, report->hardened ? "" : softer,
		       report->hardened ? "" : hardening);
	return exit_flushed() == EXIT_DONE && !report->leak.length ? EXIT_DONE : EXIT_FAILED;
}

int isolation_command(const struct config *config, int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	AUTO(text_clear) struct text hardening = {0};
	struct isolation_report report = {0};
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
	code = isolation_verify(database.db, &report, &err);
	if (code == ERROR_OK && !report.hardened)
		code = logins_hardening(database.db, &hardening, &err);
	if (code != ERROR_OK)
		code = database_explain(config, code, &err);
	status = code == ERROR_OK ? show(&report, text_string(&hardening), json)
	                          : exit_report(&err, json);
	isolation_report_clear(&report);
	database_close(&database);
	return status;
}
