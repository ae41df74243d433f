#include "db/tx.h"
#include "fixture.h"
#include "proxy.h"
#include "unit.h"

enum { VALUE = 256 };

static void test_no_context(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct uuid nobody = uuid_random();
	const struct tx_scope none = {.door = TX_TENANT};
	const struct tx_scope absent = tenant_scope(&nobody);
	struct tx *tx = NULL;
	struct error err;

	expect_sql(db, &none, ERROR_NO_CONTEXT, NULL, "select 1", NULL, 0);
	assert_int_equal(tx_open(db, &none, &tx, &err), ERROR_NO_CONTEXT);
	assert_null(tx);
	expect_sql(db, &absent, ERROR_NOT_FOUND, NULL, "select 1", NULL, 0);
	assert_int_equal(tx_open(db, &absent, &tx, &err), ERROR_NOT_FOUND);
	assert_null(tx);
	db_close(db);
}

static void test_run(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	char hex[UUID_HEX_MAX], role[48], path[64];
	const struct tx_statement statements[] = {
		{"who",
	         "select current_user, current_setting('search_path'), $1::text, $2::int + 1", 2,
	         {NULL, "41"}									   },
		{"add",
	         "insert into things values ($1, $2), ($3, null) returning id",                3,
	         {"1", "böse \"'", "2"}								},
		{"change", "update things set note = note || '!'",                             0, {NULL}},
		{"list",   "select id, note from things order by id",                          0, {NULL}},
		{"clear",  "delete from things",                                               0, {NULL}},
	};

	snprintf(role, sizeof(role), "tenant_%s", uuid_format_hex(&fixture->cust1, hex));
	snprintf(path, sizeof(path), "%s, pg_temp", role);
	/* Twice: prepared, and prepared already. */
	for (int i = 0; i < 2; i++) {
		struct tx_result *result = NULL;
		struct error err;

		assert_int_equal(
			tx_run(db, &scope, statements, COUNT_OF(statements), &result, &err),
			ERROR_OK);
		assert_int_equal(tx_rows(result, 0), 1);
		assert_string_equal(tx_value(result, 0, 0, 0), role);
		assert_string_equal(tx_value(result, 0, 0, 1), path);
		assert_null(tx_value(result, 0, 0, 2));
		assert_string_equal(tx_value(result, 0, 0, 3), "42");
		assert_int_equal(tx_rows(result, 1), 2);
		assert_int_equal(tx_affected(result, 1), 2);
		assert_int_equal(tx_affected(result, 2), 2);
		assert_string_equal(tx_value(result, 3, 0, 1), "böse \"'!");
		assert_null(tx_value(result, 3, 1, 1));
		assert_int_equal(tx_affected(result, 4), 2);
		/* Outside of what there is: nothing, not a crash. */
		assert_null(tx_value(result, 3, 2, 0));
		assert_null(tx_value(result, 3, 0, 2));
		assert_null(tx_value(result, 9, 0, 0));
		assert_int_equal(tx_rows(result, 9), 0);
		assert_int_equal(tx_affected(result, 9), 0);
		tx_result_free(result);
		assert_int_equal(tx_run(db, &scope, statements, COUNT_OF(statements), NULL, &err),
		                 ERROR_OK);
	}
	db_close(db);
}

static void test_doors(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope public = {.door = TX_PUBLIC};
	const struct tx_scope owner = {.door = TX_OWNER};
	const struct tx_scope inside = {.door = TX_OWNER, .tenant = fixture->cust1};
	char value[VALUE], hex[UUID_HEX_MAX], expected[VALUE];
	const char *who = "select session_user || ' ' || current_user || ' ' ||"
			  " current_setting('search_path')";

	expect_sql(db, &public, ERROR_OK, "who", who, value, VALUE);
	assert_string_equal(value, "centrex_public centrex_public public,pg_temp");
	expect_sql(db, &owner, ERROR_OK, "who", who, value, VALUE);
	assert_string_equal(value, "centrex_owner centrex_owner public,pg_temp");
	expect_sql(db, &inside, ERROR_OK, NULL, who, value, VALUE);
	snprintf(expected, sizeof(expected), "centrex_owner centrex_owner tenant_%s, pg_temp",
	         uuid_format_hex(&fixture->cust1, hex));
	assert_string_equal(value, expected);
	expect_sql(db, &owner, ERROR_OK, "who", who, value, VALUE);
	assert_string_equal(value, "centrex_owner centrex_owner public,pg_temp");
	db_close(db);
}

/* The same statement under the same name on the same connection, for two tenants of one slot. */
static void test_two_tenants(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scopes[] = {tenant_scope(&fixture->cust1),
	                                  tenant_scope(&fixture->cust2),
	                                  tenant_scope(&fixture->cust3)};
	char value[VALUE], sql[VALUE], hex[UUID_HEX_MAX];

	for (size_t i = 0; i < COUNT_OF(scopes); i++) {
		snprintf(sql, sizeof(sql), "insert into things values (1, 'of %zu')", i);
		expect_sql(db, &scopes[i], ERROR_OK, NULL, sql, NULL, 0);
	}
	for (int round = 0; round < 10; round++)
		for (size_t i = 0; i < COUNT_OF(scopes); i++) {
			snprintf(sql, sizeof(sql), "of %zu", i);
			expect_sql(db, &scopes[i], ERROR_OK, "list",
			           "select string_agg(note, ',') from things", value, VALUE);
			assert_string_equal(value, sql);
		}
	for (size_t i = 0; i < COUNT_OF(scopes); i++) {
		snprintf(sql, sizeof(sql), "select note from tenant_%s.things",
		         uuid_format_hex(&scopes[(i + 1) % COUNT_OF(scopes)].tenant, hex));
		expect_sql(db, &scopes[i], ERROR_FORBIDDEN, NULL, sql, NULL, 0);
		expect_sql(db, &scopes[i], ERROR_OK, NULL, "delete from things", NULL, 0);
	}
	db_close(db);
}

