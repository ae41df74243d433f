/* Imports against a real PostgreSQL: all rows or none, every fault with its row. */
#include <stdio.h>

#include "base/clock.h"
#include "base/random.h"
#include "domain/store.h"
#include "fixture.h"
#include "unit.h"

enum { FAULTS_MAX = 20 };

static struct fixture *fixture;
static struct uuid tenant;

static int setup(void **state)
{
	assert_int_equal(random_open(NULL), ERROR_OK);
	fixture_setup(state);
	fixture = *state;
	return 0;
}

/* A tenant of its own for each test. */
static int new_tenant(void **state)
{
	static int n;
	char domain[32];

	(void)state;
	snprintf(domain, sizeof(domain), "t%d.example", n++);
	tenant = fixture_tenant(fixture, domain);
	return 0;
}

struct import {
	const char *resource;
	const char *rows; /* a JSON array */
	bool dry_run;
	struct actor actor;
	struct store_once *once;
	enum error_code code;
	struct error err;
	struct store_fault faults[FAULTS_MAX];
	size_t n_faults;
	struct text made;
};

static void import_clear(struct import *import)
{
	text_clear(&import->made);
}

static void run_json(struct import *import, json_t *rows)
{
	static const struct uuid none;
	struct store_call call = {.db = fixture->db};
	size_t n = json_array_size(rows);
	json_t **bodies = calloc(n + 1, sizeof(*bodies));

	call.resource = resource_find(import->resource);
	call.tenant = resource_in_tenant(call.resource) ? tenant : none;
	call.actor = import->actor;
	call.once = import->once;
	assert_non_null(rows);
	for (size_t i = 0; i < n; i++)
		bodies[i] = json_array_get(rows, i);
	import->code =
		store_create_many(&call, bodies, n, import->dry_run, import->faults, FAULTS_MAX,
	                          &import->n_faults, &import->made, &import->err);
	free(bodies);
	json_decref(rows);
}

static void run(struct import *import)
{
	run_json(import, json_loads(import->rows, 0, NULL));
	if (import->code && !import->n_faults)
		fail_msg("%s %s %s", import->err.field, import->err.message, import->err.detail);
}

static void assert_fault(const struct import *import, size_t i, size_t row, const char *field,
                         const char *message)
{
	assert_true(import->n_faults > i);
	assert_int_equal(import->faults[i].row, row);
	assert_string_equal(import->faults[i].field, field);
	assert_string_equal(import->faults[i].message, message);
}

static long count(const char *table)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "select count(*) from %s", table);
	return fixture_number(fixture, &tenant, sql);
}

static void rows_are_created_with_what_centrex_generates(void **state)
{
	AUTO(import_clear)
	struct import import = {.resource = "extension",
	                        .rows = "[{\"extension_number\":\"101\"},"
	                                "{\"extension_number\":\"102\",\"context\":\"x\"},"
	                                "{\"extension_number\":\"103\"}]"};
	char audited[256];

	(void)state;
	run(&import);
	assert_int_equal(import.code, ERROR_OK);
	assert_int_equal(count("extensions"), 3);
	assert_int_equal(fixture_number(fixture, &tenant,
	                                "select count(distinct auth_password) from extensions"
	                                " where context = 'x' or context = 'default'"),
	                 3);
	assert_non_null(strstr(text_string(&import.made), "\"auth_password\":\""));
	assert_null(strstr(text_string(&import.made), "****"));
	fixture_value(
		fixture, &tenant,
		"select action || ' ' || resource || ' ' || (after ->> 'rows') || ' ' || (after"
		" ->> 'extension_number') from audit_log",
		audited, sizeof(audited));
	assert_string_equal(audited, "import extension 3 [\"101\", \"102\", \"103\"]");
	assert_int_equal(count("events"), 1);
	postgres_sql(fixture->postgres, "select count(*) from auth_usernames", audited,
	             sizeof(audited));
	assert_string_equal(audited, "3");
}

