/* Calls of this moment and registrations, on a real PostgreSQL: rows and events. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/listen.h"
#include "domain/live.h"
#include "domain/registration.h"
#include "fixture.h"
#include "unit.h"

static struct live *start(const struct fixture *fixture, const char *node)
{
	const struct live_config config = {.db = fixture->db, .node = node};
	struct live *live;

	assert_int_equal(live_open(&config, &live, NULL), ERROR_OK);
	return live;
}

static struct uuid ring(struct live *live, const struct uuid *tenant, const char *from)
{
	const struct live_call call = {
		.id = uuid_at(clock_unix_us() / 1000),
		.tenant = *tenant,
		.from_number = from,
		.from_name = "\"quoted\" \xff name",
		.to_number = "102",
		.started_us = clock_unix_us(),
	};

	live_ringing(live, &call);
	return call.id;
}

/* Waits until the query answers so, ten seconds at most. */
static void becomes(const struct fixture *fixture, const struct uuid *tenant, const char *sql,
                    const char *expected)
{
	char value[512] = "";

	for (int i = 0; i < 500; i++) {
		fixture_value(fixture, tenant, sql, value, sizeof(value));
		if (strcmp(value, expected) == 0)
			return;
		usleep(20000);
	}
	fail_msg("%s: %s, not %s", sql, value, expected);
}

static const char told[] = "select string_agg(data->>'state' || coalesce(':' || (data->>'cause'), "
			   "''), ' ' order by id)"
			   " from events where kind = 'call'";

static void test_steps(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "steps.test");
	struct live *live = start(fixture, "one");
	struct uuid call = ring(live, &tenant, "101");

	becomes(fixture, &tenant, "select state || from_number || to_number || node from calls",
	        "ringing101102one");
	live_answered(live, &call, "102", clock_unix_us());
	live_answered(live, &call, "103", clock_unix_us());
	live_parties(live, &call, "101", "102");
	live_parties(live, &call, NULL, NULL);
	becomes(fixture, &tenant, "select state || answered_by from calls", "answered102");
	live_ended(live, &call, "normal");
	live_ended(live, &call, "normal");
	becomes(fixture, &tenant, "select count(*)::text from calls", "0");
	becomes(fixture, &tenant, told, "ringing answered ended:normal");
	becomes(fixture, &tenant, "select data->>'from_name' from events limit 1",
	        "\"quoted\" \xef\xbf\xbd name");

	/* Over before anything was written: no row, three events, in order. */
	call = ring(live, &tenant, "101");
	live_answered(live, &call, "102", clock_unix_us());
	live_ended(live, &call, "cancelled");
	becomes(fixture, &tenant, told,
	        "ringing answered ended:normal ringing answered ended:cancelled");
	assert_int_equal(fixture_number(fixture, &tenant, "select count(*) from calls"), 0);
	live_close(live);
}

/* Legs that come and go: who is in it now, and who has left with that step. */
static void test_parties(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "parties.test");
	struct live *live = start(fixture, "one");
	struct uuid call = ring(live, &tenant, "101");
	const char *row = "select concat_ws('|', state, from_number, from_name = '', answered_by)"
			  " from calls";

	live_parties(live, &call, NULL, "109"); /* nobody has answered */
	live_answered(live, &call, "102", clock_unix_us());
	becomes(fixture, &tenant, row, "answered|101|f|102");
	live_parties(live, &call, "101", "103");
	becomes(fixture, &tenant, row, "answered|101|f|103");
	live_parties(live, &call, "103", "104");
	live_parked(live, &call, "701");
	live_parties(live, &call, "104", NULL);
	becomes(fixture, &tenant, row, "parked|104|t|104");
	live_parties(live, &call, "10", NULL); /* what begins like it is another */
	becomes(fixture, &tenant, row, "parked|10|t|104");
	live_ended(live, &call, "normal");
	becomes(fixture, &tenant,
	        "select string_agg(concat(data ->> 'state', '-', data ->> 'parted'), ' ' order by "
	        "id)"
	        " from events",
	        "ringing- answered- answered-[\"102\"] answered-[\"101\"] parked- parked-[\"103\"]"
	        " parked- ended-[\"102\", \"101\", \"103\"]");
	live_parties(live, &call, "101", "102");
	live_close(live);
	live_parties(NULL, &call, "101", "102");
}

