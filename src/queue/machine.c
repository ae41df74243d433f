#include <string.h>

#include "queue/queue_private.h"

enum { SPARE = 8 }; /* commands of an event beside one for each agent and caller */

enum error_code queue_machine_new(queue_decision_h *decided, void *arg,
                                  struct queue_machine **ret_machine)
{
	struct queue_machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		return ERROR_MEMORY;
	machine->decided = decided;
	machine->arg = arg;
	machine->now_us = INT64_MIN;
	list_init(&machine->all_queues);
	list_init(&machine->all_agents);
	list_init(&machine->reviewing);
	list_init(&machine->dirty);
	list_init(&machine->looking);
	list_init(&machine->telling);
	list_init(&machine->finished);
	if (map_init(&machine->queues) || map_init(&machine->agents) ||
	    map_init(&machine->callers) || machine_reserve(machine, 0, 0)) {
		queue_machine_free(machine);
		return ERROR_MEMORY;
	}
	*ret_machine = machine;
	return ERROR_OK;
}

static void free_callers(struct link *callers)
{
	struct link *link;

	while ((link = list_take(callers)))
		free(HOLDER(link, struct caller, in_queue));
}

void queue_machine_free(struct queue_machine *machine)
{
	struct link *link;

	if (!machine)
		return;
	while ((link = list_take(&machine->all_agents))) {
		struct agent *agent = HOLDER(link, struct agent, in_machine);

		/* Connected to a caller whose queue is gone: in no list but this. */
		if (agent->state == AGENT_TALKING && !agent->caller->queue)
			free(agent->caller);
		free(agent);
	}
	while ((link = list_take(&machine->all_queues))) {
		struct queue *queue = HOLDER(link, struct queue, in_machine);

		free_callers(&queue->waiting);
		free_callers(&queue->connected);
		shape_free(queue->shape);
		free(queue);
	}
	map_clear(&machine->queues);
	map_clear(&machine->agents);
	map_clear(&machine->callers);
	free(machine->commands.items);
	free(machine->deferred.items);
	free(machine->considered.items);
	free(machine);
}

/* ---- commands ---- */

/* Room for `need` items, and as many again. */
static bool ring_reserve(struct ring *ring, void **items, size_t size, size_t need)
{
	char *grown;

	if (ring->room >= need)
		return true;
	grown = calloc(2 * need, size);
	if (!grown)
		return false;
	for (size_t i = 0; i < ring->n; i++)
		memcpy(grown + i * size, (char *)*items + (ring->first + i) % ring->room * size,
		       size);
	free(*items);
	*items = grown;
	ring->first = 0;
	ring->room = 2 * need;
	return true;
}

/* The place behind the last. */
static size_t ring_append(struct ring *ring)
{
	return (ring->first + ring->n++) % ring->room;
}

static size_t ring_take(struct ring *ring)
{
	size_t place = ring->first;

	ring->first = (ring->first + 1) % ring->room;
	ring->n--;
	return place;
}

/* Twice what one event can need, so that events caused by commands that are being taken (a phone
 * that cannot be rung fails at once) find room too. */
enum error_code machine_reserve(struct queue_machine *machine, size_t n_agents, size_t n_callers)
{
	size_t need = n_agents + n_callers + SPARE;

	if (!ring_reserve(&machine->commands.ring, (void **)&machine->commands.items,
	                  sizeof(struct queue_command), machine->commands.ring.n + need) ||
	    !ring_reserve(&machine->deferred.ring, (void **)&machine->deferred.items,
	                  sizeof(struct event), need))
		return ERROR_MEMORY;
	return ERROR_OK;
}

struct queue_command *machine_command(struct queue_machine *machine, enum queue_command_kind kind,
                                      const struct caller *caller, const struct agent *agent)
{
	struct queue_command *command =
		&machine->commands.items[ring_append(&machine->commands.ring)];

	*command = (struct queue_command){.kind = kind};
	if (caller) {
		command->queue = caller->queue_id;
		command->call = caller->node.id;
	}
	if (agent) {
		command->agent = agent->node.id;
		command->missed = agent->missed;
	}
	return command;
}

bool queue_command_next(struct queue_machine *machine, struct queue_command *ret_command)
{
	if (machine->commands.ring.n == 0)
		return agent_told(machine, ret_command);
	*ret_command = machine->commands.items[ring_take(&machine->commands.ring)];
	return true;
}

void machine_tell(struct queue_machine *machine, enum queue_decision_kind kind,
                  const struct caller *caller, const struct agent *agent)
{
	struct queue_decision decision = {.kind = kind, .at_us = machine->now_us};

	if (!machine->decided)
		return;
	if (caller) {
		decision.queue = caller->queue_id;
		decision.call = &caller->node.id;
	}
	if (kind == QUEUE_DECISION_TIER_OPENED)
		decision.tier = caller->queue->shape->tiers[caller->tier].number;
	decision.agent = agent ? &agent->node.id : NULL;
	machine->decided(&decision, machine->arg);
}

