#include "scenario.h"

#include <ctype.h>
#include <stdlib.h>

#include "queue/queue.h"
#include "unit.h"

enum { MEMBERS = 16, QUEUES = 4, TEXT = 4096, CONSIDERED = 32, DIGITS = 10 };

struct why {
	size_t n;
	struct queue_considered considered[CONSIDERED];
};

struct run {
	struct queue_machine *machine;
	int64_t now_us;
	const char *line;
	char told[TEXT];
	struct why why[DIGITS];
	struct queue_command states[26];
};

/* ---- names ---- */

static struct uuid named(char name)
{
	return (struct uuid){{(uint8_t)name}};
}

static const struct {
	const char *name;
	size_t offset;
} rules[] = {
#define RULE(name)                                                                                 \
	{                                                                                          \
#name, offsetof(struct queue_rules, name)                                          \
	}
	RULE(max_wait_time),
	RULE(max_wait_time_with_no_agent),
	RULE(max_wait_time_with_no_agent_time_reached),
	RULE(tier_rule_wait_second),
	RULE(wrap_up_time),
	RULE(no_answer_delay_time),
	RULE(busy_delay_time),
	RULE(reject_delay_time),
	RULE(max_no_answer),
	RULE(agent_ring_time),
#undef RULE
};

static const struct queue_rules defaults = {
	.max_wait_time_with_no_agent_time_reached = 5,
	.tier_rule_no_agent_no_wait = true,
	.skip_agents_with_external_calls = true,
	.wrap_up_time = 10,
	.no_answer_delay_time = 5,
	.busy_delay_time = 60,
	.reject_delay_time = 5,
	.max_no_answer = 3,
	.agent_ring_time = 15,
};

static void bad(const struct run *run, const char *why)
{
	fail_msg("%s: %.60s", why, run->line ? run->line : "");
}

static void set_rule(const struct run *run, struct queue_rules *set, const char *word)
{
	const char *equals = strchr(word, '=');
	unsigned value = (unsigned)strtoul(equals + 1, NULL, 10);
	size_t n = (size_t)(equals - word);
	struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"tier_rules_apply",                &set->tier_rules_apply               },
		{"tier_rule_wait_multiply_level",   &set->tier_rule_wait_multiply_level  },
		{"tier_rule_no_agent_no_wait",      &set->tier_rule_no_agent_no_wait     },
		{"skip_agents_with_external_calls", &set->skip_agents_with_external_calls},
	};

	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strlen(rules[i].name) == n && strncmp(rules[i].name, word, n) == 0) {
			memcpy((char *)set + rules[i].offset, &value, sizeof(value));
			return;
		}
	for (size_t i = 0; i < COUNT_OF(flags); i++)
		if (strlen(flags[i].name) == n && strncmp(flags[i].name, word, n) == 0) {
			*flags[i].flag = value;
			return;
		}
	if (strncmp(word, "tier_join=replace", sizeof("tier_join=replace") - 1) != 0)
		bad(run, "no such rule");
	set->tier_join = QUEUE_TIER_REPLACE;
}

/* ---- queues ---- */

static void read_queue(struct run *run, char *text, struct queue_config *config,
                       struct queue_member_config *members)
{
	char *rest = NULL, *word = strtok_r(text, " ", &rest);

	*config = (struct queue_config){.id = named(*word), .rules = defaults, .members = members};
	word = strtok_r(NULL, " ", &rest);
	config->order =
		strcmp(word, "ring-all") == 0 ? QUEUE_ORDER_RING_ALL : QUEUE_ORDER_ROUND_ROBIN;
	while ((word = strtok_r(NULL, " ", &rest))) {
		struct queue_member_config member = {named(*word), 1, 1};
		char *end = word + 1;

		if (strchr(word, '=')) {
			set_rule(run, &config->rules, word);
			continue;
		}
		if (*end == '.')
			member.tier = (unsigned)strtoul(end + 1, &end, 10);
		if (*end == '.')
			member.position = (unsigned)strtoul(end + 1, &end, 10);
		members[config->n_members++] = member;
	}
}

static void configure(struct run *run, const char *queues)
{
	struct queue_config configs[QUEUES];
	struct queue_member_config members[QUEUES][MEMBERS];
	char text[TEXT], *rest = NULL;
	size_t n = 0;

	(void)snprintf(text, sizeof(text), "%s", queues);
	for (char *at = strtok_r(text, ";", &rest); at; at = strtok_r(NULL, ";", &rest)) {
		while (*at == ' ')
			at++;
		if (*at) {
			read_queue(run, at, &configs[n], members[n]);
			n++;
		}
	}
	assert_int_equal(queue_machine_configure(run->machine, configs, n, run->now_us), ERROR_OK);
}

