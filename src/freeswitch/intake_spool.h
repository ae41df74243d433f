/*
 * Call records in files while the database is away: a directory of one process, a file for each,
 * named so that they sort by age, "<time>-<leg>-<random>.cdr". A file is there whole or not at all;
 * what a crash left half written was never acknowledged and goes when the spool is opened.
 */
#ifndef CENTREX_FREESWITCH_INTAKE_SPOOL_H
#define CENTREX_FREESWITCH_INTAKE_SPOOL_H

#include "base/text.h"
#include "freeswitch/intake.h"

struct spool;

/* Makes the directory where it is not there. ERROR_BUSY: another process has it. */
MUST_CHECK enum error_code spool_open(const char *path, struct spool **ret_spool,
                                      struct error *err);
void spool_close(struct spool *spool); /* NULL is allowed */

/* Any thread. Back when file and directory are synced; errors as files_error (base/files.h). */
MUST_CHECK enum error_code spool_put(struct spool *spool, const struct intake_letter *letter,
                                     struct error *err);

/* How many files wait; any thread. */
size_t spool_waiting(struct spool *spool);

struct spool_names {
	char **names;
	size_t n;
};

/* Oldest first. The rest is for one thread at a time. */
MUST_CHECK enum error_code spool_list(struct spool *spool, struct spool_names *ret_names,
                                      struct error *err);
void spool_names_clear(struct spool_names *names);

/* letter points into these. */
struct spooled {
	struct text bytes;
	struct intake_letter letter;
};

/* A file that is none of ours is taken for a body. */
MUST_CHECK enum error_code spool_get(struct spool *spool, const char *name,
                                     struct spooled *ret_spooled, struct error *err);
void spooled_clear(struct spooled *spooled);

MUST_CHECK enum error_code spool_remove(struct spool *spool, const char *name, struct error *err);

/* A regular file to its end, at most `most` bytes; no link is followed. ERROR_INVALID: it is none,
 * ERROR_TOO_LARGE. */
MUST_CHECK enum error_code spool_read_file(int directory, const char *name, size_t most,
                                           struct text *ret_bytes, struct error *err);

#endif
