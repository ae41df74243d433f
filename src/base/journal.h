/*
 * A durable append-only log in a directory: records of bytes, in order, that survive the process
 * and the machine.
 *
 * One thread writes: whatever was appended since its last turn goes out in one write and one
 * fdatasync (group commit), so append only copies and never waits for the disk. Records stand in
 * numbered segment files, each with its length and a keyed checksum of its place; a torn tail is
 * cut off when the journal is opened. Readers follow the end; segments are removed once the caller
 * forgets them.
 *
 * While the disk refuses (full, broken) the records stay in memory up to queue_bytes and are tried
 * again every second; after such a failure a record may stand in the journal twice.
 *
 * Thread-safe, except that a reader belongs to one thread at a time.
 */
#ifndef CENTREX_BASE_JOURNAL_H
#define CENTREX_BASE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { JOURNAL_RECORD_MAX = 64 * 1024 };

/* Where a record stands; later records have greater ones. Zero: the beginning. */
struct journal_position {
	uint64_t segment;
	uint64_t offset;
};

struct journal_config {
	const char *directory;   /* exists; locked against other processes */
	size_t segment_bytes;    /* a new file after so many; 0: 8 MiB */
	size_t queue_bytes;      /* memory for what is not written yet; 0: 16 MiB */
	unsigned retry_ms;       /* after a failed write; 0: 1000 */
	unsigned tick_ms;        /* how often tick is called on the writing thread; 0: never */
	void (*tick)(void *arg); /* may append; must not close */
	void *tick_arg;
};

struct journal_counts {
	uint64_t written;     /* records on disk since open */
	uint64_t dropped;     /* records refused because the memory was full */
	uint64_t damaged;     /* places where a reader met bytes that are no record */
	uint64_t cut_bytes;   /* torn tail cut off at open */
	size_t queued_bytes;  /* not on disk yet */
	size_t segments;      /* files */
	bool failing;         /* the last write failed; it is being retried */
	struct error failure; /* why, while failing */
};

struct journal;
struct journal_reader;

/* ERROR_BUSY when another process holds the directory, ERROR_IO, ERROR_MEMORY. */
MUST_CHECK enum error_code journal_open(const struct journal_config *config,
                                        struct journal **ret_journal, struct error *err);
/* Writes what is queued (one attempt); every reader must be closed. NULL is allowed. */
void journal_close(struct journal *journal);

/* Copies. ERROR_OK: will be written. ERROR_IO: kept in memory, but the disk refuses at present.
 * ERROR_TOO_LARGE: not kept, the record is too long or the memory is full. ERROR_MEMORY: not kept.
 */
MUST_CHECK enum error_code journal_append(struct journal *journal, const void *bytes, size_t n,
                                          struct error *err);

/* Waits until all that was appended is on disk: ERROR_TIMEOUT, ERROR_IO while the disk refuses. */
MUST_CHECK enum error_code journal_flush(struct journal *journal, unsigned timeout_ms,
                                         struct error *err);

/* The end of what is written: what is appended from now on will stand there or later. */
struct journal_position journal_end(struct journal *journal);
/* True when something is written at or after the position; waits for it up to timeout_ms. */
bool journal_wait(struct journal *journal, struct journal_position position, unsigned timeout_ms);
/* Ends every journal_wait at once, now and later. */
void journal_stop_waiting(struct journal *journal);

/* Removes the segments that end before the position. */
void journal_forget(struct journal *journal, struct journal_position before);

void journal_counts(struct journal *journal, struct journal_counts *ret_counts);

int journal_compare(struct journal_position a, struct journal_position b);

struct journal_record {
	const uint8_t *bytes; /* valid until the next call on this reader */
	size_t n;
	struct journal_position at;
};

/* From the first record at or after the position (which must be zero or one a journal gave). */
MUST_CHECK enum error_code journal_reader_open(struct journal *journal,
                                               struct journal_position from,
                                               struct journal_reader **ret_reader,
                                               struct error *err);
void journal_reader_close(struct journal_reader *reader); /* NULL is allowed */

/* ERROR_NOT_FOUND: nothing more is written yet. Bytes that are no record are skipped to the next
 * segment and counted. */
MUST_CHECK enum error_code journal_read(struct journal_reader *reader,
                                        struct journal_record *ret_record, struct error *err);
/* After the last record read. */
struct journal_position journal_reader_position(const struct journal_reader *reader);

#endif
