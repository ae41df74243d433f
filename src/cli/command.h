/*
 * One row of main.c's command table. A command gets the settings and its own arguments (argv[0] is
 * the command's name; the settings' flags are already taken out) and returns an exit status.
 */
#ifndef CENTREX_CLI_COMMAND_H
#define CENTREX_CLI_COMMAND_H

#include "base/config.h"

/* Exit statuses (docs/guide): 0 done, 1 failed, 2 usage or a bad value, 3 not found, 4 conflict,
 * 5 unavailable (database away, port busy), 6 forbidden, 7 done
 * in part. From the table in cli/exit.c. */
enum {
	EXIT_DONE,
	EXIT_FAILED,
	EXIT_USAGE,
	EXIT_NOT_FOUND,
	EXIT_CONFLICT,
	EXIT_UNAVAILABLE,
	EXIT_FORBIDDEN,
	EXIT_PARTLY
};

struct command {
	const char *name;
	const char *summary;
	int (*run)(const struct config *config, int argc, char **argv);
	const char *usage;                  /* what `help` and --help print; NULL: ask help */
	int (*help)(int argc, char **argv); /* argv as for run, without settings */
};

#endif
