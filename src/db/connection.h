/*
 * One connection to PostgreSQL, non-blocking, for one thread at a time (inside db/ only).
 *
 * Every wait has a deadline: a server that is silent never hangs a thread. A connection on which a
 * wait failed, or on which a statement may have left something behind, is spoiled: the pool closes
 * it instead of lending it again.
 */
#ifndef CENTREX_DB_CONNECTION_H
#define CENTREX_DB_CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "db/statements.h"

enum { CONNECTION_OPTIONS_MAX = 48 };

/* What PQconnectStartParams takes; the strings are owned. */
struct connection_options {
	size_t n;
	char *names[CONNECTION_OPTIONS_MAX + 1];
	char *values[CONNECTION_OPTIONS_MAX + 1];
};

struct connection {
	PGconn *pg;
	struct statements statements; /* what is prepared here */
	int64_t wait_us;              /* longest silence of the server while it owes an answer */
	int64_t deadline_us;          /* monotonic; moves with every answer */
	int64_t opened_us;            /* monotonic */
	bool spoiled;
	bool outdated; /* what is prepared here is not what the server has, or no longer fits */
	struct connection *next; /* in the pool's list while idle */
};

/* Frees what options holds. */
void connection_options_clear(struct connection_options *options);

/* Sets or replaces an option; value NULL takes it out. False: out of memory or room. */
MUST_CHECK bool connection_options_set(struct connection_options *options, const char *name,
                                       const char *value);

/* Connects, waiting at most timeout_us. ERROR_UNAVAILABLE; *ret_timed_out tells a silent server
 * from one that refused. */
MUST_CHECK enum error_code connection_open(const struct connection_options *options,
                                           int64_t timeout_us, int64_t wait_us,
                                           struct connection **ret_connection, bool *ret_timed_out,
                                           struct error *err);
void connection_close(struct connection *connection); /* NULL is allowed */

/* False when the server has closed it or sent something nobody asked for. Does not block. */
bool connection_is_alive(struct connection *connection);

/* The silence allowed begins anew. */
void connection_rearm(struct connection *connection);

/* The next result of the pipeline, *ret_result NULL at the end of a statement's results. Sends what
 * still waits to be sent. ERROR_UNAVAILABLE (spoiled) when the connection is lost, ERROR_TIMEOUT
 * (spoiled) when the server is silent. */
MUST_CHECK enum error_code connection_result(struct connection *connection, PGresult **ret_result,
                                             struct error *err);

/* ERROR_UNAVAILABLE with libpq's words as detail; spoils the connection. */
enum error_code connection_lost(struct connection *connection, struct error *err);

#endif
