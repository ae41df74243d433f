/* `centrex tenant usage`: domain/usage.h for people. */
#ifndef CENTREX_CLI_TENANT_USAGE_H
#define CENTREX_CLI_TENANT_USAGE_H

#include "cli/command.h"

extern const char tenant_usage_usage[];
int tenant_usage_command(const struct config *config, int argc, char **argv);

#endif
