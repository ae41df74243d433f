/* Figures of queues and agents, and the log of decisions, over a real PostgreSQL. */
#include <jansson.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/queries.h"
#include "domain/cdr_statistics.h"
#include "domain/queue_log.h"
#include "domain/queue_statistics.h"
#include "fixture.h"
#include "unit.h"

static struct fixture *fixture;
static struct uuid tenant;
static struct uuid sales, support, gone;               /* queues; gone is none any more */
static struct uuid ada, bob;                           /* extensions 101 and 102 */
static const int64_t noon = INT64_C(1795348800000000); /* 2026-11-22T12:00:00Z */

static struct uuid made(const char *sql)
{
	char value[64];
	struct uuid id;

	fixture_value(fixture, &tenant, sql, value, sizeof(value));
	assert_true(uuid_parse(value, &id));
	return id;
}

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
	snprintf(domain, sizeof(domain), "figures%d.pbx.test", n++);
	tenant = fixture_tenant(fixture, domain);
	fixture_extension(fixture, &tenant, "101");
	fixture_extension(fixture, &tenant, "102");
	ada = made("select id from extensions where extension_number = '101'");
	bob = made("select id from extensions where extension_number = '102'");
	fixture_sql(fixture, &tenant, "insert into queues (name) values ('sales'), ('support')");
	fixture_sql(fixture, &tenant,
	            "with m as (insert into queue_members (queue_id, extension_id)"
	            " select q.id, x.id from queues q, extensions x where q.name = 'sales'"
	            " or x.extension_number = '101')"
	            " insert into agents (extension_id) select id from extensions");
	sales = made("select id from queues where name = 'sales'");
	support = made("select id from queues where name = 'support'");
	assert_true(uuid_parse("00000000-0000-4000-8000-0000000000cc", &gone));
	return 0;
}

/* ---- callers that were ---- */

struct caller {
	const struct uuid *queue;
	int64_t joined_s; /* after noon */
	unsigned wait_s, talk_s;
	const char *outcome;
	bool in_level;
};

static void add_time(struct text *json, const char *name, int64_t s)
{
	char time[CLOCK_RFC3339_MAX];

	text_addf(json, ",\"%s\":\"%s\"", name, clock_rfc3339(noon + s * 1000000, time));
}

/* One offer each: Ada takes it, or lets it ring. */
static void add_caller(struct text *json, const struct caller *caller)
{
	struct uuid cdr = uuid_random(), call = uuid_random(), offer = uuid_random();
	char cdr_text[UUID_TEXT_MAX], id[UUID_TEXT_MAX], queue[UUID_TEXT_MAX], agent[UUID_TEXT_MAX];
	bool answered = strcmp(caller->outcome, "answered") == 0;
	int64_t left_s = caller->joined_s + caller->wait_s;

	uuid_format(&call, id);
	uuid_format(caller->queue, queue);
	text_addf(json,
	          "%s{\"id\":\"%s\",\"queues\":{\"calls\":[{\"id\":\"%s\",\"queue_id\":\"%s\"",
	          json->length ? "," : "[", uuid_format(&cdr, cdr_text), id, queue);
	add_time(json, "joined_at", caller->joined_s);
	add_time(json, "left_at", left_s);
	if (answered)
		add_time(json, "answered_at", left_s);
	add_time(json, "ended_at", left_s + caller->talk_s);
	text_addf(json,
	          ",\"queue_name\":\"its name\",\"reason\":\"\",\"outcome\":\"%s\",\"offers\":1,"
	          "\"in_service_level\":%s}],\"offers\":[{",
	          caller->outcome, caller->in_level ? "true" : "false");
	text_addf(json, "\"queue_call_id\":\"%s\",\"queue_id\":\"%s\",", id, queue);
	text_addf(json, "\"id\":\"%s\",\"agent_id\":\"%s\",\"extension\":\"101\"",
	          uuid_format(&offer, id), uuid_format(&ada, agent));
	add_time(json, "offered_at", caller->joined_s);
	add_time(json, "ended_at", left_s);
	text_addf(json, ",\"outcome\":\"%s\",\"talk_ms\":%u}]}}",
	          answered ? "answered" : "no_answer", caller->talk_s * 1000);
}

static void callers_were(const struct caller *callers, size_t n)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = tenant};
	AUTO(text_clear) struct text json = {0};
	char id[UUID_TEXT_MAX];
	struct error err = {0};

	for (size_t i = 0; i < n; i++)
		add_caller(&json, &callers[i]);
	text_add_char(&json, ']');

	const struct tx_statement store =
		TX_QUERY(QUERY_CDR_STORE_QUEUES, json.data, uuid_format(&tenant, id));

	if (tx_run(fixture->db, &scope, &store, 1, NULL, &err))
		fail_msg("%s %s", err.message, err.detail);
}

