/*
 * The server goes away, is silent, throws us out, forgets what was prepared, or has no connection
 * left: an error in bounded time, and everything works again by itself.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/statements.h"
#include "fixture.h"
#include "proxy.h"
#include "unit.h"

enum { VALUE = 256, NAMES = STATEMENTS_MAX + 100, THREADS = 8, RUNS = 150 };

static int64_t since_ms(int64_t begin_us)
{
	return (clock_monotonic_us() - begin_us) / 1000;
}

static void test_away(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 2, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_scope public = {.door = TX_PUBLIC};
	struct tx *tx = NULL;
	int64_t begin_us;

	expect_sql(db, &scope, ERROR_OK, "one", "select 1", NULL, 0);
	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	postgres_kill(fixture->postgres);
	begin_us = clock_monotonic_us();
	expect_sql(db, &scope, ERROR_UNAVAILABLE, "one", "select 1", NULL, 0);
	expect_sql(db, &public, ERROR_UNAVAILABLE, "one", "select 1", NULL, 0);
	assert_int_equal(tx_commit(tx, NULL), ERROR_UNAVAILABLE);
	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_UNAVAILABLE);
	assert_true(since_ms(begin_us) < 500);
	postgres_start(fixture->postgres);
	expect_sql(db, &scope, ERROR_OK, "one", "select 1", NULL, 0);
	expect_sql(db, &public, ERROR_OK, "one", "select 1", NULL, 0);
	db_close(db);
}

static struct db *open_through(const struct fixture *fixture, struct proxy *proxy)
{
	char conninfo[VALUE];

	snprintf(conninfo, sizeof(conninfo), "host=%s user=centrex_owner dbname=centrex",
	         proxy_directory(proxy));
	return fixture_open(fixture, 1, conninfo);
}

static void test_silent(void **state)
{
	const struct fixture *fixture = *state;
	struct proxy *proxy = proxy_new(postgres_directory(fixture->postgres));
	struct db *db = open_through(fixture, proxy);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	int64_t begin_us;

	expect_sql(db, &scope, ERROR_OK, "one", "select 1", NULL, 0);
	proxy_freeze(proxy, 1);
	begin_us = clock_monotonic_us();
	expect_sql(db, &scope, ERROR_TIMEOUT, "one", "select 1", NULL, 0);
	/* statement_timeout of 2 s, and 2 s of grace */
	assert_in_range(since_ms(begin_us), 3900, 5000);
	begin_us = clock_monotonic_us();
	expect_sql(db, &scope, ERROR_UNAVAILABLE, "one", "select 1", NULL, 0);
	assert_in_range(since_ms(begin_us), 900, 2000);
	/* The next one does not wait for the same silence. */
	begin_us = clock_monotonic_us();
	expect_sql(db, &scope, ERROR_UNAVAILABLE, "one", "select 1", NULL, 0);
	assert_in_range(since_ms(begin_us), 0, 100);
	proxy_freeze(proxy, 0);
	usleep(1000000);
	expect_sql(db, &scope, ERROR_OK, "one", "select 1", NULL, 0);
	db_close(db);
	proxy_free(proxy);
}

static void test_cut(void **state)
{
	const struct fixture *fixture = *state;
	struct proxy *proxy = proxy_new(postgres_directory(fixture->postgres));
	struct db *db = open_through(fixture, proxy);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_statement one = {"one", "select 1", 0, {NULL}};
	struct tx *tx = NULL;

	expect_sql(db, &scope, ERROR_OK, "one", "select 1", NULL, 0);
	proxy_cut(proxy);
	expect_sql(db, &scope, ERROR_OK, "one", "select 1", NULL, 0);
	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &one, 1, NULL, NULL), ERROR_OK);
	proxy_cut(proxy);
	assert_int_equal(tx_exec(tx, &one, 1, NULL, NULL), ERROR_UNAVAILABLE);
	tx_abort(tx);
	expect_sql(db, &scope, ERROR_OK, "one", "select 1", NULL, 0);
	db_close(db);
	proxy_free(proxy);
}

