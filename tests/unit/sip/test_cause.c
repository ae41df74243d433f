#include <string.h>

#include "sip/cause.h"
#include "unit.h"

static void every_row_is_complete(void **state)
{
	(void)state;
	for (int i = 0; i < ROUTE_CAUSE_COUNT; i++) {
		const struct cause *cause = cause_of_route((enum route_cause)i);

		assert_non_null(cause->slug);
		assert_in_range(cause->status, 400, 699);
		if (i != ROUTE_NONE)
			assert_string_equal(cause->slug, route_cause_slug((enum route_cause)i));
	}
	for (int i = 0; i < CAUSE_COUNT; i++) {
		assert_non_null(cause_of((enum call_cause)i)->slug);
		assert_in_range(cause_of((enum call_cause)i)->status, 400, 699);
	}
}

static void phones_say_what_the_caller_hears(void **state)
{
	static const struct {
		uint16_t phone, caller;
		enum cdr_disposition disposition;
	} rows[] = {
		{486, 486, CDR_BUSY     },
                {600, 486, CDR_BUSY     },
                {603, 603, CDR_DECLINED },
		{607, 603, CDR_DECLINED },
                {480, 480, CDR_NO_ANSWER},
                {487, 480, CDR_NO_ANSWER},
		{408, 480, CDR_NO_ANSWER},
                {488, 488, CDR_FAILED   },
                {606, 488, CDR_FAILED   },
		{302, 480, CDR_FAILED   },
                {404, 480, CDR_FAILED   },
                {500, 480, CDR_FAILED   },
		{503, 480, CDR_FAILED   },
                {699, 480, CDR_FAILED   },
                {0,   480, CDR_FAILED   },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(cause_of_status(rows[i].phone)->status, rows[i].caller);
		assert_int_equal(cause_of_status(rows[i].phone)->disposition, rows[i].disposition);
	}
}

static void of_several_phones_the_one_that_says_most(void **state)
{
	(void)state;
	assert_int_equal(cause_better(0, 486), 486);
	assert_int_equal(cause_better(486, 0), 486);
	assert_int_equal(cause_better(408, 486), 486);
	assert_int_equal(cause_better(486, 408), 486);
	assert_int_equal(cause_better(486, 603), 603);
	assert_int_equal(cause_better(500, 480), 480);
	assert_true(cause_is_global(603));
	assert_false(cause_is_global(486));
	assert_int_equal(cause_modify_status(491), 491);
	assert_int_equal(cause_modify_status(606), 488);
	assert_int_equal(cause_modify_status(403), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(phones_say_what_the_caller_hears),
		cmocka_unit_test(of_several_phones_the_one_that_says_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
