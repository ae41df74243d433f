/* Requests reach the loop, also after it could not be woken once. */
#include "mqueue_fails.h"
#include "sip/hang_up.h"
#include "unit.h"

static void nothing(const struct uuid *tenant, const struct uuid *call, void *arg)
{
	(void)tenant;
	(void)call;
	(void)arg;
}

static void a_failed_wake_is_made_up_for(void **state)
{
	const struct uuid id = {{1}};
	struct hang_ups *hang_ups;

	(void)state;
	assert_int_equal(hang_ups_open(nothing, NULL, &hang_ups), ERROR_OK);
	failures = 1;
	assert_true(hang_ups_ask(&id, &id, hang_ups));
	assert_int_equal(pushes, 1);
	assert_true(hang_ups_ask(&id, &id, hang_ups));
	assert_int_equal(pushes, 2);
	assert_true(hang_ups_ask(&id, &id, hang_ups)); /* it is on its way */
	assert_int_equal(pushes, 2);
	hang_ups_close(hang_ups);
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
