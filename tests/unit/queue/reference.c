#include <string.h>

#include "reference_private.h"

static struct uuid id(uint8_t kind, int number)
{
	return (struct uuid){
		{kind, (uint8_t)number, 0x5a}
        };
}

struct uuid ref_queue_id(int queue)
{
	return id(1, queue);
}

struct uuid ref_agent_id(int agent)
{
	return id(2, agent);
}

struct uuid ref_call_id(int call)
{
	return id(3, call);
}

int64_t ref_most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct queue_command *ref_command(struct ref *ref, enum queue_command_kind kind, int call,
                                  int agent)
{
	struct queue_command *it = &ref->commands[ref->n_commands++];

	*it = (struct queue_command){.kind = kind, .call = ref_call_id(call)};
	if (agent >= 0)
		it->agent = ref_agent_id(agent);
	return it;
}

const struct queue_rules *ref_rules_of(const struct ref *ref, int call)
{
	const struct ref_call *it = &ref->calls[call];

	return it->queue >= 0 ? &ref->queues[it->queue].rules : &it->last_rules;
}

/* ---- what can be worked out ---- */

static bool there(const struct ref_agent *agent)
{
	return agent->known && agent->status == QUEUE_AGENT_AVAILABLE && agent->registered;
}

static bool somebody(const struct ref *ref, const struct ref_queue *queue, unsigned tier, bool any)
{
	for (int i = 0; i < queue->n_members; i++)
		if ((any || queue->members[i].tier == tier) &&
		    there(&ref->agents[queue->members[i].agent]))
			return true;
	return false;
}

void ref_remember_somebody(struct ref *ref)
{
	for (int i = 0; i < REF_QUEUES; i++) {
		struct ref_queue *queue = &ref->queues[i];
		bool now = queue->used && somebody(ref, queue, 0, true);

		if (queue->somebody && !now)
			queue->nobody_since_us = ref->now_us;
		queue->somebody = now;
	}
}

static int offers_of(const struct ref *ref, int call)
{
	int n = 0;

	for (int i = 0; i < REF_AGENTS; i++)
		n += ref->agents[i].state == REF_OFFERED && ref->agents[i].call == call;
	return n;
}

/* The furthest tier open to him: its number. ret_next_us: when there is a further one. */
static unsigned open_tier(const struct ref *ref, const struct ref_call *call, int64_t *ret_next_us)
{
	const struct ref_queue *queue = &ref->queues[call->queue];
	unsigned first = queue->members[0].tier, open = first;

	*ret_next_us = INT64_MAX;
	for (int i = 0; i < queue->n_members; i++) {
		unsigned tier = queue->members[i].tier;
		int64_t wait_us = queue->rules.tier_rule_wait_second * S;

		if (tier <= open)
			continue;
		if (queue->rules.tier_rule_wait_multiply_level)
			wait_us *= tier - first;
		if (!queue->rules.tier_rules_apply || ref->now_us >= call->joined_us + wait_us ||
		    (queue->rules.tier_rule_no_agent_no_wait &&
		     !somebody(ref, queue, open, false))) {
			open = tier;
			continue;
		}
		*ret_next_us = call->joined_us + wait_us;
		break;
	}
	return open;
}

static int64_t max_wait_us(const struct ref *ref, const struct ref_call *call)
{
	unsigned wait = ref->queues[call->queue].rules.max_wait_time;

	return wait ? call->joined_us + wait * S : INT64_MAX;
}

static int64_t no_agents_us(const struct ref *ref, const struct ref_call *call)
{
	const struct ref_queue *queue = &ref->queues[call->queue];

	if (!queue->rules.max_wait_time_with_no_agent || queue->somebody)
		return INT64_MAX;
	return ref_most(queue->nobody_since_us + queue->rules.max_wait_time_with_no_agent * S,
	                call->joined_us +
	                        queue->rules.max_wait_time_with_no_agent_time_reached * S);
}

void ref_plan(const struct ref *ref, struct ref_call *call)
{
	int64_t next_us = INT64_MAX, at_us = max_wait_us(ref, call);

	if (ref->queues[call->queue].n_members > 0)
		open_tier(ref, call, &next_us);
	if (no_agents_us(ref, call) < at_us)
		at_us = no_agents_us(ref, call);
	call->due_us = next_us < at_us ? next_us : at_us;
}

