/* What became of callers in queues: with the call's own record, once, whatever dies meanwhile. */
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cdr_fixture.h"
#include "domain/cdr_queue.h"
#include "oom.h"
#include "unit.h"

#define QUEUE "00000000-0000-4000-8000-0000000000aa"
#define AGENT "00000000-0000-4000-8000-0000000000bb"

static int remove_rows(void **state)
{
	static const char sql[] =
		"with c as (delete from queue_calls), o as (delete from queue_offers),"
		" q as (delete from queue_quarters), a as (delete from queue_agent_days)"
		" delete from events";

	fixture_sql(fixture, &acme, sql);
	fixture_sql(fixture, &bell, sql);
	return remove_spool(state);
}

static struct uuid id(const char *text)
{
	struct uuid uuid;

	assert_true(uuid_parse(text, &uuid));
	return uuid;
}

static struct cdr_queue join(const struct uuid *call, int64_t joined_us)
{
	return (struct cdr_queue){
		.call = *call,
		.queue_call = uuid_at(joined_us / 1000),
		.queue = id(QUEUE),
		.queue_name = "support \xff",
		.joined_us = joined_us,
	};
}

static void end_with(struct cdr_store *store, const struct uuid *call, const char *queue_calls)
{
	const struct uuid queue = id(QUEUE);
	const struct cdr_end end = {
		.call = *call,
		.end_us = noon + 20 * INT64_C(1000000),
		.disposition = CDR_ANSWERED,
		.cause = "normal",
		.hangup_by = "caller",
		.answered_by = "102",
		.queue = &queue,
		.queue_calls_json = queue_calls,
		.recording_path = "2026/11/22/a.wav",
		.recording = "recorded",
	};

	assert_int_equal(cdr_end(store, &end), ERROR_OK);
}

#define CALL(outcome, more)                                                                        \
	"{\"id\":\"00000000-0000-4000-8000-000000000001\",\"queue_id\":\"" QUEUE                   \
	"\",\"queue_name\":\"support\",\"joined_at\":\"2026-11-22T12:00:01Z\","                    \
	"\"left_at\":\"2026-11-22T12:00:06.5Z\",\"ended_at\":\"2026-11-22T12:00:20Z\","            \
	"\"outcome\":\"" outcome "\",\"reason\":\"\"" more "}"

#define OFFER(number, outcome, more)                                                               \
	"{\"id\":\"00000000-0000-4000-8000-0000000001" number "\",\"agent_id\":\"" AGENT           \
	"\",\"extension\":\"102\",\"offered_at\":\"2026-11-22T12:00:02Z\","                        \
	"\"ended_at\":\"2026-11-22T12:00:20Z\",\"outcome\":\"" outcome "\"" more "}"

#define ANSWERED                                                                                   \
	"[" CALL("answered",                                                                       \
	         ",\"answered_at\":\"2026-11-22T12:00:06.5Z\",\"answered_by\":\"102\","            \
	         "\"agent_id\":\"" AGENT "\",\"in_service_level\":true,\"offers\":[" OFFER(        \
			 "01", "no_answer", "") "," OFFER("02", "answered",                        \
	                                                  ",\"answered_at\":\"2026-11-22T12:00:"   \
	                                                  "06.5Z\",\"talk_ms\":13500") "]") "]"

