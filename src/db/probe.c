#include "db/probe.h"

#include <stdio.h>

#include "db/pool.h"

/* begin, the statement, rollback: each with a sync of its own, so that none skips the next. */
enum { STEPS = 3, STATEMENT = 1 };

static bool send_probe(struct connection *connection, const char *sql)
{
	const char *const steps[STEPS] = {"begin", sql, "rollback"};

	for (size_t i = 0; i < STEPS; i++)
		if (!PQsendQueryParams(connection->pg, steps[i], 0, NULL, NULL, NULL, NULL, 0) ||
		    !PQpipelineSync(connection->pg))
			return false;
	return true;
}

static enum error_code read_probe(struct connection *connection, struct probe *probe,
                                  struct error *err)
{
	int step = 0;

	probe->sqlstate[0] = '\0';
	while (step < STEPS) {
		PGresult *result = NULL;
		enum error_code code = connection_result(connection, &result, err);
		const char *sqlstate;

		if (code != ERROR_OK)
			return code;
		if (!result)
			continue;
		sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
			step++;
		else if (step == STATEMENT && sqlstate)
			snprintf(probe->sqlstate, sizeof(probe->sqlstate), "%s", sqlstate);
		PQclear(result);
	}
	return ERROR_OK;
}

enum error_code probe_run(struct db *db, unsigned login, struct probe *probes, size_t n,
                          struct error *err)
{
	struct connection *connection;
	enum error_code code = pool_take(db, login, &connection, err);

	if (code != ERROR_OK)
		return code;
	for (size_t i = 0; i < n && code == ERROR_OK; i++) {
		connection_rearm(connection);
		code = send_probe(connection, probes[i].sql)
		               ? read_probe(connection, &probes[i], err)
		               : connection_lost(connection, err);
	}
	connection->spoiled = true;
	pool_give(db, login, connection);
	return code;
}
