#include "base/clock.h"
#include "base/condition.h"
#include "unit.h"

struct bell {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	bool rung;
};

static void *ring(void *arg)
{
	struct bell *bell = arg;

	pthread_mutex_lock(&bell->mutex);
	bell->rung = true;
	pthread_cond_signal(&bell->condition);
	pthread_mutex_unlock(&bell->mutex);
	return NULL;
}

static void test_wait(void **state)
{
	struct bell bell = {.mutex = PTHREAD_MUTEX_INITIALIZER};
	int64_t begun = clock_monotonic_us();
	bool woken = true;
	pthread_t thread;

	(void)state;
	condition_init(&bell.condition);
	pthread_mutex_lock(&bell.mutex);
	while (woken) /* once in a while nobody has woken us */
		woken = condition_wait(&bell.condition, &bell.mutex, begun + 20000);
	assert_true(clock_monotonic_us() >= begun + 20000);
	assert_int_equal(pthread_create(&thread, NULL, ring, &bell), 0);
	while (!bell.rung)
		assert_true(condition_wait(&bell.condition, &bell.mutex, begun + 60000000));
	pthread_mutex_unlock(&bell.mutex);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&bell.condition);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
