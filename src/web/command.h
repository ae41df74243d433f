/* `centrex web`: the HTTP process; `centrex openapi`: what it offers, described. */
#ifndef CENTREX_WEB_COMMAND_H
#define CENTREX_WEB_COMMAND_H

#include "base/config.h"

extern const char web_usage[];
int web_command(const struct config *config, int argc, char **argv);

extern const char openapi_usage[];
int openapi_command(const struct config *config, int argc, char **argv);

#endif