/* ---- what is answered ---- */

static json_t *parsed(struct text *text)
{
	json_t *json = json_loads(text_string(text), 0, NULL);

	assert_non_null(json);
	text_clear(text);
	return json;
}

static json_t *history(const struct queue_statistics *wanted)
{
	struct text rows = {0};
	struct error err = {0};

	if (queue_statistics_history(fixture->db, &tenant, wanted, &rows, &err))
		fail_msg("%s %s", err.message, err.detail);
	return parsed(&rows);
}

static json_t *row_of(json_t *rows, const char *name, const char *value)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) if (strcmp(json_string_value(json_object_get(row, name)),
	                                            value) == 0) return row;
	fail_msg("no row of %s %s", name, value);
	return NULL;
}

static void assert_row(const json_t *row, const char *name, double expected)
{
	const json_t *value = json_object_get(row, name);

	if (!json_is_number(value))
		fail_msg("%s is no number", name);
	if (json_number_value(value) < expected - 0.0001 ||
	    json_number_value(value) > expected + 0.0001)
		fail_msg("%s: %f, not %f", name, json_number_value(value), expected);
}

static void assert_adds_up(const json_t *row)
{
	static const char *const parts[] = {"answered", "abandoned", "overflowed", "waiting"};
	json_int_t sum = 0;

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		sum += json_integer_value(json_object_get(row, parts[i]));
	assert_int_equal(json_integer_value(json_object_get(row, "callers")), sum);
}

static const struct caller day[] = {
	{&sales,   60,   10, 100, "answered",   true },
	{&sales,   70,   50, 60,  "answered",   false},
	{&sales,   1000, 5,  0,   "abandoned",  false},
	{&sales,   1000, 90, 0,   "abandoned",  false},
	{&sales,   4000, 40, 0,   "overflowed", false},
	{&support, 4000, 2,  10,  "answered",   true },
	{&gone,    4000, 2,  10,  "answered",   true },
 /* Before, and after. */
	{&sales,   -1,   9,  9,   "answered",   true },
	{&sales,   7200, 9,  9,   "answered",   true },
};

static const struct queue_statistics two_hours = {.from_us = noon,
                                                  .to_us = noon + INT64_C(7200000000)};

static void callers_add_up(void **state)
{
	json_t *rows, *row;
	size_t i;

	(void)state;
	callers_were(day, COUNT_OF(day));
	rows = history(&two_hours);
	assert_int_equal(json_array_size(rows), 3);
	json_array_foreach(rows, i, row) assert_adds_up(row);
	row = row_of(rows, "queue", "sales");
	assert_row(row, "callers", 5);
	assert_row(row, "answered", 2);
	assert_row(row, "abandoned", 2);
	assert_row(row, "overflowed", 1);
	assert_row(row, "waiting", 0);
	assert_row(row, "in_service_level", 1);
	/* One of four: who hung up after five seconds does not count. */
	assert_row(row, "service_level", 0.25);
	assert_row(row, "longest_wait_ms", 90000);
	assert_row(row, "mean_wait_ms", 39000);
	assert_row(row, "mean_answer_ms", 30000);
	assert_row(row, "talk_ms", 160000);
	assert_row(row, "mean_talk_ms", 80000);
	assert_row(row, "offers", 5);
	assert_row(row, "missed", 3);
	assert_row(row_of(rows, "queue", "its name"), "answered", 1);
	json_decref(rows);
}

static void one_queue_and_no_callers(void **state)
{
	struct queue_statistics wanted = two_hours;
	json_t *rows;

	(void)state;
	wanted.queue = &support;
	rows = history(&wanted);
	assert_int_equal(json_array_size(rows), 1);
	assert_row(json_array_get(rows, 0), "callers", 0);
	assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "service_level")));
	assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "mean_answer_ms")));
	json_decref(rows);
	wanted.by = QUEUE_BY_HOUR;
	rows = history(&wanted);
	assert_int_equal(json_array_size(rows), 0);
	json_decref(rows);
}