static void a_caller_becomes_one_row_with_his_offers(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);

	(void)state;
	end_with(store, &call, ANSWERED);
	wait_stored(store, 1);
	expect_row(
		&acme,
		"select concat_ws('|', c.cdr_id = (select id from cdrs), c.queue_name,"
		" c.caller_number, c.caller_name, c.wait_ms, c.talk_ms, c.outcome, c.answered_by,"
		" c.offers, c.in_service_level, c.node, c.answered_at = c.left_at)"
		" from queue_calls c",
		"t|support|101|Ada Lovelace|5500|13500|answered|102|2|t|node1|t");
	expect_row(&acme,
	           "select string_agg(concat_ws('|', o.outcome, o.extension, o.talk_ms,"
	           " o.queue_call_id = c.id, o.queue_id = c.queue_id), ' ' order by o.id)"
	           " from queue_offers o, queue_calls c",
	           "no_answer|102|0|t|t answered|102|13500|t|t");
	expect_row(&acme,
	           "select concat_ws('|', at at time zone 'UTC', callers, answered, abandoned,"
	           " overflowed, in_service_level, early, wait_ms, answer_ms, longest_wait_ms,"
	           " talk_ms) from queue_quarters",
	           "2026-11-22 12:00:00|1|1|0|0|1|0|5500|5500|5500|13500");
	expect_row(&acme,
	           "select concat_ws('|', offers, answered, no_answer, talk_ms, ring_ms)"
	           " from queue_agent_days",
	           "2|1|1|13500|22500");
	expect_row(&acme,
	           "select concat_ws('|', kind, data ->> 'outcome', data ->> 'wait_ms',"
	           " data ->> 'from') from events",
	           "queue|answered|5500|101");
	expect_row(&acme,
	           "select concat_ws('|', c.recording_path, d.recording) from cdrs c"
	           " join cdr_details d on d.cdr_id = c.id",
	           "2026/11/22/a.wav|recorded");
	cdr_close(store);
}

/* As when PostgreSQL had committed and the process died before it could note that. */
static void a_record_sent_twice_counts_once(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);

	(void)state;
	end_with(store, &call, ANSWERED);
	wait_stored(store, 1);
	{
		AUTO(text_clear) struct text queues = {0}, row = {0};
		const struct cdr_end end = {.call = call, .end_us = noon};
		AUTO(text_clear) struct text members = {0};
		const struct cdr_begin begin = {.call = call};
		struct cdr_record record = {.kind = CDR_KIND_END, .call = call, .tenant = acme};

		assert_true(cdr_queue_pieces(ANSWERED, NULL, NULL, &queues));
		cdr_begin_json(&begin, noon, "", &members);
		cdr_end_json(&end, noon, 0, members.data, members.length, queues.data, &row);
		record.json = row.data;
		record.json_n = row.length;
		pthread_mutex_lock(&store->mutex);
		assert_int_equal(cdr_append(store, &record), ERROR_OK);
		pthread_mutex_unlock(&store->mutex);
	}
	wait_stored(store, 2);
	expect_row(&acme, "select callers from queue_quarters", "1");
	expect_row(&acme, "select offers from queue_agent_days", "2");
	expect_row(&acme, "select count(*) from queue_offers", "2");
	expect_row(&acme, "select count(*) from events", "1");
	cdr_close(store);
}

static void whoever_hangs_up_soon_is_no_fault_of_the_queue(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);

	(void)state;
	end_with(store, &call,
	         "[" CALL("abandoned", ",\"answered_at\":\"2026-11-22T12:00:06Z\"") "]");
	wait_stored(store, 1);
	expect_row(&acme,
	           "select concat_ws('|', outcome, answered_at is null, in_service_level)"
	           " from queue_calls",
	           "abandoned|t|t");
	expect_row(&acme, "select concat_ws('|', callers, abandoned, early) from queue_quarters",
	           "1|1|1");
	cdr_close(store);
}

