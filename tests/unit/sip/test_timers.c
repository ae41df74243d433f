/* libre's timers as we start them: its list stays sorted, whatever is started, moved and cancelled.
 */
#include <dlfcn.h>
#include <re.h>

#include "base/base.h"
#include "unit.h"

struct list *tmrl_get(void);

enum { TIMERS = 500, STEPS = 20000 };

struct timer {
	struct tmr tmr;
	uint64_t started; /* which start it was: those due together go in that order */
};

static uint64_t now_ms = 1700000000000;
static uint64_t starts, fired_at, n_fired;
static struct timer timers[TIMERS];

/* libre's clock, and so ours. */
uint64_t tmr_jiffies(void)
{
	return now_ms;
}

static unsigned chance(unsigned n)
{
	static uint64_t state = 7;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void on_timer(void *arg)
{
	struct timer *timer = arg;

	assert_false(tmr_isrunning(&timer->tmr));
	assert_true(timer->tmr.jfs <= now_ms);
	assert_true(timer->tmr.jfs >= fired_at);
	fired_at = timer->tmr.jfs;
	n_fired++;
}

static void start(struct timer *timer, uint64_t delay)
{
	timer->started = starts++;
	tmr_start(&timer->tmr, delay, on_timer, timer);
}

static size_t running(void)
{
	size_t n = 0;

	for (size_t i = 0; i < TIMERS; i++)
		n += tmr_isrunning(&timers[i].tmr);
	return n;
}

static void assert_sorted(void)
{
	const struct tmr *before = NULL;
	const struct le *le;
	size_t n = 0;

	LIST_FOREACH(tmrl_get(), le)
	{
		const struct tmr *tmr = le->data;

		if (before &&
		    (tmr->jfs < before->jfs ||
		     (tmr->jfs == before->jfs && ((const struct timer *)tmr)->started <
		                                         ((const struct timer *)before)->started)))
			fail_msg("%zu: %llu after %llu", n, (unsigned long long)tmr->jfs,
			         (unsigned long long)before->jfs);
		before = tmr;
		n++;
	}
	assert_int_equal(n, running());
}

static void poll_timers(void)
{
	const size_t were = running();

	fired_at = 0;
	n_fired = 0;
	tmr_poll(tmrl_get());
	assert_int_equal(running(), were - n_fired);
	assert_true(list_isempty(tmrl_get()) ||
	            ((struct tmr *)list_ledata(tmrl_get()->head))->jfs > now_ms);
}

static void cancel_all(void)
{
	for (size_t i = 0; i < TIMERS; i++)
		tmr_cancel(&timers[i].tmr);
	assert_true(list_isempty(tmrl_get()));
}

static void the_list_is_sorted_whatever_is_started_and_cancelled(void **state)
{
	static const uint64_t delays[] = {0,     1,     20,    500,   4000,   5000,
	                                  32000, 63999, 64000, 90000, 900000, 86400000};

	(void)state;
	for (int step = 0; step < STEPS; step++) {
		struct timer *timer = &timers[chance(TIMERS)];

		if (chance(4) == 0)
			tmr_cancel(&timer->tmr);
		else
			start(timer, delays[chance(COUNT_OF(delays))] + chance(3) * chance(500));
		if (chance(8) == 0) {
			now_ms += chance(3) ? chance(400) : chance(100000);
			poll_timers();
		}
		assert_sorted();
	}
	cancel_all();
}

static void a_clock_that_is_set_does_not_disturb_the_order(void **state)
{
	(void)state;
	for (int step = 0; step < STEPS / 10; step++) {
		start(&timers[chance(TIMERS)], chance(100000));
		if (chance(20) == 0)
			now_ms += 3600000;
		if (chance(20) == 0)
			now_ms -= 1800000;
		assert_sorted();
	}
	poll_timers();
	cancel_all();
}

static void restart(void *arg)
{
	struct timer *timer = arg;

	n_fired++;
	tmr_start(&timer->tmr, 0, on_timer, timer);
	tmr_cancel(&timers[1].tmr);
}

static void a_timer_may_start_itself_and_cancel_another_when_it_fires(void **state)
{
	(void)state;
	n_fired = 0;
	fired_at = 0;
	tmr_start(&timers[0].tmr, 10, restart, &timers[0]);
	tmr_start(&timers[1].tmr, 10, on_timer, &timers[1]);
	now_ms += 10;
	tmr_poll(tmrl_get());
	assert_int_equal(n_fired, 2);
	assert_int_equal(running(), 0);
	assert_true(list_isempty(tmrl_get()));
}

/* Else libre would go on with its own, on the same list. */
static void libre_uses_them_too(void **state)
{
	(void)state;
	assert_ptr_equal(dlsym(RTLD_DEFAULT, "tmr_start"), (void *)(uintptr_t)tmr_start);
	assert_ptr_equal(dlsym(RTLD_DEFAULT, "tmr_poll"), (void *)(uintptr_t)tmr_poll);
	assert_ptr_equal(dlsym(RTLD_DEFAULT, "tmr_cancel"), (void *)(uintptr_t)tmr_cancel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_sorted_whatever_is_started_and_cancelled),
		cmocka_unit_test(a_clock_that_is_set_does_not_disturb_the_order),
		cmocka_unit_test(a_timer_may_start_itself_and_cancel_another_when_it_fires),
		cmocka_unit_test(libre_uses_them_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