/* ---- what happens to an agent ---- */

void ref_agent_now(struct ref *ref, int agent, enum ref_state state, int64_t for_us)
{
	struct ref_agent *it = &ref->agents[agent];

	it->state = state;
	it->until_us = for_us > 0 ? ref->now_us + for_us : INT64_MAX;
	if (for_us == 0 && (state == REF_WRAP_UP || state == REF_DELAYED))
		it->state = REF_IDLE;
}

void ref_withdraw(struct ref *ref, int agent, bool elsewhere)
{
	ref_command(ref, QUEUE_WITHDRAW, ref->agents[agent].call, agent)->elsewhere = elsewhere;
	ref_agent_now(ref, agent, REF_DELAYED, 200000);
}

void ref_withdraw_all(struct ref *ref, int call, bool elsewhere)
{
	for (int i = 0; i < REF_AGENTS; i++)
		if (ref->agents[i].state == REF_OFFERED && ref->agents[i].call == call)
			ref_withdraw(ref, i, elsewhere);
}

void ref_overflow(struct ref *ref, int call, enum queue_decision_kind reason)
{
	ref_withdraw_all(ref, call, false);
	ref_command(ref, QUEUE_OVERFLOW, call, -1)->reason = reason;
	ref->calls[call].used = false;
}

static void agent_due(struct ref *ref, int agent)
{
	struct ref_agent *it = &ref->agents[agent];

	if (it->state != REF_OFFERED) {
		ref_agent_now(ref, agent, REF_IDLE, 0);
		return;
	}
	ref_command(ref, QUEUE_WITHDRAW, it->call, agent);
	ref_agent_now(ref, agent, REF_DELAYED,
	              ref_most(ref_rules_of(ref, it->call)->no_answer_delay_time, 1) * S);
}

static void call_due(struct ref *ref, int call)
{
	struct ref_call *it = &ref->calls[call];

	if (max_wait_us(ref, it) <= ref->now_us)
		ref_overflow(ref, call, QUEUE_DECISION_MAX_WAIT);
	else if (no_agents_us(ref, it) <= ref->now_us)
		ref_overflow(ref, call, QUEUE_DECISION_NO_AGENTS);
	else
		ref_plan(ref, it);
}

/* ---- after every event ---- */

bool ref_waits(const struct ref_call *call)
{
	return call->used && !call->connected;
}

/* Whatever is due, the longest due first. */
static void run_due(struct ref *ref)
{
	for (;;) {
		int64_t at_us = ref->now_us + 1;
		uint64_t serial = 0;
		int agent = -1, call = -1;

		for (int i = 0; i < REF_AGENTS; i++) {
			const struct ref_agent *it = &ref->agents[i];

			if (it->known && (it->until_us < at_us ||
			                  (it->until_us == at_us && it->serial < serial))) {
				at_us = it->until_us;
				serial = it->serial;
				agent = i;
			}
		}
		for (int i = 0; i < REF_CALLS; i++) {
			const struct ref_call *it = &ref->calls[i];

			if (ref_waits(it) &&
			    (it->due_us < at_us || (it->due_us == at_us && it->serial < serial))) {
				at_us = it->due_us;
				serial = it->serial;
				call = i;
			}
		}
		if (call >= 0)
			call_due(ref, call);
		else if (agent >= 0)
			agent_due(ref, agent);
		else
			return;
	}
}

static bool ready(const struct ref *ref, const struct ref_queue *queue, int agent,
                  const struct ref_call *call)
{
	const struct ref_agent *it = &ref->agents[agent];

	return there(it) && it->state == REF_IDLE && agent != call->from &&
	       !(it->in_call && queue->rules.skip_agents_with_external_calls);
}

static void offer(struct ref *ref, int call, int agent)
{
	int64_t ring_us = ref_most(ref_rules_of(ref, call)->agent_ring_time, 1) * S;

	ref->agents[agent].call = call;
	ref_agent_now(ref, agent, REF_OFFERED, ring_us + 5 * S);
	ref_command(ref, QUEUE_OFFER, call, agent)->ring_us = ring_us;
}

static bool in_tiers(const struct ref *ref, const struct ref_call *call, unsigned tier)
{
	const struct ref_queue *queue = &ref->queues[call->queue];
	int64_t next_us;
	unsigned open = open_tier(ref, call, &next_us);

	if (queue->rules.tier_rules_apply && queue->rules.tier_join == QUEUE_TIER_REPLACE)
		return tier == open;
	return tier <= open;
}

