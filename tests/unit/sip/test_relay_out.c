#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "sip/relay_out.h"
#include "unit.h"

enum { MUSIC = 0x11111111, AGENT = 0x22222222 };

static void put(uint8_t *bytes, size_t n, uint32_t value)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(value >> 8 * (n - 1 - i));
}

static uint32_t get(const uint8_t *bytes, size_t n)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* One packet through; what the phone sees. */
static uint16_t sequence;
static uint32_t timestamp;
static bool marked;

static void pass(struct relay_out *out, uint32_t ssrc, unsigned seq, uint32_t at, int64_t now_ms)
{
	uint8_t bytes[12] = {0x80, 8};

	put(bytes + 2, 2, seq);
	put(bytes + 4, 4, at);
	put(bytes + 8, 4, ssrc);
	relay_out_rtp(out, bytes, now_ms * 1000);
	sequence = (uint16_t)get(bytes + 2, 2);
	timestamp = get(bytes + 4, 4);
	marked = bytes[1] & 0x80;
	assert_int_equal(get(bytes + 8, 4), out->ssrc);
	assert_int_equal(bytes[1] & 0x7f, 8);
}

static void the_first_who_speaks_is_left_alone(void **state)
{
	static const unsigned order[] = {65534, 65535, 0, 2, 1, 1, 3};
	struct relay_out out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		pass(&out, MUSIC, order[i], 1000 + order[i] * 160, (int64_t)i * 20);
		assert_int_equal(sequence, order[i]);
		assert_int_equal(timestamp, 1000 + order[i] * 160);
		assert_false(marked);
	}
	assert_int_equal(out.ssrc, MUSIC);
}

static void another_goes_on_where_the_first_ended(void **state)
{
	struct relay_out out = {0};

	(void)state;
	pass(&out, MUSIC, 100, 5000, 0);
	pass(&out, MUSIC, 101, 5160, 20);
	pass(&out, AGENT, 7, 900000, 40);
	assert_int_equal(sequence, 102);
	assert_int_equal(timestamp, 5320);
	assert_true(marked);
	pass(&out, AGENT, 9, 900320, 80); /* one is lost, as it was */
	assert_int_equal(sequence, 104);
	assert_int_equal(timestamp, 5640);
	assert_false(marked);
	pass(&out, AGENT, 8, 900160, 81);
	assert_int_equal(sequence, 103);
	/* The first again, after a second of nothing. */
	pass(&out, MUSIC, 3000, 1, 1080);
	assert_int_equal(sequence, 105);
	assert_int_equal(timestamp, 5640 + 50 * 160);
	assert_int_equal(out.ssrc, MUSIC);
}

static void time_goes_in_steps_of_the_codec(void **state)
{
	struct relay_out out = {0};

	(void)state;
	pass(&out, MUSIC, 65535, 0xffffff00, 0);
	pass(&out, MUSIC, 0, 0xffffff00 + 960, 20); /* 48 kHz; both turn over */
	pass(&out, AGENT, 500, 77, 60);
	assert_int_equal(sequence, 1);
	assert_int_equal(timestamp, 0xffffff00 + 3 * 960);
	/* Hours of nothing are not told as such. */
	pass(&out, MUSIC, 5, 5, 10000000);
	assert_int_equal(sequence, 2);
	assert_int_equal(timestamp, 0xffffff00 + 503 * 960);
}

static void reports_name_what_each_side_knows(void **state)
{
	struct relay_out out = {0}, back = {0};
	uint8_t bytes[28 + 24 + 8 + 4 + 8] = {0x81, 200, 0, 12};
	uint8_t *sdes = bytes + 52, *bye = bytes + 60;

	(void)state;
	pass(&out, MUSIC, 100, 5000, 0);
	pass(&out, AGENT, 7, 900000, 20);
	pass(&back, MUSIC, 50, 0, 0);
	pass(&back, 0x33333333, 1000, 0, 20);
	put(bytes + 4, 4, AGENT);
	put(bytes + 16, 4, 900160);
	put(bytes + 28, 4, MUSIC);      /* of the stream to the agent */
	put(bytes + 36, 4, 0x0001003c); /* the highest that came: 60, after one turn */
	memcpy(sdes, (uint8_t[]){0x81, 202, 0, 1}, 4);
	put(sdes + 4, 4, AGENT);
	memcpy(bye, (uint8_t[]){0x81, 203, 0, 1}, 4);
	put(bye + 4, 4, 0x44444444);
	relay_out_rtcp(&out, &back, bytes, 68);
	assert_int_equal(get(bytes + 4, 4), MUSIC);
	assert_int_equal(get(bytes + 16, 4), 5000 + 160 + 160);
	assert_int_equal(get(bytes + 28, 4), 0x33333333);
	assert_int_equal(get(bytes + 38, 2), 1000 + 60 - 51);
	assert_int_equal(get(sdes + 4, 4), MUSIC);
	assert_int_equal(get(bye + 4, 4), 0x44444444);
}

/* Whatever a stranger sends, nothing beyond it is touched. */
static void reports_that_are_cut_short(void **state)
{
	struct relay_out out = {0}, back = {0};

	(void)state;
	pass(&out, MUSIC, 1, 1, 0);
	pass(&back, MUSIC, 1, 1, 0);
	for (unsigned kind = 199; kind < 206; kind++) {
		for (size_t n = 0; n < 64; n++) {
			for (unsigned words = 0; words < 20; words++) {
				uint8_t *bytes = calloc(1, n ? n : 1);

				if (n >= 4) {
					bytes[0] = 0x9f;
					bytes[1] = (uint8_t)kind;
					bytes[3] = (uint8_t)words;
				}
				relay_out_rtcp(&out, &back, bytes, n);
				free(bytes);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_who_speaks_is_left_alone),
		cmocka_unit_test(another_goes_on_where_the_first_ended),
		cmocka_unit_test(time_goes_in_steps_of_the_codec),
		cmocka_unit_test(reports_name_what_each_side_knows),
		cmocka_unit_test(reports_that_are_cut_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
