#include "sip/guard.h"
#include "unit.h"

static struct sa address(const char *text)
{
	struct sa sa;

	assert_int_equal(sa_set_str(&sa, text, 5060), 0);
	return sa;
}

static struct guard *open_guard(unsigned failures)
{
	struct guard_config config = {.failures = failures, .ban_s = 100, .malformed = 5};
	struct guard *guard;

	assert_int_equal(guard_open(&config, &guard, NULL), ERROR_OK);
	return guard;
}

static void is_banned_at_the_limit_and_told_once(void **state)
{
	struct guard *guard = open_guard(3);
	struct sa bad = address("192.0.2.7"), other = address("192.0.2.8");

	(void)state;
	assert_int_equal(guard_failure(guard, &bad, false, 10), GUARD_NOTHING);
	assert_int_equal(guard_failure(guard, &bad, false, 11), GUARD_NOTHING);
	assert_int_equal(guard_check(guard, &bad, 11), GUARD_PASS);
	assert_int_equal(guard_failure(guard, &bad, false, 12), GUARD_BAN);
	assert_int_equal(guard_check(guard, &bad, 12), GUARD_BANNED);
	assert_int_equal(guard_try(guard, &bad, 12), GUARD_BANNED);
	assert_int_equal(guard_failure(guard, &bad, false, 13), GUARD_NOTHING);
	assert_int_equal(guard_check(guard, &other, 13), GUARD_PASS);
	assert_int_equal(guard_check(guard, &bad, 112), GUARD_PASS);
	guard_close(guard);
}

static void a_prefix_of_ipv6_is_one(void **state)
{
	struct guard *guard = open_guard(2);
	struct sa one = address("2001:db8:1:2::1"), two = address("2001:db8:1:2:ffff::9");
	struct sa elsewhere = address("2001:db8:1:3::1");

	(void)state;
	(void)guard_failure(guard, &one, false, 10);
	assert_int_equal(guard_failure(guard, &two, false, 10), GUARD_BAN);
	assert_int_equal(guard_check(guard, &one, 10), GUARD_BANNED);
	assert_int_equal(guard_check(guard, &elsewhere, 10), GUARD_PASS);
	guard_close(guard);
}

static void an_address_with_phones_is_slowed_not_banned(void **state)
{
	struct guard *guard = open_guard(8);
	struct sa nat = address("192.0.2.7");
	int passed = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(guard_failure(guard, &nat, true, 10), GUARD_NOTHING);
	assert_int_equal(guard_check(guard, &nat, 10), GUARD_PASS);
	for (int i = 0; i < 100; i++)
		passed += guard_try(guard, &nat, 10) == GUARD_PASS;
	assert_in_range(passed, 1, 20);
	assert_int_equal(guard_try(guard, &nat, 10), GUARD_SLOW);
	/* A second later there is one try more. */
	assert_int_equal(guard_try(guard, &nat, 11), GUARD_PASS);
	assert_int_equal(guard_try(guard, &nat, 11), GUARD_SLOW);
	guard_close(guard);
}

static void time_and_success_forgive(void **state)
{
	struct guard *guard = open_guard(4);
	struct sa phone = address("192.0.2.7");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(guard_failure(guard, &phone, false, 10), GUARD_NOTHING);
	guard_success(guard, &phone, 11);
	for (int i = 0; i < 2; i++) /* 1 was left */
		assert_int_equal(guard_failure(guard, &phone, false, 12), GUARD_NOTHING);
	/* Two windows later nothing is left of three. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(guard_failure(guard, &phone, false, 12 + 1300), GUARD_NOTHING);
	guard_close(guard);
}

static void rubbish_bans_too(void **state)
{
	struct guard *guard = open_guard(100);
	struct sa flood = address("192.0.2.7");

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(guard_malformed(guard, &flood, false, 10), GUARD_NOTHING);
	assert_int_equal(guard_malformed(guard, &flood, false, 10), GUARD_BAN);
	guard_close(guard);
}

/* The ACK and the BYE of his call come from there as well. */
static void who_calls_for_help_is_not_banned_for_what_others_there_do(void **state)
{
	struct guard *guard = open_guard(3);
	struct sa nat = address("192.0.2.7");

	(void)state;
	guard_spare(guard, &nat, 10);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(guard_failure(guard, &nat, false, 3600), GUARD_NOTHING);
		assert_int_equal(guard_malformed(guard, &nat, false, 3600), GUARD_NOTHING);
	}
	assert_int_equal(guard_check(guard, &nat, 3600), GUARD_PASS);
	while (guard_try(guard, &nat, 3600) == GUARD_PASS)
		;
	assert_int_equal(guard_try(guard, &nat, 3600), GUARD_SLOW);
	/* An hour later it is as before. */
	assert_int_equal(guard_failure(guard, &nat, false, 3610), GUARD_BAN);
	guard_close(guard);
}

static void a_flood_of_addresses_costs_nothing_and_frees_no_banned_one(void **state)
{
	struct guard *guard = open_guard(2);
	struct sa bad = address("192.0.2.7"), flood = address("10.0.0.0");

	(void)state;
	(void)guard_failure(guard, &bad, false, 10);
	(void)guard_failure(guard, &bad, false, 10);
	for (uint32_t i = 0; i < 200000; i++) {
		flood.u.in.sin_addr.s_addr = i * 2654435761U;
		(void)guard_failure(guard, &flood, false, 11);
	}
	assert_int_equal(guard_check(guard, &bad, 12), GUARD_BANNED);
	guard_close(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_banned_at_the_limit_and_told_once),
		cmocka_unit_test(a_prefix_of_ipv6_is_one),
		cmocka_unit_test(an_address_with_phones_is_slowed_not_banned),
		cmocka_unit_test(time_and_success_forgive),
		cmocka_unit_test(rubbish_bans_too),
		cmocka_unit_test(who_calls_for_help_is_not_banned_for_what_others_there_do),
		cmocka_unit_test(a_flood_of_addresses_costs_nothing_and_frees_no_banned_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
