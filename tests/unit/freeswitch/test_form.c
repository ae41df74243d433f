/* Forms as FreeSWITCH sends them, and as nobody should. */
#include "base/base.h"
#include "freeswitch/form.h"
#include "unit.h"

enum { KEY, USER, DOMAIN, FIELDS };

static struct form_field fields[FIELDS] = {{.key = "key"}, {.key = "user"}, {.key = "domain"}};

static bool read(const char *form)
{
	return form_read(form, strlen(form), fields, FIELDS);
}

static void wanted_keys_are_decoded_and_others_passed_over(void **state)
{
	(void)state;
	assert_true(
		read("section=directory&Event-Name=A%20B&key=id&x&user=10%31&=&domain=a+b%2Bc"));
	assert_string_equal(fields[KEY].value, "id");
	assert_string_equal(fields[USER].value, "101");
	assert_string_equal(fields[DOMAIN].value, "a b+c");
}

static void the_last_of_several_counts(void **state)
{
	(void)state;
	assert_true(read("key=id&user=101&domain=a&key=number-alias&user=102&domain=b"));
	assert_string_equal(fields[KEY].value, "number-alias");
	assert_string_equal(fields[USER].value, "102");
	assert_string_equal(fields[DOMAIN].value, "b");
}

static void what_is_not_there_is_empty_and_not_given(void **state)
{
	(void)state;
	assert_true(read("user=&users=1&use=2&%75ser=3&domain"));
	assert_string_equal(fields[KEY].value, "");
	assert_false(fields[KEY].given);
	assert_string_equal(fields[USER].value, "");
	assert_true(fields[USER].given);
	assert_string_equal(fields[DOMAIN].value, "");
	assert_true(form_read(NULL, 0, fields, FIELDS));
	assert_false(fields[USER].given);
	assert_true(read("&&&===&&"));
}

static void a_wanted_value_that_is_broken_is_told(void **state)
{
	static const char *const bad[] = {
		"user=%",   "user=%1",  "user=%1&key=id", "user=%zz",  "user=%-1",    "user=a%00",
		"user=%ff", "user=%c3", "user=%C0%80",    "user=\xff", "user=%&ab=1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (read(bad[i]))
			fail_msg("%s", bad[i]);
	assert_true(read("other=%zz&other=\xff&user=1"));
	assert_false(form_read("user=a\0b", 8, fields, FIELDS));
}

static void a_megabyte_is_too_long_where_it_is_wanted_only(void **state)
{
	enum { LONG = 1 << 20 };
	AUTO(auto_free) char *form = malloc(LONG + 64);
	size_t n;

	(void)state;
	assert_non_null(form);
	memset(form, 'a', LONG + 64);
	memcpy(form, "user=", 5);
	assert_false(form_read(form, LONG, fields, FIELDS));
	assert_string_equal(fields[USER].value, "");
	assert_true(form_read(form, 5 + FORM_VALUE_MAX, fields, FIELDS));
	assert_int_equal(strlen(fields[USER].value), FORM_VALUE_MAX);
	assert_false(form_read(form, 6 + FORM_VALUE_MAX, fields, FIELDS));
	memcpy(form, "xser=", 5);
	n = LONG;
	memcpy(form + n, "&user=7", 7);
	assert_true(form_read(form, n + 7, fields, FIELDS));
	assert_string_equal(fields[USER].value, "7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wanted_keys_are_decoded_and_others_passed_over),
		cmocka_unit_test(the_last_of_several_counts),
		cmocka_unit_test(what_is_not_there_is_empty_and_not_given),
		cmocka_unit_test(a_wanted_value_that_is_broken_is_told),
		cmocka_unit_test(a_megabyte_is_too_long_where_it_is_wanted_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
