/*
 * One pipeline on one connection: what is sent, and what came back (inside db/ only).
 *
 *   AUTO(unit_clear) struct unit unit;
 *   code = unit_init(&unit, connection, scope, n, err);
 *   bool sent = unit_context(&unit) && unit_statements(&unit, statements, n, result);
 *   code = unit_finish(&unit, sent, err);
 */
#ifndef CENTREX_DB_UNIT_H
#define CENTREX_DB_UNIT_H

#include "db/connection.h"
#include "db/result.h"

struct step;

struct unit {
	struct connection *connection;
	const struct tx_scope *scope;
	struct step *steps;
	size_t n_steps;
	bool stuck;   /* no further answers can be read */
	bool aborted; /* the server ended the session before the unit could commit */
};

/* For at most n statements. Clear it in every case. */
MUST_CHECK enum error_code unit_init(struct unit *unit, struct connection *connection,
                                     const struct tx_scope *scope, size_t n, struct error *err);
void unit_clear(struct unit *unit);

/* Each queues something; false: unit_finish says why. */

/* begin, commit, rollback: once a unit */
MUST_CHECK bool unit_control(struct unit *unit, const struct tx_statement *control);
/* The role and schema of the scope, and its notification. */
MUST_CHECK bool unit_context(struct unit *unit);
/* result NULL: no rows are kept. */
MUST_CHECK bool unit_statements(struct unit *unit, const struct tx_statement *statements, size_t n,
                                struct tx_result *result);

/* Sends the Sync and reads every answer. The first error is the unit's; the connection is spoiled
 * when it is lost, or when something may have been left behind on it. */
MUST_CHECK enum error_code unit_finish(struct unit *unit, bool sent, struct error *err);

#endif
