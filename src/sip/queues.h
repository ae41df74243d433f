/*
 * The tenants' queues in the engine: each tenant's machine (queue/queue.h) fed with what happens to
 * its calls, agents and phones, and its commands carried out on calls (sip/call_service.h).
 *
 * A machine is made when the tenant's first queue call comes or an agent of it acts, from the
 * tenant's snapshot, and follows each newer one. What agents want is read from their table then,
 * and when PostgreSQL tells of a change; until that is known callers hear the music and wait.
 *
 * Handlers of events only tell the machine. Its commands are carried out a moment later by the loop
 * itself, a few of each tenant in turn: so no event ends the call it is about, and no tenant's
 * flood holds up another's. Everything here is on the loop's thread.
 */
#ifndef CENTREX_SIP_QUEUES_H
#define CENTREX_SIP_QUEUES_H

#include "domain/route.h"

struct engine;
struct call;
struct leg;
struct queues;     /* engine->queues */
struct queue_line; /* an extension that is in calls of its own */

/* engine->registrar, ->work and ->directory are there. */
MUST_CHECK enum error_code queues_open(struct engine *engine, struct queues **ret_queues,
                                       struct error *err);
/* After work_close and before calls_close: who waits or talks leaves his queue. NULL is allowed. */
void queues_close(struct queues *queues);

/* The call (RINGING or ALONE) waits in this queue, of the call's snapshot, from now on; where that
 * cannot be it is over, and freed. */
void queues_enter(struct call *call, const struct queue *queue);

/* True: an agent's: LOGIN, LOGOUT, BREAK. */
bool queues_has_feature(enum route_feature feature);
/* What such a plan says, confirmed by a tone, for a call that is RINGING. */
void queues_feature(struct call *call, const struct route_plan *plan);

/* The agent has left a call that goes on without him (he transferred it): he wraps up. The call is
 * served by none afterwards. A call that is none of a queue is passed over. */
void queue_call_left(struct call *call);

/* The queue a call waits in, or came from to the agent it talks with; NULL: none. Valid until the
 * next event. */
const struct queue *queue_of_call(const struct call *call);

/* An extension has a registered phone from now on, or none any more. */
void queues_phones(struct queues *queues, const struct uuid *tenant, const struct uuid *extension,
                   bool registered);

/* The leg's extension is in a call that is none of a queue, until the leg leaves: leg->line, which
 * is NULL where it cannot be counted. */
void queues_busy(const struct call *call, struct leg *leg);

struct queues_figures {
	size_t tenants;            /* with a machine */
	size_t waiting, connected; /* callers */
	/* Callers in = answered + abandoned + overflowed + waiting. */
	uint64_t entered, offers, answered, abandoned, overflowed;
};
void queues_figures(const struct queues *queues, struct queues_figures *ret_figures);

#endif
