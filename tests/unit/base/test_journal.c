/* The journal: nothing acknowledged is lost, nothing torn comes back, whatever happens when. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/journal.h"
#include "base/journal_segment.h"
#include "oom.h"
#include "unit.h"

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/centrex-journal-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;

	(void)state;
	while (stream && (entry = readdir(stream)))
		unlinkat(dirfd(stream), entry->d_name, 0);
	if (stream)
		closedir(stream);
	return rmdir(directory);
}

static void path_of(uint64_t segment, char path[128])
{
	char name[JOURNAL_NAME_MAX];

	journal_segment_name(segment, name);
	snprintf(path, 128, "%s/%s", directory, name);
}

static struct journal *open_with(struct journal_config config)
{
	struct journal *journal = NULL;
	struct error err = {0};

	config.directory = directory;
	if (journal_open(&config, &journal, &err) != ERROR_OK)
		fail_msg("journal_open: %s", err.message);
	return journal;
}

static struct journal *open_journal(void)
{
	return open_with((struct journal_config){.segment_bytes = 4096});
}

static void append_number(struct journal *journal, unsigned number)
{
	char bytes[32];
	int n = snprintf(bytes, sizeof(bytes), "record %u", number);

	assert_int_equal(journal_append(journal, bytes, (size_t)n, NULL), ERROR_OK);
}

/* Reads from a position and checks that the records are first, first + 1, ...; returns how many. */
static unsigned read_numbers(struct journal *journal, struct journal_position from, unsigned first)
{
	struct journal_reader *reader;
	struct journal_record record;
	enum error_code code;
	unsigned n = 0;

	assert_int_equal(journal_reader_open(journal, from, &reader, NULL), ERROR_OK);
	while ((code = journal_read(reader, &record, NULL)) == ERROR_OK) {
		char expected[32];
		int length = snprintf(expected, sizeof(expected), "record %u", first + n);

		assert_int_equal(record.n, length);
		assert_memory_equal(record.bytes, expected, record.n);
		n++;
	}
	assert_int_equal(code, ERROR_NOT_FOUND);
	journal_reader_close(reader);
	return n;
}

static const struct journal_position start = {0, 0};

static void records_come_back_in_order(void **state)
{
	struct journal *journal = open_journal();
	struct journal_counts counts;

	(void)state;
	assert_int_equal(read_numbers(journal, start, 0), 0);
	for (unsigned i = 0; i < 1000; i++)
		append_number(journal, i);
	assert_int_equal(journal_flush(journal, 10000, NULL), ERROR_OK);
	assert_int_equal(read_numbers(journal, start, 0), 1000);
	journal_counts(journal, &counts);
	assert_int_equal(counts.written, 1000);
	assert_int_equal(counts.queued_bytes, 0);
	assert_true(counts.segments > 3);
	journal_close(journal);

	journal = open_journal();
	assert_int_equal(read_numbers(journal, start, 0), 1000);
	for (unsigned i = 1000; i < 1010; i++)
		append_number(journal, i);
	journal_close(journal); /* writes what is queued */

	journal = open_journal();
	assert_int_equal(read_numbers(journal, start, 0), 1010);
	journal_counts(journal, &counts);
	assert_int_equal(counts.damaged, 0);
	assert_int_equal(counts.cut_bytes, 0);
	journal_close(journal);
}

static void a_record_has_limits(void **state)
{
	struct journal *journal = open_journal();
	struct journal_reader *reader;
	struct journal_record record;
	char *bytes = calloc(1, JOURNAL_RECORD_MAX + 1);

	(void)state;
	assert_int_equal(journal_append(journal, bytes, 0, NULL), ERROR_TOO_LARGE);
	assert_int_equal(journal_append(journal, bytes, JOURNAL_RECORD_MAX + 1, NULL),
	                 ERROR_TOO_LARGE);
	for (int i = 0; i < 20; i++)
		assert_int_equal(journal_append(journal, bytes, JOURNAL_RECORD_MAX, NULL),
		                 ERROR_OK);
	assert_int_equal(journal_flush(journal, 10000, NULL), ERROR_OK);
	assert_int_equal(journal_reader_open(journal, start, &reader, NULL), ERROR_OK);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(journal_read(reader, &record, NULL), ERROR_OK);
		assert_int_equal(record.n, JOURNAL_RECORD_MAX);
	}
	assert_int_equal(journal_read(reader, &record, NULL), ERROR_NOT_FOUND);
	journal_reader_close(reader);
	journal_close(journal);
	free(bytes);
}

