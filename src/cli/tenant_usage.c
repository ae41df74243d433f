#include "cli/tenant_usage.h"

#include <stdio.h>

#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/open_database.h"
#include "cli/output.h"
#include "domain/tenant.h"
#include "domain/usage.h"

const char tenant_usage_usage[] =
	"centrex tenant usage TENANT [FLAGS]\n"
	"  says how much a tenant has: phones, queues, audio, call records; what it may have: "
	"`centrex limits`\n"
	"  --json                print JSON; an error is JSON too\n";

static enum error_code show(const struct config *config, struct db *db, const char *name,
                            struct text *ret_json, struct error *err)
{
	AUTO(text_clear) struct text media = {0};
	struct tenant tenant;
	enum error_code code = tenant_find(db, name, &tenant, err);

	text_addf(&media, "%s/media", config_text(config, CONFIG_STATE));
	if (!code && media.failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	return code ? code : usage_show(db, media.data, &tenant.id, ret_json, err);
}

static enum error_code print(const char *json, bool as_json, struct error *err)
{
	static const struct resource shape = {.fields = usage_fields, .n_fields = USAGE_FIELDS};
	AUTO(text_clear) struct text out = {0};
	enum error_code code = ERROR_OK;

	if (as_json) {
		puts(json);
		return ERROR_OK;
	}
	code = output_row(&shape, json, &out, err);
	if (!code)
		fputs(text_string(&out), stdout);
	return code;
}

int tenant_usage_command(const struct config *config, int argc, char **argv)
{
	const char *tenant = NULL;
	const struct extra_argument known[] = {
		{"tenant", &tenant, "is required: a domain or an id"},
	};
	AUTO(text_clear) struct text json = {0};
	struct database database;
	struct error err;
	bool as_json;
	enum error_code code = extra_parse(argc, argv, known, COUNT_OF(known), &as_json, &err);

	if (!code)
		code = database_open(config, &database, &err);
	if (code)
		return exit_report(&err, as_json);
	code = show(config, database.db, tenant, &json, &err);
	if (code)
		code = database_explain(config, code, &err);
	database_close(&database);
	if (!code)
		code = print(text_string(&json), as_json, &err);
	return code ? exit_report(&err, as_json) : exit_flushed();
}
