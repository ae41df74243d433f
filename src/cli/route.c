/* `centrex route explain`: every decision about a dialled number, without a call. */
#include "domain/route.h"

#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/open_database.h"
#include "cli/operations.h"
#include "domain/phones.h"
#include "domain/tenant.h"

const char route_usage[] =
	"Usage: centrex route explain --tenant TENANT [--from EXTENSION] --to NUMBER [--json]\n"
	"\n"
	"Says where a dialled number leads, and why, by the same function that decides about\n"
	"calls.\n"
	"\n"
	"  --tenant TENANT    the tenant: domain or id\n"
	"  --from EXTENSION   the extension that dials; from outside when not given\n"
	"  --to NUMBER        what is dialled\n"
	"  --json             as JSON\n"
	"\n"
	"Exit status: 0 also when the answer is that the call would be rejected.\n";

struct arguments {
	const char *tenant, *from, *to;
	bool json;
};

static const char **find_value(struct arguments *arguments, const char *name)
{
	if (strcmp(name, "--tenant") == 0)
		return &arguments->tenant;
	if (strcmp(name, "--from") == 0)
		return &arguments->from;
	if (strcmp(name, "--to") == 0)
		return &arguments->to;
	return NULL;
}

static enum error_code parse_arguments(int argc, char **argv, struct arguments *ret,
                                       struct error *err)
{
	*ret = (struct arguments){0};
	for (int i = 1; i < argc; i++)
		ret->json |= strcmp(argv[i], "--json") == 0;
	if (argc < 2 || strcmp(argv[1], "explain") != 0)
		return error_set(err, ERROR_USAGE, NULL,
		                 "route can explain; see `centrex help route`");
	for (int i = 2; i < argc; i++) {
		const char **value = find_value(ret, argv[i]);

		if (strcmp(argv[i], "--json") == 0)
			continue;
		if (!value)
			return error_set(
				err, ERROR_USAGE, NULL,
				"route explain has no argument '%.40s'; see `centrex help route`",
				argv[i]);
		if (i + 1 == argc)
			return error_set(err, ERROR_MISSING, argv[i] + 2, "needs a value");
		*value = argv[++i];
	}
	if (!ret->tenant)
		return error_set(err, ERROR_MISSING, "tenant", "is required: a domain or an id");
	if (!ret->to)
		return error_set(err, ERROR_MISSING, "to", "is required: what is dialled");
	return ERROR_OK;
}

static enum error_code find_caller(const struct snapshot *snapshot, const char *from,
                                   const struct extension **ret_caller, struct error *err)
{
	if (!from)
		return ERROR_OK;
	*ret_caller = snapshot_extension(snapshot, from);
	if (!*ret_caller)
		return error_set(err, ERROR_NOT_FOUND, "from", "is no extension of this tenant");
	return ERROR_OK;
}

static enum error_code explain(const struct config *config, struct db *db,
                               const struct arguments *arguments, struct text *out,
                               struct error *err)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	AUTO(phones_auto_free) struct phones *phones = NULL;
	struct route_call call = {
		.dialled = arguments->to,
		.ring_s = (unsigned)config_number(config, CONFIG_SIP_RING_S),
		.features = true,
		.phones = phones_count,
	};
	struct route_plan plan;
	struct tenant tenant;
	enum error_code code = tenant_find(db, arguments->tenant, &tenant, err);

	if (code == ERROR_OK)
		code = snapshot_load(db, &tenant.id, &snapshot, err);
	if (code == ERROR_OK)
		code = phones_load(db, &tenant.id, &phones, err);
	if (code == ERROR_OK)
		code = find_caller(snapshot, arguments->from, &call.caller, err);
	if (code != ERROR_OK)
		return code;
	call.phones_arg = phones;
	route_call(snapshot, &call, &plan);
	if (arguments->json) {
		route_plan_json(&plan, out);
		text_add_char(out, '\n');
	} else {
		text_add(out, text_string(&plan.trace));
	}
	out->failed |= plan.trace.failed;
	route_plan_clear(&plan);
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

int route_command(const struct config *config, int argc, char **argv)
{
	AUTO(text_clear) struct text out = {0};
	struct arguments arguments;
	struct database database;
	struct error err;
	enum error_code code;

	if (parse_arguments(argc, argv, &arguments, &err))
		return exit_report(&err, arguments.json);
	if (database_open(config, &database, &err))
		return exit_report(&err, arguments.json);
	code = explain(config, database.db, &arguments, &out, &err);
	if (code != ERROR_OK)
		code = database_explain(config, code, &err);
	database_close(&database);
	if (code != ERROR_OK)
		return exit_report(&err, arguments.json);
	fputs(text_string(&out), stdout);
	return exit_flushed();
}
