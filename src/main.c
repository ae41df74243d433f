/* centrex: one executable, a table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "audio/command.h"
#include "base/log.h"
#include "base/random.h"
#include "cli/entity.h"
#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/operations.h"
#include "domain/resource.h"
#include "freeswitch/command.h"
#include "serve/serve.h"
#include "sip/command.h"
#include "verify/verify.h"
#include "web/command.h"

#define VERSION_TEXT "centrex " CENTREX_VERSION

/* In the order `centrex help` shows them. A row is {name, summary, run, usage} with the text of
 * --help, or {name, summary, run, NULL, help} where the help comes from a table. Not formatted by
 * the tool, whose columns make every new row a conflict. */
/* clang-format off */
static const struct command commands[] = {
	{"serve", "run everything: PostgreSQL, migrations, the SIP engine, HTTP",
	 serve_command, serve_usage},
	{"migrate", "bring the database to this version's schema; --status: who is behind",
	 migrate_command, migrate_usage},
	{"sip", "the SIP engine alone", sip_command, sip_usage},
	{"web", "the HTTP API alone", web_command, web_usage},
	{"freeswitch", "FreeSWITCH as the telephone switch: run, and config DIR",
	 freeswitch_command, freeswitch_usage},
	{"openapi", "the description of the HTTP API (OpenAPI 3.1)", openapi_command, openapi_usage},
	{"route", "explain: where a dialled number leads, and why", route_command, route_usage},
	{"verify-isolation", "prove that one tenant cannot reach another",
	 isolation_command, isolation_usage},
	{"demo", "two tenants to try, and what their phones need", demo_command, demo_usage},
	{"config", "settings in force, and where each came from",
	 settings_command, settings_usage},
	{0},
};
/* clang-format on */

/* Commands of an entity that cli/extra.c may not know. */
static const struct extra extras[] = {
	{"cdr", "import",       cdr_import_usage,   cdr_import_command  },
	{"cdr", "dead-letters", dead_letters_usage, dead_letters_command},
};

static int run_entity(const struct config *config, int argc, char **argv)
{
	const struct extra *extra = extra_find_in(extras, COUNT_OF(extras), argc, argv);

	return extra ? extra->run(config, argc, argv) : entity_command(config, argc, argv);
}

static int help_entity(int argc, char **argv)
{
	const struct extra *extra = extra_find_in(extras, COUNT_OF(extras), argc, argv);
	int status = EXIT_DONE;

	if (!extra)
		status = entity_help(argc, argv);
	for (size_t i = 0; i < COUNT_OF(extras) && status == EXIT_DONE; i++) {
		bool of_entity =
			(argc < 2 || argv[1][0] == '-') && strcmp(extras[i].entity, argv[0]) == 0;

		if (of_entity || extra == &extras[i])
			printf("%s%s", of_entity ? "\n" : "", extras[i].usage);
	}
	return status == EXIT_DONE ? exit_flushed() : status;
}

/* Every entity of the resource table is a command too. */
static const struct command entity = {.name = "entity", .run = run_entity, .help = help_entity};

static const struct command *find(const char *name)
{
	for (const struct command *command = commands; command->name; command++)
		if (strcmp(command->name, name) == 0)
			return command;
	return resource_find(name) ? &entity : NULL;
}

static int usage_error(const char *format, const char *what)
{
	struct error err;
	char shown[64];

	snprintf(shown, sizeof(shown), "%s", what);
	error_set(&err, ERROR_USAGE, NULL, format, shown);
	return exit_report(&err, false);
}

static int overview(void)
{
	puts("Usage: centrex COMMAND [ARGUMENTS] [--SETTING VALUE ...]\n\nCommands:");
	for (const struct command *command = commands; command->name; command++)
		printf("  %-18s %s\n", command->name, command->summary);
	for (size_t i = 0; i < n_resources; i++)
		printf("  %-18s %s\n", resources[i].name, resources[i].description);
	puts("  help               this text; help COMMAND: how to use it\n"
	     "\nSettings (also CENTREX_NAME in the environment, or the file of --config):");
	for (unsigned i = 0; i < CONFIG_SETTING_COUNT; i++)
		printf("  --%-25s %s\n", config_name(i), config_description(i));
	return exit_flushed();
}

/* argv[0] is the command's name. */
static int command_help(const struct command *command, int argc, char **argv)
{
	if (!command->usage)
		return command->help(argc, argv);
	fputs(command->usage, stdout);
	return exit_flushed();
}

static int help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2)
		return overview();
	command = find(argv[1]);
	if (!command)
		return usage_error("there is no command '%s'; see `centrex help`", argv[1]);
	return command_help(command, argc - 1, argv + 1);
}

static bool asks_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int run(int argc, char **argv)
{
	const struct command *command;
	struct config *config;
	struct error err;
	int status;

	if (config_load(&argc, argv, &config, &err))
		return exit_report(&err, false);
	log_settings(config);
	command = argc < 2 ? NULL : find(argv[1]);
	if (command)
		status = command->run(config, argc - 1, argv + 1);
	else if (argc < 2)
		status = overview();
	else
		status = usage_error("there is no command '%s'; see `centrex help`", argv[1]);
	config_free(config);
	return status;
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct error err;

	/* Before anything is read or opened: it works on what strangers send. */
	if (argc > 1 && strcmp(argv[1], AUDIO_COMMAND) == 0)
		audio_command(argc - 1, argv + 1);
	if (random_open(&err))
		return exit_report(&err, false);
	if (argc < 2)
		return overview();
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) {
		puts(VERSION_TEXT);
		return exit_flushed();
	}
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return overview();
	command = find(argv[1]);
	if (command && asks_help(argc - 1, argv + 1))
		return command_help(command, argc - 1, argv + 1);
	return run(argc, argv);
}
