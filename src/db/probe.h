/*
 * One login's rights as they are, without the unit of work that guards everything else: for proving
 * that a login by itself reaches nothing (domain/isolation). Every statement is rolled back, and
 * the connection is not used again.
 */
#ifndef CENTREX_DB_PROBE_H
#define CENTREX_DB_PROBE_H

#include "db/db.h"

struct probe {
	const char *sql;
	char sqlstate[6]; /* "" when the statement was allowed */
};

/* login as in db_login_name. Fails only when the login cannot be had at all. */
MUST_CHECK enum error_code probe_run(struct db *db, unsigned login, struct probe *probes, size_t n,
                                     struct error *err);

#endif
