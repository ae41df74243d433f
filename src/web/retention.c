#include "web/retention.h"

#include <errno.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/log.h"
#include "domain/recording.h"

enum { EVERY_S = 3600, AGAIN_S = 60 }; /* AGAIN: after an error */

struct retention {
	struct db *db;
	const char *directory;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
};

/* In how many seconds again. */
static int64_t expire(struct retention *retention)
{
	struct error err;
	size_t removed = 0;
	const enum error_code code =
		recordings_expire(retention->db, retention->directory, &removed, &err);

	if (removed)
		log_event(LOG_INFO, "web", "recordings were old enough and are removed",
		          LOG_NUMBER("recordings", (int64_t)removed));
	if (code == ERROR_OK)
		return EVERY_S;
	log_error("web", "old recordings could not be removed", &err);
	return AGAIN_S;
}

static void *thread_main(void *arg)
{
	struct retention *retention = arg;
	bool stopping = false;

	while (!stopping) {
		const int64_t at_us = clock_monotonic_us() + expire(retention) * 1000000;

		pthread_mutex_lock(&retention->lock);
		while (!retention->stopping &&
		       condition_wait(&retention->changed, &retention->lock, at_us))
			;
		stopping = retention->stopping;
		pthread_mutex_unlock(&retention->lock);
	}
	return NULL;
}

enum error_code retention_open(struct db *db, const char *directory,
                               struct retention **ret_retention, struct error *err)
{
	AUTO(auto_free) struct retention *retention = calloc(1, sizeof(*retention));

	if (!retention)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	retention->db = db;
	retention->directory = directory;
	pthread_mutex_init(&retention->lock, NULL);
	condition_init(&retention->changed);
	errno = pthread_create(&retention->thread, NULL, thread_main, retention);
	if (errno)
		return error_errno(err, "start the thread that removes old recordings");
	*ret_retention = TAKE(retention);
	return ERROR_OK;
}

void retention_close(struct retention *retention)
{
	if (!retention)
		return;
	pthread_mutex_lock(&retention->lock);
	retention->stopping = true;
	pthread_cond_signal(&retention->changed);
	pthread_mutex_unlock(&retention->lock);
	pthread_join(retention->thread, NULL);
	pthread_cond_destroy(&retention->changed);
	pthread_mutex_destroy(&retention->lock);
	free(retention);
}
