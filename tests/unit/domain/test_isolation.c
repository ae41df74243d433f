/* verify-isolation passes on what the binary makes, and finds each thing that is granted wrongly.
 */
#include "base/random.h"
#include "db/migrate.h"
#include "domain/isolation.h"
#include "postgres.h"
#include "unit.h"

static struct postgres *postgres;
static struct db *db;

static int start(void **state)
{
	const struct migrate_options options = {0};
	struct db_config config = {0};
	struct migrate_counts counts;
	struct error err;

	(void)state;
	assert_int_equal(random_open(&err), ERROR_OK);
	postgres = postgres_new();
	config.owner = postgres_owner(postgres);
	assert_int_equal(db_open(&config, &db, &err), ERROR_OK);
	assert_int_equal(migrate_run(db, &options, &counts, &err), ERROR_OK);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(db);
	postgres_free(postgres);
	return 0;
}

static void assert_nothing_left(void)
{
	char answer[32];

	postgres_sql(postgres,
	             "select (select count(*) from public.tenants) + (select count(*) from "
	             "public.users) + (select count(*) from pg_roles where rolname ~ '^tenant_') + "
	             "(select count(*) from pg_namespace where nspname ~ '^tenant_')",
	             answer, sizeof(answer));
	assert_string_equal(answer, "0");
}

static void verify(struct isolation_report *ret_report, enum error_code wanted, struct error *err)
{
	enum error_code code = isolation_verify(db, ret_report, err);

	if (code != wanted)
		fail_msg("%d: %s %s", code, err->message, err->detail);
	assert_nothing_left();
}

static void test_holds(void **state)
{
	struct isolation_report report;
	struct error err = {0};

	(void)state;
	verify(&report, ERROR_OK, &err);
	assert_string_equal(text_string(&report.leak), "");
	assert_int_equal(report.tables, 25);
	assert_true(report.attempts > 500);
	assert_true(report.hardened);
	isolation_report_clear(&report);
}

/* What somebody might grant by mistake, how it is taken back, and what must be said of it. */
static const struct {
	const char *wrong, *back, *said;
} leaks[] = {
	{"grant select on public.users to public",						    "revoke select on public.users from public",
         "select from public.users"																									},
	{"grant update (domain) on public.tenants to public",
         "revoke update (domain) on public.tenants from public",																     "public.tenants"                      },
	{"grant select (email) on public.users to public",
         "revoke select (email) on public.users from public",                                                                                                                                        "right to any column, of public.users"},
	{"grant insert on public.schema_versions to public",
         "revoke insert on public.schema_versions from public",																      "public.schema_versions"              },
	{"alter default privileges for role centrex_owner grant usage on schemas to public;"
         "alter default privileges for role centrex_owner grant select on tables to public", "alter default privileges for role centrex_owner revoke usage on schemas from public;"
         "alter default privileges for role centrex_owner revoke select on tables from public", "tenant A could select from tenant_"  },
	{"alter default privileges for role centrex_owner grant references on tables to public",
         "alter default privileges for role centrex_owner revoke references on tables from public",                                                                                                  "right to reference, of"              },
	{"grant create on schema public to public",                                                   "revoke create on schema public from public",
         "create a table in public"																									},
	{"alter role centrex_app_03 inherit; grant pg_read_all_data to centrex_app_03",
         "alter role centrex_app_03 noinherit; revoke pg_read_all_data from centrex_app_03",                                                                                                         "centrex_app_03 could read"           },
	{"grant delete on public.tenants to centrex_public",
         "revoke delete on public.tenants from centrex_public",                                                                                                                                      "centrex_public could delete a tenant"},
	{"alter function public.my_members() rename to kept;"
         "create function public.my_members() returns setof public.user_tenants language sql "
         "security definer as 'select * from public.user_tenants'",                          "drop function public.my_members(); alter function public.kept() rename to my_members",
         "use my_members()"																										},
};

static void test_finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(leaks); i++) {
		struct isolation_report report;
		struct error err = {0};

		postgres_sql(postgres, leaks[i].wrong, NULL, 0);
		verify(&report, ERROR_OK, &err);
		if (!strstr(text_string(&report.leak), leaks[i].said))
			fail_msg("%s: '%s'", leaks[i].wrong, text_string(&report.leak));
		isolation_report_clear(&report);
		postgres_sql(postgres, leaks[i].back, NULL, 0);
	}
}

/* What is new and not tried is not passed over. */
static void test_unknown_function(void **state)
{
	struct isolation_report report;
	struct error err = {0};

	(void)state;
	postgres_sql(postgres,
	             "create function public.peek() returns setof public.users language sql "
	             "security definer as 'select * from public.users'",
	             NULL, 0);
	verify(&report, ERROR_INTERNAL, &err);
	assert_non_null(strstr(err.message, "peek()"));
	isolation_report_clear(&report);
	postgres_sql(postgres, "drop function public.peek()", NULL, 0);
}

static void test_softer_server(void **state)
{
	struct isolation_report report;
	struct error err = {0};

	(void)state;
	postgres_sql(
		postgres,
		"grant execute on function pg_catalog.set_config(text, text, boolean) to public",
		NULL, 0);
	verify(&report, ERROR_OK, &err);
	assert_string_equal(text_string(&report.leak), "");
	assert_false(report.hardened);
	isolation_report_clear(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_finds),
		cmocka_unit_test(test_unknown_function),
		cmocka_unit_test(test_softer_server),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