static void nothing_is_created_where_one_row_is_at_fault(void **state)
{
	AUTO(import_clear)
	struct import import = {.resource = "extension",
	                        .rows = "[{\"extension_number\":\"101\"},"
	                                "{\"extension_number\":\"1O2\"},"
	                                "{\"context\":\"x\"},"
	                                "{\"extension_number\":\"104\",\"colour\":1},"
	                                "{\"extension_number\":\"101\"}]"};

	(void)state;
	run(&import);
	assert_int_equal(import.code, ERROR_INVALID);
	assert_int_equal(import.n_faults, 4);
	assert_fault(&import, 0, 1, "extension_number", "must be 2 to 5 digits");
	assert_fault(&import, 1, 2, "extension_number", "is required");
	assert_fault(&import, 2, 3, "colour", "extension has no such field");
	assert_fault(&import, 3, 4, "extension_number", "is the same as in an earlier row");
	assert_int_equal(count("extensions"), 0);
	assert_int_equal(count("audit_log"), 0);
	assert_int_equal(count("events"), 0);
}

static void what_the_database_knows_is_said_by_row(void **state)
{
	AUTO(import_clear)
	struct import import = {.resource = "extension",
	                        .rows = "[{\"extension_number\":\"201\"},"
	                                "{\"extension_number\":\"200\"},"
	                                "{\"extension_number\":\"300\"},"
	                                "{\"extension_number\":\"202\","
	                                "\"user_id\":\"nobody@example.com\"},"
	                                "{\"extension_number\":\"203\","
	                                "\"user_id\":\"01a2040a-4445-7ced-ba22-41c351772482\"}]"};

	(void)state;
	fixture_extension(fixture, &tenant, "200");
	fixture_sql(fixture, &tenant,
	            "insert into numbers (number, extension_id) select '300', id from extensions");
	run(&import);
	assert_int_equal(import.n_faults, 4);
	assert_fault(&import, 0, 1, "extension_number", "is taken already");
	assert_fault(&import, 1, 2, "extension_number", "is already a number of this tenant");
	assert_fault(&import, 2, 3, "user_id", "must be a member of the tenant");
	assert_fault(&import, 3, 4, "user_id", "must be a member of the tenant");
	assert_int_equal(count("extensions"), 1);
}

/* PostgreSQL's own checks say more than a pattern does. */
static void what_a_constraint_refuses_is_found_among_many(void **state)
{
	json_t *rows = json_array();
	AUTO(import_clear) struct import import = {.resource = "queue"};

	(void)state;
	for (int i = 0; i < 100; i++)
		json_array_append_new(
			rows, i == 61 ? json_pack("{ss}", "name", "   ")
				      : json_pack("{so}", "name", json_sprintf("Sales %d", i)));
	run_json(&import, rows);
	assert_int_equal(import.code, ERROR_INVALID);
	assert_int_equal(import.n_faults, 1);
	assert_fault(&import, 0, 61, "name", "must be 1 to 100 printable characters");
	assert_int_equal(count("queues"), 0);
}

static void a_name_twice_is_said_once(void **state)
{
	AUTO(import_clear)
	struct import import = {.resource = "queue",
	                        .rows = "[{\"name\":\"Sales\"},{\"name\":\"Support\"},"
	                                "{\"name\":\"Sales\"}]"};

	(void)state;
	run(&import);
	assert_int_equal(import.n_faults, 1);
	assert_fault(&import, 0, 2, "name", "is the same as in an earlier row");
	fixture_sql(fixture, &tenant, "insert into queues (name) values ('Support')");
	run(&import);
	assert_int_equal(import.n_faults, 2);
	assert_fault(&import, 0, 1, "name", "is taken already");
	assert_fault(&import, 1, 2, "name", "is the same as in an earlier row");
}

static void a_dry_run_finds_the_same_and_keeps_nothing(void **state)
{
	AUTO(import_clear)
	struct import import = {.resource = "extension",
	                        .dry_run = true,
	                        .rows = "[{\"extension_number\":\"101\"}]"};

	(void)state;
	run(&import);
	assert_int_equal(import.code, ERROR_OK);
	assert_string_equal(text_string(&import.made), "[]");
	assert_int_equal(count("extensions") + count("audit_log") + count("events"), 0);
	fixture_extension(fixture, &tenant, "101");
	run(&import);
	assert_fault(&import, 0, 0, "extension_number", "is taken already");
}

static void references_are_resolved_by_name(void **state)
{
	AUTO(import_clear)
	struct import import = {.resource = "number",
	                        .rows = "[{\"number\":\"+4930101\",\"extension_id\":\"101\"},"
	                                "{\"number\":\"+4930102\",\"extension_id\":\"102\"}]"};

	(void)state;
	fixture_extension(fixture, &tenant, "101");
	run(&import);
	assert_int_equal(import.n_faults, 1);
	assert_fault(&import, 0, 1, "extension_id", "there is no extension 102");
	fixture_extension(fixture, &tenant, "102");
	run(&import);
	assert_int_equal(import.code, ERROR_OK);
	assert_int_equal(fixture_number(fixture, &tenant,
	                                "select count(*) from numbers n join extensions e on e.id ="
	                                " n.extension_id where right(n.number, 3) ="
	                                " e.extension_number"),
	                 2);
}