/* Every connection of the login is lent: a bounded wait. */
static void test_all_lent(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_scope elsewhere = tenant_scope(&fixture->cust3);
	struct tx *tx = NULL;
	int64_t begin_us = clock_monotonic_us();

	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	expect_sql(db, &elsewhere, ERROR_OK, NULL, "select 1", NULL, 0);
	expect_sql(db, &scope, ERROR_TIMEOUT, NULL, "select 1", NULL, 0);
	assert_in_range(since_ms(begin_us), 1900, 3000);
	tx_abort(tx);
	expect_sql(db, &scope, ERROR_OK, NULL, "select 1", NULL, 0);
	db_close(db);
}

static void test_refused(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	char role[DB_LOGIN_MAX], sql[VALUE];

	db_login_name(db_slot(&fixture->cust1), role);
	snprintf(sql, sizeof(sql), "alter role %s connection limit 0", role);
	postgres_sql(fixture->postgres, sql, NULL, 0);
	expect_sql(db, &scope, ERROR_UNAVAILABLE, NULL, "select 1", NULL, 0);
	snprintf(sql, sizeof(sql), "alter role %s connection limit -1", role);
	postgres_sql(fixture->postgres, sql, NULL, 0);
	expect_sql(db, &scope, ERROR_OK, NULL, "select 1", NULL, 0);
	db_close(db);
}

/* More statements than are kept, in one unit and over many. */
static void test_many_names(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	static struct tx_statement statements[NAMES];
	static char names[NAMES][16], sql[NAMES][32];
	struct tx_result *result = NULL;
	char value[VALUE];

	for (int i = 0; i < NAMES; i++) {
		snprintf(names[i], sizeof(names[i]), "n%d", i);
		snprintf(sql[i], sizeof(sql[i]), "select %d", i);
		statements[i] = (struct tx_statement){.name = names[i], .sql = sql[i]};
	}
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < NAMES; i++) {
			expect_sql(db, &scope, ERROR_OK, names[i], sql[i], value, VALUE);
			assert_string_equal(value, sql[i] + strlen("select "));
		}
	assert_int_equal(tx_run(db, &scope, statements, NAMES, &result, NULL), ERROR_OK);
	for (size_t i = 0; i < NAMES; i++)
		assert_string_equal(tx_value(result, i, 0, 0), sql[i] + strlen("select "));
	tx_result_free(result);
	expect_sql(db, &scope, ERROR_OK, "count", "select count(*) from pg_prepared_statements",
	           value, VALUE);
	assert_in_range(strtol(value, NULL, 10), STATEMENTS_MAX - 1, STATEMENTS_MAX);
	db_close(db);
}

/* A backend that has grown is replaced. */
static void test_recycled(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	char name[16], first[VALUE], value[VALUE];
	unsigned n = 0;

	expect_sql(db, &scope, ERROR_OK, "pid", "select pg_backend_pid()", first, VALUE);
	do {
		snprintf(name, sizeof(name), "n%u", n);
		expect_sql(db, &scope, ERROR_OK, name, "select pg_backend_pid()", value, VALUE);
	} while (strcmp(first, value) == 0 && ++n < 10 * STATEMENTS_MAX);
	assert_in_range(n, 8 * STATEMENTS_MAX - 3, 8 * STATEMENTS_MAX + 3);
	db_close(db);
}

/* A migration changed what a prepared statement returns. */
static void test_outdated(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_scope owner = {.door = TX_OWNER, .tenant = fixture->cust1};
	const struct tx_statement all = {"all", "select * from things", 0, {NULL}};
	struct tx *tx = NULL;

	expect_sql(db, &scope, ERROR_OK, "all", "select * from things", NULL, 0);
	expect_sql(db, &owner, ERROR_OK, NULL, "alter table things add more text", NULL, 0);
	expect_sql(db, &scope, ERROR_OK, "all", "select * from things", NULL, 0);
	/* Inside of an open unit of work there is no second attempt, but there is one after it. */
	expect_sql(db, &owner, ERROR_OK, NULL, "alter table things drop more", NULL, 0);
	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	assert_int_not_equal(tx_exec(tx, &all, 1, NULL, NULL), ERROR_OK);
	assert_int_not_equal(tx_commit(tx, NULL), ERROR_OK);
	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &all, 1, NULL, NULL), ERROR_OK);
	assert_int_equal(tx_commit(tx, NULL), ERROR_OK);
	db_close(db);
}

