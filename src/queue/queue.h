/*
 * The queues of one tenant: who waits, who answers, who is offered whom, and why. A pure state
 * machine: what happens goes in as events with their time, what is to be done comes out as
 * commands. No I/O, no clock, no thread, no randomness: the same events give the same commands.
 *
 * A machine holds every queue of the tenant and every agent of any of them, so that an agent in
 * several queues has one offer at a time. Who waits is served first come first served: in one
 * queue always; between queues that share an agent, whoever joined first.
 *
 * A caller:
 *
 * | state     | ends by                                                                        |
 * | --------- | ------------------------------------------------------------------------------ |
 * | WAITING   | an agent answers; he leaves; a rule of the queue overflows him                 |
 * | CONNECTED | queue_call_ended                                                               |
 *
 * An agent (beside the status he wants):
 *
 * | state   | ends by                                                                           |
 * | ------- | --------------------------------------------------------------------------------- |
 * | IDLE    | an offer                                                                          |
 * | DELAYED | the time after a missed, busy or declined offer                                   |
 * | OFFERED | answered, failed, withdrawn, or the offer's deadline (agent_ring_time and a grace) |
 * | TALKING | queue_call_ended                                                                  |
 * | WRAP_UP | wrap_up_time                                                                      |
 *
 * Each is a row of the transition table in agents.c. Every offer has a deadline of its own: should
 * its end never be told, the machine ends it (QUEUE_DECISION_LOST) and the agent is free again.
 *
 * Whoever failed to take an offer is left alone for at least a second (UNREACHABLE: five), so that
 * a phone that refuses at once is not asked in a loop; whose offer was taken back, for 200 ms, so
 * that a phone is not told to stop and to ring in one breath.
 *
 * Times are microseconds of a monotonic clock; one that goes back is taken to stand still.
 * Identifiers are the tenant's: queues.id, extensions.id, and the call's (cdrs.id).
 */
#ifndef CENTREX_QUEUE_QUEUE_H
#define CENTREX_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/uuid.h"
#include "queue/config.h"
#include "queue/decision.h"

struct queue_machine;

/* ---- the machine ---- */

/* decided: called inside the events, and must call nothing of the machine; NULL: nobody wants to
 * know. */
MUST_CHECK enum error_code queue_machine_new(queue_decision_h *decided, void *arg,
                                             struct queue_machine **ret_machine);
void queue_machine_free(struct queue_machine *machine); /* NULL is allowed */

/* All queues as they are to be from now on. Nobody's state changes: agents keep status, state and
 * offers, callers keep their turn; an agent that is a member nowhere any more finishes what he
 * does; callers of a queue that is gone are overflowed (QUEUE_GONE). A new agent is logged out and
 * without a phone until told. ERROR_MEMORY: everything is as before. */
MUST_CHECK enum error_code queue_machine_configure(struct queue_machine *machine,
                                                   const struct queue_config *queues, size_t n,
                                                   int64_t now_us);

enum queue_agent_status { QUEUE_AGENT_LOGGED_OUT, QUEUE_AGENT_ON_BREAK, QUEUE_AGENT_AVAILABLE };

/* Agents unknown to the machine are passed over. Going on break or out while an offer rings takes
 * the offer back; talking goes on. Becoming available ends a delay and the count of missed offers;
 * a wrap-up too. */
void queue_agent_status(struct queue_machine *machine, const struct uuid *agent,
                        enum queue_agent_status status, int64_t now_us);
void queue_agent_phones(struct queue_machine *machine, const struct uuid *agent, bool registered,
                        int64_t now_us);
/* He is in a call that is none of a queue. An offer that rings is taken back, where the queue skips
 * such agents. */
void queue_agent_in_call(struct queue_machine *machine, const struct uuid *agent, bool in_call,
                         int64_t now_us);
/* He says that he takes calls now: ends his delay, his wrap-up and the count of missed offers, also
 * when he was available already. */
void queue_agent_ready(struct queue_machine *machine, const struct uuid *agent, int64_t now_us);

/* from: the extension that calls; NULL: none (he is never offered his own call).
 * ERROR_NOT_FOUND: no such queue; ERROR_CONFLICT: the call is in one; ERROR_MEMORY. */
MUST_CHECK enum error_code queue_caller_join(struct queue_machine *machine,
                                             const struct uuid *queue, const struct uuid *call,
                                             const struct uuid *from, int64_t now_us);
