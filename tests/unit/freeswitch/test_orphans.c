/* Legs of agents that ring-all forgot, against a switch that is not there. */
#include "base/clock.h"
#include "fake_switch.h"
#include "unit.h"

#define AGENT  "03def09f-e46d-4673-b265-84bd8232063e"
#define WINNER "9dfb0af1-72be-4240-b796-7a8bef09cda2"
#define MEMBER "c979b0f8-6efc-4da7-becb-b34658679c4e"

static const char dump_of_orphan[] =
	"Event-Name: CHANNEL_DATA\nUnique-ID: " AGENT "\nAnswer-State: answered\n"
	"variable_cc_side: agent\nvariable_cc_agent_type: Callback\n"
	"variable_cc_member_session_uuid: " MEMBER "\n";

static void *orphans;

static int set_up(void **state)
{
	int failed = fake_set_up(state);

	orphans = fake_open(&fs_orphans);
	fake_up(&fs_orphans, orphans, true);
	fake_answer("show channels as json", "{\"row_count\":0}\n");
	return failed;
}

static int tear_down(void **state)
{
	fs_orphans.close(orphans);
	return fake_tear_down(state);
}

static void answer(const char *id, const char *more)
{
	fake_event(&fs_orphans, orphans,
	           "Event-Name: CHANNEL_ANSWER\nUnique-ID: %s\nvariable_cc_side: agent\n"
	           "variable_cc_agent_type: %s\n",
	           id, more);
}

/* As many seconds later as asked for. */
static void tick(double later_s)
{
	fs_orphans.tick(orphans, clock_monotonic_us() + (int64_t)(later_s * 1e6));
}

static void assert_figures(const char *figures)
{
	AUTO(text_clear) struct text json = {0};

	fs_orphans.figures(orphans, &json);
	assert_string_equal(json.data, figures);
}

static const char nobody_left[] = ",\"orphan_suspects\":0,\"orphans_ended\":0";
static const char one_ended[] = ",\"orphan_suspects\":0,\"orphans_ended\":1";

static void who_answered_and_was_not_connected_in_two_seconds_is_ended(void **state)
{
	(void)state;
	answer(AGENT, "Callback");
	tick(1.9);
	assert_string_equal(fake_next(), "");
	tick(2.1);
	fake_answer("uuid_dump " AGENT, dump_of_orphan);
	fake_answer("uuid_getvar " MEMBER " cc_agent_uuid", WINNER);
	assert_string_equal(fake_next(), "uuid_kill " AGENT " LOSE_RACE");
	tick(5);
	fake_answer("uuid_kill " AGENT, "+OK\n");
	tick(60);
	assert_figures(one_ended);
}

static void who_was_connected_or_hung_up_is_left_alone(void **state)
{
	static const char *const events[] = {
		"Event-Name: CUSTOM\nEvent-Subclass: callcenter::info\n"
		"CC-Action: bridge-agent-start\nCC-Agent-UUID: " AGENT "\n",
		"Event-Name: CHANNEL_BRIDGE\nUnique-ID: " MEMBER "\nOther-Leg-Unique-ID: " AGENT
		"\n",
		"Event-Name: CHANNEL_BRIDGE\nUnique-ID: " AGENT "\n",
		"Event-Name: CHANNEL_BRIDGE\nBridge-A-Unique-ID: " MEMBER
		"\nBridge-B-Unique-ID: " AGENT "\n",
		"Event-Name: CHANNEL_HANGUP\nUnique-ID: " AGENT "\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(events); i++) {
		answer(AGENT, "Callback");
		fake_event(&fs_orphans, orphans, "%s", events[i]);
		tick(60);
		assert_figures(nobody_left);
		/* The same while the switch is being asked. */
		answer(AGENT, "Callback");
		tick(3);
		fake_event(&fs_orphans, orphans, "%s", events[i]);
		fake_answer("uuid_dump " AGENT, dump_of_orphan);
		answer(AGENT, "Callback");
		tick(3);
		fake_answer("uuid_dump " AGENT, dump_of_orphan);
		fake_event(&fs_orphans, orphans, "%s", events[i]);
		fake_answer("uuid_getvar " MEMBER, WINNER);
		assert_figures(nobody_left);
	}
}

static void what_is_no_agent_who_is_called_is_never_asked_about(void **state)
{
	(void)state;
	fake_event(&fs_orphans, orphans,
	           "Event-Name: CHANNEL_ANSWER\nUnique-ID: " MEMBER "\nvariable_cc_side: member\n");
	fake_event(&fs_orphans, orphans, "Event-Name: CHANNEL_ANSWER\nUnique-ID: " AGENT "\n");
	fake_event(&fs_orphans, orphans,
	           "Event-Name: CHANNEL_ANSWER\nvariable_cc_side: agent\nUnique-ID: x\n");
	answer(AGENT, "uuid-standby");
	tick(60);
	assert_figures(nobody_left);
}

static void the_channel_itself_has_the_last_word(void **state)
{
	static const char *const innocent[] = {
		"-ERR No such channel!\n",
		"Unique-ID: " AGENT "\nAnswer-State: answered\n",
		"Unique-ID: " AGENT "\nAnswer-State: answered\nvariable_cc_side: agent\n"
		"variable_cc_agent_bridged: true\n",
		"Unique-ID: " AGENT "\nAnswer-State: answered\nvariable_cc_side: agent\n"
		"variable_bridge_uuid: " MEMBER "\n",
		"Unique-ID: " AGENT "\nAnswer-State: answered\nvariable_cc_side: agent\n"
		"variable_cc_agent_type: uuid-standby\n",
		"Unique-ID: " AGENT "\nAnswer-State: hangup\nvariable_cc_side: agent\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(innocent); i++) {
		answer(AGENT, "Callback");
		tick(3);
		fake_answer("uuid_dump " AGENT, innocent[i]);
		tick(60);
		assert_figures(nobody_left);
	}
	/* The member was given to this very agent. */
	answer(AGENT, "Callback");
	tick(3);
	fake_answer("uuid_dump " AGENT, dump_of_orphan);
	fake_answer("uuid_getvar " MEMBER, AGENT);
	tick(60);
	assert_figures(nobody_left);
}

