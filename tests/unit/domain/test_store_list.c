/* Lists against a real PostgreSQL: every resource in every order, page by page; what a cursor, a
 * search and an agent's own rows are. */
#include <stdio.h>

#include "domain/store.h"
#include "fixture.h"
#include "unit.h"

enum { ROWS = 3, PAGES_MAX = 20 };

static struct fixture *fixture;
static struct uuid tenant;
static struct uuid user;

/* Three rows of everything, so that each list has a next page. */
static void seed(void)
{
	static const char *const rows[] = {
		"insert into extensions (id, extension_number, auth_password) select"
		" ('00000000-0000-4000-8000-00000000010' || i)::uuid, '10' || i, repeat('x', 24)"
		" from generate_series(1, 3) i",
		"insert into queues (id, name) select ('00000000-0000-4000-8000-00000000010' ||"
		" i)::uuid, 'Queue, \"' || i from generate_series(1, 3) i",
		"insert into queue_members (queue_id, extension_id) select q.id, e.id from queues "
		"q,"
		" extensions e where right(q.id::text, 1) <= right(e.id::text, 1)",
		"insert into agents (extension_id) select id from extensions",
		"insert into queue_settings (queue_id) select id from queues",
		"insert into agent_states (extension_id, extension, status, state, since)"
		" select id, extension_number, 'available', 'waiting', now() from extensions",
		"insert into queue_calls (id, cdr_id, queue_id, joined_at, left_at, ended_at,"
		" outcome, wait_ms) select id, id, id, now(), now(), now(), 'abandoned', 0 from"
		" queues",
		"insert into queue_offers (id, queue_call_id, queue_id, agent_id, extension,"
		" offered_at, ended_at, outcome) select e.id, q.id, q.id, e.id, '1', now(), now(),"
		" 'busy' from queues q join extensions e on right(q.id::text, 1) ="
		" right(e.id::text, 1)",
		"insert into numbers (number, extension_id) select '55501' || extension_number, id"
		" from extensions",
		"insert into settings (name, value) select 'setting_' || i, '1' from"
		" generate_series(1, 3) i",
		"insert into cdrs (caller_id_number, dest_number, start_time, end_time, duration)"
		" select '10' || i, '999', now(), now(), 0 from generate_series(1, 3) i",
		"insert into cdr_details (cdr_id, disposition) select id, 'failed' from cdrs",
		"insert into media_files (category, original_name, file_path) select 'moh', 'a' || "
		"i,"
		" 'a' from generate_series(1, 3) i",
		"insert into registrations (extension_id, contact, received_address, received_port,"
		" transport, call_id, cseq, user_agent, expires_at) select id, 'sip:x',"
		" '192.0.2.1', 5060, 'udp', 'c', 1, 'Phone 100%', now() + interval '1 hour' from"
		" extensions",
		"insert into registrations (extension_id, contact, received_address, received_port,"
		" transport, call_id, cseq, user_agent, registered_at, expires_at) select id,"
		" 'sip:gone', '192.0.2.1', 5060, 'udp', 'c', 1, 'Gone', now() - interval '2 hours',"
		" now() - interval '1 hour' from extensions",
		"insert into calls (id, state, from_number, to_number, started_at) select"
		" gen_random_uuid(), 'ringing', '10' || i, '999', now() from"
		" generate_series(1, 3) i",
		"insert into audit_log (actor_kind, actor_name, action, resource) select 'command',"
		" 'name' || i, 'create', 'x' from generate_series(1, 3) i",
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		fixture_sql(fixture, &tenant, rows[i]);
}

static int setup(void **state)
{
	char id[UUID_TEXT_MAX];

	fixture_setup(state);
	fixture = *state;
	for (int i = 0; i < ROWS; i++) {
		char domain[32];

		snprintf(domain, sizeof(domain), "t%d.example", i);
		tenant = fixture_tenant(fixture, domain);
	}
	postgres_sql(fixture->postgres,
	             "insert into users (email, password_hash) select 'User' || i || '@a.example',"
	             " '$argon2id$v=19$m=8,t=1,p=1$' || repeat('a', 22) || '$' || repeat('a', 43)"
	             " from generate_series(1, 3) i; insert into user_tenants (user_id, tenant_id)"
	             " select u.id, t.id from users u, tenants t where t.domain = 't2.example';"
	             "insert into tokens (user_id, name, secret_hash, tenant_id, role) select"
	             " m.user_id, 'a', sha256(m.user_id::text::bytea), m.tenant_id, 'agent' from"
	             " user_tenants m; insert into audit_log (actor_kind, action, resource) select"
	             " 'command', 'create', 'x' from generate_series(1, 3);"
	             "insert into nodes (kind, name, started_at) select 'sip', 'n' || i, now() from"
	             " generate_series(1, 3) i; insert into isolation_reports (version) select 'v'"
	             " from generate_series(1, 3);"
	             " select id from users where email = 'User2@a.example'",
	             id, sizeof(id));
	assert_true(uuid_parse(id, &user));
	seed();
	return 0;
}

static struct store_call call_of(const char *name)
{
	return (struct store_call){
		.db = fixture->db, .resource = resource_find(name), .tenant = tenant};
}

/* All rows of a list, page by page of one row; the number of rows. */
static size_t walk(const struct store_call *call, struct store_query query, struct text *all)
{
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	AUTO(text_clear) struct text after = {0};
	struct error err = {0};
	size_t n = 0;

	query.limit = 1;
	do {
		json_t *page;

		query.after = after.length ? text_string(&after) : NULL;
		if (store_list(call, &query, &rows, &next, &err))
			fail_msg("%s by %s: %s %s %s", call->resource->name,
			         query.sort ? query.sort : "-", err.field, err.message, err.detail);
		page = json_loads(text_string(&rows), 0, NULL);
		n += json_array_size(page);
		json_decref(page);
		text_add(all, text_string(&rows));
		text_reset(&after);
		text_add(&after, text_string(&next));
	} while (after.length && n < PAGES_MAX);
	return n;
}

static void every_list_in_every_order_gives_each_row_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_resources; i++) {
		struct store_call call = call_of(resources[i].name);
		AUTO(text_clear) struct text all = {0};
		size_t n = walk(&call, (struct store_query){0}, &all);

		if (n < ROWS)
			fail_msg("%s has no rows to try", resources[i].name);
		call.show_secrets = true;
		for (size_t k = 0; k < resources[i].n_fields; k++) {
			const struct field *field = &resources[i].fields[k];
			char descending[64];

			if (!(field->flags & FIELD_SORTED))
				continue;
			assert_false(field->flags & FIELD_NULLABLE);
			snprintf(descending, sizeof(descending), "-%s", field->name);
			assert_int_equal(
				walk(&call, (struct store_query){.sort = field->name}, &all), n);
			assert_int_equal(
				walk(&call, (struct store_query){.sort = descending}, &all), n);
		}
	}
}

