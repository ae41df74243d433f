/* What call records say that no capture shows: odd times, transfers, queues left, failed bridges.
 */
#include "base/clock.h"
#include "freeswitch/record.h"
#include "unit.h"

#define LEG   "f4113502-7d97-4d58-a2b1-e92f0475115c"
#define OTHER "901b3c3c-c1df-483e-bead-ce43106e9536"
#define THIRD "98385efc-77fc-4f2c-b9ff-7c337227f491"

/* A plain call that was answered and ended; what a test adds comes first, and the first counts. */
static const char base[] =
	"\"uuid\":\"" LEG "\",\"direction\":\"inbound\",\"sip_hangup_disposition\":\"send_bye\","
	"\"hangup_cause\":\"NORMAL_CLEARING\",\"start_stamp\":\"2026-11-22 13:25:17\","
	"\"start_epoch\":1795353900,\"answer_epoch\":1795353910,\"end_epoch\":1795353920";

static void read_with(const char *variables, const char *callflow, const char *url_uuid,
                      struct record *ret_record, struct text *ret_data)
{
	AUTO(text_clear) struct text body = {0};
	struct error err = {0};

	text_addf(&body, "{\"variables\":{%s%s%s},\"callflow\":[%s]}", variables,
	          *variables ? "," : "", base, callflow);
	text_reset(ret_data);
	if (record_read("", body.data, body.length, url_uuid, ret_record, ret_data, &err))
		fail_msg("%s: %s", variables, err.message);
}

static void read_variables(const char *variables, struct record *ret_record)
{
	AUTO(text_clear) struct text data = {0};

	read_with(variables, "", "", ret_record, &data);
}

static void times_are_in_order_whatever_was_said(void **state)
{
	static const struct {
		const char *variables;
		int64_t start, answer, end; /* seconds */
	} odd[] = {
		{"",						    1795353900, 1795353910, 1795353920},
		{"\"start_uepoch\":\"1795353901000000\"",               1795353901, 1795353910, 1795353920},
		{"\"start_uepoch\":\"0\"",                              1795353900, 1795353910, 1795353920},
		{"\"start_uepoch\":\"x\",\"end_uepoch\":\"\"",          1795353900, 1795353910, 1795353920},
		{"\"start_uepoch\":1.795353901e15",                     1795353901, 1795353910, 1795353920},
		{"\"start_epoch\":0",                                   1795353910, 1795353910, 1795353920},
		{"\"start_epoch\":0,\"answer_epoch\":0",                1795353920, 0,          1795353920},
		{"\"end_epoch\":0",				     1795353900, 1795353900, 1795353900},
		{"\"end_epoch\":1795353000",                            1795353900, 1795353900, 1795353900},
		{"\"answer_epoch\":1795353000",                         1795353900, 1795353900, 1795353920},
		{"\"answer_epoch\":1795354000",                         1795353900, 1795353920, 1795353920},
		{"\"start_epoch\":-5",                                  1795353910, 1795353910, 1795353920},
		{"\"start_epoch\":\"nan\",\"answer_epoch\":\"0x1p31\"", 1795353920, 0,          1795353920},
		{"\"end_epoch\":1e400,\"end_uepoch\":\"-inf\"",         1795353900, 1795353900, 1795353900},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		struct record record;

		printf("# %s\n", odd[i].variables);
		read_variables(odd[i].variables, &record);
		assert_int_equal(record.start_us, odd[i].start * 1000000);
		assert_int_equal(record.answer_us, odd[i].answer * 1000000);
		assert_int_equal(record.end_us, odd[i].end * 1000000);
	}
}

static void a_record_from_the_future_ends_now_and_is_as_long_as_it_was(void **state)
{
	AUTO(text_clear) struct text data = {0};
	struct record record;
	int64_t now = clock_unix_us();

	(void)state;
	read_with("\"start_epoch\":2500000000,\"answer_epoch\":2500000010,"
	          "\"end_epoch\":2500000030,\"end_uepoch\":\"2500000030000000\"",
	          "", "", &record, &data);
	assert_true(record.end_us >= now && record.end_us <= clock_unix_us());
	assert_int_equal(record.end_us - record.start_us, 30 * 1000000);
	assert_int_equal(record.answer_us - record.start_us, 10 * 1000000);
	assert_non_null(strstr(data.data, "\"end_uepoch\":\"2500000030000000\""));
}

