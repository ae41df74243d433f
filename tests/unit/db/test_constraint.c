#include "db/constraint.h"
#include "db/migrate.h"
#include "db/provision.h"
#include "postgres.h"
#include "unit.h"

/* clang-format off */
static const struct {
	struct constraint_fault fault;
	enum error_code code;
	const char *field, *message;
} rows[] = {
	{{"23505", "tenants_domain_key", "tenants", NULL, ""},
	 ERROR_CONFLICT, "domain", "is taken already"},
	{{"23505", "users_email_key", "users", NULL, ""},
	 ERROR_CONFLICT, "email", "is taken already"},
	{{"23514", "extensions_extension_number_check", "extensions", NULL, ""},
	 ERROR_INVALID, "extension_number", "must be 2 to 5 digits"},
	/* A shard of Citus: both names carry its number. */
	{{"23514", "extensions_extension_number_check_102008", "extensions_102008", NULL, ""},
	 ERROR_INVALID, "extension_number", "must be 2 to 5 digits"},
	{{"23514", "queues_anything_check", "queues", NULL, ""},
	 ERROR_INVALID, "anything", "breaks its rule"},
	{{"23503", "queue_members_queue_id_fkey", "queue_members", NULL,
	 "insert or update on table \"queue_members\" violates"},
	 ERROR_INVALID, "queue_id", "names something that does not exist"},
	{{"23503", "numbers_extension_id_fkey", "numbers", NULL,
	 "update or delete on table \"extensions\" violates"},
	 ERROR_CONFLICT, "",
	 "it is in use (numbers)"},
	{{"23505", "queue_members_pkey", "queue_members", NULL, ""},
	 ERROR_CONFLICT, "extension_id", "is a member of this queue already"},
	{{"23505", "cdrs_pkey", "cdrs", NULL, ""}, ERROR_CONFLICT, "", "cdrs exists already"},
	{{"23502", NULL, "queues", "name", ""}, ERROR_MISSING, "name", "is required"},
	{{"23514", "odd", "queues", NULL, ""}, ERROR_INVALID, "", NULL},
	{{"23514", "_check", "", NULL, ""}, ERROR_INVALID, "", NULL},
	{{"23514", "tenants_check", "tenants", NULL, ""}, ERROR_INVALID, "", NULL},
	{{"23514", "1", "1", NULL, ""}, ERROR_INVALID, "", NULL},
	{{"22021", NULL, NULL, NULL, ""}, ERROR_INVALID, "", "text must be UTF-8 without NUL"},
	{{"22P02", NULL, NULL, NULL, "x"}, ERROR_INVALID, "", "a value has the wrong form"},
	{{"40P01", NULL, NULL, NULL, ""}, ERROR_BUSY, "", NULL},
	{{"55P03", NULL, NULL, NULL, ""}, ERROR_BUSY, "", NULL},
	{{"42501", NULL, NULL, NULL, "permission denied"}, ERROR_FORBIDDEN, "", NULL},
	{{"42P01", NULL, NULL, NULL, "no relation"}, ERROR_INTERNAL, "", NULL},
	{{"57014", NULL, NULL, NULL, ""}, ERROR_TIMEOUT, "", NULL},
	{{"57P01", NULL, NULL, NULL, ""}, ERROR_UNAVAILABLE, "", NULL},
	{{"53300", NULL, NULL, NULL, ""}, ERROR_UNAVAILABLE, "", NULL},
	{{"08006", NULL, NULL, NULL, ""}, ERROR_UNAVAILABLE, "", NULL},
	{{"XX000", NULL, NULL, NULL, ""}, ERROR_INTERNAL, "", NULL},
	{{NULL, NULL, NULL, NULL, NULL}, ERROR_INTERNAL, "", NULL},
};
/* clang-format on */

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct error err = {0};

		assert_int_equal(constraint_error(&rows[i].fault, &err), rows[i].code);
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(err.field, rows[i].field);
		if (rows[i].message)
			assert_string_equal(err.message, rows[i].message);
		assert_int_equal(constraint_error(&rows[i].fault, NULL), rows[i].code);
	}
}

/* PostgreSQL's sentence may quote what somebody typed: only faults of ours show it, in the log. */
static void test_no_values(void **state)
{
	const struct constraint_fault fault = {"22P02", NULL, NULL, NULL, "syntax: \"hunter2\""};
	struct error err;

	(void)state;
	assert_int_equal(constraint_error(&fault, &err), ERROR_INVALID);
	assert_null(strstr(err.message, "hunter2"));
	assert_null(strstr(err.detail, "hunter2"));
}

static void test_long_names(void **state)
{
	char name[300];
	const struct constraint_fault fault = {"23514", name, name, name, name};
	struct error err;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(constraint_error(&fault, &err), ERROR_INVALID);
}

/* No sentence for a constraint that is gone or was renamed. */
static void test_catalogue(void **state)
{
	struct postgres *postgres = postgres_new();
	const struct db_config config = {.owner = postgres_owner(postgres)};
	const struct provision tenant = {uuid_random(), "A", "a.example.com", NULL, NULL};
	struct migrate_counts counts;
	struct db *db = NULL;
	char found[8], sql[256];

	(void)state;
	assert_int_equal(db_open(&config, &db, NULL), ERROR_OK);
	assert_int_equal(migrate_run(db, &(struct migrate_options){0}, &counts, NULL), ERROR_OK);
	assert_int_equal(provision_create(db, &tenant, NULL, NULL), ERROR_OK);
	for (size_t i = 0; constraint_name(i); i++) {
		snprintf(sql, sizeof(sql),
		         "select count(*) from pg_constraint where conname = '%s'",
		         constraint_name(i));
		postgres_sql(postgres, sql, found, sizeof(found));
		if (strcmp(found, "1") != 0)
			fail_msg("%s is not in the schema", constraint_name(i));
	}
	db_close(db);
	postgres_free(postgres);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_no_values),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_catalogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