/* In a queue, with an agent, parked, taken back, in another queue, and out of it. */
static void test_queues_and_slots(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "waits.test");
	struct live *live = start(fixture, "one");
	struct uuid call = ring(live, &tenant, "101");
	struct live_call again = {.id = call, .tenant = tenant};
	struct uuid queue, other = uuid_random();
	const char *row = "select concat_ws('|', c.state, q.name, c.waiting_since is not null,"
			  " c.answered_by, c.slot) from calls c left join queues q on q.id ="
			  " c.queue_id";
	char id[64];

	fixture_sql(fixture, &tenant, "insert into queues (name) values ('sales')");
	fixture_value(fixture, &tenant, "select id from queues", id, sizeof(id));
	assert_true(uuid_parse(id, &queue));
	live_waiting(live, &call, &queue, 1);
	live_waiting(live, &call, &queue, 1);
	becomes(fixture, &tenant, row, "waiting|sales|t");
	live_answered(live, &call, "102", clock_unix_us());
	becomes(fixture, &tenant, row, "answered|sales|t|102");
	live_parked(live, &call, "701");
	live_parked(live, &call, "701");
	becomes(fixture, &tenant, row, "parked|sales|t|102|701");
	live_answered(live, &call, "103", clock_unix_us());
	becomes(fixture, &tenant, row, "answered|sales|t|103");
	live_waiting(live, &call, &other, 1);
	becomes(fixture, &tenant, row, "waiting|t");
	live_ringing(live, &again);
	becomes(fixture, &tenant, row, "ringing|f");
	live_parked(live, &call, "no slot");
	becomes(fixture, &tenant, row, "parked|f");
	live_ended(live, &call, "normal");
	live_waiting(live, &call, &queue, 1);
	live_parked(live, &call, "701");
	becomes(fixture, &tenant, told,
	        "ringing waiting answered parked answered waiting ringing parked ended:normal");
	becomes(fixture, &tenant,
	        "select string_agg(data ->> 'queue', ' ' order by id) from events",
	        "sales sales sales sales");
	becomes(fixture, &tenant, "select data ->> 'slot' from events where data ->> 'slot' <> ''",
	        "701");
	live_close(live);
	live_waiting(NULL, &call, &queue, 1);
	live_parked(NULL, &call, "701");
}

static void test_close_writes(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "close.test");
	struct live *live = start(fixture, "one");
	struct uuid call = ring(live, &tenant, "101");

	becomes(fixture, &tenant, "select count(*)::text from calls", "1");
	live_ended(live, &call, "engine_stop");
	live_close(live);
	assert_int_equal(fixture_number(fixture, &tenant, "select count(*) from calls"), 0);
}

static void test_killed(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid busy = fixture_tenant(fixture, "busy.test");
	struct uuid quiet = fixture_tenant(fixture, "quiet.test");
	struct live *live = start(fixture, "one");
	const char *rows = "select string_agg(node || from_number, ' ' order by node) from calls";

	ring(live, &busy, "101");
	ring(live, &quiet, "101");
	becomes(fixture, &quiet, rows, "one101");
	becomes(fixture, &busy, rows, "one101");
	fixture_sql(fixture, &quiet,
	            "insert into calls (id, node, state, started_at)"
	            " values (gen_random_uuid(), 'two', 'ringing', now())");
	live_close(live); /* without an end for them, as if killed */
	live = start(fixture, "one");
	ring(live, &busy, "103");
	becomes(fixture, &busy, rows, "one103");
	becomes(fixture, &quiet, rows, "two");
	becomes(fixture, &busy, told, "ringing ended:engine_restart ringing");
	becomes(fixture, &quiet, told, "ringing ended:engine_restart");

	/* Rows of a node that is no more, but not those of calls it began later. */
	fixture_sql(fixture, &quiet,
	            "insert into calls (id, node, state, from_number, started_at)"
	            " values (gen_random_uuid(), 'two', 'ringing', '9', '2100-01-01')");
	live_forget_node(live, "two", "2099-01-01");
	becomes(fixture, &quiet, rows, "two9");
	becomes(fixture, &quiet, told, "ringing ended:engine_restart ended:node_lost");
	live_close(live);
}