/* ---- what the machine says ---- */

static void decided(const struct queue_decision *decision, void *arg)
{
	struct run *run = arg;
	size_t n = strlen(run->told);

	(void)snprintf(run->told + n, sizeof(run->told) - n, "%s%s", n > 0 ? ", " : "",
	               queue_decision_slug(decision->kind));
	if (decision->kind == QUEUE_DECISION_CONSIDERED) {
		struct why *why = &run->why[decision->call->bytes[0] - '0'];

		assert_true(decision->n_considered <= CONSIDERED);
		why->n = decision->n_considered;
		for (size_t i = 0; i < why->n; i++)
			why->considered[i] = decision->considered[i];
	}
}

static void say(char *text, size_t size, const struct queue_command *command)
{
	static const char *const words[] = {
		[QUEUE_OFFER] = "offer",       [QUEUE_WITHDRAW] = "withdraw",
		[QUEUE_REFUSE] = "refuse",     [QUEUE_CONNECT] = "connect",
		[QUEUE_OVERFLOW] = "overflow", [QUEUE_BREAK] = "break",
	};
	size_t n = strlen(text);
	const char *word = words[command->kind], *comma = n > 0 ? ", " : "";
	char call = (char)command->call.bytes[0], agent = (char)command->agent.bytes[0];

	if (command->kind == QUEUE_OVERFLOW)
		(void)snprintf(text + n, size - n, "%s%s %c %s", comma, word, call,
		               queue_decision_slug(command->reason));
	else if (command->kind == QUEUE_BREAK)
		(void)snprintf(text + n, size - n, "%s%s %c", comma, word, agent);
	else
		(void)snprintf(text + n, size - n, "%s%s %c%c", comma,
		               command->elsewhere ? "elsewhere" : word, call, agent);
}

static void take(struct run *run, char *text, size_t size)
{
	struct queue_command command;
	const char *rule;

	while (queue_command_next(run->machine, &command))
		if (command.kind == QUEUE_STATE)
			run->states[command.agent.bytes[0] - 'a'] = command;
		else if (text)
			say(text, size, &command);
	rule = queue_machine_check(run->machine);
	if (rule)
		bad(run, rule);
}

/* ---- events ---- */

static const struct {
	const char *word;
	enum queue_offer_failure why;
} failures[] = {
	{"missed",      QUEUE_OFFER_NO_ANSWER  },
	{"busy",        QUEUE_OFFER_BUSY       },
	{"declined",    QUEUE_OFFER_DECLINED   },
	{"unreachable", QUEUE_OFFER_UNREACHABLE},
};

static const struct {
	const char *word;
	enum queue_agent_status status;
} statuses[] = {
	{"available", QUEUE_AGENT_AVAILABLE },
	{"break",     QUEUE_AGENT_ON_BREAK  },
	{"out",       QUEUE_AGENT_LOGGED_OUT},
};

static bool agent_event(struct run *run, const char *word, const char *args)
{
	struct uuid agent = named(*args);

	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (strcmp(word, statuses[i].word) == 0) {
			queue_agent_status(run->machine, &agent, statuses[i].status, run->now_us);
			return true;
		}
	if (strcmp(word, "ready") == 0)
		queue_agent_ready(run->machine, &agent, run->now_us);
	else if (strcmp(word, "phone") == 0 || strcmp(word, "nophone") == 0)
		queue_agent_phones(run->machine, &agent, *word == 'p', run->now_us);
	else if (strcmp(word, "incall") == 0 || strcmp(word, "nocall") == 0)
		queue_agent_in_call(run->machine, &agent, *word == 'i', run->now_us);
	else
		return false;
	return true;
}

static bool call_event(struct run *run, const char *word, const char *args)
{
	struct uuid call = named(args[0]), agent = named(args[0] ? args[1] : 0);

	for (size_t i = 0; i < COUNT_OF(failures); i++)
		if (strcmp(word, failures[i].word) == 0) {
			queue_offer_failed(run->machine, &call, &agent, failures[i].why,
			                   run->now_us);
			return true;
		}
	if (strcmp(word, "answer") == 0)
		queue_offer_answered(run->machine, &call, &agent, run->now_us);
	else if (strcmp(word, "failed") == 0)
		queue_connect_failed(run->machine, &call, &agent, run->now_us);
	else if (strcmp(word, "left") == 0)
		queue_caller_left(run->machine, &call, run->now_us);
	else if (strcmp(word, "ended") == 0)
		queue_call_ended(run->machine, &call, run->now_us);
	else
		return false;
	return true;
}

