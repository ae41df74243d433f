#include "queue/queue.h"
#include "unit.h"

static const struct uuid support = {{'Q'}}, sales = {{'R'}}, ann = {{'a'}}, bob = {{'b'}},
			 cy = {{'c'}};

static struct queue_machine *working(void)
{
	const struct queue_member_config members[] = {
		{ann, 1, 1},
                {bob, 1, 2}
        };
	const struct queue_config configs[] = {
		{support, QUEUE_ORDER_RING_ALL,    {.agent_ring_time = 15}, 2, members},
		{sales,   QUEUE_ORDER_ROUND_ROBIN, {.agent_ring_time = 15}, 1, members},
	};
	struct queue_machine *machine;

	assert_int_equal(queue_machine_new(NULL, NULL, &machine), ERROR_OK);
	assert_int_equal(queue_machine_configure(machine, configs, 2, 1), ERROR_OK);
	queue_agent_status(machine, &ann, QUEUE_AGENT_AVAILABLE, 1);
	queue_agent_phones(machine, &ann, true, 1);
	queue_agent_status(machine, &bob, QUEUE_AGENT_AVAILABLE, 1);
	queue_agent_status(machine, &cy, QUEUE_AGENT_AVAILABLE, 1); /* nobody here */
	return machine;
}

static void join(struct queue_machine *machine, const struct uuid *queue, uint8_t call,
                 int64_t now_us)
{
	struct uuid id = {{call}};

	assert_int_equal(queue_caller_join(machine, queue, &id, NULL, now_us), ERROR_OK);
}

static void test_figures_are_of_a_queue_or_of_all(void **state)
{
	struct queue_machine *machine = working();
	struct queue_figures figures;
	struct uuid first = {{1}};

	(void)state;
	join(machine, &support, 1, 10);
	join(machine, &support, 2, 20);
	join(machine, &sales, 3, 30);
	queue_offer_answered(machine, &first, &ann, 40);
	assert_true(queue_machine_figures(machine, &support, &figures));
	assert_int_equal(figures.waiting, 1);
	assert_int_equal(figures.connected, 1);
	assert_int_equal(figures.oldest_us, 20);
	assert_int_equal(figures.agents, 2);
	assert_int_equal(figures.available, 1);
	assert_int_equal(figures.idle, 0);
	assert_true(queue_machine_figures(machine, &sales, &figures));
	assert_int_equal(figures.agents, 1);
	assert_int_equal(figures.oldest_us, 30);
	assert_true(queue_machine_figures(machine, NULL, &figures));
	assert_int_equal(figures.waiting, 2);
	assert_int_equal(figures.connected, 1);
	assert_int_equal(figures.agents, 2);
	assert_int_equal(figures.oldest_us, 20);
	assert_false(queue_machine_figures(machine, &ann, &figures));
	queue_machine_free(machine);
}

static void test_a_place_is_counted_among_those_who_wait(void **state)
{
	struct queue_machine *machine = working();
	struct uuid calls[] = {{{1}}, {{2}}, {{3}}};

	(void)state;
	join(machine, &support, 1, 10);
	join(machine, &support, 2, 20);
	join(machine, &sales, 3, 30);
	assert_int_equal(queue_caller_position(machine, &calls[0]), 1);
	assert_int_equal(queue_caller_position(machine, &calls[1]), 2);
	assert_int_equal(queue_caller_position(machine, &calls[2]), 1);
	queue_offer_answered(machine, &calls[0], &ann, 40);
	assert_int_equal(queue_caller_position(machine, &calls[0]), 0);
	assert_int_equal(queue_caller_position(machine, &calls[1]), 1);
	assert_int_equal(queue_caller_position(machine, &ann), 0);
	queue_machine_free(machine);
}

static void test_a_call_is_in_one_queue_and_in_one_there_is(void **state)
{
	struct queue_machine *machine = working();
	struct uuid call = {{1}};

	(void)state;
	assert_int_equal(queue_caller_join(machine, &ann, &call, NULL, 5), ERROR_NOT_FOUND);
	join(machine, &support, 1, 10);
	assert_int_equal(queue_caller_join(machine, &sales, &call, NULL, 11), ERROR_CONFLICT);
	queue_offer_answered(machine, &call, &ann, 12);
	assert_int_equal(queue_caller_join(machine, &sales, &call, NULL, 13), ERROR_CONFLICT);
	queue_call_ended(machine, &call, 14);
	join(machine, &sales, 1, 15);
	assert_null(queue_machine_check(machine));
	queue_machine_free(machine);
}

static void test_a_command_names_the_queue_the_call_and_the_agent(void **state)
{
	struct queue_machine *machine = working();
	struct queue_command command;
	struct uuid call = {{1}};

	(void)state;
	while (queue_command_next(machine, &command))
		continue;
	join(machine, &support, 1, 10);
	assert_true(queue_command_next(machine, &command));
	assert_int_equal(command.kind, QUEUE_OFFER);
	assert_true(uuid_equal(&command.queue, &support));
	assert_true(uuid_equal(&command.call, &call));
	assert_true(uuid_equal(&command.agent, &ann));
	assert_int_equal(command.ring_us, 15000000);
	assert_true(queue_command_next(machine, &command));
	assert_int_equal(command.kind, QUEUE_STATE);
	assert_int_equal(command.state, QUEUE_STATE_RINGING);
	assert_true(uuid_equal(&command.queue, &support));
	assert_false(queue_command_next(machine, &command));
	queue_machine_free(machine);
}

static void test_every_decision_and_verdict_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < QUEUE_VERDICT_COUNT; i++) {
		assert_true(strlen(queue_verdict_slug((enum queue_verdict)i)) > 0);
		assert_true(strlen(queue_verdict_text((enum queue_verdict)i)) > 0);
	}
	for (int i = 0; i < QUEUE_DECISION_COUNT; i++) {
		assert_true(strlen(queue_decision_slug((enum queue_decision_kind)i)) > 0);
		assert_true(strlen(queue_decision_text((enum queue_decision_kind)i)) > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures_are_of_a_queue_or_of_all),
		cmocka_unit_test(test_a_place_is_counted_among_those_who_wait),
		cmocka_unit_test(test_a_call_is_in_one_queue_and_in_one_there_is),
		cmocka_unit_test(test_a_command_names_the_queue_the_call_and_the_agent),
		cmocka_unit_test(test_every_decision_and_verdict_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
