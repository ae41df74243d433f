#include "queue/queue_private.h"

/* Who is offered whom. What must come out is simple: caller by caller as they joined, whichever
 * queue they are in, each gets whom he may have of those who are ready. To look at everybody after
 * every event would be slow; but when nobody could be offered anybody before, only queues where
 * somebody became ready or somebody came to want an offer (the dirty ones) can have such a pair
 * now. They are gone through by their first caller who can be served. */

void queue_mark(struct queue_machine *machine, struct queue *queue)
{
	const struct shape *shape = queue->shape;

	if (shape->n_ready > 0 && shape->n_wanting > 0 && !list_has(&queue->dirty))
		list_append(&machine->dirty, &queue->dirty);
}

void queue_review(struct queue_machine *machine, struct queue *queue)
{
	if (queue->n_waiting > 0 && !list_has(&queue->reviewing))
		list_append(&machine->reviewing, &queue->reviewing);
}

/* The members of tier `tried` and, unless it replaces them, of those before it. */
static size_t range_first(const struct shape *shape, size_t tried)
{
	return shape->rules.tier_rules_apply && shape->rules.tier_join == QUEUE_TIER_REPLACE
	               ? shape->tiers[tried].first
	               : 0;
}

void caller_range(const struct caller *caller, size_t *ret_first, size_t *ret_end)
{
	const struct shape *shape = caller->queue->shape;

	*ret_first = range_first(shape, caller->tier);
	*ret_end = shape->tiers[caller->tier].end;
}

/* Nobody is offered his own call; NULL: he is none of us. */
static const struct uuid *himself(const struct caller *caller)
{
	return caller->has_from ? &caller->from : NULL;
}

/* The next member from `from` on who is ready; end: none. */
static size_t next_ready(const struct shape *shape, size_t from, size_t end, const struct uuid *but)
{
	while (from < end) {
		uint64_t word = shape->ready[from / 64] >> from % 64;

		if (!word) {
			from += 64 - from % 64;
			continue;
		}
		from += (size_t)__builtin_ctzl(word);
		if (from >= end)
			break;
		if (!but || !uuid_equal(&shape->members[from].agent->node.id, but))
			return from;
		from++;
	}
	return end;
}

/* The first caller of a tier somebody is ready for. Those passed over are ready agents' own calls:
 * few. */
static struct caller *tier_first_served(struct shape *shape, size_t tier)
{
	struct heap *wanting = &shape->tiers[tier].wanting;
	struct heap_node *passed = NULL;
	struct caller *found = NULL;

	while (wanting->root && !found) {
		struct heap_node *node = wanting->root;
		struct caller *caller = HOLDER(node, struct caller, want);
		size_t first = range_first(shape, tier), end = shape->tiers[tier].end;

		if (next_ready(shape, first, end, himself(caller)) < end) {
			found = caller;
		} else if (next_ready(shape, first, end, NULL) == end) {
			break; /* nobody is ready for anyone here */
		} else {
			heap_remove(wanting, node);
			node->next = passed;
			passed = node;
		}
	}
	while (passed) {
		struct heap_node *next = passed->next;
		struct caller *caller = HOLDER(passed, struct caller, want);

		heap_insert(wanting, passed, (int64_t)caller->serial, 0);
		passed = next;
	}
	return found;
}

struct caller *queue_first_served(struct queue *queue)
{
	struct shape *shape = queue->shape;
	struct caller *first = NULL;

	if (shape->n_ready == 0 || shape->n_wanting == 0)
		return NULL;
	for (size_t i = 0; i < shape->n_tiers; i++) {
		struct caller *caller =
			shape->tiers[i].wanting.root ? tier_first_served(shape, i) : NULL;

		if (caller && (!first || caller->serial < first->serial))
			first = caller;
	}
	return first;
}

/* ---- the orders of a queue ---- */

static void ring_all(struct queue_machine *machine, struct caller *caller)
{
	struct shape *shape = caller->queue->shape;
	size_t first, end;

	caller_range(caller, &first, &end);
	for (size_t i = next_ready(shape, first, end, himself(caller)); i < end;
	     i = next_ready(shape, i + 1, end, himself(caller)))
		agent_offer(machine, shape->members[i].agent, caller);
}

/* Tier by tier, in each from behind the one who was offered a call last, around. */
static void round_robin(struct queue_machine *machine, struct caller *caller)
{
	struct shape *shape = caller->queue->shape;
	size_t first, end, found;

	caller_range(caller, &first, &end);
	for (size_t i = shape->members[first].tier; i <= caller->tier; i++) {
		struct tier *tier = &shape->tiers[i];

		found = next_ready(shape, tier->next, tier->end, himself(caller));
		if (found == tier->end) {
			found = next_ready(shape, tier->first, tier->next, himself(caller));
			if (found == tier->next)
				continue;
		}
		tier->next = found + 1 < tier->end ? found + 1 : tier->first;
		tier->offered = true;
		tier->last_position = shape->members[found].position;
		tier->last_agent = shape->members[found].agent->node.id;
		agent_offer(machine, shape->members[found].agent, caller);
		return;
	}
}

typedef void order_h(struct queue_machine *machine, struct caller *caller);

static order_h *const orders[] = {
	[QUEUE_ORDER_RING_ALL] = ring_all,
	[QUEUE_ORDER_ROUND_ROBIN] = round_robin,
};

static void serve(struct queue_machine *machine, struct caller *caller)
{
	orders[caller->queue->shape->order](machine, caller);
	caller_refresh(machine, caller);
	caller_look(machine, caller);
}

/* Serving makes nobody ready and nobody want, so a queue's first caller only ever becomes a later
 * one: what the heap says is too early at worst, and corrected when it comes up. */
void machine_dispatch(struct queue_machine *machine)
{
	struct heap hot = {NULL};
	struct link *link;

	while ((link = list_take(&machine->dirty))) {
		struct queue *queue = HOLDER(link, struct queue, dirty);
		struct caller *caller = queue_first_served(queue);

		if (caller)
			heap_insert(&hot, &queue->hot, (int64_t)caller->serial, 0);
	}
	while (hot.root) {
		struct queue *queue = HOLDER(hot.root, struct queue, hot);
		struct caller *caller = queue_first_served(queue);

		if (caller && (int64_t)caller->serial == queue->hot.key) {
			serve(machine, caller);
			caller = queue_first_served(queue);
		}
		heap_remove(&hot, &queue->hot);
		if (caller)
			heap_insert(&hot, &queue->hot, (int64_t)caller->serial, 0);
	}
}
