/* What the captured call records of a FreeSWITCH say. */
#include "freeswitch/captures.h"
#include "freeswitch/record.h"
#include "unit.h"

static void read_capture(const char *name, struct record *ret_record, struct text *ret_data)
{
	AUTO(capture_clear) struct capture taken = capture_read(name);
	struct error err = {0};

	if (record_read("", taken.body, taken.n, "", ret_record, ret_data, &err))
		fail_msg("%s: %s: %s", name, err.field, err.message);
}

/* What a capture must say; uuid and times in full. */
struct expected {
	const char *xml, *json;
	const char *leg, *call;
	enum record_role role;
	const char *caller_id_name, *caller_id_number, *dest_number, *number;
	const char *queue, *answered_by, *cause, *disposition, *hangup_by, *user;
	unsigned sip_status;
	int64_t start_us, answer_us, end_us, joined_us;
};

static const char alice[] = "1a7d3f52-6f0e-4d0b-9a55-0b5f5f1c1101";
static const char bob[] = "2b8e4063-701f-4e1c-8b66-1c60602d1102";
static const char carol[] = "3c9f5174-8120-4f2d-9c77-2d71713e1103";

/* clang-format off */
static const struct expected expected[] = {
	{"038-call-answered-xml-a-leg", "040-call-answered-json-a-leg",
	 "f4113502-7d97-4d58-a2b1-e92f0475115c", "f4113502-7d97-4d58-a2b1-e92f0475115c",
	 RECORD_CALLER, "Alice C1", "101", "102", "101", "", "102",
	 "normal_clearing", "answered", "caller", alice, 200, 1795353917672003, 1795353918192010, 1795353921212007, 0},
	{"039-call-answered-xml-b-leg", "041-call-answered-json-b-leg",
	 "901b3c3c-c1df-483e-bead-ce43106e9536", "f4113502-7d97-4d58-a2b1-e92f0475115c",
	 RECORD_CALLEE, "Alice C1", "101", "102", "102", "", "",
	 "normal_clearing", "answered", "caller", bob, 0, 1795353917672003, 1795353918172021, 1795353921212007, 0},
	{"046-call-no-answer-xml-b-leg", "049-call-no-answer-json-b-leg",
	 "af33f399-26ee-4638-a91e-efe9ca94b8df", "30a9e8e6-52ac-40f2-953c-36c7a1818571",
	 RECORD_CALLEE, "Alice C1", "101", "102", "102", "", "",
	 "no_answer", "no_answer", "engine", bob, 487, 1795353924812041, 0, 1795353930011997, 0},
	{"047-call-no-answer-xml-a-leg", "048-call-no-answer-json-a-leg",
	 "30a9e8e6-52ac-40f2-953c-36c7a1818571", "30a9e8e6-52ac-40f2-953c-36c7a1818571",
	 RECORD_CALLER, "Alice C1", "101", "102", "101", "", "",
	 "no_answer", "no_answer", "engine", alice, 0, 1795353924792019, 0, 1795353930011997, 0},
	{"054-call-a-cancels-xml-b-leg", "056-call-a-cancels-json-b-leg",
	 "98385efc-77fc-4f2c-b9ff-7c337227f491", "a63a9383-aaed-4b26-8fff-c03a834a972b",
	 RECORD_CALLEE, "Alice C1", "101", "102", "102", "", "",
	 "originator_cancel", "cancelled", "caller", bob, 487, 1795353932112052, 0, 1795353933691988, 0},
	{"055-call-a-cancels-xml-a-leg", "057-call-a-cancels-json-a-leg",
	 "a63a9383-aaed-4b26-8fff-c03a834a972b", "a63a9383-aaed-4b26-8fff-c03a834a972b",
	 RECORD_CALLER, "Alice C1", "101", "102", "101", "", "",
	 "originator_cancel", "cancelled", "caller", alice, 487, 1795353932112052, 0, 1795353933691988, 0},
	{"062-call-unknown-destination-xml-a-leg", "063-call-unknown-destination-json-a-leg",
	 "499d5206-1f7f-424f-954f-69d197c1b849", "499d5206-1f7f-424f-954f-69d197c1b849",
	 RECORD_CALLER, "Alice C1", "101", "555", "101", "", "",
	 "unallocated_number", "failed", "engine", alice, 0, 1795353935732014, 0, 1795353935732014, 0},
	{"075-queue-ring-all-xml-agent", "076-queue-ring-all-json-agent",
	 "9dfb0af1-72be-4240-b796-7a8bef09cda2", "c979b0f8-6efc-4da7-becb-b34658679c4e",
	 RECORD_AGENT, "Alice C1", "101", "102", "102", "support", "",
	 "lose_race", "cancelled", "engine", bob, 487, 1795353954452000, 0, 1795353956492005, 1795353954000000},
	{"077-queue-ring-all-xml-member", "079-queue-ring-all-json-member",
	 "c979b0f8-6efc-4da7-becb-b34658679c4e", "c979b0f8-6efc-4da7-becb-b34658679c4e",
	 RECORD_CALLER, "Alice C1", "101", "7001", "101", "support", "103",
	 "normal_clearing", "answered", "caller", alice, 200, 1795353954411990, 1795353956511988, 1795353960432041, 1795353954411990},
	{"078-queue-ring-all-xml-agent", "080-queue-ring-all-json-agent",
	 "03def09f-e46d-4673-b265-84bd8232063e", "c979b0f8-6efc-4da7-becb-b34658679c4e",
	 RECORD_AGENT, "Alice C1", "101", "103", "103", "support", "",
	 "normal_clearing", "answered", "caller", carol, 0, 1795353954452000, 1795353956472036, 1795353960432041, 1795353954000000},
	{"082-queue-round-robin-1-xml-agent", "084-queue-round-robin-1-json-agent",
	 "759d96f6-f24c-4f4e-85f8-cdcde72a3fe4", "a9a22ad8-bac2-4386-a64a-ac17d0b6f1c4",
	 RECORD_AGENT, "Alice C1", "101", "103", "103", "sales", "",
	 "normal_clearing", "answered", "caller", carol, 0, 1795353964992029, 1795353966012063, 1795353968512030, 1795353964000000},
	{"083-queue-round-robin-1-xml-member", "085-queue-round-robin-1-json-member",
	 "a9a22ad8-bac2-4386-a64a-ac17d0b6f1c4", "a9a22ad8-bac2-4386-a64a-ac17d0b6f1c4",
	 RECORD_CALLER, "Alice C1", "101", "7002", "101", "sales", "103",
	 "normal_clearing", "answered", "caller", alice, 200, 1795353964932040, 1795353966032040, 1795353968512030, 1795353964972013},
	{"091-queue-abandoned-xml-agent", "095-queue-abandoned-json-agent",
	 "5d1d67e5-a72c-4a66-9f46-695aec6464fb", "ec33bdc7-8666-4fe0-9c74-3da71593a051",
	 RECORD_AGENT, "Alice C1", "101", "102", "102", "support", "",
	 "originator_cancel", "cancelled", "caller", bob, 487, 1795353988211994, 0, 1795353992212017, 1795353988000000},
	{"092-queue-abandoned-xml-member", "094-queue-abandoned-json-member",
	 "ec33bdc7-8666-4fe0-9c74-3da71593a051", "ec33bdc7-8666-4fe0-9c74-3da71593a051",
	 RECORD_CALLER, "Alice C1", "101", "7001", "101", "support", "",
	 "normal_clearing", "cancelled", "caller", alice, 200, 1795353988192002, 0, 1795353992212017, 1795353988192002},
	{"093-queue-abandoned-xml-agent", "096-queue-abandoned-json-agent",
	 "fe6dcd39-51b9-4865-a73d-b6aa5d4dd407", "ec33bdc7-8666-4fe0-9c74-3da71593a051",
	 RECORD_AGENT, "Alice C1", "101", "103", "103", "support", "",
	 "originator_cancel", "cancelled", "caller", carol, 487, 1795353988211994, 0, 1795353992212017, 1795353988000000},
	{"122-queue-unknown-xml-a-leg", "123-queue-unknown-json-a-leg",
	 "f24e9f47-fe3e-4f6e-a3b9-8d7621e89c18", "f24e9f47-fe3e-4f6e-a3b9-8d7621e89c18",
	 RECORD_CALLER, "Alice C1", "101", "7009", "101", "", "",
	 "normal_clearing", "answered", "engine", alice, 0, 1795354374477092, 1795354374497106, 1795354374497106, 0},
};
/* clang-format on */

