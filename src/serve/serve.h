/* The commands of this folder, for main.c's table. */
#ifndef CENTREX_SERVE_SERVE_H
#define CENTREX_SERVE_SERVE_H

#include "cli/command.h"

/* `centrex config`: the settings in force and where each came from. */
extern const char settings_usage[];
int settings_command(const struct config *config, int argc, char **argv);

/* `centrex serve`: everything, until a signal. */
extern const char serve_usage[];
int serve_command(const struct config *config, int argc, char **argv);

/* `centrex demo`: the demo tenants, and what their phones need. */
extern const char demo_usage[];
int demo_command(const struct config *config, int argc, char **argv);

#endif
