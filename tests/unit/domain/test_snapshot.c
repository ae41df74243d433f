/* A snapshot and the directory over a database that is made up here, so that memory can fail. */
#include "base/clock.h"
#include "db/queries.h"
#include "domain/directory.h"
#include "domain/names.h"
#include "domain/snapshot.h"
#include "oom.h"
#include "unit.h"

#define TENANT   "00000000-0000-0000-0000-00000000000a"
#define NAME_101 "11111111-1111-4111-8111-111111111111"
#define NAME_102 "00000000-2222-4222-8222-222222222222"

static const char *const *rows_of[4][8]; /* statement, row: columns */

struct tx_result {
	const char *const *(*statements)[8];
};

static const char *const tenant_row[] = {TENANT, "acme.pbx.test"};
static const char *const extension_102[] = {"00000000-0000-0000-0000-000000000102", NAME_102, "102",
                                            "secret-of-102-0123456789", "default"};
static const char *const extension_101[] = {"00000000-0000-0000-0000-000000000101", NAME_101, "101",
                                            "secret-of-101-0123456789", "sales"};
static const char *const number_700[] = {"700", "102"};
static const char *const number_lost[] = {"+4312345", "199"};
static const char *const number_030[] = {"030123", "101"};
static const char *const ring_s[] = {"25"};
static enum error_code fake_code;

static void fake_tenant(void)
{
	fake_code = ERROR_OK;
	memset(rows_of, 0, sizeof(rows_of));
	rows_of[0][0] = tenant_row;
	rows_of[1][0] = extension_102;
	rows_of[1][1] = extension_101;
	rows_of[2][0] = number_700;
	rows_of[2][1] = number_lost;
	rows_of[2][2] = number_030;
	rows_of[3][0] = ring_s;
}

enum error_code __wrap_tx_run(struct db *db, const struct tx_scope *scope,
                              const struct tx_statement *statements, size_t n,
                              struct tx_result **ret_result, struct error *err);
size_t __wrap_tx_rows(const struct tx_result *result, size_t statement);
const char *__wrap_tx_value(const struct tx_result *result, size_t statement, size_t row,
                            size_t column);
void __wrap_tx_result_free(struct tx_result *result);
void __wrap_tx_result_auto_free(struct tx_result **result);

enum error_code __wrap_tx_run(struct db *db, const struct tx_scope *scope,
                              const struct tx_statement *statements, size_t n,
                              struct tx_result **ret_result, struct error *err)
{
	struct tx_result *result;

	(void)db;
	(void)n;
	(void)statements;
	if (fake_code != ERROR_OK)
		return error_set(err, fake_code, NULL, NULL);
	if (scope->door == TX_TENANT)
		assert_false(scope->writes);
	result = malloc(sizeof(*result));
	if (!result)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	result->statements = rows_of; /* the tenant's id is the first column for every question */
	*ret_result = result;
	return ERROR_OK;
}

size_t __wrap_tx_rows(const struct tx_result *result, size_t statement)
{
	size_t n = 0;

	while (n < 8 && result->statements[statement][n])
		n++;
	return n;
}

const char *__wrap_tx_value(const struct tx_result *result, size_t statement, size_t row,
                            size_t column)
{
	return result->statements[statement][row][column];
}

void __wrap_tx_result_free(struct tx_result *result)
{
	free(result);
}

void __wrap_tx_result_auto_free(struct tx_result **result)
{
	free(*result);
}

static struct uuid id(const char *text)
{
	struct uuid uuid;

	assert_true(uuid_parse(text, &uuid));
	return uuid;
}

static void everything_is_found(void **state)
{
	struct uuid tenant = id(TENANT), name = id(NAME_101), nobody = {{1}};
	struct snapshot *snapshot;
	const struct extension *extension;

	(void)state;
	fake_tenant();
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	assert_string_equal(snapshot->domain, "acme.pbx.test");
	assert_true(uuid_equal(&snapshot->tenant, &tenant));
	assert_int_equal(snapshot->ring_s, 25);
	assert_int_equal(snapshot->n_extensions, 2);
	extension = snapshot_extension(snapshot, "101");
	assert_ptr_equal(extension, &snapshot->extensions[0]);
	assert_string_equal(extension->auth_password, "secret-of-101-0123456789");
	assert_string_equal(extension->context, "sales");
	assert_ptr_equal(snapshot_by_auth_username(snapshot, &name), extension);
	assert_null(snapshot_by_auth_username(snapshot, &nobody));
	/* A number whose extension came between the statements is left to the next load. */
	assert_int_equal(snapshot->n_numbers, 2);
	assert_ptr_equal(snapshot_number(snapshot, "030123")->extension, extension);
	assert_null(snapshot_number(snapshot, "+4312345"));
	assert_ptr_equal(snapshot_ref(snapshot), snapshot);
	snapshot_unref(snapshot);
	snapshot_unref(snapshot);
	snapshot_unref(NULL);
}

