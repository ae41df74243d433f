/* A tenant's machine as its snapshot has it. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/queues_private.h"

static int by_id(const void *a, const void *b)
{
	const struct queue_agent *first = a, *second = b;

	return memcmp(&first->id, &second->id, sizeof(first->id));
}

struct queue_agent *queue_tenant_agent(const struct queue_tenant *tenant, const struct uuid *agent)
{
	const struct queue_agent key = {.id = *agent};

	return tenant->n_agents
	               ? bsearch(&key, tenant->agents, tenant->n_agents, sizeof(key), by_id)
	               : NULL;
}

const char *queue_tenant_number(const struct queue_tenant *tenant, const struct uuid *agent)
{
	const struct queue_agent *found = queue_tenant_agent(tenant, agent);

	return found ? found->extension->number : "";
}

const struct queue *queue_tenant_queue(const struct queue_tenant *tenant, const struct uuid *queue)
{
	for (size_t i = 0; i < tenant->snapshot->n_queues; i++)
		if (uuid_equal(&tenant->snapshot->queues[i].id, queue))
			return &tenant->snapshot->queues[i];
	return NULL;
}

/* Every member of a queue, once. NULL: out of memory. */
static struct queue_agent *collect(const struct snapshot *snapshot, size_t *ret_n)
{
	size_t n = 0, kept = 0;
	struct queue_agent *agents;

	for (size_t i = 0; i < snapshot->n_queues; i++)
		n += snapshot->queues[i].n_members;
	agents = calloc(n + 1, sizeof(*agents));
	if (!agents)
		return NULL;
	n = 0;
	for (size_t i = 0; i < snapshot->n_queues; i++) {
		for (size_t k = 0; k < snapshot->queues[i].n_members; k++) {
			const struct extension *extension =
				snapshot->queues[i].members[k].extension;

			agents[n++] = (struct queue_agent){.id = extension->id,
			                                   .extension = extension,
			                                   .status = AGENT_LOGGED_OUT};
		}
	}
	qsort(agents, n, sizeof(*agents), by_id);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !uuid_equal(&agents[kept - 1].id, &agents[i].id))
			agents[kept++] = agents[i];
	*ret_n = kept;
	return agents;
}

static struct queue_rules rules_of(const struct queue_settings *settings)
{
	return (struct queue_rules){
		.max_wait_time = settings->max_wait_time,
		.max_wait_time_with_no_agent = settings->max_wait_time_with_no_agent,
		.max_wait_time_with_no_agent_time_reached =
			settings->max_wait_time_with_no_agent_time_reached,
		.tier_rules_apply = settings->tier_rules_apply,
		.tier_rule_wait_second = settings->tier_rule_wait_second,
		.tier_rule_wait_multiply_level = settings->tier_rule_wait_multiply_level,
		.tier_rule_no_agent_no_wait = settings->tier_rule_no_agent_no_wait,
		.tier_join = settings->tier_replace ? QUEUE_TIER_REPLACE : QUEUE_TIER_JOIN,
		.skip_agents_with_external_calls = settings->skip_agents_with_external_calls,
		.wrap_up_time = settings->wrap_up_time,
		.no_answer_delay_time = settings->no_answer_delay_time,
		.busy_delay_time = settings->busy_delay_time,
		.reject_delay_time = settings->reject_delay_time,
		.max_no_answer = settings->max_no_answer,
		.agent_ring_time = settings->agent_ring_time ? settings->agent_ring_time : 1,
	};
}

/* members has room for all members of all queues. */
static void describe(const struct snapshot *snapshot, struct queue_config *queues,
                     struct queue_member_config *members)
{
	for (size_t i = 0; i < snapshot->n_queues; i++) {
		const struct queue *queue = &snapshot->queues[i];

		queues[i] = (struct queue_config){
			.id = queue->id,
			.order = queue->strategy == QUEUE_ROUND_ROBIN ? QUEUE_ORDER_ROUND_ROBIN
		                                                      : QUEUE_ORDER_RING_ALL,
			.rules = rules_of(&queue->settings),
			.n_members = queue->n_members,
			.members = members,
		};
		for (size_t k = 0; k < queue->n_members; k++)
			*members++ = (struct queue_member_config){
				.agent = queue->members[k].extension->id,
				.tier = queue->members[k].tier,
				.position = queue->members[k].level,
			};
	}
}

static bool configure_machine(struct queue_tenant *tenant, const struct snapshot *snapshot)
{
	AUTO(auto_free) struct queue_config *queues = NULL;
	AUTO(auto_free) struct queue_member_config *members = NULL;
	size_t n = 0;

	for (size_t i = 0; i < snapshot->n_queues; i++)
		n += snapshot->queues[i].n_members;
	queues = calloc(snapshot->n_queues + 1, sizeof(*queues));
	members = calloc(n + 1, sizeof(*members));
	if (!queues || !members)
		return false;
	describe(snapshot, queues, members);
	return queue_machine_configure(tenant->machine, queues, snapshot->n_queues,
	                               clock_monotonic_us()) == ERROR_OK;
}

/* What is known of an agent stays known; true: he is new. */
static bool keep_known(const struct queue_tenant *tenant, struct queue_agent *agent)
{
	const struct queue_agent *before = queue_tenant_agent(tenant, &agent->id);

	if (!before)
		return true;
	agent->status = before->status;
	agent->set = before->set;
	return false;
}

void queue_tenant_configure(struct queue_tenant *tenant, struct snapshot *snapshot)
{
	AUTO(auto_free) struct queue_agent *agents = NULL;
	bool any_new = false;
	size_t n;

	if (tenant->snapshot == snapshot)
		return;
	agents = collect(snapshot, &n);
	if (!agents || !configure_machine(tenant, snapshot)) {
		log_event(LOG_ERROR, "queue", "no memory for a change of queues: they stay",
		          LOG_TEXT("tenant", snapshot->domain));
		return;
	}
	for (size_t i = 0; i < n; i++)
		any_new |= keep_known(tenant, &agents[i]);
	free(tenant->agents);
	tenant->agents = TAKE(agents);
	tenant->n_agents = n;
	snapshot_unref(tenant->before);
	tenant->before = tenant->snapshot;
	tenant->snapshot = snapshot_ref(snapshot);
	for (size_t i = 0; i < n; i++)
		queue_agent_tell(tenant, &tenant->agents[i]);
	if (any_new && tenant->listed)
		queue_agents_read(tenant);
	queues_wake(tenant);
}
