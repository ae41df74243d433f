/*
 * The connections of the server and the time each has for what it is about.
 *
 * libmicrohttpd's own timeout starts anew with every byte, so that a byte now and then holds a
 * connection for ever. Here each phase has a deadline; a thread looks once a second and shuts
 * down what is late. The descriptor is shut down, never closed: libmicrohttpd sees an end of file,
 * and the number stays ours until clients_remove has returned.
 */
#ifndef CENTREX_WEB_CLIENTS_H
#define CENTREX_WEB_CLIENTS_H

#include <stdint.h>

#include "base/error.h"

enum {
	CLIENT_HEAD_S = 10, /* from the accept, or the answer before, to the end of the header */
	CLIENT_BODY_S = 15, /* for a body, and one more second for each ... */
	CLIENT_RATE = 8192, /* ... so many bytes that did come (or were taken) */
};

struct client;
struct clients;
struct stream;

MUST_CHECK enum error_code clients_open(struct clients **ret_clients, struct error *err);
/* All were removed. NULL is allowed. */
void clients_close(struct clients *clients);

/* NULL: out of memory. */
struct client *clients_add(struct clients *clients, int socket);
/* NULL is allowed. */
void clients_remove(struct clients *clients, struct client *client);

/* By clock_monotonic_us(); INT64_MAX: takes as long as it takes. Any thread. */
void client_set_deadline(struct client *client, int64_t at_us);

/* While a stream goes out on it, a client that hangs up breaks the stream; NULL: no more. */
void client_set_stream(struct clients *clients, struct client *client, struct stream *stream);

/* The server stops: every stream ends where it is. */
void clients_end_streams(struct clients *clients);

#endif
