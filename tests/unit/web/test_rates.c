/* How often somebody may ask, by a clock of the test's own. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/random.h"
#include "oom.h"
#include "unit.h"
#include "web/rates.h"

static _Atomic int64_t now_us = INT64_C(1000000000);

int64_t __wrap_clock_monotonic_us(void)
{
	return now_us;
}

static void pass_s(double seconds)
{
	now_us += (int64_t)(seconds * 1e6);
}

static struct rates *open_rates(char *address_rate)
{
	char *argv[] = {"test", "--web-rate-address", address_rate, "--web-rate-tenant", "0", NULL};
	struct config *config = NULL;
	struct rates *rates = NULL;
	struct error err;
	int argc = 5;

	if (config_load(&argc, argv, &config, &err) || rates_open(config, &rates, &err))
		fail_msg("%s: %s", err.field, err.message);
	config_free(config);
	return rates;
}

static unsigned take_all(struct rates *rates, enum rate_class class, const char *key)
{
	unsigned n = 0;

	while (n < 1000 && rates_take(rates, class, key) == 0)
		n++;
	return n;
}

static void twice_the_rate_at_once_then_the_rate(void **state)
{
	struct rates *rates = open_rates("10");

	(void)state;
	assert_int_equal(take_all(rates, RATE_ADDRESS, "192.0.2.1"), 20);
	assert_int_equal(rates_take(rates, RATE_ADDRESS, "192.0.2.1"), 1);
	assert_int_equal(rates_look(rates, RATE_ADDRESS, "192.0.2.1"), 1);
	assert_int_equal(take_all(rates, RATE_ADDRESS, "192.0.2.2"), 20);
	pass_s(0.5);
	assert_int_equal(take_all(rates, RATE_ADDRESS, "192.0.2.1"), 5);
	pass_s(60);
	assert_int_equal(take_all(rates, RATE_ADDRESS, "192.0.2.1"), 20);
	assert_int_equal(take_all(rates, RATE_TENANT, "x"), 1000); /* 0: no limit */
	rates_close(rates);
}

static void ipv6_counts_by_its_64(void **state)
{
	struct rates *rates = open_rates("10");

	(void)state;
	assert_int_equal(take_all(rates, RATE_ADDRESS, "2001:db8:1:2::1"), 20);
	assert_int_not_equal(rates_take(rates, RATE_ADDRESS, "2001:db8:1:2:ffff::9"), 0);
	assert_int_equal(rates_take(rates, RATE_ADDRESS, "2001:db8:1:3::1"), 0);
	/* One that stands for an IPv4 address is that one. */
	assert_int_equal(take_all(rates, RATE_ADDRESS, "::ffff:192.0.2.7"), 20);
	assert_int_not_equal(rates_take(rates, RATE_ADDRESS, "192.0.2.7"), 0);
	assert_int_equal(rates_take(rates, RATE_ADDRESS, "::ffff:192.0.2.8"), 0);
	rates_close(rates);
}

static void the_wait_after_failures_grows_and_is_bounded(void **state)
{
	static const unsigned waits[] = {1, 2, 4, 8, 16, 30, 30, 30};
	struct rates *rates = open_rates("10");

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(rates_take(rates, RATE_LOGIN_ACCOUNT, "Ann@pbx.test"), 0);
	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		assert_int_equal(rates_look(rates, RATE_LOGIN_ACCOUNT, "ann@PBX.test"), waits[i]);
		pass_s(waits[i] - 0.5);
		assert_int_equal(rates_take(rates, RATE_LOGIN_ACCOUNT, "ann@pbx.test"), 1);
		pass_s(0.5);
		assert_int_equal(rates_take(rates, RATE_LOGIN_ACCOUNT, "ann@pbx.test"), 0);
	}
	rates_close(rates);
}

static void a_quiet_minute_takes_one_failure_back(void **state)
{
	struct rates *rates = open_rates("10");

	(void)state;
	assert_int_equal(take_all(rates, RATE_LOGIN_ACCOUNT, "ann@pbx.test"), 5);
	pass_s(1 + 3 * 60);
	assert_int_equal(take_all(rates, RATE_LOGIN_ACCOUNT, "ann@pbx.test"), 3);
	pass_s(3600);
	assert_int_equal(take_all(rates, RATE_LOGIN_ACCOUNT, "ann@pbx.test"), 5);
	rates_close(rates);
}

