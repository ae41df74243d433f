/*
 * What stands between a request and its handler: how often one may ask, who is asking, from which
 * site, for which tenant, and whether the row of the route table lets him. Runs on a worker thread,
 * once the route is matched and the query is read; with ROUTE_BODY_FILE before the body is.
 */
#ifndef CENTREX_WEB_GATE_H
#define CENTREX_WEB_GATE_H

#include "web/reply.h"
#include "web/request.h"

/* Fills in who, tenant, access and actor. What it refuses becomes a problem document; reply may
 * get headers (Retry-After, WWW-Authenticate) all the same. */
MUST_CHECK enum error_code gate_check(struct request *request, struct reply *reply,
                                      struct error *err);

/* Who is asking must be signed in and stand on that rung of the installation or of {tenant}: for a
 * handler of a route without access that has reasons to ask. Fills in the same. */
MUST_CHECK enum error_code gate_demand(struct request *request, struct reply *reply,
                                       enum access least, struct error *err);

#endif
