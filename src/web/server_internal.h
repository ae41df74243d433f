/* Between server.c, exchange.c and request.c: one request and its answer, on its way. */
#ifndef CENTREX_WEB_SERVER_INTERNAL_H
#define CENTREX_WEB_SERVER_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/config.h"
#include "web/clients.h"
#include "web/reply.h"
#include "web/server.h"
#include "web/url.h"
#include "web/workers.h"

enum { REACTORS_MAX = 64 }; /* as many as web-threads may be */

/* A thread that reads requests and sends answers, with a socket of its own. */
struct reactor {
	int socket; /* listens */
	struct MHD_Daemon *daemon;
};

struct server {
	struct web *web;
	struct reactor reactors[REACTORS_MAX];
	size_t n_reactors;
	struct workers *workers;
	struct clients *clients;
	uint16_t port;
	unsigned faces; /* enum server_face */
	bool tls;
	_Atomic bool stopping;    /* new requests are refused */
	_Atomic bool ending;      /* streams, too */
	_Atomic unsigned running; /* handlers */
	_Atomic unsigned open;    /* requests that are not answered */
	_Atomic size_t bodies;    /* bytes of bodies in memory, of those over BODY_SMALL */
	pthread_t opener;         /* the thread that starts it */
	char fault[256];          /* what libmicrohttpd said last while it started */
};

struct connection_view {
	struct MHD_Connection *mhd;
	struct url_query query;
};

enum exchange_stage {
	STAGE_HEAD, /* the request line was read */
	STAGE_GATE, /* the gate looks at it before the body is read */
	STAGE_GATED,
	STAGE_BODY,
	STAGE_DRAIN,   /* refused: the rest of the body is read and dropped */
	STAGE_WORKING, /* a worker has it */
	STAGE_DONE,    /* the reply stands */
	STAGE_SENT,
};

struct exchange {
	struct request request;
	struct reply reply;
	struct connection_view view;
	struct job job;
	struct server *server;
	struct client *client;
	_Atomic unsigned refs;        /* libmicrohttpd's, a worker's, a stream's */
	_Atomic int stage;            /* enum exchange_stage */
	char *target;                 /* as sent; its query cut off */
	const char *method, *version; /* valid while the request is */
	bool head, options, gated, begun_early;
	bool cut; /* ROUTE_CUT: the body was too large */
	int64_t begun_us;
	uint64_t received, body_max;
	size_t counted; /* of its body among the server's */
	unsigned status;
	struct error err;
	struct text body;
};

/* libmicrohttpd's callbacks (server.c registers them); cls is the server. */
void *exchange_on_uri(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                    const char *method, const char *version, const char *data,
                                    size_t *data_size, void **context);
void exchange_on_completed(void *cls, struct MHD_Connection *connection, void **context,
                           enum MHD_RequestTerminationCode how);
void exchange_unref(struct exchange *exchange);

/* exchange_head.c: what a head may say. Fills match and query, or refuses: false, with err set and
 * the reply's status where it is not the error's. */
bool exchange_read_head(struct exchange *exchange);

/* exchange_work.c: gate, parameters, body and handler, on a worker (or inline). */
void exchange_work(struct exchange *exchange);

/* Its error as the reply. */
void exchange_problem(struct exchange *exchange);

/* exchange_send.c: the reply to the client, on the reactor. */
enum MHD_Result exchange_send(struct exchange *exchange);

/* cors.c: pages of the site web-cors-origin may call the API. A preflight that is answered: true,
 * with the reply filled in. */
bool cors_preflight(struct exchange *exchange);
bool cors_add(const struct exchange *exchange, struct MHD_Response *response);

#endif
