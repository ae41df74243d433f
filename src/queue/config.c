#include <string.h>

#include "queue/queue_private.h"

/* Everything that needs memory is made first, beside what is; then the old goes and the new takes
 * its place, which cannot fail. */

void shape_free(struct shape *shape)
{
	if (!shape)
		return;
	free(shape->members);
	free(shape->tiers);
	free(shape->ready);
	free(shape);
}

static void auto_shape_free(struct shape **shape)
{
	shape_free(*shape);
}

/* ---- what is to be ---- */

static struct agent *keep_agent(struct queue_machine *machine, const struct uuid *id)
{
	struct map_node *node = map_find(&machine->agents, id);
	struct agent *agent;

	if (node)
		return HOLDER(node, struct agent, node);
	agent = agent_new(id);
	if (!agent)
		return NULL;
	agent->serial = (machine->n_serials += 2) + 1;
	map_insert(&machine->agents, &agent->node);
	list_append(&machine->all_agents, &agent->in_machine);
	return agent;
}

static struct queue *keep_queue(struct queue_machine *machine, const struct uuid *id)
{
	struct map_node *node = map_find(&machine->queues, id);
	struct queue *queue;

	if (node)
		return HOLDER(node, struct queue, node);
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return NULL;
	queue->node.id = *id;
	queue->nobody_since_us = machine->now_us;
	list_init(&queue->waiting);
	list_init(&queue->connected);
	map_insert(&machine->queues, &queue->node);
	list_append(&machine->all_queues, &queue->in_machine);
	return queue;
}

/* member->tier is the tier's number until the tiers are made. */
static int compare(const void *one, const void *other)
{
	const struct member *a = one, *b = other;

	if (a->tier != b->tier)
		return a->tier < b->tier ? -1 : 1;
	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return memcmp(&a->agent->node.id, &b->agent->node.id, sizeof(struct uuid));
}

static enum error_code make_members(struct queue_machine *machine, struct queue *queue,
                                    const struct queue_config *config, struct shape *shape)
{
	uint64_t list = ++machine->n_listed;

	for (size_t i = 0; i < config->n_members; i++) {
		const struct queue_member_config *from = &config->members[i];
		struct agent *agent = keep_agent(machine, &from->agent);

		if (!agent)
			return ERROR_MEMORY;
		if (agent->listed == list)
			continue;
		agent->listed = list;
		shape->members[shape->n_members++] = (struct member){
			.agent = agent,
			.queue = queue,
			.tier = from->tier,
			.position = from->position,
		};
	}
	qsort(shape->members, shape->n_members, sizeof(struct member), compare);
	return ERROR_OK;
}

static void make_tiers(struct shape *shape)
{
	for (size_t i = 0; i < shape->n_members; i++) {
		struct member *member = &shape->members[i];
		unsigned number = (unsigned)member->tier;

		if (i == 0 || shape->tiers[shape->n_tiers - 1].number != number)
			shape->tiers[shape->n_tiers++] =
				(struct tier){.number = number, .first = i, .next = i};
		shape->tiers[shape->n_tiers - 1].end = i + 1;
		member->tier = shape->n_tiers - 1;
		member->index = i;
	}
	if (shape->n_tiers == 0)
		shape->n_tiers = 1;
}

static enum error_code make_shape(struct queue_machine *machine, struct queue *queue,
                                  const struct queue_config *config)
{
	AUTO(auto_shape_free) struct shape *shape = calloc(1, sizeof(*shape));
	size_t n = config->n_members + 1; /* so that nothing is an array too */

	if (!shape)
		return ERROR_MEMORY;
	shape->order = config->order;
	shape->rules = config->rules;
	shape->members = calloc(n, sizeof(struct member));
	shape->tiers = calloc(n, sizeof(struct tier));
	shape->ready = calloc(n / 64 + 1, sizeof(uint64_t));
	if (!shape->members || !shape->tiers || !shape->ready ||
	    make_members(machine, queue, config, shape))
		return ERROR_MEMORY;
	make_tiers(shape);
	queue->shape_new = TAKE(shape);
	return ERROR_OK;
}

static enum error_code reserve_considered(struct queue_machine *machine, size_t n)
{
	struct queue_considered *items;

	if (!machine->decided || machine->considered.room >= n)
		return ERROR_OK;
	items = calloc(n, sizeof(*items));
	if (!items)
		return ERROR_MEMORY;
	free(machine->considered.items);
	machine->considered.items = items;
	machine->considered.room = n;
	return ERROR_OK;
}

static enum error_code make_all(struct queue_machine *machine, const struct queue_config *configs,
                                size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct queue *queue = keep_queue(machine, &configs[i].id);

		if (!queue)
			return ERROR_MEMORY;
		if (queue->shape_new)
			continue; /* named twice: the first counts */
		if (make_shape(machine, queue, &configs[i]) ||
		    reserve_considered(machine, queue->shape_new->n_members))
			return ERROR_MEMORY;
	}
	return machine_reserve(machine, machine->agents.n, machine->callers.n);
}

