/* Who runs the command line, for the audit log. */
#ifndef CENTREX_CLI_ACTOR_H
#define CENTREX_CLI_ACTOR_H

#include "domain/access.h"

enum { ACTOR_NAME_MAX = 64 };

/* ACTOR_COMMAND with the system user's name, which is kept in buffer. */
struct actor actor_of_command(char buffer[static ACTOR_NAME_MAX]);

#endif
