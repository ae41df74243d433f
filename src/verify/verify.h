/*
 * The HTTP side of `centrex verify-isolation`: every route of this installation, tried as each role
 * of one scratch tenant with everything that names something of another: in the path, in the body,
 * in the query. A server of its own on a port of the loopback answers, on the same database.
 *
 * Each attempt is made twice, with the other tenant's names and with names that nobody ever had:
 * the answers must be the same in status and body, so that nobody learns what exists. What is named
 * in the path must not be found. What the other tenant has must not stand in any answer, and its
 * rows are the same after each route as before (compared by a hash of every table).
 */
#ifndef CENTREX_VERIFY_VERIFY_H
#define CENTREX_VERIFY_VERIFY_H

#include "base/config.h"
#include "cli/command.h"
#include "db/db.h"

struct verify_report {
	unsigned routes;   /* tried, up to the first leak */
	unsigned requests; /* attempts, each counted once */
	struct text leak;  /* empty: none; else what was answered, in one line */
};

/* ERROR_OK also with a leak: see the report, which the caller clears. Changes the environment of
 * the process (the server's settings). The scratch tenants are removed in any case. */
MUST_CHECK enum error_code verify_http(const struct config *config, struct db *db,
                                       struct verify_report *ret_report, struct error *err);
void verify_report_clear(struct verify_report *report);

/* `centrex verify-isolation` */
extern const char isolation_usage[];
int isolation_command(const struct config *config, int argc, char **argv);

#endif
