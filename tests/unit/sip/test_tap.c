#include <pthread.h>
#include <stdatomic.h>

#include "sip/tap.h"
#include "unit.h"

enum { PACKETS = 200000 };

static void fill(uint8_t *bytes, size_t n, uint32_t number)
{
	memset(bytes, (int)(number & 0xff), n);
	memcpy(bytes, &number, sizeof(number));
}

static size_t length_of(uint32_t number)
{
	return 12 + number * 7 % 400;
}

static void *put_all(void *arg)
{
	struct tap *tap = arg;
	uint8_t bytes[TAP_PACKET_MAX];

	for (uint32_t number = 0; number < PACKETS; number++) {
		fill(bytes, length_of(number), number);
		tap_put(tap, number & 1, number, bytes, length_of(number));
	}
	tap_unref(tap);
	return NULL;
}

/* However fast one is against the other: what comes out is in order and whole, and what does not
 * was counted. */
static void packets_come_out_whole_and_in_order_or_are_counted(void **state)
{
	struct tap *tap = tap_new();
	uint64_t taken = 0, lost = 0;
	int64_t last = -1;
	struct tap_packet packet;
	uint8_t expected[TAP_PACKET_MAX];
	pthread_t thread;
	bool over;

	(void)state;
	assert_non_null(tap);
	assert_true(tap_is_over(tap));
	assert_int_equal(pthread_create(&thread, NULL, put_all, tap_ref(tap)), 0);
	do {
		over = tap_is_over(tap);
		while (tap_take(tap, &packet)) {
			const uint32_t number = (uint32_t)packet.arrived_us;

			assert_true(packet.arrived_us > last);
			last = packet.arrived_us;
			assert_int_equal(packet.side, number & 1);
			assert_int_equal(packet.n, length_of(number));
			fill(expected, packet.n, number);
			assert_memory_equal(packet.bytes, expected, packet.n);
			taken++;
		}
		lost += tap_lost(tap);
	} while (!over);
	pthread_join(thread, NULL);
	assert_int_equal(taken + lost, PACKETS);
	assert_true(taken > 0);
	tap_unref(tap);
}

static void a_full_ring_loses_the_new_and_keeps_the_old(void **state)
{
	struct tap *tap = tap_new();
	uint8_t bytes[1000];
	struct tap_packet packet;
	uint64_t n = 0;

	(void)state;
	for (uint32_t number = 0; number < 1000; number++) {
		fill(bytes, sizeof(bytes), number);
		tap_put(tap, 0, number, bytes, sizeof(bytes));
	}
	while (tap_take(tap, &packet))
		assert_int_equal(packet.arrived_us, n++);
	assert_in_range(n, 100, TAP_RING / 1000);
	assert_int_equal(tap_lost(tap), 1000 - n);
	assert_int_equal(tap_lost(tap), 0);
	tap_unref(tap);
}

static void a_closed_tap_takes_nothing(void **state)
{
	struct tap *tap = tap_new();
	struct tap_packet packet;
	uint8_t bytes[12] = {0};

	(void)state;
	tap_ref(tap);
	assert_false(tap_is_over(tap));
	tap_put(tap, 1, 5, bytes, sizeof(bytes));
	tap_close(tap);
	assert_true(tap_is_over(tap));
	tap_put(tap, 1, 6, bytes, sizeof(bytes));
	assert_true(tap_take(tap, &packet));
	assert_int_equal(packet.arrived_us, 5);
	assert_false(tap_take(tap, &packet));
	assert_int_equal(tap_lost(tap), 0);
	tap_unref(tap);
	tap_unref(tap);
	tap_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_come_out_whole_and_in_order_or_are_counted),
		cmocka_unit_test(a_full_ring_loses_the_new_and_keeps_the_old),
		cmocka_unit_test(a_closed_tap_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
