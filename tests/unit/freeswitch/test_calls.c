/* Live calls from what a FreeSWITCH tells, with its rows kept by the test. */
#include <ctype.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/live.h"
#include "fake_switch.h"
#include "unit.h"

#define A "a0000000-0000-4000-8000-00000000000a"
#define B "b0000000-0000-4000-8000-00000000000b"
#define C "c0000000-0000-4000-8000-00000000000c"

#define HEAD(name, id, direction)                                                                  \
	"Event-Name: " name "\nEvent-Date-Timestamp: 1700000000000000\nUnique-ID: " id             \
	"\nCall-Direction: " direction "\n"
/* 101 calls to. */
#define CREATE(id, to)                                                                             \
	HEAD("CHANNEL_CREATE", id, "inbound")                                                      \
	"Caller-Context: cust1.pbx.test\nCaller-Caller-ID-Name: Alice%%20C1\n"                     \
	"Caller-Caller-ID-Number: 999\nCaller-Destination-Number: " to "\n"                        \
	"variable_extension_number: 101\n"
#define ANSWERED_B                                                                                 \
	HEAD("CHANNEL_ANSWER", B, "outbound")                                                      \
	"Answer-State: answered\nvariable_originator: " A "\nChannel-Presence-ID: "                \
	"102%%40cust1.pbx.test\nCaller-Destination-Number: x\n"
#define BRIDGE(state)                                                                              \
	HEAD("CHANNEL_BRIDGE", A, "inbound")                                                       \
	"Answer-State: " state "\nBridge-A-Unique-ID: " A "\nBridge-B-Unique-ID: " B               \
	"\nvariable_dialed_user: " CUST1_103 "\n"
#define HANGUP(id, cause) HEAD("CHANNEL_HANGUP", id, "inbound") "Hangup-Cause: " cause "\n"
#define QUEUE(action)                                                                              \
	"Event-Name: CUSTOM\nEvent-Subclass: callcenter::info\nCC-Action: " action "\n"

static struct text told; /* what was told of calls */
static bool adopted;
static live_hang_up_h *hang_up;
static void *hang_up_arg;
static void *part;

static int set_up(void **state)
{
	int failed = fake_set_up(state);

	adopted = false;
	part = fake_open(&fs_calls);
	return failed;
}

static int tear_down(void **state)
{
	fs_calls.close(part);
	text_clear(&told);
	return fake_tear_down(state);
}

#define event(...) fake_event(&fs_calls, part, __VA_ARGS__)

static void is_told(const char *expected)
{
	assert_string_equal(text_string(&told), expected);
	text_reset(&told);
}

/* ---- the rows ---- */

enum error_code __wrap_live_open(const struct live_config *config, struct live **ret_live,
                                 struct error *err)
{
	(void)err;
	assert_true(config->adopts);
	assert_string_equal(config->node, "fs1");
	*ret_live = (struct live *)&told;
	return ERROR_OK;
}

void __wrap_live_close(struct live *live)
{
	(void)live;
}

void __wrap_live_on_hang_up(struct live *live, live_hang_up_h *h, void *arg)
{
	(void)live;
	hang_up = h;
	hang_up_arg = arg;
}

void __wrap_live_adopt(struct live *live)
{
	(void)live;
	assert_false(adopted);
	adopted = true;
}

void __wrap_live_ringing(struct live *live, const struct live_call *call)
{
	(void)live;
	text_addf(&told, "%c%02x rings %s (%s) %s;",
	          toupper("0123456789abcdef"[call->id.bytes[0] >> 4]), call->tenant.bytes[0],
	          call->from_number, call->from_name, call->to_number);
}

void __wrap_live_answered(struct live *live, const struct uuid *call, const char *by, int64_t at_us)
{
	(void)live;
	assert_true(at_us > 0);
	text_addf(&told, "%c %s;", toupper("0123456789abcdef"[call->bytes[0] >> 4]), by);
}

void __wrap_live_ended(struct live *live, const struct uuid *call, const char *cause)
{
	(void)live;
	text_addf(&told, "%c ends %s;", toupper("0123456789abcdef"[call->bytes[0] >> 4]),
	          cause ? cause : "unknown");
}

void __wrap_live_hear(enum listen_event heard, const char *payload, void *arg)
{
	(void)heard;
	(void)arg;
	text_addf(&told, "heard %s;", payload);
}

