#include "db/listen.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/pool.h"

enum {
	BACKOFF_LEAST_MS = 100,
	BACKOFF_MOST_MS = 1000, /* after an outage changes are unheard of for so long */
	/* A server that is gone without a word (cable, NAT) is found out by asking. */
	PROBE_MS = 15000,
	PROBE_WAIT_MS = 5000,
};

struct listen {
	pthread_t thread;
	struct connection_options options;
	int64_t connect_us;
	listen_h *handler;
	void *arg;
	int wake; /* eventfd: readable once listen_close was called */
};

/* One statement without rows, in a pipeline of its own. */
static bool listen_run(struct connection *connection, const char *sql)
{
	PGresult *result = NULL;
	bool done = false;

	connection_rearm(connection);
	if (!PQsendQueryParams(connection->pg, sql, 0, NULL, NULL, NULL, NULL, 0) ||
	    !PQpipelineSync(connection->pg))
		return false;
	while (connection_result(connection, &result, NULL) == ERROR_OK) {
		ExecStatusType status = PQresultStatus(result);

		PQclear(result);
		if (status == PGRES_PIPELINE_SYNC)
			return done;
		if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
			done = true;
		else if (result)
			return false;
	}
	return false;
}

static void listen_deliver(struct listen *listen, struct connection *connection)
{
	PGnotify *notify;

	while ((notify = PQnotifies(connection->pg))) {
		listen->handler(LISTEN_CHANGED, notify->extra, listen->arg);
		PQfreemem(notify);
	}
}

/* Waits so long, or until listen_close: false. *ret_readable: the server has something to say. */
static bool listen_wait(struct listen *listen, int socket, int ms, bool *ret_readable)
{
	struct pollfd fds[] = {
		{.fd = listen->wake, .events = POLLIN},
		{.fd = socket,       .events = POLLIN},
	};
	int n = poll(fds, COUNT_OF(fds), ms);

	*ret_readable = n > 0 && fds[1].revents;
	return n < 0 ? errno == EINTR : !fds[0].revents;
}

/* Until the connection is lost, or listen_close: false. */
static bool listen_serve(struct listen *listen, struct connection *connection)
{
	for (;;) {
		bool readable;

		listen_deliver(listen, connection);
		if (!listen_wait(listen, PQsocket(connection->pg), PROBE_MS, &readable))
			return false;
		if (readable ? !PQconsumeInput(connection->pg)
		             : !listen_run(connection, "select 1"))
			return true;
		if (PQstatus(connection->pg) != CONNECTION_OK)
			return true;
	}
}

static void *listen_thread(void *arg)
{
	struct listen *listen = arg;
	unsigned backoff_ms = BACKOFF_LEAST_MS;
	bool readable;
	bool on = true;

	while (on) {
		struct connection *connection = NULL;
		bool timed_out;
		enum error_code code = connection_open(&listen->options, listen->connect_us,
		                                       (int64_t)PROBE_WAIT_MS * 1000, &connection,
		                                       &timed_out, NULL);

		if (code == ERROR_OK && listen_run(connection, "listen centrex")) {
			backoff_ms = BACKOFF_LEAST_MS;
			listen->handler(LISTEN_RESTORED, NULL, listen->arg);
			on = listen_serve(listen, connection);
			if (on)
				listen->handler(LISTEN_LOST, NULL, listen->arg);
		}
		connection_close(connection);
		/* The jitter keeps many processes from coming back in the same moment. */
		on = on && listen_wait(listen, -1,
		                       (int)(backoff_ms / 2 + randombytes_uniform(backoff_ms / 2)),
		                       &readable);
		backoff_ms = backoff_ms * 2 < BACKOFF_MOST_MS ? backoff_ms * 2 : BACKOFF_MOST_MS;
	}
	return NULL;
}

static void listen_free(struct listen *listen)
{
	auto_close(&listen->wake);
	connection_options_clear(&listen->options);
	free(listen);
}

enum error_code listen_open(const struct db_config *config, listen_h *handler, void *arg,
                            struct listen **ret_listen, struct error *err)
{
	struct db_config full = pool_defaults(config);
	struct listen *listen = calloc(1, sizeof(*listen));
	enum error_code code;

	if (!listen)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	listen->handler = handler;
	listen->arg = arg;
	listen->connect_us = (int64_t)full.connect_timeout_ms * 1000;
	listen->wake = eventfd(0, EFD_CLOEXEC);
	if (listen->wake < 0)
		code = error_errno(err, "make an eventfd");
	else
		code = pool_options(&full, POOL_PUBLIC, &listen->options, err);
	if (code == ERROR_OK &&
	    (errno = pthread_create(&listen->thread, NULL, listen_thread, listen)))
		code = error_errno(err, "start the listener's thread");
	if (code != ERROR_OK) {
		listen_free(listen);
		return code;
	}
	*ret_listen = listen;
	return ERROR_OK;
}

void listen_close(struct listen *listen)
{
	if (!listen)
		return;
	(void)!write(listen->wake, &(uint64_t){1}, sizeof(uint64_t));
	pthread_join(listen->thread, NULL);
	listen_free(listen);
}

bool listen_names(const char *payload, const char *word, struct uuid *ret_tenant)
{
	size_t n = strlen(word);

	return payload && strncmp(payload, word, n) == 0 && payload[n] == ' ' &&
	       uuid_parse(payload + n + 1, ret_tenant);
}

bool listen_names_live(const char *payload, struct uuid *ret_tenant)
{
	static const char *const words[] = {"live", "hangup", "agent"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (listen_names(payload, words[i], ret_tenant))
			return true;
	return false;
}
