/* What goes with a change, against a real PostgreSQL: the audit entry, the event, the ETag; and
 * that they hold when two write at once. */
#include <stdatomic.h>
#include <stdio.h>

#include "domain/event.h"
#include "domain/tenant.h"
#include "store_fixture.h"

enum { ROUNDS = 20, WRITERS = 4, WRITES = 25 };

/* --- audit and events --------------------------------------------------------------------------
 */

static void a_change_is_audited_with_who_where_before_and_after(void **state)
{
	const struct store_call call = call_of("queue");
	const char *const keys[] = {"Sales"};
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	must(create(&call, json_pack("{ss}", "name", "Sales"), &row, &err), &err);
	must(update(&call, "Sales", json_pack("{ss}", "strategy", "round-robin"), &row, &err),
	     &err);
	must(store_delete(&call, keys, &err), &err);
	assert_value("select string_agg(concat_ws(' ', action, resource, actor_kind, actor_name,"
	             " address, request_id, before ->> 'strategy', '>', after ->> 'strategy'), ';'"
	             " order by at) from audit_log",
	             "create queue session ann@acme.example 192.0.2.7 0123456789abcdef > ring-all;"
	             "update queue session ann@acme.example 192.0.2.7 0123456789abcdef ring-all >"
	             " round-robin;"
	             "delete queue session ann@acme.example 192.0.2.7 0123456789abcdef round-robin"
	             " >");
	assert_value("select string_agg(data ->> 'action', ' ' order by id) from events"
	             " where data ->> 'resource' = 'queue'",
	             "create update delete");
	assert_value("select count(distinct resource_id) from audit_log", "1");
	assert_value("select count(*) from audit_log where actor_id ="
	             " '01020304-0506-4708-890a-0b0c0d0e0f10'",
	             "3");
	assert_value("select string_agg(k, ' ' order by k) from (select distinct"
	             " jsonb_object_keys(data) as k from events) x",
	             "action id resource");
}

static void what_was_refused_leaves_no_trace(void **state)
{
	const struct store_call call = call_of("extension");
	AUTO(text_clear) struct text row = {0};
	const char *const keys[] = {"999"};
	struct error err = {0};

	(void)state;
	must(create(&call, json_pack("{ss}", "extension_number", "101"), &row, &err), &err);
	assert_int_equal(create(&call, json_pack("{ss}", "extension_number", "101"), &row, &err),
	                 ERROR_CONFLICT);
	assert_int_equal(store_delete(&call, keys, &err), ERROR_NOT_FOUND);
	assert_int_equal(
		update(&call, "101",
	               json_pack("{ss}", "user_id", "01a2040a-4445-7ced-ba22-41c351772482"), &row,
	               &err),
		ERROR_INVALID);
	assert_value("select count(*) from audit_log", "1");
	assert_value("select count(*) from events", "1");
}

static void no_secret_is_in_the_audit_log(void **state)
{
	const struct store_call call = call_of("extension"), people = call_of("user");
	const struct resource *extension = call.resource;
	const char *const keys[] = {"101"};
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	must(create(&call, json_pack("{ss}", "extension_number", "101"), &row, &err), &err);
	must(store_act(&call, keys, &extension->actions[0], &row, &err), &err);
	assert_value("select string_agg(action || ' ' || (after ->> 'auth_password'), ';' order by"
	             " at) from audit_log",
	             "create ********;rotate-credentials ********");
	assert_value("select (before ->> 'auth_username') <> (after ->> 'auth_username') from"
	             " audit_log where action = 'rotate-credentials'",
	             "t");
	assert_value("select count(*) from audit_log a, extensions e where strpos(a::text,"
	             " e.auth_password) > 0",
	             "0");
	must(create(&people,
	            json_pack("{ssss}", "email", "eve@x.example", "password", "correct horse"),
	            &row, &err),
	     &err);
	must(update(&people, "eve@x.example", json_pack("{ss}", "password", "battery staple"), &row,
	            &err),
	     &err);
	must(update(&people, "eve@x.example", json_pack("{ss}", "global_role", "admin"), &row,
	            &err),
	     &err);
	assert_public(
		"select string_agg(concat_ws(' ', action, before ->> 'password_hash', '>',"
		" after ->> 'password_hash'), ';' order by at) from audit_log where resource ="
		" 'user' and after ->> 'email' = 'eve@x.example'",
		"create > ********;update > ********;update >");
	assert_public(
		"select count(*) from audit_log where audit_log::text ~ 'argon2|horse|staple'",
		"0");
}

