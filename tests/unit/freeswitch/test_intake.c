/* Call records are each in the right place once, whatever order they come in. */
#include <pthread.h>
#include <unistd.h>

#include "freeswitch/dead_letters.h"
#include "intake_fixture.h"
#include "unit.h"

#define A_LEG                                                                                      \
	"leg=1 role=caller tenant=acme.pbx.test caller=101 dest=102 start=0 answer=3 end=63"       \
	" disposition=answered cause=normal_clearing sip_status=200 node=fs1"
#define B_LEG                                                                                      \
	"leg=2 call=1 role=callee domain=acme.pbx.test number=102 start=1 answer=3 end=63"         \
	" cause=normal_clearing node=fs1"
#define MEMBER                                                                                     \
	"leg=10 role=caller context=acme.pbx.test queue=support queue_domain=acme.pbx.test"        \
	" caller=0301234 dest=7001 start=0 answer=20 end=80 disposition=answered"
#define OFFER_BUSY                                                                                 \
	"leg=11 call=10 role=agent queue=support queue_domain=acme.pbx.test number=101 start=5"    \
	" end=6 cause=user_busy sip_status=486"
#define OFFER                                                                                      \
	"leg=12 call=10 role=agent queue=support queue_domain=acme.pbx.test number=102 start=8"    \
	" answer=20 end=80 cause=normal_clearing data={\"cc_agent\":\"102\"}"

#define LEGS                                                                                       \
	"select string_agg(l->>'role' || ' ' || coalesce(l->>'extension', '-') || ' ' ||"          \
	" (l->>'outcome'), ', ') from cdr_details, jsonb_array_elements(legs) l"

static struct intake *intake;

static int setup(void **state)
{
	int status = each_setup(state);

	intake = status ? NULL : open_intake();
	return status;
}

static int teardown(void **state)
{
	intake_close(intake);
	return each_teardown(state);
}

static void expect_plain_call(void)
{
	expect_sql(&acme,
	           "select id || ' ' || caller_id_number || ' ' || dest_number || ' ' ||"
	           " duration from cdrs",
	           "aa000000-0000-0000-0000-000000000001 101 102 63");
	expect_sql(&acme,
	           "select answered_by || ' ' || wait || ' ' || direction || ' ' || node"
	           " from cdr_details",
	           "102 3 internal fs1");
	expect_sql(&acme, LEGS, "caller - answered, callee 102 answered");
	expect_sql(&acme,
	           "select string_agg(extension || ' ' || calls || ' ' || talk_s, ','"
	           " order by extension) from cdr_extension_days",
	           "101 1 60,102 1 60");
	expect_sql(&acme, "select count(*) from cdr_legs", "2");
	expect_sql(&bell, "select count(*) from cdr_legs", "0");
}

static void a_call_is_one_row_with_its_legs(void **state)
{
	(void)state;
	expect_taken(intake, A_LEG, INTAKE_STORED);
	expect_taken(intake, B_LEG, INTAKE_STORED);
	expect_plain_call();
}

static void legs_may_come_before_their_call(void **state)
{
	(void)state;
	expect_taken(intake, B_LEG, INTAKE_STORED);
	expect_sql(&acme, "select count(*) from cdrs", "0");
	expect_taken(intake, A_LEG, INTAKE_STORED);
	expect_plain_call();
}

static void a_queue_call_shows_its_offers_and_who_answered(void **state)
{
	(void)state;
	expect_taken(intake, OFFER_BUSY, INTAKE_STORED);
	expect_taken(intake, MEMBER, INTAKE_STORED);
	expect_sql(&acme, "select count(*) from cdr_details where answered_by is null", "1");
	expect_taken(intake, OFFER, INTAKE_STORED);
	expect_sql(&acme, LEGS, "caller - answered, agent 101 user_busy, agent 102 answered");
	expect_sql(&acme,
	           "select l->>'sip_status' from cdr_details,"
	           " jsonb_array_elements(legs) l where l->>'extension' = '101'",
	           "486");
	expect_sql(&acme,
	           "select d.answered_by || ' ' || d.wait || ' ' || d.direction || ' ' ||"
	           " (d.queue_id = q.id) || ' ' || (l.queue_id = q.id) from cdr_details d,"
	           " queues q, cdr_legs l where l.number = '102'",
	           "102 20 inbound true true");
	/* Who answered is counted, though the caller's record did not name him. */
	expect_sql(&acme,
	           "select string_agg(extension || ' ' || answered || ' ' || talk_s ||"
	           " ' ' || wait_s, ',' order by extension) from cdr_extension_days",
	           "102 1 60 20,7001 1 60 20");
	expect_sql(&acme, "select data->>'cc_agent' from cdr_legs where number = '102'", "102");
}