void __wrap_live_counts(struct live *live, struct live_counts *ret_counts)
{
	(void)live;
	*ret_counts = (struct live_counts){0};
}

/* ---- tests ---- */

static void test_plain(void **state)
{
	(void)state;
	event(CREATE(A, "102"));
	is_told("Ac1 rings 101 (Alice C1) 102;");
	event(CREATE(A, "102"));
	event(HEAD("CHANNEL_CREATE", B, "outbound") "Caller-Context: cust1.pbx.test\n");
	event(ANSWERED_B);
	is_told("");
	event(BRIDGE("answered"));
	event(BRIDGE("answered"));
	is_told("A 102;");
	event(HANGUP(B, "NORMAL_CLEARING"));
	event(HANGUP(A, "NORMAL_CLEARING"));
	event(HEAD("CHANNEL_HANGUP_COMPLETE", A, "inbound") "Hangup-Cause: X\n");
	event(HEAD("CHANNEL_DESTROY", A, "inbound"));
	is_told("A ends normal_clearing;");
}

/* A bridge of early media is no answer. */
static void test_early_media(void **state)
{
	(void)state;
	event(CREATE(A, "102"));
	event(BRIDGE("early"));
	is_told("Ac1 rings 101 (Alice C1) 102;");
	event(ANSWERED_B);
	is_told("A 102;");
}

/* Nobody told that the other side answered: the caller's own answer says so, and whom it dialled.
 */
static void test_missed_answer(void **state)
{
	(void)state;
	event(CREATE(A, "555"));
	event(BRIDGE("early"));
	event(HEAD("CHANNEL_ANSWER", A, "inbound") "variable_dialed_user: " CUST1_103 "\n");
	is_told("Ac1 rings 101 (Alice C1) 555;A 103;");
	event(HANGUP(A, ""));
	is_told("A ends unknown;");
}

static void test_late_events_begin_nothing(void **state)
{
	(void)state;
	event(CREATE(A, "102"));
	event(HANGUP(A, "USER_BUSY"));
	is_told("Ac1 rings 101 (Alice C1) 102;A ends user_busy;");
	event(BRIDGE("answered"));
	event(CREATE(A, "102"));
	event(ANSWERED_B);
	is_told("");
}

static void test_strangers(void **state)
{
	AUTO(text_clear) struct text figures = {0};

	(void)state;
	event(HEAD("CHANNEL_CREATE", A, "inbound") "Caller-Context: public\n");
	event(HEAD("CHANNEL_CREATE", B, "inbound"));
	event("Event-Name: CHANNEL_CREATE\nUnique-ID: none\nCaller-Context: cust1.pbx.test\n");
	event("Event-Name: CHANNEL_BRIDGE\nBridge-A-Unique-ID: " A "\nBridge-B-Unique-ID: x\n");
	event("No-Name: CHANNEL_BRIDGE\n");
	is_told("");
	fs_calls.figures(part, &figures);
	assert_non_null(strstr(text_string(&figures), "\"calls\":0,"));
	assert_non_null(strstr(text_string(&figures), "\"calls_of_nobody\":2,"));
	/* From outside: the dialplan says whose it is. */
	event(HEAD("CHANNEL_ANSWER", A,
	           "inbound") "Caller-Context: public\nvariable_tenant: cust2.pbx.test\n"
	                      "Caller-Caller-ID-Number: +49\nCaller-Destination-Number: 101\n");
	is_told("Ac2 rings +49 () 101;");
}

static void test_announcement(void **state)
{
	static const struct sound sound = {.name = "hello"};
	static const struct number number = {.number = "7000", .sound = &sound};

	(void)state;
	fixture.cust1.numbers = &number;
	fixture.cust1.n_numbers = 1;
	event(CREATE(A, "7000"));
	event(HEAD("CHANNEL_ANSWER", A, "inbound") "Caller-Destination-Number: 7000\n");
	is_told("Ac1 rings 101 (Alice C1) 7000;A 7000;");
}

