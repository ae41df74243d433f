/* Where the embedded PostgreSQL's files and programs are, and which of its processes still run.
 * For db/embedded.c and db/embedded_cluster.c. */
#ifndef CENTREX_DB_EMBEDDED_PLACE_H
#define CENTREX_DB_EMBEDDED_PLACE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/config.h"

enum { EMBEDDED_FILE_MAX = 4096 };

struct embedded_paths {
	char state[PATH_MAX];
	char data[PATH_MAX];
	char draft[PATH_MAX];
	char run[PATH_MAX];
	char log[PATH_MAX];
	char start_log[PATH_MAX];
};

/* Refuses a state directory that cannot hold the server's socket. */
MUST_CHECK enum error_code embedded_find_paths(const struct config *config,
                                               struct embedded_paths *ret, struct error *err);

/* The directory of PostgreSQL's programs. */
MUST_CHECK enum error_code embedded_find_programs(const struct config *config, struct text *ret_bin,
                                                  struct error *err);

/* Runs a program to a good end; else ERROR_IO: "cannot <what>: <its complaint>". */
MUST_CHECK enum error_code embedded_run(const char *const *argv, const char *input,
                                        struct text *output, const char *what, struct error *err);

/* The last line of output that says what went wrong, without what stands before it; else simply
 * its last line. */
void embedded_find_complaint(const char *output, struct text *out);

/* ret_text has room for EMBEDDED_FILE_MAX; "" when the file cannot be read. */
void embedded_read_small(const char *directory, const char *name, char *ret_text);

/* Whether the process is a PostgreSQL that works in the directory, as its servers all do. */
bool embedded_works_in(pid_t pid, const char *directory);

/* Ends the servers whose postmaster was killed: PostgreSQL does not start while one holds the
 * shared memory, and one that computes does not notice. Waits, for five seconds at most. */
void embedded_end_orphans(const char *directory, int number);

/* Who may log in as whom. Written at each start: the state directory may have got a new owner. */
MUST_CHECK enum error_code embedded_write_access(const char *data, struct error *err);

#endif
