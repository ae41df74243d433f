#include "cli/output.h"
#include "oom.h"
#include "unit.h"

#define ROWS                                                                                       \
	"[{\"queue_id\":\"x\",\"queue\":\"a\\u001b[31mb\",\"extension_id\":\"y\","                 \
	"\"extension\":\"101\",\"name\":\"Anna\",\"tier\":1,\"level\":10},"                        \
	"{\"queue\":\"M\\u00fcnchen\\u009b\",\"extension\":null,\"tier\":12,\"level\":3}]"

static void test_table(void **state)
{
	AUTO(text_clear) struct text out = {0};

	(void)state;
	assert_int_equal(output_table(resource_find("queue-member"), ROWS, &out, NULL), ERROR_OK);
	assert_string_equal(text_string(&out), "QUEUE     EXTENSION  NAME  TIER  LEVEL\n"
	                                       "a?[31mb   101        Anna     1     10\n"
	                                       "M\xc3\xbcnchen?  -          -       12      3\n");
}

static void test_empty_table(void **state)
{
	AUTO(text_clear) struct text out = {0};

	(void)state;
	assert_int_equal(output_table(resource_find("setting"), "[]", &out, NULL), ERROR_OK);
	assert_string_equal(text_string(&out), "NAME  VALUE  UPDATED_AT\n");
}

static void test_row(void **state)
{
	AUTO(text_clear) struct text out = {0};

	(void)state;
	assert_int_equal(output_row(resource_find("setting"),
	                            "{\"name\":\"a\",\"value\":{\"b\":[\"\\u0007\",null]},"
	                            "\"updated_at\":\"2026-11-22T10:00:00.123456+00:00\"}",
	                            &out, NULL),
	                 ERROR_OK);
	assert_string_equal(text_string(&out), "name        a\n"
	                                       "value       {\"b\":[\"\\u0007\",null]}\n"
	                                       "updated_at  2026-11-22T10:00:00Z\n");
}

static enum error_code print_table(void *arg)
{
	AUTO(text_clear) struct text out = {0};

	return output_table(arg, ROWS, &out, NULL);
}

static enum error_code print_row(void *arg)
{
	AUTO(text_clear) struct text out = {0};

	return output_row(arg, "{\"name\":\"a\",\"value\":[1,\"two\"],\"updated_at\":null}", &out,
	                  NULL);
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(oom_check(print_table, (void *)resource_find("queue-member")) > 10);
	assert_true(oom_check(print_row, (void *)resource_find("setting")) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_empty_table),
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
