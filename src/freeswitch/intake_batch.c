/* The committing threads: each takes what waits for one tenant and writes it in one unit of work.
 * While it does, more gathers for the next. */
#include <stdio.h>

#include "base/clock.h"
#include "freeswitch/intake_private.h"

enum { TRIES = 3, QUICK_US = 1000000 }; /* after a deadlock; behind a lock it took longer */

struct batch {
	struct intake_item *items[INTAKE_BATCH_MAX];
	size_t n;
};

bool intake_passing(enum error_code code)
{
	switch (code) {
	case ERROR_UNAVAILABLE:
	case ERROR_TIMEOUT:
	case ERROR_BUSY:
	case ERROR_RATE_LIMITED:
	case ERROR_MEMORY:
	case ERROR_NO_SPACE:
	case ERROR_IO:
		return true;
	default:
		return false;
	}
}

/* With the mutex, as everything down to pop(). */
static bool is_committed_now(const struct intake *intake, const struct uuid *tenant)
{
	for (size_t i = 0; i < INTAKE_COMMITTERS; i++)
		if (intake->committers[i].busy && uuid_equal(&intake->committers[i].tenant, tenant))
			return true;
	return false;
}

static void take(struct intake *intake, struct batch *batch, struct intake_item *item)
{
	STAILQ_REMOVE(&intake->queue, item, intake_item, in_queue);
	item->state = INTAKE_TAKEN;
	batch->items[batch->n++] = item;
}

/* The oldest item that can be worked on; for a placed one, the others of its tenant too. */
static bool gather(struct intake_committer *committer, struct batch *batch)
{
	struct intake *intake = committer->intake;
	struct intake_item *item, *next;
	size_t bytes = 0;

	batch->n = 0;
	STAILQ_FOREACH(item, &intake->queue, in_queue)
	if (!item->placed || !is_committed_now(intake, &item->place.tenant))
		break;
	if (!item)
		return false;
	if (!item->placed) {
		take(intake, batch, item);
		return true;
	}
	committer->tenant = item->place.tenant;
	committer->busy = true;
	for (; item && batch->n < INTAKE_BATCH_MAX && bytes < INTAKE_BATCH_BYTES; item = next) {
		next = STAILQ_NEXT(item, in_queue);
		if (!item->placed || !uuid_equal(&item->place.tenant, &committer->tenant))
			continue;
		bytes += item->row.length + item->leg.length;
		take(intake, batch, item);
	}
	return true;
}

/* False: the intake is being closed. */
static bool pop(struct intake_committer *committer, struct batch *batch)
{
	struct intake *intake = committer->intake;

	while (!gather(committer, batch)) {
		if (intake->stopping && STAILQ_EMPTY(&intake->queue))
			return false;
		pthread_cond_wait(&intake->work, &intake->mutex);
	}
	return true;
}

static void fail(struct intake_item *item, enum error_code code, const struct error *err)
{
	item->result.code = code;
	item->result.err = *err;
	item->result.is_dead = !intake_passing(code);
	uuid_format(&item->record.leg, item->result.leg);
	snprintf(item->result.node, sizeof(item->result.node), "%s", item->record.node);
	item->result.reason = code == ERROR_NOT_FOUND ? DEAD_UNKNOWN_TENANT : DEAD_REFUSED;
}

/* Whether it has a place now; else its result says why not. */
static bool place(struct intake *intake, struct intake_item *item)
{
	struct error err = {0};
	enum place_answer answer =
		place_record(intake->config.directory, &item->record, true, &item->place, &err);

	switch (answer) {
	case PLACE_FOUND:
		item->placed = intake_item_write(item);
		if (!item->placed)
			fail(item, error_set(&err, ERROR_MEMORY, NULL, NULL), &err);
		return item->placed;
	case PLACE_NOWHERE:
		fail(item, ERROR_NOT_FOUND, &err);
		return false;
	case PLACE_DISAGREE:
		fail(item, err.code, &err);
		item->result.reason = DEAD_TENANTS_DISAGREE;
		return false;
	case PLACE_ASK:
	case PLACE_FAILED:
		break;
	}
	fail(item, err.code ? err.code : ERROR_UNAVAILABLE, &err);
	return false;
}

static enum error_code store(struct intake *intake, struct intake_item *const *items, size_t n,
                             struct error *err)
{
	int64_t begun_us = clock_monotonic_us();
	enum error_code code = ERROR_BUSY;

	for (unsigned i = 0; i < TRIES && code == ERROR_BUSY; i++) {
		if (i && clock_monotonic_us() - begun_us > QUICK_US)
			break;
		code = intake_store(intake->config.db, items, n, err);
	}
	return code;
}

/* Together where PostgreSQL takes them; else each by itself, so that one at fault does not stop the
 * others. */
static void commit(struct intake *intake, const struct batch *batch)
{
	struct error err = {0};
	enum error_code code = store(intake, batch->items, batch->n, &err);
	bool together = code == ERROR_OK || intake_passing(code) || code == ERROR_NOT_FOUND;

	for (size_t i = 0; i < batch->n; i++) {
		if (!together && batch->n > 1)
			code = store(intake, &batch->items[i], 1, &err);
		if (code != ERROR_OK)
			fail(batch->items[i], code, &err);
	}
}

/* With the mutex. */
static void finish(struct intake *intake, const struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		struct intake_item *item = batch->items[i];

		if (item->result.code == ERROR_OK) {
			intake->counts.stored += !item->result.repeated;
			intake->counts.repeated += item->result.repeated;
		}
		if (item->result.code == ERROR_BUSY && item->placed)
			intake_hold(intake, &item->place.tenant);
		item->state = INTAKE_DONE;
		if (item->abandoned)
			intake_item_free(item);
	}
	pthread_cond_broadcast(&intake->done);
}

void *intake_committer(void *arg)
{
	struct intake_committer *committer = arg;
	struct intake *intake = committer->intake;
	struct batch batch;

	pthread_mutex_lock(&intake->mutex);
	while (pop(committer, &batch)) {
		bool only_placed = false;

		pthread_mutex_unlock(&intake->mutex);
		if (committer->busy)
			commit(intake, &batch);
		else
			only_placed = place(intake, batch.items[0]);
		pthread_mutex_lock(&intake->mutex);
		committer->busy = false;
		if (only_placed) {
			batch.items[0]->state = INTAKE_QUEUED;
			STAILQ_INSERT_HEAD(&intake->queue, batch.items[0], in_queue);
		} else {
			finish(intake, &batch);
		}
		/* Its tenant is free, or an item is back. */
		pthread_cond_broadcast(&intake->work);
	}
	pthread_mutex_unlock(&intake->mutex);
	return NULL;
}
