/* Lists of addresses and networks. */
#include "base/networks.h"
#include "unit.h"

static struct networks parsed(const char *text)
{
	struct networks networks;
	struct error err;

	if (networks_parse(text, &networks, &err))
		fail_msg("%s: %s", text, err.message);
	return networks;
}

static void an_address_is_in_the_networks_that_hold_it(void **state)
{
	static const struct {
		const char *list, *address;
		bool in;
	} rows[] = {
		{"127.0.0.0/8 ::1",     "127.0.0.1",          true },
		{"127.0.0.0/8 ::1",     "127.255.255.255",    true },
		{"127.0.0.0/8 ::1",     "128.0.0.0",          false},
		{"127.0.0.0/8 ::1",     "126.255.255.255",    false},
		{"127.0.0.0/8 ::1",     "::1",                true },
		{"127.0.0.0/8 ::1",     "::2",                false},
		{"127.0.0.0/8 ::1",     "0:0:0:0:0:0:0:1",    true },
		{"127.0.0.0/8",         "::ffff:127.0.0.1",   true },
		{"::ffff:10.0.0.5",     "10.0.0.5",           true },
		{"::ffff:10.0.0.0/104", "10.200.0.1",         true },
		{"::ffff:10.0.0.0/104", "11.0.0.1",           false},
		{"10.0.0.4/30",         "10.0.0.7",           true },
		{"10.0.0.4/30",         "10.0.0.8",           false},
		{"10.0.0.4/30",         "10.0.0.3",           false},
		{"10.128.0.0/9",        "10.128.0.1",         true },
		{"10.128.0.0/9",        "10.127.0.1",         false},
		{"0.0.0.0/0",           "203.0.113.9",        true },
		{"0.0.0.0/0",           "2001:db8::1",        false},
		{"::/0",                "2001:db8::1",        true },
		{"::/0",                "203.0.113.9",        false},
		{"::/0",                "::ffff:203.0.113.9", false},
		{"2001:db8::/33",       "2001:db8:7fff::1",   true },
		{"2001:db8::/33",       "2001:db8:8000::1",   false},
		{"10.0.0.5",            "10.0.0.5",           true },
		{"10.0.0.5",            "",                   false},
		{"0.0.0.0/0 ::/0",      "10.0.0.5 ",          false},
		{"0.0.0.0/0 ::/0",      "localhost",          false},
		{"0.0.0.0/0 ::/0",      "10.0.0.5/32",        false},
		{"1.1.1.1,,\t 2.2.2.2", "2.2.2.2",            true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct networks networks = parsed(rows[i].list);

		if (networks_match(&networks, rows[i].address) != rows[i].in)
			fail_msg("'%s' in '%s'", rows[i].address, rows[i].list);
	}
}

static void a_bad_item_is_named(void **state)
{
	static const char *const bad[] = {
		"localhost",   "10.0.0",       "10.0.0.256",
		"10.0.0.0/33", "::1/129",      "10.0.0.0/",
		"10.0.0.0/08", "10.0.0.0/-1",  "10.0.0.0/8/8",
		"/8",          "10.0.0.1/8",   "2001:db8::/4",
		"fe80::1%lo",  "10.0.0.0/0x8", "10.0.0.0/1000000008",
		"[::1]",       "10.0.0.1/0",   "::ffff:10.0.0.1/97",
		"10.0.0.5:80",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		char list[128], quoted[128];
		struct networks networks;
		struct error err = {0};

		snprintf(list, sizeof(list), "127.0.0.1 %s", bad[i]);
		snprintf(quoted, sizeof(quoted), "'%s'", bad[i]);
		if (networks_parse(list, &networks, &err) != ERROR_INVALID)
			fail_msg("taken: %s", list);
		if (!strstr(err.message, quoted))
			fail_msg("%s is not named: %s", quoted, err.message);
	}
}

static void a_list_without_an_address_or_without_end_is_refused(void **state)
{
	char many[(NETWORKS_MAX + 1) * 8 + 1] = "", huge[5000];
	struct networks networks;
	struct error err = {0};

	(void)state;
	assert_int_equal(networks_parse("", &networks, NULL), ERROR_MISSING);
	assert_int_equal(networks_parse(" , \t", &networks, NULL), ERROR_MISSING);
	for (size_t i = 0; i < NETWORKS_MAX; i++)
		memcpy(many + i * 8, "1.1.1.1 ", 9);
	assert_int_equal(networks_parse(many, &networks, NULL), ERROR_OK);
	memcpy(many + (size_t)NETWORKS_MAX * 8, "1.1.1.1", 8);
	assert_int_equal(networks_parse(many, &networks, NULL), ERROR_TOO_LARGE);
	memset(huge, '1', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(networks_parse(huge, &networks, &err), ERROR_INVALID);
	assert_true(strlen(err.message) < ERROR_MESSAGE_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_in_the_networks_that_hold_it),
		cmocka_unit_test(a_bad_item_is_named),
		cmocka_unit_test(a_list_without_an_address_or_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
