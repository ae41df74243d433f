/*
 * When queues and callers want to be looked at: a heap of deadlines, so that one timer of libre
 * (whose list is sorted and linear) serves any number of them. Microseconds, monotonic.
 */
#ifndef CENTREX_SIP_QUEUE_CLOCK_H
#define CENTREX_SIP_QUEUE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Part of what has a deadline; zeroed means in no clock. */
struct queue_deadline {
	void (*due)(void *arg); /* the clock's user calls it, with at_us INT64_MAX */
	void *arg;
	int64_t at_us; /* INT64_MAX: none at present */
	size_t place;  /* from 1; 0: in no clock */
};

struct queue_clock {
	struct queue_deadline **heap;
	size_t n, room;
};

/* Without a deadline at first. ERROR_MEMORY. */
MUST_CHECK enum error_code queue_clock_add(struct queue_clock *clock,
                                           struct queue_deadline *deadline);
void queue_clock_remove(struct queue_clock *clock, struct queue_deadline *deadline);
void queue_clock_set(struct queue_clock *clock, struct queue_deadline *deadline, int64_t at_us);
/* The one that comes first; NULL: the clock is empty. */
struct queue_deadline *queue_clock_first(const struct queue_clock *clock);
/* Those in it are forgotten. */
void queue_clock_clear(struct queue_clock *clock);

#endif
