/* Without memory: nothing happens by half, and nothing said is lost. */
#include "oom.h"
#include "queue/queue.h"
#include "unit.h"

enum { AGENTS = 40, CALLS = 60 };

static struct uuid id(uint8_t kind, int number)
{
	return (struct uuid){
		{kind, (uint8_t)number}
        };
}

static const struct uuid queue_id = {{1}};

static void config(struct queue_config *ret_config, struct queue_member_config *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		members[i] = (struct queue_member_config){id(2, (int)i), 1 + (unsigned)i / 10, 1};
	*ret_config = (struct queue_config){
		.id = queue_id,
		.order = QUEUE_ORDER_RING_ALL,
		.rules = {.agent_ring_time = 15, .wrap_up_time = 5},
		.n_members = n,
		.members = members,
	};
}

static void decided(const struct queue_decision *decision, void *arg)
{
	size_t *n = arg;

	*n += decision->n_considered;
}

static void all_available(struct queue_machine *machine)
{
	for (int i = 0; i < AGENTS; i++) {
		struct uuid agent = id(2, i);

		queue_agent_phones(machine, &agent, true, 1);
		queue_agent_status(machine, &agent, QUEUE_AGENT_AVAILABLE, 1);
	}
}

static size_t take(struct queue_machine *machine, enum queue_command_kind kind)
{
	struct queue_command command;
	size_t n = 0;

	while (queue_command_next(machine, &command))
		n += command.kind == kind;
	return n;
}

/* From nothing to callers who wait, each step refused memory once. */
static enum error_code run(void *arg)
{
	struct queue_machine *machine = NULL;
	struct queue_member_config members[AGENTS];
	struct queue_config configs[2];
	size_t considered = 0;
	enum error_code code;

	(void)arg;
	config(&configs[0], members, AGENTS);
	configs[1] = configs[0];
	configs[1].id.bytes[5] = 1;
	code = queue_machine_new(decided, &considered, &machine);
	if (code != ERROR_OK)
		return code;
	code = queue_machine_configure(machine, configs, 2, 1);
	all_available(machine);
	for (int i = 0; code == ERROR_OK && i < CALLS; i++) {
		struct uuid call = id(3, i);

		code = queue_caller_join(machine, &queue_id, &call, NULL, 1);
	}
	(void)take(machine, QUEUE_OFFER);
	if (code == ERROR_OK)
		code = queue_machine_configure(machine, configs, 1, 2);
	if (queue_machine_check(machine))
		code = ERROR_INTERNAL;
	queue_machine_free(machine);
	return code;
}

static void test_without_memory_it_says_so_and_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_true(oom_check(run, NULL) > AGENTS + CALLS);
}

/* The machine as it is to be, with two callers, all agents ringing for the first. */
static struct queue_machine *working(void)
{
	struct queue_machine *machine;
	struct queue_member_config members[AGENTS];
	struct queue_config one;
	struct uuid calls[] = {id(3, 1), id(3, 2)};

	config(&one, members, AGENTS);
	assert_int_equal(queue_machine_new(NULL, NULL, &machine), ERROR_OK);
	assert_int_equal(queue_machine_configure(machine, &one, 1, 1), ERROR_OK);
	all_available(machine);
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		assert_int_equal(queue_caller_join(machine, &queue_id, &calls[i], NULL, 1),
		                 ERROR_OK);
	return machine;
}

static void test_a_configuration_there_is_no_memory_for_changes_nothing(void **state)
{
	struct queue_machine *machine = working();
	struct queue_member_config members[AGENTS];
	struct queue_config configs[2];
	struct uuid call = id(3, 1), agent = id(2, 0);
	enum error_code code = ERROR_MEMORY;

	(void)state;
	config(&configs[0], members, 5);
	config(&configs[1], members, AGENTS);
	configs[0].id = id(1, 7); /* the old queue would be gone, and its callers */
	members[7].agent = id(2, 200);
	assert_int_equal(take(machine, QUEUE_OFFER), AGENTS);
	for (size_t allowed = 0; code != ERROR_OK; allowed++) {
		struct queue_figures figures;

		oom_start(allowed);
		code = queue_machine_configure(machine, configs, 2, 2);
		oom_stop(NULL);
		assert_null(queue_machine_check(machine));
		assert_true(queue_machine_figures(machine, &queue_id, &figures));
		assert_int_equal(figures.waiting, 2);
		assert_int_equal(figures.agents, AGENTS);
		if (code == ERROR_OK)
			break;
		assert_int_equal(take(machine, QUEUE_OFFER), 0);
		assert_false(queue_machine_figures(machine, &configs[0].id, &figures));
	}
	queue_offer_answered(machine, &call, &agent, 3);
	assert_int_equal(take(machine, QUEUE_CONNECT), 1);
	queue_machine_free(machine);
}

static void test_events_need_no_memory_when_commands_are_taken(void **state)
{
	struct queue_machine *machine = working();

	(void)state;
	(void)take(machine, QUEUE_OFFER);
	oom_start(0);
	for (int i = 0; i < 200; i++) {
		struct uuid call = id(3, 1 + i % 2), agent = id(2, i % AGENTS);
		int64_t now_us = queue_machine_deadline(machine);

		queue_offer_failed(machine, &call, &agent, QUEUE_OFFER_BUSY, 1);
		(void)take(machine, QUEUE_OFFER);
		queue_machine_tick(machine, now_us);
		(void)take(machine, QUEUE_OFFER);
	}
	oom_stop(NULL);
	assert_null(queue_machine_check(machine));
	queue_machine_free(machine);
}

/* Nobody takes commands and there is no memory for more: events wait, and come to their right. */
static void test_events_without_room_are_put_off_to_a_later_tick(void **state)
{
	struct queue_machine *machine = working();
	struct uuid calls[] = {id(3, 1), id(3, 2)};
	int64_t now_us = 2;
	size_t refused = 0, withdrawn;

	(void)state;
	oom_start(0);
	/* On break and back, again and again: an offer and its end each time. */
	for (int i = 0; i < 10; i++)
		for (int j = 0; j < 4; j++) {
			struct uuid agent = id(2, j);

			queue_agent_status(machine, &agent, QUEUE_AGENT_ON_BREAK, now_us);
			queue_agent_status(machine, &agent, QUEUE_AGENT_AVAILABLE, now_us);
		}
	assert_int_equal(queue_caller_join(machine, &queue_id, &(struct uuid){{9}}, NULL, now_us),
	                 ERROR_MEMORY);
	queue_caller_left(machine, &calls[0], now_us);
	queue_caller_left(machine, &calls[1], now_us);
	assert_true(queue_machine_deadline(machine) < now_us + 1000000);
	oom_stop(&refused);
	assert_true(refused > 0);
	queue_machine_tick(machine, queue_machine_deadline(machine));
	assert_null(queue_machine_check(machine));
	withdrawn = take(machine, QUEUE_WITHDRAW);
	assert_true(withdrawn >= AGENTS);
	assert_int_equal(queue_caller_position(machine, &calls[0]), 0);
	assert_int_equal(queue_caller_position(machine, &calls[1]), 0);
	queue_machine_free(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_memory_it_says_so_and_leaves_nothing_behind),
		cmocka_unit_test(test_a_configuration_there_is_no_memory_for_changes_nothing),
		cmocka_unit_test(test_events_need_no_memory_when_commands_are_taken),
		cmocka_unit_test(test_events_without_room_are_put_off_to_a_later_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