static void who_answered_is_counted_once_though_both_records_name_him(void **state)
{
	(void)state;
	expect_taken(intake, MEMBER " answered_by=102", INTAKE_STORED);
	expect_taken(intake, OFFER, INTAKE_STORED);
	expect_sql(&acme, "select calls from cdr_extension_days where extension = '102'", "1");
}

static void a_record_that_comes_again_changes_nothing(void **state)
{
	struct intake_counts counts;

	(void)state;
	for (int i = 0; i < 3; i++) {
		expect_taken(intake, A_LEG, INTAKE_STORED);
		expect_taken(intake, B_LEG, INTAKE_STORED);
		expect_taken(intake, A_LEG " name=JSON", INTAKE_STORED);
	}
	expect_plain_call();
	expect_sql(&acme, "select calls from cdr_quarters", "1");
	expect_sql(&acme, "select caller_id_name from cdrs", "");
	intake_counts(intake, &counts);
	assert_int_equal(counts.stored, 2);
	assert_int_equal(counts.repeated, 7);
}

static void *take_in_thread(void *body)
{
	enum intake_outcome outcome;

	return take(intake, body, &outcome) == ERROR_OK && outcome == INTAKE_STORED ? NULL : body;
}

/* Both legs of many calls, each three times, all at once: no leg misses its call. */
static void legs_that_come_at_once_find_each_other(void **state)
{
	enum { CALLS = 20, TIMES = 3 };
	static char bodies[CALLS][2][256];
	pthread_t threads[CALLS][2][TIMES];

	(void)state;
	for (int i = 0; i < CALLS; i++) {
		snprintf(bodies[i][0], sizeof(bodies[i][0]),
		         "leg=%d role=caller tenant=acme.pbx.test caller=101 dest=900 start=0"
		         " answer=1 end=2 disposition=answered",
		         100 + i);
		snprintf(bodies[i][1], sizeof(bodies[i][1]),
		         "leg=%d call=%d role=callee tenant=acme.pbx.test number=102 start=0"
		         " answer=1 end=2",
		         200 + i, 100 + i);
	}
	for (int i = 0; i < CALLS * 2 * TIMES; i++)
		assert_int_equal(pthread_create(&(&threads[0][0][0])[i], NULL, take_in_thread,
		                                bodies[i / (2 * TIMES)][i % 2]),
		                 0);
	for (int i = 0; i < CALLS * 2 * TIMES; i++) {
		void *failed;

		pthread_join((&threads[0][0][0])[i], &failed);
		assert_null(failed);
	}
	expect_sql(&acme,
	           "select count(*) from cdr_details where jsonb_array_length(legs) = 2"
	           " and answered_by = '102'",
	           "20");
	expect_sql(&acme, "select calls from cdr_quarters", "20");
	expect_sql(&acme, "select calls from cdr_extension_days where extension = '102'", "20");
}

/* As above, of two processes. */
static void two_intakes_do_not_miss_each_other(void **state)
{
	const struct intake_config config = {.db = fixture->db, .directory = directory};
	struct intake *other = NULL;

	(void)state;
	assert_int_equal(intake_open(&config, &other, NULL), ERROR_OK);
	for (int i = 0; i < 100; i++) {
		char a[256], b[256];
		pthread_t thread;
		void *failed;
		enum intake_outcome outcome;

		snprintf(a, sizeof(a),
		         "leg=%d role=caller tenant=acme.pbx.test end=2"
		         " disposition=no_answer",
		         1000 + i);
		snprintf(b, sizeof(b), "leg=%d call=%d role=callee tenant=acme.pbx.test end=2",
		         2000 + i, 1000 + i);
		assert_int_equal(pthread_create(&thread, NULL, take_in_thread, a), 0);
		assert_int_equal(take(other, b, &outcome), ERROR_OK);
		pthread_join(thread, &failed);
		assert_null(failed);
	}
	intake_close(other);
	expect_sql(&acme, "select count(*) from cdr_details where jsonb_array_length(legs) = 2",
	           "100");
}

static void what_names_no_tenant_becomes_a_dead_letter(void **state)
{
	const char *letters =
		"select string_agg(reason || ' ' || attempts || ' ' ||"
		" encode(body, 'escape'), ', ' order by reason) from public.dead_letters";

	(void)state;
	expect_taken(intake, "leg=5 role=caller tenant=nobody.pbx.test context=default",
	             INTAKE_IS_DEAD);
	expect_taken(intake, "leg=5 role=caller tenant=nobody.pbx.test context=default",
	             INTAKE_IS_DEAD);
	expect_taken(intake, "!", INTAKE_IS_DEAD);
	expect_sql(NULL, letters,
	           "unknown_tenant 2 leg=5 role=caller tenant=nobody.pbx.test context=default, "
	           "unreadable 1 !");
	expect_sql(NULL, "select call_leg from public.dead_letters where reason = 'unknown_tenant'",
	           "aa000000-0000-0000-0000-000000000005");
	assert_int_equal(atomic_load(&notices[INTAKE_DEAD]), 3);
}

