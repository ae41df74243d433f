/*
 * Server-sent events: who listens to which tenant, and what the event log (domain/event.h) has for
 * them. One thread; one query per tenant that changed, however many listen.
 */
#ifndef CENTREX_WEB_HUB_H
#define CENTREX_WEB_HUB_H

#include "web/request.h"
#include "web/stream.h"

struct hub;

MUST_CHECK enum error_code hub_open(struct db *db, struct hub **ret_hub, struct error *err);
/* Ends every stream. */
void hub_close(struct hub *hub);

/* From the listener: the tenant changed; nil: anything may have (the listener was away). */
void hub_changed(struct hub *hub, const struct uuid *tenant);

/* Begins a stream of the tenant's events after the id last (0: from now on), as who may see them. A
 * stream ends when its principal's access does. */
MUST_CHECK enum error_code hub_join(struct hub *hub, const struct request *request, int64_t last,
                                    struct stream **ret_stream, struct error *err);

size_t hub_count(const struct hub *hub);

#endif
