/* Text of tenants that FreeSWITCH must never run. */
#include "freeswitch/inert.h"
#include "unit.h"

static void what_freeswitch_would_run_or_take_apart_is_refused(void **state)
{
	static const char *const bad[] = {
		"",         "${system(id)}",
		"a{b",      "a}b",
		"a[b",      "a]b",
		"a,b",      "a;b",
		"a|b",      "^^:a",
		"a'b",      "a\"b",
		"a\\b",     "a`b",
		"a\nb",     "a\rb",
		"a\tb",     "a\x7f",
		"\xff\xfe", "\xc3",
		"a@b",      "an X-Pre-Process b",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(inert(bad[i]));
}

static void ordinary_names_of_any_language_are_taken(void **state)
{
	(void)state;
	assert_true(inert("Support"));
	assert_true(inert("M\xc3\xbcller & S\xc3\xb6hne (2nd line) 24/7"));
}

static void a_name_and_a_domain_are_one_word_and_two_again(void **state)
{
	char full[INERT_NAME_MAX], name[INERT_NAME_MAX], domain[DOMAIN_MAX];

	(void)state;
	assert_true(inert_name("Sales team", "cust1.pbx.test", full));
	assert_string_equal(full, "Sales team@cust1.pbx.test");
	assert_true(inert_split(full, name, domain));
	assert_string_equal(name, "Sales team");
	assert_string_equal(domain, "cust1.pbx.test");
	assert_false(inert_name("a@b", "cust1.pbx.test", full));
	assert_false(inert_split("nobody", name, domain));
	assert_false(inert_split("@cust1.pbx.test", name, domain));
	assert_false(inert_split("x@", name, domain));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_freeswitch_would_run_or_take_apart_is_refused),
		cmocka_unit_test(ordinary_names_of_any_language_are_taken),
		cmocka_unit_test(a_name_and_a_domain_are_one_word_and_two_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
