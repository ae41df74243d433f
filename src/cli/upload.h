/* `centrex media upload`: what POST .../media does, from the command line. */
#ifndef CENTREX_CLI_UPLOAD_H
#define CENTREX_CLI_UPLOAD_H

#include "cli/command.h"

extern const char upload_usage[];

int upload_command(const struct config *config, int argc, char **argv);

#endif
