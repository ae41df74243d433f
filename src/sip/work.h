/*
 * Worker threads for what may block (the database): jobs leave the loop, answers come back to it.
 *
 * libre's reference counts are not atomic: a job's arg holds copies, never a libre object that
 * run() touches. (It may carry one through for done(), which is on the loop again.)
 * The queue is bounded: a full one is ERROR_RATE_LIMITED, and the request is answered 503.
 */
#ifndef CENTREX_SIP_WORK_H
#define CENTREX_SIP_WORK_H

#include <stdbool.h>

#include "base/error.h"

struct work;

struct work_job {
	void (*run)(void *arg); /* on a worker thread */
	/* On the loop, exactly once for every job taken, also at the end (ran false when it never
	 * ran); owns arg. */
	void (*done)(void *arg, bool ran);
	void *arg;
};

/* At most queue_max jobs are waiting, running or not yet done; 0: 1024, and never more. */
MUST_CHECK enum error_code work_open(unsigned threads, unsigned queue_max, struct work **ret_work,
                                     struct error *err);

/* Waits for what runs, calls every done; NULL is allowed. */
void work_close(struct work *work);

/* ERROR_RATE_LIMITED: full (arg stays the caller's). */
MUST_CHECK enum error_code work_submit(struct work *work, const struct work_job *job);

#endif
