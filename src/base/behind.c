#include "base/behind.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/condition.h"

enum { RETRY_LEAST_MS = 250, RETRY_MOST_MS = 5000, CLOSE_MS = 2000 };

struct behind {
	behind_h *work;
	void *arg;
	unsigned every_ms;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool kicked, closing; /* under the mutex */
};

/* With the mutex: until kicked, or for so long (0: for ever). A database that is away comes back no
 * sooner for a kick. */
static void rest(struct behind *behind, enum behind_result result, unsigned ms)
{
	int64_t until_us = ms ? clock_monotonic_us() + ms * INT64_C(1000) : INT64_MAX;

	while (!behind->closing && !(behind->kicked && result == BEHIND_IDLE)) {
		if (until_us == INT64_MAX)
			pthread_cond_wait(&behind->wake, &behind->mutex);
		else if (!condition_wait(&behind->wake, &behind->mutex, until_us))
			break;
	}
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
		rest(behind, result, result == BEHIND_AWAY ? retry_ms : behind->every_ms);
		retry_ms = result == BEHIND_AWAY ? retry_ms * 2 : RETRY_LEAST_MS;
		retry_ms = retry_ms < RETRY_MOST_MS ? retry_ms : RETRY_MOST_MS;
	}
	pthread_mutex_unlock(&behind->mutex);
	finish(behind);
	return NULL;
}

enum error_code behind_open(behind_h *work, void *arg, unsigned every_ms,
                            struct behind **ret_behind, struct error *err)
{
	struct behind *behind = calloc(1, sizeof(*behind));

	if (!behind)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	behind->work = work;
	behind->arg = arg;
	behind->every_ms = every_ms;
	pthread_mutex_init(&behind->mutex, NULL);
	condition_init(&behind->wake);
	errno = pthread_create(&behind->thread, NULL, run, behind);
	if (errno) {
		pthread_cond_destroy(&behind->wake);
		pthread_mutex_destroy(&behind->mutex);
		free(behind);
		return error_errno(err, "start a thread that works behind");
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