static void users_without_a_password_and_members_are_imported(void **state)
{
	AUTO(import_clear)
	struct import users = {
		.resource = "user",
		.rows = "[{\"email\":\"Ann@x.example\"},{\"email\":\"bo@x.example\"},"
			"{\"email\":\"ANN@x.example\"}]"};
	AUTO(import_clear)
	struct import more = {
		.resource = "user",
		.rows = "[{\"email\":\"Ann@x.example\"},{\"email\":\"bo@x.example\"}]"};
	AUTO(import_clear)
	struct import members = {
		.resource = "member",
		.actor = {.kind = ACTOR_SESSION, .access = ACCESS_ADMIN},
		.rows = "[{\"user_id\":\"ann@X.example\",\"role\":\"owner\"},"
			"{\"user_id\":\"bo@x.example\",\"role\":\"agent\"}]"
        };
	char number[16];

	(void)state;
	run(&users);
	assert_fault(&users, 0, 2, "email", "is the same as in an earlier row");
	run(&more);
	assert_int_equal(more.code, ERROR_OK);
	assert_null(strstr(text_string(&more.made), "argon2"));
	run(&members);
	assert_int_equal(members.n_faults, 1);
	assert_fault(&members, 0, 0, "user_id", "only an owner may do this");
	members.actor.access = ACCESS_OWNER;
	run(&members);
	assert_int_equal(members.code, ERROR_OK);
	assert_int_equal(
		fixture_number(fixture, &tenant, "select count(*) from public.my_members()"), 2);
	assert_int_equal(count("audit_log"), 1);
	run(&members);
	assert_int_equal(members.n_faults, 2);
	postgres_sql(fixture->postgres,
	             "select count(*) from audit_log where resource = 'user' and action = 'import'",
	             number, sizeof(number));
	assert_string_equal(number, "1");
}

static void an_import_sent_again_is_answered_as_before(void **state)
{
	struct store_once once = {.key = "import-1", .request_hash = {1}, .status = 200};
	AUTO(import_clear)
	struct import first = {
		.resource = "extension", .once = &once, .rows = "[{\"extension_number\":\"101\"}]"};
	AUTO(import_clear)
	struct import again = {
		.resource = "extension", .once = &once, .rows = "[{\"extension_number\":\"101\"}]"};

	(void)state;
	run(&first);
	assert_int_equal(first.code, ERROR_OK);
	assert_false(once.replayed);
	run(&again);
	assert_int_equal(again.code, ERROR_OK);
	assert_true(once.replayed);
	assert_string_equal(text_string(&first.made), text_string(&again.made));
	assert_int_equal(count("extensions"), 1);
}

static void ten_thousand_rows_are_one_unit_of_work(void **state)
{
	json_t *rows = json_array();
	AUTO(import_clear) struct import import = {.resource = "extension"};
	int64_t begun;

	(void)state;
	for (int i = 0; i < STORE_MANY_MAX; i++) {
		char number[8];

		snprintf(number, sizeof(number), "%05d", i);
		json_array_append_new(rows, json_pack("{ss}", "extension_number", number));
	}
	begun = clock_monotonic_us();
	run_json(&import, rows);
	print_message("%d rows: %ld ms\n", STORE_MANY_MAX,
	              (long)((clock_monotonic_us() - begun) / 1000));
	assert_int_equal(import.code, ERROR_OK);
	assert_int_equal(count("extensions"), STORE_MANY_MAX);
	assert_int_equal(count("audit_log"), 1);
}

#define TEST(test) cmocka_unit_test_setup(test, new_tenant)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_created_with_what_centrex_generates),
		TEST(nothing_is_created_where_one_row_is_at_fault),
		TEST(what_the_database_knows_is_said_by_row),
		TEST(what_a_constraint_refuses_is_found_among_many),
		TEST(a_name_twice_is_said_once),
		TEST(a_dry_run_finds_the_same_and_keeps_nothing),
		TEST(references_are_resolved_by_name),
		TEST(users_without_a_password_and_members_are_imported),
		TEST(an_import_sent_again_is_answered_as_before),
		TEST(ten_thousand_rows_are_one_unit_of_work),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
