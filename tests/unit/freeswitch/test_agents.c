/* Agents' states between a FreeSWITCH and the table, both the test's own. */
#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/agent.h"
#include "fake_switch.h"
#include "unit.h"

#define CHANGE(agent, action, what, value)                                                         \
	"Event-Name: CUSTOM\nEvent-Subclass: callcenter::info\nCC-Agent: " agent                   \
	"%%40cust1.pbx.test\nCC-Action: " action "\nCC-Agent-" what ": " value "\n"
#define STATUS(agent, value) CHANGE(agent, "agent-status-change", "Status", value)
#define STATE(agent, value)  CHANGE(agent, "agent-state-change", "State", value)

#define COLUMNS              "name|instance_id|uuid|type|contact|status|state|max_no_answer\n"
#define ROW(agent, status, state)                                                                  \
	agent "@cust1.pbx.test|single_box||Callback|user/" agent "@cust1.pbx.test|" status         \
	      "|" state "|0\n"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct text told; /* what was reported */
static struct agent table[3];
static bool away;
static void *part;

static int set_up(void **state)
{
	int failed = fake_set_up(state);

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		table[i] = (struct agent){.status = AGENT_LOGGED_OUT, .node = "fs1"};
		snprintf(table[i].number, sizeof(table[i].number), "10%zu", i + 1);
	}
	away = false;
	part = fake_open(&fs_agents);
	return failed;
}

static int tear_down(void **state)
{
	fs_agents.close(part);
	text_clear(&told);
	return fake_tear_down(state);
}

#define event(...) fake_event(&fs_agents, part, __VA_ARGS__)

/* Within ten seconds. */
static void becomes(const char *expected)
{
	bool same = false;

	for (int i = 0; i < 1000 && !same; i++) {
		usleep(10000);
		pthread_mutex_lock(&mutex);
		same = strcmp(text_string(&told), expected) == 0;
		pthread_mutex_unlock(&mutex);
	}
	pthread_mutex_lock(&mutex);
	assert_string_equal(text_string(&told), expected);
	text_reset(&told);
	pthread_mutex_unlock(&mutex);
}

/* The switch is told so, once. */
static void sets(const char *command)
{
	for (int i = 0; i < 1000 && !*fake_next(); i++) {
		usleep(10000);
		fs_agents.woken(part);
	}
	fake_answer(command, "+OK\n");
}

static void sets_nothing(void)
{
	usleep(150000);
	fs_agents.woken(part);
	assert_string_equal(fake_next(), "");
}

/* ---- the table ---- */

static enum error_code find(const struct uuid *tenant, const char *number, struct agent **ret_row)
{
	*ret_row = NULL;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (strcmp(table[i].number, number) == 0)
			*ret_row = &table[i];
	if (away)
		return ERROR_UNAVAILABLE;
	return *ret_row && uuid_equal(tenant, &fixture.cust1.tenant) ? ERROR_OK : ERROR_NOT_FOUND;
}

enum error_code __wrap_agent_list(struct db *db, const struct uuid *tenant,
                                  struct agent **ret_agents, size_t *ret_n, struct error *err)
{
	enum error_code code = ERROR_UNAVAILABLE;

	(void)db;
	(void)tenant;
	(void)err;
	pthread_mutex_lock(&mutex);
	if (!away) {
		*ret_agents = malloc(sizeof(table));
		memcpy(*ret_agents, table, sizeof(table));
		*ret_n = COUNT_OF(table);
		code = ERROR_OK;
	}
	pthread_mutex_unlock(&mutex);
	return code;
}

enum error_code __wrap_agent_report_status(struct db *db, const struct uuid *tenant,
                                           const char *number, enum agent_status status,
                                           const char *reason, enum agent_outcome *ret_outcome,
                                           struct error *err)
{
	struct agent *row;
	enum error_code code;

	(void)db;
	(void)err;
	pthread_mutex_lock(&mutex);
	code = find(tenant, number, &row);
	if (code == ERROR_OK) {
		bool same = row->status == status;

		text_addf(&told, "%s %s%s%s;", number, agent_status_slug(status),
		          *reason ? " " : "", reason);
		*ret_outcome = row->requested && !same   ? AGENT_REFUSED
		               : row->requested || !same ? AGENT_CHANGED
		                                         : AGENT_SAME;
		if (!row->requested)
			row->status = status;
		row->requested = row->requested && !same;
	}
	pthread_mutex_unlock(&mutex);
	return code;
}

enum error_code __wrap_agent_report_state(struct db *db, const struct uuid *tenant,
                                          const char *number, enum agent_state state,
                                          const char *node, enum agent_outcome *ret_outcome,
                                          struct error *err)
{
	struct agent *row;
	enum error_code code;

	(void)db;
	(void)err;
	(void)ret_outcome;
	assert_string_equal(node, "fs1");
	pthread_mutex_lock(&mutex);
	code = find(tenant, number, &row);
	if (code == ERROR_OK) {
		text_addf(&told, "%s %s;", number, agent_state_slug(state));
		row->state = state;
	}
	pthread_mutex_unlock(&mutex);
	return code;
}

enum error_code __wrap_agent_forget_node(struct db *db, const struct uuid *tenant, const char *node,
                                         struct error *err)
{
	(void)db;
	(void)tenant;
	(void)err;
	pthread_mutex_lock(&mutex);
	text_addf(&told, "%s forgotten;", node);
	pthread_mutex_unlock(&mutex);
	return ERROR_OK;
}

/* ---- tests ---- */

