/* The proof over HTTP finds holes that are made on purpose in what lets callers in. */
#include <unistd.h>

#include "base/random.h"
#include "db/migrate.h"
#include "domain/principal.h"
#include "postgres.h"
#include "unit.h"
#include "verify/verify.h"

static struct postgres *postgres;
static struct db *db;
static struct config *config;

/* What somebody might get wrong in the one function that says who may enter a tenant. */
static enum hole { SOUND, OPEN_TO_ALL, OPEN_TO_MEMBERS } hole;

enum access __real_principal_access(const struct principal *principal, const struct uuid *tenant);
enum access __wrap_principal_access(const struct principal *principal, const struct uuid *tenant);

enum access __wrap_principal_access(const struct principal *principal, const struct uuid *tenant)
{
	if (hole == OPEN_TO_ALL)
		return ACCESS_OWNER;
	/* Whoever is a member somewhere, with the role he has there. */
	if (hole == OPEN_TO_MEMBERS && principal->n_memberships)
		return principal->memberships[0].access;
	return __real_principal_access(principal, tenant);
}

static int start(void **state)
{
	char database[512];
	char *argv[] = {"test", "--database", database, "--state", "/tmp", NULL};
	const struct migrate_options options = {0};
	struct db_config owner = {0};
	struct migrate_counts counts;
	int argc = COUNT_OF(argv) - 1;
	struct error err;

	(void)state;
	assert_int_equal(random_open(&err), ERROR_OK);
	postgres = postgres_new();
	snprintf(database, sizeof(database), "postgresql://centrex_owner@/centrex?host=%s",
	         postgres_directory(postgres));
	argv[4] = (char *)postgres_directory(postgres);
	if (config_load(&argc, argv, &config, &err) != ERROR_OK)
		fail_msg("%s %s", err.field, err.message);
	owner.owner = postgres_owner(postgres);
	assert_int_equal(db_open(&owner, &db, &err), ERROR_OK);
	assert_int_equal(migrate_run(db, &options, &counts, &err), ERROR_OK);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(db);
	config_free(config);
	postgres_free(postgres);
	return 0;
}

static void verify(enum hole wanted_hole, const char *said)
{
	struct verify_report report;
	struct error err = {0};
	char left[32];

	hole = wanted_hole;
	if (verify_http(config, db, &report, &err) != ERROR_OK)
		fail_msg("%s %s %s", err.field, err.message, err.detail);
	hole = SOUND;
	if (said ? !strstr(text_string(&report.leak), said) : report.leak.length > 0)
		fail_msg("'%s'", text_string(&report.leak));
	assert_true(report.requests > 0);
	verify_report_clear(&report);
	postgres_sql(postgres,
	             "select (select count(*) from public.tenants) + (select count(*) from "
	             "public.users)",
	             left, sizeof(left));
	assert_string_equal(left, "0");
}

static void test_holds(void **state)
{
	(void)state;
	verify(SOUND, NULL);
}

static void test_finds_a_missing_check(void **state)
{
	(void)state;
	verify(OPEN_TO_ALL, "of tenant A, GET /api/v1/tenants/");
}

static void test_finds_a_role_of_another_tenant(void **state)
{
	(void)state;
	verify(OPEN_TO_MEMBERS, "of tenant A, GET /api/v1/tenants/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_finds_a_missing_check),
		cmocka_unit_test(test_finds_a_role_of_another_tenant),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