/* ---- events ---- */

static struct agent *find_agent(struct queue_machine *machine, const struct uuid *id)
{
	struct map_node *node = map_find(&machine->agents, id);

	return node ? HOLDER(node, struct agent, node) : NULL;
}

static void on_status(struct queue_machine *machine, const struct event *event)
{
	struct agent *agent = find_agent(machine, &event->agent);

	if (agent)
		agent_status_set(machine, agent, (enum queue_agent_status)event->value);
}

static void on_phones(struct queue_machine *machine, const struct event *event)
{
	struct agent *agent = find_agent(machine, &event->agent);

	if (!agent)
		return;
	agent->registered = event->value;
	agent_refresh(machine, agent);
}

static void on_in_call(struct queue_machine *machine, const struct event *event)
{
	struct agent *agent = find_agent(machine, &event->agent);

	if (!agent)
		return;
	agent->in_call = event->value;
	/* He took or made another call instead: that is no missed offer. */
	if (agent->in_call && agent->state == AGENT_OFFERED &&
	    caller_rules(agent->caller)->skip_agents_with_external_calls)
		agent_step(machine, agent, AGENT_WITHDRAW);
	agent_refresh(machine, agent);
}

static void on_ready(struct queue_machine *machine, const struct event *event)
{
	struct agent *agent = find_agent(machine, &event->agent);

	if (agent)
		agent_step(machine, agent, AGENT_READY);
}

static void on_left(struct queue_machine *machine, const struct event *event)
{
	struct caller *caller = caller_find(machine, &event->call);

	if (caller)
		caller_gone(machine, caller);
}

static void on_ended(struct queue_machine *machine, const struct event *event)
{
	struct caller *caller = caller_find(machine, &event->call);

	if (caller && caller->state == CALLER_CONNECTED)
		caller_gone(machine, caller);
}

/* The agent when he rings for this caller; NULL: that offer is no more. */
static struct agent *find_offer(struct queue_machine *machine, const struct event *event)
{
	struct agent *agent = find_agent(machine, &event->agent);

	return agent && agent->state == AGENT_OFFERED &&
	                       uuid_equal(&agent->caller->node.id, &event->call)
	               ? agent
	               : NULL;
}

static void on_failed(struct queue_machine *machine, const struct event *event)
{
	static const enum agent_event events[] = {
		[QUEUE_OFFER_NO_ANSWER] = AGENT_NO_ANSWER,
		[QUEUE_OFFER_BUSY] = AGENT_BUSY,
		[QUEUE_OFFER_DECLINED] = AGENT_DECLINED,
		[QUEUE_OFFER_UNREACHABLE] = AGENT_UNREACHABLE,
	};
	struct agent *agent = find_offer(machine, event);

	if (agent)
		agent_step(machine, agent, events[event->value]);
}

static void on_answered(struct queue_machine *machine, const struct event *event)
{
	struct agent *agent = find_offer(machine, event);
	struct caller *caller = caller_find(machine, &event->call);
	struct queue_command *command;

	if (agent) {
		caller_answered(machine, caller, agent);
		return;
	}
	agent = find_agent(machine, &event->agent);
	if (caller && caller->state == CALLER_CONNECTED && caller->agent == agent)
		return; /* told twice */
	command = machine_command(machine, QUEUE_REFUSE, caller, NULL);
	command->call = event->call;
	command->agent = event->agent;
	if (caller && agent)
		machine_tell(machine, QUEUE_DECISION_TOO_LATE, caller, agent);
}

static void on_connect_failed(struct queue_machine *machine, const struct event *event)
{
	struct caller *caller = caller_find(machine, &event->call);

	if (caller && caller->state == CALLER_CONNECTED &&
	    uuid_equal(&caller->agent->node.id, &event->agent))
		caller_back(machine, caller);
}

static void on_tick(struct queue_machine *machine, const struct event *event)
{
	(void)machine;
	(void)event;
}

typedef void event_h(struct queue_machine *machine, const struct event *event);

static event_h *const events[] = {
	[EVENT_STATUS] = on_status,     [EVENT_PHONES] = on_phones,
	[EVENT_IN_CALL] = on_in_call,   [EVENT_READY] = on_ready,
	[EVENT_LEFT] = on_left,         [EVENT_FAILED] = on_failed,
	[EVENT_ANSWERED] = on_answered, [EVENT_CONNECT_FAILED] = on_connect_failed,
	[EVENT_ENDED] = on_ended,       [EVENT_TICK] = on_tick,
};

/* ---- time ---- */