/* The caller hung up, or was led away. While connected: as queue_call_ended. */
void queue_caller_left(struct queue_machine *machine, const struct uuid *call, int64_t now_us);

/* Offers are named by (call, agent); an event for one that is no more is passed over. */
enum queue_offer_failure {
	QUEUE_OFFER_NO_ANSWER,
	QUEUE_OFFER_BUSY,
	QUEUE_OFFER_DECLINED,
	QUEUE_OFFER_UNREACHABLE, /* no phone, or none that answers SIP */
};
void queue_offer_failed(struct queue_machine *machine, const struct uuid *call,
                        const struct uuid *agent, enum queue_offer_failure why, int64_t now_us);
/* A phone of his answered. QUEUE_CONNECT for him, QUEUE_WITHDRAW for all others; or QUEUE_REFUSE,
 * when somebody else has the caller already, or the caller is gone (queue: nil then). */
void queue_offer_answered(struct queue_machine *machine, const struct uuid *call,
                          const struct uuid *agent, int64_t now_us);
/* What QUEUE_CONNECT asked for could not be done: the caller waits again, in his old place, and the
 * agent is left alone for a while, as after QUEUE_OFFER_UNREACHABLE. */
void queue_connect_failed(struct queue_machine *machine, const struct uuid *call,
                          const struct uuid *agent, int64_t now_us);
/* Caller and agent have parted, whoever hung up or transferred. The agent wraps up. */
void queue_call_ended(struct queue_machine *machine, const struct uuid *call, int64_t now_us);

/* Time has passed. Call it at queue_machine_deadline, earlier calls do no harm. */
void queue_machine_tick(struct queue_machine *machine, int64_t now_us);
/* When the next thing happens by itself; INT64_MAX: nothing will. */
int64_t queue_machine_deadline(const struct queue_machine *machine);

/* ---- what is to be done ---- */

enum queue_command_kind {
	QUEUE_OFFER,    /* ring the agent's phones for the caller, for ring_us */
	QUEUE_WITHDRAW, /* stop ringing; elsewhere: another answered */
	QUEUE_REFUSE,   /* the agent answered too late: hang up */
	QUEUE_CONNECT,  /* agent and caller talk */
	QUEUE_OVERFLOW, /* the caller is in the queue no more: lead him elsewhere, or end the call
	                 */
	QUEUE_BREAK,    /* the agent is on break now: tell him and everybody */
	QUEUE_STATE,    /* the agent's state for others to see */
};

enum queue_agent_state {
	QUEUE_STATE_WAITING, /* IDLE and DELAYED */
	QUEUE_STATE_RINGING,
	QUEUE_STATE_TALKING,
	QUEUE_STATE_WRAP_UP,
};

struct queue_command {
	enum queue_command_kind kind;
	struct uuid queue, call, agent;
	int64_t ring_us;                 /* OFFER */
	bool elsewhere;                  /* WITHDRAW */
	enum queue_decision_kind reason; /* OVERFLOW: MAX_WAIT, NO_AGENTS, QUEUE_GONE */
	enum queue_agent_state state;    /* STATE */
	int64_t until_us;                /* STATE, WRAP_UP: when it ends */
	unsigned missed;                 /* STATE, BREAK: offers missed in a row */
};

/* In order, QUEUE_STATE last and only the newest of an agent; false: nothing is to be done. Take
 * all of them after every event. While they are taken further events may come (a phone that cannot
 * be rung fails at once). Room for what an event can cause is kept from the moment agents and
 * callers are known, so that it needs no memory; if commands pile up all the same and there is
 * none, events are put off to the next tick (queue_machine_deadline says when). */
bool queue_command_next(struct queue_machine *machine, struct queue_command *ret_command);

/* ---- looking in ---- */

struct queue_figures {
	size_t waiting, connected; /* callers */
	size_t agents, available, idle;
	int64_t oldest_us; /* when the first of those who wait joined; 0: nobody waits */
};
/* queue NULL: all of them. False: no such queue. */
bool queue_machine_figures(const struct queue_machine *machine, const struct uuid *queue,
                           struct queue_figures *ret_figures);
/* A caller's place among those who wait, from 1; 0: he does not wait. */
size_t queue_caller_position(const struct queue_machine *machine, const struct uuid *call);

/* For tests: every rule that must always hold, with the first that does not in words; NULL: all do.
 */
const char *queue_machine_check(const struct queue_machine *machine);

#endif
