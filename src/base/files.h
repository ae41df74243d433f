/* Files and trees of files. */
#ifndef CENTREX_BASE_FILES_H
#define CENTREX_BASE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* errno as an error, "cannot <what>: <why>": ERROR_NO_SPACE where the disk (or a quota of it) is
 * full, ERROR_TOO_LARGE past the largest file the process may write, else ERROR_IO. */
MUST_CHECK enum error_code files_error(struct error *err, const char *what);

/* All n bytes at offset; errors as files_error. */
MUST_CHECK enum error_code files_write_at(int file, uint64_t offset, const void *bytes, size_t n,
                                          struct error *err);

/* Removes a file, or a directory with all that is in it; one that is not there is no error. Links
 * are removed, never followed, also when somebody puts them there meanwhile: root may remove what
 * is in a directory of the system user. */
MUST_CHECK enum error_code files_remove(const char *path, struct error *err);
/* The same of a name in an open directory. */
MUST_CHECK enum error_code files_remove_at(int directory, const char *name, struct error *err);

struct files_measure {
	uint64_t files, bytes;
	bool whole; /* false: there was more than was looked at */
};

/* What the regular files in a directory and those below it hold; at most so many entries are looked
 * at. Links are not followed; a directory that is not there holds nothing. */
MUST_CHECK enum error_code files_measure(const char *path, uint64_t entries_max,
                                         struct files_measure *ret_measure, struct error *err);

#endif