/* Nothing of it stops the call's own record. */
static void bad_values_are_cut_or_left_out(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[",
		"[{\"id\":\"x\"}]",
		"[{\"id\":\"" QUEUE "\",\"queue_id\":\"" QUEUE "\"}]",
		"[{\"id\":\"" QUEUE "\",\"queue_id\":\"" QUEUE
		"\",\"joined_at\":\"2026-11-22T12:00:30Z\",\"left_at\":\"2026-11-22T11:00:00Z\","
		"\"ended_at\":\"yesterday\",\"outcome\":\"answered\",\"answered_at\":1,"
		"\"answered_by\":{},\"agent_id\":\"x\",\"reason\":\"a\\u0001\\\"b\",\"offers\":"
		"[1,{},{\"id\":\"" QUEUE "\"},{\"id\":\"" QUEUE "\",\"agent_id\":\"" QUEUE
		"\",\"offered_at\":\"2026-11-22T12:00:30Z\",\"answered_at\":\"1990-01-01T00:00:"
		"00Z\","
		"\"ended_at\":\"1970-01-01T00:00:00Z\",\"talk_ms\":-7,\"outcome\":\"eaten\"}]}]",
	};
	struct cdr_store *store = open_store();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct uuid call = begin_call(store, &acme, noon);

		end_with(store, &call, bad[i]);
	}
	wait_stored(store, COUNT_OF(bad));
	assert_int_equal(atomic_load(&rejected), 0);
	expect_row(
		&acme,
		"select concat_ws('|', count(*), min(outcome), bool_and(left_at = joined_at and"
		" ended_at = joined_at and answered_at = joined_at), min(answered_by), min(offers),"
		" bool_or(in_service_level)) from queue_calls",
		"1|answered|t|4|f");
	expect_row(
		&acme,
		"select concat_ws('|', count(*), min(outcome), min(extension), min(talk_ms),"
		" bool_and(answered_at = offered_at and ended_at = offered_at)) from queue_offers",
		"1|failed||0|t");
	cdr_close(store);
}

static void a_caller_of_thousands_of_offers(void **state)
{
	enum { OFFERS = 2000 };
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);
	AUTO(text_clear) struct text json = {0};
	char one[UUID_TEXT_MAX];

	(void)state;
	text_add(&json,
	         "[{\"id\":\"" QUEUE "\",\"queue_id\":\"" QUEUE
	         "\",\"joined_at\":\"2026-11-22T12:00:01Z\",\"outcome\":\"overflowed\","
	         "\"reason\":\"max_wait\",\"left_at\":\"2026-11-22T13:00:01Z\",\"offers\":[");
	for (size_t i = 0; i < OFFERS; i++) {
		struct uuid offer = uuid_random();

		text_addf(&json,
		          "%s{\"id\":\"%s\",\"agent_id\":\"" AGENT "\",\"extension\":\"102\","
		          "\"offered_at\":\"2026-11-22T12:00:02Z\",\"outcome\":\"no_answer\"}",
		          i ? "," : "", uuid_format(&offer, one));
	}
	text_add(&json, "]}]");
	end_with(store, &call, json.data);
	wait_stored(store, 1);
	expect_row(&acme, "select concat_ws('|', offers, outcome, reason) from queue_calls",
	           "2000|overflowed|max_wait");
	for (int i = 0; i < 500 && fixture_number(fixture, &acme,
	                                          "select count(*) from queue_offers") < OFFERS;
	     i++)
		usleep(10000);
	expect_row(&acme, "select no_answer from queue_agent_days", "2000");
	assert_int_equal(atomic_load(&rejected), 0);
	cdr_close(store);
}

static void steps_in_queues_out_of_order_are_refused(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon), nobody = uuid_random();
	struct cdr_queue queue = join(&call, noon);
	struct cdr_queue elsewhere = join(&nobody, noon);
	struct cdr_queue_left left = {.call = call, .queue_call = nobody};

	(void)state;
	assert_int_equal(cdr_queue_joined(store, &elsewhere), ERROR_NOT_FOUND);
	assert_int_equal(cdr_queue_left(store, &left), ERROR_NOT_FOUND);
	assert_int_equal(cdr_queue_joined(store, &queue), ERROR_OK);
	assert_int_equal(cdr_queue_joined(store, &queue), ERROR_CONFLICT);
	left.queue_call = queue.queue_call;
	assert_int_equal(cdr_queue_left(store, &left), ERROR_OK);
	assert_int_equal(cdr_queue_left(store, &left), ERROR_NOT_FOUND);
	for (int i = 1; i < CDR_QUEUES_MAX; i++) {
		queue.queue_call = uuid_random();
		assert_int_equal(cdr_queue_joined(store, &queue), ERROR_OK);
	}
	queue.queue_call = uuid_random();
	assert_int_equal(cdr_queue_joined(store, &queue), ERROR_TOO_LARGE);
	end_with(store, &call, NULL);
	wait_stored(store, 1);
	expect_row(&acme, "select count(*) from queue_calls", "16");
	cdr_close(store);
}

