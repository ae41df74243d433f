/* Call records reach PostgreSQL exactly once, whatever dies meanwhile. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/cdr.h"
#include "domain/cdr_private.h"
#include "fixture.h"
#include "unit.h"

static char spool[64];
static struct fixture *fixture;
static struct uuid acme, bell;

static atomic_uint rejected, waiting, resumed;

static void on_notice(enum cdr_notice notice, const struct uuid *call, const struct uuid *tenant,
                      const struct error *err, void *arg)
{
	atomic_uint *counts[] = {
		[CDR_REJECTED] = &rejected, [CDR_WAITING] = &waiting, [CDR_RESUMED] = &resumed};

	(void)arg;
	(void)call;
	(void)tenant;
	if (err)
		print_message("# notice %d: %s\n", (int)notice, err->message);
	atomic_fetch_add(counts[notice], 1);
}

static int group_setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	fixture = *state;
	acme = fixture_tenant(fixture, "acme.pbx.test");
	bell = fixture_tenant(fixture, "bell.pbx.test");
	return 0;
}

static void remove_tree(const char *path)
{
	DIR *stream = opendir(path);
	struct dirent *entry;
	char child[400];

	while (stream && (entry = readdir(stream))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		if (unlink(child) < 0)
			remove_tree(child);
	}
	if (stream)
		closedir(stream);
	rmdir(path);
}

static int make_spool(void **state)
{
	(void)state;
	atomic_store(&rejected, 0);
	atomic_store(&waiting, 0);
	atomic_store(&resumed, 0);
	snprintf(spool, sizeof(spool), "/tmp/centrex-spool-XXXXXX");
	return mkdtemp(spool) ? 0 : -1;
}

static int remove_spool(void **state)
{
	(void)state;
	remove_tree(spool);
	fixture_sql(fixture, &acme, "delete from cdrs");
	fixture_sql(fixture, &bell, "delete from cdrs");
	return 0;
}

static struct cdr_store *open_store(void)
{
	const struct cdr_config config = {
		.spool = spool, .db = fixture->db, .node = "node1", .notice = on_notice};
	struct cdr_store *store = NULL;
	struct error err;

	if (cdr_open(&config, &store, &err) != ERROR_OK)
		fail_msg("cdr_open: %s", err.message);
	return store;
}

static const int64_t noon = INT64_C(1795348800000000); /* 2026-11-22T12:00:00Z */

static struct uuid begin_call(struct cdr_store *store, const struct uuid *tenant, int64_t start_us)
{
	const struct cdr_begin begin = {
		.call = uuid_at(start_us / 1000),
		.tenant = *tenant,
		.caller_id_name = "Ada Lovelace",
		.caller_id_number = "101",
		.dest_number = "102",
		.context = "default",
		.sip_call_id = "abc@192.0.2.1",
		.start_us = start_us,
	};

	assert_int_equal(cdr_begin(store, &begin), ERROR_OK);
	return begin.call;
}

static void end_call(struct cdr_store *store, const struct uuid *call, int64_t end_us)
{
	const struct cdr_end end = {
		.call = *call,
		.end_us = end_us,
		.disposition = CDR_ANSWERED,
		.cause = "normal",
		.sip_status = 200,
		.hangup_by = "callee",
		.answered_by = "102",
		.legs_json = "[{\"extension\":\"102\",\"status\":200}]",
	};

	assert_int_equal(cdr_end(store, &end), ERROR_OK);
}

static struct uuid whole_call(struct cdr_store *store, const struct uuid *tenant, int64_t start_us)
{
	struct uuid call = begin_call(store, tenant, start_us);

	assert_int_equal(cdr_answer(store, &call, start_us + 1000000), ERROR_OK);
	end_call(store, &call, start_us + 3500000);
	return call;
}

static void wait_stored(struct cdr_store *store, uint64_t stored)
{
	struct cdr_counts counts;

	for (int i = 0; i < 1500; i++) {
		cdr_counts(store, &counts);
		if (counts.stored >= stored)
			break;
		usleep(10000);
	}
	assert_int_equal(counts.stored, stored);
}

static void expect_row(const struct uuid *tenant, const char *sql, const char *expected)
{
	char value[512];

	fixture_value(fixture, tenant, sql, value, sizeof(value));
	assert_string_equal(value, expected);
}

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

