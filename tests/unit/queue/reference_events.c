#include "reference_private.h"

static void copy_members(struct ref *ref, struct ref_queue *queue,
                         const struct queue_config *config)
{
	queue->n_members = 0;
	for (size_t i = 0; i < config->n_members; i++) {
		struct ref_member member = {config->members[i].agent.bytes[1],
		                            config->members[i].tier, config->members[i].position};
		struct ref_agent *agent = &ref->agents[member.agent];
		int at = queue->n_members++;

		if (!agent->known)
			*agent = (struct ref_agent){.known = true,
			                            .until_us = INT64_MAX,
			                            .serial = (ref->n_serials += 2) + 1};
		while (at > 0 && (queue->members[at - 1].tier > member.tier ||
		                  (queue->members[at - 1].tier == member.tier &&
		                   ref_behind(&queue->members[at - 1], &member)))) {
			queue->members[at] = queue->members[at - 1];
			at--;
		}
		queue->members[at] = member;
	}
}

static void forget_turns(struct ref_queue *queue)
{
	for (int i = queue->n_turns; i-- > 0;) {
		bool kept = false;

		for (int j = 0; j < queue->n_members; j++)
			kept = kept || queue->members[j].tier == queue->turns[i].tier;
		if (!kept)
			queue->turns[i] = queue->turns[--queue->n_turns];
	}
}

void ref_configure(struct ref *ref, const struct queue_config *configs, size_t n, int64_t now_us)
{
	bool named[REF_QUEUES] = {false};

	ref_set_time(ref, now_us);
	for (size_t i = 0; i < n; i++)
		named[configs[i].id.bytes[1]] = true;
	for (int i = 0; i < REF_QUEUES; i++) {
		if (named[i])
			continue;
		for (int j = 0; j < REF_CALLS; j++) {
			struct ref_call *call = &ref->calls[j];

			if (!call->used || call->queue != i)
				continue;
			if (ref_waits(call)) {
				ref_overflow(ref, j, QUEUE_DECISION_QUEUE_GONE);
				continue;
			}
			call->last_rules = ref->queues[i].rules;
			call->queue = -1;
		}
		ref->queues[i] = (struct ref_queue){.used = false};
	}
	for (size_t i = 0; i < n; i++) {
		struct ref_queue *queue = &ref->queues[configs[i].id.bytes[1]];

		if (!queue->used)
			queue->nobody_since_us = ref->now_us;
		queue->used = true;
		queue->order = configs[i].order;
		queue->rules = configs[i].rules;
		copy_members(ref, queue, &configs[i]);
		forget_turns(queue);
	}
	ref_remember_somebody(ref);
	for (int i = 0; i < REF_CALLS; i++)
		if (ref_waits(&ref->calls[i]))
			ref_plan(ref, &ref->calls[i]);
	ref_settle(ref);
}

enum error_code ref_join(struct ref *ref, int queue, int call, int from, int64_t now_us)
{
	struct ref_call *it = &ref->calls[call];
	bool found = ref->queues[queue].used, conflict = it->used;

	ref_set_time(ref, now_us);
	if (found && !conflict) {
		*it = (struct ref_call){.used = true,
		                        .serial = ref->n_serials += 2,
		                        .queue = queue,
		                        .agent = -1,
		                        .from = from,
		                        .joined_us = ref->now_us};
		ref_plan(ref, it);
	}
	ref_settle(ref);
	return !found ? ERROR_NOT_FOUND : conflict ? ERROR_CONFLICT : ERROR_OK;
}

static void end(struct ref *ref, int call)
{
	struct ref_call *it = &ref->calls[call];

	if (it->used && it->connected)
		ref_agent_now(ref, it->agent, REF_WRAP_UP,
		              ref_rules_of(ref, call)->wrap_up_time * S);
	else if (it->used)
		ref_withdraw_all(ref, call, false);
	it->used = false;
}

void ref_left(struct ref *ref, int call, int64_t now_us)
{
	ref_set_time(ref, now_us);
	end(ref, call);
	ref_settle(ref);
}

void ref_ended(struct ref *ref, int call, int64_t now_us)
{
	ref_set_time(ref, now_us);
	if (ref->calls[call].used && ref->calls[call].connected)
		end(ref, call);
	ref_settle(ref);
}