static void run_due(struct queue_machine *machine)
{
	struct heap_node *node;

	while ((node = machine->due.root) && node->key <= machine->now_us) {
		/* Agents' serials are odd, callers' even. */
		if (node->tie & 1)
			agent_step(machine, HOLDER(node, struct agent, due), AGENT_DUE);
		else
			caller_due(machine, HOLDER(node, struct caller, due));
	}
}

void machine_settle(struct queue_machine *machine)
{
	struct link *link;

	run_due(machine);
	while ((link = list_take(&machine->reviewing))) {
		struct queue *queue = HOLDER(link, struct queue, reviewing);

		LIST_EACH(at, &queue->waiting)
			caller_plan(machine, HOLDER(at, struct caller, in_queue));
		run_due(machine);
	}
	machine_dispatch(machine);
	machine_explain(machine);
	agents_sweep(machine);
}

static void clock_set(struct queue_machine *machine, int64_t now_us)
{
	if (now_us > TIME_MAX)
		now_us = TIME_MAX;
	if (now_us > machine->now_us)
		machine->now_us = now_us;
	machine->n_events++;
}

static void run(struct queue_machine *machine, const struct event *event)
{
	events[event->kind](machine, event);
	machine_settle(machine);
}

static bool has_room(struct queue_machine *machine)
{
	return machine_reserve(machine, machine->agents.n, machine->callers.n) == ERROR_OK;
}

/* What was put off comes first. False: there is still no room. */
static bool run_deferred(struct queue_machine *machine)
{
	while (machine->deferred.ring.n > 0) {
		struct event event;

		if (!has_room(machine))
			return false;
		event = machine->deferred.items[ring_take(&machine->deferred.ring)];
		run(machine, &event);
	}
	return has_room(machine);
}

static void event(struct queue_machine *machine, struct event event, int64_t now_us)
{
	clock_set(machine, now_us);
	if (run_deferred(machine))
		run(machine, &event);
	else if (event.kind != EVENT_TICK && machine->deferred.ring.n < machine->deferred.ring.room)
		machine->deferred.items[ring_append(&machine->deferred.ring)] = event;
}

enum error_code machine_begin(struct queue_machine *machine, int64_t now_us)
{
	clock_set(machine, now_us);
	return run_deferred(machine) ? ERROR_OK : ERROR_MEMORY;
}

int64_t queue_machine_deadline(const struct queue_machine *machine)
{
	int64_t at_us = machine->due.root ? machine->due.root->key : NEVER;

	if (machine->deferred.ring.n > 0 && machine->now_us + DEFERRED_RETRY_US < at_us)
		at_us = machine->now_us + DEFERRED_RETRY_US;
	return at_us;
}

/* ---- the events by their names ---- */

void queue_agent_status(struct queue_machine *machine, const struct uuid *agent,
                        enum queue_agent_status status, int64_t now_us)
{
	event(machine, (struct event){EVENT_STATUS, .agent = *agent, .value = (int)status}, now_us);
}

void queue_agent_phones(struct queue_machine *machine, const struct uuid *agent, bool registered,
                        int64_t now_us)
{
	event(machine, (struct event){EVENT_PHONES, .agent = *agent, .value = registered}, now_us);
}

void queue_agent_in_call(struct queue_machine *machine, const struct uuid *agent, bool in_call,
                         int64_t now_us)
{
	event(machine, (struct event){EVENT_IN_CALL, .agent = *agent, .value = in_call}, now_us);
}

void queue_agent_ready(struct queue_machine *machine, const struct uuid *agent, int64_t now_us)
{
	event(machine, (struct event){EVENT_READY, .agent = *agent}, now_us);
}

void queue_caller_left(struct queue_machine *machine, const struct uuid *call, int64_t now_us)
{
	event(machine, (struct event){EVENT_LEFT, .call = *call}, now_us);
}

void queue_offer_failed(struct queue_machine *machine, const struct uuid *call,
                        const struct uuid *agent, enum queue_offer_failure why, int64_t now_us)
{
	event(machine,
	      (struct event){EVENT_FAILED, .call = *call, .agent = *agent, .value = (int)why},
	      now_us);
}

void queue_offer_answered(struct queue_machine *machine, const struct uuid *call,
                          const struct uuid *agent, int64_t now_us)
{
	event(machine, (struct event){EVENT_ANSWERED, .call = *call, .agent = *agent}, now_us);
}

void queue_connect_failed(struct queue_machine *machine, const struct uuid *call,
                          const struct uuid *agent, int64_t now_us)
{
	event(machine, (struct event){EVENT_CONNECT_FAILED, .call = *call, .agent = *agent},
	      now_us);
}

void queue_call_ended(struct queue_machine *machine, const struct uuid *call, int64_t now_us)
{
	event(machine, (struct event){EVENT_ENDED, .call = *call}, now_us);
}

void queue_machine_tick(struct queue_machine *machine, int64_t now_us)
{
	event(machine, (struct event){EVENT_TICK}, now_us);
}
