/* Call records reach PostgreSQL exactly once, whatever dies meanwhile. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cdr_fixture.h"
#include "unit.h"

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
	assert_int_equal(cdr_recording(store, &call, "recordings/1.wav"), ERROR_OK);
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
	           "select concat_ws('|', cause, answer_time - cdrs.start_time, dest_number,"
	           " recording, recording_path) from cdrs join cdr_details on cdr_id = id",
	           "engine_restart|00:00:01|102|partial|recordings/1.wav");
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
	for (int i = 0; i < 500 && !atomic_load(&unwritten); i++)
		usleep(10000);
	assert_int_equal(atomic_load(&unwritten), 1);
	assert_int_equal(atomic_load(&written), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	wait_stored(store, 50);
	cdr_counts(store, &counts);
	assert_false(counts.disk_failing);
	for (int i = 0; i < 500 && !atomic_load(&written); i++)
		usleep(10000);
	assert_int_equal(atomic_load(&written), 1);
	assert_int_equal(atomic_load(&unwritten), 1);
	assert_int_equal(counts.dropped, 0);
	expect_row(&acme, "select count(*) from cdrs", "50");
	signal(SIGXFSZ, SIG_DFL);
	cdr_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CDR_TEST(records_wait_while_the_database_is_away),
		CDR_TEST(exactly_once_while_postgresql_dies),
		CDR_TEST(kill_9_of_the_engine),
		CDR_TEST(an_open_call_ends_when_the_engine_was_last_alive),
		CDR_TEST(long_calls_do_not_hold_the_journal_back),
		CDR_TEST(a_full_disk_loses_nothing),
	};

	return cmocka_run_group_tests(tests, cdr_setup, fixture_teardown);
}
