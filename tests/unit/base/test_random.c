#include "base/random.h"
#include "unit.h"

static void test_password(void **state)
{
	char a[25], b[25];

	(void)state;
	random_password(a, 24);
	random_password(b, 24);
	assert_int_equal(strlen(a), 24);
	assert_int_equal(strlen(b), 24);
	assert_string_not_equal(a, b);
}

static void test_empty(void **state)
{
	char none[2] = "x";

	(void)state;
	random_password(none, 0);
	assert_string_equal(none, "");
}

/* No look-alikes, and each of the 56 characters about as often: 56,000 draws, 1,000 expected,
 * standard deviation 31; 8 of them never happen by chance. */
static void test_alphabet(void **state)
{
	static char password[56001];
	unsigned seen[256] = {0}, used = 0;

	(void)state;
	random_password(password, 56000);
	for (size_t i = 0; i < 56000; i++)
		seen[(unsigned char)password[i]]++;
	for (const char *c = "0Oo1Il"; *c; c++)
		assert_int_equal(seen[(unsigned char)*c], 0);
	for (size_t i = 0; i < 256; i++) {
		if (!seen[i])
			continue;
		used++;
		assert_in_range(seen[i], 750, 1250);
	}
	assert_int_equal(used, 56);
}

static int open_random(void **state)
{
	(void)state;
	return random_open(NULL) == ERROR_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_password),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_alphabet),
	};

	return cmocka_run_group_tests(tests, open_random, NULL);
}