static void hours_are_those_of_the_zone(void **state)
{
	struct queue_statistics wanted = two_hours;
	json_t *rows;

	(void)state;
	callers_were(day, COUNT_OF(day));
	wanted.by = QUEUE_BY_HOUR;
	wanted.zone = "Asia/Kolkata"; /* +05:30: its hours begin on our half hours */
	wanted.queue = &sales;
	rows = history(&wanted);
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "start")),
	                    "2026-11-22T17:00:00.000000+05:30");
	assert_row(json_array_get(rows, 0), "callers", 4);
	assert_row(json_array_get(rows, 1), "callers", 1);
	json_decref(rows);
	wanted.by = QUEUE_BY_DAY;
	rows = history(&wanted);
	assert_int_equal(json_array_size(rows), 1);
	assert_adds_up(json_array_get(rows, 0));
	json_decref(rows);
	wanted.from_us++;
	assert_int_equal(queue_statistics_history(fixture->db, &tenant, &wanted, NULL, NULL),
	                 ERROR_INVALID);
}

/* Who waits, and who talks, has no row of queue_calls yet. */
static void callers_of_this_moment_add_up_too(void **state)
{
	const int64_t now_us = clock_unix_us();
	const struct queue_statistics today = {
		.from_us = now_us - now_us % CDR_QUARTER_US - CDR_QUARTER_US,
		.to_us = now_us - now_us % CDR_QUARTER_US + CDR_QUARTER_US};
	struct text live = {0};
	json_t *rows, *row;

	(void)state;
	fixture_sql(
		fixture, &tenant,
		"insert into calls (id, state, started_at, queue_id, waiting_since, answered_at)"
		" select gen_random_uuid(), s.state, now(), q.id, now() - interval '30 seconds',"
		" case s.state when 'answered' then now() - interval '20 seconds' end"
		" from queues q, (values ('waiting'), ('waiting'), ('answered')) as s (state)"
		" where q.name = 'sales'");
	rows = history(&today);
	row = row_of(rows, "queue", "sales");
	assert_adds_up(row);
	assert_row(row, "callers", 3);
	assert_row(row, "waiting", 2);
	assert_row(row, "in_service_level", 1);
	assert_row(row, "service_level", 1);
	assert_row(row, "mean_answer_ms", 10000);
	json_decref(rows);
	/* His record is there, and his row of live calls for a moment still: he counts once. */
	fixture_sql(
		fixture, &tenant,
		"insert into queue_calls (id, cdr_id, queue_id, joined_at, left_at, ended_at,"
		" outcome, wait_ms) select c.id, c.id, c.queue_id, c.waiting_since, now(), now(),"
		" 'abandoned', 0 from calls c where c.state = 'waiting'");
	rows = history(&today);
	assert_row(row_of(rows, "queue", "sales"), "waiting", 0);
	json_decref(rows);

	fixture_sql(fixture, &tenant, "delete from queue_calls");
	assert_int_equal(queue_statistics_live(fixture->db, &tenant, NULL, &live, NULL), ERROR_OK);
	rows = parsed(&live);
	assert_int_equal(json_array_size(rows), 2);
	row = row_of(rows, "queue", "sales");
	assert_row(row, "waiting", 2);
	assert_row(row, "talking", 1);
	assert_in_range(json_integer_value(json_object_get(row, "longest_wait_ms")), 30000, 60000);
	row = row_of(rows, "queue", "support");
	assert_true(json_is_null(json_object_get(row, "longest_wait_ms")));
	json_decref(rows);
}

static void agents_of_this_moment(void **state)
{
	struct text live = {0};
	json_t *rows, *row;

	(void)state;
	fixture_sql(fixture, &tenant,
	            "update agents set status = 'available', state = case when extension_id ="
	            " (select id from extensions where extension_number = '102') then 'wrap_up'"
	            " else 'waiting' end");
	assert_int_equal(queue_statistics_live(fixture->db, &tenant, &sales, &live, NULL),
	                 ERROR_OK);
	rows = parsed(&live);
	assert_int_equal(json_array_size(rows), 1);
	row = json_array_get(rows, 0);
	assert_row(row, "agents", 2);
	assert_row(row, "available", 2);
	assert_row(row, "wrap_up", 1);
	assert_row(row, "free", 0);
	assert_row(row, "unregistered", 1);
	json_decref(rows);
	fixture_sql(
		fixture, &tenant,
		"insert into registrations (id, extension_id, contact, received_address,"
		" received_port, transport, call_id, cseq, expires_at) select gen_random_uuid(),"
		" id, 'sip:101@192.0.2.1', '192.0.2.1', 5060, 'udp', 'c', 1,"
		" now() + interval '1 hour' from extensions where extension_number = '101'");
	assert_int_equal(queue_statistics_live(fixture->db, &tenant, &support, &live, NULL),
	                 ERROR_OK);
	rows = parsed(&live);
	row = json_array_get(rows, 0);
	assert_row(row, "agents", 1);
	assert_row(row, "free", 1);
	json_decref(rows);
}

