/*
 * What the files of the machine know of each other.
 *
 *   machine.c   events in, commands out, time, memory
 *   config.c    queues and members, old to new
 *   agents.c    the table of an agent's states; who is ready
 *   callers.c   join and leave, tiers, how long one waits
 *   decide.c    who is offered whom
 *   explain.c   why not somebody else
 *   look.c      figures, positions
 *   check.c     what must always hold
 *
 * After each event machine_settle (machine.c) makes good what the event left open, so that nothing
 * is due and nobody waits whom an agent could be offered to.
 */
#ifndef CENTREX_QUEUE_PRIVATE_H
#define CENTREX_QUEUE_PRIVATE_H

#include "queue/model.h"

/* machine.c */
struct queue_command *machine_command(struct queue_machine *machine, enum queue_command_kind kind,
                                      const struct caller *caller, const struct agent *agent);
/* Room for one event with so many agents and callers; ERROR_MEMORY. */
MUST_CHECK enum error_code machine_reserve(struct queue_machine *machine, size_t n_agents,
                                           size_t n_callers);
/* For joining and configuring: clock and what was put off. ERROR_MEMORY: that cannot be done yet.
 */
MUST_CHECK enum error_code machine_begin(struct queue_machine *machine, int64_t now_us);
void machine_settle(struct queue_machine *machine);
void machine_tell(struct queue_machine *machine, enum queue_decision_kind kind,
                  const struct caller *caller, const struct agent *agent);

/* agents.c */
struct agent *agent_new(const struct uuid *id);
/* By a row of the table; without one nothing happens. */
void agent_step(struct queue_machine *machine, struct agent *agent, enum agent_event event);
void agent_offer(struct queue_machine *machine, struct agent *agent, struct caller *caller);
/* Whether his queues may offer him calls, after anything about him changed. */
void agent_refresh(struct queue_machine *machine, struct agent *agent);
bool agent_present(const struct agent *agent);
bool member_ready(const struct member *member);
void agent_status_set(struct queue_machine *machine, struct agent *agent,
                      enum queue_agent_status status);
/* The next state to tell; false: none. */
bool agent_told(struct queue_machine *machine, struct queue_command *ret_command);
/* To be called when he may be done; agents_sweep then frees him if he is a member nowhere. */
void agent_finished(struct queue_machine *machine, struct agent *agent);
void agents_sweep(struct queue_machine *machine);

/* callers.c */
struct caller *caller_find(const struct queue_machine *machine, const struct uuid *call);
const struct queue_rules *caller_rules(const struct caller *caller);
/* The furthest tier to be tried for him now, and when there will be another; NEVER: by itself none.
 */
size_t caller_tier(const struct caller *caller, int64_t now_us, int64_t *ret_next_us);
/* Tier and deadline anew. */
void caller_plan(struct queue_machine *machine, struct caller *caller);
/* Whether he wants an offer, and in which tier's heap he stands for it. */
void caller_refresh(struct queue_machine *machine, struct caller *caller);
void caller_look(struct queue_machine *machine, struct caller *caller);
void caller_due(struct queue_machine *machine, struct caller *caller);
void caller_overflow(struct queue_machine *machine, struct caller *caller,
                     enum queue_decision_kind reason);
/* He left, or the connected have parted. */
void caller_gone(struct queue_machine *machine, struct caller *caller);
void caller_answered(struct queue_machine *machine, struct caller *caller, struct agent *agent);
void caller_back(struct queue_machine *machine, struct caller *caller);

/* decide.c */
/* Somebody may be offered somebody. */
void queue_mark(struct queue_machine *machine, struct queue *queue);
/* Tiers or deadlines of those who wait may be others now. */
void queue_review(struct queue_machine *machine, struct queue *queue);
void machine_dispatch(struct queue_machine *machine);
/* The members who may be tried for him: from *ret_first to before *ret_end. */
void caller_range(const struct caller *caller, size_t *ret_first, size_t *ret_end);
/* The caller who joined first of those an agent is ready for; NULL: none. */
struct caller *queue_first_served(struct queue *queue);

/* explain.c: tells of those in machine->looking. */
void machine_explain(struct queue_machine *machine);

/* config.c */
void shape_free(struct shape *shape); /* NULL is allowed */

#endif