static void ready_now(struct ref *ref, int agent)
{
	ref->agents[agent].missed = 0;
	if (ref->agents[agent].state == REF_DELAYED || ref->agents[agent].state == REF_WRAP_UP)
		ref_agent_now(ref, agent, REF_IDLE, 0);
}

void ref_status(struct ref *ref, int agent, enum queue_agent_status status, int64_t now_us)
{
	struct ref_agent *it = &ref->agents[agent];

	ref_set_time(ref, now_us);
	if (it->known && it->status != status) {
		it->status = status;
		if (status == QUEUE_AGENT_AVAILABLE)
			ready_now(ref, agent);
		else if (it->state == REF_OFFERED)
			ref_withdraw(ref, agent, false);
	}
	ref_settle(ref);
}

void ref_phones(struct ref *ref, int agent, bool registered, int64_t now_us)
{
	ref_set_time(ref, now_us);
	if (ref->agents[agent].known)
		ref->agents[agent].registered = registered;
	ref_settle(ref);
}

void ref_in_call(struct ref *ref, int agent, bool in_call, int64_t now_us)
{
	struct ref_agent *it = &ref->agents[agent];

	ref_set_time(ref, now_us);
	if (it->known) {
		it->in_call = in_call;
		if (in_call && it->state == REF_OFFERED &&
		    ref_rules_of(ref, it->call)->skip_agents_with_external_calls)
			ref_withdraw(ref, agent, false);
	}
	ref_settle(ref);
}

void ref_ready(struct ref *ref, int agent, int64_t now_us)
{
	ref_set_time(ref, now_us);
	if (ref->agents[agent].known)
		ready_now(ref, agent);
	ref_settle(ref);
}

static bool rings_for(const struct ref *ref, int agent, int call)
{
	return ref->agents[agent].state == REF_OFFERED && ref->agents[agent].call == call;
}

void ref_failed(struct ref *ref, int call, int agent, enum queue_offer_failure why, int64_t now_us)
{
	struct ref_agent *it = &ref->agents[agent];

	ref_set_time(ref, now_us);
	if (rings_for(ref, agent, call)) {
		const struct queue_rules *rules = ref_rules_of(ref, call);
		int64_t delays_s[] = {
			[QUEUE_OFFER_NO_ANSWER] = ref_most(rules->no_answer_delay_time, 1),
			[QUEUE_OFFER_BUSY] = ref_most(rules->busy_delay_time, 1),
			[QUEUE_OFFER_DECLINED] = ref_most(rules->reject_delay_time, 1),
			[QUEUE_OFFER_UNREACHABLE] = ref_most(rules->no_answer_delay_time, 5),
		};

		ref_agent_now(ref, agent, REF_DELAYED, delays_s[why] * S);
		if (why == QUEUE_OFFER_NO_ANSWER && ++it->missed >= rules->max_no_answer &&
		    rules->max_no_answer > 0) {
			it->status = QUEUE_AGENT_ON_BREAK;
			ref_command(ref, QUEUE_BREAK, call, agent);
		}
	}
	ref_settle(ref);
}

void ref_answered(struct ref *ref, int call, int agent, int64_t now_us)
{
	struct ref_call *it = &ref->calls[call];

	ref_set_time(ref, now_us);
	if (rings_for(ref, agent, call)) {
		ref_agent_now(ref, agent, REF_TALKING, 0);
		ref->agents[agent].missed = 0;
		it->connected = true;
		it->agent = agent;
		ref_command(ref, QUEUE_CONNECT, call, agent);
		ref_withdraw_all(ref, call, true);
	} else if (!it->used || !it->connected || it->agent != agent) {
		ref_command(ref, QUEUE_REFUSE, call, agent);
	}
	ref_settle(ref);
}

void ref_connect_failed(struct ref *ref, int call, int agent, int64_t now_us)
{
	struct ref_call *it = &ref->calls[call];

	ref_set_time(ref, now_us);
	if (it->used && it->connected && it->agent == agent) {
		ref_agent_now(ref, agent, REF_DELAYED,
		              ref_most(ref_rules_of(ref, call)->no_answer_delay_time, 5) * S);
		it->connected = false;
		it->agent = -1;
		if (it->queue < 0)
			ref_overflow(ref, call, QUEUE_DECISION_QUEUE_GONE);
		else
			ref_plan(ref, it);
	}
	ref_settle(ref);
}

void ref_tick(struct ref *ref, int64_t now_us)
{
	ref_set_time(ref, now_us);
	ref_settle(ref);
}
