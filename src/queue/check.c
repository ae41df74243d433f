#include "queue/queue_private.h"

/* Each says the first rule that is broken, or NULL. */

static const char *check_offers(const struct caller *caller)
{
	size_t n = 0;

	LIST_EACH(at, &caller->offers) {
		const struct agent *agent = HOLDER(at, struct agent, offer);

		if (agent->state != AGENT_OFFERED || agent->caller != caller)
			return "who rings for a caller is offered that caller";
		n++;
	}
	return n == caller->n_offers ? NULL : "a caller's offers are counted";
}

static const char *check_waiting(const struct queue_machine *machine, const struct caller *caller)
{
	const struct shape *shape = caller->queue->shape;
	bool wants = shape->order == QUEUE_ORDER_RING_ALL || caller->n_offers == 0;
	int64_t next_us;

	if (caller->state != CALLER_WAITING || caller->agent)
		return "who waits has no agent";
	if (caller->tier != caller_tier(caller, machine->now_us, &next_us) ||
	    caller->next_tier_us != next_us)
		return "a caller's tier is what his waiting and who is there make it";
	if (next_us < NEVER && (!caller->due.in || caller->due.key > next_us))
		return "a further tier has a time";
	if (shape->rules.max_wait_time > 0 && !caller->due.in)
		return "who may not wait for ever has a time";
	if (shape->rules.max_wait_time_with_no_agent > 0 && shape->n_present == 0 &&
	    !caller->due.in)
		return "who waits for nobody has a time";
	if (wants != caller->want.in || (wants && caller->want_tier != caller->tier))
		return "who waits wants an offer, or in round-robin has one";
	return check_offers(caller);
}

static const char *check_connected(const struct caller *caller)
{
	if (caller->state != CALLER_CONNECTED || !caller->agent || caller->n_offers > 0 ||
	    !list_empty(&caller->offers) || caller->want.in || caller->due.in)
		return "who is connected has an agent and waits for nothing";
	if (caller->agent->state != AGENT_TALKING || caller->agent->caller != caller)
		return "who is connected is talked to";
	return NULL;
}

static const char *check_callers(const struct queue_machine *machine, struct queue *queue)
{
	const struct caller *last = NULL;
	const char *wrong = NULL;
	size_t n_waiting = 0, n_connected = 0, n_wanting = 0;

	LIST_EACH(at, &queue->waiting) {
		const struct caller *caller = HOLDER(at, struct caller, in_queue);

		if (last && last->serial >= caller->serial)
			return "a queue is in the order of joining";
		wrong = wrong ? wrong : check_waiting(machine, caller);
		n_waiting++;
		n_wanting += caller->want.in ? 1 : 0;
		last = caller;
	}
	LIST_EACH(at, &queue->connected) {
		wrong = wrong ? wrong : check_connected(HOLDER(at, struct caller, in_queue));
		n_connected++;
	}
	if (wrong)
		return wrong;
	if (n_waiting != queue->n_waiting || n_connected != queue->n_connected ||
	    n_wanting != queue->shape->n_wanting)
		return "a queue's callers are counted";
	if (queue_first_served(queue))
		return "nobody waits for whom an agent is ready";
	return NULL;
}

static const char *check_members(const struct queue *queue)
{
	const struct shape *shape = queue->shape;
	size_t n_present = 0, n_ready = 0, end = 0;

	for (size_t i = 0; i < shape->n_members; i++) {
		const struct member *member = &shape->members[i];
		bool ready = shape->ready[i / 64] >> i % 64 & 1;

		if (member->queue != queue || member->index != i || member->tier >= shape->n_tiers)
			return "a member knows its place";
		if (member->present != agent_present(member->agent))
			return "who is there is counted";
		if (ready != member_ready(member))
			return "who is ready is known to be";
		n_present += member->present ? 1 : 0;
		n_ready += ready ? 1 : 0;
	}
	if (n_present != shape->n_present || n_ready != shape->n_ready)
		return "a queue's agents are counted";
	for (size_t i = 0; i < shape->n_tiers; i++) {
		const struct tier *tier = &shape->tiers[i];

		if (tier->first != end || (shape->n_members > 0 && tier->next >= tier->end))
			return "tiers follow each other";
		end = tier->end;
	}
	return end == shape->n_members ? NULL : "every member has a tier";
}

static const char *check_agent(const struct queue_machine *machine, const struct agent *agent)
{
	bool has_caller = agent->state == AGENT_OFFERED || agent->state == AGENT_TALKING,
	     has_time = agent->state != AGENT_IDLE && agent->state != AGENT_TALKING;

	if (has_caller != (agent->caller != NULL))
		return "who rings or talks has a caller, and nobody else";
	if (list_has(&agent->offer) != (agent->state == AGENT_OFFERED))
		return "who rings is among a caller's offers";
	if (agent->state == AGENT_OFFERED && agent->status != QUEUE_AGENT_AVAILABLE)
		return "only who is available rings";
	if (agent->state == AGENT_TALKING && agent->caller->agent != agent)
		return "who talks has that caller";
	if (has_time != agent->due.in || (has_time && agent->due.key != agent->until_us))
		return "ringing, delay and wrap-up end by themselves";
	if (agent->due.in && agent->due.key <= machine->now_us)
		return "nothing is due";
	for (const struct member *member = agent->memberships; member;
	     member = member->next_of_agent)
		if (member->agent != agent)
			return "an agent's memberships are his";
	if (!agent->memberships && !has_caller && agent->state != AGENT_WRAP_UP &&
	    !list_has(&agent->telling))
		return "who is a member nowhere and has finished is gone";
	return NULL;
}

const char *queue_machine_check(const struct queue_machine *machine)
{
	const char *wrong = NULL;
	size_t n_callers = 0, n_talking = 0, n_connected = 0, n_agents = 0;

	LIST_EACH(at, &machine->all_queues) {
		struct queue *queue = HOLDER(at, struct queue, in_machine);

		wrong = wrong ? wrong : check_members(queue);
		wrong = wrong ? wrong : check_callers(machine, queue);
		n_callers += queue->n_waiting;
		n_connected += queue->n_connected;
	}
	LIST_EACH(at, &machine->all_agents) {
		const struct agent *agent = HOLDER(at, struct agent, in_machine);

		wrong = wrong ? wrong : check_agent(machine, agent);
		n_agents++;
		if (agent->state == AGENT_TALKING) {
			n_talking++;
			if (!agent->caller->queue)
				n_connected++;
		}
	}
	if (wrong)
		return wrong;
	if (n_callers + n_talking != machine->callers.n || n_connected != n_talking ||
	    n_agents != machine->agents.n)
		return "nobody is lost";
	if (machine->due.root && machine->due.root->key <= machine->now_us)
		return "nothing is due";
	if (machine->deferred.ring.n == 0 &&
	    machine->commands.ring.room < machine->agents.n + machine->callers.n)
		return "there is room for what an event may cause";
	return NULL;
}
