/*
 * Threads that run jobs which may block. One class for each kind of work, with threads and a
 * bounded queue of its own: work of one class never waits for that of another.
 */
#ifndef CENTREX_WEB_WORKERS_H
#define CENTREX_WEB_WORKERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/uuid.h"

enum worker_class {
	WORKER_DATABASE,
	WORKER_LONG,
	WORKER_HASHES,
	WORKER_RECORDS,
	WORKER_CLASS_COUNT
};

/* Part of what is to be done; the pool owns it from workers_add until it calls run. */
struct job {
	void (*run)(struct job *job);
	struct job *next;
};

struct workers_config {
	struct {
		unsigned threads;   /* 0: none of this class */
		unsigned queue_max; /* jobs that wait for a thread while all are busy */
	} classes[WORKER_CLASS_COUNT];
};

struct workers;

MUST_CHECK enum error_code workers_open(const struct workers_config *config,
                                        struct workers **ret_workers, struct error *err);
/* Runs what was added before, then ends the threads. NULL is allowed. */
void workers_close(struct workers *workers);

struct workers_counts {
	unsigned threads, waiting, busy;
	uint64_t done, refused; /* refused: the queue was full */
};
void workers_counts(struct workers *workers, enum worker_class class,
                    struct workers_counts *ret_counts);

/* For a job whose client decides how long it takes (an export that is read slowly): half of the
 * class's threads are for one owner, a tenant, at most. Within the job; false: he has his share,
 * and nothing is to be given back. */
MUST_CHECK bool workers_take_share(struct workers *workers, enum worker_class class,
                                   const struct uuid *owner);
void workers_give_share(struct workers *workers, enum worker_class class, const struct uuid *owner);

/* Any thread. False: the queue is full. */
MUST_CHECK bool workers_add(struct workers *workers, enum worker_class class, struct job *job);

#endif
