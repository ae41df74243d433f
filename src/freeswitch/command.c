#include "freeswitch/command.h"

#include <string.h>

#include "cli/exit.h"
#include "freeswitch/run.h"
#include "freeswitch/setup.h"

const char freeswitch_usage[] =
	"Usage: centrex freeswitch run\n"
	"       centrex freeswitch config DIR [NODE] [--force] [--json]\n"
	"\n"
	"run      drives the FreeSWITCHes of --freeswitch-nodes over their event\n"
	"         sockets: queues and agents as the database has them, live calls,\n"
	"         registrations, hang-up. `centrex serve` starts it by itself where\n"
	"         freeswitch-nodes is set.\n"
	"config   writes into DIR every file a FreeSWITCH needs to work for this\n"
	"         installation, the settings freeswitch-* filled in, and a README.md\n"
	"         that says what to do with them. NODE is its name in\n"
	"         freeswitch-nodes, needed where there are several. DIR must be empty\n"
	"         or not there; --force replaces the files of an earlier run. Files\n"
	"         with passwords are their owner's alone.\n"
	"\n"
	"docs/freeswitch.md leads from a bare FreeSWITCH to the first call.\n";

static const struct {
	const char *name;
	int (*run)(const struct config *config, int argc, char **argv);
} subcommands[] = {
	{"run",    freeswitch_run},
	{"config", setup_command },
};

int freeswitch_command(const struct config *config, int argc, char **argv)
{
	struct error err;

	for (size_t i = 0; argc > 1 && i < COUNT_OF(subcommands); i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(config, argc - 1, argv + 1);
	error_set(&err, ERROR_USAGE, NULL, "`centrex freeswitch` needs run or config, not '%.40s'",
	          argc > 1 ? argv[1] : "");
	return exit_report(&err, false);
}
