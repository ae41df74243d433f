#include "sip/work.h"

#include <pthread.h>
#include <re.h>
#include <signal.h>

enum { QUEUE_MAX = 1024, THREADS_MAX = 64 };

struct item {
	struct item *next;
	struct work_job job;
	bool ran;
};

/* First in, first out. */
struct queue {
	struct item *first, **end;
};

struct work {
	pthread_mutex_t lock; /* over waiting, finished, closing */
	pthread_cond_t filled;
	struct queue waiting, finished;
	bool closing;
	unsigned queue_max;
	unsigned under_way; /* taken and not yet done; the loop's alone */
	unsigned n_threads;
	pthread_t threads[THREADS_MAX];
	/* Only wakes the loop (one message while `finished` is not empty): libre's queue is a pipe
	 * that loses what does not fit. */
	struct mqueue *bell;
	bool rung; /* one message is on its way to the loop */
};

static void queue_init(struct queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_put(struct queue *queue, struct item *item)
{
	item->next = NULL;
	*queue->end = item;
	queue->end = &item->next;
}

static struct item *queue_take(struct queue *queue)
{
	struct item *item = queue->first;

	if (item) {
		queue->first = item->next;
		if (!queue->first)
			queue->end = &queue->first;
	}
	return item;
}

static void item_done(struct work *work, struct item *item)
{
	struct work_job job = item->job;
	bool ran = item->ran;

	free(item);
	work->under_way--;
	job.done(job.arg, ran);
}

static void on_bell(int id, void *data, void *arg)
{
	struct work *work = arg;
	struct item *item;

	(void)id;
	(void)data;
	pthread_mutex_lock(&work->lock);
	work->rung = false;
	item = work->finished.first;
	queue_init(&work->finished);
	pthread_mutex_unlock(&work->lock);
	while (item) {
		struct item *next = item->next;

		item_done(work, item);
		item = next;
	}
}

static void *thread_main(void *arg)
{
	struct work *work = arg;

	pthread_mutex_lock(&work->lock);
	for (;;) {
		while (!work->waiting.first && !work->closing)
			pthread_cond_wait(&work->filled, &work->lock);
		if (work->closing)
			break;
		struct item *item = queue_take(&work->waiting);

		pthread_mutex_unlock(&work->lock);
		item->job.run(item->job.arg);
		item->ran = true;
		pthread_mutex_lock(&work->lock);
		queue_put(&work->finished, item);
		/* One that failed is made up for by the next job. */
		if (!work->rung)
			work->rung = mqueue_push(work->bell, 0, NULL) == 0;
	}
	pthread_mutex_unlock(&work->lock);
	return NULL;
}

static enum error_code start_threads(struct work *work, unsigned threads, struct error *err)
{
	sigset_t all, before;

	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (work->n_threads < threads) {
		if (pthread_create(&work->threads[work->n_threads], NULL, thread_main, work) != 0)
			break;
		work->n_threads++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (work->n_threads < threads)
		return error_set(err, ERROR_IO, "sip-workers", "cannot start %u threads", threads);
	return ERROR_OK;
}

enum error_code work_open(unsigned threads, unsigned queue_max, struct work **ret_work,
                          struct error *err)
{
	struct work *work = calloc(1, sizeof(*work));
	enum error_code code = ERROR_OK;

	if (!work)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	pthread_mutex_init(&work->lock, NULL);
	pthread_cond_init(&work->filled, NULL);
	queue_init(&work->waiting);
	queue_init(&work->finished);
	work->queue_max = queue_max && queue_max < QUEUE_MAX ? queue_max : QUEUE_MAX;
	if (mqueue_alloc(&work->bell, on_bell, work) != 0)
		code = error_set(err, ERROR_IO, NULL, "cannot make the workers' pipe");
	else
		code = start_threads(work, threads < THREADS_MAX ? threads : THREADS_MAX, err);
	if (code != ERROR_OK) {
		work_close(work);
		return code;
	}
	*ret_work = work;
	return ERROR_OK;
}

void work_close(struct work *work)
{
	struct item *item;

	if (!work)
		return;
	pthread_mutex_lock(&work->lock);
	work->closing = true;
	pthread_cond_broadcast(&work->filled);
	pthread_mutex_unlock(&work->lock);
	for (unsigned i = 0; i < work->n_threads; i++)
		pthread_join(work->threads[i], NULL);
	on_bell(0, NULL, work);
	while ((item = queue_take(&work->waiting)))
		item_done(work, item);
	mem_deref(work->bell);
	pthread_cond_destroy(&work->filled);
	pthread_mutex_destroy(&work->lock);
	free(work);
}

enum error_code work_submit(struct work *work, const struct work_job *job)
{
	struct item *item;

	if (work->under_way >= work->queue_max)
		return ERROR_RATE_LIMITED;
	item = malloc(sizeof(*item));
	if (!item)
		return ERROR_MEMORY;
	item->job = *job;
	item->ran = false;
	work->under_way++;
	pthread_mutex_lock(&work->lock);
	queue_put(&work->waiting, item);
	pthread_cond_signal(&work->filled);
	pthread_mutex_unlock(&work->lock);
	return ERROR_OK;
}