static void a_tenant_and_its_members_are_audited_where_they_belong(void **state)
{
	struct store_call tenants = call_of("tenant"), people = call_of("user");
	struct store_call members = call_of("member"), phones = call_of("extension");
	AUTO(text_clear) struct text row = {0};
	struct tenant made;
	struct error err = {0};
	const char *const keys[] = {"audited.example"}, *const member[] = {"bob@x.example"};

	(void)state;
	must(create(&tenants, json_pack("{ssss}", "name", "A", "domain", "audited.example"), &row,
	            &err),
	     &err);
	must(tenant_find(fixture->db, "audited.example", &made, &err), &err);
	tenant = members.tenant = phones.tenant = made.id;
	must(update(&tenants, "audited.example", json_pack("{ss}", "name", "B"), &row, &err), &err);
	must(create(&people,
	            json_pack("{ssss}", "email", "bob@x.example", "password", "long enough"), &row,
	            &err),
	     &err);
	must(create(&members, json_pack("{ssss}", "user_id", "bob@x.example", "role", "agent"),
	            &row, &err),
	     &err);
	must(create(&phones,
	            json_pack("{ssss}", "extension_number", "101", "user_id", "bob@x.example"),
	            &row, &err),
	     &err);
	must(store_delete(&members, member, &err), &err);
	assert_value("select string_agg(concat_ws(' ', resource, action, actor_name), ';' order by"
	             " at) from audit_log",
	             "tenant update ann@acme.example;member create ann@acme.example;"
	             "extension create ann@acme.example;extension update ann@acme.example;"
	             "member delete ann@acme.example");
	assert_value("select concat_ws(' ', before ->> 'auth_password', after ->> 'auth_password',"
	             " before ->> 'user_id' is not null, after ->> 'user_id') from audit_log"
	             " where resource = 'extension' and action = 'update'",
	             "******** ******** t");
	assert_value("select string_agg((data ->> 'resource') || ' ' || (data ->> 'action'), ';'"
	             " order by id) from events",
	             "tenant update;member create;extension create;extension update;member delete");
	must(store_delete(&people, member, &err), &err);
	must(store_delete(&tenants, keys, &err), &err);
	assert_public("select string_agg(concat_ws(' ', resource, action, actor_name, before ->>"
	              " 'name', after ->> 'name'), ';' order by at) from audit_log where resource ="
	              " 'tenant'",
	              "tenant create ann@acme.example A;tenant delete ann@acme.example B");
	assert_public("select string_agg(action, ' ' order by at) from audit_log where resource ="
	              " 'user' and resource_id = (select resource_id from audit_log where after ->>"
	              " 'email' = 'bob@x.example')",
	              "create delete");
}

static void old_events_are_taken_away_as_new_ones_come(void **state)
{
	const struct store_call call = call_of("setting");
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	fixture_sql(fixture, &tenant,
	            "insert into events (kind, data, at) select 'change', '{}', now() - case when i"
	            " <= 6 then interval '25 hours' else '23 hours' end from"
	            " generate_series(1, 10) i");
	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "x-s%d", i);
		must(create(&call, json_pack("{sssi}", "name", name, "value", i), &row, &err),
		     &err);
	}
	assert_value("select count(*) from events where at < now() - interval '1 day'", "0");
	assert_value("select count(*) from events", "7");
	fixture_sql(fixture, &tenant,
	            "insert into events (kind, data) select 'change', '{}' from"
	            " generate_series(1, 10010) i");
	for (int i = 3; i < 10; i++) {
		char name[16];

		snprintf(name, sizeof(name), "x-s%d", i);
		must(create(&call, json_pack("{sssi}", "name", name, "value", i), &row, &err),
		     &err);
	}
	assert_value("select count(*) < 10010 from events", "t");
}

struct writing {
	atomic_bool done;
	int number;
};

static void *write_settings(void *arg)
{
	struct writing *writing = arg;

	for (int i = 0; i < WRITES; i++) {
		const struct store_call call = call_of("setting");
		AUTO(text_clear) struct text row = {0};
		struct error err = {0};
		char name[32];

		snprintf(name, sizeof(name), "x-w%d-%d", writing->number, i);
		must(create(&call, json_pack("{sssi}", "name", name, "value", i), &row, &err),
		     &err);
	}
	writing->done = true;
	return NULL;
}

/* Reads on from the last id it saw, as a client does; every event is met once. */
static void a_reader_misses_no_event_of_writers_at_once(void **state)
{
	struct writing writing[WRITERS] = {0};
	pthread_t threads[WRITERS];
	long last = 0, seen = 0;
	bool done = false;

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		writing[i].number = i;
		assert_int_equal(pthread_create(&threads[i], NULL, write_settings, &writing[i]), 0);
	}
	while (!done) {
		char sql[128], answer[64];
		long n, up_to;

		done = true;
		for (int i = 0; i < WRITERS; i++)
			done = done && writing[i].done;
		snprintf(sql, sizeof(sql),
		         "select count(*) || ' ' || coalesce(max(id), %ld) from events where id > "
		         "%ld",
		         last, last);
		fixture_value(fixture, &tenant, sql, answer, sizeof(answer));
		assert_int_equal(sscanf(answer, "%ld %ld", &n, &up_to), 2);
		seen += n;
		last = up_to;
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(seen, WRITERS * WRITES);
}

