#include "fixture.h"

#include "unit.h"

static void make_tenant(struct db *db, const struct uuid *tenant)
{
	const struct tx_scope scope = {.door = TX_OWNER, .tenant = *tenant};
	struct tx_statement statements[8] = {0};
	char hex[UUID_HEX_MAX], role[48], sql[8][256];
	struct error err;
	size_t n = 0;

	snprintf(role, sizeof(role), "tenant_%s", uuid_format_hex(tenant, hex));
	snprintf(sql[n++], 256, "create role %s nologin", role);
	snprintf(sql[n++], 256, "create schema %s", role);
	snprintf(sql[n++], 256, "grant %s to centrex_app_%02u", role, db_slot(tenant));
	snprintf(sql[n++], 256, "grant usage on schema %s to %s", role, role);
	snprintf(sql[n++], 256,
	         "create table things (id int not null, note text,"
	         " constraint things_pkey primary key (id),"
	         " constraint things_note_key unique (note) deferrable initially deferred,"
	         " constraint things_id_check check (id < 1000))");
	snprintf(sql[n++], 256, "grant select, insert, update, delete on things to %s", role);
	for (size_t i = 0; i < n; i++)
		statements[i].sql = sql[i];
	if (tx_run(db, &scope, statements, n, NULL, &err) != ERROR_OK)
		fail_msg("%s %s", err.message, err.detail);
}

struct db *fixture_open(const struct fixture *fixture, unsigned connections, const char *conninfo)
{
	const struct db_config config = {
		.owner = conninfo ? conninfo : postgres_owner(fixture->postgres),
		.connections_per_login = connections,
		.connect_timeout_ms = 1000,
		.statement_timeout_ms = 2000,
	};
	struct db *db = NULL;

	assert_int_equal(db_open(&config, &db, NULL), ERROR_OK);
	return db;
}

int fixture_setup(void **state)
{
	static struct fixture fixture;
	struct db *db;

	fixture.postgres = postgres_new();
	fixture.cust1 = uuid_random();
	fixture.cust2 = uuid_random();
	fixture.cust3 = uuid_random();
	fixture.cust2.bytes[15] = fixture.cust1.bytes[15];
	fixture.cust3.bytes[15] = (uint8_t)(fixture.cust1.bytes[15] + 1);
	db = fixture_open(&fixture, 1, NULL);
	make_tenant(db, &fixture.cust1);
	make_tenant(db, &fixture.cust2);
	make_tenant(db, &fixture.cust3);
	db_close(db);
	*state = &fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture)
		postgres_free(fixture->postgres);
	return 0;
}

struct tx_scope tenant_scope(const struct uuid *tenant)
{
	return (struct tx_scope){.door = TX_TENANT, .tenant = *tenant};
}

void expect_sql(struct db *db, const struct tx_scope *scope, enum error_code code, const char *name,
                const char *sql, char *ret_value, size_t size)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement statement = {.name = name, .sql = sql};
	struct error err = {0};
	const char *value;

	if (tx_run(db, scope, &statement, 1, &result, &err) != code || err.code != code)
		fail_msg("%s: %s, %s (%s %s) where %s was expected", sql, error_slug(err.code),
		         err.message, err.field, err.detail, error_slug(code));
	if (!ret_value)
		return;
	value = tx_value(result, 0, 0, 0);
	snprintf(ret_value, size, "%s", value ? value : "(null)");
}
