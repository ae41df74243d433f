/* `centrex web`: the HTTP process. */
#ifndef CENTREX_WEB_COMMAND_H
#define CENTREX_WEB_COMMAND_H

#include "base/config.h"

extern const char web_usage[];
int web_command(const struct config *config, int argc, char **argv);

#endif
