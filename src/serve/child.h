/* One supervised process and what it is doing. For serve/supervisor.c. */
#ifndef CENTREX_SERVE_CHILD_H
#define CENTREX_SERVE_CHILD_H

#include <stdint.h>

#include "base/process.h"
#include "serve/supervisor.h"

enum child_phase {
	CHILD_IDLE,     /* its turn has not come */
	CHILD_STARTING, /* runs, not ready */
	CHILD_UP,       /* runs and is ready */
	CHILD_DONE,     /* SERVICE_ONCE: ended well */
	CHILD_WAITING,  /* ended; starts again at due_us */
	CHILD_STOPPING, /* told to end; harder means at due_us */
	CHILD_STOPPED,
};

struct child {
	const struct service *service;
	struct process process;
	enum child_phase phase;
	bool was_up;       /* was ready once */
	unsigned failures; /* ends in a row, each soon after its start */
	unsigned pressure; /* how hard it was told to end: index of the table in child.c */
	int64_t since_us;  /* monotonic: begin of this phase */
	int64_t due_us;    /* monotonic: when something is to be done by itself; INT64_MAX: never */
};

/* Takes over the running one or starts it; CHILD_STARTING. */
MUST_CHECK enum error_code child_start(struct child *child, const struct config *config,
                                       struct error *err);

/* Takes over the one that an earlier supervisor left running, if there is one, without starting
 * any. */
void child_take_over(struct child *child);

/* Whether a starting one is ready by now. */
bool child_is_ready(const struct child *child, const struct config *config);

/* After an end: CHILD_WAITING, for longer each time (0.1 s to 10 s). Returns the wait in ms. */
int64_t child_back_off(struct child *child);

/* Tells it to end, or tells it harder. */
void child_stop(struct child *child, unsigned pressure, const struct config *config);

enum { CHILD_PRESSURE_MOST = 2 };

#endif
