/*
 * Server-sent events: who listens to which tenant, and what the event log (domain/event.h) has for
 * them. One thread; one query per tenant that changed, however many listen; a listener that begins
 * with an earlier id is read its own pages until it has caught up.
 *
 * The first event of a stream is `ready` (from here on nothing is missed) or `reset`: the id is
 * older than what is kept, read everything anew. Both carry the id to resume from. A listener that
 * does not take what is sent is cut off, and resumes. Whose access ends loses the stream within
 * RECHECK_S. While the database is away streams stay; they catch up afterwards.
 */
#ifndef CENTREX_WEB_HUB_H
#define CENTREX_WEB_HUB_H

#include "domain/principal.h"
#include "web/stream.h"

enum {
	HUB_STREAMS_MAX = 2048, /* of this process */
	HUB_STREAMS_TENANT_MAX = 1000,
	HUB_STREAMS_USER_MAX = 32, /* of one user in one tenant */
	HUB_RECHECK_S = 5,
	HUB_KEEP_ALIVE_S = 15,
	HUB_RETRY_MS = 2000, /* how long a client waits before it resumes */
};

struct hub;

MUST_CHECK enum error_code hub_open(struct db *db, struct principals *principals,
                                    struct hub **ret_hub, struct error *err);
/* Ends every stream; nobody can join any more. NULL is allowed. */
void hub_stop(struct hub *hub);
/* After hub_stop, once no request is under way. NULL is allowed. */
void hub_close(struct hub *hub);

/* From the listener: the tenant changed; NULL: anything may have (the listener was away). */
void hub_changed(struct hub *hub, const struct uuid *tenant);
/* People, sessions or tokens changed: everybody's access is looked at again. */
void hub_recheck(struct hub *hub);

struct hub_join {
	struct uuid tenant;
	struct principal *who;
	bool resumes;
	int64_t last; /* the last id seen, where it resumes */
};

/* Begins a stream; blocks on the database. ERROR_RATE_LIMITED: too many streams of this user here,
 * ERROR_UNAVAILABLE: too many at all, or the database is away. */
MUST_CHECK enum error_code hub_join(struct hub *hub, const struct hub_join *join,
                                    struct stream **ret_stream, struct error *err);

struct hub_counts {
	size_t streams, tenants;
	uint64_t joined, sent, cut_off, reads;
};
void hub_counts(struct hub *hub, struct hub_counts *ret_counts);

#endif
