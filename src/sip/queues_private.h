/* What the files of the queues share: queues.c (machines, time, commands), queue_tenant.c
 * (configuration), queue_agents.c (what agents want and do), queue_call.c (the caller),
 * queue_offer.c (the agents' phones), queue_overflow.c, queue_history.c (what is kept of it),
 * queue_tell.c (why). */
#ifndef CENTREX_SIP_QUEUES_PRIVATE_H
#define CENTREX_SIP_QUEUES_PRIVATE_H

#include "domain/agent.h"
#include "queue/queue.h"
#include "sip/call_service.h"
#include "sip/queue_bell.h"
#include "sip/queue_clock.h"
#include "sip/queue_history.h"
#include "sip/queues.h"

enum {
	QUEUE_CALLERS_MOST = 1000, /* of one tenant, in all its queues */
	QUEUE_JOINS_MOST = 5,      /* queues one call may be led through */
};

struct queues {
	struct engine *engine;
	struct hash *tenants; /* struct queue_tenant, by tenant */
	struct hash *calls;   /* struct queue_call, by call */
	struct hash *lines;   /* struct queue_line, by extension */
	struct list ready;    /* tenants with commands or a tick to carry out, in turn */
	struct list unread;   /* tenants whose agents are to be read */
	unsigned reading;     /* jobs under way */
	struct tmr turn, alarm, retry;
	struct queue_clock clock;
	struct queue_bell *bell;
	struct queues_figures figures;
	bool read_failed; /* and it was logged */
	bool closing;
};

/* An agent as the machine knows him. */
struct queue_agent {
	struct uuid id;
	const struct extension *extension; /* of the tenant's snapshot */
	enum agent_status status;
	uint64_t set; /* the tenant's `sets` when the engine itself changed the status; 0: never */
};

struct queue_tenant {
	struct le le;     /* of queues->tenants */
	struct le ready;  /* of queues->ready */
	struct le unread; /* of queues->unread */
	struct queues *queues;
	struct uuid id;
	struct snapshot *snapshot; /* that the machine is configured from */
	struct snapshot *before;   /* the one before, until all it led to is carried out */
	struct queue_machine *machine;
	struct queue_deadline deadline;
	struct list calls;  /* struct queue_call */
	struct list wishes; /* struct queue_wish */
	size_t n_agents;
	struct queue_agent *agents; /* by id, as memcmp sorts */
	uint64_t sets;              /* how often the engine itself changed a status */
	bool tick;                  /* the deadline has come */
	bool reading, read_again;
	bool listed; /* what the agents want is known, or was waited for long enough */
	bool gone;   /* the tenant is no more: the machine goes with its last call */
	int64_t list_until_us;
};

/* ---- queues.c ---- */

struct queue_tenant *queues_find(const struct queues *queues, const struct uuid *tenant);
/* The tenant's machine, made where there is none; NULL: out of memory. */
struct queue_tenant *queues_take(struct queues *queues, struct snapshot *snapshot);
/* Before a call enters: the machine has the newest picture of the tenant. */
void queues_renew(struct queue_tenant *tenant);
/* Something was told to the machine. */
void queues_wake(struct queue_tenant *tenant);
/* A deadline was set outside a turn. */
void queues_set_alarm(struct queues *queues);

/* ---- queue_tenant.c ---- */

/* As the snapshot has it; without memory the machine stays as it was. */
void queue_tenant_configure(struct queue_tenant *tenant, struct snapshot *snapshot);
/* NULL: there is none. */
const struct queue *queue_tenant_queue(const struct queue_tenant *tenant, const struct uuid *queue);
struct queue_agent *queue_tenant_agent(const struct queue_tenant *tenant, const struct uuid *agent);
const char *queue_tenant_number(const struct queue_tenant *tenant, const struct uuid *agent);

/* ---- queue_agents.c ---- */

/* Reads what the agents want, as soon as a worker is free. */
void queue_agents_read(struct queue_tenant *tenant);
void queue_agents_read_next(struct queues *queues);
/* The engine itself changes it: a feature code, or too many missed offers. False: he is no agent.
 */
bool queue_agent_set(struct queue_tenant *tenant, const struct uuid *agent,
                     enum agent_status status, const char *reason);
void queue_agent_shown(struct queue_tenant *tenant, const struct queue_command *command);
/* Status, phones and calls of his own, as they are now. */
void queue_agent_tell(struct queue_tenant *tenant, const struct queue_agent *agent);
void queue_lines_clear(struct queues *queues);

/* ---- queue_call.c ---- */

enum queue_stage {
	QUEUE_HELD,  /* he hears the music; what the agents want is not known yet */
	QUEUE_WAITS, /* in the machine */
	QUEUE_TALKS,
	QUEUE_OUT, /* left the queue, is led elsewhere */
};

/* A caller, from when he enters his first queue until he has the agent no more. */
struct queue_call {
	struct le le; /* of the tenant's calls */
	struct le he; /* of queues->calls */
	struct queue_tenant *tenant;
	struct call *call;
	enum queue_stage stage;
	struct uuid queue;
	unsigned joins; /* queues so far */
	/* OUT: why, and how long an extension may ring. */
	const struct cause *cause;
	struct tmr ring;
	struct queue_deadline deadline; /* of the offers that ring: the next to have rung enough */
	struct queue_history history;
};

struct queue_call *queue_call_find(const struct queues *queues, const struct uuid *call);
extern const struct call_service queue_service;
/* The machine knows what the agents want: those who were held join. */
void queue_calls_release(struct queue_tenant *tenant);
void queue_call_connect(struct queue_tenant *tenant, const struct queue_command *command);
void queue_calls_close(struct queue_tenant *tenant);

/* ---- queue_offer.c ---- */

void queue_offer_ring(struct queue_tenant *tenant, const struct queue_command *command);
/* A queue_deadline's; arg: the queue_call. */
void queue_offer_on_due(void *arg);
void queue_offer_withdraw(struct queue_tenant *tenant, const struct queue_command *command);
void queue_offer_on_failed(struct queue_call *queued, struct leg *branch, uint16_t status);
void queue_offer_on_answered(struct queue_call *queued, struct leg *branch);

/* ---- queue_overflow.c ---- */

void queue_overflow(struct queue_tenant *tenant, const struct queue_command *command);
void queue_overflow_on_failed(struct queue_call *queued, uint16_t status);
void queue_overflow_on_answered(struct queue_call *queued, struct leg *branch);

/* ---- queue_tell.c ---- */

queue_decision_h queue_tell; /* arg: the tenant */

#endif