static struct ref_turn *turn_of(struct ref_queue *queue, unsigned tier)
{
	for (int i = 0; i < queue->n_turns; i++)
		if (queue->turns[i].tier == tier)
			return &queue->turns[i];
	return NULL;
}

bool ref_behind(const struct ref_member *a, const struct ref_member *b)
{
	return a->position != b->position ? a->position > b->position : a->agent > b->agent;
}

/* Tiers in their order; in each those behind the last, then all. */
static void offer_in_turn(struct ref *ref, int call)
{
	struct ref_call *it = &ref->calls[call];
	struct ref_queue *queue = &ref->queues[it->queue];

	for (int i = 0; i < queue->n_members; i++) {
		unsigned tier = queue->members[i].tier;

		if ((i > 0 && queue->members[i - 1].tier == tier) || !in_tiers(ref, it, tier))
			continue;
		for (int round = 0; round < 2; round++)
			for (int j = 0; j < queue->n_members; j++) {
				const struct ref_member *member = &queue->members[j];
				struct ref_turn *turn = turn_of(queue, tier);

				if (member->tier != tier || !ready(ref, queue, member->agent, it) ||
				    (round == 0 && turn && !ref_behind(member, &turn->last)))
					continue;
				if (!turn)
					turn = &queue->turns[queue->n_turns++];
				*turn = (struct ref_turn){tier, *member};
				offer(ref, call, member->agent);
				return;
			}
	}
}

static void serve(struct ref *ref, int call)
{
	struct ref_call *it = &ref->calls[call];
	const struct ref_queue *queue = &ref->queues[it->queue];

	if (queue->order == QUEUE_ORDER_ROUND_ROBIN) {
		if (offers_of(ref, call) == 0)
			offer_in_turn(ref, call);
		return;
	}
	for (int i = 0; i < queue->n_members; i++)
		if (in_tiers(ref, it, queue->members[i].tier) &&
		    ready(ref, queue, queue->members[i].agent, it))
			offer(ref, call, queue->members[i].agent);
}

static bool is_member(const struct ref *ref, int agent)
{
	for (int i = 0; i < REF_QUEUES; i++)
		for (int j = 0; ref->queues[i].used && j < ref->queues[i].n_members; j++)
			if (ref->queues[i].members[j].agent == agent)
				return true;
	return false;
}

void ref_settle(struct ref *ref)
{
	uint64_t served = 0;

	ref_remember_somebody(ref);
	run_due(ref);
	for (int i = 0; i < REF_CALLS; i++)
		if (ref_waits(&ref->calls[i]))
			ref_plan(ref, &ref->calls[i]);
	run_due(ref);
	for (;;) { /* callers as they joined */
		int next = -1;

		for (int i = 0; i < REF_CALLS; i++)
			if (ref_waits(&ref->calls[i]) && ref->calls[i].serial > served &&
			    (next < 0 || ref->calls[i].serial < ref->calls[next].serial))
				next = i;
		if (next < 0)
			break;
		served = ref->calls[next].serial;
		serve(ref, next);
	}
	for (int i = 0; i < REF_AGENTS; i++)
		if (!is_member(ref, i) && ref->agents[i].state <= REF_DELAYED)
			ref->agents[i] = (struct ref_agent){.until_us = INT64_MAX};
}

void ref_set_time(struct ref *ref, int64_t now_us)
{
	ref->now_us = ref_most(ref->now_us, now_us);
}

int64_t ref_deadline(const struct ref *ref)
{
	int64_t at_us = INT64_MAX;

	for (int i = 0; i < REF_AGENTS; i++)
		if (ref->agents[i].known && ref->agents[i].until_us < at_us)
			at_us = ref->agents[i].until_us;
	for (int i = 0; i < REF_CALLS; i++)
		if (ref_waits(&ref->calls[i]) && ref->calls[i].due_us < at_us)
			at_us = ref->calls[i].due_us;
	return at_us;
}

void ref_init(struct ref *ref)
{
	*ref = (struct ref){.now_us = INT64_MIN};
	for (int i = 0; i < REF_AGENTS; i++)
		ref->agents[i].until_us = INT64_MAX;
}
