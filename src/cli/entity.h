/*
 * The commands of the resource table: `centrex extension list --tenant acme.example` and so on for
 * every entity and verb. Flags are the columns (with - or _).
 */
#ifndef CENTREX_CLI_ENTITY_H
#define CENTREX_CLI_ENTITY_H

#include "cli/command.h"

int entity_command(const struct config *config, int argc, char **argv);
int entity_help(int argc, char **argv);

#endif