/* Nobody told what became of him: what was told while he waited is. */
static void an_end_without_queues_takes_what_was_told(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);
	struct cdr_queue first = join(&call, noon + 1000000);
	struct cdr_queue second = join(&call, noon + 7000000);
	const struct cdr_queue_left left = {
		.call = call,
		.queue_call = first.queue_call,
		.left_us = noon + 6000000,
		.outcome = CDR_QUEUE_OVERFLOWED,
		.reason = "no_agents",
	};

	(void)state;
	assert_int_equal(cdr_queue_joined(store, &first), ERROR_OK);
	assert_int_equal(cdr_queue_left(store, &left), ERROR_OK);
	assert_int_equal(cdr_queue_joined(store, &second), ERROR_OK);
	end_with(store, &call, "[");
	wait_stored(store, 1);
	expect_row(&acme,
	           "select string_agg(concat_ws('|', outcome, reason, wait_ms, ended_at = left_at,"
	           " queue_name), ' ' order by joined_at) from queue_calls",
	           "overflowed|no_agents|5000|t|support \xef\xbf\xbd"
	           " abandoned|normal|13000|t|support \xef\xbf\xbd");
	cdr_close(store);
}

/* One call waits, one has been answered, one was overflowed; then the process is killed. */
static void die_with_three_callers(void)
{
	const struct uuid agent = id(AGENT);
	struct cdr_store *store;
	struct db *db;

	if (db_open(&fixture->config, &db, NULL) != ERROR_OK)
		_exit(1);
	const struct cdr_config config = {.spool = spool, .db = db};

	if (cdr_open(&config, &store, NULL) != ERROR_OK)
		_exit(1);
	for (int i = 0; i < 3; i++) {
		int64_t now_us = clock_unix_us() - 10000000;
		struct uuid call = begin_call(store, &bell, now_us);
		struct cdr_queue queue = join(&call, now_us);
		const struct cdr_queue_left left = {
			.call = call,
			.queue_call = queue.queue_call,
			.left_us = now_us + 1000000,
			.outcome = i == 1 ? CDR_QUEUE_ANSWERED : CDR_QUEUE_OVERFLOWED,
			.answered_by = "102",
			.agent = &agent,
			.in_service_level = true,
		};

		if (cdr_answer(store, &call, now_us) || cdr_queue_joined(store, &queue) ||
		    (i && cdr_queue_left(store, &left)))
			_exit(1);
	}
	(void)!journal_flush(store->journal, 10000, NULL);
	_exit(0);
}

static void a_caller_whose_process_died_has_his_row(void **state)
{
	struct cdr_store *store;
	int status;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		die_with_three_callers();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	store = open_store();
	for (int i = 0; i < 1000 && fixture_number(fixture, &bell, "select count(*) from cdrs") < 3;
	     i++)
		usleep(10000);
	expect_row(&bell,
	           "select string_agg(concat_ws('|', outcome, reason, answered_by, offers,"
	           " left_at > joined_at, ended_at > left_at), ' ' order by outcome)"
	           " from queue_calls",
	           "abandoned|engine_restart|0|t|f answered||102|0|t|t overflowed||0|t|f");
	expect_row(&bell, "select sum(callers) from queue_quarters", "3");
	cdr_close(store);
	/* Once: not again with the next start. */
	store = open_store();
	usleep(100000);
	expect_row(&bell, "select sum(callers) from queue_quarters", "3");
	cdr_close(store);
}

