/* What the workers have done reaches the loop, also after it could not be woken once. */
#include <unistd.h>

#include "mqueue_fails.h"
#include "sip/work.h"
#include "unit.h"

static atomic_int ran, done;

static void on_run(void *arg)
{
	(void)arg;
	ran++;
}

static void on_done(void *arg, bool was_run)
{
	(void)arg;
	assert_true(was_run);
	done++;
}

static void wait_for(atomic_int *counter, int n)
{
	for (int i = 0; i < 3000 && *counter < n; i++)
		usleep(10000);
	assert_int_equal(*counter, n);
}

static void a_failed_wake_is_made_up_for(void **state)
{
	const struct work_job job = {.run = on_run, .done = on_done};
	struct work *work;

	(void)state;
	assert_int_equal(work_open(1, 0, &work, NULL), ERROR_OK);
	failures = 1;
	assert_int_equal(work_submit(work, &job), ERROR_OK);
	wait_for(&pushes, 1);
	assert_int_equal(work_submit(work, &job), ERROR_OK);
	wait_for(&pushes, 2);
	assert_int_equal(work_submit(work, &job), ERROR_OK);
	wait_for(&ran, 3);
	work_close(work);
	assert_int_equal(pushes, 2); /* it was on its way */
	assert_int_equal(done, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_wake_is_made_up_for),
	};

	if (libre_init())
		return 1;
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();
	return failed;
}
