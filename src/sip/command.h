/* The command of this folder, for main.c's table. */
#ifndef CENTREX_SIP_COMMAND_H
#define CENTREX_SIP_COMMAND_H

#include "cli/command.h"

/* `centrex sip`: the SIP engine alone, as `centrex serve` starts it. */
extern const char sip_usage[];
int sip_command(const struct config *config, int argc, char **argv);

#endif
