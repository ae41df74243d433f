#include "cli/tenant_activity.h"

#include <stdio.h>

#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/open_database.h"
#include "cli/output.h"
#include "cli/request.h"
#include "domain/store.h"
#include "domain/tenant_activity.h"

const char tenant_activity_usage[] =
	"centrex tenant activity [FLAGS]\n"
	"  lists the tenants that have calls or phones now, over all nodes\n"
	"  --sort                -calls (when not given), calls, -registrations, registrations or "
	"domain\n"
	"  --limit               at most so many rows, 1 to 500; 50 when not given\n"
	"  --after               the next page: what the one before gave\n"
	"  --json                print JSON; an error is JSON too\n";

static enum error_code print(const char *rows, bool as_json, struct error *err)
{
	static const struct resource shape = {.fields = tenant_activity_fields,
	                                      .n_fields = TENANT_ACTIVITY_FIELDS};
	AUTO(text_clear) struct text out = {0};
	enum error_code code = ERROR_OK;

	if (as_json) {
		puts(rows);
		return ERROR_OK;
	}
	code = output_table(&shape, rows, &out, err);
	if (!code)
		fputs(text_string(&out), stdout);
	return code;
}

int tenant_activity_command(const struct config *config, int argc, char **argv)
{
	struct tenant_activity wanted = {0};
	const char *limit = NULL;
	const struct extra_argument known[] = {
		{"--sort",  &wanted.sort,  NULL},
		{"--limit", &limit,        NULL},
		{"--after", &wanted.after, NULL},
	};
	AUTO(text_clear) struct text rows = {0};
	char next[TENANT_ACTIVITY_PLACE_MAX];
	struct database database;
	struct error err;
	bool as_json;
	enum error_code code = extra_parse(argc, argv, known, COUNT_OF(known), &as_json, &err);

	if (!code)
		code = request_limit(limit, STORE_LIMIT_MAX, STORE_LIMIT_DEFAULT, &wanted.limit,
		                     &err);
	if (!code)
		code = database_open(config, &database, &err);
	if (code)
		return exit_report(&err, as_json);
	code = tenant_activity(database.db, &wanted, &rows, next, &err);
	if (code)
		code = database_explain(config, code, &err);
	database_close(&database);
	if (!code)
		code = print(text_string(&rows), as_json, &err);
	if (code)
		return exit_report(&err, as_json);
	if (*next)
		fprintf(stderr, "more: --after '%s'\n", next);
	return exit_flushed();
}
