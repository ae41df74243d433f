#include "queue/queue_private.h"

/* Rules of a queue that is gone, of which only the wrap-up of its last calls matters. */
const struct queue_rules *caller_rules(const struct caller *caller)
{
	return caller->queue ? &caller->queue->shape->rules : &caller->last_rules;
}

struct caller *caller_find(const struct queue_machine *machine, const struct uuid *call)
{
	struct map_node *node = map_find(&machine->callers, call);

	return node ? HOLDER(node, struct caller, node) : NULL;
}

/* ---- tiers ---- */

static int64_t tier_opens_us(const struct caller *caller, size_t tier)
{
	const struct shape *shape = caller->queue->shape;
	int64_t wait_us = (int64_t)shape->rules.tier_rule_wait_second * SECOND_US, opens_us;
	/* Counted from the first tier, so that whoever numbers from 1 does not wait for it. */
	int64_t times = shape->rules.tier_rule_wait_multiply_level
	                        ? (int64_t)shape->tiers[tier].number - shape->tiers[0].number
	                        : 1;

	if (__builtin_mul_overflow(wait_us, times, &wait_us) ||
	    __builtin_add_overflow(caller->joined_us, wait_us, &opens_us))
		return NEVER;
	return opens_us;
}

size_t caller_tier(const struct caller *caller, int64_t now_us, int64_t *ret_next_us)
{
	const struct shape *shape = caller->queue->shape;
	size_t last = shape->n_tiers - 1, tier = 0;

	*ret_next_us = NEVER;
	if (!shape->rules.tier_rules_apply)
		return last;
	while (tier < last) {
		int64_t opens_us = tier_opens_us(caller, tier + 1);

		if (now_us < opens_us &&
		    !(shape->rules.tier_rule_no_agent_no_wait && shape->tiers[tier].present == 0)) {
			*ret_next_us = opens_us;
			break;
		}
		tier++;
	}
	return tier;
}

/* ---- deadlines ---- */

/* When he has waited as long as is allowed; NEVER: no limit. */
static int64_t max_wait_us(const struct caller *caller)
{
	unsigned most = caller->queue->shape->rules.max_wait_time;

	return most ? caller->joined_us + (int64_t)most * SECOND_US : NEVER;
}

/* When nobody has been there for as long as is allowed; who joins a queue that nobody has been at
 * for longer gets the time of max_wait_time_with_no_agent_time_reached. */