static void test_all_or_nothing(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_statement statements[] = {
		{"add", "insert into things values ($1, $2)", 2, {"1", "x"}   },
		{"add", "insert into things values ($1, $2)", 2, {"1000", "y"}},
		{"new", "insert into things values (3, 'z')", 0, {NULL}       },
	};
	const struct tx_statement twice[] = {
		{"add", "insert into things values ($1, $2)", 2, {"1", "x"}},
		{"add", "insert into things values ($1, $2)", 2, {"2", "x"}},
	};
	struct tx_result *result = NULL;
	struct error err;
	char value[VALUE];

	assert_int_equal(tx_run(db, &scope, statements, COUNT_OF(statements), &result, &err),
	                 ERROR_INVALID);
	assert_null(result);
	assert_string_equal(err.field, "id");
	/* Refused by the commit itself. */
	assert_int_equal(tx_run(db, &scope, twice, COUNT_OF(twice), NULL, &err), ERROR_CONFLICT);
	assert_string_equal(err.field, "note");
	expect_sql(db, &scope, ERROR_OK, "count", "select count(*) from things", value, VALUE);
	assert_string_equal(value, "0");
	/* The statement behind the failed one was never prepared: it must be now. */
	expect_sql(db, &scope, ERROR_OK, "new", "insert into things values (3, 'z')", NULL, 0);
	expect_sql(db, &scope, ERROR_OK, NULL, "delete from things", NULL, 0);
	db_close(db);
}

static void test_one_round_trip(void **state)
{
	const struct fixture *fixture = *state;
	struct proxy *proxy = proxy_new(postgres_directory(fixture->postgres));
	struct tx_scope scope = tenant_scope(&fixture->cust1);
	struct tx_statement statements[40];
	char conninfo[VALUE];
	struct db *db;

	snprintf(conninfo, sizeof(conninfo), "host=%s user=centrex_owner dbname=centrex",
	         proxy_directory(proxy));
	db = fixture_open(fixture, 1, conninfo);
	scope.writes = true;
	expect_sql(db, &scope, ERROR_OK, NULL, "select 1", NULL, 0);
	for (size_t i = 0; i < COUNT_OF(statements); i++)
		statements[i] = (struct tx_statement){
			"count", "select count(*) from things where id = $1", 1, {"1"}};
	for (int i = 0; i < 3; i++) {
		proxy_round_trips(proxy);
		assert_int_equal(tx_run(db, &scope, statements, COUNT_OF(statements), NULL, NULL),
		                 ERROR_OK);
		assert_int_equal(proxy_round_trips(proxy), 1);
	}
	db_close(db);
	proxy_free(proxy);
}

static void test_explicit(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust2);
	const struct tx_statement add = {"add", "insert into things values ($1)", 1, {"7"}};
	const struct tx_statement bad = {NULL, "insert into things values (1000)", 0, {NULL}};
	struct tx_result *result = NULL;
	struct tx *tx = NULL;
	char value[VALUE];

	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &add, 1, &result, NULL), ERROR_OK);
	assert_int_equal(tx_affected(result, 0), 1);
	tx_result_free(TAKE(result));
	tx_abort(tx);
	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &add, 1, NULL, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &bad, 1, &result, NULL), ERROR_INVALID);
	assert_null(result);
	assert_int_equal(tx_exec(tx, &add, 1, NULL, NULL), ERROR_CONFLICT);
	assert_int_equal(tx_commit(tx, NULL), ERROR_CONFLICT);
	expect_sql(db, &scope, ERROR_OK, "count", "select count(*) from things", value, VALUE);
	assert_string_equal(value, "0");
	assert_int_equal(tx_open(db, &scope, &tx, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &add, 1, NULL, NULL), ERROR_OK);
	assert_int_equal(tx_commit(tx, NULL), ERROR_OK);
	expect_sql(db, &scope, ERROR_OK, "clear", "delete from things returning id", value, VALUE);
	assert_string_equal(value, "7");
	tx_abort(NULL);
	db_close(db);
}

static void test_bounds(void **state)
{
	const struct fixture *fixture = *state;
	struct db *db = fixture_open(fixture, 1, NULL);
	const struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_statement wide = {NULL, "select 1", TX_VALUES_MAX + 1, {NULL}};

	assert_int_equal(tx_run(db, &scope, &wide, TX_STATEMENTS_MAX + 1, NULL, NULL),
	                 ERROR_TOO_LARGE);
	assert_int_equal(tx_run(db, &scope, &wide, 1, NULL, NULL), ERROR_INTERNAL);
	expect_sql(db, &scope, ERROR_INTERNAL, NULL, "", NULL, 0);
	expect_sql(db, &scope, ERROR_INTERNAL, NULL, "select 1; select 2", NULL, 0);
	expect_sql(db, &scope, ERROR_INTERNAL, NULL, "selec", NULL, 0);
	expect_sql(db, &scope, ERROR_OK, NULL, "select 1", NULL, 0);
	/* Nothing but the context: is there such a tenant? */
	assert_int_equal(tx_run(db, &scope, NULL, 0, NULL, NULL), ERROR_OK);
	db_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_context),     cmocka_unit_test(test_run),
		cmocka_unit_test(test_doors),          cmocka_unit_test(test_two_tenants),
		cmocka_unit_test(test_all_or_nothing), cmocka_unit_test(test_one_round_trip),
		cmocka_unit_test(test_explicit),       cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
