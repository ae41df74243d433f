/*
 * How the queues of a tenant are to behave: what queue_machine_configure is given. Plain values,
 * copied by it. What each setting means to people: docs/guide/queues.md.
 */
#ifndef CENTREX_QUEUE_CONFIG_H
#define CENTREX_QUEUE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/uuid.h"

enum queue_order { QUEUE_ORDER_RING_ALL, QUEUE_ORDER_ROUND_ROBIN };
enum queue_tier_join {
	QUEUE_TIER_JOIN,   /* a further tier is tried beside those before it */
	QUEUE_TIER_REPLACE /* instead of them */
};

struct queue_member_config {
	struct uuid agent;
	unsigned tier, position; /* queue_members.tier and .level */
};

/* mod_callcenter's names; seconds; 0: none. See docs/guide/queues.md. */
struct queue_rules {
	unsigned max_wait_time;
	unsigned max_wait_time_with_no_agent, max_wait_time_with_no_agent_time_reached;
	bool tier_rules_apply; /* false: all tiers at once, in order */
	unsigned tier_rule_wait_second;
	bool tier_rule_wait_multiply_level;
	bool tier_rule_no_agent_no_wait;
	enum queue_tier_join tier_join;
	bool skip_agents_with_external_calls;
	unsigned wrap_up_time, no_answer_delay_time, busy_delay_time, reject_delay_time;
	unsigned max_no_answer;   /* in a row, before the agent goes on break */
	unsigned agent_ring_time; /* of one offer; at least 1 */
};

struct queue_config {
	struct uuid id;
	enum queue_order order;
	struct queue_rules rules;
	size_t n_members;
	const struct queue_member_config *members; /* by tier, position; copied */
};

#endif