/* A journal that is shortened has the queues of a long call still. */
static void a_long_call_keeps_its_queues(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);
	struct cdr_queue queue = join(&call, noon + 1000000);
	const struct cdr_queue_left left = {.call = call,
	                                    .queue_call = queue.queue_call,
	                                    .left_us = noon + 2000000,
	                                    .outcome = CDR_QUEUE_OVERFLOWED};
	struct cdr_queue next = join(&call, noon + 3000000);
	const struct cdr_queue_offer offers[] = {
		{.call = call,
	         .queue_call = queue.queue_call,
	         .offer = uuid_at(1),
	         .agent = id(AGENT),
	         .extension = "102",
	         .offered_us = noon + 1500000,
	         .ended_us = noon + 1700000,
	         .outcome = "no_answer"},
		{.call = call,
	         .queue_call = next.queue_call,
	         .offer = uuid_at(2),
	         .agent = id(AGENT),
	         .extension = "102",
	         .offered_us = noon + 4000000          },
	};
	struct cdr_live *live;

	(void)state;
	assert_int_equal(cdr_queue_joined(store, &queue), ERROR_OK);
	assert_int_equal(cdr_queue_offered(store, &offers[0]), ERROR_OK);
	assert_int_equal(cdr_queue_left(store, &left), ERROR_OK);
	assert_int_equal(cdr_queue_joined(store, &next), ERROR_OK);
	assert_int_equal(cdr_queue_offered(store, &offers[1]), ERROR_OK);
	/* As cdr_shorten does it: the begin once more, what belongs to it behind it. */
	pthread_mutex_lock(&store->mutex);
	live = cdr_live_find(store, &call);
	assert_non_null(live);
	const struct cdr_record begin = {
		.kind = CDR_KIND_BEGIN,
		.call = live->call,
		.tenant = live->tenant,
		.start_us = live->start_us,
		.json = live->begin,
		.json_n = live->begin_n,
	};

	assert_int_equal(cdr_append(store, &begin), ERROR_OK);
	assert_int_equal(cdr_stays_append(store, live), ERROR_OK);
	pthread_mutex_unlock(&store->mutex);
	cdr_close(store);
	store = open_store(); /* closes the call */
	wait_stored(store, 1);
	expect_row(&acme,
	           "select string_agg(concat_ws('|', c.outcome, c.offers, (select string_agg("
	           "o.outcome, ' ') from queue_offers o where o.queue_call_id = c.id)), ', '"
	           " order by c.joined_at) from queue_calls c",
	           "overflowed|1|no_answer, abandoned|1|withdrawn");
	cdr_close(store);
}

static void ignore(const struct text *piece, void *arg)
{
	(void)piece;
	(void)arg;
}

static enum error_code cut(void *arg)
{
	AUTO(text_clear) struct text last = {0};
	bool usable = cdr_queue_pieces(arg, ignore, NULL, &last);

	return usable && !last.failed ? ERROR_OK : ERROR_MEMORY;
}

static void without_memory_nothing_is_kept(void **state)
{
	(void)state;
	assert_true(oom_check(cut, (char *)ANSWERED) > 0);
}

#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, make_spool, remove_rows)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUEUE_TEST(a_caller_becomes_one_row_with_his_offers),
		QUEUE_TEST(a_record_sent_twice_counts_once),
		QUEUE_TEST(whoever_hangs_up_soon_is_no_fault_of_the_queue),
		QUEUE_TEST(bad_values_are_cut_or_left_out),
		QUEUE_TEST(a_caller_of_thousands_of_offers),
		QUEUE_TEST(steps_in_queues_out_of_order_are_refused),
		QUEUE_TEST(an_end_without_queues_takes_what_was_told),
		QUEUE_TEST(a_caller_whose_process_died_has_his_row),
		QUEUE_TEST(a_long_call_keeps_its_queues),
		cmocka_unit_test(without_memory_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, cdr_setup, fixture_teardown);
}
