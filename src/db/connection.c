#include "db/connection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"

void connection_options_clear(struct connection_options *options)
{
	for (size_t i = 0; i < options->n; i++) {
		free(options->names[i]);
		if (options->values[i])
			explicit_bzero(options->values[i], strlen(options->values[i]));
		free(options->values[i]);
	}
	*options = (struct connection_options){0};
}

bool connection_options_set(struct connection_options *options, const char *name, const char *value)
{
	char *copy = strdup(value ? value : "");
	size_t i;

	for (i = 0; i < options->n; i++)
		if (strcmp(options->names[i], name) == 0)
			break;
	if (i == options->n && i < CONNECTION_OPTIONS_MAX) {
		options->names[i] = strdup(name);
		if (options->names[i])
			options->n++;
	}
	if (!copy || i == options->n) {
		free(copy);
		return false;
	}
	/* An empty value is libpq's word for "not given". */
	free(options->values[i]);
	options->values[i] = copy;
	return true;
}

/* Library code prints nothing; what matters of a notice comes as an error. */
static void drop_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

/* Waits for the socket until the deadline; 0: time is up. */
static int wait_socket(PGconn *pg, short events, int64_t deadline_us)
{
	for (;;) {
		struct pollfd fd = {.fd = PQsocket(pg), .events = events};
		int64_t left_us = deadline_us - clock_monotonic_us();
		int n;

		if (fd.fd < 0)
			return POLLERR;
		if (left_us <= 0)
			return 0;
		n = poll(&fd, 1, (int)((left_us + 999) / 1000));
		if (n > 0)
			return fd.revents;
		if (n < 0 && errno != EINTR)
			return POLLERR;
	}
}

static enum error_code open_failed(PGconn *pg, bool timed_out, struct error *err)
{
	error_set(err, ERROR_UNAVAILABLE, NULL, NULL);
	error_detail(err, "connect: %s", timed_out ? "no answer in time" : PQerrorMessage(pg));
	PQfinish(pg);
	return ERROR_UNAVAILABLE;
}

enum error_code connection_open(const struct connection_options *options, int64_t timeout_us,
                                int64_t wait_us, struct connection **ret_connection,
                                bool *ret_timed_out, struct error *err)
{
	int64_t deadline_us = clock_monotonic_us() + timeout_us;
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	struct connection *connection;
	PGconn *pg;

	*ret_timed_out = false;
	pg = PQconnectStartParams((const char *const *)options->names,
	                          (const char *const *)options->values, 0);
	if (!pg)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	PQsetNoticeReceiver(pg, drop_notice, NULL);
	while (PQstatus(pg) != CONNECTION_BAD && status != PGRES_POLLING_OK) {
		short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;

		if (!wait_socket(pg, events, deadline_us)) {
			*ret_timed_out = true;
			break;
		}
		status = PQconnectPoll(pg);
		if (status == PGRES_POLLING_FAILED)
			break;
	}
	if (status != PGRES_POLLING_OK)
		return open_failed(pg, *ret_timed_out, err);
	if (PQsetnonblocking(pg, 1) != 0 || !PQenterPipelineMode(pg))
		return open_failed(pg, false, err);
	connection = calloc(1, sizeof(*connection));
	if (!connection) {
		PQfinish(pg);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	connection->pg = pg;
	connection->wait_us = wait_us;
	connection->opened_us = clock_monotonic_us();
	*ret_connection = connection;
	return ERROR_OK;
}

void connection_close(struct connection *connection)
{
	if (!connection)
		return;
	PQfinish(connection->pg);
	statements_clear(&connection->statements);
	free(connection);
}

bool connection_is_alive(struct connection *connection)
{
	struct pollfd fd = {.fd = PQsocket(connection->pg), .events = POLLIN};

	if (fd.fd < 0 || PQstatus(connection->pg) != CONNECTION_OK)
		return false;
	/* Between units of work the server has nothing to say but good-bye. (Or that its operator
	 * changed a setting: a new connection costs a millisecond then.) */
	return poll(&fd, 1, 0) == 0;
}

void connection_rearm(struct connection *connection)
{
	connection->deadline_us = clock_monotonic_us() + connection->wait_us;
}

enum error_code connection_lost(struct connection *connection, struct error *err)
{
	connection->spoiled = true;
	error_set(err, ERROR_UNAVAILABLE, NULL, NULL);
	error_detail(err, "%s", PQerrorMessage(connection->pg));
	return ERROR_UNAVAILABLE;
}

enum error_code connection_result(struct connection *connection, PGresult **ret_result,
                                  struct error *err)
{
	PGconn *pg = connection->pg;

	for (;;) {
		int unsent = PQflush(pg);
		int events;

		if (unsent < 0)
			return connection_lost(connection, err);
		if (!PQisBusy(pg))
			break;
		events = wait_socket(pg, unsent ? POLLIN | POLLOUT : POLLIN,
		                     connection->deadline_us);
		if (!events) {
			connection->spoiled = true;
			error_set(err, ERROR_TIMEOUT, NULL, "the database did not answer in time");
			return ERROR_TIMEOUT;
		}
		if (events & ~POLLOUT && !PQconsumeInput(pg))
			return connection_lost(connection, err);
	}
	*ret_result = PQgetResult(pg);
	if (!*ret_result && PQstatus(pg) != CONNECTION_OK)
		return connection_lost(connection, err);
	connection_rearm(connection);
	return ERROR_OK;
}
