#include <stdbool.h>

#include "sip/ports.h"
#include "unit.h"

static void takes_every_pair_once(void **state)
{
	struct ports *ports = NULL;
	bool seen[10] = {false};

	(void)state;
	assert_int_equal(ports_open(2000, 2019, 7, &ports, NULL), ERROR_OK);
	assert_int_equal(ports_room(ports), 10);
	for (int i = 0; i < 10; i++) {
		const uint16_t port = ports_take(ports, 0);

		assert_in_range(port, 2000, 2018);
		assert_int_equal(port % 2, 0);
		assert_false(seen[(port - 2000) / 2]);
		seen[(port - 2000) / 2] = true;
	}
	assert_int_equal(ports_take(ports, 0), 0);
	assert_int_equal(ports_used(ports), 10);
	ports_close(ports);
}

static void a_freed_pair_comes_back_last(void **state)
{
	struct ports *ports = NULL;

	(void)state;
	assert_int_equal(ports_open(2000, 2019, 3, &ports, NULL), ERROR_OK);
	const uint16_t first = ports_take(ports, 0);
	assert_int_equal(first, 2006);
	ports_give(ports, first);
	for (int i = 0; i < 9; i++)
		assert_int_not_equal(ports_take(ports, 0), first);
	assert_int_equal(ports_take(ports, 0), first);
	ports_close(ports);
}

static void odd_bounds_and_empty_ranges(void **state)
{
	struct ports *ports = NULL;
	struct error err;

	(void)state;
	assert_int_equal(ports_open(2001, 2004, 0, &ports, NULL), ERROR_OK);
	assert_int_equal(ports_room(ports), 1);
	assert_int_equal(ports_take(ports, 0), 2002);
	ports_give(ports, 1);     /* not of this pool: nothing happens */
	ports_give(ports, 65000); /* nor this */
	assert_int_equal(ports_used(ports), 1);
	ports_close(ports);

	assert_int_equal(ports_open(2001, 2002, 0, &ports, &err), ERROR_INVALID);
	assert_string_equal(err.field, "rtp-port-most");
	assert_int_equal(ports_open(65535, 65535, 0, &ports, &err), ERROR_INVALID);
	ports_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_pair_once),
		cmocka_unit_test(a_freed_pair_comes_back_last),
		cmocka_unit_test(odd_bounds_and_empty_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
