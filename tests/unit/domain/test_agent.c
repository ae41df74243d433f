/* What switches report of agents, over a real PostgreSQL: what is written, what is told, who wins.
 */
#include "db/listen.h"
#include "domain/agent.h"
#include "fixture.h"
#include "unit.h"

static struct fixture *fixture;
static struct uuid tenant;

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
	char domain[32];

	(void)state;
	snprintf(domain, sizeof(domain), "agents%d.pbx.test", n++);
	tenant = fixture_tenant(fixture, domain);
	fixture_extension(fixture, &tenant, "101");
	fixture_extension(fixture, &tenant, "11");
	fixture_extension(fixture, &tenant, "103");
	fixture_sql(fixture, &tenant,
	            "insert into agents (extension_id) select id from extensions"
	            " where extension_number <> '103'");
	return 0;
}

static enum agent_outcome status(const char *number, enum agent_status wanted)
{
	enum agent_outcome outcome = AGENT_SAME;
	struct error err = {0};

	if (agent_report_status(fixture->db, &tenant, number, wanted, "no_answer", &outcome, &err))
		fail_msg("%s %s", err.message, err.detail);
	return outcome;
}

static enum agent_outcome reported(const char *number, enum agent_state seen, const char *node)
{
	enum agent_outcome outcome = AGENT_SAME;
	struct error err = {0};

	if (agent_report_state(fixture->db, &tenant, number, seen, node, &outcome, &err))
		fail_msg("%s %s", err.message, err.detail);
	return outcome;
}

static struct agent agent(const char *number)
{
	AUTO(auto_free) struct agent *agents = NULL;
	struct agent found = {.number = ""};
	struct error err = {0};
	size_t n = 0;

	if (agent_list(fixture->db, &tenant, &agents, &n, &err))
		fail_msg("%s %s", err.message, err.detail);
	for (size_t i = 0; i < n; i++)
		if (strcmp(agents[i].number, number) == 0)
			found = agents[i];
	assert_string_equal(found.number, number);
	return found;
}

static long events(void)
{
	return fixture_number(fixture, &tenant, "select count(*) from events where kind = 'agent'");
}

static void assert_last(const char *what, const char *expected)
{
	char sql[200], value[100];

	snprintf(sql, sizeof(sql), "select data ->> '%s' from events order by id desc limit 1",
	         what);
	fixture_value(fixture, &tenant, sql, value, sizeof(value));
	assert_string_equal(value, expected);
}

static void agents_are_listed_by_number(void **state)
{
	AUTO(auto_free) struct agent *agents = NULL;
	size_t n;

	(void)state;
	assert_int_equal(agent_list(fixture->db, &tenant, &agents, &n, NULL), ERROR_OK);
	assert_int_equal(n, 2);
	assert_string_equal(agents[0].number, "101");
	assert_string_equal(agents[1].number, "11");
	assert_int_equal(agents[0].status, AGENT_LOGGED_OUT);
	assert_int_equal(agents[0].state, AGENT_WAITING);
	assert_false(agents[0].requested);
	assert_string_equal(agents[0].node, "");
}

static void a_status_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(status("101", AGENT_AVAILABLE), AGENT_CHANGED);
	assert_int_equal(agent("101").status, AGENT_AVAILABLE);
	assert_int_equal(agent("11").status, AGENT_LOGGED_OUT);
	assert_int_equal(events(), 1);
	assert_last("extension", "101");
	assert_last("status", "available");
	assert_last("requested", "false");
	assert_int_equal(status("101", AGENT_AVAILABLE), AGENT_SAME);
	assert_int_equal(events(), 1);
	/* A reason ends with its status. */
	fixture_sql(fixture, &tenant, "update agents set status = 'on_break', reason = 'lunch'");
	assert_int_equal(status("101", AGENT_ON_BREAK), AGENT_SAME);
	assert_string_equal(agent("101").reason, "lunch");
	assert_int_equal(status("101", AGENT_LOGGED_OUT), AGENT_CHANGED);
	assert_string_equal(agent("101").reason, "no_answer");
}