static void sorting_turns_the_list_round(void **state)
{
	const struct store_call call = call_of("extension");
	const struct store_query query = {.sort = "-extension_number"};
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};

	(void)state;
	assert_int_equal(store_list(&call, &query, &rows, &next, NULL), ERROR_OK);
	assert_true(strstr(text_string(&rows), "\"103\"") < strstr(text_string(&rows), "\"101\""));
}

static void a_sort_that_is_none_is_refused(void **state)
{
	static const char *const sorts[] = {
		"",     "-", "auth_password",        "extension_number,id",
		"--id", "1", "extension_number desc"};
	const struct store_call call = call_of("extension");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sorts); i++) {
		AUTO(text_clear) struct text rows = {0};
		AUTO(text_clear) struct text next = {0};
		struct error err = {0};

		assert_int_equal(store_list(&call, &(struct store_query){.sort = sorts[i]}, &rows,
		                            &next, &err),
		                 ERROR_INVALID);
		assert_string_equal(err.field, "sort");
	}
}

static void refuse_cursor(const char *resource, struct store_query query, const char *after)
{
	const struct store_call call = call_of(resource);
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	struct error err = {0};

	query.after = after;
	if (store_list(&call, &query, &rows, &next, &err) != ERROR_INVALID)
		fail_msg("taken: %s %s", resource, after);
	assert_string_equal(err.field, "after");
}

static void a_cursor_of_another_list_is_refused(void **state)
{
	const struct store_call call = call_of("extension");
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	AUTO(text_clear) struct text longest = {0};
	AUTO(json_auto_unref) json_t *filter = json_pack("{ss}", "context", "default");

	(void)state;
	assert_int_equal(store_list(&call, &(struct store_query){.limit = 1}, &rows, &next, NULL),
	                 ERROR_OK);
	assert_true(next.length);
	refuse_cursor("number", (struct store_query){0}, next.data);
	refuse_cursor("extension", (struct store_query){.sort = "-extension_number"}, next.data);
	refuse_cursor("extension", (struct store_query){.search = "1"}, next.data);
	refuse_cursor("extension", (struct store_query){.filter = filter}, next.data);
	refuse_cursor("extension", (struct store_query){0}, "");
	refuse_cursor("extension", (struct store_query){0}, "101");
	refuse_cursor("extension", (struct store_query){0}, "WyJhIl0");
	refuse_cursor("extension", (struct store_query){0}, "!' or true --");
	next.data[3] ^= 1;
	refuse_cursor("extension", (struct store_query){0}, next.data);
	for (int i = 0; i < 20000; i++)
		text_add_char(&longest, 'A');
	refuse_cursor("extension", (struct store_query){0}, longest.data);
}

static size_t found(const char *resource, const char *search)
{
	const struct store_call call = call_of(resource);
	AUTO(text_clear) struct text all = {0};

	return walk(&call, (struct store_query){.search = search}, &all);
}

