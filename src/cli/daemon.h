/*
 * What a process that stays does for its supervisor: the file <state>/run/<name>.json tells that it
 * serves and where, SIGHUP reads the settings anew, SIGTERM and SIGINT end it. For the edges:
 * daemon_wait logs.
 */
#ifndef CENTREX_CLI_DAEMON_H
#define CENTREX_CLI_DAEMON_H

#include "base/config.h"
#include "base/text.h"

/* First of all, before any thread starts: the signals above are blocked, for daemon_wait or a loop
 * of one's own, SIGPIPE is ignored, and files are nobody else's. ERROR_USAGE: there are arguments;
 * ERROR_FORBIDDEN: it was started as root. command: "web", for the message. */
MUST_CHECK enum error_code daemon_begin(const char *command, int argc, char **argv,
                                        struct error *err);

/* Whole or not at all: the supervisor and tests wait for it. content: a JSON object. */
MUST_CHECK enum error_code daemon_publish(const struct config *config, const char *name,
                                          const struct text *content, struct error *err);
void daemon_unpublish(const struct config *config, const char *name);

/* Until it is told to end; part is whose log lines they are: "web". */
void daemon_wait(const struct config *config, const char *part);

#endif