/* --- ETags -------------------------------------------------------------------------------------
 */

static void an_etag_changes_with_the_row_and_with_what_is_shown(void **state)
{
	struct store_call call = call_of("extension");
	char etag[4][STORE_ETAG_MAX];
	const char *const keys[] = {"101"};
	AUTO(text_clear) struct text row = {0};
	AUTO(text_clear) struct text shown = {0};
	struct error err = {0};

	(void)state;
	must(create(&call, json_pack("{ss}", "extension_number", "101"), &row, &err), &err);
	for (int i = 0; i < 4; i++) {
		call.ret_etag = etag[i];
		call.show_secrets = i == 1;
		if (i == 3)
			must(update(&call, "101", json_pack("{ss}", "context", "x"), &row, &err),
			     &err);
		else
			must(store_show(&call, keys, &row, &err), &err);
	}
	assert_string_equal(etag[0], etag[2]);
	assert_string_not_equal(etag[0], etag[1]);
	assert_memory_equal(etag[0], etag[1], 32);
	assert_memory_not_equal(etag[0], etag[3], 32);
	/* What a write answers is what a read shows then. */
	call.ret_etag = etag[0];
	must(store_show(&call, keys, &shown, &err), &err);
	assert_string_equal(etag[0], etag[3]);
	assert_string_equal(text_string(&shown), text_string(&row));
}

static void every_kind_of_row_has_one_etag_for_reading_and_writing(void **state)
{
	struct store_call call = call_of("tenant");
	char made[STORE_ETAG_MAX], read[STORE_ETAG_MAX];
	const char *const keys[] = {"etag.example"};
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	call.ret_etag = made;
	must(create(&call, json_pack("{ssss}", "name", "A", "domain", "etag.example"), &row, &err),
	     &err);
	call.ret_etag = read;
	must(store_show(&call, keys, &row, &err), &err);
	assert_string_equal(made, read);
	must(update(&call, "etag.example", json_pack("{ss}", "name", "B"), &row, &err), &err);
	call.if_match = made;
	assert_int_equal(store_delete(&call, keys, &err), ERROR_PRECONDITION);
	call.if_match = read;
	must(store_delete(&call, keys, &err), &err);
}

static void a_row_that_changed_meanwhile_is_not_written(void **state)
{
	struct store_call call = call_of("queue");
	const char *const keys[] = {"Sales"};
	AUTO(text_clear) struct text row = {0};
	char etag[STORE_ETAG_MAX];
	struct error err = {0};

	(void)state;
	call.ret_etag = etag;
	must(create(&call, json_pack("{ss}", "name", "Sales"), &row, &err), &err);
	call.ret_etag = NULL;
	call.if_match = "";
	assert_int_equal(store_delete(&call, keys, &err), ERROR_PRECONDITION);
	call.if_match = "not an etag at all, and far longer than any of ours would ever be";
	assert_int_equal(store_delete(&call, keys, &err), ERROR_PRECONDITION);
	assert_string_equal(err.field, "if_match");
	call.if_match = etag;
	must(update(&call, "Sales", json_pack("{ss}", "strategy", "round-robin"), &row, &err),
	     &err);
	assert_int_equal(
		update(&call, "Sales", json_pack("{ss}", "strategy", "ring-all"), &row, &err),
		ERROR_PRECONDITION);
	assert_int_equal(store_delete(&call, keys, &err), ERROR_PRECONDITION);
	assert_value("select strategy from queues", "round-robin");
}

static void *rival_update(void *arg)
{
	struct rival *rival = arg;
	const char *column =
		strcmp(rival->call.resource->name, "user") == 0 ? "global_role" : "strategy";

	pthread_barrier_wait(rival->start);
	rival->code = update(&rival->call, rival->key, json_pack("{ss}", column, rival->value),
	                     &rival->row, &rival->err);
	return NULL;
}

