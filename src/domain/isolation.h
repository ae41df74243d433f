/*
 * Proves on a live installation that one tenant cannot reach another: two scratch tenants, and for
 * every table of the catalogue each thing that could be done to it, tried as tenant A's role
 * through A's slot with B's identifiers; then what the logins can do by themselves. Every attempt
 * is rolled back; the scratch tenants are removed in any case.
 */
#ifndef CENTREX_DOMAIN_ISOLATION_H
#define CENTREX_DOMAIN_ISOLATION_H

#include <stdbool.h>

#include "base/text.h"
#include "base/uuid.h"
#include "db/db.h"

struct isolation_report {
	unsigned tables;   /* in a tenant's schema */
	unsigned attempts; /* up to the first leak, it included */
	bool hardened;     /* a tenant's role cannot call set_config nor run code blocks */
	struct text leak;  /* empty: none; else what was allowed, in one line, with its SQL */
};

/* ERROR_OK also with a leak: see the report, which the caller clears. An error means that it could
 * not be tried; ERROR_INTERNAL: a table or function of the catalogue has no attempt. */
MUST_CHECK enum error_code isolation_verify(struct db *db, struct isolation_report *ret_report,
                                            struct error *err);
void isolation_report_clear(struct isolation_report *report);

/* What is kept of a run, database and HTTP together. */
struct isolation_result {
	const struct isolation_report *database;
	unsigned routes, requests;
	const char *leak;           /* NULL: none */
	const struct error *failed; /* NULL: all could be tried */
};

/* The run is written down before anything is tried, so that one that is killed has left a row that
 * says so. Of the reports the newest hundred stay. */
MUST_CHECK enum error_code isolation_begin(struct db *db, struct uuid *ret_run, struct error *err);
MUST_CHECK enum error_code isolation_end(struct db *db, const struct uuid *run,
                                         const struct isolation_result *result, struct error *err);

#endif
