/*
 * `centrex freeswitch run`: drives the FreeSWITCHes of freeswitch-nodes over their event sockets;
 * `centrex freeswitch config DIR`: writes the files one needs. `centrex cdr import DIR` and
 * `centrex cdr dead-letters`: records that were not taken at once.
 */
#ifndef CENTREX_FREESWITCH_COMMAND_H
#define CENTREX_FREESWITCH_COMMAND_H

#include "base/config.h"
#include "cli/command.h"

extern const char freeswitch_usage[];
int freeswitch_command(const struct config *config, int argc, char **argv);

extern const char cdr_import_usage[], dead_letters_usage[];
int cdr_import_command(const struct config *config, int argc, char **argv);
int dead_letters_command(const struct config *config, int argc, char **argv);

#endif
