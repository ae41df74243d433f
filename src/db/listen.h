/*
 * LISTEN centrex on a connection of its own (login centrex_public), in a thread of its own.
 * Payloads: a tenant's id (something of it that snapshots have may have changed), "public", and
 * three that change no snapshot: "live <tenant>" (it has new events), "hangup <tenant>" (somebody
 * wants a call ended) and "agent <tenant>" (an agent's status was asked for: domain/agent.h).
 * Whoever can log in can send any, so they say only where to look. The handler runs on that thread
 * and must not block long, nor call listen_close.
 */
#ifndef CENTREX_DB_LISTEN_H
#define CENTREX_DB_LISTEN_H

#include <stdbool.h>

#include "db/db.h"

enum listen_event {
	LISTEN_CHANGED,  /* payload says what */
	LISTEN_RESTORED, /* connected (again): anything may have changed; payload is NULL */
	LISTEN_LOST,     /* payload is NULL; reconnecting with back-off */
};

typedef void listen_h(enum listen_event event, const char *payload, void *arg);

struct listen;

/* Does not wait for the server: LISTEN_RESTORED tells when it is reached. config is copied. */
MUST_CHECK enum error_code listen_open(const struct db_config *config, listen_h *handler, void *arg,
                                       struct listen **ret_listen, struct error *err);
/* No handler runs any more afterwards. Waits at most connect_timeout_ms. NULL is allowed. */
void listen_close(struct listen *listen);

/* True when the payload is "<word> <tenant>". */
MUST_CHECK bool listen_names(const char *payload, const char *word, struct uuid *ret_tenant);

/* True when it is one of the three that change no snapshot. */
MUST_CHECK bool listen_names_live(const char *payload, struct uuid *ret_tenant);

#endif
