/*
 * The route table: one row for each method and path, with the least access, what it takes and what
 * it answers. Rows of resources are made from the resource table when the server starts (one for
 * each verb and action); all others stand in the const tables of web/api_*.c, which routes.c lists.
 * The router, the role check, the OpenAPI document, verify-isolation and the tests read the rows.
 *
 * A path is segments; "{name}" takes one, percent-decoded, any text but "/" and NUL.
 * "{tenant}" is a tenant's id or domain: the gate resolves it before the handler runs, and answers
 * 404 where it does not exist as well as where the caller has no access to it.
 */
#ifndef CENTREX_WEB_ROUTE_H
#define CENTREX_WEB_ROUTE_H

#include "domain/access.h"
#include "domain/resource.h"

struct request;
struct reply;

enum web_method { WEB_GET, WEB_POST, WEB_PUT, WEB_PATCH, WEB_DELETE, WEB_METHOD_COUNT };

enum route_flag {
	ROUTE_INLINE = 1u << 0,    /* runs on the reactor: neither database nor disk nor hashing */
	ROUTE_LONG = 1u << 1,      /* an export: the few workers that may take long */
	ROUTE_HASHES = 1u << 2,    /* the workers that hash passwords */
	ROUTE_BODY_FILE = 1u << 3, /* the body goes to an unlinked file (request.body_file) */
	ROUTE_BODY_RAW = 1u << 4,  /* the body is not JSON: handed over as bytes */
	ROUTE_SNAPSHOT = 1u << 5,  /* works with the database away */
	ROUTE_SWITCH = 1u << 6,  /* for FreeSWITCH: its own gate (web/switches.h), asked before the
	                            body is read; no session, Origin, rates, or fixed parameters */
	ROUTE_STREAM = 1u << 7,  /* the answer is a stream (web/stream.h) */
	ROUTE_FILE = 1u << 8,    /* the answer is a file: Range, If-None-Match */
	ROUTE_DEMANDS = 1u << 9, /* without access, but the handler may ask for some: 401, 403 */
	ROUTE_TRY = 1u << 10,    /* on the reactor first (request.on_reactor), where the handler may
	                            ask to be called again on a worker (request.ask) */
	ROUTE_CUT = 1u << 11,    /* a body that is too large reads as an empty one */
	ROUTE_RECORDS = 1u << 12, /* the workers that wait for call records to be safe */
	ROUTE_CONSOLE = 1u << 13, /* a file of the console (web/console.h): no gate, no rates, and
	                             the query is the page's own */
};

/* A query parameter. */
struct route_parameter {
	const char *name;
	enum field_type type;
	const char *description;
	const char *choices; /* CHOICE */
	int64_t least, most; /* INTEGER */
};

/* The members of a JSON object that is no row of a table: checked as a body, written into the
 * OpenAPI document as a schema of that name. */
struct shape {
	const char *name; /* "Login" */
	const struct field *fields;
	size_t n_fields;
	bool list; /* an answer: {"items": [...], "next": ...} of it */
};

typedef enum error_code route_h(struct request *request, struct reply *reply, struct error *err);

struct route {
	enum web_method method;
	const char *path;
	enum access access;
	unsigned flags;
	route_h *handle;
	const char *summary; /* one line, imperative: "List the extensions" */
	const char *tag;     /* group in the document: "extensions" */
	const char *id; /* operationId; NULL: made of method and path, or of resource and verb */
	const struct route_parameter *parameters;
	size_t n_parameters;
	const struct shape *body;   /* NULL: none, or the resource's */
	const char *body_type;      /* of a body that is no JSON: "text/csv" */
	const struct shape *answer; /* NULL: none (204), or the resource's */
	const char *answer_type; /* media type, or several with blanks between, of which the handler
	                            sets one; NULL: application/json */
	unsigned status;         /* of success; 0: 200, POST of a resource 201, no answer 204 */
	uint64_t body_max_bytes; /* 0: RESOURCE_BODY_MAX; ROUTE_BODY_FILE: web-upload-max-mib */
	/* Of resource routes. */
	const struct resource *resource;
	enum resource_verb verb;
	const struct resource_action *action; /* NULL: verb */
	const char *of; /* name of the resource, in a const table: resource is found by it */
};

struct route_table {
	const struct route *routes;
	size_t n;
};

struct routes; /* every row of this server, immutable */

enum { ROUTE_PARAMETERS_MAX = 4, ROUTE_PATH_MAX = 2048 };

struct route_match {
	const struct route *route; /* NULL: none */
	unsigned allowed; /* no route, but the path has these methods (1u << method): 405 */
	size_t n;
	struct {
		const char *name; /* as in the path, without braces; not terminated */
		size_t name_length;
		char *value; /* decoded, NUL-terminated, in the match's buffer */
	} parameters[ROUTE_PARAMETERS_MAX];
	char buffer[ROUTE_PATH_MAX];
};

MUST_CHECK enum error_code routes_open(struct routes **ret_routes, struct error *err);
void routes_close(struct routes *routes);
size_t routes_count(const struct routes *routes);
const struct route *routes_at(const struct routes *routes, size_t i);

/* path: as sent, without the query. Never fails: what is malformed or too long matches nothing.
 * Hostile: fuzzed (tests/fuzz/fuzz_router.c). */
void routes_match(const struct routes *routes, enum web_method method, const char *path,
                  struct route_match *ret_match);

const char *web_method_name(enum web_method method);

#endif