static void records_wait_while_the_database_is_away(void **state)
{
	struct cdr_store *store = open_store();
	struct cdr_counts counts;

	(void)state;
	whole_call(store, &acme, noon);
	wait_stored(store, 1);
	postgres_kill(fixture->postgres);
	for (int i = 0; i < 700; i++)
		whole_call(store, i % 2 ? &acme : &bell, noon + i * INT64_C(1000000));
	for (int i = 0; i < 500 && !atomic_load(&waiting); i++)
		usleep(10000);
	assert_int_equal(atomic_load(&waiting), 1);
	cdr_counts(store, &counts);
	assert_int_equal(counts.waiting, 700);
	/* The process ends, too; the next one finds them. */
	cdr_close(store);
	store = open_store();
	cdr_counts(store, &counts);
	assert_int_equal(counts.waiting, 700);
	assert_int_equal(counts.closed_at_start, 0);
	postgres_start(fixture->postgres);
	wait_stored(store, 700);
	expect_row(&acme, "select count(*) from cdrs", "351");
	expect_row(&bell, "select count(*) from cdr_details", "350");
	cdr_counts(store, &counts);
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(atomic_load(&rejected), 0);
	cdr_close(store);
	/* Nothing is sent again: a record deleted meanwhile stays deleted. */
	fixture_sql(fixture, &acme, "delete from cdrs");
	store = open_store();
	usleep(200000);
	cdr_counts(store, &counts);
	assert_int_equal(counts.stored, 0);
	expect_row(&acme, "select count(*) from cdrs", "0");
	cdr_close(store);
}

/* PostgreSQL is killed again and again while calls end; each is there once, in order. */
static void exactly_once_while_postgresql_dies(void **state)
{
	enum { CALLS = 3000 };
	struct cdr_store *store = open_store();

	(void)state;
	for (int i = 0; i < CALLS; i++) {
		struct cdr_begin begin = {.call = uuid_at(noon / 1000 + i),
		                          .tenant = acme,
		                          .start_us = noon + i * INT64_C(1000)};

		assert_int_equal(cdr_begin(store, &begin), ERROR_OK);
		end_call(store, &begin.call, begin.start_us);
		if (i % 1000 == 500) {
			usleep(30000);
			postgres_kill(fixture->postgres);
		}
		if (i % 1000 == 900)
			postgres_start(fixture->postgres);
	}
	wait_stored(store, CALLS);
	expect_row(&acme, "select count(*) from cdrs", "3000");
	expect_row(&acme, "select count(*) from cdr_details", "3000");
	assert_int_equal(atomic_load(&rejected), 0);
	cdr_close(store);
}

/* Children take calls and are killed; the next one goes on. In the end every call that a child knew
 * to be on disk has exactly one row, and those it left open are closed. */
static void kill_9_of_the_engine(void **state)
{
	enum { ROUNDS = 5, OPEN = 7 };
	struct cdr_store *store;
	struct cdr_counts counts;
	long known = 0, rows;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		int pipes[2], status;
		unsigned done;
		pid_t child;

		assert_int_equal(pipe(pipes), 0);
		child = fork();
		if (child == 0) {
			struct db *db;

			/* Threads of the parent's pool are not here: a pool of its own. */
			if (db_open(&fixture->config, &db, NULL) != ERROR_OK)
				_exit(1);
			const struct cdr_config config = {.spool = spool, .db = db};

			if (cdr_open(&config, &store, NULL) != ERROR_OK)
				_exit(1);
			for (int i = 0; i < OPEN; i++) {
				struct uuid call = begin_call(store, &bell, noon);

				if (i % 2)
					(void)!cdr_answer(store, &call, noon + 1);
			}
			for (unsigned i = 1;; i++) {
				whole_call(store, &acme, noon + i);
				if (journal_flush(store->journal, 10000, NULL) != ERROR_OK ||
				    write(pipes[1], &i, sizeof(i)) != sizeof(i))
					_exit(1);
			}
		}
		close(pipes[1]);
		assert_int_equal(read(pipes[0], &done, sizeof(done)), sizeof(done));
		usleep(50000 + 60000 * round);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		for (unsigned i; read(pipes[0], &i, sizeof(i)) == sizeof(i);)
			done = i;
		close(pipes[0]);
		known += done;
	}
	store = open_store();
	cdr_counts(store, &counts);
	assert_in_range(counts.closed_at_start, OPEN, OPEN + 1);
	for (int i = 0; i < 1000 && counts.waiting; i++) {
		usleep(10000);
		cdr_counts(store, &counts);
	}
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(atomic_load(&rejected), 0);
	rows = fixture_number(fixture, &acme, "select count(*) from cdrs");
	print_message("# %ld calls known, %ld rows\n", known, rows);
	assert_in_range(rows, known, known + ROUNDS);
	assert_int_equal(
		fixture_number(
			fixture, &bell,
			"select count(*) from cdrs c join cdr_details d on d.cdr_id = c.id"
			" where d.cause = 'engine_restart' and d.hangup_by = 'engine'"
			" and d.disposition = case when c.answer_time is null then 'failed' else "
			"'answered' end"),
		ROUNDS * OPEN);
	cdr_close(store);
}

