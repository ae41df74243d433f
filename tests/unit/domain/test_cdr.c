/* Call records reach PostgreSQL whole, in their tenant, whatever was in them. */
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cdr_fixture.h"
#include "unit.h"

static void a_call_becomes_one_row(void **state)
{
	struct cdr_store *store = open_store();
	struct cdr_counts counts;

	(void)state;
	whole_call(store, &acme, noon);
	wait_stored(store, 1);
	expect_row(&acme,
	           "select concat_ws('|', caller_id_name, caller_id_number, dest_number, context,"
	           " start_time at time zone 'UTC', answer_time at time zone 'UTC',"
	           " end_time at time zone 'UTC', duration, recording_path) from cdrs",
	           "Ada Lovelace|101|102|default|2026-11-22 12:00:00|2026-11-22 12:00:01|"
	           "2026-11-22 12:00:03.5|3");
	expect_row(&acme,
	           "select concat_ws('|', direction, disposition, cause, sip_status, hangup_by,"
	           " answered_by, sip_call_id, node, legs) from cdr_details d join cdrs c on c.id ="
	           " d.cdr_id",
	           "internal|answered|normal|200|callee|102|abc@192.0.2.1|node1|"
	           "[{\"status\": 200, \"extension\": \"102\"}]");
	expect_row(&bell, "select count(*) from cdrs", "0");
	/* The hurry ends with the unit of work, on whichever connection it was. */
	for (int i = 0; i < 4; i++)
		expect_row(&acme, "select current_setting('lock_timeout')", "0");
	cdr_counts(store, &counts);
	assert_int_equal(counts.begun, 1);
	assert_int_equal(counts.ended, 1);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(counts.live, 0);
	cdr_close(store);
}

static void a_call_nobody_answered(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);
	const struct cdr_end end = {.call = call,
	                            .end_us = noon + 999999,
	                            .disposition = CDR_NO_ANSWER,
	                            .cause = "no_answer",
	                            .hangup_by = "nobody"};

	(void)state;
	assert_int_equal(cdr_end(store, &end), ERROR_OK);
	wait_stored(store, 1);
	expect_row(&acme, "select concat_ws('|', duration, answer_time is null) from cdrs", "0|t");
	expect_row(&acme,
	           "select concat_ws('|', disposition, sip_status is null, hangup_by is null,"
	           " answered_by is null, legs) from cdr_details",
	           "no_answer|t|t|t|[]");
	cdr_close(store);
}

static void steps_out_of_order_are_refused(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid call = begin_call(store, &acme, noon);
	struct cdr_begin again = {.call = call, .tenant = acme};
	struct cdr_end end = {.call = uuid_random()};

	(void)state;
	assert_int_equal(cdr_begin(store, &again), ERROR_CONFLICT);
	assert_int_equal(cdr_answer(store, &end.call, noon), ERROR_NOT_FOUND);
	assert_int_equal(cdr_end(store, &end), ERROR_NOT_FOUND);
	assert_int_equal(cdr_answer(store, &call, noon + 2000000), ERROR_OK);
	assert_int_equal(cdr_answer(store, &call, noon + 9000000), ERROR_OK);
	end_call(store, &call, noon + 3000000);
	end.call = call;
	assert_int_equal(cdr_end(store, &end), ERROR_NOT_FOUND);
	wait_stored(store, 1);
	expect_row(&acme, "select extract(second from answer_time)::int from cdrs", "2");
	cdr_close(store);
}

/* Whatever a telephone sends, the call is recorded. */
static void bad_text_is_no_lost_record(void **state)
{
	struct cdr_store *store = open_store();
	char *huge = malloc((1 << 20) + 1);
	struct cdr_begin begin = {.tenant = acme, .start_us = noon};
	struct cdr_end end = {.disposition = CDR_FAILED};
	const char *const names[] = {"\xff\xfe caf\xe9",
	                             "\x01\x1f\x7f\"\\'; drop table cdrs; --",
	                             huge,
	                             "",
	                             NULL,
	                             "\xed\xa0\x80\xf4\x90\x80\x80",
	                             "\xf0\x9f\x93\x9e",
	                             "\xc2"};
	const char *const legs[] = {"{}", "[", "[\"\\u0000\"]", huge, "", NULL, "[1e999]", "[]]"};

	(void)state;
	memset(huge, 'x', 1 << 20);
	huge[1 << 20] = '\0';
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		begin.call = uuid_at(noon / 1000);
		begin.caller_id_name = begin.caller_id_number = names[i];
		begin.dest_number = begin.context = begin.sip_call_id = names[i];
		assert_int_equal(cdr_begin(store, &begin), ERROR_OK);
		end.call = begin.call;
		end.cause = end.hangup_by = end.answered_by = names[i];
		end.legs_json = legs[i];
		end.sip_status = i % 2 ? 9999 : 1;
		end.disposition = (enum cdr_disposition)(CDR_DISPOSITION_COUNT + (int)i);
		/* Clocks that jump: before 1970, before the start, beyond the last year. */
		end.end_us = i % 3 == 0 ? INT64_MIN : i % 3 == 1 ? noon - 1 : INT64_MAX;
		assert_int_equal(cdr_answer(store, &end.call, i % 2 ? INT64_MAX : -5), ERROR_OK);
		assert_int_equal(cdr_end(store, &end), ERROR_OK);
	}
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		begin.call = uuid_at(noon / 1000);
		begin.start_us = i % 2 ? INT64_MIN : noon;
		assert_int_equal(cdr_begin(store, &begin), ERROR_OK);
		end_call(store, &begin.call, noon);
	}
	wait_stored(store, 2 * COUNT_OF(names));
	assert_int_equal(atomic_load(&rejected), 0);
	expect_row(&acme, "select count(*) from cdr_details", "16");
	expect_row(&acme, "select max(char_length(caller_id_name)) from cdrs", "256");
	expect_row(&acme,
	           "select count(*) from cdrs where caller_id_name = U&'\\FFFD\\FFFD caf\\FFFD'",
	           "1");
	free(huge);
	cdr_close(store);
}

