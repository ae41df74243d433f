/*
 * Nothing of a unit of work survives into the next one on the same connection, whatever the unit
 * did and however it ended; and a statement under a tenant's role cannot leave the tenant.
 */
#include <pthread.h>
#include <unistd.h>

#include "db/pool.h"
#include "fixture.h"
#include "unit.h"

enum { VALUE = 256 };

/* What a session of a slot looks like while nobody uses it. */
static const char session[] =
	"select concat_ws(' ', session_user = current_user, current_setting('role'),"
	" '[' || current_setting('search_path') || ']', current_setting('statement_timeout'),"
	" (select count(*) from pg_class where relpersistence = 't'),"
	" (select count(*) from pg_prepared_statements where name !~ '^s[0-9]+$'),"
	" (select count(*) from pg_cursors where is_holdable),"
	" (select count(*) from pg_listening_channels()))";
static const char pristine[] = "t none [] 2s 0 0 0 0";

/* On the pool's own connection, without a context. */
static void peek(struct db *db, unsigned login, const char *sql, char *ret_value, size_t size)
{
	struct connection *connection = NULL;
	PGresult *result = NULL;
	bool synced = false;

	assert_int_equal(pool_take(db, login, &connection, NULL), ERROR_OK);
	connection_rearm(connection);
	assert_true(PQsendQueryParams(connection->pg, sql, 0, NULL, NULL, NULL, NULL, 0));
	assert_true(PQpipelineSync(connection->pg));
	while (!synced) {
		assert_int_equal(connection_result(connection, &result, NULL), ERROR_OK);
		synced = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
		if (PQresultStatus(result) == PGRES_TUPLES_OK)
			snprintf(ret_value, size, "%s", PQgetvalue(result, 0, 0));
		else if (result && PQresultStatus(result) == PGRES_FATAL_ERROR)
			fail_msg("%s", PQresultErrorMessage(result));
		PQclear(result);
	}
	pool_give(db, login, connection);
}

static void assert_pristine(struct db *db, const struct fixture *fixture, const char *after)
{
	char value[VALUE] = "", hex[UUID_HEX_MAX], expected[VALUE];
	const struct tx_scope other = tenant_scope(&fixture->cust2);

	peek(db, db_slot(&fixture->cust1), session, value, sizeof(value));
	if (strcmp(value, pristine) != 0)
		fail_msg("after %s: %s", after, value);
	/* And as the next tenant of the slot sees it. */
	expect_sql(db, &other, ERROR_OK, "who", "select current_user", value, VALUE);
	snprintf(expected, sizeof(expected), "tenant_%s", uuid_format_hex(&other.tenant, hex));
	assert_string_equal(value, expected);
}

static void backend(struct db *db, const struct fixture *fixture, char *ret_pid)
{
	peek(db, db_slot(&fixture->cust1), "select pg_backend_pid()", ret_pid, VALUE);
}

/* Ends that leave the connection in use. */
static void test_ends(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_statement one = {"one", "select 1", 0, {NULL}};
	static const struct {
		enum error_code code;
		const char *sql;
	} rows[] = {
		{ERROR_OK,       "select 1"                        },
		{ERROR_INVALID,  "insert into things values (1000)"},
		{ERROR_INTERNAL, "select 1 from nothing"           },
		{ERROR_INTERNAL, "syntax"                          },
		{ERROR_INVALID,  "select 1 / 0"                    },
		{ERROR_TIMEOUT,  "select pg_sleep(3)"              },
	};
	char before[VALUE], after[VALUE];
	struct tx *tx;

	backend(db, fixture, before);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		expect_sql(db, &scope, rows[i].code, NULL, rows[i].sql, NULL, 0);
		assert_pristine(db, fixture, rows[i].sql);
	}
	for (int commit = 0; commit < 2; commit++) {
		assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
		assert_int_equal(tx_exec(tx, &one, 1, NULL, NULL), ERROR_OK);
		if (commit)
			assert_int_equal(tx_commit(tx, NULL), ERROR_OK);
		else
			tx_abort(tx);
		assert_pristine(db, fixture, commit ? "commit" : "abort");
	}
	/* It was the same session all the time: the test means something. */
	backend(db, fixture, after);
	assert_string_equal(before, after);
	db_close(db);
}

struct sleeper {
	struct db *db;
	struct tx_scope scope;
	enum error_code code;
};

static void *sleep_in_database(void *arg)
{
	struct sleeper *sleeper = arg;
	const struct tx_statement statement = {NULL, "select pg_sleep(1.9)", 0, {NULL}};

	sleeper->code = tx_run(sleeper->db, &sleeper->scope, &statement, 1, NULL, NULL);
	return NULL;
}