struct crowd {
	const struct fixture *fixture;
	struct db *db;
	atomic_uint done, lost;
	atomic_bool over;
};

static void *crowd_run(void *arg)
{
	struct crowd *crowd = arg;
	const struct uuid *tenants[] = {&crowd->fixture->cust1, &crowd->fixture->cust2,
	                                &crowd->fixture->cust3};

	for (unsigned i = 0; i < RUNS; i++) {
		const struct tx_scope scope = tenant_scope(tenants[i % COUNT_OF(tenants)]);
		const struct tx_statement who = {
			"who", "select current_user, count(*) from things", 0, {NULL}};
		char hex[UUID_HEX_MAX];
		struct tx_result *result = NULL;
		enum error_code code = tx_run(crowd->db, &scope, &who, 1, &result, NULL);

		if (code == ERROR_OK) {
			assert_string_equal(tx_value(result, 0, 0, 0) + strlen("tenant_"),
			                    uuid_format_hex(&scope.tenant, hex));
			crowd->done++;
		} else {
			assert_int_equal(code, ERROR_UNAVAILABLE);
			crowd->lost++;
		}
		tx_result_free(result);
	}
	return NULL;
}

static void *crowd_disturb(void *arg)
{
	struct crowd *crowd = arg;

	while (!crowd->over) {
		postgres_sql(crowd->fixture->postgres,
		             "select pg_terminate_backend(pid) from pg_stat_activity"
		             " where usename ~ '^centrex_app' order by random() limit 1",
		             NULL, 0);
		usleep(20000);
	}
	return NULL;
}

/* Many threads, two connections a login, sessions ended under them. */
static void test_threads(void **state)
{
	struct crowd crowd = {.fixture = *state, .db = fixture_open(*state, 2, NULL)};
	pthread_t threads[THREADS], disturber;

	assert_int_equal(pthread_create(&disturber, NULL, crowd_disturb, &crowd), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, crowd_run, &crowd), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	crowd.over = true;
	pthread_join(disturber, NULL);
	assert_int_equal(crowd.done + crowd.lost, THREADS * RUNS);
	assert_true(crowd.done > crowd.lost);
	db_close(crowd.db);
}

static void test_conninfo(void **state)
{
	const struct fixture *fixture = *state;
	struct db_config config = {.owner = "postgresql://u:hunter2@[::1"};
	struct db *db = NULL;
	struct error err;
	char conninfo[2 * VALUE];

	assert_int_equal(db_open(&config, &db, &err), ERROR_INVALID);
	assert_string_equal(err.field, "database");
	assert_null(strstr(err.message, "hunter2"));
	assert_null(strstr(err.detail, "hunter2"));
	/* Options of the operator's own stay, ours come after them. */
	snprintf(conninfo, sizeof(conninfo),
	         "%s options='-c work_mem=7MB -c TimeZone=Asia/Tokyo' application_name=mine",
	         postgres_owner(fixture->postgres));
	db = fixture_open(fixture, 1, conninfo);
	expect_sql(db, &(struct tx_scope){.door = TX_PUBLIC}, ERROR_OK, NULL,
	           "select current_setting('work_mem') || current_setting('TimeZone')"
	           " || current_setting('application_name')",
	           conninfo, sizeof(conninfo));
	assert_string_equal(conninfo, "7MBUTCcentrex");
	db_close(db);
	db_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_away),     cmocka_unit_test(test_silent),
		cmocka_unit_test(test_cut),      cmocka_unit_test(test_all_lent),
		cmocka_unit_test(test_refused),  cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_recycled), cmocka_unit_test(test_outdated),
		cmocka_unit_test(test_threads),  cmocka_unit_test(test_conninfo),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
