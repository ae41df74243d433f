#include "web/workers.h"

#include <pthread.h>
#include <sys/resource.h>

/* Hashing takes all of a processor: what only waits for the database comes first. */
enum { YIELDS_NICE = 5 };

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *first, **last;
	unsigned waiting, queue_max;
	unsigned busy;
	uint64_t done, refused;
	bool stopping;
	bool yields;
	unsigned n_threads;
	pthread_t *threads;
	struct uuid *shares; /* a share's owner each; nil: free. As many as threads */
};

struct workers {
	struct pool pools[WORKER_CLASS_COUNT];
};

/* NULL: the pool stops and nothing is left. */
static struct job *take(struct pool *pool, bool was_busy)
{
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	pool->busy -= was_busy;
	pool->done += was_busy;
	while (!pool->first && !pool->stopping)
		pthread_cond_wait(&pool->wake, &pool->lock);
	job = pool->first;
	if (job) {
		pool->first = job->next;
		if (!pool->first)
			pool->last = &pool->first;
		pool->waiting--;
		pool->busy++;
	}
	pthread_mutex_unlock(&pool->lock);
	return job;
}

static void *work(void *arg)
{
	struct pool *pool = arg;
	struct job *job;
	bool was_busy = false;

	/* Of this thread alone (Linux). Where it cannot be, all are equal. */
	if (pool->yields)
		(void)setpriority(PRIO_PROCESS, 0, YIELDS_NICE);
	while ((job = take(pool, was_busy))) {
		job->run(job);
		was_busy = true;
	}
	return NULL;
}

static enum error_code start(struct pool *pool, unsigned threads, struct error *err)
{
	if (!threads)
		return ERROR_OK;
	pool->threads = calloc(threads, sizeof(*pool->threads));
	pool->shares = calloc(threads, sizeof(*pool->shares));
	if (!pool->threads || !pool->shares)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (; pool->n_threads < threads; pool->n_threads++)
		if (pthread_create(&pool->threads[pool->n_threads], NULL, work, pool) != 0)
			return error_set(err, ERROR_IO, NULL, "cannot start a thread");
	return ERROR_OK;
}

enum error_code workers_open(const struct workers_config *config, struct workers **ret_workers,
                             struct error *err)
{
	struct workers *workers = calloc(1, sizeof(*workers));
	enum error_code code = ERROR_OK;

	if (!workers)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < WORKER_CLASS_COUNT; i++) {
		struct pool *pool = &workers->pools[i];

		pthread_mutex_init(&pool->lock, NULL);
		pthread_cond_init(&pool->wake, NULL);
		pool->last = &pool->first;
		pool->queue_max = config->classes[i].queue_max;
		pool->yields = i == WORKER_HASHES;
	}
	for (size_t i = 0; i < WORKER_CLASS_COUNT && code == ERROR_OK; i++)
		code = start(&workers->pools[i], config->classes[i].threads, err);
	if (code != ERROR_OK) {
		workers_close(workers);
		return code;
	}
	*ret_workers = workers;
	return ERROR_OK;
}

static void stop(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);
	free(pool->threads);
	free(pool->shares);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
}

void workers_close(struct workers *workers)
{
	if (!workers)
		return;
	for (size_t i = 0; i < WORKER_CLASS_COUNT; i++)
		stop(&workers->pools[i]);
	free(workers);
}

bool workers_add(struct workers *workers, enum worker_class class, struct job *job)
{
	struct pool *pool = &workers->pools[class];
	bool room;

	pthread_mutex_lock(&pool->lock);
	/* A thread that has not yet woken up for what waits is a place, too. */
	room = pool->waiting + pool->busy < pool->queue_max + pool->n_threads && !pool->stopping;
	if (room) {
		job->next = NULL;
		*pool->last = job;
		pool->last = &job->next;
		pool->waiting++;
		pthread_cond_signal(&pool->wake);
	}
	pool->refused += !room;
	pthread_mutex_unlock(&pool->lock);
	return room;
}

void workers_counts(struct workers *workers, enum worker_class class,
                    struct workers_counts *ret_counts)
{
	struct pool *pool = &workers->pools[class];

	pthread_mutex_lock(&pool->lock);
	*ret_counts = (struct workers_counts){
		.threads = pool->n_threads,
		.waiting = pool->waiting,
		.busy = pool->busy,
		.done = pool->done,
		.refused = pool->refused,
	};
	pthread_mutex_unlock(&pool->lock);
}

bool workers_take_share(struct workers *workers, enum worker_class class, const struct uuid *owner)
{
	struct pool *pool = &workers->pools[class];
	struct uuid *room = NULL;
	unsigned has = 0;
	bool taken;

	pthread_mutex_lock(&pool->lock);
	for (unsigned i = 0; i < pool->n_threads; i++) {
		has += uuid_equal(&pool->shares[i], owner);
		if (uuid_is_nil(&pool->shares[i]))
			room = &pool->shares[i];
	}
	taken = room && has < (pool->n_threads + 1) / 2;
	if (taken)
		*room = *owner;
	pthread_mutex_unlock(&pool->lock);
	return taken;
}

void workers_give_share(struct workers *workers, enum worker_class class, const struct uuid *owner)
{
	struct pool *pool = &workers->pools[class];

	pthread_mutex_lock(&pool->lock);
	for (unsigned i = 0; i < pool->n_threads; i++)
		if (uuid_equal(&pool->shares[i], owner)) {
			pool->shares[i] = (struct uuid){0};
			break;
		}
	pthread_mutex_unlock(&pool->lock);
}
