/* `centrex member invite`: somebody becomes a member by his e-mail address, whether he is a user
 * yet or not. */
#ifndef CENTREX_CLI_INVITE_H
#define CENTREX_CLI_INVITE_H

#include <stdbool.h>

#include "cli/command.h"

extern const char invite_usage[];

/* True for the arguments of an entity's command that are an invitation. */
bool invite_is(int argc, char **argv);
int invite_command(const struct config *config, int argc, char **argv);

#endif