static void while_the_call_is_being_connected_it_is_waited_for(void **state)
{
	(void)state;
	answer(AGENT, "Callback");
	tick(3);
	fake_answer("uuid_dump " AGENT,
	            "Unique-ID: " AGENT "\nAnswer-State: answered\nvariable_cc_side: agent\n"
	            "variable_cc_member_pre_answer_uuid: " MEMBER "\n");
	tick(1.9);
	assert_string_equal(fake_next(), "");
	tick(2.1);
	fake_answer("uuid_dump " AGENT, dump_of_orphan);
	fake_answer("uuid_getvar " MEMBER, "_undef_");
	tick(1.9);
	assert_string_equal(fake_next(), "");
	tick(2.1);
	fake_answer("uuid_dump " AGENT, dump_of_orphan);
	fake_answer("uuid_getvar " MEMBER, "-ERR No such channel!\n");
	fake_answer("uuid_kill " AGENT, "-ERR No such channel!\n");
	assert_figures(nobody_left);
}

static void an_older_switch_that_cannot_say_is_believed_by_its_events(void **state)
{
	(void)state;
	answer(AGENT, "Callback");
	tick(3);
	fake_answer("uuid_dump " AGENT, "-ERR uuid_dump Command not found!\n");
	fake_answer("uuid_kill " AGENT, "+OK\n");
	assert_figures(one_ended);
}

static const char channels[] =
	"{\"row_count\":4,\"rows\":["
	"{\"uuid\":\"" AGENT "\",\"direction\":\"outbound\",\"state\":\"CS_CONSUME_MEDIA\"},"
	"{\"uuid\":\"" WINNER "\",\"direction\":\"outbound\",\"state\":\"CS_EXCHANGE_MEDIA\"},"
	"{\"uuid\":\"" MEMBER "\",\"direction\":\"inbound\",\"state\":\"CS_CONSUME_MEDIA\"},"
	"{\"uuid\":5},7]}\n";

static void one_from_before_the_connection_is_found_and_ended(void **state)
{
	(void)state;
	fake_up(&fs_orphans, orphans, false);
	fake_up(&fs_orphans, orphans, true);
	fake_answer("show channels as json", channels);
	tick(1.9);
	assert_string_equal(fake_next(), "");
	tick(2.1);
	fake_answer("uuid_dump " AGENT, dump_of_orphan);
	fake_answer("uuid_getvar " MEMBER, WINNER);
	fake_answer("uuid_kill " AGENT, "+OK\n");
	assert_figures(one_ended);
	assert_string_equal(fake_next(), "");
}

static void one_from_before_the_connection_is_left_when_it_cannot_be_asked(void **state)
{
	static const char *const answers[] = {"-ERR uuid_dump Command not found!\n", "+OK\n", "",
	                                      NULL};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		fake_up(&fs_orphans, orphans, false);
		fake_up(&fs_orphans, orphans, true);
		fake_answer("show channels as json", channels);
		tick(3);
		fake_answer("uuid_dump " AGENT, answers[i]);
		tick(60);
		assert_figures(nobody_left);
	}
}

static void a_lost_connection_forgets_all_that_was_suspected(void **state)
{
	(void)state;
	answer(AGENT, "Callback");
	answer(WINNER, "Callback");
	tick(3);
	fake_up(&fs_orphans, orphans, false);
	fake_lose();
	assert_figures(nobody_left);
	fake_up(&fs_orphans, orphans, true);
	fake_answer("show channels as json", "no JSON");
	tick(60);
	assert_figures(nobody_left);
}

static void more_suspects_than_there_is_room_for_are_looked_for_again(void **state)
{
	enum { MORE = 600 };
	struct uuid uuids[MORE];
	char id[UUID_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < MORE; i++) {
		uuids[i] = uuid_random();
		answer(uuid_format(&uuids[i], id), "Callback");
	}
	assert_figures(",\"orphan_suspects\":512,\"orphans_ended\":0");
	for (size_t i = 0; i < MORE; i++)
		fake_event(&fs_orphans, orphans, "Event-Name: CHANNEL_HANGUP\nUnique-ID: %s\n",
		           uuid_format(&uuids[i], id));
	assert_figures(nobody_left);
	tick(29);
	assert_string_equal(fake_next(), "");
	tick(31);
	fake_answer("show channels as json", channels);
	assert_figures(",\"orphan_suspects\":1,\"orphans_ended\":0");
	tick(31);
	fake_answer("uuid_dump " AGENT, "-ERR No such channel!\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(who_answered_and_was_not_connected_in_two_seconds_is_ended),
		TEST(who_was_connected_or_hung_up_is_left_alone),
		TEST(what_is_no_agent_who_is_called_is_never_asked_about),
		TEST(the_channel_itself_has_the_last_word),
		TEST(while_the_call_is_being_connected_it_is_waited_for),
		TEST(an_older_switch_that_cannot_say_is_believed_by_its_events),
		TEST(one_from_before_the_connection_is_found_and_ended),
		TEST(one_from_before_the_connection_is_left_when_it_cannot_be_asked),
		TEST(a_lost_connection_forgets_all_that_was_suspected),
		TEST(more_suspects_than_there_is_room_for_are_looked_for_again),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
