/* A thread that works behind another: kicked, at its time, again when there is more, later when
 * away.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "base/behind.h"
#include "oom.h"
#include "unit.h"

struct work {
	atomic_uint runs, left;
	atomic_bool away;
};

static enum behind_result work(void *arg)
{
	struct work *work = arg;

	atomic_fetch_add(&work->runs, 1);
	if (atomic_load(&work->away))
		return BEHIND_AWAY;
	if (!atomic_load(&work->left))
		return BEHIND_IDLE;
	return atomic_fetch_sub(&work->left, 1) > 1 ? BEHIND_MORE : BEHIND_IDLE;
}

static struct behind *start(struct work *arg, unsigned every_ms)
{
	struct behind *behind;

	assert_int_equal(behind_open(work, arg, every_ms, &behind, NULL), ERROR_OK);
	return behind;
}

static void wait_for(const atomic_uint *value, unsigned least)
{
	for (int i = 0; i < 1000 && atomic_load(value) < least; i++)
		usleep(5000);
	assert_true(atomic_load(value) >= least);
}

static void a_kick_is_never_lost(void **state)
{
	struct work arg = {.left = 0};
	struct behind *behind = start(&arg, 0);

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		unsigned before = atomic_load(&arg.runs);

		behind_kick(behind);
		wait_for(&arg.runs, before + 1);
	}
	behind_close(behind);
}

static void more_is_done_at_once_and_at_the_end(void **state)
{
	struct work arg = {.left = 1000};
	struct behind *behind = start(&arg, 0);

	(void)state;
	wait_for(&arg.runs, 1000);
	atomic_store(&arg.left, 500);
	behind_close(behind); /* what waits is done before it ends */
	assert_int_equal(atomic_load(&arg.left), 0);
	behind_close(NULL);
}

static void it_runs_by_itself_when_told_how_often(void **state)
{
	struct work arg = {.left = 0};
	struct behind *behind = start(&arg, 1);

	(void)state;
	wait_for(&arg.runs, 10);
	behind_close(behind);
}

/* No kick brings a database back. */
static void away_is_tried_again_later(void **state)
{
	struct work arg = {.away = true};
	struct behind *behind = start(&arg, 0);

	(void)state;
	for (int i = 0; i < 100; i++)
		behind_kick(behind);
	wait_for(&arg.runs, 2);
	atomic_store(&arg.left, 3);
	atomic_store(&arg.away, false);
	for (int i = 0; i < 2000 && atomic_load(&arg.left); i++)
		usleep(5000);
	assert_int_equal(atomic_load(&arg.left), 0);
	behind_close(behind);
}

static enum error_code open_and_close(void *arg)
{
	struct work nothing = {.left = 0};
	struct behind *behind;
	enum error_code code = behind_open(work, &nothing, 0, &behind, NULL);

	(void)arg;
	if (code == ERROR_OK)
		behind_close(behind);
	return code;
}

static void without_memory_there_is_no_thread(void **state)
{
	(void)state;
	assert_true(oom_check(open_and_close, NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kick_is_never_lost),
		cmocka_unit_test(more_is_done_at_once_and_at_the_end),
		cmocka_unit_test(it_runs_by_itself_when_told_how_often),
		cmocka_unit_test(away_is_tried_again_later),
		cmocka_unit_test(without_memory_there_is_no_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