static void a_record_without_any_time_is_of_now(void **state)
{
	struct record record;
	int64_t now = clock_unix_us();

	(void)state;
	read_variables("\"start_epoch\":0,\"answer_epoch\":0,\"end_epoch\":0", &record);
	assert_true(record.start_us >= now && record.start_us == record.end_us);
	assert_int_equal(record.answer_us, 0);
}

static void a_queue_is_answered_when_its_agent_answers(void **state)
{
	static const char member[] = "\"cc_side\":\"member\",\"cc_queue\":\"Sales@c.test\","
				     "\"cc_queue_joined_epoch\":1795353910,";
	static const struct {
		const char *variables;
		int64_t answer_us;
		const char *disposition, *hangup_by, *answered_by;
	} ends[] = {
		{"\"cc_queue_answered_epoch\":1795353915,\"cc_agent_bridged\":\"true\","
	         "\"cc_agent\":\"103@c.test\",\"bridge_uepoch\":\"1795353915250000\"",      1795353915250000, "answered",  "callee", "103"},
		{"\"cc_queue_answered_epoch\":1795353915,\"bridge_uepoch\":\"1795353916250000\"",
	         1795353915000000,											     "answered",  "callee", ""   },
		{"\"cc_queue_answered_epoch\":1795353000",                                                   1795353910000000, "answered",  "engine",
	         ""																	},
		{"\"cc_queue_answered_epoch\":1795363000",                                                   1795353920000000, "answered",  "engine",
	         ""																	},
		{"\"cc_cause\":\"cancel\",\"cc_cancel_reason\":\"BREAK_OUT\","
	         "\"sip_hangup_disposition\":\"recv_bye\"",	                         0,                "cancelled", "caller", ""   },
		{"\"cc_cause\":\"cancel\",\"cc_cancel_reason\":\"TIMEOUT\"",                                 0,                "no_answer",
	         "engine",															    ""   },
		{"\"cc_cause\":\"cancel\",\"cc_cancel_reason\":\"NO_AGENT_TIMEOUT\"",                        0,
	         "no_answer",													       "engine", ""   },
		{"\"cc_cause\":\"cancel\",\"cc_cancel_reason\":\"EXIT_WITH_KEY\"",                           0,                "cancelled",
	         "engine",															    ""   },
 /* The agent hung up; what the dialplan says behind callcenter. */
		{"\"cc_queue_answered_epoch\":1795353915,\"cc_agent_bridged\":\"true\","
	         "\"cc_agent\":\"103@c.test\",\"bridge_uepoch\":\"1795353915250000\","
	         "\"hangup_cause\":\"NORMAL_UNSPECIFIED\"",	                         1795353915250000, "answered",  "callee", "103"},
 /* It left the queue for somebody who then answered. */
		{"\"cc_cause\":\"cancel\",\"cc_cancel_reason\":\"TIMEOUT\",\"last_app\":\"bridge\","
	         "\"last_arg\":\"user/104@c.test\",\"bridge_uepoch\":\"1795353917000000\"", 1795353917000000, "answered",  "callee", "104"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		AUTO(text_clear) struct text variables = {0};
		struct record record;

		printf("# %s\n", ends[i].variables);
		text_addf(&variables, "%s%s", member, ends[i].variables);
		read_variables(variables.data, &record);
		assert_string_equal(record.queue, "Sales");
		assert_string_equal(record.queue_domain, "c.test");
		assert_int_equal(record.joined_us, INT64_C(1795353910000000));
		assert_int_equal(record.answer_us, ends[i].answer_us);
		assert_string_equal(record.disposition, ends[i].disposition);
		assert_string_equal(record.hangup_by, ends[i].hangup_by);
		assert_string_equal(record.answered_by, ends[i].answered_by);
	}
}

static void a_call_that_reached_nobody_ended_as_the_leg_did_that_it_rang(void **state)
{
	static const struct {
		const char *variables, *cause, *disposition, *hangup_by;
	} ends[] = {
		{"\"originate_disposition\":\"USER_BUSY\"",                       "user_busy",           "busy",      "callee"},
		{"\"originate_disposition\":\"CALL_REJECTED\"",                   "call_rejected",       "declined",
	         "callee"												     },
		{"\"originate_disposition\":\"NO_ANSWER\"",                       "no_answer",           "no_answer", "engine"},
		{"\"originate_disposition\":\"NO_USER_RESPONSE\"",                "no_user_response",    "no_answer",
	         "engine"												     },
		{"\"originate_disposition\":\"USER_NOT_REGISTERED\"",             "user_not_registered",
	         "failed",											    "engine"},
		{"\"originate_disposition\":\"ORIGINATOR_CANCEL\"",               "originator_cancel",
	         "cancelled",											 "caller"},
		{"\"answer_epoch\":0,\"last_bridge_hangup_cause\":\"USER_BUSY\"", "user_busy",
	         "busy",											      "callee"},
		{"\"answer_epoch\":0,\"DIALSTATUS\":\"NOANSWER\"",                "noanswer",            "no_answer",
	         "engine"												     },
 /* The queue was not there: what the dialplan says behind callcenter. */
		{"\"answer_epoch\":0,\"hangup_cause\":\"NORMAL_UNSPECIFIED\"",    "normal_unspecified",
	         "failed",											    "engine"},
		{"\"answer_epoch\":0,\"hangup_cause\":\"UNALLOCATED_NUMBER\"",    "unallocated_number",
	         "failed",											    "engine"},
		{"\"answer_epoch\":0,\"sip_hangup_disposition\":\"recv_cancel\"", "normal_clearing",
	         "cancelled",											 "caller"},
		{"\"answer_epoch\":0,\"hangup_cause\":\"Something <new>\"",       "something <new>",
	         "failed",											    "engine"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct record record;

		printf("# %s\n", ends[i].variables);
		read_variables(ends[i].variables, &record);
		assert_int_equal(record.answer_us, 0);
		assert_string_equal(record.cause, ends[i].cause);
		assert_string_equal(record.disposition, ends[i].disposition);
		assert_string_equal(record.hangup_by, ends[i].hangup_by);
	}
}

static void a_call_that_only_heard_an_announcement_was_answered_by_nobody(void **state)
{
	struct record record;

	(void)state;
	read_variables("\"last_app\":\"playback\",\"last_arg\":\"/sounds/user/x@y.wav\"", &record);
	assert_string_equal(record.disposition, "answered");
	assert_string_equal(record.hangup_by, "engine");
	assert_string_equal(record.answered_by, "");
}

/* Newest first, as FreeSWITCH writes them. */
static void a_transferred_call_went_where_it_was_first_sent(void **state)
{
	static const char callflow[] =
		"{\"profile_index\":\"2\",\"caller_profile\":{\"destination_number\":\"103\","
		"\"caller_id_number\":\"102\"},\"times\":{\"bridged_time\":\"0\"}},"
		"{\"profile_index\":\"1\",\"caller_profile\":{\"destination_number\":\"102\","
		"\"caller_id_number\":\"101\"},\"times\":{\"bridged_time\":\"1795353910000000\"}}";
	AUTO(text_clear) struct text data = {0};
	struct record record;

	(void)state;
	read_with("\"originate_disposition\":\"NO_ANSWER\",\"last_app\":\"bridge\"", callflow, "",
	          &record, &data);
	assert_string_equal(record.dest_number, "102");
	assert_string_equal(record.caller_id_number, "101");
	/* Its second half was not answered; the first was. */
	assert_string_equal(record.disposition, "answered");
}

static void a_leg_belongs_to_the_call_it_names(void **state)
{
	static const struct {
		const char *variables, *callflow;
		enum record_role role;
		const char *call;
	} legs[] = {
		{"",									      "", RECORD_CALLER, LEG  },
		{"\"call_uuid\":\"" OTHER "\"",						   "", RECORD_CALLER, LEG  },
		{"\"direction\":\"outbound\"",						    "", RECORD_CALLER, LEG  },
		{"\"direction\":\"outbound\",\"call_uuid\":\"" LEG "\"",                          "", RECORD_CALLER, LEG  },
		{"\"direction\":\"outbound\",\"call_uuid\":\"" OTHER "\"",                        "", RECORD_CALLEE,
	         OTHER												    },
		{"\"direction\":\"outbound\",\"originating_leg_uuid\":\"" OTHER
	         "\",\"call_uuid\":\"" THIRD "\"",
	         "",										  RECORD_CALLEE, OTHER},
		{"\"direction\":\"outbound\"",
	         "{\"caller_profile\":{\"originator\":{\"originator_caller_profiles\":["
	         "{\"uuid\":\"" OTHER "\"}]}}}",
	         RECORD_CALLEE,										      OTHER},
		{"\"direction\":\"outbound\",\"cc_side\":\"agent\",\"cc_member_session_uuid\":"
	         "\"" OTHER "\",\"originating_leg_uuid\":\"" THIRD "\"",
	         "",										  RECORD_AGENT,  OTHER},
		{"\"direction\":\"outbound\",\"cc_side\":\"agent\"",                              "", RECORD_CALLER, LEG  },
		{"\"direction\":\"outbound\",\"cc_side\":\"member\",\"call_uuid\":\"" OTHER "\"",
	         "",										  RECORD_CALLER, LEG  },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(legs); i++) {
		AUTO(text_clear) struct text data = {0};
		struct record record;
		char uuid[UUID_TEXT_MAX];

		printf("# %s\n", legs[i].variables);
		read_with(legs[i].variables, legs[i].callflow, "", &record, &data);
		assert_int_equal(record.role, legs[i].role);
		assert_string_equal(uuid_format(&record.call, uuid), legs[i].call);
		assert_string_equal(uuid_format(&record.leg, uuid), LEG);
	}
}

static void an_agent_who_lost_the_race_was_not_reached_though_his_phone_answered(void **state)
{
	struct record record;

	(void)state;
	read_variables("\"direction\":\"outbound\",\"cc_side\":\"agent\",\"cc_agent\":\"102@c\","
	               "\"cc_member_session_uuid\":\"" OTHER "\",\"hangup_cause\":\"LOSE_RACE\"",
	               &record);
	assert_int_equal(record.answer_us, 0);
	assert_string_equal(record.disposition, "cancelled");
	assert_string_equal(record.number, "102");
}

static void the_channel_is_the_body_s_and_the_url_s_where_it_names_none(void **state)
{
	AUTO(text_clear) struct text data = {0};
	struct record record;
	char uuid[UUID_TEXT_MAX];

	(void)state;
	read_with("", "", "a_" LEG, &record, &data);
	assert_null(strstr(data.data, "url_uuid"));
	read_with("", "", OTHER, &record, &data);
	assert_string_equal(uuid_format(&record.leg, uuid), LEG);
	assert_non_null(strstr(data.data, "\"url_uuid\":\"" OTHER "\""));
	read_with("\"uuid\":\"\"", "", "a_" OTHER, &record, &data);
	assert_string_equal(uuid_format(&record.leg, uuid), OTHER);
}

static void values_are_taken_as_they_were_meant(void **state)
{
	AUTO(text_clear) struct text data = {0};
	struct record record;

	(void)state;
	/* Another value has blanks and colons: nothing here was percent-encoded. */
	read_with("\"effective_caller_id_name\":\"50%20off\",\"originate_disposition\":null,"
	          "\"cc_queue\":\"ARRAY::Sales@c.test|:Support@c.test\",\"cc_side\":\"member\","
	          "\"sip_req_user\":102,\"cc_agent_bridged\":true,"
	          "\"cc_queue_answered_epoch\":\"1795353915\",\"cc_agent\":\"103@c.test\"",
	          "", "", &record, &data);
	assert_string_equal(record.caller_id_name, "50%20off");
	assert_string_equal(record.queue, "Sales");
	assert_string_equal(record.queue_domain, "c.test");
	assert_string_equal(record.dest_number, "102");
	assert_string_equal(record.answered_by, "103");
	assert_null(strstr(data.data, "null"));
}

static void long_texts_are_cut_between_characters(void **state)
{
	AUTO(text_clear) struct text variables = {0};
	struct record record;

	(void)state;
	text_add(&variables, "\"effective_caller_id_name\":\"x");
	for (size_t i = 0; i < 300; i++)
		text_add(&variables, "\xc3\xbc");
	text_add(&variables, "\"");
	read_variables(variables.data, &record);
	assert_int_equal(strlen(record.caller_id_name), RECORD_TEXT_MAX - 2);
	assert_true(text_is_utf8(record.caller_id_name, strlen(record.caller_id_name)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_in_order_whatever_was_said),
		cmocka_unit_test(a_record_from_the_future_ends_now_and_is_as_long_as_it_was),
		cmocka_unit_test(a_record_without_any_time_is_of_now),
		cmocka_unit_test(a_queue_is_answered_when_its_agent_answers),
		cmocka_unit_test(a_call_that_reached_nobody_ended_as_the_leg_did_that_it_rang),
		cmocka_unit_test(a_call_that_only_heard_an_announcement_was_answered_by_nobody),
		cmocka_unit_test(a_transferred_call_went_where_it_was_first_sent),
		cmocka_unit_test(a_leg_belongs_to_the_call_it_names),
		cmocka_unit_test(
			an_agent_who_lost_the_race_was_not_reached_though_his_phone_answered),
		cmocka_unit_test(the_channel_is_the_body_s_and_the_url_s_where_it_names_none),
		cmocka_unit_test(values_are_taken_as_they_were_meant),
		cmocka_unit_test(long_texts_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