static void what_was_asked_for_here_wins_until_it_is_confirmed(void **state)
{
	(void)state;
	fixture_sql(
		fixture, &tenant,
		"update agents set status = 'on_break', reason = 'lunch', requested_at = now()");
	assert_true(agent("101").requested);
	assert_int_equal(status("101", AGENT_AVAILABLE), AGENT_REFUSED);
	assert_int_equal(agent("101").status, AGENT_ON_BREAK);
	assert_int_equal(events(), 0);
	assert_int_equal(status("101", AGENT_ON_BREAK), AGENT_CHANGED);
	assert_false(agent("101").requested);
	assert_string_equal(agent("101").reason, "lunch");
	assert_true(agent("11").requested);
	assert_int_equal(events(), 1);
	assert_last("requested", "false");
	assert_int_equal(status("101", AGENT_AVAILABLE), AGENT_CHANGED);
}

static void one_node_does_not_say_what_happens_at_another(void **state)
{
	(void)state;
	assert_int_equal(reported("101", AGENT_WAITING, "a"), AGENT_SAME);
	assert_int_equal(reported("101", AGENT_RINGING, "a"), AGENT_CHANGED);
	assert_int_equal(reported("101", AGENT_TALKING, "a"), AGENT_CHANGED);
	assert_int_equal(reported("101", AGENT_TALKING, "a"), AGENT_SAME);
	assert_int_equal(events(), 2);
	assert_last("state", "talking");
	assert_last("node", "a");
	assert_int_equal(reported("101", AGENT_WAITING, "b"), AGENT_REFUSED);
	assert_int_equal(agent("101").state, AGENT_TALKING);
	assert_int_equal(reported("101", AGENT_RINGING, "b"), AGENT_CHANGED);
	assert_string_equal(agent("101").node, "b");
	assert_int_equal(reported("101", AGENT_WAITING, "b"), AGENT_CHANGED);
	assert_int_equal(agent("101").state, AGENT_WAITING);
	assert_int_equal(events(), 4);
}

static void whoever_was_busy_at_a_lost_node_is_waiting(void **state)
{
	(void)state;
	assert_int_equal(reported("101", AGENT_TALKING, "a"), AGENT_CHANGED);
	assert_int_equal(reported("11", AGENT_RINGING, "b"), AGENT_CHANGED);
	assert_int_equal(agent_forget_node(fixture->db, &tenant, "a", NULL), ERROR_OK);
	assert_int_equal(agent("101").state, AGENT_WAITING);
	assert_int_equal(agent("11").state, AGENT_RINGING);
	assert_int_equal(events(), 3);
	assert_last("extension", "101");
	assert_int_equal(agent_forget_node(fixture->db, &tenant, "a", NULL), ERROR_OK);
	assert_int_equal(events(), 3);
}

static void who_is_no_agent_is_not_found(void **state)
{
	const struct uuid nobody = uuid_random();
	struct error err;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *number = (const char *const[]){"103", "999", "'; --"}[i];

		assert_int_equal(agent_report_status(fixture->db, &tenant, number, AGENT_AVAILABLE,
		                                     "", NULL, &err),
		                 ERROR_NOT_FOUND);
		assert_int_equal(agent_report_state(fixture->db, &tenant, number, AGENT_TALKING,
		                                    "a", NULL, &err),
		                 ERROR_NOT_FOUND);
	}
	assert_int_equal(
		agent_report_state(fixture->db, &nobody, "101", AGENT_TALKING, "a", NULL, &err),
		ERROR_NOT_FOUND);
	assert_int_equal(events(), 0);
}

/* A report changes no snapshot: the directory must not load the tenant for it. */
static void reports_are_heard_as_live_only(void **state)
{
	struct uuid heard;
	char payload[64], text[UUID_TEXT_MAX];
	static const char *const live[] = {"live", "hangup", "agent"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(live); i++) {
		snprintf(payload, sizeof(payload), "%s %s", live[i], uuid_format(&tenant, text));
		assert_true(listen_names_live(payload, &heard));
		assert_true(uuid_equal(&heard, &tenant));
	}
	assert_false(listen_names_live(text, &heard));
	assert_false(listen_names_live("public", &heard));
	assert_false(listen_names_live("agents x", &heard));
	assert_false(listen_names_live(NULL, &heard));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(agents_are_listed_by_number, setup),
		cmocka_unit_test_setup(a_status_is_told_once, setup),
		cmocka_unit_test_setup(what_was_asked_for_here_wins_until_it_is_confirmed, setup),
		cmocka_unit_test_setup(one_node_does_not_say_what_happens_at_another, setup),
		cmocka_unit_test_setup(whoever_was_busy_at_a_lost_node_is_waiting, setup),
		cmocka_unit_test_setup(who_is_no_agent_is_not_found, setup),
		cmocka_unit_test_setup(reports_are_heard_as_live_only, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, fixture_teardown);
}