/* function: pg_cancel_backend, pg_terminate_backend */
static enum error_code disturb(struct db *db, const struct fixture *fixture, const char *function)
{
	struct sleeper sleeper = {db, tenant_scope(&fixture->cust1), ERROR_OK};
	char sql[VALUE], hit[VALUE] = "0";
	pthread_t thread;

	snprintf(sql, sizeof(sql),
	         "select count(%s(pid)) from pg_stat_activity"
	         " where usename ~ '^centrex_app' and query ~ 'pg_sleep' and state = 'active'",
	         function);
	assert_int_equal(pthread_create(&thread, NULL, sleep_in_database, &sleeper), 0);
	while (strcmp(hit, "0") == 0) {
		usleep(20000);
		postgres_sql(fixture->postgres, sql, hit, sizeof(hit));
	}
	pthread_join(thread, NULL);
	return sleeper.code;
}

static void test_disturbed(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	char before[VALUE], after[VALUE];

	backend(db, fixture, before);
	assert_int_equal(disturb(db, fixture, "pg_cancel_backend"), ERROR_TIMEOUT);
	assert_pristine(db, fixture, "cancel");
	backend(db, fixture, after);
	assert_string_equal(before, after);
	/* Ended by the server while it ran: it did not happen, and is tried again. */
	assert_int_equal(disturb(db, fixture, "pg_terminate_backend"), ERROR_OK);
	assert_pristine(db, fixture, "terminate");
	backend(db, fixture, after);
	assert_string_not_equal(before, after);
	db_close(db);
}

/* Whole statements of an attacker: worse than an injection, which cannot begin a statement. What
 * they would leave in the session goes with the session. */
static void test_left_behind(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	static const char *const statements[] = {
		"begin",
		"commit",
		"rollback",
		"set role none",
		"set session authorization default",
		"set search_path = pg_catalog",
		"set statement_timeout = 0",
		"reset all",
		"prepare mine as select 1",
		"prepare s7 as select 'not what you think'",
		"declare mine cursor with hold for select 1",
		"listen centrex",
		"deallocate all",
		"do $$ begin perform 1; end $$",
		"copy things to stdout",
		"copy things from stdin",
	};

	for (size_t i = 0; i < COUNT_OF(statements); i++) {
		const struct tx_statement one[] = {
			{NULL, statements[i], 0, {NULL}}
                };
		enum error_code code = tx_run(db, &scope, one, 1, NULL, NULL);

		(void)code;
		assert_pristine(db, fixture, statements[i]);
	}
	db_close(db);
}

/* What an injected expression can do inside a statement of ours. */
static void test_stay_inside(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	char hex[UUID_HEX_MAX], sql[VALUE];
	static const char *const forms[] = {
		"select set_config('role', 'tenant_%s', true)",
		"select set_config('role', 'tenant_%s', false)",
		("select query_to_xml('select set_config(''role'', ''tenant_%s'', true)',"
	         " true, true, '')"),
		"select query_to_xml('select * from tenant_%s.things', true, true, '')",
		"select * from tenant_%s.things",
		"select table_to_xml('tenant_%s.things', true, true, '')",
		"insert into tenant_%s.things values (1)",
		"update pg_settings set setting = 'tenant_%s' where name = 'role'",
		"create table stolen as select * from tenant_%s.things",
		"create temp table kept as select '%s'",
		"select 'tenant_%s.things'::regclass",
		"create table made_here (x text default '%s')",
	};

	uuid_format_hex(&fixture->cust2, hex);
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof(sql), forms[i], hex);
#pragma GCC diagnostic pop
		expect_sql(db, &scope, ERROR_FORBIDDEN, NULL, sql, NULL, 0);
		assert_pristine(db, fixture, sql);
	}
	db_close(db);
}

/* A slot cannot become a tenant of another slot. */
static void test_slots(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	char value[VALUE], sql[VALUE], hex[UUID_HEX_MAX];

	snprintf(sql, sizeof(sql), "select pg_has_role('tenant_%s', 'member')",
	         uuid_format_hex(&fixture->cust3, hex));
	peek(db, db_slot(&fixture->cust1), sql, value, sizeof(value));
	assert_string_equal(value, "f");
	peek(db, db_slot(&fixture->cust3), sql, value, sizeof(value));
	assert_string_equal(value, "t");
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),        cmocka_unit_test(test_disturbed),
		cmocka_unit_test(test_left_behind), cmocka_unit_test(test_stay_inside),
		cmocka_unit_test(test_slots),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
