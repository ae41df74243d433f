/* No call record is lost, whatever is away or full meanwhile. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "freeswitch/intake_private.h"
#include "intake_fixture.h"
#include "oom.h"
#include "unit.h"

#define RECORD(leg) "leg=" leg " role=caller tenant=acme.pbx.test end=2 disposition=no_answer"

static void expect_counts(struct intake *intake, uint64_t stored, uint64_t spooled, size_t waiting)
{
	struct intake_counts counts;

	intake_counts(intake, &counts);
	assert_int_equal(counts.stored, stored);
	assert_int_equal(counts.spooled, spooled);
	assert_int_equal(counts.waiting, waiting);
}

static void records_wait_in_the_spool_while_the_database_is_away(void **state)
{
	struct intake *intake = open_intake();

	(void)state;
	expect_taken(intake, RECORD("1"), INTAKE_STORED);
	postgres_kill(fixture->postgres);
	for (int i = 0; i < 10; i++) {
		char body[128];

		snprintf(body, sizeof(body), "leg=%d role=caller tenant=acme.pbx.test", 20 + i);
		expect_taken(intake, body, INTAKE_SPOOLED);
	}
	/* Of a tenant that was never loaded, of none, and no record at all: all the same. */
	expect_taken(intake, "leg=3 role=caller tenant=bell.pbx.test", INTAKE_SPOOLED);
	expect_taken(intake, "leg=4 role=caller tenant=nobody.pbx.test", INTAKE_SPOOLED);
	expect_taken(intake, "!", INTAKE_SPOOLED);
	expect_counts(intake, 1, 13, 13);
	assert_int_equal(atomic_load(&notices[INTAKE_WAITING]), 1);
	/* The process ends, too; the next one finds them. */
	intake_close(intake);
	intake = open_intake();
	expect_counts(intake, 0, 0, 13);
	expect_taken(intake, RECORD("5"), INTAKE_SPOOLED);
	postgres_start(fixture->postgres);
	wait_replayed(intake, 14);
	expect_counts(intake, 12, 1, 0);
	assert_int_equal(atomic_load(&notices[INTAKE_RESUMED]), 1);
	expect_sql(&acme, "select count(*) from cdrs", "12");
	expect_sql(&bell, "select count(*) from cdrs", "1");
	expect_sql(NULL, "select string_agg(reason, ' ' order by reason) from public.dead_letters",
	           "unknown_tenant unreadable");
	intake_close(intake);
}

/* The postmaster and all it has begun. */
static void signal_postgres(int signal)
{
	static char pids[4096];
	char *at = pids;

	if (signal == SIGSTOP)
		postgres_sql(fixture->postgres,
		             "select string_agg(pid::text, ' ') from pg_stat_activity", pids,
		             sizeof(pids));
	kill(postgres_pid(fixture->postgres), signal);
	for (long pid = strtol(at, &at, 10); pid > 0; pid = strtol(at, &at, 10))
		kill((pid_t)pid, signal);
}

/* PostgreSQL answers nobody, but is there: who sends waits a moment, and those after him not. */
static void a_database_that_hangs_holds_up_nobody(void **state)
{
	struct intake *intake = open_intake();
	enum intake_outcome outcomes[2] = {INTAKE_STORED, INTAKE_STORED};
	enum error_code codes[2];
	int64_t took_us[2];

	(void)state;
	expect_taken(intake, RECORD("1"), INTAKE_STORED);
	signal_postgres(SIGSTOP);
	for (int i = 0; i < 2; i++) {
		int64_t begun_us = clock_monotonic_us();

		codes[i] = take(intake, i ? RECORD("3") : RECORD("2"), &outcomes[i]);
		took_us[i] = clock_monotonic_us() - begun_us;
	}
	signal_postgres(SIGCONT);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(codes[i], ERROR_OK);
		assert_int_equal(outcomes[i], INTAKE_SPOOLED);
		assert_true(took_us[i] < (i ? 500 : INTAKE_WAIT_MS + 1000) * INT64_C(1000));
	}
	wait_replayed(intake, 2);
	expect_sql(&acme, "select count(*) from cdrs", "3");
	intake_close(intake);
}

