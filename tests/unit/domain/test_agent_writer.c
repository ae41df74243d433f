/* What the engine says of agents, over a real PostgreSQL: newest wins, nothing is lost. */
#include <unistd.h>

#include "base/clock.h"
#include "domain/agent_writer.h"
#include "domain/node.h"
#include "fixture.h"
#include "unit.h"

#define QUEUE "00000000-0000-4000-8000-0000000000aa"

static struct fixture *fixture;
static struct uuid tenant;
static struct uuid agents[3]; /* 101, 102, 103 */

static int group_setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	fixture = *state;
	return 0;
}

static int setup(void **state)
{
	static int n;
	char domain[32], value[64];

	(void)state;
	snprintf(domain, sizeof(domain), "writer%d.pbx.test", n++);
	tenant = fixture_tenant(fixture, domain);
	for (size_t i = 0; i < COUNT_OF(agents); i++) {
		char sql[128], number[8];

		snprintf(number, sizeof(number), "%zu", 101 + i);
		fixture_extension(fixture, &tenant, number);
		snprintf(sql, sizeof(sql),
		         "select id from extensions where extension_number = '%s'", number);
		fixture_value(fixture, &tenant, sql, value, sizeof(value));
		assert_true(uuid_parse(value, &agents[i]));
	}
	fixture_sql(fixture, &tenant,
	            "insert into agents (extension_id) select id from extensions");
	return 0;
}

static struct agent_writer *start(const char *node)
{
	struct agent_writer *writer;

	assert_int_equal(agent_writer_open(fixture->db, node, &writer, NULL), ERROR_OK);
	return writer;
}

/* Waits until the query answers so, ten seconds at most. */
static void becomes(const char *sql, const char *expected)
{
	char value[512] = "";

	for (int i = 0; i < 500; i++) {
		fixture_value(fixture, &tenant, sql, value, sizeof(value));
		if (strcmp(value, expected) == 0)
			return;
		usleep(20000);
	}
	fail_msg("%s: %s, not %s", sql, value, expected);
}

static void says(struct agent_writer *writer, size_t agent, enum agent_state state, unsigned missed)
{
	const struct agent_doing doing = {
		.state = state,
		.wrap_up_until_us = INT64_C(1795348800000000), /* 2026-11-22T12:00:00Z */
		.missed = missed,
	};

	agent_writer_state(writer, &tenant, &agents[agent], &doing);
}

static const char all[] = "select string_agg(concat_ws('|', x.extension_number, a.state, a.status,"
			  " a.node, a.missed), ' ' order by x.extension_number)"
			  " from agents a join extensions x on x.id = a.extension_id";

static void what_is_said_is_written(void **state)
{
	struct agent_writer *writer = start("one");
	struct agent_writer_counts counts;

	(void)state;
	says(writer, 0, AGENT_RINGING, 0);
	says(writer, 1, AGENT_TALKING, 2);
	agent_writer_status(writer, &tenant, &agents[2], AGENT_ON_BREAK, "no_answer");
	becomes(all, "101|ringing|logged_out|one|0 102|talking|logged_out|one|2"
	             " 103|waiting|on_break||0");
	becomes("select reason from agents where status = 'on_break'", "no_answer");
	becomes("select count(*) from events where kind = 'agent'", "3");
	says(writer, 1, AGENT_WRAP_UP, 0);
	becomes("select wrap_up_until at time zone 'UTC' from agents where state = 'wrap_up'",
	        "2026-11-22 12:00:00");
	/* Nothing new. */
	says(writer, 1, AGENT_WRAP_UP, 0);
	says(writer, 1, AGENT_WAITING, 0);
	becomes("select count(*) from agents where wrap_up_until is null", "3");
	agent_writer_close(writer);
	becomes("select count(*) from events where kind = 'agent'", "5");
	writer = start("one");
	agent_writer_counts(writer, &counts);
	assert_int_equal(counts.dropped, 0);
	agent_writer_close(writer);
}

