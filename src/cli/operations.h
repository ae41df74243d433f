/* Commands of whoever runs the installation, for main.c's table. */
#ifndef CENTREX_CLI_OPERATIONS_H
#define CENTREX_CLI_OPERATIONS_H

#include "cli/command.h"

/* `centrex migrate` */
extern const char migrate_usage[];
int migrate_command(const struct config *config, int argc, char **argv);

/* `centrex route explain` */
extern const char route_usage[];
int route_command(const struct config *config, int argc, char **argv);

#endif
