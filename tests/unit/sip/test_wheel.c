#include "sip/wheel.h"
#include "unit.h"

enum { N = 500 };

struct thing {
	struct wheel_entry entry;
	int64_t due_s;
	int fired;
};

struct run {
	struct wheel *wheel;
	int64_t now_s;
	int fired;
	struct thing *again; /* put back with this many seconds more */
};

static void on_expired(struct wheel_entry *entry, void *arg)
{
	struct thing *thing = (struct thing *)entry;
	struct run *run = arg;

	assert_null(entry->next);
	assert_true(thing->due_s <= run->now_s);
	thing->fired++;
	run->fired++;
	if (thing == run->again) {
		thing->due_s = run->now_s + 10000;
		wheel_set(run->wheel, entry, thing->due_s);
	}
}

static void step(struct run *run, int64_t now_s)
{
	run->now_s = now_s;
	wheel_tick(run->wheel, now_s, on_expired, run);
}

static void each_fires_once_at_its_second(void **state)
{
	static struct thing things[N];
	static struct wheel wheel;
	struct run run = {.wheel = &wheel};

	(void)state;
	wheel_init(&wheel, 1000);
	for (int i = 0; i < N; i++) {
		things[i].due_s = 1001 + (i * 7919) % 9000; /* more than two turns */
		wheel_set(&wheel, &things[i].entry, things[i].due_s);
	}
	for (int64_t now = 1001; now <= 11000; now++) {
		step(&run, now);
		for (int i = 0; i < N; i += 50)
			assert_int_equal(things[i].fired, things[i].due_s <= now);
	}
	assert_int_equal(run.fired, N);
}

static void a_moved_or_removed_one_does_not_fire(void **state)
{
	static struct wheel wheel;
	struct thing moved = {.due_s = 200}, removed = {.due_s = 110};
	struct run run = {.wheel = &wheel};

	(void)state;
	wheel_init(&wheel, 100);
	wheel_set(&wheel, &moved.entry, 110);
	wheel_set(&wheel, &removed.entry, 110);
	wheel_set(&wheel, &moved.entry, 200);
	wheel_remove(&removed.entry);
	wheel_remove(&removed.entry);
	step(&run, 199);
	assert_int_equal(run.fired, 0);
	step(&run, 200);
	assert_int_equal(moved.fired, 1);
}

static void the_past_fires_with_the_next_tick(void **state)
{
	static struct wheel wheel;
	struct thing late = {.due_s = 5};
	struct run run = {.wheel = &wheel};

	(void)state;
	wheel_init(&wheel, 100);
	wheel_set(&wheel, &late.entry, 5);
	step(&run, 100);
	assert_int_equal(run.fired, 0);
	step(&run, 101);
	assert_int_equal(run.fired, 1);
}

static void a_clock_may_jump(void **state)
{
	static struct wheel wheel;
	struct thing near = {.due_s = 150}, far = {.due_s = 5000000};
	struct run run = {.wheel = &wheel, .again = &near};

	(void)state;
	wheel_init(&wheel, 100);
	wheel_set(&wheel, &near.entry, 150);
	wheel_set(&wheel, &far.entry, 5000000);
	step(&run, 1000000); /* ahead by months: the near one fires and sets itself anew */
	assert_int_equal(near.fired, 1);
	step(&run, 50); /* and back: nothing is due before its time */
	assert_int_equal(run.fired, 1);
	step(&run, 1010000);
	assert_int_equal(near.fired, 2);
	assert_int_equal(far.fired, 0);
	run.again = NULL;
	step(&run, 5000000);
	assert_int_equal(far.fired, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fires_once_at_its_second),
		cmocka_unit_test(a_moved_or_removed_one_does_not_fire),
		cmocka_unit_test(the_past_fires_with_the_next_tick),
		cmocka_unit_test(a_clock_may_jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