static void test_reports(void **state)
{
	(void)state;
	event(STATUS("101", "Available"));
	becomes("101 available;");
	event(STATE("101", "Receiving"));
	becomes("101 ringing;");
	event(STATE("101", "In%%20a%%20queue%%20call"));
	becomes("101 talking;");
	event(STATE("101", "Waiting"));
	becomes("101 waiting;");
	event(STATUS("101", "Available%%20(On%%20Demand)"));
	becomes("101 available;");
	event(STATUS("101", "Nonsense"));
	event(STATE("101", "Nonsense"));
	event(STATUS("101%%40x", "Available"));
	event("Event-Name: CUSTOM\nEvent-Subclass: callcenter::info\nCC-Action: "
	      "agent-status-change\n");
	event(CHANGE("101", "agent-offering", "Status", "Available"));
	sets_nothing();
	becomes("");
}

static void test_no_answer(void **state)
{
	(void)state;
	event(CHANGE("101", "agent-max-no-answer", "No-Answer-Status", "On%%20Break"));
	event(STATUS("101", "On%%20Break"));
	becomes("101 on_break no_answer;");
	event(STATUS("101", "Available"));
	becomes("101 available;");
	event(STATUS("101", "On%%20Break"));
	becomes("101 on_break;");
}

/* The table's word counts on every switch; what it has there already is not said again. */
static void test_listed(void **state)
{
	(void)state;
	table[0].status = AGENT_AVAILABLE;
	table[1].status = AGENT_ON_BREAK;
	table[1].state = AGENT_TALKING; /* of before */
	fake_up(&fs_agents, part, true);
	fake_answer("callcenter_config agent list",
	            COLUMNS ROW("101", "Logged Out", "Receiving") ROW(
			    "102", "On Break",
			    "Waiting") "other@nobody.test|a|b|c|d|Available|Waiting|0\nx|y\n|||\n"
	                               "+OK\n");
	sets("callcenter_config agent set status '101@cust1.pbx.test' 'Available'");
	becomes("102 waiting;101 ringing;");
	event(STATUS("101", "Available"));
	becomes("101 available;");
	sets_nothing();
	/* 103 is busy in the table, and no agent there. */
	table[2].state = AGENT_TALKING;
	fs_agents.hear(part, LISTEN_CHANGED, "agent " CUST1_ID);
	becomes("103 waiting;");
	/* Not loaded yet. */
	fake_up(&fs_agents, part, false);
	fake_up(&fs_agents, part, true);
	fake_answer("callcenter_config", "-ERR callcenter_config Command not found!\n");
	assert_string_equal(fake_next(), "");
	fs_agents.tick(part, clock_monotonic_us() + INT64_C(3000000));
	fake_answer("callcenter_config agent list", "+OK\n");
}

/* A switch whose agents were logged in before anybody ever asked here. */
static void test_adopted(void **state)
{
	(void)state;
	table[0].node[0] = '\0';
	fake_up(&fs_agents, part, true);
	fake_answer("callcenter_config agent list", COLUMNS ROW("101", "Available", "Waiting") ROW(
							    "102", "Available", "Waiting") "+OK\n");
	sets("callcenter_config agent set status '102@cust1.pbx.test' 'Logged Out'");
	becomes("101 available;");
}

static void test_requested(void **state)
{
	(void)state;
	fake_up(&fs_agents, part, true);
	fake_answer("callcenter_config agent list",
	            COLUMNS ROW("101", "Logged Out", "Waiting") "+OK\n");
	sets_nothing();
	table[0].status = AGENT_ON_BREAK;
	table[0].requested = true;
	fs_agents.hear(part, LISTEN_CHANGED, "agent " CUST2_ID);
	fs_agents.hear(part, LISTEN_CHANGED, "live " CUST1_ID);
	sets_nothing();
	fs_agents.hear(part, LISTEN_CHANGED, "agent " CUST1_ID);
	sets("callcenter_config agent set status '101@cust1.pbx.test' 'On Break'");
	/* A report of before does not win; the switch is told again. */
	event(STATUS("101", "Available"));
	sets("callcenter_config agent set status '101@cust1.pbx.test' 'On Break'");
	event(STATUS("101", "On%%20Break"));
	becomes("101 available;101 on_break;");
	assert_false(table[0].requested);
}

static void test_added(void **state)
{
	(void)state;
	table[2].status = AGENT_AVAILABLE;
	fake_up(&fs_agents, part, true);
	fake_answer("callcenter_config agent list", "+OK\n");
	event(CHANGE("103", "agent-add", "Type", "Callback"));
	sets("callcenter_config agent set status '103@cust1.pbx.test' 'Available'");
	event(STATUS("103", "Available"));
	becomes("103 available;");
	event(STATE("103", "Receiving"));
	becomes("103 ringing;");
	event(CHANGE("103", "agent-del", "Type", ""));
	becomes("103 waiting;");
}

static void test_database_away(void **state)
{
	(void)state;
	pthread_mutex_lock(&mutex);
	away = true;
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 1000; i++) {
		event(STATE("101", "Receiving"));
		event(STATE("101", "Waiting"));
		event(STATUS("102", "Available"));
	}
	event(STATE("101", "Receiving"));
	usleep(100000);
	pthread_mutex_lock(&mutex);
	away = false;
	pthread_mutex_unlock(&mutex);
	becomes("102 available;101 ringing;");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_reports),       TEST(test_no_answer), TEST(test_listed),
		TEST(test_adopted),       TEST(test_requested), TEST(test_added),
		TEST(test_database_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
