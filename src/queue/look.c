#include "queue/queue_private.h"

static void count_queue(const struct queue *queue, struct queue_figures *figures)
{
	figures->waiting += queue->n_waiting;
	figures->connected += queue->n_connected;
	if (!list_empty(&queue->waiting)) {
		int64_t joined_us = HOLDER(queue->waiting.next, struct caller, in_queue)->joined_us;

		if (figures->oldest_us == 0 || joined_us < figures->oldest_us)
			figures->oldest_us = joined_us;
	}
}

static void count_agent(const struct agent *agent, struct queue_figures *figures)
{
	figures->agents++;
	if (!agent_present(agent))
		return;
	figures->available++;
	if (agent->state == AGENT_IDLE && !agent->in_call)
		figures->idle++;
}

bool queue_machine_figures(const struct queue_machine *machine, const struct uuid *queue,
                           struct queue_figures *ret_figures)
{
	struct queue_figures figures = {0};

	if (queue) {
		const struct map_node *node = map_find(&machine->queues, queue);
		const struct queue *one;

		if (!node)
			return false;
		one = HOLDER(node, struct queue, node);
		count_queue(one, &figures);
		for (size_t i = 0; i < one->shape->n_members; i++)
			count_agent(one->shape->members[i].agent, &figures);
	} else {
		LIST_EACH(at, &machine->all_queues)
			count_queue(HOLDER(at, struct queue, in_machine), &figures);
		LIST_EACH(at, &machine->all_agents) {
			const struct agent *agent = HOLDER(at, struct agent, in_machine);

			if (agent->memberships)
				count_agent(agent, &figures);
		}
	}
	*ret_figures = figures;
	return true;
}

size_t queue_caller_position(const struct queue_machine *machine, const struct uuid *call)
{
	const struct caller *caller = caller_find(machine, call);
	size_t position = 1;

	if (!caller || caller->state != CALLER_WAITING)
		return 0;
	LIST_EACH(at, &caller->queue->waiting) {
		if (at == &caller->in_queue)
			break;
		position++;
	}
	return position;
}
