/* callcenter.conf and local_stream.conf, whole and in part. */
#include "fixture.h"
#include "unit.h"

#define C1  "cust1.pbx.test"
#define ASK "section=configuration&tag_name=configuration&key_name=name&key_value="

static void ask(const char *rest)
{
	char form[1024];

	snprintf(form, sizeof(form), ASK "%s", rest);
	assert_int_equal(fixture_ask(LOOKUP_CONFIGURATION, form), LOOKUP_FOUND);
}

static size_t count(const char *needle)
{
	size_t n = 0;

	for (const char *at = text_string(&fixture.document); (at = strstr(at, needle)); at++)
		n++;
	return n;
}

static void a_queue_comes_with_its_agents_and_tiers_alone(void **state)
{
	(void)state;
	ask("callcenter.conf&CC-Queue=support%40" C1);
	assert_int_equal(count("<queue name=\""), 1);
	assert_int_equal(count("<agent "), 2);
	assert_int_equal(count("<tier "), 2);
	assert_non_null(strstr(fixture.document.data, "<queue name=\"support@" C1 "\">"));
	assert_string_equal(fixture_value("param", "strategy"), "ring-all");
	assert_string_equal(fixture_value("param", "moh-sound"),
	                    "local_stream://01000000-0000-0000-0000-000000000000");
	assert_string_equal(fixture_value("param", "truncate-tiers-on-load"), "false");
	assert_non_null(strstr(fixture.document.data,
	                       "<agent name=\"103@" C1 "\" type=\"Callback\" "
	                       "contact=\"[leg_timeout=20]user/103@" C1 "\" "));
	assert_non_null(strstr(fixture.document.data,
	                       "<tier queue=\"support@" C1 "\" agent=\"103@" C1
	                       "\" level=\"1\" position=\"2\"/>"));
	assert_int_equal(count("status"), 0);
	ask("callcenter.conf&CC-Queue=Sales%20team%40" C1);
	assert_int_equal(count("<queue name=\"Sales team@" C1 "\">"), 1);
	assert_string_equal(fixture_value("param", "strategy"), "round-robin");
	assert_string_equal(fixture_value("param", "moh-sound"), "silence_stream://-1");
	ask("callcenter.conf&CC-Queue=x&CC-Queue=sales%40" C1);
	assert_string_equal(fixture_value("param", "moh-sound"), "local_stream://default");
	assert_int_equal(count("level=\"2\" position=\"3\""), 1);
}

static void an_unknown_queue_is_a_file_without_it(void **state)
{
	static const char *const names[] = {
		"nosuch%40" C1,
		"support%40nosuch.test",
		"support",
		"support%40",
		"%40" C1,
		"sales%40cust2.pbx.test",
		"SUPPORT%40" C1,
		"%24%7Bsystem(id)%7D%40" C1,
		"",
	};
	char rest[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(rest, sizeof(rest), "callcenter.conf&CC-Queue=%s", names[i]);
		ask(rest);
		assert_int_equal(count("<configuration name=\"callcenter.conf\">"), 1);
		assert_int_equal(count("<queues/>") + count("<agents/>") + count("<tiers/>"), 3);
		assert_int_equal(count("${"), 0);
	}
}

static void without_a_queue_it_is_everybodys(void **state)
{
	(void)state;
	ask("callcenter.conf");
	assert_int_equal(count("<queue name=\""), 4);
	/* 103 of cust1 is in two queues */
	assert_int_equal(count("<agent "), 3);
	assert_int_equal(count("<tier "), 4);
	assert_int_equal(count("<queues>") + count("<agents>") + count("<tiers>"), 3);
	assert_string_equal(fixture_value("param", "truncate-tiers-on-load"), "true");
	assert_string_equal(fixture_value("param", "truncate-agents-on-load"), "false");
	assert_int_equal(count("status"), 0);
}

static void with_an_event_socket_it_is_its_settings(void **state)
{
	(void)state;
	fixture.lookup.settings.event_socket = true;
	fixture.warming = true;
	ask("callcenter.conf");
	assert_int_equal(count("<queues/>") + count("<agents/>") + count("<tiers/>"), 3);
	assert_string_equal(fixture_value("param", "truncate-tiers-on-load"), "false");
	assert_string_equal(fixture_value("param", "truncate-agents-on-load"), "false");
}

static void more_than_freeswitch_takes_is_its_settings_too(void **state)
{
	enum { QUEUES = 3000 };
	AUTO(auto_free) struct queue *queues = calloc(QUEUES, sizeof(*queues));
	AUTO(auto_free) char(*names)[16] = calloc(QUEUES, sizeof(*names));

	(void)state;
	assert_non_null(queues);
	assert_non_null(names);
	for (size_t i = 0; i < QUEUES; i++) {
		snprintf(names[i], sizeof(names[i]), "queue %04zu", i);
		queues[i].name = names[i];
	}
	fixture.cust1.queues = queues;
	fixture.cust1.n_queues = QUEUES;
	ask("callcenter.conf");
	assert_true(fixture.document.length < 2048);
	assert_int_equal(count("<queues/>"), 1);
	assert_string_equal(fixture_value("param", "truncate-tiers-on-load"), "false");
}

