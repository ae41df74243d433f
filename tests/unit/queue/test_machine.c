#include "queue/queue.h"
#include "unit.h"

static void test_first_answer_has_the_caller(void **state)
{
	struct uuid a = {{1}}, b = {{2}}, q = {{3}}, call = {{4}}, call2 = {{5}};
	struct queue_member_config members[] = {
		{a, 1, 1},
                {b, 1, 2}
        };
	struct queue_config config = {
		q, QUEUE_ORDER_RING_ALL, {.wrap_up_time = 10, .agent_ring_time = 15},
                  2, members
        };
	struct queue_machine *machine;
	struct queue_command command;

	(void)state;
	assert_int_equal(queue_machine_new(NULL, NULL, &machine), ERROR_OK);
	assert_int_equal(queue_machine_configure(machine, &config, 1, 0), ERROR_OK);
	queue_agent_status(machine, &a, QUEUE_AGENT_AVAILABLE, 0);
	queue_agent_status(machine, &b, QUEUE_AGENT_AVAILABLE, 0);
	queue_agent_phones(machine, &a, true, 0);
	queue_agent_phones(machine, &b, true, 0);
	assert_int_equal(queue_caller_join(machine, &q, &call, NULL, 1), ERROR_OK);
	assert_int_equal(queue_caller_join(machine, &q, &call2, NULL, 2), ERROR_OK);
	assert_null(queue_machine_check(machine));
	queue_offer_answered(machine, &call, &a, 3);
	queue_offer_answered(machine, &call, &b, 3);
	assert_null(queue_machine_check(machine));
	queue_machine_tick(machine, queue_machine_deadline(machine));
	assert_null(queue_machine_check(machine));
	while (queue_command_next(machine, &command))
		print_message("# %d call %d agent %d state %d\n", command.kind,
		              command.call.bytes[0], command.agent.bytes[0], command.state);
	queue_call_ended(machine, &call, 1000000);
	assert_null(queue_machine_check(machine));
	assert_int_equal(queue_machine_configure(machine, NULL, 0, 0), ERROR_OK);
	assert_null(queue_machine_check(machine));
	while (queue_command_next(machine, &command))
		print_message("# %d call %d agent %d state %d\n", command.kind,
		              command.call.bytes[0], command.agent.bytes[0], command.state);
	queue_machine_free(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_answer_has_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
