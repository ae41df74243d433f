/* What calls.c (what channels tell), calls_list.c (what the switch says it has) and calls_part.c
 * (the row of the table of parts) share. All of it on the connection's thread but for the
 * hang-ups. */
#ifndef CENTREX_FREESWITCH_CALLS_PRIVATE_H
#define CENTREX_FREESWITCH_CALLS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "base/behind.h"
#include "domain/live.h"
#include "freeswitch/parts.h"
#include "freeswitch/whose.h"

enum {
	CALLS_LISTS = 4096,
	CALLS_MAX = 50000, /* of one switch; FreeSWITCH's own max-sessions is far below */
	CALLS_GONE = 1024, /* ended calls remembered: a late event begins none again */
	CALLS_NUMBER_MAX = 65,
	CALLS_ASKED_MAX = 1024,
	CALLS_DUMPS = 16,   /* questions about channels on their way at once */
	CALLS_LOST_S = 60,  /* a switch out of reach for so long has lost its calls */
	CALLS_TENANT_S = 30 /* a call waits so long for its tenant to be found */
};

/* Words of a call whose tenant is still looked for. */
struct call_words {
	char *domain, *from, *name, *to;
};

/* A channel on which somebody calls: an A-leg, or a queue's member. */
struct call {
	LIST_ENTRY(call) in_list;
	LIST_ENTRY(call) in_waiting; /* its tenant is being looked for */
	struct call_words *words;    /* not NULL: so it is */
	struct uuid id, tenant;
	int64_t started_us;
	bool member;   /* in a queue: answered by an agent only */
	bool answered; /* live_answered was told, or will be when the tenant is found */
	bool fresh;    /* heard of since the connection is up */
	struct uuid bridged, answerer; /* the other channel; the one that answered */
	char number[CALLS_NUMBER_MAX]; /* of the answerer */
	int64_t answered_us;           /* for one that waits */
	int64_t waits_until_us;        /* monotonic */
};

LIST_HEAD(call_list, call);

struct calls {
	const struct fs_node *node;
	struct live *live;
	struct whose *whose;
	struct behind *reminder; /* there are no ticks while the connection is down */
	struct call_list lists[CALLS_LISTS];
	struct call_list waiting;
	size_t n;
	struct uuid gone[CALLS_GONE];
	size_t gone_at;

	bool up;
	bool adopted;          /* live_adopt was called */
	int64_t away_since_us; /* monotonic; while not up */
	unsigned round;     /* counts connections: an answer of an earlier one counts for nothing */
	struct uuid *dumps; /* channels to ask about */
	size_t n_dumps, dumps_at, dumps_open;

	pthread_mutex_t mutex; /* over these two */
	struct uuid asked[CALLS_ASKED_MAX];
	size_t n_asked;

	atomic_size_t figure_calls;
	atomic_uint_fast64_t figure_events, figure_strangers, figure_hang_ups;
};

struct call *calls_find(struct calls *calls, const struct uuid *id);

/* Begins the call of an inbound channel that an event or a dump describes; NULL: it is none of
 * ours, is over, or there is no room. Finds the one that is known. */
struct call *calls_begin(struct calls *calls, const struct esl_event *event);

/* cause NULL: not known. */
void calls_ended(struct calls *calls, struct call *call, const char *cause);

/* What a dump of the call's channel says of who answered it. */
void calls_compare(struct calls *calls, struct call *call, const struct esl_event *dump);

void calls_event(struct calls *calls, const struct esl_event *event);
/* Calls whose tenant was looked for. */
void calls_place(struct calls *calls, int64_t now_us);

/* The connection is up: asks the switch what it has. */
void calls_ask(struct calls *calls);

#endif