static void what_cannot_be_said_is_left_out_and_the_others_are_served(void **state)
{
	struct extension bad = fixture.cust1.extensions[0];
	struct queue_member members[] = {
		fixture.cust1.queues[2].members[0], {&bad, 1, 1}
        };
	struct queue queues[] = {fixture.cust1.queues[0], fixture.cust1.queues[2],
	                         fixture.cust1.queues[2]};

	(void)state;
	memcpy(bad.number, "${a}", 5);
	queues[0].name = "${system(id)}";
	queues[1].members = members;
	fixture.cust1.queues = queues;
	fixture.cust1.n_queues = COUNT_OF(queues);
	ask("callcenter.conf");
	/* The second of one name is left out as well. */
	assert_int_equal(count("<queue name=\""), 2);
	assert_int_equal(count("<agent "), 2);
	assert_int_equal(count("<tier "), 2);
	assert_int_equal(count("${"), 0);
	queues[1].name = queues[2].name = "X-PRE-PROCESS";
	ask("callcenter.conf");
	assert_int_equal(count("<queue name=\""), 1);
	fixture.cust1.domain = "a,b";
	ask("callcenter.conf");
	assert_int_equal(count("<queue name=\""), 1);
	assert_int_equal(count("<agent name=\"101@cust2.pbx.test\""), 1);
}

static void each_piece_of_music_is_a_stream(void **state)
{
	(void)state;
	ask("local_stream.conf");
	assert_int_equal(count("<directory "), 2);
	assert_int_equal(
		count("<directory name=\"default\" path=\"$${conf_dir}/streams/default\">"), 1);
	assert_int_equal(count("<directory name=\"01000000-0000-0000-0000-000000000000\" "
	                       "path=\"/var/lib/centrex/media/tenant_1/"
	                       "01000000-0000-0000-0000-000000000000/stream\">"),
	                 1);
}

static void other_files_are_freeswitchs_own(void **state)
{
	static const char *const files[] = {"acl.conf",   "sofia.conf",         "",
	                                    "callcenter", "callcenter.conf%00", "CALLCENTER.CONF"};
	char form[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		snprintf(form, sizeof(form), ASK "%s", files[i]);
		assert_int_equal(fixture_ask(LOOKUP_CONFIGURATION, form), LOOKUP_NOT_FOUND);
	}
}

static void what_is_about_everybody_waits_for_everybody(void **state)
{
	static const char form[] = ASK "callcenter.conf", stream[] = ASK "local_stream.conf";

	(void)state;
	assert_int_equal(lookup_answer(&fixture.lookup, LOOKUP_CONFIGURATION, form, strlen(form),
	                               false, &fixture.document),
	                 LOOKUP_ASK);
	fixture.no_memory = true;
	assert_int_equal(fixture_ask(LOOKUP_CONFIGURATION, stream), LOOKUP_UNAVAILABLE);
	assert_int_equal(fixture_ask(LOOKUP_CONFIGURATION, ASK "callcenter.conf"),
	                 LOOKUP_UNAVAILABLE);
	fixture.no_memory = false;
	fixture.warming = true;
	assert_int_equal(fixture_ask(LOOKUP_CONFIGURATION, stream), LOOKUP_UNAVAILABLE);
	fixture.state = FIXTURE_AWAY;
	assert_int_equal(fixture_ask(LOOKUP_CONFIGURATION, ASK "callcenter.conf&CC-Queue=a%40" C1),
	                 LOOKUP_UNAVAILABLE);
	assert_int_equal(fixture.document.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_queue_comes_with_its_agents_and_tiers_alone,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_queue_is_a_file_without_it,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(without_a_queue_it_is_everybodys, fixture_set_up,
	                                        fixture_tear_down),
		cmocka_unit_test_setup_teardown(with_an_event_socket_it_is_its_settings,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(more_than_freeswitch_takes_is_its_settings_too,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_said_is_left_out_and_the_others_are_served, fixture_set_up,
			fixture_tear_down),
		cmocka_unit_test_setup_teardown(each_piece_of_music_is_a_stream, fixture_set_up,
	                                        fixture_tear_down),
		cmocka_unit_test_setup_teardown(other_files_are_freeswitchs_own, fixture_set_up,
	                                        fixture_tear_down),
		cmocka_unit_test_setup_teardown(what_is_about_everybody_waits_for_everybody,
	                                        fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
