/*
 * An HTTP server: libmicrohttpd's reactors read requests and send answers, worker threads run the
 * handlers. Classes of workers (database, long exports, password hashing) have queues of their own,
 * so that a flood of log-ins or exports does not make a look-up wait; a full queue answers 503.
 */
#ifndef CENTREX_WEB_SERVER_H
#define CENTREX_WEB_SERVER_H

#include "web/request.h"

struct server;

enum server_face {
	SERVER_PEOPLE = 1u << 0,   /* every route but those of FreeSWITCH */
	SERVER_SWITCHES = 1u << 1, /* those of FreeSWITCH (ROUTE_SWITCH) */
};

struct server_config {
	struct web *web;
	unsigned faces;        /* what it answers; of anything else it knows nothing (404) */
	const char *address;   /* IP address to listen on */
	uint16_t port;         /* 0: any free one */
	const char *port_name; /* the setting, for errors */
	const char *tls_file;  /* PEM: key and chain; NULL or "": no TLS */
};

/* ERROR_BUSY names the port that is taken. */
MUST_CHECK enum error_code server_open(const struct server_config *config,
                                       struct server **ret_server, struct error *err);
uint16_t server_port(const struct server *server);
/* No new connection from here on; waits for what is under way, then ends the rest. */
void server_close(struct server *server, unsigned drain_s);

#endif
