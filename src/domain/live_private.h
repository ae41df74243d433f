/* What live.c (the steps) and live_write.c (to PostgreSQL) share. */
#ifndef CENTREX_DOMAIN_LIVE_PRIVATE_H
#define CENTREX_DOMAIN_LIVE_PRIVATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "base/text.h"
#include "domain/live.h"
#include "domain/node_tenants.h"
#include "domain/snapshot.h"

enum {
	LIVE_LISTS = 4096,
	LIVE_NODE_MAX = 65,
	LIVE_DEAD_MAX = 16,
	LIVE_TIME_MAX = 40,
	LIVE_STEPS_BYTES = 1 << 20
};

enum live_state { LIVE_RINGING, LIVE_WAITING, LIVE_ANSWERED, LIVE_PARKED };

/* A call that is. */
struct live_entry {
	LIST_ENTRY(live_entry) in_list;
	LIST_ENTRY(live_entry) in_tenant;
	struct live_tenant *tenant;
	struct uuid id;
	enum live_state state;
	/* Members as JSON, NULL: none. */
	char *call;
	char *from;    /* who calls: the leg that is there */
	char *queue;   /* the queue it waits in, or came from */
	char *answer;  /* once answered: when, */
	char *partner; /* and who talks with the caller */
	char *slot;    /* while parked */
	/* Who is in it, as far as extensions have such numbers, and JSON strings of who was: with
	 * the next step, and ever. */
	char caller[EXTENSION_NUMBER_MAX], callee[EXTENSION_NUMBER_MAX];
	struct text leaves, left;
};

LIST_HEAD(live_entry_list, live_entry);

/* A tenant that has or had calls here. */
struct live_tenant {
	LIST_ENTRY(live_tenant) in_list;
	TAILQ_ENTRY(live_tenant) in_due;
	struct uuid id;
	struct live_entry_list calls;
	struct text steps; /* JSON objects not yet being written */
	size_t n_steps;
	int64_t due_at_us; /* monotonic; when in the queue */
	bool due;          /* in the queue */
	bool cleared;      /* no row of an earlier process is left */
	bool unsure;       /* steps were lost: the rows are to be made equal to the calls */
	bool verify;       /* they are to be compared in any case */
	bool hang_up;      /* somebody says that a call is to be ended */
};

LIST_HEAD(live_tenant_list, live_tenant);
TAILQ_HEAD(live_tenant_queue, live_tenant);

/* A node that is no more, and until when calls can have been its. */
struct live_dead {
	char node[LIVE_NODE_MAX];
	char before[LIVE_TIME_MAX];
};

/* All tenants, one after the other: where rows are left. */
struct live_walk {
	bool own;              /* of an earlier process of this node; */
	struct live_dead dead; /* else of this one; node "": no walk is under way */
	struct uuid *tenants;  /* NULL: not listed yet */
	size_t n, at;
};

struct live {
	struct db *db;
	char node[LIVE_NODE_MAX];
	struct node_tenants *counted_in;
	live_notice_h *notice;
	void *notice_arg;
	pthread_t thread;

	pthread_mutex_t mutex;
	pthread_cond_t wake;
	/* Under the mutex. */
	struct live_entry_list entries[LIVE_LISTS];
	struct live_tenant_list tenants[LIVE_LISTS];
	struct live_tenant_queue due; /* by due_at_us */
	struct live_counts counts;
	struct live_dead dead[LIVE_DEAD_MAX]; /* whose rows are to go */
	size_t n_dead;
	bool all_cleared; /* this node's walk is done */
	bool adopts;      /* an earlier process's rows are compared with our calls */
	bool held;        /* nothing is written yet */
	bool stopping;

	pthread_mutex_t hang_up_mutex; /* over these two, while the handler runs */
	live_hang_up_h *hang_up;
	void *hang_up_arg;

	/* The thread's own. */
	struct live_walk walk;
	int64_t hold_until_us;  /* the database is away: nothing before */
	int64_t fault_until_us; /* the caller was told of a fault: not again before */
	unsigned retry_ms;
	bool away; /* and the caller was told */
};

struct live_tenant *live_tenant_take(struct live *live, const struct uuid *id);

/* With the mutex: the tenant is to be looked at, at at_us or before. */
void live_due(struct live *live, struct live_tenant *tenant, int64_t at_us);

/* With the mutex: of what happens in the tenant, only the outcome will be written. */
void live_lose_steps(struct live *live, struct live_tenant *tenant);

/* {...} of a call as it is; ended: as it was then. */
void live_entry_json(const struct live_entry *entry, size_t n, bool ended, const char *cause,
                     struct text *out);

/* The thread; arg is the struct live. */
void *live_writer(void *arg);

#endif
