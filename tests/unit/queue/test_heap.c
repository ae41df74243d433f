#include "queue/heap.h"
#include "unit.h"

enum { NODES = 500 };

static uint64_t next_random(uint64_t *random)
{
	*random = *random * 6364136223846793005U + 1442695040888963407U;
	return *random >> 33;
}

static void test_what_is_first_comes_first_whatever_was_moved_and_removed(void **state)
{
	struct heap heap = {NULL};
	struct heap_node nodes[NODES] = {0};
	uint64_t random = 1;
	size_t left = 0;
	int64_t last_key = -1;
	uint64_t last_tie = 0;

	(void)state;
	for (int i = 0; i < 20 * NODES; i++) {
		struct heap_node *node = &nodes[next_random(&random) % NODES];

		if (next_random(&random) % 3 == 0)
			heap_remove(&heap, node);
		else
			heap_move(&heap, node, (int64_t)(next_random(&random) % 50),
			          (uint64_t)(node - nodes));
	}
	for (size_t i = 0; i < NODES; i++)
		left += nodes[i].in;
	assert_true(left > 0);
	while (heap.root) {
		struct heap_node *first = heap.root;

		assert_true(first->key > last_key ||
		            (first->key == last_key && first->tie > last_tie));
		last_key = first->key;
		last_tie = first->tie;
		heap_remove(&heap, first);
		assert_false(first->in);
		left--;
	}
	assert_int_equal(left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_first_comes_first_whatever_was_moved_and_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
