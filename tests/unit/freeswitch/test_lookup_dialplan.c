/* Every decision of domain/route in FreeSWITCH's words. */
#include "fixture.h"
#include "unit.h"

#define C1 "cust1.pbx.test"

/* dialled: form-encoded. */
static enum lookup_result dial(const char *context, const char *user, const char *dialled)
{
	char form[2048];

	snprintf(form, sizeof(form),
	         "section=dialplan&tag_name=&key_name=&key_value=&Hunt-Context=%s"
	         "&Hunt-Destination-Number=%s&variable_user_name=%s",
	         context, dialled, user);
	return fixture_ask(LOOKUP_DIALPLAN, form);
}

/* The actions of the document, "application(data)" one after the other. */
static const char *actions(void)
{
	static char out[4096];
	const char *at = text_string(&fixture.document);
	size_t n = 0;

	out[0] = '\0';
	while ((at = strstr(at, "<action application=\""))) {
		int application, data;

		at += strlen("<action application=\"");
		application = (int)strcspn(at, "\"");
		data = (int)strcspn(at + application + strlen("\" data=\""), "\"");
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s(%.*s) ", application, at,
		                      data, at + application + strlen("\" data=\""));
	}
	return out;
}

#define RING(to)                                                                                   \
	"set(domain_name=" C1 ") set(hangup_after_bridge=true) set(continue_on_fail=false) "       \
	"set(call_timeout=20) export(tenant=" C1 ") bridge(user/" to "@" C1 ") "
#define QUEUE(name)                                                                                \
	"set(domain_name=" C1 ") set(hangup_after_bridge=true) set(tenant=" C1 ") "                \
	"set(cc_export_vars=tenant,domain_name) callcenter(" name ") hangup(NORMAL_UNSPECIFIED) "
#define REJECT(status) "set(domain_name=" C1 ") set(tenant=" C1 ") respond(" status ") "

static void each_decision_has_its_actions(void **state)
{
	static const struct {
		const char *user, *dialled, *expression, *actions;
	} rows[] = {
		{CUST1_101, "102",                 "^102$",       RING("102")                           },
		{CUST1_101, "%2A98",               "^[*]98$",     RING("102")                           },
		{CUST1_101, "%2B431234",           "^[+]431234$", RING("102")                           },
		{"",        "103",                 "^103$",       RING("103")                           },
		{CUST2_101, "101",                 "^101$",       RING("101")                           },
		{"nobody",  "101",                 "^101$",       RING("101")                           },
		{CUST1_101, "7001",                "^7001$",      QUEUE("support@" C1)                  },
		{CUST1_101, "7002",                "^7002$",      QUEUE("sales@" C1)                    },
 /* arguments of an application end at a blank */
		{CUST1_101, "7000",                "^7000$",      QUEUE("&apos;Sales team@" C1 "&apos;")},
		{CUST1_101, "7100",                "^7100$",
	         "set(domain_name=" C1 ") set(tenant=" C1 ") answer() sleep(500) "
	         "playback(/var/lib/centrex/media/tenant_1/02000000-0000-0000-0000-000000000000/"
	         "16000.wav) hangup(NORMAL_CLEARING) "                                                  },
		{CUST1_101, "555",                 "^555$",       REJECT("404 Not Found")               },
		{CUST1_101, "101",                 "^101$",       REJECT("486 Busy Here")               },
		{CUST1_102, "%2a98",               "^[*]98$",     REJECT("486 Busy Here")               },
		{CUST1_101, "alice",               "^.*$",        REJECT("484 Address Incomplete")      },
		{CUST1_101, "",                    "^.*$",        REJECT("484 Address Incomplete")      },
		{CUST1_101, "%24%7Bsystem(id)%7D", "^.*$",        REJECT("484 Address Incomplete")      },
		{CUST1_101, "102%0D%0A",           "^.*$",        REJECT("484 Address Incomplete")      },
	};
	char condition[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(dial(C1, rows[i].user, rows[i].dialled), LOOKUP_FOUND);
		assert_string_equal(actions(), rows[i].actions);
		snprintf(condition, sizeof(condition),
		         "<condition field=\"destination_number\" expression=\"%s\">",
		         rows[i].expression);
		if (!strstr(fixture.document.data, condition))
			fail_msg("%s: %s", condition, fixture.document.data);
		assert_non_null(strstr(fixture.document.data, "<context name=\"" C1 "\">"));
	}
}