static void only_one_process_may_write(void **state)
{
	struct journal_config config = {.directory = directory};
	struct journal *journal = open_journal();
	struct journal *second = NULL;
	struct error err;

	(void)state;
	assert_int_equal(journal_open(&config, &second, &err), ERROR_BUSY);
	assert_null(second);
	journal_close(journal);
	journal_close(open_journal());
	config.directory = "/nonexistent/journal";
	assert_int_equal(journal_open(&config, &second, &err), ERROR_IO);
}

static void forgotten_segments_are_removed(void **state)
{
	struct journal *journal = open_journal();
	struct journal_counts before, after;
	struct journal_reader *reader;
	struct journal_record record;
	struct journal_position half = {0};

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		append_number(journal, i);
	assert_int_equal(journal_flush(journal, 10000, NULL), ERROR_OK);
	journal_counts(journal, &before);
	assert_int_equal(journal_reader_open(journal, start, &reader, NULL), ERROR_OK);
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(journal_read(reader, &record, NULL), ERROR_OK);
	half = journal_reader_position(reader);
	journal_reader_close(reader);
	journal_forget(journal, half);
	journal_counts(journal, &after);
	assert_true(after.segments < before.segments);
	assert_true(after.segments > 1);
	assert_int_equal(read_numbers(journal, half, 500), 500);
	/* Never the one being written. */
	journal_forget(journal, (struct journal_position){UINT64_MAX, 0});
	journal_counts(journal, &after);
	assert_int_equal(after.segments, 1);
	journal_close(journal);
}

/* Whatever byte the last write stopped at: the whole records before it stay, the torn one goes, and
 * the journal goes on. */
static void a_torn_write_is_cut_at_every_byte(void **state)
{
	struct journal *journal = open_with((struct journal_config){0});
	uint8_t whole[512];
	char path[128];
	ssize_t size;
	int file;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		append_number(journal, i);
	journal_close(journal);
	path_of(1, path);
	file = open(path, O_RDWR);
	size = read(file, whole, sizeof(whole));
	assert_int_equal(size, 16 + 10 * (12 + 8));
	close(file);

	for (ssize_t cut = 0; cut <= size; cut++) {
		unsigned whole_records = cut < 16 ? 0 : (unsigned)(cut - 16) / 20;
		struct journal_counts counts;

		file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(write(file, whole, (size_t)cut), cut);
		close(file);
		journal = open_with((struct journal_config){0});
		assert_int_equal(read_numbers(journal, start, 0), whole_records);
		append_number(journal, whole_records);
		assert_int_equal(journal_flush(journal, 10000, NULL), ERROR_OK);
		assert_int_equal(read_numbers(journal, start, 0), whole_records + 1);
		journal_counts(journal, &counts);
		assert_int_equal(counts.damaged, 0);
		journal_forget(journal, (struct journal_position){UINT64_MAX, 0});
		journal_close(journal);
		assert_int_equal(remove_directory(state), 0);
		assert_int_equal(mkdir(directory, 0700), 0);
	}
}

