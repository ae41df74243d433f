/* Provisioning and migration against a PostgreSQL of the test's own, with passwords. */
#include <unistd.h>

#include "base/random.h"
#include "db/migrate.h"
#include "db/provision.h"
#include "postgres.h"
#include "unit.h"

static const uint8_t secret[DB_SECRET_BYTES] = {1, 2, 3};
static struct postgres *postgres;
static struct db *db;
static char owner[512];

static void must(enum error_code code, const struct error *err)
{
	if (code != ERROR_OK)
		fail_msg("%s %s %s", err->field, err->message, err->detail);
}

static void assert_answer(const char *sql, const char *wanted)
{
	char answer[128];

	postgres_sql(postgres, sql, answer, sizeof(answer));
	assert_string_equal(answer, wanted);
}

/* What an operator has: a database, an owner who may create roles, passwords for everybody. */
static void make_operators_own(void)
{
	char path[512];
	FILE *file;

	postgres_sql(
		postgres,
		"do $$ declare r text; begin for r in select rolname from pg_roles where rolname ~ "
		"'^centrex_(app|public)' loop execute format('drop owned by %I', r); "
		"execute format('drop role %I', r); end loop; end $$;"
		"alter role centrex_owner password 'owner'",
		NULL, 0);
	snprintf(path, sizeof(path), "%s/data/pg_hba.conf", postgres_directory(postgres));
	file = fopen(path, "we");
	assert_non_null(file);
	fputs("local all super trust\nlocal all all scram-sha-256\n", file);
	assert_int_equal(fclose(file), 0);
	postgres_sql(postgres, "select pg_reload_conf()", NULL, 0);
	usleep(200000);
	snprintf(owner, sizeof(owner), "%s password=owner", postgres_owner(postgres));
}

static struct uuid create(const char *domain, enum error_code wanted, struct error *err)
{
	struct provision tenant = {.id = uuid_random(), .name = "Acme", .domain = domain};

	assert_int_equal(provision_create(db, &tenant, NULL, err), wanted);
	return tenant.id;
}

static void migrate(const struct migrate_options *options, struct migrate_counts *ret_counts)
{
	struct error err;

	must(migrate_run(db, options, ret_counts, &err), &err);
}

static int start(void **state)
{
	const struct db_config config = {.owner = owner, .secret = secret};
	struct migrate_options options = {.secret = secret};
	struct migrate_counts counts;
	struct error err;

	(void)state;
	must(random_open(&err), &err);
	postgres = postgres_new();
	make_operators_own();
	must(db_open(&config, &db, &err), &err);
	migrate(&options, &counts);
	assert_int_equal(counts.logins_made, DB_LOGIN_COUNT);
	assert_int_equal(counts.behind, 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(db);
	postgres_free(postgres);
	return 0;
}

static void test_set_up_once(void **state)
{
	struct migrate_options options = {.secret = secret};
	struct migrate_counts counts;

	(void)state;
	migrate(&options, &counts);
	assert_int_equal(counts.logins_made, 0);
	assert_answer(
		"select count(*) from pg_roles where rolname ~ '^centrex_(app_..|public)$' and "
		"not rolinherit and not rolsuper and not rolcreaterole and rolcanlogin",
		"17");
	assert_answer("select v.version = (select max(m.version) from public.schema_migrations m"
	              " where m.kind = 'public') from public.schema_versions v"
	              " where v.schema_name = 'public'",
	              "t");
}

static void test_create_and_drop(void **state)
{
	struct error err;
	struct uuid tenant = create("one.pbx.test", ERROR_OK, &err);
	struct tx_scope scope = {.door = TX_TENANT, .tenant = tenant, .writes = true};
	struct tx_statement insert = {
		.sql = "insert into extensions (extension_number, auth_password) "
		       "values ('101', repeat('x', 24))",
	};

	(void)state;
	must(tx_run(db, &scope, &insert, 1, NULL, &err), &err);
	assert_answer("select count(*) from public.schema_versions where schema_name ~ '^tenant_'",
	              "1");
	create("one.pbx.test", ERROR_CONFLICT, &err);
	assert_string_equal(err.field, "domain");
	create("one two", ERROR_INVALID, &err);
	assert_string_equal(err.field, "domain");
	assert_answer("select count(*) from pg_namespace where nspname ~ '^tenant_'", "1");
	must(provision_drop(db, &tenant, &err), &err);
	assert_answer("select (select count(*) from pg_namespace where nspname ~ '^tenant_') "
	              "+ (select count(*) from pg_roles where rolname ~ '^tenant_') "
	              "+ (select count(*) from public.schema_versions where schema_name ~ "
	              "'^tenant_') + (select count(*) from public.tenants)",
	              "0");
	assert_int_equal(provision_drop(db, &tenant, &err), ERROR_NOT_FOUND);
	assert_int_equal(tx_run(db, &scope, &insert, 1, NULL, &err), ERROR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_up_once),
		cmocka_unit_test(test_create_and_drop),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