static void a_tenant_that_is_gone_stops_nobody(void **state)
{
	struct cdr_store *store = open_store();
	struct uuid nobody = uuid_random();
	char path[256], id[UUID_TEXT_MAX];
	struct cdr_counts counts;
	struct uuid call;
	struct stat status;

	(void)state;
	whole_call(store, &acme, noon);
	call = whole_call(store, &nobody, noon);
	whole_call(store, &bell, noon);
	whole_call(store, &nobody, noon);
	whole_call(store, &acme, noon);
	wait_stored(store, 3);
	for (int i = 0; i < 500 && atomic_load(&rejected) < 2; i++)
		usleep(10000);
	assert_int_equal(atomic_load(&rejected), 2);
	cdr_counts(store, &counts);
	assert_int_equal(counts.rejected, 2);
	assert_int_equal(counts.waiting, 0);
	snprintf(path, sizeof(path), "%s/rejected/%s.json", spool, uuid_format(&call, id));
	assert_int_equal(stat(path, &status), 0);
	assert_true(status.st_size > 100);
	assert_int_equal(status.st_mode & 0777, 0600);
	cdr_close(store);
	/* Once set aside, not tried again. */
	store = open_store();
	cdr_counts(store, &counts);
	assert_int_equal(counts.waiting, 0);
	cdr_close(store);
	assert_int_equal(atomic_load(&rejected), 2);
}

static void one_refused_record_stops_nobody(void **state)
{
	struct cdr_store *store = open_store();

	(void)state;
	postgres_sql(
		fixture->postgres,
		"do $$ declare s text; begin for s in select schema_name from public.tenants loop"
		" execute format('alter table %I.cdrs add constraint cdrs_unlucky_check"
		" check (dest_number <> ''13'')', s); end loop; end $$",
		NULL, 0);
	for (int i = 0; i < 40; i++) {
		char number[8];
		struct cdr_begin begin = {.call = uuid_at(noon / 1000),
		                          .tenant = acme,
		                          .dest_number = number,
		                          .start_us = noon};

		snprintf(number, sizeof(number), "%d", i);
		assert_int_equal(cdr_begin(store, &begin), ERROR_OK);
		end_call(store, &begin.call, noon + 5);
	}
	wait_stored(store, 39);
	for (int i = 0; i < 500 && atomic_load(&rejected) < 1; i++)
		usleep(10000);
	assert_int_equal(atomic_load(&rejected), 1);
	expect_row(&acme, "select count(*) from cdrs", "39");
	postgres_sql(
		fixture->postgres,
		"do $$ declare s text; begin for s in select schema_name from public.tenants loop"
		" execute format('alter table %I.cdrs drop constraint cdrs_unlucky_check', s);"
		" end loop; end $$",
		NULL, 0);
	cdr_close(store);
}

static void a_tenant_that_is_locked_keeps_only_its_own_waiting(void **state)
{
	const struct tx_scope owner = {.door = TX_OWNER, .tenant = acme};
	const struct tx_statement lock = {.sql = "lock table cdrs in access exclusive mode"};
	struct cdr_store *store = open_store();
	struct tx *tx;

	(void)state;
	assert_int_equal(tx_open(fixture->db, &owner, &tx, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &lock, 1, NULL, NULL), ERROR_OK);
	for (int i = 0; i < 20; i++)
		whole_call(store, i % 2 ? &acme : &bell, noon);
	wait_stored(store, 10);
	expect_row(&bell, "select count(*) from cdrs", "10");
	whole_call(store, &bell, noon);
	wait_stored(store, 11);
	tx_abort(tx);
	wait_stored(store, 21);
	expect_row(&acme, "select count(*) from cdrs", "10");
	assert_int_equal(atomic_load(&rejected), 0);
	cdr_close(store);
}

static void *many_calls(void *arg)
{
	for (int i = 0; i < 300; i++)
		whole_call(arg, i % 2 ? &acme : &bell, noon + i);
	return NULL;
}

static void many_threads_at_once(void **state)
{
	struct cdr_store *store = open_store();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_create(&threads[i], NULL, many_calls, store);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	wait_stored(store, 1200);
	expect_row(&acme, "select count(*) from cdrs", "600");
	expect_row(&bell, "select count(*) from cdr_details", "600");
	cdr_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CDR_TEST(a_call_becomes_one_row),
		CDR_TEST(a_call_nobody_answered),
		CDR_TEST(steps_out_of_order_are_refused),
		CDR_TEST(bad_text_is_no_lost_record),
		CDR_TEST(a_tenant_that_is_gone_stops_nobody),
		CDR_TEST(one_refused_record_stops_nobody),
		CDR_TEST(a_tenant_that_is_locked_keeps_only_its_own_waiting),
		CDR_TEST(many_threads_at_once),
	};

	return cmocka_run_group_tests(tests, cdr_setup, fixture_teardown);
}