/* One flipped byte anywhere: never a wrong record, never a crash; what stands before it stays. */
static void a_flipped_byte_never_passes_for_a_record(void **state)
{
	struct journal *journal = open_with((struct journal_config){0});
	uint8_t whole[512];
	char path[128];
	ssize_t size;
	int file;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		append_number(journal, i);
	journal_close(journal);
	path_of(1, path);
	file = open(path, O_RDWR);
	size = read(file, whole, sizeof(whole));
	for (ssize_t at = 0; at < size; at++) {
		unsigned whole_records = at < 16 ? 0 : (unsigned)(at - 16) / 20;
		uint8_t flipped = whole[at] ^ 0x10;
		char next[128];

		/* An older segment: nothing is cut, the reader steps over. */
		path_of(2, next);
		file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(write(file, whole, (size_t)size), size);
		assert_int_equal(pwrite(file, &flipped, 1, at), 1);
		close(file);
		journal = open_with((struct journal_config){0});
		assert_int_equal(read_numbers(journal, start, 0), whole_records);
		journal_close(journal);
		unlink(next);
	}
}

static void damage_in_an_old_segment_hides_only_its_rest(void **state)
{
	struct journal *journal = open_journal();
	struct journal_counts counts;
	struct journal_reader *reader;
	struct journal_record record;
	unsigned n = 0;
	char path[128];
	int file;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		append_number(journal, i);
	journal_close(journal);
	path_of(2, path);
	file = open(path, O_RDWR);
	assert_int_equal(pwrite(file, "????????", 8, 2000), 8);
	close(file);

	journal = open_journal();
	assert_int_equal(journal_reader_open(journal, start, &reader, NULL), ERROR_OK);
	while (journal_read(reader, &record, NULL) == ERROR_OK)
		n++;
	journal_reader_close(reader);
	journal_counts(journal, &counts);
	assert_int_equal(counts.damaged, 1);
	assert_in_range(n, 850, 950);
	journal_close(journal);
}

static void a_record_counts_only_in_its_place(void **state)
{
	uint8_t bytes[JOURNAL_RECORD_HEADER + 4] = {0};
	struct journal_position at = {3, 100};
	size_t n;

	(void)state;
	memcpy(bytes + JOURNAL_RECORD_HEADER, "abcd", 4);
	journal_record_seal(at, bytes, 4);
	assert_int_equal(journal_record_parse(at, bytes, sizeof(bytes), &n), JOURNAL_RECORD);
	assert_int_equal(n, 4);
	for (size_t short_by = 1; short_by <= sizeof(bytes); short_by++)
		assert_int_equal(journal_record_parse(at, bytes, sizeof(bytes) - short_by, &n),
		                 JOURNAL_SHORT);
	at.offset++;
	assert_int_equal(journal_record_parse(at, bytes, sizeof(bytes), &n), JOURNAL_BAD);
	at = (struct journal_position){4, 100};
	assert_int_equal(journal_record_parse(at, bytes, sizeof(bytes), &n), JOURNAL_BAD);
	memset(bytes, 0, sizeof(bytes)); /* a hole in the file */
	assert_int_equal(journal_record_parse(at, bytes, sizeof(bytes), &n), JOURNAL_BAD);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(journal_record_parse(at, bytes, sizeof(bytes), &n), JOURNAL_BAD);
}

static void file_names_are_strict(void **state)
{
	uint64_t segment = 0;

	(void)state;
	assert_true(journal_segment_parse_name("00000000000000ff.journal", &segment));
	assert_int_equal(segment, 255);
	assert_false(journal_segment_parse_name("00000000000000FF.journal", &segment));
	assert_false(journal_segment_parse_name("0000000000000000.journal", &segment));
	assert_false(journal_segment_parse_name("00000000000000ff.journal~", &segment));
	assert_false(journal_segment_parse_name("0000000000000ff.journal", &segment));
}

