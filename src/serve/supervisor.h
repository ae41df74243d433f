/*
 * Runs the processes of one installation: starts them one after the other, starts again what ends
 * (waiting longer each time, and saying so), stops them when asked.
 *
 * What is still running after the supervisor was killed is taken over, not started twice: a child
 * holds a lock on <state>/run/<name>.lock from before it becomes the program until it ends, and the
 * lock tells its process id (docs/adr).
 *
 * SIGTERM, SIGINT: children get SIGTERM and drain-s seconds, then SIGKILL; PostgreSQL goes last.
 * Once more: children get SIGINT and five seconds; once more: SIGKILL. SIGHUP: the settings are
 * read anew and children get SIGHUP.
 */
#ifndef CENTREX_SERVE_SUPERVISOR_H
#define CENTREX_SERVE_SUPERVISOR_H

#include <stdbool.h>

#include "base/config.h"

enum service_kind {
	SERVICE_POSTGRES, /* the embedded server; skipped when --database is given */
	SERVICE_DAEMON,   /* is ready once it has written run/<name>.json */
	SERVICE_ONCE,     /* must end with exit status 0 before what follows starts */
};

enum { SERVICE_ARGUMENTS_MAX = 5, SERVICES_MAX = 8 };

/* A row of the table of children, in the order they start. */
struct service {
	const char *name;
	enum service_kind kind;
	const char *program; /* NULL: this executable */
	const char *argv[SERVICE_ARGUMENTS_MAX];
	bool demo_only;
	enum config_setting needs; /* not started where it is empty; 0: state, which never is */
	bool mute; /* what it prints is for people who run it by hand; its errors are not lost */
	int good_enough; /* SERVICE_ONCE: a further exit status that counts as done, with a warning
	                  */
};

/* Returns the exit status of `centrex serve`. The first start of a child decides: when it ends
 * before it was ready, everything is stopped and its exit status is ours. What was taken over is
 * left running then. The working directory is the state directory. */
int supervisor_run(const struct config *config, const struct service *services, size_t n,
                   bool demo);

#endif