static void write_file(const char *name, const char *bytes)
{
	char path[256];
	int file;

	snprintf(path, sizeof(path), "%s/%s", spool, name);
	file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	assert_int_equal(write(file, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	close(file);
}

static void one_bad_file_does_not_hold_up_the_next(void **state)
{
	char path[256];
	struct intake *intake;

	(void)state;
	write_file("0000000000000001-x.cdr", "!not of ours");
	write_file("0000000000000002-x.part", "half wri");
	snprintf(path, sizeof(path), "%s/0000000000000003-x.cdr", spool);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/0000000000000004-x.cdr", spool);
	assert_int_equal(symlink("/dev/zero", path), 0);
	write_file("0000000000000005-x.cdr", "centrex call record 1\ncontent-type: text/xml\n"
	                                     "url-uuid: a_x\n\n" RECORD("9"));
	write_file("0000000000000006-x.cdr", "centrex call record 1\ncontent-type: text/xml\n"
	                                     "url-uuid: \n\n" RECORD("10") " data=[]");
	write_file("0000000000000007-x.cdr", "centrex call record 1\ncontent-type: text/xml\n"
	                                     "url-uuid: \n\n" RECORD("11"));
	intake = open_intake();
	wait_replayed(intake, 4);
	expect_sql(&acme, "select count(*) from cdrs", "2");
	expect_sql(NULL, "select string_agg(reason, ' ' order by reason) from public.dead_letters",
	           "refused unreadable");
	expect_counts(intake, 2, 0, 2);
	snprintf(path, sizeof(path), "%s/0000000000000002-x.part", spool);
	assert_int_equal(access(path, F_OK), -1);
	intake_close(intake);
}

/* A tenant whose tables are locked (a migration) holds up neither the others nor who sends. */
static void a_locked_tenant_holds_up_no_other(void **state)
{
	const struct tx_scope scope = {.door = TX_OWNER, .tenant = acme};
	const struct tx_statement lock = {.sql = "lock table cdr_legs in access exclusive mode"};
	struct intake *intake = open_intake();
	enum intake_outcome outcomes[3] = {INTAKE_IS_DEAD, INTAKE_IS_DEAD, INTAKE_IS_DEAD};
	enum error_code codes[3];
	int64_t took_us[2];
	struct tx *tx = NULL;

	(void)state;
	assert_int_equal(tx_open(fixture->db, &scope, &tx, NULL), ERROR_OK);
	assert_int_equal(tx_exec(tx, &lock, 1, NULL, NULL), ERROR_OK);
	for (int i = 0; i < 2; i++) {
		int64_t begun_us = clock_monotonic_us();

		codes[i] = take(intake, i ? RECORD("3") : RECORD("1"), &outcomes[i]);
		took_us[i] = clock_monotonic_us() - begun_us;
	}
	codes[2] = take(intake, "leg=2 role=caller tenant=bell.pbx.test", &outcomes[2]);
	tx_abort(tx);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(codes[i], ERROR_OK);
		assert_int_equal(outcomes[i], i < 2 ? INTAKE_SPOOLED : INTAKE_STORED);
	}
	assert_true(took_us[0] < INTAKE_WAIT_MS * INT64_C(1000));
	assert_true(took_us[1] < 500 * INT64_C(1000));
	assert_int_equal(atomic_load(&notices[INTAKE_WAITING]), 0);
	wait_replayed(intake, 2);
	expect_sql(&acme, "select count(*) from cdrs", "2");
	intake_close(intake);
}

/* The child's process may write no file longer than what is in its spool already. */
static void what_the_disk_refuses_is_refused(void **state)
{
	struct intake *intake = open_intake();
	enum intake_outcome outcome;

	(void)state;
	postgres_kill(fixture->postgres);
	expect_taken(intake, RECORD("1"), INTAKE_SPOOLED);
	assert_int_equal(close(open(spool, O_RDONLY | O_CLOEXEC)), 0);
	/* A directory that is no more takes no file, whoever asks. */
	if (geteuid() != 0)
		assert_int_equal(chmod(spool, 0500), 0);
	if (geteuid() != 0) {
		assert_int_not_equal(take(intake, RECORD("2"), &outcome), ERROR_OK);
		assert_int_not_equal(take(intake, RECORD("3"), &outcome), ERROR_OK);
		assert_int_equal(atomic_load(&notices[INTAKE_UNWRITTEN]), 1);
		assert_int_equal(chmod(spool, 0700), 0);
		expect_taken(intake, RECORD("2"), INTAKE_SPOOLED);
		assert_int_equal(atomic_load(&notices[INTAKE_WRITTEN]), 1);
	}
	postgres_start(fixture->postgres);
	wait_replayed(intake, geteuid() ? 2 : 1);
	intake_close(intake);
}

static void a_spool_is_of_one_process(void **state)
{
	const struct intake_config config = {
		.spool = spool, .db = fixture->db, .directory = directory};
	struct intake *intake = open_intake(), *other = NULL;
	struct error err;

	(void)state;
	assert_int_equal(intake_open(&config, &other, &err), ERROR_BUSY);
	intake_close(intake);
	intake = open_intake();
	intake_close(intake);
}

static void bodies_under_way_are_bounded(void **state)
{
	struct intake *intake = open_intake();
	const struct intake_letter large = {"text/xml", "", RECORD("1"), RECORD_BODY_MAX + 1};
	enum intake_outcome outcome;
	struct error err;

	(void)state;
	assert_int_equal(intake_take(intake, &large, &outcome, &err), ERROR_TOO_LARGE);
	pthread_mutex_lock(&intake->mutex);
	intake->under_way = INTAKE_UNDER_WAY_MAX - 1;
	pthread_mutex_unlock(&intake->mutex);
	assert_int_equal(take(intake, RECORD("1"), &outcome), ERROR_UNAVAILABLE);
	pthread_mutex_lock(&intake->mutex);
	intake->under_way = 0;
	pthread_mutex_unlock(&intake->mutex);
	expect_taken(intake, RECORD("1"), INTAKE_STORED);
	assert_int_equal(intake->under_way, 0);
	intake_close(intake);
}

/* Killed while the spool is carried over, again and again: each record is there once. */
static void a_kill_in_the_middle_loses_and_doubles_nothing(void **state)
{
	enum { RECORDS = 400 };
	struct intake *intake = open_intake();

	(void)state;
	postgres_kill(fixture->postgres);
	for (int i = 0; i < RECORDS; i++) {
		char body[128];

		snprintf(body, sizeof(body),
		         "leg=%d role=caller tenant=acme.pbx.test end=2 disposition=answered"
		         " answer=1",
		         1000 + i);
		expect_taken(intake, body, INTAKE_SPOOLED);
	}
	intake_close(intake);
	postgres_start(fixture->postgres);
	for (int i = 0; i < 6; i++) {
		pid_t child = fork();
		int status;

		if (child == 0) {
			/* Connections and the directory's threads are not a child's. */
			struct intake_config config = {.spool = spool};

			if (db_open(&fixture->config, &config.db, NULL) ||
			    directory_open(&(struct directory_config){.db = config.db},
			                   &config.directory, NULL) ||
			    intake_open(&config, &intake, NULL))
				_exit(1);
			for (;;)
				pause();
		}
		usleep(15000 * (unsigned)(i + 1));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
	}
	intake = open_intake();
	for (int i = 0; i < 1000 && ({
				struct intake_counts counts;

				intake_counts(intake, &counts);
				counts.waiting;
			});
	     i++)
		usleep(10000);
	intake_close(intake);
	expect_sql(&acme, "select count(*) from cdrs", "400");
	expect_sql(&acme, "select sum(calls) from cdr_quarters", "400");
}

static enum error_code read_item(void *arg)
{
	const char *body = RECORD("77") " name=x data={\"a\":1}";
	const struct intake_letter letter = {"text/xml", "a_b", body, strlen(body)};
	struct intake_item *item = NULL;
	enum error_code code = intake_item_new(arg, &letter, &item, NULL);

	intake_item_free(item);
	return code;
}

static enum error_code spool_one(void *arg)
{
	const struct intake_letter letter = {"text/xml", "a_b", "!", 1};

	return spool_put(arg, &letter, NULL);
}

static enum error_code read_spool(void *arg)
{
	struct spool_names names = {0};
	struct spooled spooled = {0};
	enum error_code code = spool_list(arg, &names, NULL);

	if (code == ERROR_OK)
		code = spool_get(arg, names.names[0], &spooled, NULL);
	if (code == ERROR_OK) {
		assert_string_equal(spooled.letter.url_uuid, "a_b");
		assert_int_equal(spooled.letter.n, 1);
	}
	spooled_clear(&spooled);
	spool_names_clear(&names);
	return code;
}

static void memory_that_runs_out_is_an_error_and_leaks_nothing(void **state)
{
	struct intake *intake = open_intake();
	struct spool *other = NULL;
	char path[128];

	(void)state;
	expect_taken(intake, RECORD("1"), INTAKE_STORED); /* the tenant is in memory */
	oom_check(read_item, intake);
	intake_close(intake);
	snprintf(path, sizeof(path), "%s/other", spool);
	assert_int_equal(spool_open(path, &other, NULL), ERROR_OK);
	oom_check(spool_one, other);
	oom_check(read_spool, other);
	spool_close(other);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, each_setup, each_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_wait_in_the_spool_while_the_database_is_away),
		TEST(a_database_that_hangs_holds_up_nobody),
		TEST(one_bad_file_does_not_hold_up_the_next),
		TEST(a_locked_tenant_holds_up_no_other),
		TEST(what_the_disk_refuses_is_refused),
		TEST(a_spool_is_of_one_process),
		TEST(bodies_under_way_are_bounded),
		TEST(a_kill_in_the_middle_loses_and_doubles_nothing),
		TEST(memory_that_runs_out_is_an_error_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, intake_setup, intake_teardown);
}