static void test_queue(void **state)
{
	(void)state;
	event(CREATE(A, "7001"));
	event(HEAD("CHANNEL_ANSWER", A, "inbound") "Caller-Destination-Number: 7001\n");
	event(QUEUE("member-queue-start") "Unique-ID: " A "\nCC-Member-Session-UUID: " A "\n");
	event(BRIDGE("answered"));
	is_told("Ac1 rings 101 (Alice C1) 7001;");
	event(QUEUE("bridge-agent-start") "CC-Member-Session-UUID: " A
	                                  "\nCC-Agent: 103%%40cust1.pbx.test\n");
	event(QUEUE("bridge-agent-end") "CC-Member-Session-UUID: " A
	                                "\nCC-Agent: 103%%40cust1.pbx.test\n");
	event(QUEUE("member-queue-end") "CC-Member-Session-UUID: " A "\nCC-Cause: Terminated\n");
	is_told("A 103;");
	event(HANGUP(A, "NORMAL_CLEARING"));
	is_told("A ends normal_clearing;");
	/* Given up; sent to an extension afterwards. */
	event(CREATE(C, "7001"));
	event(QUEUE("member-queue-start") "Unique-ID: " C "\nCC-Member-Session-UUID: " C "\n");
	event(QUEUE("member-queue-end") "CC-Member-Session-UUID: " C "\nCC-Cause: Cancel\n");
	event(HANGUP(C, "ORIGINATOR_CANCEL"));
	is_told("Cc1 rings 101 (Alice C1) 7001;C ends originator_cancel;");
}

/* ---- its tenant is not in memory ---- */

static void test_tenant_found_later(void **state)
{
	(void)state;
	fixture.state = FIXTURE_ASK;
	event(CREATE(A, "102"));
	event(CREATE(C, "102"));
	event(ANSWERED_B);
	event(BRIDGE("answered"));
	is_told("");
	for (int i = 0; i < 500 && !fake_woken(); i++)
		usleep(10000);
	event(HANGUP(C, "X"));
	fixture.state = FIXTURE_LOADED;
	fs_calls.woken(part);
	is_told("Ac1 rings 101 (Alice C1) 102;A 102;");
	event(HANGUP(A, "X"));
	is_told("A ends x;");
}

static void test_tenant_never_found(void **state)
{
	(void)state;
	fixture.state = FIXTURE_ASK;
	event(CREATE(A, "102"));
	fs_calls.tick(part, clock_monotonic_us() + INT64_C(31000000));
	fixture.state = FIXTURE_LOADED;
	fs_calls.tick(part, clock_monotonic_us());
	is_told("");
}

/* ---- comparison ---- */

#define DUMP(id, more)                                                                             \
	"Event-Name: CHANNEL_DATA\nUnique-ID: " id "\nCall-Direction: inbound\n"                   \
	"Caller-Context: cust1.pbx.test\nvariable_extension_number: 101\n"                         \
	"Caller-Channel-Created-Time: 1700000000000000\n"                                          \
	"Caller-Channel-Answered-Time: 1700000000000000\nCaller-Destination-Number: 102\n" more

static void test_compared(void **state)
{
	(void)state;
	fake_up(&fs_calls, part, true);
	assert_false(adopted);
	fake_answer("show channels as json",
	            "{\"row_count\":3,\"rows\":[{\"uuid\":\"" A "\",\"direction\":\"inbound\"},"
	            "{\"uuid\":\"" B "\",\"direction\":\"outbound\",\"cid_name\":\"\xff\xc3\"},"
	            "{\"uuid\":\"" C "\",\"direction\":\"inbound\"},{\"uuid\":5},7]}");
	fake_answer("uuid_dump " A, DUMP(A, "Answer-State: answered\nvariable_bridge_to: " B
	                                    "\nvariable_dialed_user: " CUST1_102 "\n"));
	assert_false(adopted);
	fake_answer("uuid_dump " C, "-ERR No such channel!\n");
	assert_true(adopted);
	is_told("Ac1 rings 101 () 102;A 102;");

	/* Lost: what ended meanwhile has no cause, what is the same is not told again. */
	event(CREATE(C, "102"));
	text_reset(&told);
	fake_up(&fs_calls, part, false);
	fake_up(&fs_calls, part, true);
	event(CREATE("d0000000-0000-4000-8000-00000000000d", "103"));
	fake_answer("show channels as json", "{\"row_count\":0}");
	while (*fake_next()) {
		if (strstr(fake_next(), A))
			fake_answer("uuid_dump " A, DUMP(A, "Answer-State: answered\n"));
		else
			fake_answer("uuid_dump " C, "-ERR No such channel!\n");
	}
	is_told("Dc1 rings 101 (Alice C1) 103;C ends unknown;");
}