/* A row of a tenant, and one of the installation, which no tenant's lock orders. */
static void of_two_writers_with_one_etag_one_wins(void **state)
{
	struct store_call calls[] = {call_of("queue"), call_of("user")};
	static const char *const keys[] = {"Sales", "race@x.example"};
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	must(create(&calls[0], json_pack("{ss}", "name", "Sales"), &row, &err), &err);
	must(create(&calls[1],
	            json_pack("{ssss}", "email", "race@x.example", "password", "long enough"), &row,
	            &err),
	     &err);
	for (int round = 0; round < 2 * ROUNDS; round++) {
		int which = round % 2;
		struct store_call call = calls[which];
		struct rival rivals[2] = {{.key = keys[which]}, {.key = keys[which]}};
		char etag[STORE_ETAG_MAX];

		must(update(&call, keys[which],
		            which ? json_pack("{ss}", "global_role", "agent")
		                  : json_pack("{ss}", "strategy", "ring-all"),
		            &row, &err),
		     &err);
		call.ret_etag = etag;
		must(store_show(&call, &keys[which], &row, &err), &err);
		call.ret_etag = NULL;
		call.if_match = etag;
		for (int i = 0; i < 2; i++) {
			rivals[i].call = call;
			snprintf(rivals[i].value, sizeof(rivals[i].value), "%s",
			         which ? "admin" : "round-robin");
		}
		race(rivals, rival_update);
		for (int i = 0; i < 2; i++) {
			text_clear(&rivals[i].row);
			assert_true(rivals[i].code == ERROR_OK ||
			            rivals[i].code == ERROR_PRECONDITION);
		}
		assert_int_equal((rivals[0].code == ERROR_OK) + (rivals[1].code == ERROR_OK), 1);
	}
}

/* --- owners ------------------------------------------------------------------------------------
 */

static void only_an_owner_makes_changes_and_removes_owners(void **state)
{
	struct store_call members = call_of("member"), people = call_of("user");
	struct store_call admin = members;
	const char *const keys[] = {"own@x.example"};
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	admin.actor.access = ACCESS_ADMIN;
	must(create(&people,
	            json_pack("{ssss}", "email", "own@x.example", "password", "long enough"), &row,
	            &err),
	     &err);
	assert_int_equal(create(&admin,
	                        json_pack("{ssss}", "user_id", "own@x.example", "role", "owner"),
	                        &row, &err),
	                 ERROR_FORBIDDEN);
	must(create(&admin, json_pack("{ssss}", "user_id", "own@x.example", "role", "agent"), &row,
	            &err),
	     &err);
	assert_int_equal(update(&admin, keys[0], json_pack("{ss}", "role", "owner"), &row, &err),
	                 ERROR_FORBIDDEN);
	must(update(&members, keys[0], json_pack("{ss}", "role", "owner"), &row, &err), &err);
	assert_int_equal(update(&admin, keys[0], json_pack("{ss}", "role", "agent"), &row, &err),
	                 ERROR_FORBIDDEN);
	assert_int_equal(store_delete(&admin, keys, &err), ERROR_FORBIDDEN);
	assert_value("select role from public.my_members()", "owner");
	/* Of owners one has to remain, but for an operator. */
	assert_int_equal(store_delete(&members, keys, &err), ERROR_CONFLICT);
	members.actor.access = ACCESS_OPERATOR;
	must(store_delete(&members, keys, &err), &err);
}

static void a_tenant_learns_of_no_user_who_is_not_its_member(void **state)
{
	const struct store_call people = call_of("user"), members = call_of("member");
	const struct store_call phones = call_of("extension");
	static const char *const names[] = {"else@x.example", "nobody@x.example"};
	AUTO(text_clear) struct text row = {0};
	struct error shown[2] = {0}, assigned[2] = {0};
	struct error err = {0};

	(void)state;
	must(create(&people, json_pack("{ssss}", "email", names[0], "password", "long enough"),
	            &row, &err),
	     &err);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_show(&members, &names[i], &row, &shown[i]), ERROR_NOT_FOUND);
		assert_int_equal(
			create(&phones,
		               json_pack("{ssss}", "extension_number", "101", "user_id", names[i]),
		               &row, &assigned[i]),
			ERROR_INVALID);
	}
	assert_string_equal(shown[0].message, shown[1].message);
	assert_string_equal(shown[0].field, shown[1].field);
	assert_string_equal(assigned[0].message, assigned[1].message);
}

#define TEST(test) cmocka_unit_test_setup(test, store_tenant)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_is_audited_with_who_where_before_and_after),
		TEST(what_was_refused_leaves_no_trace),
		TEST(no_secret_is_in_the_audit_log),
		TEST(a_tenant_and_its_members_are_audited_where_they_belong),
		TEST(old_events_are_taken_away_as_new_ones_come),
		TEST(a_reader_misses_no_event_of_writers_at_once),
		TEST(an_etag_changes_with_the_row_and_with_what_is_shown),
		TEST(every_kind_of_row_has_one_etag_for_reading_and_writing),
		TEST(a_row_that_changed_meanwhile_is_not_written),
		TEST(of_two_writers_with_one_etag_one_wins),
		TEST(only_an_owner_makes_changes_and_removes_owners),
		TEST(a_tenant_learns_of_no_user_who_is_not_its_member),
	};

	return cmocka_run_group_tests(tests, store_setup, fixture_teardown);
}
