/*
 * One request, as a handler sees it: read whole (or its body in a file), checked by the gate, and
 * the handler's alone until it returns. Handlers run on worker threads and may block on the
 * database; the ones of ROUTE_INLINE run on a reactor and may not.
 *
 * A handler returns an error code (web/reply.h makes a problem document of it, with the status of
 * its table) or fills the reply. It never logs; the server logs each request once.
 */
#ifndef CENTREX_WEB_REQUEST_H
#define CENTREX_WEB_REQUEST_H

#include <jansson.h>

#include "domain/principal.h"
#include "domain/store.h"
#include "web/route.h"
#include "web/words.h"

enum { REQUEST_ID_MAX = 33, REQUEST_ADDRESS_MAX = 46 };

/* What every handler shares: one per process, outlives all requests. */
struct web {
	const struct config *config;
	struct db *db;
	struct directory *directory;
	struct principals *principals;
	struct routes *routes;
	struct hub *hub;                         /* web/hub.h: server-sent events */
	struct operator_events *operator_events; /* web/operator_events.h: the installation's */
	struct metrics *metrics;                 /* web/metrics.h */
	struct rates *rates;                     /* web/rates.h */
	struct workers *workers;                 /* web/workers.h; the server's */
	struct mail *mail;                       /* mail/mail.h; NULL: no mail server is set */
	const char *media;                       /* directory of the tenants' media */
	const struct openapi *openapi;           /* web/openapi.h: the API described */
	struct uploads *uploads;                 /* domain/media.h */
	struct switches *switches;      /* web/switches.h; NULL: FreeSWITCH is not answered */
	struct intake *records;         /* freeswitch/intake.h; NULL where switches is */
	const struct console *console;  /* web/console.h; NULL: what has no route is not found */
	struct workers *switch_workers; /* of the server that answers FreeSWITCH; NULL: none does */
};

struct connection_view; /* libmicrohttpd's connection: server_internal.h, for the server's files
                           alone */

struct request {
	struct web *web;
	const struct route *route;
	struct route_match match;
	const struct console_file *file;   /* ROUTE_CONSOLE: what is asked for */
	char id[REQUEST_ID_MAX];           /* request_id: 32 hex digits, ours */
	char address[REQUEST_ADDRESS_MAX]; /* the client's */
	bool secure;                       /* came over TLS */
	struct principal *who;             /* NULL: nobody is signed in */
	struct uuid tenant;                /* of {tenant}; nil: the path has none */
	enum access access;                /* who's in the tenant, or in the installation */
	struct actor actor;                /* the same for the store */
	const char *body;                  /* NUL-terminated; not with ROUTE_BODY_FILE */
	size_t body_bytes;
	json_t *json;    /* the body of a route that takes JSON: parsed (resource_parse), an object,
	                    checked against route->body where that is set */
	int body_file;   /* ROUTE_BODY_FILE: open at its start; else -1 */
	bool on_reactor; /* ROUTE_TRY: the handler must not wait */
	bool ask;        /* set by it then: call me on a worker, what I did so far does not count */
	struct connection_view *connection;
};

/* NULL: not there. A value is valid as long as the request; name without regard to case. */
const char *request_header(const struct request *request, const char *name);
/* Whose words the answer is in (web/words.h). */
enum language request_language(const struct request *request);
/* Decoded; the first, where it is given more than once the gate refuses the request. */
const char *request_query(const struct request *request, const char *name);
/* The path's {name}; never NULL for a name that the route's path has. */
const char *request_parameter(const struct request *request, const char *name);

/* All query parameters, in order, for filters: h returns false to stop. */
typedef bool request_query_h(const char *name, const char *value, void *arg);
void request_queries(const struct request *request, request_query_h *h, void *arg);

/* A query parameter as a number: fallback where it is not given. ERROR_INVALID names it. */
MUST_CHECK enum error_code request_number(const struct request *request, const char *name,
                                          int64_t least, int64_t most, int64_t fallback,
                                          int64_t *ret_number, struct error *err);
/* "1", "yes", "true" and "0", "no", "false"; not given: false. */
MUST_CHECK enum error_code request_switch(const struct request *request, const char *name,
                                          bool *ret_on, struct error *err);

/* "https://pbx.example", without "/" at the end, for links: web-url, else what the request names.
 */
void request_base_url(const struct request *request, struct text *out);

/* Sends the reply, whose stream the handler goes on writing (it keeps a reference of its own): an
 * export. The reply is the server's from here on; what the handler returns no longer shows, so a
 * failure is a stream let go of without stream_finish. Not with ROUTE_INLINE. */
struct reply;
void request_begin_answer(struct request *request, struct reply *reply);

/* True when the client has closed its side: it does not wait for an answer. For handlers that take
 * long. */
bool request_is_gone(const struct request *request);

/* A store_call on the request's behalf: tenant, actor, access, own, media are filled in. */
struct store_call request_store(const struct request *request, const struct resource *resource);

#endif
