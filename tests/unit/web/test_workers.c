#include <pthread.h>
#include <stdatomic.h>

#include "unit.h"
#include "web/workers.h"

struct counted {
	struct job job;
	_Atomic unsigned *done;
	pthread_mutex_t *gate; /* NULL: none */
};

static void run(struct job *job)
{
	struct counted *counted = (struct counted *)job;

	if (counted->gate) {
		pthread_mutex_lock(counted->gate);
		pthread_mutex_unlock(counted->gate);
	}
	atomic_fetch_add(counted->done, 1);
}

static const struct workers_config config = {
	.classes = {[WORKER_DATABASE] = {2, 4}, [WORKER_LONG] = {1, 1}, [WORKER_HASHES] = {1, 100}},
};

static void what_was_added_is_done_before_the_end(void **state)
{
	struct workers *workers = NULL;
	struct counted jobs[100];
	_Atomic unsigned done = 0;

	(void)state;
	assert_int_equal(workers_open(&config, &workers, NULL), ERROR_OK);
	for (size_t i = 0; i < 100; i++) {
		jobs[i] = (struct counted){.job.run = run, .done = &done};
		assert_true(workers_add(workers, WORKER_HASHES, &jobs[i].job));
	}
	workers_close(workers);
	assert_int_equal(done, 100);
}

static void a_full_queue_refuses_and_others_go_on(void **state)
{
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	struct workers *workers = NULL;
	struct counted jobs[8], other;
	_Atomic unsigned done = 0, other_done = 0;
	size_t taken = 0;

	(void)state;
	assert_int_equal(workers_open(&config, &workers, NULL), ERROR_OK);
	pthread_mutex_lock(&gate);
	for (size_t i = 0; i < 8; i++) {
		jobs[i] = (struct counted){.job.run = run, .done = &done, .gate = &gate};
		taken += workers_add(workers, WORKER_LONG, &jobs[i].job);
	}
	/* One runs, one waits, also where the thread has not yet fetched the first. */
	assert_int_equal(taken, 2);
	other = (struct counted){.job.run = run, .done = &other_done};
	assert_true(workers_add(workers, WORKER_DATABASE, &other.job));
	while (!other_done)
		sched_yield();
	assert_int_equal(done, 0);
	pthread_mutex_unlock(&gate);
	workers_close(workers);
	assert_int_equal(done, taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_added_is_done_before_the_end),
		cmocka_unit_test(a_full_queue_refuses_and_others_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
