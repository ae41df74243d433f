#include "fixture.h"

#include "db/migrate.h"
#include "db/provision.h"
#include "unit.h"

int fixture_setup(void **state)
{
	static struct fixture fixture;
	const struct migrate_options options = {0};
	struct migrate_counts counts;
	struct error err;

	fixture.postgres = postgres_new();
	fixture.config = (struct db_config){
		.owner = postgres_owner(fixture.postgres),
		.connections_per_login = 2,
		.connect_timeout_ms = 1000,
		.statement_timeout_ms = 5000,
	};
	assert_int_equal(db_open(&fixture.config, &fixture.db, NULL), ERROR_OK);
	if (migrate_run(fixture.db, &options, &counts, &err) != ERROR_OK)
		fail_msg("migrate: %s %s", err.message, err.detail);
	*state = &fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture) {
		db_close(fixture->db);
		postgres_free(fixture->postgres);
	}
	return 0;
}

struct uuid fixture_tenant(const struct fixture *fixture, const char *domain)
{
	const struct provision tenant = {.id = uuid_random(), .name = domain, .domain = domain};
	struct error err;

	if (provision_create(fixture->db, &tenant, NULL, &err) != ERROR_OK)
		fail_msg("%s: %s %s", domain, err.message, err.detail);
	return tenant.id;
}

static void run(const struct fixture *fixture, const struct uuid *tenant, const char *sql,
                bool writes, char *ret_value, size_t size)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant, .writes = writes};
	const struct tx_statement statement = {.sql = sql};
	struct tx_result *result = NULL;
	const char *value;
	struct error err;

	if (tx_run(fixture->db, &scope, &statement, 1, &result, &err) != ERROR_OK)
		fail_msg("%s: %s %s", sql, err.message, err.detail);
	value = tx_rows(result, 0) ? tx_value(result, 0, 0, 0) : NULL;
	if (ret_value)
		snprintf(ret_value, size, "%s", value ? value : "");
	tx_result_free(result);
}

void fixture_sql(const struct fixture *fixture, const struct uuid *tenant, const char *sql)
{
	run(fixture, tenant, sql, true, NULL, 0);
}

void fixture_value(const struct fixture *fixture, const struct uuid *tenant, const char *sql,
                   char *ret_value, size_t size)
{
	run(fixture, tenant, sql, false, ret_value, size);
}

long fixture_number(const struct fixture *fixture, const struct uuid *tenant, const char *sql)
{
	char value[64];

	fixture_value(fixture, tenant, sql, value, sizeof(value));
	return strtol(value, NULL, 10);
}

struct uuid fixture_extension(const struct fixture *fixture, const struct uuid *tenant,
                              const char *number)
{
	char value[64], sql[512];
	struct uuid name;

	snprintf(sql, sizeof(sql),
	         "with n as (select gen_random_uuid() as id, gen_random_uuid() as name)"
	         " insert into extensions (id, extension_number, auth_username, auth_password)"
	         " select n.id, '%s', n.name, 'password-of-%s-0123456789' from n"
	         " where public.claim_auth_username(n.id, n.name) returning auth_username",
	         number, number);
	run(fixture, tenant, sql, true, value, sizeof(value));
	assert_true(uuid_parse(value, &name));
	return name;
}