/* A child appends and says on a pipe what was flushed; it is killed at a random moment. */
static void kill_9_loses_nothing_that_was_flushed(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		unsigned flushed = 0, n;
		struct journal *journal;
		int pipes[2], status;
		pid_t child;

		assert_int_equal(pipe(pipes), 0);
		child = fork();
		if (child == 0) {
			journal = open_journal();
			for (unsigned i = 0;; i++) {
				append_number(journal, i);
				if (i % 7 == 6 && journal_flush(journal, 10000, NULL) == ERROR_OK &&
				    write(pipes[1], &i, sizeof(i)) < 0)
					_exit(1);
			}
		}
		close(pipes[1]);
		assert_true(read(pipes[0], &flushed, sizeof(flushed)) > 0);
		usleep(3000 + 5000 * round);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		assert_true(WIFSIGNALED(status));
		while (read(pipes[0], &n, sizeof(n)) == sizeof(n))
			flushed = n;
		close(pipes[0]);

		journal = open_journal();
		assert_true(read_numbers(journal, start, 0) >= flushed + 1);
		journal_close(journal);
		assert_int_equal(remove_directory(state), 0);
		assert_int_equal(mkdir(directory, 0700), 0);
	}
}

/* The file size limit stands in for a full disk: writes fail with EFBIG after a part. */
static void a_full_disk_keeps_records_in_memory_and_goes_on(void **state)
{
	struct rlimit before, small;
	struct journal *journal = open_with((struct journal_config){
		.segment_bytes = 1 << 20, .queue_bytes = 64 << 10, .retry_ms = 20});
	struct journal_counts counts;
	enum error_code code;
	struct error err;
	struct journal_reader *reader;
	struct journal_record record;
	unsigned i = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 1234;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (; i < 100; i++) {
		char bytes[32];
		int n = snprintf(bytes, sizeof(bytes), "record %u", i);

		code = journal_append(journal, bytes, (size_t)n, &err);
		assert_true(code == ERROR_OK || code == ERROR_IO);
	}
	assert_int_equal(journal_flush(journal, 10000, &err), ERROR_IO);
	assert_non_null(strstr(err.message, "File too large"));
	journal_counts(journal, &counts);
	assert_true(counts.failing);
	assert_true(counts.queued_bytes > 0);
	/* The memory is bounded too. */
	do {
		char bytes[1000] = {0};

		code = journal_append(journal, bytes, sizeof(bytes), NULL);
	} while (code == ERROR_IO);
	assert_int_equal(code, ERROR_TOO_LARGE);
	journal_counts(journal, &counts);
	assert_int_equal(counts.dropped, 1);
	assert_true(counts.queued_bytes <= 64 << 10);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	for (int tries = 0; tries < 200; tries++) {
		journal_counts(journal, &counts);
		if (!counts.queued_bytes)
			break;
		usleep(10000);
	}
	assert_false(counts.failing);
	assert_int_equal(counts.queued_bytes, 0);
	journal_close(journal);
	signal(SIGXFSZ, SIG_DFL);

	journal = open_journal();
	assert_int_equal(journal_reader_open(journal, start, &reader, NULL), ERROR_OK);
	for (i = 0; i < 100; i++) {
		char expected[32];
		int n = snprintf(expected, sizeof(expected), "record %u", i);

		assert_int_equal(journal_read(reader, &record, NULL), ERROR_OK);
		assert_int_equal(record.n, n);
		assert_memory_equal(record.bytes, expected, record.n);
	}
	journal_reader_close(reader);
	journal_close(journal);
}

struct writers {
	struct journal *journal;
	unsigned thread;
};

static void *append_many(void *arg)
{
	struct writers *writers = arg;

	for (unsigned i = 0; i < 2000; i++) {
		unsigned bytes[2] = {writers->thread, i};

		if (journal_append(writers->journal, bytes, sizeof(bytes), NULL) != ERROR_OK)
			abort();
	}
	return NULL;
}