static int64_t no_agents_us(const struct caller *caller)
{
	const struct queue *queue = caller->queue;
	const struct queue_rules *rules = &queue->shape->rules;
	int64_t most_us, least_us;

	if (rules->max_wait_time_with_no_agent == 0 || queue->shape->n_present > 0)
		return NEVER;
	most_us = queue->nobody_since_us + (int64_t)rules->max_wait_time_with_no_agent * SECOND_US;
	least_us = caller->joined_us +
	           (int64_t)rules->max_wait_time_with_no_agent_time_reached * SECOND_US;
	return most_us > least_us ? most_us : least_us;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void caller_plan(struct queue_machine *machine, struct caller *caller)
{
	int64_t next_tier_us, at_us;
	size_t tier = caller_tier(caller, machine->now_us, &next_tier_us);
	bool further = tier > caller->tier;

	if (tier != caller->tier) {
		caller->tier = tier;
		if (further && caller->queue->shape->rules.tier_rules_apply)
			machine_tell(machine, QUEUE_DECISION_TIER_OPENED, caller, NULL);
		caller_look(machine, caller);
	}
	caller_refresh(machine, caller);
	at_us = earlier(next_tier_us, earlier(max_wait_us(caller), no_agents_us(caller)));
	caller->next_tier_us = next_tier_us;
	if (at_us < NEVER)
		heap_move(&machine->due, &caller->due, at_us, caller->serial);
	else
		heap_remove(&machine->due, &caller->due);
}

void caller_due(struct queue_machine *machine, struct caller *caller)
{
	if (max_wait_us(caller) <= machine->now_us)
		caller_overflow(machine, caller, QUEUE_DECISION_MAX_WAIT);
	else if (no_agents_us(caller) <= machine->now_us)
		caller_overflow(machine, caller, QUEUE_DECISION_NO_AGENTS);
	else
		caller_plan(machine, caller);
}

/* ---- wanting an offer ---- */

static void unwant(struct caller *caller)
{
	struct shape *shape = caller->queue->shape;

	if (!caller->want.in)
		return;
	heap_remove(&shape->tiers[caller->want_tier].wanting, &caller->want);
	shape->n_wanting--;
}

void caller_refresh(struct queue_machine *machine, struct caller *caller)
{
	struct shape *shape;

	if (!caller->queue)
		return;
	shape = caller->queue->shape;
	if (caller->state != CALLER_WAITING ||
	    (shape->order == QUEUE_ORDER_ROUND_ROBIN && caller->n_offers > 0)) {
		unwant(caller);
		return;
	}
	if (caller->want.in && caller->want_tier == caller->tier)
		return;
	unwant(caller);
	caller->want_tier = caller->tier;
	heap_insert(&shape->tiers[caller->tier].wanting, &caller->want, (int64_t)caller->serial, 0);
	shape->n_wanting++;
	queue_mark(machine, caller->queue);
}

void caller_look(struct queue_machine *machine, struct caller *caller)
{
	if (machine->decided && !list_has(&caller->looking))
		list_append(&machine->looking, &caller->looking);
}

/* ---- waiting, and no more ---- */

static void wait_start(struct queue_machine *machine, struct caller *caller)
{
	struct queue *queue = caller->queue;
	struct link *place = &queue->waiting;

	/* Who comes back takes his old place; who joins is the last. */
	while (place->previous != &queue->waiting &&
	       HOLDER(place->previous, struct caller, in_queue)->serial > caller->serial)
		place = place->previous;
	list_insert_before(place, &caller->in_queue);
	queue->n_waiting++;
	caller->state = CALLER_WAITING;
	caller->tier = caller_tier(caller, machine->now_us, &caller->next_tier_us);
	caller_plan(machine, caller);
	caller_look(machine, caller);
}

/* Every offer ends: by AGENT_ELSEWHERE or AGENT_WITHDRAW. */
static void wait_end(struct queue_machine *machine, struct caller *caller, enum agent_event by)
{
	LIST_EACH_SAFE(at, &caller->offers)
		agent_step(machine, HOLDER(at, struct agent, offer), by);
	unwant(caller);
	heap_remove(&machine->due, &caller->due);
	list_remove(&caller->in_queue);
	list_remove(&caller->looking);
	caller->queue->n_waiting--;
}

static void caller_free(struct queue_machine *machine, struct caller *caller)
{
	map_remove(&machine->callers, &caller->node);
	free(caller);
}

void caller_overflow(struct queue_machine *machine, struct caller *caller,
                     enum queue_decision_kind reason)
{
	wait_end(machine, caller, AGENT_WITHDRAW);
	machine_command(machine, QUEUE_OVERFLOW, caller, NULL)->reason = reason;
	machine_tell(machine, reason, caller, NULL);
	caller_free(machine, caller);
}

void caller_gone(struct queue_machine *machine, struct caller *caller)
{
	if (caller->state == CALLER_WAITING) {
		wait_end(machine, caller, AGENT_WITHDRAW);
		machine_tell(machine, QUEUE_DECISION_ABANDONED, caller, NULL);
	} else {
		agent_step(machine, caller->agent, AGENT_ENDED);
		list_remove(&caller->in_queue);
		if (caller->queue)
			caller->queue->n_connected--;
	}
	caller_free(machine, caller);
}

void caller_answered(struct queue_machine *machine, struct caller *caller, struct agent *agent)
{
	/* First the agent has him, then the others are told to stop. */
	caller->state = CALLER_CONNECTED;
	caller->agent = agent;
	agent_step(machine, agent, AGENT_ANSWER);
	wait_end(machine, caller, AGENT_ELSEWHERE);
	list_append(&caller->queue->connected, &caller->in_queue);
	caller->queue->n_connected++;
}

void caller_back(struct queue_machine *machine, struct caller *caller)
{
	struct agent *agent = caller->agent;

	list_remove(&caller->in_queue);
	caller->agent = NULL;
	agent_step(machine, agent, AGENT_CONNECT_FAILED);
	if (!caller->queue) {
		machine_command(machine, QUEUE_OVERFLOW, caller, NULL)->reason =
			QUEUE_DECISION_QUEUE_GONE;
		machine_tell(machine, QUEUE_DECISION_QUEUE_GONE, caller, NULL);
		caller_free(machine, caller);
		return;
	}
	caller->queue->n_connected--;
	wait_start(machine, caller);
}

enum error_code queue_caller_join(struct queue_machine *machine, const struct uuid *queue,
                                  const struct uuid *call, const struct uuid *from, int64_t now_us)
{
	AUTO(auto_free) struct caller *caller = calloc(1, sizeof(*caller));
	struct map_node *node;

	if (!caller || machine_reserve(machine, machine->agents.n, machine->callers.n + 1) ||
	    machine_begin(machine, now_us))
		return ERROR_MEMORY;
	node = map_find(&machine->queues, queue);
	if (!node || map_find(&machine->callers, call)) {
		machine_settle(machine);
		return node ? ERROR_CONFLICT : ERROR_NOT_FOUND;
	}
	caller->node.id = *call;
	caller->serial = machine->n_serials += 2;
	caller->has_from = from != NULL;
	if (from)
		caller->from = *from;
	caller->joined_us = machine->now_us;
	caller->queue = HOLDER(node, struct queue, node);
	caller->queue_id = *queue;
	list_init(&caller->offers);
	map_insert(&machine->callers, &caller->node);
	machine_tell(machine, QUEUE_DECISION_JOINED, caller, NULL);
	wait_start(machine, caller);
	caller = NULL;
	machine_settle(machine);
	return ERROR_OK;
}
