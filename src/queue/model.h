/* What a machine is made of. */
#ifndef CENTREX_QUEUE_MODEL_H
#define CENTREX_QUEUE_MODEL_H

#include "queue/heap.h"
#include "queue/list.h"
#include "queue/map.h"
#include "queue/queue.h"

enum {
	SECOND_US = 1000000,
	OFFER_GRACE_S = 5,       /* beyond agent_ring_time, before an offer is taken for lost */
	UNREACHABLE_DELAY_S = 5, /* at least */
	FAILURE_DELAY_S = 1,     /* at least: a phone that refuses at once is not asked in a loop */
	SETTLE_US = 200000,      /* after CANCEL or BYE, before the same phone is rung again */
	DEFERRED_RETRY_US = 100000 /* for memory */
};

static const int64_t NEVER = INT64_MAX;
static const int64_t TIME_MAX = INT64_MAX / 2; /* what is added to it is no overflow */

enum agent_state { AGENT_IDLE, AGENT_DELAYED, AGENT_OFFERED, AGENT_TALKING, AGENT_WRAP_UP };

enum agent_event {
	AGENT_OFFER,
	AGENT_ANSWER,    /* has the caller */
	AGENT_ELSEWHERE, /* another has him */
	AGENT_WITHDRAW,
	AGENT_NO_ANSWER,
	AGENT_BUSY,
	AGENT_DECLINED,
	AGENT_UNREACHABLE,
	AGENT_CONNECT_FAILED,
	AGENT_ENDED,
	AGENT_READY, /* says he takes calls */
	AGENT_DUE    /* the state's time is over */
};

struct agent {
	struct map_node node; /* id */
	struct link in_machine;
	uint64_t serial;
	enum queue_agent_status status;
	bool registered, in_call;
	enum agent_state state;
	int64_t until_us; /* NEVER: no end of its own */
	struct heap_node due;
	unsigned missed;
	struct caller *caller;  /* OFFERED, TALKING */
	struct link offer;      /* OFFERED: in caller->offers */
	uint64_t offered_event; /* machine->n_events when the offer was made */
	struct member *memberships;
	struct link telling;       /* its state is to be told */
	struct queue_command told; /* as it was the last time */
	struct link finished;      /* a member nowhere any more, and perhaps done */
	uint64_t listed;           /* config.c: which list of members it was seen in last */
};

struct member {
	struct agent *agent;
	struct queue *queue;
	struct member *next_of_agent;
	size_t index; /* in shape->members */
	size_t tier;  /* in shape->tiers */
	unsigned position;
	bool present; /* counted in tier and shape */
};

struct tier {
	unsigned number;
	size_t first, end;   /* of shape->members */
	size_t next;         /* round-robin: where to go on */
	size_t present;      /* members who are available and have a phone */
	struct heap wanting; /* callers who have come to this tier and want an offer */
	bool offered;        /* to whom last: */
	unsigned last_position;
	struct uuid last_agent;
};

/* What is configured of a queue, replaced as a whole. */
struct shape {
	enum queue_order order;
	struct queue_rules rules;
	size_t n_members, n_tiers; /* n_tiers: at least 1 */
	struct member *members;    /* by tier, position, id */
	struct tier *tiers;
	uint64_t *ready; /* a bit for each member who can be offered a call */
	size_t n_ready, n_present, n_wanting;
};

struct queue {
	struct map_node node;
	struct link in_machine;
	struct shape *shape;
	struct shape *shape_new; /* config.c */
	struct link waiting;     /* callers, first come first */
	struct link connected;
	size_t n_waiting, n_connected;
	int64_t nobody_since_us; /* while shape->n_present is 0 */
	struct link reviewing;   /* tiers or deadlines of those who wait may be others now */
	struct link dirty;       /* somebody may be offered somebody */
	struct heap_node hot;    /* decide.c, by its first caller who can be served */
};

enum caller_state { CALLER_WAITING, CALLER_CONNECTED };

struct caller {
	struct map_node node;
	uint64_t serial; /* order of joining, over all queues */
	bool has_from;
	struct uuid from;
	int64_t joined_us;
	struct queue *queue; /* NULL: it is gone, and he is connected */
	struct uuid queue_id;
	struct queue_rules last_rules; /* of a queue that is gone */
	enum caller_state state;
	struct link in_queue;
	struct agent *agent; /* CONNECTED */
	struct link offers;  /* agents who ring for him */
	size_t n_offers;
	size_t tier;           /* the furthest that is tried for him */
	int64_t next_tier_us;  /* NEVER: by itself no further */
	struct heap_node want; /* in queue->shape->tiers[want_tier].wanting */
	size_t want_tier;
	struct heap_node due;
	struct link looking; /* to be told why he has no further offer */
	uint64_t told;       /* hash of what was told */
};

enum event_kind {
	EVENT_STATUS,
	EVENT_PHONES,
	EVENT_IN_CALL,
	EVENT_READY,
	EVENT_LEFT,
	EVENT_FAILED,
	EVENT_ANSWERED,
	EVENT_CONNECT_FAILED,
	EVENT_ENDED,
	EVENT_TICK
};

struct event {
	enum event_kind kind;
	struct uuid call, agent;
	int value;
};

struct ring {
	size_t first, n, room;
};

struct queue_machine {
	queue_decision_h *decided;
	void *arg;
	int64_t now_us;
	uint64_t n_events, n_listed;
	uint64_t n_serials; /* odd of agents, even of callers */
	struct map queues, agents, callers;
	struct link all_queues, all_agents;
	struct link reviewing, dirty, looking, telling, finished;
	struct heap due; /* callers and agents, by when something happens to them */
	struct {
		struct queue_command *items;
		struct ring ring;
	} commands;
	struct {
		struct event *items;
		struct ring ring;
	} deferred;
	struct {
		struct queue_considered *items;
		size_t room;
	} considered;
};

#endif
