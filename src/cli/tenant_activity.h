/* `centrex tenant activity`: domain/tenant_activity.h for people. */
#ifndef CENTREX_CLI_TENANT_ACTIVITY_H
#define CENTREX_CLI_TENANT_ACTIVITY_H

#include "cli/command.h"

extern const char tenant_activity_usage[];
int tenant_activity_command(const struct config *config, int argc, char **argv);

#endif
