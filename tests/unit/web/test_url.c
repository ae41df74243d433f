#include "base/text.h"
#include "oom.h"
#include "unit.h"
#include "web/url.h"

static void a_query_is_decoded(void **state)
{
	struct url_query query;

	(void)state;
	assert_int_equal(url_query_parse("a=1&b=x+y%2B&c&&d=%C3%A4&=e", &query, NULL), ERROR_OK);
	assert_int_equal(query.n, 5);
	assert_string_equal(url_query_find(&query, "a"), "1");
	assert_string_equal(url_query_find(&query, "b"), "x y+");
	assert_string_equal(url_query_find(&query, "c"), "");
	assert_string_equal(url_query_find(&query, "d"), "\xc3\xa4");
	assert_string_equal(url_query_find(&query, ""), "e");
	assert_null(url_query_find(&query, "A"));
	url_query_clear(&query);
	assert_int_equal(url_query_parse(NULL, &query, NULL), ERROR_OK);
	assert_int_equal(query.n, 0);
	assert_int_equal(url_query_parse("&&", &query, NULL), ERROR_OK);
	assert_int_equal(query.n, 0);
	url_query_clear(&query);
}

static void what_cannot_be_understood_is_refused(void **state)
{
	static const struct {
		const char *text, *field;
	} rows[] = {
		{"a=1&a=2",     "a"    },
                {"a=%",         "query"},
                {"a=%4",        "query"},
		{"a=%zz",       "query"},
                {"a=%00",       "query"},
                {"%00=a",       "query"},
		{"a=%ff",       "query"},
                {"a=%ed%a0%80", "query"},
                {"x&x",         "x"    },
		{"%78=1&x=2",   "x"    },
	};
	struct url_query query;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		print_message("%s\n", rows[i].text);
		assert_int_equal(url_query_parse(rows[i].text, &query, &err), ERROR_INVALID);
		assert_string_equal(err.field, rows[i].field);
	}
}

static void a_query_holds_so_many_and_no_more(void **state)
{
	AUTO(text_clear) struct text text = {0};
	struct url_query query;

	(void)state;
	for (int i = 0; i < URL_QUERY_MAX; i++)
		text_addf(&text, "%sp%d", i ? "&" : "", i);
	assert_int_equal(url_query_parse(text.data, &query, NULL), ERROR_OK);
	assert_int_equal(query.n, URL_QUERY_MAX);
	url_query_clear(&query);
	text_add(&text, "&more");
	assert_int_equal(url_query_parse(text.data, &query, NULL), ERROR_INVALID);
}

static enum error_code parse(void *arg)
{
	struct url_query query;
	enum error_code code = url_query_parse(arg, &query, NULL);

	if (code == ERROR_OK)
		url_query_clear(&query);
	return code;
}

static void without_memory_nothing_is_lost(void **state)
{
	(void)state;
	oom_check(parse, "a=1&b=2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_is_decoded),
		cmocka_unit_test(what_cannot_be_understood_is_refused),
		cmocka_unit_test(a_query_holds_so_many_and_no_more),
		cmocka_unit_test(without_memory_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
