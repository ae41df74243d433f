/*
 * The machine of src/queue alone: a day of a call centre in simulated time, as fast as it goes.
 *
 *   bench_queue QUEUES AGENTS QUEUES_OF_AN_AGENT CALLERS EVENTS ring-all|round-robin|mixed
 *
 * CALLERS are in the queues at any time (who leaves is replaced). Agents answer after 3 s, miss
 * each tenth offer, talk for 30 s and wrap up for 5. One line of JSON: events, commands and offers,
 * how many a second, and how long an event takes (us: mean, p99, max; only the machine's time
 * counts).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queue/heap.h"
#include "queue/list.h"
#include "queue/queue.h"

enum { TALK_S = 30, ANSWER_S = 3, HISTOGRAM = 1 << 16 };

enum planned { PLAN_NOTHING, PLAN_ANSWER, PLAN_MISS, PLAN_END };

struct agent {
	struct heap_node due;
	enum planned planned;
	uint32_t call;
};

struct bench {
	struct queue_machine *machine;
	struct agent *agents;
	struct heap due;
	int64_t now_us;
	uint64_t random, n_events, n_commands, n_offers;
	uint32_t n_agents, n_queues, n_calls;
	uint64_t histogram[HISTOGRAM]; /* of us, tenths */
	int64_t spent_ns, longest_ns;
};

static uint64_t next_random(struct bench *bench)
{
	bench->random = bench->random * 6364136223846793005U + 1442695040888963407U;
	return bench->random >> 33;
}

static struct uuid id(uint8_t kind, uint32_t number)
{
	return (struct uuid){
		{kind, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
	         (uint8_t)number}
        };
}

static uint32_t number(const struct uuid *id)
{
	return (uint32_t)id->bytes[1] << 24 | (uint32_t)id->bytes[2] << 16 |
	       (uint32_t)id->bytes[3] << 8 | id->bytes[4];
}

static int64_t nanoseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void join(struct bench *bench)
{
	struct uuid queue = id(1, (uint32_t)(next_random(bench) % bench->n_queues)),
		    call = id(3, bench->n_calls++);

	if (queue_caller_join(bench->machine, &queue, &call, NULL, bench->now_us) != ERROR_OK)
		abort();
}

static void plan(struct bench *bench, uint32_t agent, enum planned what, uint32_t call,
                 int64_t after_us)
{
	struct agent *it = &bench->agents[agent];

	it->planned = what;
	it->call = call;
	heap_move(&bench->due, &it->due, bench->now_us + after_us, agent);
}

static void follow(struct bench *bench, const struct queue_command *command)
{
	uint32_t agent = number(&command->agent), call = number(&command->call);
	int64_t jitter_us = (int64_t)(next_random(bench) % 1000000);

	bench->n_commands++;
	switch (command->kind) {
	case QUEUE_OFFER:
		bench->n_offers++;
		if (next_random(bench) % 10 == 0)
			plan(bench, agent, PLAN_MISS, call, command->ring_us);
		else
			plan(bench, agent, PLAN_ANSWER, call, ANSWER_S * 1000000 + jitter_us);
		break;
	case QUEUE_CONNECT:
		plan(bench, agent, PLAN_END, call, TALK_S * 1000000 + jitter_us);
		break;
	case QUEUE_WITHDRAW:
	case QUEUE_REFUSE:
		heap_remove(&bench->due, &bench->agents[agent].due);
		break;
	case QUEUE_OVERFLOW:
	case QUEUE_BREAK:
	case QUEUE_STATE:
		break;
	}
}

static void act(struct bench *bench, uint32_t agent)
{
	struct agent *it = &bench->agents[agent];
	struct uuid who = id(2, agent), call = id(3, it->call);

	if (it->planned == PLAN_ANSWER) {
		queue_offer_answered(bench->machine, &call, &who, bench->now_us);
	} else if (it->planned == PLAN_MISS) {
		queue_offer_failed(bench->machine, &call, &who, QUEUE_OFFER_NO_ANSWER,
		                   bench->now_us);
	} else {
		queue_call_ended(bench->machine, &call, bench->now_us);
		join(bench);
		bench->n_events++;
	}
}

/* What comes next, the machine's or an agent's; and all that follows. */
static void step(struct bench *bench)
{
	int64_t deadline_us = queue_machine_deadline(bench->machine), start_ns;
	struct heap_node *first = bench->due.root;
	struct queue_command command;

	start_ns = nanoseconds();
	if (!first || deadline_us <= first->key) {
		if (deadline_us == INT64_MAX)
			abort();
		bench->now_us = deadline_us;
		queue_machine_tick(bench->machine, bench->now_us);
	} else {
		bench->now_us = first->key;
		heap_remove(&bench->due, first);
		act(bench, (uint32_t)(HOLDER(first, struct agent, due) - bench->agents));
	}
	start_ns = nanoseconds() - start_ns;
	bench->n_events++;
	bench->spent_ns += start_ns;
	if (start_ns > bench->longest_ns)
		bench->longest_ns = start_ns;
	bench->histogram[start_ns / 100 < HISTOGRAM ? start_ns / 100 : HISTOGRAM - 1]++;
	while (queue_command_next(bench->machine, &command))
		follow(bench, &command);
}

