/* `centrex member invite`: somebody becomes a member by his e-mail address, whether he is a user
 * yet or not. */
#ifndef CENTREX_CLI_INVITE_H
#define CENTREX_CLI_INVITE_H

#include "cli/command.h"

extern const char invite_usage[];

int invite_command(const struct config *config, int argc, char **argv);

#endif
