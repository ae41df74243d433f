#include "base/base.h"
#include "unit.h"
#include "web/range.h"

static void a_range_is_read_as_rfc_9110_says(void **state)
{
	static const struct {
		const char *header;
		uint64_t size;
		enum range_answer answer;
		uint64_t first, last;
	} rows[] = {
		{NULL,			      10, RANGE_WHOLE,   0, 0},
		{"bytes=0-0",                       10, RANGE_PART,    0, 0},
		{"bytes=0-9",                       10, RANGE_PART,    0, 9},
		{"BYTES=2-",                        10, RANGE_PART,    2, 9},
		{"bytes=-3",                        10, RANGE_PART,    7, 9},
		{"bytes=-30",                       10, RANGE_PART,    0, 9},
		{"bytes=5-99",                      10, RANGE_PART,    5, 9},
		{"bytes= 5-6 ",                     10, RANGE_PART,    5, 6},
		{"bytes=0-99999999999999999999999", 10, RANGE_PART,    0, 9},
		{"bytes=10-",                       10, RANGE_OUTSIDE, 0, 0},
		{"bytes=99999999999999999999999-",  10, RANGE_OUTSIDE, 0, 0},
		{"bytes=-0",                        10, RANGE_OUTSIDE, 0, 0},
		{"bytes=0-",                        0,  RANGE_OUTSIDE, 0, 0},
		{"bytes=-5",                        0,  RANGE_OUTSIDE, 0, 0},
 /* What is no range at all is passed over. */
		{"bytes=5-4",                       10, RANGE_WHOLE,   0, 0},
		{"bytes=-",                         10, RANGE_WHOLE,   0, 0},
		{"bytes=",                          10, RANGE_WHOLE,   0, 0},
		{"bytes=a-b",                       10, RANGE_WHOLE,   0, 0},
		{"bytes=1",                         10, RANGE_WHOLE,   0, 0},
		{"bytes=1-2,4-5",                   10, RANGE_WHOLE,   0, 0},
		{"bytes=1-2x",                      10, RANGE_WHOLE,   0, 0},
		{"bytes=+1-2",                      10, RANGE_WHOLE,   0, 0},
		{"items=0-1",                       10, RANGE_WHOLE,   0, 0},
		{"",				10, RANGE_WHOLE,   0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t first = 0, last = 0;

		print_message("%s of %llu\n", rows[i].header ? rows[i].header : "none",
		              (unsigned long long)rows[i].size);
		assert_int_equal(range_parse(rows[i].header, rows[i].size, &first, &last),
		                 rows[i].answer);
		assert_int_equal(first, rows[i].first);
		assert_int_equal(last, rows[i].last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_read_as_rfc_9110_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