/* A switch goes on while nobody watches it: its calls are told of once. */
static void test_adopts(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "adopts.test");
	struct uuid quiet = fixture_tenant(fixture, "adopts-quiet.test");
	const struct live_config config = {.db = fixture->db, .node = "switch", .adopts = true};
	struct live *live = start(fixture, "switch");
	struct live_call stays = {.tenant = tenant, .from_number = "101", .to_number = "102"};

	stays.started_us = clock_unix_us();
	stays.id = ring(live, &tenant, "101");
	ring(live, &tenant, "103");
	ring(live, &quiet, "104");
	becomes(fixture, &tenant, "select count(*)::text from calls", "2");
	becomes(fixture, &quiet, "select count(*)::text from calls", "1");
	live_close(live);
	assert_int_equal(live_open(&config, &live, NULL), ERROR_OK);
	live_ringing(live, &stays);
	live_answered(live, &stays.id, "102", clock_unix_us());
	ring(live, &tenant, "105");
	usleep(300000);
	assert_int_equal(fixture_number(fixture, &tenant, "select count(*) from calls"), 2);
	assert_int_equal(fixture_number(fixture, &quiet, "select count(*) from calls"), 1);
	live_adopt(live);
	becomes(fixture, &tenant,
	        "select string_agg(from_number || state, ' ' order by from_number) from calls",
	        "101answered 105ringing");
	becomes(fixture, &tenant,
	        "select string_agg((data->>'from') || (data->>'state'), ' ' order by "
	        "data->>'from', id) from events where kind = 'call'",
	        "101ringing 101answered 103ringing 103ended 105ringing");
	becomes(fixture, &quiet, told, "ringing ended");
	live_close(live);
}

/* Whatever happens to the rows, they are made equal to the calls. */
static void test_away(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "away.test");
	struct live *live = start(fixture, "one");
	struct uuid stays = ring(live, &tenant, "101"), goes = ring(live, &tenant, "102"), waits;
	struct live_counts counts;

	becomes(fixture, &tenant, "select count(*)::text from calls", "2");
	postgres_kill(fixture->postgres);
	live_answered(live, &stays, "109", clock_unix_us());
	for (int i = 0; i < 3000; i++) { /* calls that come and go meanwhile */
		struct uuid brief = ring(live, &tenant, "103");

		live_ended(live, &brief, "cancelled");
	}
	live_ended(live, &goes, "normal");
	ring(live, &tenant, "104");
	waits = ring(live, &tenant, "105");
	live_waiting(live, &waits, &waits, clock_unix_us());
	for (int i = 0; i < 500; i++) {
		live_counts(live, &counts);
		if (counts.away)
			break;
		usleep(20000);
	}
	assert_true(counts.away);
	assert_int_equal(counts.calls, 3);
	assert_true(counts.dropped >= 6000);
	postgres_start(fixture->postgres);
	becomes(fixture, &tenant,
	        "select string_agg(from_number || state, ' ' order by from_number) from calls",
	        "101answered 104ringing 105waiting");
	becomes(fixture, &tenant,
	        "select string_agg((data->>'from') || (data->>'state'), ' ' order by "
	        "data->>'from', id)"
	        " from events",
	        "101ringing 101answered 102ringing 102ended 104ringing 105ringing"
	        " 105waiting");
	live_counts(live, &counts);
	assert_false(counts.away);
	live_close(live);
}

struct asked {
	pthread_mutex_t mutex;
	struct uuid call;
	int n;
};

static bool on_hang_up(const struct uuid *tenant, const struct uuid *call, void *arg)
{
	struct asked *asked = arg;

	(void)tenant;
	pthread_mutex_lock(&asked->mutex);
	asked->call = *call;
	asked->n++;
	pthread_mutex_unlock(&asked->mutex);
	return true;
}

