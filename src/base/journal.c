#include "base/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/journal_segment.h"
#include "base/text.h"

enum { SEGMENT_BYTES = 8 << 20, QUEUE_BYTES = 16 << 20, RETRY_MS = 1000 };

struct journal {
	struct journal_config config;
	int directory;
	int lock; /* held (flock) as long as the journal is open */
	pthread_t writer;

	pthread_mutex_t mutex;
	pthread_cond_t wake;    /* the writer: records, or closing */
	pthread_cond_t changed; /* those who wait: written, failing, or stopped */
	/* Under the mutex. Queue and batch: records end to end, each after room for its header. */
	struct text queue;
	size_t in_flight;   /* bytes of the batch the writer holds; 0: none */
	uint64_t accepted;  /* records taken over since open; counts.written catches up with it */
	uint64_t *segments; /* ascending */
	size_t n_segments, segments_room;
	struct journal_position end;
	struct journal_counts counts;
	bool closing, stopped;

	/* The writer's own. */
	struct text batch;
	size_t batch_done;                 /* bytes of the batch that are on disk */
	int file;                          /* of segment end.segment; -1: to be created */
	bool suspect;                      /* the file may hold bytes beyond end.offset */
	int64_t tick_due_us, retry_due_us; /* monotonic */
};

int journal_compare(struct journal_position a, struct journal_position b)
{
	if (a.segment != b.segment)
		return a.segment < b.segment ? -1 : 1;
	return a.offset < b.offset ? -1 : a.offset > b.offset;
}

static int64_t from_now_us(unsigned ms)
{
	return clock_monotonic_us() + (int64_t)ms * 1000;
}

static enum error_code write_all(int file, const uint8_t *bytes, size_t n, uint64_t offset)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = pwrite(file, bytes + done, n - done, (off_t)(offset + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return ERROR_IO;
		done += (size_t)put;
	}
	return ERROR_OK;
}

/* Creates the file of segment end.segment and makes its name durable. */
static enum error_code create_segment(struct journal *journal, struct error *err)
{
	uint8_t header[JOURNAL_FILE_HEADER];
	char name[JOURNAL_NAME_MAX];
	uint64_t segment = journal->end.segment;
	AUTO(auto_close) int file = -1;