static void nothing_is_a_tenant_too(void **state)
{
	struct uuid tenant = id(TENANT);
	struct snapshot *snapshot;

	(void)state;
	fake_tenant();
	memset(rows_of[1], 0, sizeof(rows_of) - sizeof(rows_of[0]));
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	assert_int_equal(snapshot->n_extensions + snapshot->n_numbers + snapshot->ring_s, 0);
	assert_null(snapshot_extension(snapshot, "101"));
	assert_null(snapshot_number(snapshot, "101"));
	snapshot_unref(snapshot);
}

static void what_cannot_be_is_an_error(void **state)
{
	static const char *const broken[][5] = {
		{"x",				    NAME_101, "101",    "p", "default"},
		{"00000000-0000-0000-0000-000000000101", "x",      "101",    "p", "default"},
		{"00000000-0000-0000-0000-000000000101", NAME_101, "101010", "p", "default"},
	};
	struct uuid tenant = id(TENANT);
	struct snapshot *snapshot;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		fake_tenant();
		rows_of[1][1] = broken[i];
		assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_INTERNAL);
	}
	fake_tenant();
	rows_of[0][0] = NULL;
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_NOT_FOUND);
	fake_code = ERROR_UNAVAILABLE;
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_UNAVAILABLE);
}

static enum error_code load_and_free(void *arg)
{
	struct snapshot *snapshot;
	enum error_code code = snapshot_load(NULL, arg, &snapshot, NULL);

	if (code == ERROR_OK)
		snapshot_unref(snapshot);
	return code;
}

static enum error_code whole_directory(void *arg)
{
	const struct directory_config config = {.absent_max = 10};
	struct uuid name = id(NAME_101);
	struct directory *directory;
	struct snapshot *snapshot;
	enum error_code code = directory_open(&config, &directory, NULL);

	(void)arg;
	if (code != ERROR_OK)
		return code;
	code = directory_find_domain(directory, "ACME.pbx.test.", &snapshot, NULL);
	if (code == ERROR_OK) {
		snapshot_unref(snapshot);
		code = directory_find_auth_username(directory, &name, &snapshot, NULL);
	}
	if (code == ERROR_OK)
		snapshot_unref(snapshot);
	directory_close(directory);
	return code;
}

static void memory_may_fail_anywhere(void **state)
{
	struct uuid tenant = id(TENANT);

	(void)state;
	fake_tenant();
	assert_true(oom_check(load_and_free, &tenant) >= 2);
	assert_true(oom_check(whole_directory, NULL) > 8);
}

static void names_are_remembered_for_a_while(void **state)
{
	struct names *names = names_new(100);
	struct uuid nobody = {{0}}, tenant = {{7}}, found;

	(void)state;
	assert_false(names_get(names, "a", 1, 0, &found));
	names_put(names, "a", 1, &tenant, 0, 1000);
	names_put(names, "b", 1, &nobody, 0, 2000);
	assert_true(names_get(names, "a", 1, 999, &found));
	assert_true(uuid_equal(&found, &tenant));
	assert_false(names_get(names, "a", 1, 1000, &found));
	assert_true(names_get(names, "b", 1, 1000, &found));
	assert_false(names_get(names, "b ", 2, 1000, &found));
	names_put(names, "b", 1, &tenant, 1000, 3000);
	assert_true(names_get(names, "b", 1, 2999, &found));
	assert_true(uuid_equal(&found, &tenant));
	names_clear(names);
	assert_false(names_get(names, "b", 1, 1000, &found));
	names_put(names, "b", 1, &tenant, 1000, 3000);
	assert_true(names_get(names, "b", 1, 1000, &found));
	names_free(names);
}

/* A flood of invented names: a full table takes new ones, keeps its size and most of the latest. */
static void a_flood_of_names_is_bounded(void **state)
{
	struct names *names = names_new(1000);
	struct uuid nobody = {{0}}, found;
	unsigned kept = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		names_put(names, &i, sizeof(i), &nobody, i, i + 1000000);
		assert_true(names_get(names, &i, sizeof(i), i, &found));
	}
	for (unsigned i = 0; i < 100000; i++)
		kept += names_get(names, &i, sizeof(i), 100000, &found);
	assert_in_range(kept, 900, 1100);
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_found),
		cmocka_unit_test(nothing_is_a_tenant_too),
		cmocka_unit_test(what_cannot_be_is_an_error),
		cmocka_unit_test(memory_may_fail_anywhere),
		cmocka_unit_test(names_are_remembered_for_a_while),
		cmocka_unit_test(a_flood_of_names_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