static void agents_have_offers_and_hours(void **state)
{
	struct queue_statistics wanted = two_hours;
	json_t *rows, *row;

	(void)state;
	wanted.by = QUEUE_BY_AGENT;
	callers_were(day, COUNT_OF(day));
	/* Available from before on, on break for a while, then gone. */
	fixture_sql(
		fixture, &tenant,
		"insert into agent_states (extension_id, extension, status, state, status_began,"
		" since, until) select x.id, '101', s.status, s.state, s.began, s.since, s.until"
		" from extensions x, (values"
		" ('available', 'waiting', true, timestamptz '2026-11-22T10:00:00Z',"
		"  timestamptz '2026-11-22T12:10:00Z'),"
		" ('available', 'talking', false, '2026-11-22T12:10:00Z', '2026-11-22T12:20:00Z'),"
		" ('on_break', 'waiting', true, '2026-11-22T12:20:00Z', '2026-11-22T12:50:00Z'),"
		" ('logged_out', 'waiting', true, '2026-11-22T12:50:00Z', null))"
		" as s (status, state, began, since, until) where x.extension_number = '101'");
	rows = history(&wanted);
	assert_int_equal(json_array_size(rows), 2);
	row = row_of(rows, "extension", "101");
	assert_row(row, "offers", 7);
	assert_row(row, "answered", 4);
	assert_row(row, "missed", 3);
	assert_row(row, "talk_ms", 180000);
	assert_row(row, "mean_talk_ms", 45000);
	assert_row(row, "available_ms", 20 * 60000);
	assert_row(row, "on_break_ms", 30 * 60000);
	row = row_of(rows, "extension", "102");
	assert_row(row, "offers", 0);
	json_decref(rows);
	wanted.queue = &support;
	rows = history(&wanted);
	assert_int_equal(json_array_size(rows), 1);
	assert_row(json_array_get(rows, 0), "offers", 1);
	json_decref(rows);
	wanted.queue = NULL;
	wanted.agent = &bob;
	rows = history(&wanted);
	assert_int_equal(json_array_size(rows), 1);
	json_decref(rows);
}

/* ---- why ---- */

static void decide(struct queue_log *log, const struct uuid *call, const char *decision,
                   const char *data)
{
	const struct queue_log_entry entry = {
		.tenant = tenant,
		.queue = sales,
		.call = call ? *call : (struct uuid){{0}},
		.at_us = clock_unix_us(),
		.decision = decision,
		.data_json = data,
	};

	queue_log_add(log, &entry);
}

static json_t *explained(const struct queue_explain *wanted)
{
	struct text json = {0};
	struct error err = {0};

	if (queue_explain(fixture->db, &tenant, wanted, &json, &err))
		fail_msg("%s %s", err.message, err.detail);
	return parsed(&json);
}

static void wait_for(const char *sql, long expected)
{
	for (int i = 0; i < 500 && fixture_number(fixture, &tenant, sql) != expected; i++)
		usleep(20000);
	assert_int_equal(fixture_number(fixture, &tenant, sql), expected);
}

static struct queue_log *open_log(void)
{
	struct queue_log *log;

	assert_int_equal(queue_log_open(fixture->db, &log, NULL), ERROR_OK);
	return log;
}

static void decisions_are_explained(void **state)
{
	struct queue_log *log = open_log();
	struct uuid call = uuid_random(), other = uuid_random();
	struct queue_explain wanted = {.queue = &sales, .limit = 2};
	json_t *json, *decisions;
	char sql[256], id[UUID_TEXT_MAX];

	(void)state;
	decide(log, &call, "joined", NULL);
	decide(log, &call, "considered", "{\"considered\":[{\"extension\":\"101\"}]}");
	decide(log, &other, "joined", "{}");
	decide(log, NULL, "auto_break", "{\"extension\":\"101\"}");
	queue_log_close(log);
	assert_int_equal(fixture_number(fixture, &tenant, "select count(*) from queue_decisions"),
	                 4);
	json = explained(&wanted);
	decisions = json_object_get(json, "decisions");
	assert_int_equal(json_array_size(decisions), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(decisions, 0), "decision")),
		"auto_break");
	wanted.before = json_integer_value(json_object_get(json_array_get(decisions, 1), "id"));
	json_decref(json);
	json = explained(&wanted);
	decisions = json_object_get(json, "decisions");
	assert_int_equal(json_array_size(decisions), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(decisions, 1), "decision")),
		"joined");
	json_decref(json);

	snprintf(sql, sizeof(sql),
	         "insert into queue_calls (id, cdr_id, queue_id, joined_at, left_at, ended_at,"
	         " outcome, wait_ms) select gen_random_uuid(), '%s', id, now(), now(), now(),"
	         " 'abandoned', 0 from queues",
	         uuid_format(&call, id));
	fixture_sql(fixture, &tenant, sql);
	wanted = (struct queue_explain){.call = &call, .limit = 1000};
	json = explained(&wanted);
	assert_int_equal(json_array_size(json_object_get(json, "decisions")), 2);
	assert_int_equal(json_array_size(json_object_get(json, "calls")), 2);
	assert_true(json_is_array(
		json_object_get(json_array_get(json_object_get(json, "calls"), 0), "offers")));
	json_decref(json);
	wanted.queue = &sales;
	json = explained(&wanted);
	assert_int_equal(json_array_size(json_object_get(json, "calls")), 1);
	json_decref(json);
}

