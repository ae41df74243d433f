#include "base/text.h"
#include "oom.h"
#include "unit.h"

static void test_empty(void **state)
{
	struct text text = {0};

	(void)state;
	assert_string_equal(text_string(&text), "");
	text_clear(&text);
}

static void test_adds(void **state)
{
	AUTO(text_clear) struct text text = {0};

	(void)state;
	text_add(&text, "phone ");
	text_addf(&text, "%d", 101);
	text_add_char(&text, '!');
	text_add_n(&text, "xyz", 2);
	assert_string_equal(text_string(&text), "phone 101!xy");
	assert_int_equal(text.length, strlen("phone 101!xy"));
	text_cut(&text, 20);
	assert_string_equal(text_string(&text), "phone 101!xy");
	text_cut(&text, 5);
	assert_string_equal(text_string(&text), "phone");
	text_reset(&text);
	assert_string_equal(text_string(&text), "");
	assert_int_equal(text.length, 0);
}

static void test_percent(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused */
		bool plus;
	} cases[] = {
		{"a%20b+c",                  "a b c",    true },
		{"a+b",                      "a+b",      false},
		{"%c3%BC",                   "\xc3\xbc", false},
		{"",			 "",         true },
		{"%",			NULL,       true },
		{"%4",		       NULL,       true },
		{"%4g",                      NULL,       true },
		{"%g4",                      NULL,       true },
		{"%00",                      NULL,       true },
		{"%ff",                      NULL,       true },
		{"12345678",                 "12345678", true },
		{"123456789",                NULL,       true },
		{"%31%32%33%34%35%36%37%38", "12345678", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char out[9] = "";
		ptrdiff_t n = text_percent_decode(cases[i].in, strlen(cases[i].in), cases[i].plus,
		                                  out, sizeof(out) - 1);

		print_message("%s\n", cases[i].in);
		assert_int_equal(n, cases[i].out ? (ptrdiff_t)strlen(cases[i].out) : -1);
		if (cases[i].out)
			assert_string_equal(out, cases[i].out);
	}
}

static void test_grows(void **state)
{
	AUTO(text_clear) struct text text = {0};

	(void)state;
	for (int i = 0; i < 10000; i++)
		text_add_char(&text, (char)('a' + i % 26));
	assert_int_equal(text.length, 10000);
	assert_int_equal(strlen(text.data), 10000);
	assert_int_equal(text.data[9999], 'a' + 9999 % 26);
}

static void test_nul_inside(void **state)
{
	AUTO(text_clear) struct text text = {0};

	(void)state;
	text_add_n(&text, "a\0b", 3);
	assert_int_equal(text.length, 3);
	assert_memory_equal(text.data, "a\0b", 4);
}

static void test_take(void **state)
{
	struct text text = {0};
	AUTO(auto_free) char *empty = text_take(&text);
	AUTO(auto_free) char *full = NULL;

	(void)state;
	assert_string_equal(empty, "");
	text_add(&text, "kept");
	full = text_take(&text);
	assert_string_equal(full, "kept");
	assert_null(text.data);
}

static void test_json(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *json;
	} cases[] = {
		{"plain",                5, "plain"                     },
		{"\"\\",                 2, "\\\"\\\\"                  },
		{"\n\t\x7f",             3, "\\u000a\\u0009\\u007f"     },
		{"a\0b",                 3, "a\\u0000b"                 },
		{"\xc3\xa9",             2, "\xc3\xa9"                  },
		{"a\xff\xc3",            3, "a\\ufffd\\ufffd"           },
		{"\xe2\x82\xac\xe2\x82", 5, "\xe2\x82\xac\\ufffd\\ufffd"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		AUTO(text_clear) struct text text = {0};

		text_add_json(&text, cases[i].bytes, cases[i].n);
		assert_string_equal(text_string(&text), cases[i].json);
	}
}

/* RFC 3629: the shortest form only, no surrogates, nothing above U+10FFFF. */
static void test_utf8(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool valid;
	} cases[] = {
		{"",                 0, true },
		{"abc",              3, true },
		{"\xc3\xa9",         2, true },
		{"\xe2\x82\xac",     3, true },
		{"\xf0\x9f\x93\x9e", 4, true },
		{"\xf4\x8f\xbf\xbf", 4, true },
		{"a\0b",             3, false},
		{"\x80",             1, false},
		{"\xc3",             1, false},
		{"\xc0\xaf",         2, false},
		{"\xe0\x80\xaf",     3, false},
		{"\xed\xa0\x80",     3, false},
		{"\xf0\x80\x80\xaf", 4, false},
		{"\xf4\x90\x80\x80", 4, false},
		{"\xf5\x80\x80\x80", 4, false},
		{"\xe2\x82",         2, false},
		{"\xe2\x28\xa1",     3, false},
		{"\xff",             1, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (text_is_utf8(cases[i].bytes, cases[i].n) != cases[i].valid)
			fail_msg("case %zu", i);
}

static enum error_code build(void *arg)
{
	AUTO(text_clear) struct text text = {0};
	AUTO(auto_free) char *taken = NULL;

	for (int i = 0; i < 100; i++)
		text_addf(&text, "%s %d,", (const char *)arg, i);
	text_add_json(&text, "\"", 1);
	taken = text_take(&text);
	return taken ? ERROR_OK : ERROR_MEMORY;
}

static void test_out_of_memory(void **state)
{
	(void)state;
	assert_true(oom_check(build, "some words") > 1);
}

/* Once short of memory, a text stays failed: a half-built line is never used. */
static void test_stays_failed(void **state)
{
	AUTO(text_clear) struct text text = {0};

	(void)state;
	oom_start(0);
	text_add(&text, "lost");
	oom_stop(NULL);
	text_add(&text, "not added");
	assert_true(text.failed);
	assert_string_equal(text_string(&text), "");
	assert_null(text_take(&text));
	assert_false(text.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),         cmocka_unit_test(test_adds),
		cmocka_unit_test(test_percent),       cmocka_unit_test(test_grows),
		cmocka_unit_test(test_nul_inside),    cmocka_unit_test(test_take),
		cmocka_unit_test(test_json),          cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_stays_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