static enum queue_order order_of(const char *word, uint32_t queue)
{
	if (strcmp(word, "mixed") == 0)
		return queue % 2 ? QUEUE_ORDER_RING_ALL : QUEUE_ORDER_ROUND_ROBIN;
	return strcmp(word, "ring-all") == 0 ? QUEUE_ORDER_RING_ALL : QUEUE_ORDER_ROUND_ROBIN;
}

static const struct queue_rules rules = {
	.agent_ring_time = 15,
	.wrap_up_time = 5,
	.no_answer_delay_time = 5,
	.tier_rules_apply = true,
	.tier_rule_wait_second = 20,
	.tier_rule_wait_multiply_level = true,
	.tier_rule_no_agent_no_wait = true,
};

/* Returns how long it took. */
static double configure(struct bench *bench, uint32_t n_of_agent, const char *order)
{
	struct queue_config *configs = calloc(bench->n_queues, sizeof(*configs));
	size_t most = (size_t)bench->n_agents * n_of_agent / bench->n_queues + 1;
	struct queue_member_config *members = calloc(bench->n_queues * most, sizeof(*members));
	int64_t start_ns;

	if (!configs || !members)
		abort();
	for (uint32_t i = 0; i < bench->n_queues; i++)
		configs[i] = (struct queue_config){.id = id(1, i),
		                                   .order = order_of(order, i),
		                                   .rules = rules,
		                                   .members = members + i * most};
	for (uint32_t i = 0; i < bench->n_agents * n_of_agent; i++) {
		struct queue_config *config = &configs[i % bench->n_queues];

		members[i % bench->n_queues * most + config->n_members++] =
			(struct queue_member_config){id(2, i / n_of_agent), 1 + i % 3, i % 5};
	}
	start_ns = nanoseconds();
	if (queue_machine_configure(bench->machine, configs, bench->n_queues, bench->now_us) !=
	    ERROR_OK)
		abort();
	start_ns = nanoseconds() - start_ns;
	free(configs);
	free(members);
	return (double)start_ns / 1e6;
}

static void log_in(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->n_agents; i++) {
		struct uuid agent = id(2, i);

		queue_agent_phones(bench->machine, &agent, true, 0);
		queue_agent_status(bench->machine, &agent, QUEUE_AGENT_AVAILABLE, 0);
	}
}

static double percentile(const struct bench *bench, double part)
{
	uint64_t n = 0, total = 0;
	size_t i = 0;

	for (size_t j = 0; j < HISTOGRAM; j++)
		total += bench->histogram[j];
	while (i < HISTOGRAM - 1 && (double)(n += bench->histogram[i]) < part * (double)total)
		i++;
	return (double)(i + 1) / 10;
}

int main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	unsigned long n_callers, n_events;
	uint32_t n_of_agent;
	double configure_ms;

	if (!bench || argc != 7) {
		(void)fprintf(stderr, "bench_queue QUEUES AGENTS QUEUES_OF_AN_AGENT CALLERS EVENTS "
		                      "ring-all|round-robin|mixed\n");
		return 2;
	}
	bench->n_queues = (uint32_t)strtoul(argv[1], NULL, 10);
	bench->n_agents = (uint32_t)strtoul(argv[2], NULL, 10);
	n_callers = strtoul(argv[4], NULL, 10);
	n_events = strtoul(argv[5], NULL, 10);
	bench->agents = calloc(bench->n_agents, sizeof(*bench->agents));
	if (!bench->agents || queue_machine_new(NULL, NULL, &bench->machine) != ERROR_OK)
		return 1;
	n_of_agent = (uint32_t)strtoul(argv[3], NULL, 10);
	(void)configure(bench, n_of_agent, argv[6]);
	log_in(bench);
	for (unsigned long i = 0; i < n_callers; i++)
		join(bench);
	while (bench->n_events < n_events)
		step(bench);
	configure_ms = configure(bench, n_of_agent, argv[6]);
	(void)printf(
		"{\"queues\": %u, \"agents\": %u, \"callers\": %lu, \"events\": %llu, "
		"\"commands\": %llu, \"offers\": %llu, \"events_per_s\": %.0f, "
		"\"offers_per_s\": %.0f, \"us_mean\": %.2f, \"us_p99\": %.1f, "
		"\"us_max\": %.1f, \"configure_ms\": %.2f, \"simulated_s\": %.0f}\n",
		bench->n_queues, bench->n_agents, n_callers, (unsigned long long)bench->n_events,
		(unsigned long long)bench->n_commands, (unsigned long long)bench->n_offers,
		(double)bench->n_events / ((double)bench->spent_ns / 1e9),
		(double)bench->n_offers / ((double)bench->spent_ns / 1e9),
		(double)bench->spent_ns / 1e3 / (double)bench->n_events, percentile(bench, 0.99),
		(double)bench->longest_ns / 1e3, configure_ms, (double)bench->now_us / 1e6);
	queue_machine_free(bench->machine);
	free(bench->agents);
	free(bench);
	return 0;
}
