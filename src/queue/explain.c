#include "queue/queue_private.h"

/* Why an agent has or has not the caller, after everybody was offered whom he can be. What lasts
 * longest is said first: that somebody is on break matters more than that his tier waits. */
static void consider(const struct queue_machine *machine, const struct caller *caller,
                     const struct member *member, struct queue_considered *considered)
{
	const struct agent *agent = member->agent;
	const struct shape *shape = caller->queue->shape;
	size_t first, end;
	enum queue_verdict verdict;

	caller_range(caller, &first, &end);
	considered->until_us = 0;
	if (agent->state == AGENT_OFFERED && agent->caller == caller) {
		verdict = agent->offered_event == machine->n_events ? QUEUE_VERDICT_OFFERED
		                                                    : QUEUE_VERDICT_ALREADY_OFFERED;
	} else if (caller->has_from && uuid_equal(&agent->node.id, &caller->from)) {
		verdict = QUEUE_VERDICT_IS_CALLER;
	} else if (agent->status == QUEUE_AGENT_LOGGED_OUT) {
		verdict = QUEUE_VERDICT_LOGGED_OUT;
	} else if (agent->status == QUEUE_AGENT_ON_BREAK) {
		verdict = QUEUE_VERDICT_ON_BREAK;
	} else if (!agent->registered) {
		verdict = QUEUE_VERDICT_UNREGISTERED;
	} else if (member->index >= end) {
		verdict = QUEUE_VERDICT_TIER_WAITS;
		if (member->tier == caller->tier + 1 && caller->next_tier_us < NEVER)
			considered->until_us = caller->next_tier_us;
	} else if (member->index < first) {
		verdict = QUEUE_VERDICT_TIER_PASSED;
	} else if (agent->state == AGENT_OFFERED) {
		verdict = agent->caller->serial < caller->serial ? QUEUE_VERDICT_OLDER_CALLER
		                                                 : QUEUE_VERDICT_RINGING;
	} else if (agent->state == AGENT_TALKING) {
		verdict = QUEUE_VERDICT_TALKING;
	} else if (agent->state == AGENT_WRAP_UP) {
		verdict = QUEUE_VERDICT_WRAP_UP;
		considered->until_us = agent->until_us;
	} else if (agent->state == AGENT_DELAYED) {
		verdict = QUEUE_VERDICT_DELAYED;
		considered->until_us = agent->until_us;
	} else if (agent->in_call && shape->rules.skip_agents_with_external_calls) {
		verdict = QUEUE_VERDICT_IN_CALL;
	} else {
		verdict = QUEUE_VERDICT_OTHERS_TURN;
	}
	considered->agent = agent->node.id;
	considered->tier = shape->tiers[member->tier].number;
	considered->position = member->position;
	considered->verdict = verdict;
}

/* For a change to be seen; multipliers of splitmix64. */
static uint64_t mix(uint64_t so_far, uint64_t value)
{
	so_far = (so_far ^ value) * 0xbf58476d1ce4e5b9U;
	return so_far ^ so_far >> 29;
}

static void explain(struct queue_machine *machine, struct caller *caller)
{
	const struct shape *shape = caller->queue->shape;
	struct queue_considered *items = machine->considered.items;
	struct queue_decision decision = {
		.kind = QUEUE_DECISION_CONSIDERED,
		.at_us = machine->now_us,
		.queue = caller->queue_id,
		.call = &caller->node.id,
		.n_considered = shape->n_members,
		.considered = items,
	};
	uint64_t told = 0x94d049bb133111ebU;
	bool offered = false;

	for (size_t i = 0; i < shape->n_members; i++) {
		consider(machine, caller, &shape->members[i], &items[i]);
		offered = offered || items[i].verdict == QUEUE_VERDICT_OFFERED;
		told = mix(told, shape->members[i].agent->serial * QUEUE_VERDICT_COUNT +
		                         items[i].verdict);
	}
	if (!offered && told == caller->told)
		return;
	caller->told = told;
	machine->decided(&decision, machine->arg);
}

void machine_explain(struct queue_machine *machine)
{
	struct link *link;

	while ((link = list_take(&machine->looking)))
		explain(machine, HOLDER(link, struct caller, looking));
}
