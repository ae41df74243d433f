/*
 * Random events against the reference and against what must always hold. Everything follows from
 * one seed, which a failure prints:
 *
 *   QUEUE_SEED=<seed>    that one again
 *   QUEUE_EVENTS=<n>     as many events as that, not two million, over as many seeds as it takes
 */
#include <stdlib.h>

#include "reference.h"
#include "unit.h"

enum { WORLD_EVENTS = 2000, EVENTS = 2000000, STORY = 40, STORY_LINE = 96, COMMANDS = 4096 };

static const int64_t S = 1000000;

struct world {
	struct queue_machine *machine;
	struct ref ref;
	uint64_t seed, random;
	int64_t now_us;
	int n_got;
	struct queue_command got[COMMANDS], states[REF_AGENTS]; /* as told last */
	bool rings[REF_AGENTS], in_queue[REF_CALLS];
	size_t n_joined, n_overflowed, n_left;
	size_t n_story;
	char story[STORY][STORY_LINE];
};

/* ---- chance ---- */

/* splitmix64 */
static uint64_t next_random(struct world *world)
{
	uint64_t z = world->random += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static int below(struct world *world, int n)
{
	return (int)(next_random(world) % (unsigned)n);
}

static bool chance(struct world *world, int percent)
{
	return below(world, 100) < percent;
}

/* 0 half the time. */
static unsigned perhaps(struct world *world, int most)
{
	return chance(world, 50) ? 0 : (unsigned)below(world, most + 1);
}

/* ---- telling ---- */

static void tell(struct world *world, const char *what, int a, int b, int c)
{
	(void)snprintf(world->story[world->n_story++ % STORY], STORY_LINE, "%.6f %s %d %d %d",
	               (double)world->now_us / 1e6, what, a, b, c);
}

static void wrong(struct world *world, const char *what)
{
	size_t first = world->n_story > STORY ? world->n_story - STORY : 0;

	for (size_t i = first; i < world->n_story; i++)
		print_message("# %zu %s\n", i, world->story[i % STORY]);
	fail_msg("%s; run again with QUEUE_SEED=%llu", what, (unsigned long long)world->seed);
}

/* ---- what the machine says ---- */

static int compare_commands(const void *one, const void *other)
{
	const struct queue_command *a = one, *b = other;
	int order = memcmp(&a->call, &b->call, sizeof(a->call));

	if (order == 0)
		order = memcmp(&a->agent, &b->agent, sizeof(a->agent));
	if (order == 0)
		order = (int)a->kind - (int)b->kind;
	if (order == 0)
		order = (int)a->elsewhere - (int)b->elsewhere;
	if (order == 0)
		order = (int)a->reason - (int)b->reason;
	if (order == 0)
		order = a->ring_us < b->ring_us ? -1 : a->ring_us > b->ring_us;
	return order;
}

/* What can be seen from outside alone: nobody rings twice, nobody is sent away twice. */
static void watch(struct world *world, const struct queue_command *command)
{
	int agent = command->agent.bytes[1], call = command->call.bytes[1];

	switch (command->kind) {
	case QUEUE_OFFER:
		if (world->rings[agent])
			wrong(world, "an agent is in two offers");
		if (!world->in_queue[call])
			wrong(world, "a caller who is gone is offered");
		world->rings[agent] = true;
		break;
	case QUEUE_WITHDRAW:
	case QUEUE_CONNECT:
		if (!world->rings[agent])
			wrong(world, "an offer that is none is ended");
		world->rings[agent] = false;
		break;
	case QUEUE_OVERFLOW:
		if (!world->in_queue[call])
			wrong(world, "a caller leaves twice");
		world->in_queue[call] = false;
		world->n_overflowed++;
		break;
	case QUEUE_STATE:
		world->states[agent] = *command;
		return;
	case QUEUE_REFUSE:
	case QUEUE_BREAK:
		break;
	}
	if (world->n_got == COMMANDS)
		wrong(world, "too many commands");
	world->got[world->n_got++] = *command;
}

static void compare_states(struct world *world)
{
	static const enum queue_agent_state states[] = {
		[REF_IDLE] = QUEUE_STATE_WAITING,    [REF_DELAYED] = QUEUE_STATE_WAITING,
		[REF_OFFERED] = QUEUE_STATE_RINGING, [REF_TALKING] = QUEUE_STATE_TALKING,
		[REF_WRAP_UP] = QUEUE_STATE_WRAP_UP,
	};

	for (int i = 0; i < REF_AGENTS; i++) {
		const struct ref_agent *agent = &world->ref.agents[i];
		const struct queue_command *told = &world->states[i];
		int64_t until_us = agent->state == REF_WRAP_UP ? agent->until_us : 0;

		if (!agent->known)
			world->states[i] = (struct queue_command){.state = QUEUE_STATE_WAITING};
		else if (told->state != states[agent->state] || told->until_us != until_us ||
		         told->missed != agent->missed)
			wrong(world, "an agent's state is told wrongly");
	}
}

static void compare(struct world *world)
{
	struct queue_command command;
	const char *rule;

	while (queue_command_next(world->machine, &command))
		watch(world, &command);
	qsort(world->got, (size_t)world->n_got, sizeof(world->got[0]), compare_commands);
	qsort(world->ref.commands, (size_t)world->ref.n_commands, sizeof(world->ref.commands[0]),
	      compare_commands);
	for (int i = 0; i < world->n_got || i < world->ref.n_commands; i++) {
		const struct queue_command *a = &world->got[i], *b = &world->ref.commands[i];

		if (i < world->n_got && i < world->ref.n_commands && compare_commands(a, b) == 0)
			continue;
		if (i < world->n_got)
			print_message("# machine: %d call %d agent %d\n", (int)a->kind,
			              a->call.bytes[1], a->agent.bytes[1]);
		if (i < world->ref.n_commands)
			print_message("# reference: %d call %d agent %d\n", (int)b->kind,
			              b->call.bytes[1], b->agent.bytes[1]);
		wrong(world, "machine and reference differ");
	}
	world->n_got = world->ref.n_commands = 0;
	compare_states(world);
	rule = queue_machine_check(world->machine);
	if (rule)
		wrong(world, rule);
	if (queue_machine_deadline(world->machine) != ref_deadline(&world->ref))
		wrong(world, "machine and reference differ in what is next");
}

static void count(struct world *world)
{
	struct queue_figures all;
	size_t connected = 0; /* those whose queue is gone are in no queue's figures */

	for (int i = 0; i < REF_CALLS; i++)
		if (world->ref.calls[i].used && world->ref.calls[i].queue < 0)
			connected++;
	assert_true(queue_machine_figures(world->machine, NULL, &all));
	if (world->n_joined !=
	    world->n_left + world->n_overflowed + all.waiting + all.connected + connected)
		wrong(world,
		      "callers in are not callers answered, abandoned, overflowed and waiting");
}

/* ---- events ---- */

static void random_rules(struct world *world, struct queue_rules *ret_rules)
{
	*ret_rules = (struct queue_rules){
		.max_wait_time = chance(world, 30) ? (unsigned)below(world, 60) : 0,
		.max_wait_time_with_no_agent = perhaps(world, 20),
		.max_wait_time_with_no_agent_time_reached = perhaps(world, 10),
		.tier_rules_apply = chance(world, 60),
		.tier_rule_wait_second = perhaps(world, 20),
		.tier_rule_wait_multiply_level = chance(world, 50),
		.tier_rule_no_agent_no_wait = chance(world, 50),
		.tier_join = chance(world, 50) ? QUEUE_TIER_JOIN : QUEUE_TIER_REPLACE,
		.skip_agents_with_external_calls = chance(world, 70),
		.wrap_up_time = perhaps(world, 15),
		.no_answer_delay_time = perhaps(world, 8),
		.busy_delay_time = perhaps(world, 30),
		.reject_delay_time = perhaps(world, 8),
		.max_no_answer = perhaps(world, 4),
		.agent_ring_time = (unsigned)below(world, 20),
	};
}

static void do_configure(struct world *world)
{
	struct queue_config configs[REF_QUEUES];
	struct queue_member_config members[REF_QUEUES][REF_AGENTS];
	size_t n = 0;

	for (int i = 0; i < REF_QUEUES; i++) {
		struct queue_config *config = &configs[n];
		int percent = below(world, 100), tiers = 1 + below(world, 4);

		if (chance(world, 30))
			continue;
		*config = (struct queue_config){
			.id = ref_queue_id(i),
			.order = chance(world, 50) ? QUEUE_ORDER_RING_ALL : QUEUE_ORDER_ROUND_ROBIN,
			.members = members[n],
		};
		random_rules(world, &config->rules);
		for (int j = 0; j < REF_AGENTS; j++)
			if (chance(world, percent))
				members[n][config->n_members++] = (struct queue_member_config){
					.agent = ref_agent_id(j),
					.tier = (unsigned)(1 + below(world, tiers)),
					.position = (unsigned)below(world, 4)};
		n++;
	}
	tell(world, "configure", (int)n, 0, 0);
	compare(world);
	assert_int_equal(queue_machine_configure(world->machine, configs, n, world->now_us),
	                 ERROR_OK);
	ref_configure(&world->ref, configs, n, world->now_us);
}

static void do_join(struct world *world)
{
	int queue = below(world, REF_QUEUES), call = below(world, REF_CALLS),
	    from = chance(world, 20) ? below(world, REF_AGENTS) : -1;
	struct uuid queue_id = ref_queue_id(queue), call_id = ref_call_id(call),
		    from_id = ref_agent_id(from);
	enum error_code expected;

	tell(world, "join: queue, call, from", queue, call, from);
	compare(world);
	expected = ref_join(&world->ref, queue, call, from, world->now_us);
	assert_int_equal(queue_caller_join(world->machine, &queue_id, &call_id,
	                                   from >= 0 ? &from_id : NULL, world->now_us),
	                 expected);
	if (expected == ERROR_OK) {
		world->in_queue[call] = true;
		world->n_joined++;
	}
}

static void do_leave(struct world *world)
{
	int call = below(world, REF_CALLS), whole = chance(world, 30);
	struct uuid id = ref_call_id(call);
	bool leaves;

	tell(world, whole ? "left" : "ended", call, 0, 0);
	compare(world);
	leaves = world->in_queue[call] && (whole || world->ref.calls[call].connected);
	if (whole) {
		queue_caller_left(world->machine, &id, world->now_us);
		ref_left(&world->ref, call, world->now_us);
	} else {
		queue_call_ended(world->machine, &id, world->now_us);
		ref_ended(&world->ref, call, world->now_us);
	}
	if (leaves) {
		world->in_queue[call] = false;
		world->n_left++;
	}
}

static void do_agent(struct world *world)
{
	int agent = below(world, REF_AGENTS), what = below(world, 10), value = chance(world, 75);
	struct uuid id = ref_agent_id(agent);
	enum queue_agent_status status =
		value ? QUEUE_AGENT_AVAILABLE : (enum queue_agent_status)below(world, 2);

	if (what < 5) {
		tell(world, "status", agent, (int)status, 0);
		queue_agent_status(world->machine, &id, status, world->now_us);
		ref_status(&world->ref, agent, status, world->now_us);
	} else if (what < 8) {
		tell(world, "phones", agent, value, 0);
		queue_agent_phones(world->machine, &id, value, world->now_us);
		ref_phones(&world->ref, agent, value, world->now_us);
	} else if (what < 9) {
		value = !value;
		tell(world, "in call", agent, value, 0);
		queue_agent_in_call(world->machine, &id, value, world->now_us);
		ref_in_call(&world->ref, agent, value, world->now_us);
	} else {
		tell(world, "ready", agent, 0, 0);
		queue_agent_ready(world->machine, &id, world->now_us);
		ref_ready(&world->ref, agent, world->now_us);
	}
}

/* Mostly about offers there are, sometimes about any. */
static void do_offer(struct world *world)
{
	int agent = below(world, REF_AGENTS), call = below(world, REF_CALLS),
	    what = below(world, 10), why = below(world, 4);
	struct uuid agent_id = ref_agent_id(agent), call_id;

	if (chance(world, 90) && world->ref.agents[agent].state >= REF_OFFERED)
		call = world->ref.agents[agent].call;
	call_id = ref_call_id(call);
	if (what < 4) {
		tell(world, "answered", call, agent, 0);
		queue_offer_answered(world->machine, &call_id, &agent_id, world->now_us);
		ref_answered(&world->ref, call, agent, world->now_us);
	} else if (what < 9) {
		tell(world, "failed", call, agent, why);
		if (world->ref.agents[agent].state == REF_OFFERED &&
		    world->ref.agents[agent].call == call) {
			compare(world);
			world->rings[agent] = false;
		}
		queue_offer_failed(world->machine, &call_id, &agent_id,
		                   (enum queue_offer_failure)why, world->now_us);
		ref_failed(&world->ref, call, agent, (enum queue_offer_failure)why, world->now_us);
	} else {
		tell(world, "connect failed", call, agent, 0);
		queue_connect_failed(world->machine, &call_id, &agent_id, world->now_us);
		ref_connect_failed(&world->ref, call, agent, world->now_us);
	}
}

static void do_tick(struct world *world)
{
	tell(world, "tick", 0, 0, 0);
	queue_machine_tick(world->machine, world->now_us);
	ref_tick(&world->ref, world->now_us);
}

/* To what is next, some seconds, a long while, back, or not at all. */
static void pass_time(struct world *world)
{
	int64_t deadline_us = queue_machine_deadline(world->machine);
	int what = below(world, 100);

	if (what < 35 && deadline_us < INT64_MAX)
		world->now_us = deadline_us;
	else if (what < 60)
		world->now_us += (int64_t)(next_random(world) % (uint64_t)(3 * S));
	else if (what < 63)
		world->now_us += (int64_t)(next_random(world) % (uint64_t)(90 * S));
	else if (what < 65)
		world->now_us -= (int64_t)(next_random(world) % (uint64_t)(10 * S));
}

typedef void do_h(struct world *world);

static const struct {
	do_h *act;
	int weight;
} acts[] = {
	{do_join,      22},
        {do_leave,     14},
        {do_agent,     22},
	{do_offer,     30},
        {do_tick,      11},
        {do_configure, 1 },
};

static void act(struct world *world)
{
	int at = below(world, 100);

	for (size_t i = 0; i < COUNT_OF(acts); i++) {
		if (at < acts[i].weight) {
			acts[i].act(world);
			return;
		}
		at -= acts[i].weight;
	}
}

/* Whatever rings when nobody tells of it any more: by its own deadline it does not. */
static void end_offers(struct world *world)
{
	bool rang[REF_AGENTS];
	size_t n = 0;

	for (int i = 0; i < REF_AGENTS; i++)
		n += rang[i] = world->ref.agents[i].state == REF_OFFERED;
	for (int ticks = 0; n > 0; ticks++) {
		bool before[REF_AGENTS];

		memcpy(before, world->rings, sizeof(before));
		world->now_us = queue_machine_deadline(world->machine);
		if (world->now_us == INT64_MAX || ticks > 10000)
			wrong(world, "an offer does not end");
		do_tick(world);
		compare(world);
		for (int i = 0; i < REF_AGENTS; i++)
			if (rang[i] && !world->rings[i]) {
				rang[i] = false;
				n--;
			}
	}
}

/* Everybody hangs up and nobody takes calls: nothing may be left to happen. */
static void end_all(struct world *world)
{
	for (int i = 0; i < REF_CALLS; i++) {
		struct uuid id = ref_call_id(i);

		queue_caller_left(world->machine, &id, world->now_us);
		ref_left(&world->ref, i, world->now_us);
		compare(world);
		world->n_left += world->in_queue[i];
		world->in_queue[i] = false;
		count(world);
	}
	for (int ticks = 0; queue_machine_deadline(world->machine) < INT64_MAX; ticks++) {
		world->now_us = queue_machine_deadline(world->machine);
		do_tick(world);
		compare(world);
		if (ticks > 1000)
			wrong(world, "an agent stays in a state");
	}
	for (int i = 0; i < REF_AGENTS; i++)
		if (world->rings[i] || world->states[i].state != QUEUE_STATE_WAITING)
			wrong(world, "an agent stays in a state");
}

static void run_world(uint64_t seed, size_t n_events)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->seed = world->random = seed;
	world->now_us = below(world, 2) ? S : 1000 * S;
	ref_init(&world->ref);
	assert_int_equal(queue_machine_new(NULL, NULL, &world->machine), ERROR_OK);
	do_configure(world);
	for (size_t i = 0; i < n_events; i++) {
		pass_time(world);
		act(world);
		if (chance(world, 85)) {
			compare(world);
			count(world);
		}
	}
	compare(world);
	end_offers(world);
	end_all(world);
	queue_machine_free(world->machine);
	free(world);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoull(value, NULL, 10) : otherwise;
}

static void test_random_events_do_what_the_reference_does(void **state)
{
	uint64_t seed = from_environment("QUEUE_SEED", 0),
		 n = from_environment("QUEUE_EVENTS", EVENTS);

	(void)state;
	if (seed > 0) {
		run_world(seed, WORLD_EVENTS);
		return;
	}
	for (seed = 1; n > 0; seed++) {
		run_world(seed, WORLD_EVENTS);
		n -= n > WORLD_EVENTS ? WORLD_EVENTS : n;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_events_do_what_the_reference_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
