/* What hub.c (who listens) and hub_read.c (the thread) share. */
#ifndef CENTREX_WEB_HUB_PRIVATE_H
#define CENTREX_WEB_HUB_PRIVATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "base/text.h"
#include "domain/snapshot.h"
#include "web/hub.h"

enum { HUB_LISTS = 1024 };

struct hub_listener {
	LIST_ENTRY(hub_listener) in_tenant;
	struct hub_tenant *tenant;
	struct stream *stream;
	struct principal *who;
	enum access access;
	char number[EXTENSION_NUMBER_MAX]; /* an agent's extension; "": none */
	char *queues;                      /* ids of those that it answers; NULL: none */
	bool asked;       /* after these two the reader has asked, too, not only who joined */
	int64_t at;       /* the last id that was sent, or passed over as not for him */
	int64_t spoke_us; /* monotonic: when something was sent last */
	int64_t checked_us, stalled_us;
	bool behind; /* reads pages of its own until it has caught up */
};

LIST_HEAD(hub_listener_list, hub_listener);

/* A tenant with listeners. Made by a join, freed by the thread when the last has gone. */
struct hub_tenant {
	LIST_ENTRY(hub_tenant) in_list;
	TAILQ_ENTRY(hub_tenant) in_changed;
	struct uuid id;
	struct hub_listener_list listeners;
	size_t n;
	int64_t last; /* everybody who is not behind has seen all up to here */
	bool changed; /* in the queue */
};

LIST_HEAD(hub_tenant_list, hub_tenant);
TAILQ_HEAD(hub_tenant_queue, hub_tenant);

struct hub {
	struct db *db;
	struct principals *principals;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	/* Under the mutex. */
	struct hub_tenant_list tenants[HUB_LISTS];
	struct hub_tenant_queue changed;
	struct hub_counts counts;
	size_t n_behind;
	bool recheck, stopping, stopped;
	/* The thread's own. */
	int64_t ticked_us, rechecked_us, hold_until_us;
	unsigned retry_ms;
};

void *hub_reader(void *arg);

/* With the mutex. */
void hub_mark(struct hub *hub, struct hub_tenant *tenant);
/* finished: as it should be; else the client sees that it was cut off. */
void hub_leave(struct hub *hub, struct hub_listener *listener, bool finished);

/* One event for one listener. */
struct hub_event {
	int64_t id;
	const char *kind, *data;
	const char *text; /* as it is sent */
	size_t n;
	struct json_t *json; /* data, parsed when somebody needs it; NULL: not yet */
};
bool hub_may_see(const struct hub_listener *listener, struct hub_event *event);

#endif