/* With reason and state; a wrap-up is its queue's, and is counted when it ends. */
static void a_history_is_kept(void **state)
{
	struct agent_writer *writer = start("one");
	struct uuid queue;
	struct agent_doing doing = {.state = AGENT_TALKING, .queue = &queue};

	(void)state;
	assert_true(uuid_parse(QUEUE, &queue));
	agent_writer_status(writer, &tenant, &agents[0], AGENT_AVAILABLE, "");
	becomes("select count(*) from agent_states", "1");
	agent_writer_state(writer, &tenant, &agents[0], &doing);
	becomes("select count(*) from agent_states", "2");
	doing = (struct agent_doing){.state = AGENT_WRAP_UP};
	agent_writer_state(writer, &tenant, &agents[0], &doing);
	becomes("select count(*) from agent_states", "3");
	says(writer, 0, AGENT_WAITING, 0);
	becomes("select string_agg(concat_ws('|', s.extension, s.status, s.state, s.status_began,"
	        " s.queue_id is not null, s.until is null), ' ' order by s.id) from agent_states s",
	        "101|available|waiting|t|f|f 101|available|talking|f|t|f"
	        " 101|available|wrap_up|f|t|f 101|available|waiting|f|f|t");
	becomes("select concat_ws('|', q.queue_id, q.wrap_up_ms between 1 and 10000)"
	        " from queue_agent_days q",
	        QUEUE "|t");
	/* Without a gap. */
	becomes("select count(*) from agent_states s join agent_states t on t.id = s.id + 1"
	        " where s.until = t.since",
	        "3");
	agent_writer_close(writer);
}

static void newest_wins_while_the_database_is_away(void **state)
{
	struct agent_writer *writer = start("one");
	struct agent_writer_counts counts;

	(void)state;
	becomes("select 'there'", "there");
	postgres_kill(fixture->postgres);
	for (unsigned i = 0; i < 1000; i++) {
		says(writer, 0, i % 2 ? AGENT_RINGING : AGENT_WAITING, i);
		says(writer, 1, AGENT_RINGING, i);
	}
	agent_writer_status(writer, &tenant, &agents[1], AGENT_ON_BREAK, "lunch");
	for (int i = 0; i < 500; i++) {
		agent_writer_counts(writer, &counts);
		if (counts.away)
			break;
		usleep(10000);
	}
	assert_true(counts.away);
	assert_int_equal(counts.dropped, 0);
	assert_in_range(counts.waiting, 1, 4);
	says(writer, 1, AGENT_WAITING, 7);
	postgres_start(fixture->postgres);
	becomes(all, "101|ringing|logged_out|one|999 102|waiting|on_break|one|7"
	             " 103|waiting|logged_out||0");
	agent_writer_close(writer);
}

/* Busy at this node before it began, at one that is no more, and at another that goes on. */
static void nobody_stays_busy_at_a_node_that_is_gone(void **state)
{
	struct agent_writer *writer;

	(void)state;
	fixture_sql(fixture, &tenant,
	            "update agents a set state = 'talking', node = case x.extension_number"
	            " when '101' then 'one' when '102' then 'two' else 'three' end"
	            " from extensions x where x.id = a.extension_id");
	writer = start("one");
	becomes(all, "101|waiting|logged_out|one|0 102|talking|logged_out|two|0"
	             " 103|talking|logged_out|three|0");
	agent_writer_forget_node(writer, "two");
	becomes(all, "101|waiting|logged_out|one|0 102|waiting|logged_out|two|0"
	             " 103|talking|logged_out|three|0");
	/* What is said after the start is not taken back. */
	says(writer, 0, AGENT_TALKING, 0);
	agent_writer_hear(LISTEN_RESTORED, NULL, writer);
	agent_writer_forget_node(writer, "one");
	says(writer, 1, AGENT_RINGING, 0);
	becomes(all, "101|talking|logged_out|one|0 102|ringing|logged_out|one|0"
	             " 103|talking|logged_out|three|0");
	agent_writer_close(writer);
	assert_int_equal(fixture_number(fixture, &tenant,
	                                "select count(*) from agents where state = 'waiting'"),
	                 0);
}

/* Another switch says that he is busy there. */
static void waiting_here_is_not_waiting_elsewhere(void **state)
{
	struct agent_writer *writer = start("one");

	(void)state;
	fixture_sql(fixture, &tenant, "update agents set state = 'talking', node = 'two'");
	says(writer, 0, AGENT_WAITING, 0);
	says(writer, 1, AGENT_RINGING, 0);
	becomes(all, "101|talking|logged_out|two|0 102|ringing|logged_out|one|0"
	             " 103|talking|logged_out|two|0");
	agent_writer_close(writer);
}

static void notify(struct agent_writer *writer)
{
	char payload[64] = "agent ", id[UUID_TEXT_MAX];

	snprintf(payload, sizeof(payload), "agent %s", uuid_format(&tenant, id));
	agent_writer_hear(LISTEN_CHANGED, payload, writer);
}