static void join(struct run *run, const char *args)
{
	struct uuid queue = named(args[0]), call = named(args[1]), from;
	const char *who = strstr(args, "from ");

	if (who)
		from = named(who[sizeof("from ") - 1]);
	assert_int_equal(
		queue_caller_join(run->machine, &queue, &call, who ? &from : NULL, run->now_us),
		ERROR_OK);
}

/* ---- looking ---- */

static const char *state_of(const struct run *run, char agent)
{
	static const char *const words[] = {
		[QUEUE_STATE_WAITING] = "waiting",
		[QUEUE_STATE_RINGING] = "ringing",
		[QUEUE_STATE_TALKING] = "talking",
		[QUEUE_STATE_WRAP_UP] = "wrap_up",
	};

	return words[run->states[agent - 'a'].state];
}

static const char *verdict_of(const struct run *run, char call, char agent)
{
	const struct why *why = &run->why[call - '0'];

	for (size_t i = 0; i < why->n; i++)
		if (why->considered[i].agent.bytes[0] == (uint8_t)agent)
			return queue_verdict_slug(why->considered[i].verdict);
	return "nothing";
}

/* a=word b=word: of the agents' states, or of what was told about them for a call. */
static void look(const struct run *run, char *args, char call)
{
	char *rest = NULL;

	for (char *word = strtok_r(args, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		const char *is = call ? verdict_of(run, call, *word) : state_of(run, *word);

		if (strcmp(word + 2, is) != 0)
			fail_msg("%s: but %c is %s", run->line, *word, is);
	}
}

static bool look_event(struct run *run, const char *word, char *args)
{
	if (strcmp(word, "states") == 0) {
		look(run, args, 0);
	} else if (strcmp(word, "why") == 0) {
		look(run, args + 2, *args);
	} else if (strcmp(word, "told") == 0) {
		if (strcmp(args, run->told) != 0)
			fail_msg("%s: but told %s", run->line, run->told);
		run->told[0] = '\0';
	} else {
		return false;
	}
	return true;
}

/* ---- lines ---- */

static void run_line(struct run *run, char *line)
{
	char said[TEXT] = "", *arrow = strstr(line, " ->"), *word, *args;
	int64_t at_us = (int64_t)(strtod(line, &word) * 1e6 + 0.5);

	if (arrow)
		*arrow = '\0';
	word += strspn(word, " ");
	args = word + strcspn(word, " ");
	if (*args)
		*args++ = '\0';
	while (queue_machine_deadline(run->machine) <= at_us) {
		run->now_us = queue_machine_deadline(run->machine);
		queue_machine_tick(run->machine, run->now_us);
		take(run, said, sizeof(said));
	}
	run->now_us = at_us;
	if (strcmp(word, "join") == 0)
		join(run, args);
	else if (strcmp(word, "queues") == 0)
		configure(run, args);
	else if (strcmp(word, "tick") == 0)
		queue_machine_tick(run->machine, run->now_us);
	else if (!look_event(run, word, args) && !agent_event(run, word, args) &&
	         !call_event(run, word, args))
		bad(run, "no such event");
	take(run, said, sizeof(said));
	if (arrow) {
		const char *expected = arrow + 3 + strspn(arrow + 3, " ");

		if (strcmp(expected, said) != 0)
			fail_msg("%s: expected \"%s\", but \"%s\"", run->line, expected, said);
	}
}

static void scenario_run(void **state)
{
	const struct scenario *scenario = *state;
	struct run run = {.now_us = 0};
	char script[TEXT], *rest = NULL;

	assert_int_equal(queue_machine_new(decided, &run, &run.machine), ERROR_OK);
	configure(&run, scenario->queues);
	for (char name = 'a'; name <= 'z'; name++) {
		struct uuid agent = named(name);

		queue_agent_phones(run.machine, &agent, true, 0);
		queue_agent_status(run.machine, &agent, QUEUE_AGENT_AVAILABLE, 0);
	}
	take(&run, NULL, 0);
	(void)snprintf(script, sizeof(script), "%s", scenario->script);
	for (char *line = strtok_r(script, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char copy[TEXT];

		(void)snprintf(copy, sizeof(copy), "%s", line);
		run.line = line;
		run_line(&run, copy);
	}
	queue_machine_free(run.machine);
}

int scenarios_run(const char *group, const struct scenario *scenarios, size_t n)
{
	struct CMUnitTest *tests = calloc(n, sizeof(*tests));
	int failed;

	if (!tests)
		return 1;
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){.name = scenarios[i].name,
		                               .test_func = scenario_run,
		                               .initial_state = (void *)&scenarios[i]};
	failed = _cmocka_run_group_tests(group, tests, n, NULL, NULL);
	free(tests);
	return failed;
}
