/* Which page is one of ours. */
#include "unit.h"
#include "web/origin.h"

static void the_host_of_the_request(void **state)
{
	static const struct {
		const char *origin, *host;
		bool secure, ours;
	} rows[] = {
		{"https://pbx.example",           "pbx.example",      true,  true },
		{"https://PBX.example",           "pbx.example",      true,  true },
		{"https://pbx.example",           "pbx.example:443",  true,  true },
		{"https://pbx.example:8443",      "pbx.example:8443", true,  true },
		{"http://pbx.example:8080",       "pbx.example:8080", false, true },
		{"http://[::1]:8080",             "[::1]:8080",       false, true },
		{"https://pbx.example",           "pbx.example",      false, true }, /* behind a proxy */
		{"http://pbx.example",            "pbx.example",      true,  false},
		{"https://pbx.example:8443",      "pbx.example",      true,  false},
		{"https://pbx.example",           "pbx.example:8443", true,  false},
		{"https://pbx.example.evil.test", "pbx.example",      true,  false},
		{"https://evilpbx.example",       "pbx.example",      true,  false},
		{"https://evil.test/pbx.example", "pbx.example",      true,  false},
		{"https://pbx.example/",          "pbx.example",      true,  false},
		{"null",			  "pbx.example",      true,  false},
		{"",			      "pbx.example",      true,  false},
		{"https://",                      "",                 true,  false},
		{"file://pbx.example",            "pbx.example",      true,  false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (origin_is_host(rows[i].origin, rows[i].host, rows[i].secure) != rows[i].ours)
			fail_msg("%s at %s", rows[i].origin, rows[i].host);
}

static void the_setting(void **state)
{
	(void)state;
	assert_true(origin_is_url("https://pbx.example", "https://pbx.example"));
	assert_true(origin_is_url("https://pbx.example", "https://pbx.example/console/"));
	assert_true(origin_is_url("https://pbx.example:8443", "https://PBX.example:8443/"));
	assert_false(origin_is_url("http://pbx.example", "https://pbx.example"));
	assert_false(origin_is_url("https://pbx.example.evil.test", "https://pbx.example"));
	assert_false(origin_is_url("https://pbx.example", "https://pbx.example:8443"));
	assert_false(origin_is_url("null", "null"));
	assert_false(origin_is_url("", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_host_of_the_request),
		cmocka_unit_test(the_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