static void the_user_that_logged_in_says_whose_it_is(void **state)
{
	char name[UUID_TEXT_MAX], body[256];

	(void)state;
	snprintf(body, sizeof(body), "leg=6 role=caller context=default user=%s end=1",
	         uuid_format(&phone_101, name));
	expect_taken(intake, body, INTAKE_STORED);
	expect_sql(&acme, "select direction from cdr_details", "internal");
	/* A tenant of ours beside it that is not his: nobody sees it but who looks at dead letters.
	 */
	snprintf(body, sizeof(body), "leg=7 role=caller tenant=bell.pbx.test user=%s end=1",
	         uuid_format(&phone_101, name));
	expect_taken(intake, body, INTAKE_IS_DEAD);
	expect_taken(intake, "leg=8 role=caller tenant=bell.pbx.test queue_domain=acme.pbx.test",
	             INTAKE_IS_DEAD);
	expect_sql(NULL,
	           "select string_agg(reason || ': ' || detail, ', ' order by call_leg)"
	           " from public.dead_letters",
	           "tenants_disagree: tenant names tenant bell.pbx.test, and user_name names "
	           "acme.pbx.test, tenants_disagree: tenant names tenant bell.pbx.test, and "
	           "cc_queue names acme.pbx.test");
	expect_sql(&bell, "select count(*) from cdr_legs", "0");
}

/* PostgreSQL refuses one of a batch; the others are committed all the same. */
static void a_bad_record_does_not_hold_up_the_others(void **state)
{
	enum { RECORDS = 40 };
	static char bodies[RECORDS][128];
	pthread_t threads[RECORDS];

	(void)state;
	for (int i = 0; i < RECORDS; i++)
		snprintf(bodies[i], sizeof(bodies[i]),
		         i % 20 == 7 ? "leg=%d role=caller tenant=acme.pbx.test data=[]"
		                     : "leg=%d role=caller tenant=acme.pbx.test",
		         300 + i);
	for (int i = 0; i < RECORDS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_in_thread, bodies[i]), 0);
	for (int i = 0; i < RECORDS; i++) {
		void *failed;

		pthread_join(threads[i], &failed);
		assert_int_equal(failed != NULL, i % 20 == 7);
	}
	expect_sql(&acme, "select count(*) from cdrs", "38");
	expect_sql(NULL, "select count(*) from public.dead_letters where reason = 'refused'", "2");
}

static void a_dead_letter_is_fetched_and_removed(void **state)
{
	const struct intake_letter letter = {"text/\x01xml", "a_x", "a\0b\xff", 4};
	const struct error why = {.message = "because", .detail = "42"};
	struct dead_letter found = {0};
	struct uuid *ids = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(
		dead_letter_keep(fixture->db, &letter, "a_x", "fs1", DEAD_REFUSED, &why, NULL),
		ERROR_OK);
	assert_int_equal(dead_letter_ids(fixture->db, &ids, &n, NULL), ERROR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(dead_letter_fetch(fixture->db, &ids[0], &found, NULL), ERROR_OK);
	assert_int_equal(found.body.length, 4);
	assert_memory_equal(found.body.data, "a\0b\xff", 4);
	assert_string_equal(text_string(&found.content_type), "text/?xml");
	dead_letter_clear(&found);
	expect_sql(NULL, "select detail from public.dead_letters", "because (42)");
	assert_int_equal(dead_letter_remove(fixture->db, &ids[0], NULL), ERROR_OK);
	assert_int_equal(dead_letter_remove(fixture->db, &ids[0], NULL), ERROR_NOT_FOUND);
	assert_int_equal(dead_letter_fetch(fixture->db, &ids[0], &found, NULL), ERROR_NOT_FOUND);
	free(ids);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_one_row_with_its_legs),
		TEST(legs_may_come_before_their_call),
		TEST(a_queue_call_shows_its_offers_and_who_answered),
		TEST(who_answered_is_counted_once_though_both_records_name_him),
		TEST(a_record_that_comes_again_changes_nothing),
		TEST(legs_that_come_at_once_find_each_other),
		TEST(two_intakes_do_not_miss_each_other),
		TEST(what_names_no_tenant_becomes_a_dead_letter),
		TEST(the_user_that_logged_in_says_whose_it_is),
		TEST(a_bad_record_does_not_hold_up_the_others),
		TEST(a_dead_letter_is_fetched_and_removed),
	};

	return cmocka_run_group_tests(tests, intake_setup, intake_teardown);
}