static void a_log_in_that_succeeds_is_no_failure(void **state)
{
	struct rates *rates = open_rates("10");

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(rates_sign_in(rates, "192.0.2.1", "ann@pbx.test"), 0);
		rates_signed_in(rates, "192.0.2.1", "ann@pbx.test");
	}
	for (int i = 0; i < 100; i++) {
		assert_int_equal(rates_sign_in(rates, "192.0.2.2", "ben@pbx.test"), 0);
		rates_not_failed(rates, "192.0.2.2", "ben@pbx.test");
	}
	rates_close(rates);
}

static void strangers_do_not_lock_a_person_out_where_he_always_is(void **state)
{
	struct rates *rates = open_rates("10");
	char address[32];

	(void)state;
	assert_int_equal(rates_sign_in(rates, "192.0.2.1", "ann@pbx.test"), 0);
	rates_signed_in(rates, "192.0.2.1", "ann@pbx.test");
	for (unsigned i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "198.51.100.%u", i);
		(void)rates_sign_in(rates, address, "ann@pbx.test");
	}
	assert_int_not_equal(rates_sign_in(rates, "203.0.113.1", "ann@pbx.test"), 0);
	assert_int_equal(rates_sign_in(rates, "192.0.2.1", "ann@pbx.test"), 0);
	/* He has his own address's patience, no more. */
	for (int i = 0; i < 9; i++)
		assert_int_equal(rates_sign_in(rates, "192.0.2.1", "ann@pbx.test"), 0);
	assert_int_not_equal(rates_sign_in(rates, "192.0.2.1", "ann@pbx.test"), 0);
	rates_close(rates);
}

static void many_at_one_time_gain_nothing(void **state)
{
	struct rates *rates = open_rates("10");
	unsigned passed = 0;
	char address[32];

	(void)state;
	/* None has been answered yet. */
	for (unsigned i = 0; i < 200; i++) {
		snprintf(address, sizeof(address), "198.51.100.%u", i);
		passed += rates_sign_in(rates, address, "ann@pbx.test") == 0;
	}
	assert_int_equal(passed, 5);
	rates_close(rates);
}

static void a_flood_of_keys_takes_no_more_room(void **state)
{
	struct rates *rates = open_rates("10");
	char key[64];

	(void)state;
	for (unsigned i = 0; i < 300000; i++) {
		snprintf(key, sizeof(key), "user%u@flood.test", i);
		(void)rates_take(rates, RATE_LOGIN_ACCOUNT, key);
	}
	rates_close(rates);
}

static void *take_some(void *arg)
{
	atomic_uint *passed = ((void **)arg)[1];

	for (int i = 0; i < 1000; i++)
		if (rates_take(((void **)arg)[0], RATE_ADDRESS, "192.0.2.1") == 0)
			atomic_fetch_add(passed, 1);
	return NULL;
}

static void threads_share_one_bucket(void **state)
{
	struct rates *rates = open_rates("100");
	atomic_uint passed = 0;
	void *arg[] = {rates, &passed};
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_some, arg), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&passed), 200);
	rates_close(rates);
}

static int setup(void **state)
{
	(void)state;
	return random_open(NULL) == ERROR_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twice_the_rate_at_once_then_the_rate),
		cmocka_unit_test(ipv6_counts_by_its_64),
		cmocka_unit_test(the_wait_after_failures_grows_and_is_bounded),
		cmocka_unit_test(a_quiet_minute_takes_one_failure_back),
		cmocka_unit_test(a_log_in_that_succeeds_is_no_failure),
		cmocka_unit_test(strangers_do_not_lock_a_person_out_where_he_always_is),
		cmocka_unit_test(many_at_one_time_gain_nothing),
		cmocka_unit_test(a_flood_of_keys_takes_no_more_room),
		cmocka_unit_test(threads_share_one_bucket),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
