/*
 * Connections that others open to us (TCP, TLS): how many, for how long, and who brings rubbish.
 *
 * One is a stranger's until a request over it has proven credentials. Strangers have a bounded
 * number of places, an address a few of them, and each a bounded time: what comes over the
 * connection does not lengthen it.
 */
#ifndef CENTREX_SIP_CONNECTIONS_H
#define CENTREX_SIP_CONNECTIONS_H

#include "sip/engine.h"

enum {
	CONNECTIONS_STRANGERS = 4096,           /* in all; over it the oldest gives way */
	CONNECTIONS_STRANGERS_OF_ADDRESS = 128, /* over it the newest is closed */
	CONNECTIONS_OF_ADDRESS = 4096,          /* proven ones included */
	CONNECTIONS_STRANGER_S = 30,
	CONNECTIONS_BANNED_S = 3, /* for a stranger from a banned address to call for help */
};

struct connections;

/* One of a process: libre's tcp_accept, which has no place for an argument, leads here. */
MUST_CHECK enum error_code
connections_open(struct engine *engine, struct connections **ret_connections, struct error *err);
/* After libre's own (sip_close): gives back what is held of them. */
void connections_close(struct connections *connections);

/* Credentials in this request were right: its connection is no stranger's any more. */
void connections_prove(struct connections *connections, const struct sip_msg *msg);

/* A few times a second: closes strangers whose time is over. */
void connections_tick(struct connections *connections, int64_t now_s);

#endif
