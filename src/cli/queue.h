/* `centrex queue explain`, `queue statistics` and `agent statistics`: domain/queue_report.h for
 * people. */
#ifndef CENTREX_CLI_QUEUE_H
#define CENTREX_CLI_QUEUE_H

#include "cli/command.h"

extern const char queue_explain_usage[], queue_statistics_usage[], agent_statistics_usage[];

int queue_explain_command(const struct config *config, int argc, char **argv);
int queue_statistics_command(const struct config *config, int argc, char **argv);
int agent_statistics_command(const struct config *config, int argc, char **argv);

#endif