static void test_compared_queue(void **state)
{
	(void)state;
	fake_up(&fs_calls, part, true);
	fake_answer("show channels as json",
	            "{\"rows\":[{\"uuid\":\"" A "\",\"direction\":\"inbound\"},{\"uuid\":\"" C
	            "\",\"direction\":\"inbound\"},{\"uuid\":\"" B
	            "\",\"direction\":\"inbound\"}]}");
	fake_answer("uuid_dump " A, DUMP(A, "Answer-State: answered\nvariable_cc_side: member\n"));
	fake_answer("uuid_dump " C, DUMP(C, "Answer-State: answered\nvariable_cc_side: member\n"
	                                    "variable_cc_agent_bridged: true\n"
	                                    "variable_cc_agent: 103%40cust1.pbx.test\n"
	                                    "variable_cc_queue_answered_epoch: 1700000000\n"));
	fake_answer("uuid_dump " B, DUMP(B, "Answer-State: hangup\n"));
	is_told("Ac1 rings 101 () 102;Cc1 rings 101 () 102;C 103;");
}

/* Answers that say nothing end nothing. */
static void test_compared_without_answers(void **state)
{
	(void)state;
	event(CREATE(A, "102"));
	fake_up(&fs_calls, part, true);
	fake_answer("show channels as json", "-ERR Database error!\n");
	is_told("Ac1 rings 101 (Alice C1) 102;");
	assert_true(adopted);
	fake_up(&fs_calls, part, false);
	fake_up(&fs_calls, part, true);
	fake_answer("show channels as json", "{\"rows\":5}");
	fake_answer("uuid_dump " A, "-ERR Allocation error\n");
	fake_up(&fs_calls, part, false);
	fake_up(&fs_calls, part, true);
	fake_answer("show channels as json", "{\"rows\":[]}");
	fake_lose();
	is_told("");
}

static void test_lost(void **state)
{
	int64_t now_us = clock_monotonic_us();

	(void)state;
	event(CREATE(A, "102"));
	fake_up(&fs_calls, part, true);
	fake_answer("show channels as json", "{}");
	fake_up(&fs_calls, part, false);
	fs_calls.tick(part, now_us + INT64_C(50000000));
	is_told("Ac1 rings 101 (Alice C1) 102;");
	fs_calls.tick(part, now_us + INT64_C(70000000));
	is_told("A ends node_lost;");
	/* It lived on. */
	fake_up(&fs_calls, part, true);
	fake_answer("show channels as json",
	            "{\"rows\":[{\"uuid\":\"" A "\",\"direction\":\"inbound\"}]}");
	fake_answer("uuid_dump " A, DUMP(A, "Answer-State: ringing\n"));
	is_told("Ac1 rings 101 () 102;");
}

/* Rows of an earlier process are no calls for ever where the switch is never reached. */
static void test_never_up(void **state)
{
	(void)state;
	fs_calls.tick(part, clock_monotonic_us() + INT64_C(50000000));
	assert_false(adopted);
	fs_calls.tick(part, clock_monotonic_us() + INT64_C(61000000));
	assert_true(adopted);
}

static void test_hang_up(void **state)
{
	struct uuid tenant = {0}, a, c;

	(void)state;
	assert_true(uuid_parse(A, &a) && uuid_parse(C, &c));
	event(CREATE(A, "102"));
	assert_false(hang_up(&tenant, &a, hang_up_arg)); /* not now */
	fake_up(&fs_calls, part, true);
	fake_answer("show channels as json", "{}");
	assert_true(hang_up(&tenant, &a, hang_up_arg));
	assert_true(hang_up(&tenant, &c, hang_up_arg)); /* none of ours */
	assert_true(fake_woken() >= 1);
	fs_calls.woken(part);
	fake_answer("uuid_kill " A " MANAGER_REQUEST", "+OK\n");
	assert_string_equal(fake_next(), "");
	text_reset(&told);
	fs_calls.hear(part, LISTEN_CHANGED, "hangup x");
	is_told("heard hangup x;");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_plain),
		TEST(test_early_media),
		TEST(test_missed_answer),
		TEST(test_late_events_begin_nothing),
		TEST(test_strangers),
		TEST(test_announcement),
		TEST(test_queue),
		TEST(test_tenant_found_later),
		TEST(test_tenant_never_found),
		TEST(test_compared),
		TEST(test_compared_queue),
		TEST(test_compared_without_answers),
		TEST(test_lost),
		TEST(test_never_up),
		TEST(test_hang_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