static void what_is_asked_for_is_confirmed_without_a_switch(void **state)
{
	struct agent_writer *writer;

	(void)state;
	/* What was asked for while nobody listened, too; and then it has looked for that. */
	fixture_sql(fixture, &tenant, "update agents set requested_at = now()");
	writer = start("one");
	becomes("select count(*) from agents where requested_at is null", "3");
	fixture_sql(fixture, &tenant, "delete from events");
	fixture_sql(fixture, &tenant,
	            "update agents set status = 'available', requested_at = now()");
	/* Until then it stands against what is said here. */
	agent_writer_status(writer, &tenant, &agents[0], AGENT_LOGGED_OUT, "");
	usleep(100000);
	becomes("select count(*) from agents where status = 'available'", "3");
	notify(writer);
	becomes("select count(*) from agents where requested_at is null", "3");
	becomes("select count(*) from events where kind = 'agent' and data ->> 'requested' = "
	        "'false'",
	        "3");
	agent_writer_status(writer, &tenant, &agents[0], AGENT_LOGGED_OUT, "");
	becomes("select count(*) from agents where status = 'available'", "2");
	agent_writer_close(writer);
}

static void a_switch_confirms_what_it_was_asked_for(void **state)
{
	struct agent_writer *writer;

	(void)state;
	postgres_sql(fixture->postgres,
	             "insert into public.nodes (name, kind, started_at, seen_at)"
	             " values ('fs', 'freeswitch', now(), now())",
	             NULL, 0);
	writer = start("one");
	fixture_sql(fixture, &tenant, "update agents set requested_at = now()");
	notify(writer);
	says(writer, 0, AGENT_RINGING, 0);
	becomes("select count(*) from agents where state = 'ringing'", "1");
	becomes("select count(*) from agents where requested_at is null", "0");
	/* The engine is told by the switch: it is not asked any more. */
	agent_writer_status(writer, &tenant, &agents[0], AGENT_LOGGED_OUT, "");
	becomes("select count(*) from agents where requested_at is null", "1");
	agent_writer_close(writer);
	postgres_sql(fixture->postgres, "delete from public.nodes", NULL, 0);
}

/* Any bytes; a tenant and an agent that are not there. */
static void nothing_bad_stops_the_others(void **state)
{
	struct agent_writer *writer = start("one");
	const struct agent_doing doing = {.state = AGENT_RINGING, .missed = UINT32_MAX};
	struct uuid nobody = uuid_random();
	char reason[600];

	(void)state;
	memset(reason, 'x', sizeof(reason));
	memcpy(reason, "\xff\x01\n\xc2\x85\"\\", 7);
	reason[sizeof(reason) - 1] = '\0';
	agent_writer_state(writer, &nobody, &agents[0], &doing);
	agent_writer_state(writer, &tenant, &nobody, &doing);
	agent_writer_status(writer, &tenant, &agents[0], AGENT_ON_BREAK, reason);
	agent_writer_status(writer, &tenant, &agents[1], AGENT_ON_BREAK, NULL);
	agent_writer_state(writer, &tenant, &agents[2], &doing);
	becomes(all, "101|waiting|on_break||0 102|waiting|on_break||0"
	             " 103|ringing|logged_out|one|2147483647");
	becomes("select char_length(reason) from agents where reason <> ''", "64");
	agent_writer_close(writer);
	agent_writer_close(NULL);
	agent_writer_status(NULL, &tenant, &agents[0], AGENT_ON_BREAK, NULL);
}

/* A tenant that is still to be migrated: its schema has no history. */
static void a_schema_of_the_release_before_is_written_too(void **state)
{
	enum agent_outcome outcome;

	(void)state;
	postgres_sql(
		fixture->postgres,
		"do $$ declare s text; begin for s in select schema_name from public.tenants loop"
		" execute format('alter table %I.agent_states rename to aside', s);"
		" end loop; end $$",
		NULL, 0);
	assert_int_equal(agent_report_status(fixture->db, &tenant, "101", AGENT_AVAILABLE, "",
	                                     &outcome, NULL),
	                 ERROR_OK);
	assert_int_equal(outcome, AGENT_CHANGED);
	postgres_sql(
		fixture->postgres,
		"do $$ declare s text; begin for s in select schema_name from public.tenants loop"
		" execute format('alter table %I.aside rename to agent_states', s);"
		" end loop; end $$",
		NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_said_is_written, setup),
		cmocka_unit_test_setup(a_history_is_kept, setup),
		cmocka_unit_test_setup(nobody_stays_busy_at_a_node_that_is_gone, setup),
		cmocka_unit_test_setup(waiting_here_is_not_waiting_elsewhere, setup),
		cmocka_unit_test_setup(what_is_asked_for_is_confirmed_without_a_switch, setup),
		cmocka_unit_test_setup(a_switch_confirms_what_it_was_asked_for, setup),
		cmocka_unit_test_setup(nothing_bad_stops_the_others, setup),
		cmocka_unit_test_setup(a_schema_of_the_release_before_is_written_too, setup),
		cmocka_unit_test_setup(newest_wins_while_the_database_is_away, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, fixture_teardown);
}