static void an_open_call_ends_when_the_engine_was_last_alive(void **state)
{
	struct cdr_store *store = open_store();
	int64_t now = clock_unix_us();

	(void)state;
	begin_call(store, &acme, now);
	usleep((CDR_ALIVE_MS + 500) * 1000);
	cdr_close(store);
	usleep(1500000);
	store = open_store();
	wait_stored(store, 1);
	assert_in_range(
		fixture_number(fixture, &acme,
	                       "select extract(epoch from end_time - start_time) * 1000 from cdrs"),
		CDR_ALIVE_MS - 100, CDR_ALIVE_MS + 800);
	cdr_close(store);
}

/* A call that is up for very long keeps its record without keeping all that came after it. */
static void long_calls_do_not_hold_the_journal_back(void **state)
{
	struct cdr_store *store = open_store();
	struct journal_counts journal;
	struct uuid call;
	char *legs = malloc(15000);

	(void)state;
	memset(legs, ' ', 14999);
	legs[0] = '[';
	legs[14998] = ']';
	legs[14999] = '\0';
	call = begin_call(store, &bell, noon);
	assert_int_equal(cdr_answer(store, &call, noon + 1000000), ERROR_OK);
	for (int i = 0; i < 4000; i++) {
		struct cdr_end end = {
			.call = begin_call(store, &acme, noon), .end_us = noon, .legs_json = legs};
		enum error_code code = cdr_end(store, &end);

		assert_int_equal(code, ERROR_OK);
		if (i % 200 == 199)
			wait_stored(store, (uint64_t)i + 1);
	}
	journal_counts(store->journal, &journal);
	print_message("# %zu segments\n", journal.segments);
	assert_in_range(journal.segments, 1, 6);
	cdr_close(store);
	store = open_store();
	wait_stored(store, 1);
	expect_row(&bell,
	           "select concat_ws('|', cause, answer_time - start_time, dest_number)"
	           " from cdrs join cdr_details on cdr_id = id",
	           "engine_restart|00:00:01|102");
	expect_row(&acme, "select count(*) from cdrs", "4000");
	cdr_close(store);
	free(legs);
}

static void a_full_disk_loses_nothing(void **state)
{
	struct cdr_store *store = open_store();
	struct rlimit before, small;
	struct cdr_counts counts;
	enum error_code code;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 5000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 50; i++) {
		struct cdr_begin begin = {
			.call = uuid_at(noon / 1000), .tenant = acme, .start_us = noon};
		struct cdr_end end = {.call = begin.call, .end_us = noon};

		code = cdr_begin(store, &begin);
		assert_true(code == ERROR_OK || code == ERROR_IO);
		code = cdr_end(store, &end);
		assert_true(code == ERROR_OK || code == ERROR_IO);
		usleep(1000);
	}
	assert_int_equal(code, ERROR_IO);
	cdr_counts(store, &counts);
	assert_true(counts.disk_failing);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	wait_stored(store, 50);
	cdr_counts(store, &counts);
	assert_false(counts.disk_failing);
	assert_int_equal(counts.dropped, 0);
	expect_row(&acme, "select count(*) from cdrs", "50");
	signal(SIGXFSZ, SIG_DFL);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_spool, remove_spool)
	const struct CMUnitTest tests[] = {
		TEST(a_call_becomes_one_row),
		TEST(a_call_nobody_answered),
		TEST(steps_out_of_order_are_refused),
		TEST(bad_text_is_no_lost_record),
		TEST(a_tenant_that_is_gone_stops_nobody),
		TEST(one_refused_record_stops_nobody),
		TEST(a_tenant_that_is_locked_keeps_only_its_own_waiting),
		TEST(records_wait_while_the_database_is_away),
		TEST(exactly_once_while_postgresql_dies),
		TEST(kill_9_of_the_engine),
		TEST(an_open_call_ends_when_the_engine_was_last_alive),
		TEST(long_calls_do_not_hold_the_journal_back),
		TEST(a_full_disk_loses_nothing),
		TEST(many_threads_at_once),
	};

	return cmocka_run_group_tests(tests, group_setup, fixture_teardown);
}
