#include <fcntl.h>
#include <unistd.h>

#include "base/base.h"
#include "oom.h"
#include "unit.h"

static void test_take(void **state)
{
	AUTO(auto_free) char *kept = NULL;

	(void)state;
	{
		AUTO(auto_free) char *own = strdup("handed on");

		kept = TAKE(own);
		assert_null(own);
	}
	assert_string_equal(kept, "handed on");
}

static void test_auto_free_frees(void **state)
{
	(void)state;
	oom_start(10);
	{
		AUTO(auto_free) char *own = strdup("freed");

		assert_non_null(own);
	}
	assert_int_equal(oom_stop(NULL), 0);
}

static void test_auto_close(void **state)
{
	int copy;

	(void)state;
	{
		AUTO(auto_close) int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
		AUTO(auto_close) int none = -1;

		assert_true(descriptor >= 0);
		copy = descriptor;
		(void)none;
	}
	assert_int_equal(fcntl(copy, F_GETFD), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_auto_free_frees),
		cmocka_unit_test(test_auto_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
