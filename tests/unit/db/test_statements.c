#include "db/statements.h"
#include "oom.h"
#include "unit.h"

static struct uuid tenant_of(unsigned i)
{
	return (struct uuid){
		.bytes = {[14] = (uint8_t)(i >> 8), [15] = (uint8_t)i}
        };
}

static void test_find(void **state)
{
	struct statements statements = {0};
	struct uuid a = tenant_of(1), b = tenant_of(2);
	char evicted[STATEMENT_NAME_MAX];
	struct statement *of_a, *of_b;

	(void)state;
	statements_begin(&statements);
	assert_null(statements_find(&statements, &a, "list"));
	of_a = statements_add(&statements, &a, "list", evicted);
	of_b = statements_add(&statements, &b, "list", evicted);
	assert_string_equal(evicted, "");
	assert_string_not_equal(of_a->server_name, of_b->server_name);
	assert_ptr_equal(statements_find(&statements, &a, "list"), of_a);
	assert_ptr_equal(statements_find(&statements, &b, "list"), of_b);
	assert_null(statements_find(&statements, &a, "lis"));
	statements_drop(&statements, of_a);
	assert_null(statements_find(&statements, &a, "list"));
	assert_ptr_equal(statements_find(&statements, &b, "list"), of_b);
	statements_clear(&statements);
	statements_clear(&statements);
}

/* The least recently used one goes; a name is never used again on the same connection. */
static void test_evict(void **state)
{
	struct statements statements = {0};
	char evicted[STATEMENT_NAME_MAX];
	struct uuid one = tenant_of(1), other;

	(void)state;
	for (unsigned i = 0; i < STATEMENTS_MAX; i++) {
		statements_begin(&statements);
		other = tenant_of(i);
		assert_non_null(statements_add(&statements, &other, "list", evicted));
		assert_string_equal(evicted, "");
	}
	statements_begin(&statements);
	other = tenant_of(0);
	assert_non_null(statements_find(&statements, &other, "list"));
	other = tenant_of(STATEMENTS_MAX);
	assert_non_null(statements_add(&statements, &other, "list", evicted));
	assert_string_equal(evicted, "s2");
	assert_null(statements_find(&statements, &one, "list"));
	other = tenant_of(0);
	assert_non_null(statements_find(&statements, &other, "list"));
	statements_clear(&statements);
}

/* What this unit of work uses stays: the rest runs unprepared. */
static void test_in_use(void **state)
{
	struct statements statements = {0};
	char evicted[STATEMENT_NAME_MAX];
	struct uuid other;

	(void)state;
	statements_begin(&statements);
	for (unsigned i = 0; i < STATEMENTS_MAX; i++) {
		other = tenant_of(i);
		assert_non_null(statements_add(&statements, &other, "list", evicted));
	}
	other = tenant_of(STATEMENTS_MAX);
	assert_null(statements_add(&statements, &other, "list", evicted));
	statements_begin(&statements);
	assert_non_null(statements_add(&statements, &other, "list", evicted));
	assert_string_equal(evicted, "s1");
	statements_clear(&statements);
}

/* Random use against a plain list of what must be there. */
static void test_random(void **state)
{
	struct statements statements = {0};
	bool present[4 * STATEMENTS_MAX] = {0};
	char names[4 * STATEMENTS_MAX][STATEMENT_NAME_MAX];
	uint32_t seed = 1;

	(void)state;
	for (int step = 0; step < 100000; step++) {
		unsigned i = (seed = seed * 1664525U + 1013904223U) >> 8;
		char evicted[STATEMENT_NAME_MAX];
		struct statement *found;
		struct uuid other;

		i %= COUNT_OF(present);
		other = tenant_of(i);
		statements_begin(&statements);
		found = statements_find(&statements, &other, "x");
		assert_int_equal(found != NULL, present[i]);
		if (found && seed >> 31) {
			statements_drop(&statements, found);
			present[i] = false;
		} else if (!found) {
			found = statements_add(&statements, &other, "x", evicted);
			for (unsigned j = 0; *evicted && j < COUNT_OF(present); j++)
				if (present[j] && strcmp(names[j], evicted) == 0)
					present[j] = false;
			memcpy(names[i], found->server_name, STATEMENT_NAME_MAX);
			present[i] = true;
		}
	}
	statements_clear(&statements);
}

static enum error_code add_one(void *arg)
{
	struct statements statements = {0};
	struct uuid a = tenant_of(1);
	char evicted[STATEMENT_NAME_MAX];
	bool added = statements_add(&statements, &a, arg, evicted) != NULL;

	statements_clear(&statements);
	return added ? ERROR_OK : ERROR_MEMORY;
}

static void test_oom(void **state)
{
	(void)state;
	assert_int_equal(oom_check(add_one, (char[]){"list"}), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),   cmocka_unit_test(test_evict),
		cmocka_unit_test(test_in_use), cmocka_unit_test(test_random),
		cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