static void a_search_finds_text_anywhere_in_any_case(void **state)
{
	(void)state;
	assert_int_equal(found("extension", "10"), ROWS);
	assert_int_equal(found("extension", "103"), 1);
	assert_int_equal(found("user", "uSER2@A"), 1);
	assert_int_equal(found("member", "user3"), 1);
	assert_int_equal(found("queue", "queue, \"2"), 1);
	assert_int_equal(found("queue-member", "queue, \"3"), 1);
	assert_int_equal(found("tenant", "T1.ex"), 1);
	assert_int_equal(found("audit", "name2"), 1);
	assert_int_equal(found("registration", "100%"), ROWS);
	assert_int_equal(found("extension", ""), ROWS);
}

static void what_a_pattern_means_something_in_is_text_to_a_search(void **state)
{
	static const char *const searches[] = {"%", "_", "1%", "\\", "10_", "' or true --"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(searches); i++)
		assert_int_equal(found("extension", searches[i]), 0);
}

static void a_search_too_long_or_nowhere_is_refused(void **state)
{
	const struct store_call calls[] = {call_of("extension"), call_of("cdr")};
	char longest[102];

	(void)state;
	memset(longest, 'a', 101);
	longest[101] = '\0';
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		const struct store_query query = {.search = i ? "a" : longest};
		AUTO(text_clear) struct text rows = {0};
		AUTO(text_clear) struct text next = {0};
		struct error err = {0};

		assert_int_equal(store_list(&calls[i], &query, &rows, &next, &err), ERROR_INVALID);
		assert_string_equal(err.field, "q");
	}
}

static void a_phone_that_has_expired_is_not_registered(void **state)
{
	const struct store_call call = call_of("registration");
	AUTO(text_clear) struct text all = {0};

	(void)state;
	assert_int_equal(walk(&call, (struct store_query){0}, &all), ROWS);
	assert_null(strstr(text_string(&all), "Gone"));
	assert_null(strstr(text_string(&all), "call_id"));
}

/* What the user of extension 102 sees of each resource that has anything of his own. */
static void an_agent_sees_his_own_rows_only(void **state)
{
	static const struct {
		const char *resource;
		size_t rows;
	} own[] = {
		{"tenant",         1},
                {"extension",      1},
                {"queue",          2},
                {"queue-member",   2},
		{"queue-settings", 2},
                {"queue-call",     1},
                {"agent-state",    1},
                {"agent",          1},
		{"registration",   1},
                {"cdr",            1},
                {"call",           1}
        };
	struct store_call call;

	(void)state;
	for (size_t i = 0; i < n_resources; i++) {
		size_t expected = SIZE_MAX;
		AUTO(text_clear) struct text all = {0};

		for (size_t k = 0; k < COUNT_OF(own); k++)
			if (strcmp(own[k].resource, resources[i].name) == 0)
				expected = own[k].rows;
		assert_int_equal(resources[i].own != NULL, expected != SIZE_MAX);
		if (!resources[i].own)
			continue;
		call = call_of(resources[i].name);
		call.own_only = true;
		call.actor = (struct actor){.kind = ACTOR_SESSION, .user = user};
		if (strcmp(resources[i].name, "tenant") != 0)
			assert_int_equal(walk(&call, (struct store_query){0}, &all), 0);
		fixture_sql(fixture, &tenant,
		            "update extensions set user_id = (select user_id from"
		            " public.my_members() where email = 'User2@a.example')"
		            " where extension_number = '102'");
		assert_int_equal(walk(&call, (struct store_query){0}, &all), expected);
		fixture_sql(fixture, &tenant, "update extensions set user_id = null");
	}
}

static void an_agent_is_shown_no_other_row(void **state)
{
	struct store_call call = call_of("extension");
	const char *const keys[] = {"101"};
	AUTO(text_clear) struct text row = {0};

	(void)state;
	assert_int_equal(store_show(&call, keys, &row, NULL), ERROR_OK);
	call.own_only = true;
	call.actor = (struct actor){.kind = ACTOR_SESSION, .user = user};
	assert_int_equal(store_show(&call, keys, &row, NULL), ERROR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_list_in_every_order_gives_each_row_once),
		cmocka_unit_test(sorting_turns_the_list_round),
		cmocka_unit_test(a_sort_that_is_none_is_refused),
		cmocka_unit_test(a_cursor_of_another_list_is_refused),
		cmocka_unit_test(a_search_finds_text_anywhere_in_any_case),
		cmocka_unit_test(what_a_pattern_means_something_in_is_text_to_a_search),
		cmocka_unit_test(a_search_too_long_or_nowhere_is_refused),
		cmocka_unit_test(a_phone_that_has_expired_is_not_registered),
		cmocka_unit_test(an_agent_sees_his_own_rows_only),
		cmocka_unit_test(an_agent_is_shown_no_other_row),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
