#include <jansson.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "oom.h"
#include "unit.h"

/* What the log wrote: the test stands in for write(2). */
static struct text written;
static int writes;

ssize_t __real_write(int descriptor, const void *bytes, size_t n);

ssize_t __wrap_write(int descriptor, const void *bytes, size_t n)
{
	if (descriptor != STDERR_FILENO)
		return __real_write(descriptor, bytes, n);
	text_add_n(&written, bytes, n);
	writes++;
	return (ssize_t)n;
}

static int begin(void **state)
{
	(void)state;
	text_clear(&written);
	writes = 0;
	log_configure(LOG_INFO, LOG_PLAIN);
	return 0;
}

static int end(void **state)
{
	(void)state;
	text_clear(&written);
	return 0;
}

static void test_plain(void **state)
{
	const char *rest;

	(void)state;
	log_event(LOG_WARNING, "sip", "phone banned", LOG_TEXT("address", "192.0.2.7"),
	          LOG_NUMBER("failures", 20), LOG_TEXT("agent", "a \"b\""), LOG_TEXT("none", ""));
	rest = strchr(text_string(&written), ' ');
	assert_non_null(rest);
	assert_string_equal(rest, " warning sip phone banned address=192.0.2.7 failures=20 "
	                          "agent=\"a \\\"b\\\"\" none=\"\"\n");
	assert_int_equal(writes, 1);
}

/* One event is one line whatever a stranger put into a field. */
static void test_no_injection(void **state)
{
	(void)state;
	log_event(LOG_INFO, "sip", "refused", LOG_TEXT("user", "x\n2026 error forged"),
	          LOG_TEXT("raw", "\xff\xfe"));
	assert_ptr_equal(strchr(text_string(&written), '\n'),
	                 text_string(&written) + written.length - 1);
}

static void test_json(void **state)
{
	json_t *line;

	(void)state;
	log_configure(LOG_INFO, LOG_JSON);
	log_event(LOG_ERROR, "db", "lost", LOG_TEXT("text", "a\n\"\\"), LOG_NUMBER("n", -5));
	line = json_loads(text_string(&written), 0, NULL);
	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "level")), "error");
	assert_string_equal(json_string_value(json_object_get(line, "area")), "db");
	assert_string_equal(json_string_value(json_object_get(line, "message")), "lost");
	assert_string_equal(json_string_value(json_object_get(line, "text")), "a\n\"\\");
	assert_int_equal(json_integer_value(json_object_get(line, "n")), -5);
	json_decref(line);
}

/* A stranger's bytes must not make the line unreadable to what collects it. */
static void test_json_of_bad_utf8(void **state)
{
	json_t *line;

	(void)state;
	log_configure(LOG_INFO, LOG_JSON);
	log_event(LOG_INFO, "sip", "refused", LOG_TEXT("agent", "bad \xff\xc3 bytes"));
	line = json_loads(text_string(&written), 0, NULL);
	assert_non_null(line);
	json_decref(line);
}

static void test_levels(void **state)
{
	enum log_level level = LOG_ERROR;

	(void)state;
	log_event(LOG_DEBUG, "x", "hidden", LOG_NUMBER("n", 1));
	assert_int_equal(writes, 0);
	log_configure(LOG_DEBUG, LOG_PLAIN);
	log_event(LOG_DEBUG, "x", "shown", LOG_NUMBER("n", 1));
	assert_int_equal(writes, 1);
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LOG_DEBUG);
	assert_false(log_level_parse("loud", &level));
	assert_int_equal(level, LOG_DEBUG);
}

static void test_error(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(error_set(&err, ERROR_BUSY, "port", "in use"), ERROR_BUSY);
	log_error("serve", "cannot start", &err);
	assert_non_null(strstr(text_string(&written),
	                       "cannot start code=busy field=port error=\"in use\""));
}

static enum error_code write_one(void *arg)
{
	log_event(LOG_INFO, "x", "a line", LOG_TEXT("value", arg));
	text_clear(&written);
	return ERROR_OK;
}

/* A line there is no memory for is lost; the program goes on. */
static void test_out_of_memory(void **state)
{
	(void)state;
	oom_check_any(write_one, "some text");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, begin, end),
		cmocka_unit_test_setup_teardown(test_no_injection, begin, end),
		cmocka_unit_test_setup_teardown(test_json, begin, end),
		cmocka_unit_test_setup_teardown(test_json_of_bad_utf8, begin, end),
		cmocka_unit_test_setup_teardown(test_levels, begin, end),
		cmocka_unit_test_setup_teardown(test_error, begin, end),
		cmocka_unit_test_setup_teardown(test_out_of_memory, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