static void the_context_alone_says_whose_call_it_is(void **state)
{
	(void)state;
	assert_int_equal(dial("cust2.pbx.test", CUST2_101, "102"), LOOKUP_FOUND);
	assert_non_null(strstr(actions(), "bridge(user/102@cust2.pbx.test)"));
	assert_null(strstr(fixture.document.data, "cust1"));
	assert_int_equal(dial("cust2.pbx.test", CUST2_101, "103"), LOOKUP_FOUND);
	assert_non_null(strstr(actions(), "respond(404 Not Found)"));
	/* FreeSWITCH looks for the context as it called it. */
	assert_int_equal(dial("CUST1.pbx.test.", CUST1_101, "102"), LOOKUP_FOUND);
	assert_non_null(strstr(fixture.document.data, "<context name=\"CUST1.pbx.test.\">"));
	assert_non_null(strstr(actions(), "bridge(user/102@" C1 ")"));
	assert_int_equal(dial("default", CUST1_101, "102"), LOOKUP_NOT_FOUND);
	assert_int_equal(dial("", CUST1_101, "102"), LOOKUP_NOT_FOUND);
	assert_int_equal(dial("a%7Bb", CUST1_101, "102"), LOOKUP_NOT_FOUND);
	assert_int_equal(fixture_ask(LOOKUP_DIALPLAN, "section=dialplan&Hunt-Context=%ff"),
	                 LOOKUP_NOT_FOUND);
	assert_int_equal(fixture_ask(LOOKUP_DIALPLAN, "section=directory&Hunt-Context=" C1),
	                 LOOKUP_NOT_FOUND);
}

static void text_that_freeswitch_would_run_is_never_written(void **state)
{
	static const char *const names[] = {"${system(id)}", "a,b", "a'b",  "a]b", "a\nb",
	                                    "a^^b",          "a@b", "\xff", "",    "a<b",
	                                    "x-PRE-process"};
	struct extension bad = fixture.cust1.extensions[0];
	struct queue queue = fixture.cust1.queues[0];
	const struct number numbers[] = {
		{"7000", .queue = &queue  },
                {"7001", .extension = &bad}
        };

	(void)state;
	fixture.cust1.numbers = numbers;
	fixture.cust1.n_numbers = COUNT_OF(numbers);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		queue.name = names[i];
		assert_int_equal(dial(C1, CUST1_102, "7000"), LOOKUP_NOT_FOUND);
		assert_null(strstr(fixture.document.data, "callcenter"));
	}
	assert_int_equal(dial(C1, CUST1_102, "7001"), LOOKUP_FOUND);
	memcpy(bad.number, "${a}", 5);
	assert_int_equal(dial(C1, CUST1_102, "7001"), LOOKUP_NOT_FOUND);
	memcpy(bad.number, "101", 4);
	fixture.cust1.domain = "a{b";
	assert_int_equal(dial("a%7Bb", CUST1_102, "7001"), LOOKUP_NOT_FOUND);
}

static void what_is_not_in_memory_is_asked_for_or_not_to_be_had(void **state)
{
	static const char form[] =
		"section=dialplan&Hunt-Context=" C1 "&Hunt-Destination-Number=102";

	(void)state;
	fixture.state = FIXTURE_ASK;
	assert_int_equal(lookup_answer(&fixture.lookup, LOOKUP_DIALPLAN, form, strlen(form), false,
	                               &fixture.document),
	                 LOOKUP_ASK);
	assert_int_equal(fixture_ask(LOOKUP_DIALPLAN, form), LOOKUP_FOUND);
	fixture.state = FIXTURE_AWAY;
	assert_int_equal(fixture_ask(LOOKUP_DIALPLAN, form), LOOKUP_UNAVAILABLE);
	assert_int_equal(fixture.document.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_decision_has_its_actions, fixture_set_up,
	                                        fixture_tear_down),
		cmocka_unit_test_setup_teardown(the_context_alone_says_whose_call_it_is,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(text_that_freeswitch_would_run_is_never_written,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_in_memory_is_asked_for_or_not_to_be_had,
	                                        fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