/* A decision that PostgreSQL refuses, and a tenant that is not there. */
static void one_refused_decision_stops_no_other(void **state)
{
	struct queue_log *log = open_log();
	const struct queue_log_entry nobodys = {.tenant = uuid_random(), .decision = "joined"};
	struct queue_log_counts counts;
	char *long_data = malloc(100001);

	(void)state;
	memset(long_data, ' ', 100000);
	long_data[100000] = '\0';
	queue_log_add(log, &nobodys);
	for (int i = 0; i < 20; i++)
		decide(log, NULL, i == 7 ? "No Slug" : "joined", i == 3 ? long_data : "{}");
	wait_for("select count(*) from queue_decisions", 19);
	for (int i = 0; i < 500; i++) {
		queue_log_counts(log, &counts);
		if (counts.dropped == 2)
			break;
		usleep(10000);
	}
	assert_int_equal(counts.dropped, 2);
	assert_int_equal(counts.written, 19);
	assert_int_equal(counts.waiting, 0);
	wait_for("select count(*) from queue_decisions where data ? 'too_long'", 1);
	queue_log_close(log);
	queue_log_add(NULL, &nobodys);
	queue_log_close(NULL);
	free(long_data);
}

/* While the database is away the newest are kept, in order. */
static void the_newest_wait_for_the_database(void **state)
{
	enum { DECISIONS = 100100 };
	struct queue_log *log = open_log();
	struct queue_log_counts counts;

	(void)state;
	postgres_kill(fixture->postgres);
	for (int i = 0; i < DECISIONS; i++)
		decide(log, NULL, i ? "joined" : "abandoned", "{}");
	queue_log_counts(log, &counts);
	assert_int_equal(counts.written, 0);
	postgres_start(fixture->postgres);
	for (int i = 0; i < 3000; i++) {
		queue_log_counts(log, &counts);
		if (!counts.waiting && counts.written + counts.dropped == DECISIONS)
			break;
		usleep(10000);
	}
	assert_in_range(counts.dropped, 1, 100);
	assert_int_equal(counts.written + counts.dropped, DECISIONS);
	assert_int_equal(fixture_number(fixture, &tenant,
	                                "select count(*) from queue_decisions where decision ="
	                                " 'abandoned'"),
	                 0);
	queue_log_close(log);
}

static void old_decisions_go(void **state)
{
	struct queue_log *log = open_log();

	(void)state;
	fixture_sql(fixture, &tenant,
	            "insert into queue_decisions (at, queue_id, decision) select now() - interval"
	            " '8 days', q.id, 'joined' from queues q, generate_series(1, 1500)");
	decide(log, NULL, "joined", "{}");
	wait_for("select count(*) from queue_decisions where at < now() - interval '7 days'", 1000);
	decide(log, NULL, "joined", "{}");
	wait_for("select count(*) from queue_decisions where at < now() - interval '7 days'", 0);
	queue_log_close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(callers_add_up, setup),
		cmocka_unit_test_setup(one_queue_and_no_callers, setup),
		cmocka_unit_test_setup(hours_are_those_of_the_zone, setup),
		cmocka_unit_test_setup(callers_of_this_moment_add_up_too, setup),
		cmocka_unit_test_setup(agents_of_this_moment, setup),
		cmocka_unit_test_setup(agents_have_offers_and_hours, setup),
		cmocka_unit_test_setup(decisions_are_explained, setup),
		cmocka_unit_test_setup(one_refused_decision_stops_no_other, setup),
		cmocka_unit_test_setup(old_decisions_go, setup),
		cmocka_unit_test_setup(the_newest_wait_for_the_database, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, fixture_teardown);
}
