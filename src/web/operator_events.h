/*
 * Server-sent events of the installation, for its operators: what web/hub.h is for a tenant,
 * without a log. A stream begins with `ready`: whatever changes from here on is told. Whoever comes
 * back begins anew, reads what he shows and goes on from `ready`.
 *
 * event: node     data: the node's row, as GET /api/v1/nodes has it: its state or a figure changed
 * event: change   data: {"resource":"tenant"}, "user" or "node": rows came, went or were changed
 *
 * One thread looks every few seconds, and only while somebody listens: the nodes always, tenants
 * and users where something was written meanwhile.
 */
#ifndef CENTREX_WEB_OPERATOR_EVENTS_H
#define CENTREX_WEB_OPERATOR_EVENTS_H

#include "domain/principal.h"
#include "web/stream.h"

enum {
	OPERATOR_STREAMS_MAX = 64,
	OPERATOR_STREAMS_USER_MAX = 8,
	OPERATOR_EVENTS_EVERY_S = 3,
};

struct operator_events;

MUST_CHECK enum error_code operator_events_open(struct db *db, struct principals *principals,
                                                struct operator_events **ret_events,
                                                struct error *err);
/* Ends every stream. NULL is allowed. */
void operator_events_stop(struct operator_events *events);
/* After operator_events_stop, once no request is under way. NULL is allowed. */
void operator_events_close(struct operator_events *events);

/* From the listener: something was written; any thread. */
void operator_events_changed(struct operator_events *events);

/* ERROR_RATE_LIMITED: too many streams of this user; ERROR_UNAVAILABLE: too many at all. */
MUST_CHECK enum error_code operator_events_join(struct operator_events *events,
                                                struct principal *who, struct stream **ret_stream,
                                                struct error *err);

#endif
