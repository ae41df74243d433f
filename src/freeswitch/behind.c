#include "freeswitch/behind.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/condition.h"

enum { RETRY_LEAST_MS = 250, RETRY_MOST_MS = 5000, CLOSE_MS = 2000 };

struct behind {
	behind_h *work;
	void *arg;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool kicked, closing; /* under the mutex */
};

/* With the mutex: until kicked, or for so long; the database comes back no sooner for a kick. */
static void rest(struct behind *behind, enum behind_result result, unsigned retry_ms)
{
	int64_t until_us = clock_monotonic_us() + retry_ms * INT64_C(1000);

	while (!behind->closing && result == BEHIND_IDLE && !behind->kicked)
		pthread_cond_wait(&behind->wake, &behind->mutex);
	while (!behind->closing && result == BEHIND_AWAY &&
	       condition_wait(&behind->wake, &behind->mutex, until_us))
		;
	behind->kicked = false;
}

static void finish(struct behind *behind)
{
	int64_t until_us = clock_monotonic_us() + CLOSE_MS * INT64_C(1000);

	while (clock_monotonic_us() < until_us && behind->work(behind->arg) == BEHIND_MORE)
		;
}

static void *run(void *arg)
{
	struct behind *behind = arg;
	unsigned retry_ms = RETRY_LEAST_MS;

	pthread_mutex_lock(&behind->mutex);
	while (!behind->closing) {
		enum behind_result result;

		pthread_mutex_unlock(&behind->mutex);
		result = behind->work(behind->arg);
		pthread_mutex_lock(&behind->mutex);
		if (result == BEHIND_MORE)
			continue;
		rest(behind, result, retry_ms);
		retry_ms = result == BEHIND_AWAY ? retry_ms * 2 : RETRY_LEAST_MS;
		retry_ms = retry_ms < RETRY_MOST_MS ? retry_ms : RETRY_MOST_MS;
	}
	pthread_mutex_unlock(&behind->mutex);
	finish(behind);
	return NULL;
}

enum error_code behind_open(behind_h *work, void *arg, struct behind **ret_behind,
                            struct error *err)
{
	struct behind *behind = calloc(1, sizeof(*behind));

	if (!behind)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	behind->work = work;
	behind->arg = arg;
	pthread_mutex_init(&behind->mutex, NULL);
	condition_init(&behind->wake);
	errno = pthread_create(&behind->thread, NULL, run, behind);
	if (errno) {
		pthread_cond_destroy(&behind->wake);
		pthread_mutex_destroy(&behind->mutex);
		free(behind);
		return error_errno(err, "start a thread behind the event socket");
	}
	*ret_behind = behind;
	return ERROR_OK;
}

void behind_close(struct behind *behind)
{
	if (!behind)
		return;
	pthread_mutex_lock(&behind->mutex);
	behind->closing = true;
	pthread_cond_signal(&behind->wake);
	pthread_mutex_unlock(&behind->mutex);
	pthread_join(behind->thread, NULL);
	pthread_cond_destroy(&behind->wake);
	pthread_mutex_destroy(&behind->mutex);
	free(behind);
}

void behind_kick(struct behind *behind)
{
	pthread_mutex_lock(&behind->mutex);
	behind->kicked = true;
	pthread_cond_signal(&behind->wake);
	pthread_mutex_unlock(&behind->mutex);
}
