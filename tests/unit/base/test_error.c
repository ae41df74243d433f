#include <errno.h>

#include "base/error.h"
#include "unit.h"

static void test_set(void **state)
{
	struct error err = {.detail = "old"};

	(void)state;
	assert_int_equal(error_set(&err, ERROR_INVALID, "domain", "no %s", "spaces"),
	                 ERROR_INVALID);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_string_equal(err.field, "domain");
	assert_string_equal(err.message, "no spaces");
	assert_string_equal(err.detail, "");
	error_detail(&err, "sqlstate %d", 23514);
	assert_string_equal(err.detail, "sqlstate 23514");
}

static void test_defaults(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(error_set(&err, ERROR_TIMEOUT, NULL, NULL), ERROR_TIMEOUT);
	assert_string_equal(err.field, "");
	assert_string_equal(err.message, error_text(ERROR_TIMEOUT));
}

static void test_nobody_asks(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, ERROR_IO, "f", "%d", 1), ERROR_IO);
	error_detail(NULL, "%d", 1);
	errno = ENOENT;
	assert_int_equal(error_errno(NULL, "open %s", "it"), ERROR_IO);
}

static void test_errno(void **state)
{
	struct error err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(error_errno(&err, "open %s", "/nowhere"), ERROR_IO);
	assert_string_equal(err.message, "cannot open /nowhere: No such file or directory");
}

static void test_cuts_long_text(void **state)
{
	char field[2 * ERROR_FIELD_MAX], message[2 * ERROR_MESSAGE_MAX];
	struct error err;

	(void)state;
	memset(field, 'f', sizeof(field) - 1);
	field[sizeof(field) - 1] = '\0';
	memset(message, 'm', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	assert_int_equal(error_set(&err, ERROR_INVALID, field, "%s", message), ERROR_INVALID);
	assert_int_equal(strlen(err.field), ERROR_FIELD_MAX - 1);
	assert_int_equal(strlen(err.message), ERROR_MESSAGE_MAX - 1);
	error_detail(&err, "%s", message);
	assert_int_equal(strlen(err.detail), ERROR_MESSAGE_MAX - 1);
	errno = EIO;
	assert_int_equal(error_errno(&err, "%s", message), ERROR_IO);
	assert_non_null(strstr(err.message, strerror(EIO)));
}

/* Slugs are an interface: lower case, unique, never empty. */
static void test_table(void **state)
{
	(void)state;
	for (int a = 0; a < ERROR_CODE_COUNT; a++) {
		const char *slug = error_slug((enum error_code)a);

		assert_true(strlen(slug) > 0);
		assert_int_equal(strspn(slug, "abcdefghijklmnopqrstuvwxyz_"), strlen(slug));
		assert_true(strlen(error_text((enum error_code)a)) > 0);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(slug, error_slug((enum error_code)b));
	}
	assert_string_equal(error_slug((enum error_code)ERROR_CODE_COUNT), "internal");
	assert_string_equal(error_slug((enum error_code) - 1), "internal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_nobody_asks),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_cuts_long_text),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
