#include "sip/queue_clock.h"
#include "unit.h"

enum { N = 1000 };

/* The same at every run. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void deadlines_come_in_order(void **state)
{
	struct queue_deadline deadlines[N] = {0};
	struct queue_clock clock = {0};
	int64_t last = INT64_MIN;
	uint32_t seed = 1;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(queue_clock_add(&clock, &deadlines[i]), ERROR_OK);
		assert_int_equal(deadlines[i].at_us, INT64_MAX);
	}
	for (size_t i = 0; i < 5 * N; i++)
		queue_clock_set(&clock, &deadlines[next(&seed) % N], next(&seed) % 10000);
	for (size_t i = 0; i < N; i += 3)
		queue_clock_remove(&clock, &deadlines[i]);
	while (queue_clock_first(&clock)) {
		struct queue_deadline *first = queue_clock_first(&clock);

		assert_true((first - deadlines) % 3 != 0);
		assert_true(first->at_us >= last);
		last = first->at_us;
		queue_clock_remove(&clock, first);
		n++;
	}
	assert_int_equal(n, N - (N + 2) / 3);
	queue_clock_clear(&clock);
}

static void one_may_move_either_way(void **state)
{
	struct queue_deadline a = {0}, b = {0};
	struct queue_clock clock = {0};

	(void)state;
	assert_null(queue_clock_first(&clock));
	queue_clock_remove(&clock, &a); /* in no clock */
	assert_int_equal(queue_clock_add(&clock, &a), ERROR_OK);
	assert_int_equal(queue_clock_add(&clock, &b), ERROR_OK);
	queue_clock_set(&clock, &b, 10);
	assert_ptr_equal(queue_clock_first(&clock), &b);
	queue_clock_set(&clock, &a, 5);
	assert_ptr_equal(queue_clock_first(&clock), &a);
	queue_clock_set(&clock, &a, 20);
	assert_ptr_equal(queue_clock_first(&clock), &b);
	queue_clock_set(&clock, &b, INT64_MAX);
	assert_ptr_equal(queue_clock_first(&clock), &a);
	queue_clock_clear(&clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlines_come_in_order),
		cmocka_unit_test(one_may_move_either_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