static void test_hang_up(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "hangup.test");
	struct live *live = start(fixture, "one");
	struct uuid call = ring(live, &tenant, "101");
	struct asked asked = {.mutex = PTHREAD_MUTEX_INITIALIZER};
	char payload[64], id[UUID_TEXT_MAX];
	bool done = false;

	live_on_hang_up(live, on_hang_up, &asked);
	becomes(fixture, &tenant, "select count(*)::text from calls", "1");
	snprintf(payload, sizeof(payload), "hangup %s", uuid_format(&tenant, id));
	/* Anybody can say so; it counts when the tenant's own table says so, of a call of ours. */
	fixture_sql(fixture, &tenant,
	            "insert into calls (id, node, state, started_at, hangup_requested_at)"
	            " values (gen_random_uuid(), 'two', 'ringing', now(), now())");
	live_hear(LISTEN_CHANGED, payload, live);
	live_hear(LISTEN_CHANGED, "hangup nonsense", live);
	live_hear(LISTEN_CHANGED, "hangup 00000000-0000-4000-8000-000000000000", live);
	usleep(300000);
	assert_int_equal(asked.n, 0);
	fixture_sql(fixture, &tenant,
	            "update calls set hangup_requested_at = now() where node = 'one'");
	live_hear(LISTEN_CHANGED, payload, live);
	for (int i = 0; i < 500 && !done; i++) {
		pthread_mutex_lock(&asked.mutex);
		done = asked.n == 1 && uuid_equal(&asked.call, &call);
		pthread_mutex_unlock(&asked.mutex);
		usleep(20000);
	}
	assert_true(done);
	live_on_hang_up(live, NULL, NULL);
	live_close(live);
}

static void register_phone(const struct fixture *fixture, const struct uuid *tenant,
                           const struct uuid *extension, const char *contact, bool removed)
{
	const struct registration row = {
		.extension = *extension,
		.contact = contact,
		.received_address = "192.0.2.7",
		.received_port = 5060,
		.transport = "udp",
		.call_id = "x",
		.cseq = 1,
		.user_agent = "Test 1.0",
		.registered_at = clock_unix_us() / 1000000,
		.expires_at = clock_unix_us() / 1000000 + 60,
		.removed = removed,
	};
	struct error err;

	if (registration_write(fixture->db, tenant, "one", &row, 1, &err) != ERROR_OK)
		fail_msg("%s %s", err.message, err.detail);
}

static void test_registrations(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "phones.test");
	const char *events =
		"select string_agg(concat_ws(':', data->>'extension', data->>'registered',"
		" data->>'phones', data->>'address', data->>'user_agent'), ' ' order by id)"
		" from events where kind = 'registration'";
	struct registration_list list;
	struct uuid extension;
	char id[64];
	struct error err;

	fixture_extension(fixture, &tenant, "101");
	fixture_value(fixture, &tenant, "select id from extensions", id, sizeof(id));
	assert_true(uuid_parse(id, &extension));
	register_phone(fixture, &tenant, &extension, "sip:a", false);
	register_phone(fixture, &tenant, &extension, "sip:a", false); /* a refresh */
	register_phone(fixture, &tenant, &extension, "sip:b", false);
	register_phone(fixture, &tenant, &extension, "sip:a", true);
	register_phone(fixture, &tenant, &extension, "sip:a", true); /* gone already */
	becomes(fixture, &tenant, events,
	        "101:true:1:192.0.2.7:Test 1.0 101:true:2:192.0.2.7:Test 1.0"
	        " 101:false:1:192.0.2.7:Test 1.0");
	fixture_sql(fixture, &tenant,
	            "update registrations set registered_at = '2020-01-01', expires_at = now()");
	if (registration_read(fixture->db, &tenant, "one", &list, &err) != ERROR_OK)
		fail_msg("%s %s", err.message, err.detail);
	assert_int_equal(list.n, 0);
	registration_list_clear(&list);
	becomes(fixture, &tenant,
	        "select (data->>'registered') || (data->>'phones') from events order by id desc "
	        "limit 1",
	        "false0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_parties),
		cmocka_unit_test(test_queues_and_slots),
		cmocka_unit_test(test_close_writes),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_adopts),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_hang_up),
		cmocka_unit_test(test_registrations),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
