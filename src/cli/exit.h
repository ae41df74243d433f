/* What a failed command says and how it exits. */
#ifndef CENTREX_CLI_EXIT_H
#define CENTREX_CLI_EXIT_H

#include <stdbool.h>

#include "cli/command.h"

/* The exit status of an error, from a complete table. */
int exit_status(enum error_code code);

/* Says err on standard error, in one line: "centrex: extension_number: must be ...", or with json
 * {"error":{"code":...,"field":...,"message":...}}; returns its exit status. */
int exit_report(const struct error *err, bool json);

/* Flushes standard output: done, or failed when what was printed did not get out (disk full). */
MUST_CHECK int exit_flushed(void);

#endif