static void many_threads_append_while_one_follows(void **state)
{
	enum { THREADS = 4 };
	struct journal *journal = open_with((struct journal_config){.segment_bytes = 8192});
	unsigned next[THREADS] = {0}, total = 0;
	struct writers writers[THREADS];
	struct journal_reader *reader;
	struct journal_record record;
	pthread_t threads[THREADS];

	(void)state;
	for (unsigned i = 0; i < THREADS; i++) {
		writers[i] = (struct writers){journal, i};
		pthread_create(&threads[i], NULL, append_many, &writers[i]);
	}
	assert_int_equal(journal_reader_open(journal, start, &reader, NULL), ERROR_OK);
	while (total < THREADS * 2000) {
		unsigned bytes[2];

		if (journal_read(reader, &record, NULL) == ERROR_OK) {
			assert_int_equal(record.n, sizeof(bytes));
			memcpy(bytes, record.bytes, sizeof(bytes));
			assert_int_equal(bytes[1], next[bytes[0]]++);
			total++;
			if (total % 1000 == 0)
				journal_forget(journal, journal_reader_position(reader));
		} else {
			assert_true(journal_wait(journal, journal_reader_position(reader), 10000));
		}
	}
	assert_false(journal_wait(journal, journal_reader_position(reader), 1));
	journal_stop_waiting(journal);
	assert_false(journal_wait(journal, journal_reader_position(reader), 100000));
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	journal_reader_close(reader);
	journal_close(journal);
}

static void a_reader_of_nothing_waits(void **state)
{
	struct journal *journal = open_journal();
	struct journal_reader *reader;
	struct journal_record record;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(journal_reader_open(journal, start, &reader, NULL), ERROR_OK);
		while (journal_read(reader, &record, NULL) == ERROR_OK)
			;
		assert_false(journal_wait(journal, journal_reader_position(reader), 1));
		append_number(journal, round);
		assert_true(journal_wait(journal, journal_reader_position(reader), 10000));
		assert_int_equal(journal_read(reader, &record, NULL), ERROR_OK);
		assert_false(journal_wait(journal, journal_reader_position(reader), 1));
		journal_reader_close(reader);
		/* Again with a segment that was written by an earlier process. */
		journal_close(journal);
		journal = open_journal();
	}
	journal_close(journal);
}

static void tick(void *arg)
{
	struct journal *journal = atomic_load((struct journal * _Atomic *)arg);

	if (journal && journal_append(journal, "tick", 4, NULL) != ERROR_OK)
		abort();
}

static void the_tick_may_append(void **state)
{
	struct journal *_Atomic journal = NULL;
	struct journal_counts counts = {0};

	(void)state;
	journal = open_with(
		(struct journal_config){.tick = tick, .tick_arg = &journal, .tick_ms = 300});
	for (int i = 0; i < 300 && counts.written < 2; i++) {
		usleep(10000);
		journal_counts(journal, &counts);
	}
	assert_true(counts.written >= 2);
	journal_close(journal);
}

static enum error_code open_and_close(void *arg)
{
	struct journal_config config = {.directory = directory};
	struct journal *journal = NULL;
	enum error_code code = journal_open(&config, &journal, NULL);

	(void)arg;
	if (code == ERROR_OK)
		journal_close(journal);
	return code;
}

static void open_survives_without_memory(void **state)
{
	struct journal *journal = open_journal();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		append_number(journal, i);
	journal_close(journal);
	oom_check(open_and_close, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
	const struct CMUnitTest tests[] = {
		TEST(records_come_back_in_order),
		TEST(a_record_has_limits),
		TEST(only_one_process_may_write),
		TEST(forgotten_segments_are_removed),
		TEST(a_torn_write_is_cut_at_every_byte),
		TEST(a_flipped_byte_never_passes_for_a_record),
		TEST(damage_in_an_old_segment_hides_only_its_rest),
		cmocka_unit_test(a_record_counts_only_in_its_place),
		cmocka_unit_test(file_names_are_strict),
		TEST(kill_9_loses_nothing_that_was_flushed),
		TEST(a_full_disk_keeps_records_in_memory_and_goes_on),
		TEST(many_threads_append_while_one_follows),
		TEST(a_reader_of_nothing_waits),
		TEST(the_tick_may_append),
		TEST(open_survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