static void drop_queue(struct queue_machine *machine, struct queue *queue)
{
	map_remove(&machine->queues, &queue->node);
	list_remove(&queue->in_machine);
	list_remove(&queue->reviewing);
	list_remove(&queue->dirty);
	shape_free(queue->shape);
	free(queue);
}

static void drop_agents(struct queue_machine *machine)
{
	LIST_EACH(at, &machine->all_agents)
		agent_finished(machine, HOLDER(at, struct agent, in_machine));
	agents_sweep(machine);
}

static void unmake_all(struct queue_machine *machine)
{
	LIST_EACH_SAFE(at, &machine->all_queues) {
		struct queue *queue = HOLDER(at, struct queue, in_machine);

		shape_free(TAKE(queue->shape_new));
		if (!queue->shape)
			drop_queue(machine, queue);
	}
	drop_agents(machine);
}

/* ---- the new for the old ---- */

static void end_queue(struct queue_machine *machine, struct queue *queue)
{
	struct link *link;

	LIST_EACH_SAFE(at, &queue->waiting)
		caller_overflow(machine, HOLDER(at, struct caller, in_queue),
		                QUEUE_DECISION_QUEUE_GONE);
	while ((link = list_take(&queue->connected))) {
		struct caller *caller = HOLDER(link, struct caller, in_queue);

		caller->last_rules = queue->shape->rules;
		caller->queue = NULL;
	}
}

/* Round-robin goes on behind whom it offered a call last, wherever he was. */
static void keep_turn(const struct shape *old, struct shape *new)
{
	for (size_t i = 0, j = 0; i < new->n_tiers; i++) {
		struct tier *tier = &new->tiers[i];
		const struct tier *was;

		while (j < old->n_tiers && old->tiers[j].number < tier->number)
			j++;
		if (j == old->n_tiers || old->tiers[j].number != tier->number ||
		    !old->tiers[j].offered)
			continue;
		was = &old->tiers[j];
		tier->offered = true;
		tier->last_position = was->last_position;
		tier->last_agent = was->last_agent;
		while (tier->next < tier->end) {
			const struct member *member = &new->members[tier->next];

			if (member->position > was->last_position ||
			    (member->position == was->last_position &&
			     memcmp(&member->agent->node.id, &was->last_agent,
			            sizeof(struct uuid)) > 0))
				break;
			tier->next++;
		}
		if (tier->next == tier->end)
			tier->next = tier->first;
	}
}

/* Members are linked anew, and counted by agent_refresh. */
static void replace_shape(struct queue_machine *machine, struct queue *queue)
{
	AUTO(auto_shape_free) struct shape *old = queue->shape;

	queue->shape = TAKE(queue->shape_new);
	if (old) {
		keep_turn(old, queue->shape);
		/* Nobody is there from now on, unless agent_refresh finds somebody. */
		if (old->n_present > 0)
			queue->nobody_since_us = machine->now_us;
	}
	LIST_EACH(at, &queue->waiting)
		HOLDER(at, struct caller, in_queue)->want.in = false;
	for (size_t i = 0; i < queue->shape->n_members; i++) {
		struct member *member = &queue->shape->members[i];

		member->next_of_agent = member->agent->memberships;
		member->agent->memberships = member;
	}
}

static void replace_all(struct queue_machine *machine)
{
	/* Offers end while members are still linked. */
	LIST_EACH(at, &machine->all_queues) {
		struct queue *queue = HOLDER(at, struct queue, in_machine);

		if (!queue->shape_new)
			end_queue(machine, queue);
	}
	LIST_EACH(at, &machine->all_agents)
		HOLDER(at, struct agent, in_machine)->memberships = NULL;
	LIST_EACH_SAFE(at, &machine->all_queues) {
		struct queue *queue = HOLDER(at, struct queue, in_machine);

		if (!queue->shape_new)
			drop_queue(machine, queue);
	}
	LIST_EACH(at, &machine->all_queues)
		replace_shape(machine, HOLDER(at, struct queue, in_machine));
	LIST_EACH(at, &machine->all_agents)
		agent_refresh(machine, HOLDER(at, struct agent, in_machine));
	LIST_EACH(at, &machine->all_queues) {
		struct queue *queue = HOLDER(at, struct queue, in_machine);

		LIST_EACH(waits, &queue->waiting) {
			struct caller *caller = HOLDER(waits, struct caller, in_queue);

			caller->tier = caller_tier(caller, machine->now_us, &caller->next_tier_us);
			caller_plan(machine, caller);
			caller_look(machine, caller);
		}
	}
	drop_agents(machine);
}

enum error_code queue_machine_configure(struct queue_machine *machine,
                                        const struct queue_config *queues, size_t n, int64_t now_us)
{
	if (machine_begin(machine, now_us))
		return ERROR_MEMORY;
	if (make_all(machine, queues, n)) {
		unmake_all(machine);
		machine_settle(machine);
		return ERROR_MEMORY;
	}
	replace_all(machine);
	machine_settle(machine);
	return ERROR_OK;
}