	journal_segment_name(segment, name);
	journal_header_write(segment, header);
	file = openat(journal->directory, name,
	              O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return error_errno(err, "create %s", name);
	if (write_all(file, header, sizeof(header), 0) != ERROR_OK || fsync(journal->directory) < 0)
		return error_errno(err, "write %s", name);

	pthread_mutex_lock(&journal->mutex);
	if (journal->n_segments == journal->segments_room) {
		size_t room = journal->segments_room * 2 + 16;
		uint64_t *more = reallocarray(journal->segments, room, sizeof(*more));

		if (more) {
			journal->segments = more;
			journal->segments_room = room;
		}
	}
	if (journal->n_segments < journal->segments_room) {
		journal->segments[journal->n_segments++] = segment;
		journal->file = file;
		file = -1;
	}
	pthread_mutex_unlock(&journal->mutex);
	return file < 0 ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* The next record goes to a new file. */
static void end_segment(struct journal *journal)
{
	auto_close(&journal->file);
	journal->file = -1;
	journal->suspect = false;
	pthread_mutex_lock(&journal->mutex);
	journal->end = (struct journal_position){journal->end.segment + 1, JOURNAL_FILE_HEADER};
	pthread_mutex_unlock(&journal->mutex);
}

/* As many records of the batch as the segment takes, sealed for the place they will have. */
static size_t seal_chunk(struct journal *journal, size_t *ret_records)
{
	uint8_t *bytes = (uint8_t *)journal->batch.data + journal->batch_done;
	size_t left = journal->batch.length - journal->batch_done;
	size_t chunk = 0, records = 0;

	while (chunk < left && journal->end.offset + chunk < journal->config.segment_bytes) {
		struct journal_position at = {journal->end.segment, journal->end.offset + chunk};
		size_t n = journal_record_length(bytes + chunk);

		journal_record_seal(at, bytes + chunk, n);
		chunk += JOURNAL_RECORD_HEADER + n;
		records++;
	}
	*ret_records = records;
	return chunk;
}

static enum error_code write_chunk(struct journal *journal, struct error *err)
{
	const uint8_t *bytes = (uint8_t *)journal->batch.data + journal->batch_done;
	enum error_code code;
	size_t chunk, records;

	/* After a failure the file may hold more than was counted. Where it cannot be cut, and
	 * after a failed sync (the kernel may have dropped the pages), only a new file is safe. */
	if (journal->suspect) {
		if (ftruncate(journal->file, (off_t)journal->end.offset) < 0)
			end_segment(journal);
		journal->suspect = false;
	}
	if (journal->end.offset >= journal->config.segment_bytes)
		end_segment(journal);
	if (journal->file < 0) {
		code = create_segment(journal, err);
		if (code != ERROR_OK)
			return code;
	}
	chunk = seal_chunk(journal, &records);
	if (write_all(journal->file, bytes, chunk, journal->end.offset) != ERROR_OK) {
		error_errno(err, "write the journal in %s", journal->config.directory);
		journal->suspect = true;
		return ERROR_IO;
	}
	if (fdatasync(journal->file) < 0) {
		error_errno(err, "sync the journal in %s", journal->config.directory);
		(void)!ftruncate(journal->file, (off_t)journal->end.offset);
		end_segment(journal);
		return ERROR_IO;
	}
	journal->batch_done += chunk;
	pthread_mutex_lock(&journal->mutex);
	journal->end.offset += chunk;
	journal->in_flight -= chunk;
	journal->counts.written += records;
	pthread_cond_broadcast(&journal->changed);
	pthread_mutex_unlock(&journal->mutex);
	return ERROR_OK;
}

static enum error_code write_batch(struct journal *journal, struct error *err)
{
	while (journal->batch_done < journal->batch.length) {
		enum error_code code = write_chunk(journal, err);

		if (code != ERROR_OK)
			return code;
	}
	text_reset(&journal->batch);
	journal->batch_done = 0;
	return ERROR_OK;
}

/* With the mutex: sleeps until there is something to write, to retry or to tick, or the end. */
static void wait_for_work(struct journal *journal)
{
	const struct journal_config *config = &journal->config;

	while (!journal->closing) {
		int64_t due = config->tick_ms ? journal->tick_due_us : INT64_MAX;

		if (journal->in_flight) {
			if (journal->retry_due_us < due)
				due = journal->retry_due_us;
		} else if (journal->queue.length) {
			return;
		}
		if (due == INT64_MAX)
			pthread_cond_wait(&journal->wake, &journal->mutex);
		else if (clock_monotonic_us() < due)
			condition_wait(&journal->wake, &journal->mutex, due);
		else
			return;
	}
}

/* With the mutex: writes what is queued, or tries again what a failure left. */
static void write_turn(struct journal *journal)
{
	struct error err = {0};
	enum error_code code;

	if (!journal->in_flight) {
		struct text empty = journal->batch;

		journal->batch = journal->queue;
		journal->queue = empty;
		journal->in_flight = journal->batch.length;
	}
	pthread_mutex_unlock(&journal->mutex);
	code = write_batch(journal, &err);
	pthread_mutex_lock(&journal->mutex);
	if (code != ERROR_OK)
		journal->retry_due_us = from_now_us(journal->config.retry_ms);
	journal->counts.failing = code != ERROR_OK;
	journal->counts.failure = err;
	pthread_cond_broadcast(&journal->changed);
}

static void *writer_main(void *arg)
{
	struct journal *journal = arg;
	bool closing;

	pthread_mutex_lock(&journal->mutex);
	do {
		wait_for_work(journal);
		closing = journal->closing;
		if (!closing && journal->config.tick_ms &&
		    clock_monotonic_us() >= journal->tick_due_us) {
			journal->tick_due_us = from_now_us(journal->config.tick_ms);
			pthread_mutex_unlock(&journal->mutex);
			journal->config.tick(journal->config.tick_arg);
			pthread_mutex_lock(&journal->mutex);
		}
		if (journal->in_flight && !closing && clock_monotonic_us() < journal->retry_due_us)
			continue;
		if (journal->in_flight || journal->queue.length)
			write_turn(journal);
	} while (!closing || (journal->queue.length && !journal->counts.failing));
	pthread_mutex_unlock(&journal->mutex);
	return NULL;
}

enum error_code journal_append(struct journal *journal, const void *bytes, size_t n,
                               struct error *err)
{
	uint8_t header[JOURNAL_RECORD_HEADER];
	enum error_code code = ERROR_OK;
	struct text *queue;
	size_t before;

	if (n == 0 || n > JOURNAL_RECORD_MAX)
		return error_set(err, ERROR_TOO_LARGE, NULL, "a journal record has 1 to %d bytes",
		                 JOURNAL_RECORD_MAX);
	journal_record_prepare(header, n);
	pthread_mutex_lock(&journal->mutex);
	queue = &journal->queue;
	before = queue->length;
	if (before + journal->in_flight + n + sizeof(header) > journal->config.queue_bytes) {
		journal->counts.dropped++;
		code = error_set(err, ERROR_TOO_LARGE, NULL,
		                 "the journal's memory is full while the disk refuses");
		goto done;
	}
	text_add_n(queue, (const char *)header, sizeof(header));
	text_add_n(queue, bytes, n);
	if (queue->failed) {
		queue->failed = false;
		queue->length = before;
		journal->counts.dropped++;
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
		goto done;
	}
	journal->accepted++;
	if (journal->counts.failing) {
		if (err)
			*err = journal->counts.failure;
		code = ERROR_IO;
	}
	pthread_cond_signal(&journal->wake);
done:
	pthread_mutex_unlock(&journal->mutex);
	return code;
}

enum error_code journal_flush(struct journal *journal, unsigned timeout_ms, struct error *err)
{
	int64_t deadline = from_now_us(timeout_ms);
	enum error_code code = ERROR_OK;
	uint64_t accepted;

	pthread_mutex_lock(&journal->mutex);
	accepted = journal->accepted; /* what others append meanwhile is not waited for */
	while (journal->counts.written < accepted) {
		if (journal->counts.failing) {
			if (err)
				*err = journal->counts.failure;
			code = ERROR_IO;
			break;
		}
		if (clock_monotonic_us() >= deadline) {
			code = error_set(err, ERROR_TIMEOUT, NULL,
			                 "the journal is not written yet");
			break;
		}
		condition_wait(&journal->changed, &journal->mutex, deadline);
	}
	pthread_mutex_unlock(&journal->mutex);
	return code;
}

struct journal_position journal_end(struct journal *journal)
{
	struct journal_position end;

	pthread_mutex_lock(&journal->mutex);
	end = journal->end;
	pthread_mutex_unlock(&journal->mutex);
	return end;
}

bool journal_wait(struct journal *journal, struct journal_position position, unsigned timeout_ms)
{
	int64_t deadline = from_now_us(timeout_ms);
	bool more;

	pthread_mutex_lock(&journal->mutex);
	for (;;) {
		more = journal_compare(journal->end, position) > 0;
		if (more || journal->stopped || clock_monotonic_us() >= deadline)
			break;
		condition_wait(&journal->changed, &journal->mutex, deadline);
	}
	pthread_mutex_unlock(&journal->mutex);
	return more;
}

void journal_stop_waiting(struct journal *journal)
{
	pthread_mutex_lock(&journal->mutex);
	journal->stopped = true;
	pthread_cond_broadcast(&journal->changed);
	pthread_mutex_unlock(&journal->mutex);
}

/* The oldest segment number below `before` that is no longer written to, taken off the list. */
static bool take_oldest(struct journal *journal, uint64_t before, uint64_t *ret_segment)
{
	bool taken = false;

	pthread_mutex_lock(&journal->mutex);
	if (journal->n_segments && journal->segments[0] < before &&
	    journal->segments[0] < journal->end.segment) {
		*ret_segment = journal->segments[0];
		journal->n_segments--;
		memmove(journal->segments, journal->segments + 1,
		        journal->n_segments * sizeof(*journal->segments));
		taken = true;
	}
	pthread_mutex_unlock(&journal->mutex);
	return taken;
}

void journal_forget(struct journal *journal, struct journal_position before)
{
	char name[JOURNAL_NAME_MAX];
	uint64_t segment;

	/* One that cannot be removed is found again at the next open. */
	while (take_oldest(journal, before.segment, &segment)) {
		journal_segment_name(segment, name);
		unlinkat(journal->directory, name, 0);
	}
}

void journal_counts(struct journal *journal, struct journal_counts *ret_counts)
{
	pthread_mutex_lock(&journal->mutex);
	*ret_counts = journal->counts;
	ret_counts->queued_bytes = journal->queue.length + journal->in_flight;
	ret_counts->segments = journal->n_segments;
	pthread_mutex_unlock(&journal->mutex);
}

bool journal_next_segment(struct journal *journal, uint64_t least, uint64_t *ret_segment)
{
	bool found = false;

	pthread_mutex_lock(&journal->mutex);
	for (size_t i = 0; i < journal->n_segments && !found; i++) {
		found = journal->segments[i] >= least;
		if (found)
			*ret_segment = journal->segments[i];
	}
	pthread_mutex_unlock(&journal->mutex);
	return found;
}

int journal_directory(const struct journal *journal)
{
	return journal->directory;
}

void journal_count_damage(struct journal *journal)
{
	pthread_mutex_lock(&journal->mutex);
	journal->counts.damaged++;
	pthread_mutex_unlock(&journal->mutex);
}

/* The lock is on a file of its own: it goes with the process, whatever ends it. */
static enum error_code lock_directory(struct journal *journal, struct error *err)
{
	const char *directory = journal->config.directory;

	journal->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (journal->directory < 0)
		return error_errno(err, "open the directory %s", directory);
	journal->lock =
		openat(journal->directory, "lock", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (journal->lock < 0)
		return error_errno(err, "create %s/lock", directory);
	if (flock(journal->lock, LOCK_EX | LOCK_NB) == 0)
		return ERROR_OK;
	if (errno == EWOULDBLOCK)
		return error_set(err, ERROR_BUSY, NULL, "another process holds %s", directory);
	return error_errno(err, "lock %s/lock", directory);
}

/* The newest segment may end in a torn record; the next record goes to a new segment always. */
static enum error_code find_segments(struct journal *journal, struct error *err)
{
	enum error_code code = journal_segments_list(journal->config.directory, &journal->segments,
	                                             &journal->n_segments, err);
	bool gone = true;

	if (code != ERROR_OK)
		return code;
	journal->segments_room = journal->n_segments;
	journal->end = (struct journal_position){1, JOURNAL_FILE_HEADER};
	if (journal->n_segments)
		journal->end.segment = journal->segments[journal->n_segments - 1] + 1;
	while (journal->n_segments && gone) {
		uint64_t cut = 0;

		code = journal_segment_repair(journal->directory,
		                              journal->segments[journal->n_segments - 1], &cut,
		                              &gone, err);
		if (code != ERROR_OK)
			return code;
		journal->counts.cut_bytes += cut;
		journal->n_segments -= gone;
	}
	return ERROR_OK;
}

static void journal_free(struct journal *journal)
{
	pthread_cond_destroy(&journal->changed);
	pthread_cond_destroy(&journal->wake);
	pthread_mutex_destroy(&journal->mutex);
	text_clear(&journal->queue);
	text_clear(&journal->batch);
	auto_close(&journal->file);
	auto_close(&journal->lock);
	auto_close(&journal->directory);
	free(journal->segments);
	free((char *)journal->config.directory);
	free(journal);
}

static void journal_auto_free(struct journal **journal)
{
	if (*journal)
		journal_free(*journal);
}

static struct journal *journal_new(const struct journal_config *config)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return NULL;
	journal->config = *config;
	journal->config.directory = strdup(config->directory);
	if (!config->segment_bytes)
		journal->config.segment_bytes = SEGMENT_BYTES;
	if (!config->queue_bytes)
		journal->config.queue_bytes = QUEUE_BYTES;
	if (!config->retry_ms)
		journal->config.retry_ms = RETRY_MS;
	if (!config->tick)
		journal->config.tick_ms = 0;
	journal->tick_due_us = from_now_us(config->tick_ms);
	journal->directory = -1;
	journal->lock = -1;
	journal->file = -1;
	pthread_mutex_init(&journal->mutex, NULL);
	condition_init(&journal->wake);
	condition_init(&journal->changed);
	if (!journal->config.directory) {
		journal_free(journal);
		return NULL;
	}
	return journal;
}

enum error_code journal_open(const struct journal_config *config, struct journal **ret_journal,
                             struct error *err)
{
	AUTO(journal_auto_free) struct journal *journal = NULL;
	enum error_code code;
	int failed;

	if (sodium_init() < 0)
		return error_set(err, ERROR_INTERNAL, NULL, "libsodium does not start");
	journal = journal_new(config);
	if (!journal)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = lock_directory(journal, err);
	if (code == ERROR_OK)
		code = find_segments(journal, err);
	if (code != ERROR_OK)
		return code;
	failed = pthread_create(&journal->writer, NULL, writer_main, journal);
	if (failed) {
		errno = failed;
		return error_errno(err, "start the journal's thread");
	}
	*ret_journal = TAKE(journal);
	return ERROR_OK;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	pthread_mutex_lock(&journal->mutex);
	journal->closing = true;
	pthread_cond_signal(&journal->wake);
	pthread_mutex_unlock(&journal->mutex);
	pthread_join(journal->writer, NULL);
	journal_free(journal);
}