static void check(const struct expected *e, const char *name, const struct record *r)
{
	char uuid[UUID_TEXT_MAX];

	printf("# %s\n", name);
	assert_string_equal(uuid_format(&r->leg, uuid), e->leg);
	assert_string_equal(uuid_format(&r->call, uuid), e->call);
	assert_string_equal(uuid_format(&r->user, uuid), e->user);
	assert_int_equal(r->role, e->role);
	assert_string_equal(r->tenant, "cust1.pbx.test");
	assert_string_equal(r->caller_id_name, e->caller_id_name);
	assert_string_equal(r->caller_id_number, e->caller_id_number);
	assert_string_equal(r->dest_number, e->dest_number);
	assert_string_equal(r->number, e->number);
	assert_string_equal(r->queue, e->queue);
	assert_string_equal(r->queue_domain, *e->queue ? "cust1.pbx.test" : "");
	assert_string_equal(r->answered_by, e->answered_by);
	assert_string_equal(r->cause, e->cause);
	assert_string_equal(r->disposition, e->disposition);
	assert_string_equal(r->hangup_by, e->hangup_by);
	assert_string_equal(r->node, "fs-test-1");
	assert_int_equal(r->sip_status, e->sip_status);
	assert_int_equal(r->start_us, e->start_us);
	assert_int_equal(r->answer_us, e->answer_us);
	assert_int_equal(r->end_us, e->end_us);
	assert_int_equal(r->joined_us, e->joined_us);
}

static void a_channel_says_the_same_in_xml_and_in_json_and_it_is_what_happened(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		AUTO(text_clear) struct text of_xml = {0};
		AUTO(text_clear) struct text of_json = {0};
		struct record xml, json;

		read_capture(expected[i].xml, &xml, &of_xml);
		check(&expected[i], expected[i].xml, &xml);
		read_capture(expected[i].json, &json, &of_json);
		check(&expected[i], expected[i].json, &json);
		assert_string_equal(xml.sip_call_id, json.sip_call_id);
		assert_string_equal(xml.domain, json.domain);
		assert_string_equal(xml.context, json.context);
		assert_string_equal(of_xml.data, of_json.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_channel_says_the_same_in_xml_and_in_json_and_it_is_what_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
