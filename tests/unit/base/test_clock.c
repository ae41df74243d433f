#include "base/clock.h"
#include "unit.h"

static void test_rfc3339(void **state)
{
	static const struct {
		int64_t unix_us;
		const char *text;
	} cases[] = {
		{0,                  "1970-01-01T00:00:00.000000Z"},
		{1,                  "1970-01-01T00:00:00.000001Z"},
		{1795341600000000,   "2026-11-22T10:00:00.000000Z"},
		{1582934400999999,   "2020-02-29T00:00:00.999999Z"},
		{253402300799999999, "9999-12-31T23:59:59.999999Z"},
		{-1,                 "1969-12-31T23:59:59.999999Z"},
		{-1000000,           "1969-12-31T23:59:59.000000Z"},
	};
	char buffer[CLOCK_RFC3339_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(clock_rfc3339(cases[i].unix_us, buffer), cases[i].text);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t us; /* -1: refused */
	} cases[] = {
		{"1970-01-01T00:00:00Z",             0                 },
		{"1970-01-01T00:00:00.5Z",           500000            },
		{"1970-01-01T01:00:00.000001+01:00", 1                 },
		{"1969-12-31T20:00:00-04:00",        0                 },
		{"2024-02-29T12:00:00Z",             1709208000000000  },
		{"9999-12-31T23:59:59.999999Z",      253402300799999999},
		{"9999-12-31T23:59:59-00:01",        -1                },
		{"1970-01-01T00:00:00+00:01",        -1                },
		{"2023-02-29T12:00:00Z",             -1                },
		{"2023-13-01T00:00:00Z",             -1                },
		{"2023-00-01T00:00:00Z",             -1                },
		{"2023-01-01T24:00:00Z",             -1                },
		{"2023-01-01T00:60:00Z",             -1                },
		{"2023-01-01T00:00:00",              -1                },
		{"2023-01-01T00:00:00.Z",            -1                },
		{"2023-01-01T00:00:00.1234567Z",     -1                },
		{"2023-01-01T00:00:00+24:00",        -1                },
		{"2023-01-01T00:00:00+1:00",         -1                },
		{"2023-01-01T00:00:00+01:00x",       -1                },
		{"2023-01-01 00:00:00Z",             -1                },
		{"2023-1-01T00:00:00Z",              -1                },
		{"",				 -1                },
		{"2023",			     -1                },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t us = -1;

		assert_int_equal(clock_parse(cases[i].text, &us), cases[i].us >= 0);
		assert_int_equal(us, cases[i].us);
	}
}

static void test_monotonic(void **state)
{
	int64_t last = clock_monotonic_us();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_monotonic_us();

		assert_true(now >= last);
		last = now;
	}
}

static void test_unix(void **state)
{
	(void)state;
	assert_true(clock_unix_us() > 1577836800000000); /* after 2020 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_unix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
