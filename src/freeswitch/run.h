/* `centrex freeswitch run`: the process that drives the FreeSWITCHes of freeswitch-nodes. */
#ifndef CENTREX_FREESWITCH_RUN_H
#define CENTREX_FREESWITCH_RUN_H

#include "base/config.h"

/* argv[0] is "run". Returns the exit status after SIGTERM or SIGINT; SIGHUP re-reads what is
 * logged. */
int freeswitch_run(const struct config *config, int argc, char **argv);

#endif
