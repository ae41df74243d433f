/*
 * What PostgreSQL refused, in words for the person who asked (no libpq: testable by itself).
 *
 * SQLSTATE gives the code; the constraint's name, <table>_<column>_{key,check,fkey}, gives the
 * field and, through the table in constraint.c, the rule. A name that is not in the table still
 * gives its column. A shard's suffix (_<digits>, Citus) is stripped first.
 */
#ifndef CENTREX_DB_CONSTRAINT_H
#define CENTREX_DB_CONSTRAINT_H

#include "base/error.h"

/* As in the error message's fields; NULL or "" where PostgreSQL gave none. */
struct constraint_fault {
	const char *sqlstate;
	const char *constraint;
	const char *table;
	const char *column;
	const char *message; /* PostgreSQL's primary sentence */
};

/* Fills err and returns its code, never ERROR_OK. */
enum error_code constraint_error(const struct constraint_fault *fault, struct error *err);

/* The rows of the table, for the test that compares them with the catalogue; NULL after the last.
 */
const char *constraint_name(size_t row);

#endif
