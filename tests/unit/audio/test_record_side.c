/* Tables of packets, and the sound that they are. */
#include <math.h>

#include "audio/record_side.h"
#include "base/base.h"
#include "heard.h"
#include "oom.h"
#include "unit.h"

enum { RATE = 8000, FRAME = 160, MOST = 12, END = -1, EVENT = -2 };

/* A packet of 20 ms whose samples are all `level` (END: no more; EVENT: no sound). */
struct sent {
	int arrived_ms;
	uint16_t sequence;
	uint32_t timestamp;
	int level; /* 1..9 */
	uint32_t ssrc;
};

/* From here on (ms) the sound is this. */
struct heard {
	int from_ms, level;
};

struct row {
	const char *name;
	struct sent sent[MOST];
	struct heard heard[MOST]; /* the first is at 0 */
};

#define NO_MORE                                                                                    \
	{                                                                                          \
		0, 0, 0, END                                                                       \
	}

/* clang-format off */
static const struct row rows[] = {
	{"packets stand one after the other, from where the first arrived",
	 {{40, 7, 1000, 1}, {60, 8, 1160, 2}, {80, 9, 1320, 3}, NO_MORE},
	 {{0, 0}, {40, 1}, {60, 2}, {80, 3}, {100, 0}}},
	{"jitter of the network does not move them",
	 {{40, 7, 1000, 1}, {95, 8, 1160, 2}, {96, 9, 1320, 3}, NO_MORE},
	 {{0, 0}, {40, 1}, {60, 2}, {80, 3}, {100, 0}}},
	{"one that is lost is silence in its place",
	 {{40, 7, 1000, 1}, {80, 9, 1320, 3}, {100, 10, 1480, 4}, NO_MORE},
	 {{0, 0}, {40, 1}, {60, 0}, {80, 3}, {100, 4}, {120, 0}}},
	{"one that was overtaken stands in its place",
	 {{40, 7, 1000, 1}, {80, 9, 1320, 3}, {82, 8, 1160, 2}, {100, 10, 1480, 4}, NO_MORE},
	 {{0, 0}, {40, 1}, {60, 2}, {80, 3}, {100, 4}, {120, 0}}},
	{"a duplicate is dropped, also of one that waits",
	 {{40, 7, 1000, 1}, {41, 7, 1000, 9}, {80, 9, 1320, 3}, {81, 9, 1320, 9}, {82, 8, 1160, 2}, NO_MORE},
	 {{0, 0}, {40, 1}, {60, 2}, {80, 3}, {100, 0}}},
	{"sequence numbers and timestamps turn over",
	 {{0, 65535, 0xffffff60, 1}, {20, 0, 0, 2}, {40, 1, 160, 3}, NO_MORE},
	 {{0, 1}, {20, 2}, {40, 3}, {60, 0}}},
	{"another source begins where it arrives",
	 {{0, 7, 1000, 1, 1}, {20, 8, 1160, 2, 1}, {100, 5000, 77, 3, 2}, {120, 5001, 237, 4, 2}, NO_MORE},
	 {{0, 1}, {20, 2}, {40, 0}, {100, 3}, {120, 4}, {140, 0}}},
	{"a pause of the phone (DTX) is silence",
	 {{0, 7, 1000, 1}, {200, 8, 2600, 2}, NO_MORE},
	 {{0, 1}, {20, 0}, {200, 2}, {220, 0}}},
	{"a timestamp that jumps far ahead is not followed",
	 {{0, 7, 1000, 1}, {20, 8, 900000, 2}, {40, 9, 900160, 3}, NO_MORE},
	 {{0, 1}, {20, 2}, {40, 3}, {60, 0}}},
	{"a timestamp that jumps back is not followed",
	 {{0, 7, 900000, 1}, {20, 8, 1000, 2}, {40, 9, 1160, 3}, NO_MORE},
	 {{0, 1}, {20, 2}, {40, 3}, {60, 0}}},
	{"sequence numbers that jump begin anew",
	 {{0, 7, 1000, 1}, {20, 40000, 1160, 2}, {40, 40001, 1320, 3}, NO_MORE},
	 {{0, 1}, {20, 2}, {40, 3}, {60, 0}}},
	{"a phone that begins anew with older numbers is heard after a few",
	 {{0, 500, 1000, 1}, {20, 100, 50, 2}, {40, 101, 210, 3}, {60, 102, 370, 4}, {80, 103, 530, 5},
	  {100, 104, 690, 6}, NO_MORE},
	 {{0, 1}, {20, 0}, {80, 5}, {100, 6}, {120, 0}}},
	{"a telephone-event is no sound, and nothing waits for its number",
	 {{0, 7, 1000, 1}, {20, 8, 1160, EVENT}, {40, 9, 1160, EVENT}, {60, 10, 1480, 4}, NO_MORE},
	 {{0, 1}, {20, 0}, {60, 4}, {80, 0}}},
	{"a burst after the network stood still keeps its places",
	 {{0, 7, 1000, 1}, {300, 8, 1160, 2}, {300, 9, 1320, 3}, {300, 10, 1480, 4}, NO_MORE},
	 {{0, 1}, {20, 2}, {40, 3}, {60, 4}, {80, 0}}},
};
/* clang-format on */

static uint8_t byte_of(int level)
{
	return (uint8_t)(0x80 + level * 8); /* of PCMU: each another */
}

static int16_t sample_of(int level)
{
	const uint8_t byte = byte_of(level);
	int16_t samples[AUDIO_SAMPLES_MAX];
	struct audio_decoder *decoder;

	if (level == 0)
		return 0;
	assert_int_equal(audio_decoder_new(AUDIO_PCMU, &decoder), ERROR_OK);
	assert_int_equal(audio_decode(decoder, &byte, 1, samples), 1);
	audio_decoder_free(decoder);
	return samples[0];
}

static void put(struct record_side *side, const struct sent *sent)
{
	uint8_t payload[FRAME];
	const struct record_packet packet = {
		.arrived_us = sent->arrived_ms * 1000LL,
		.ssrc = sent->ssrc,
		.timestamp = sent->timestamp,
		.sequence = sent->sequence,
		.codec = sent->level == EVENT ? RECORD_NO_SOUND : AUDIO_PCMU,
		.payload = payload,
		.n = sizeof(payload),
	};

	memset(payload, byte_of(sent->level), sizeof(payload));
	record_side_put(side, &packet);
}

static void a_row_is_heard_as_it_says(const struct row *row)
{
	struct record_side *side;
	int16_t samples[RATE / 2];
	size_t at = 0;

	assert_int_equal(record_side_new(RATE, &side), ERROR_OK);
	for (const struct sent *sent = row->sent; sent->level != END; sent++)
		put(side, sent);
	record_side_flush(side);
	record_side_take(side, samples, COUNT_OF(samples));
	for (int i = 0; i < (int)COUNT_OF(samples); i++) {
		const int ms = i / 8;

		while (at + 1 < MOST && row->heard[at + 1].from_ms > 0 &&
		       row->heard[at + 1].from_ms <= ms)
			at++;
		if (samples[i] != sample_of(row->heard[at].level))
			fail_msg("%s: sample %d (%d ms) is %d, not level %d", row->name, i, ms,
			         samples[i], row->heard[at].level);
	}
	record_side_free(side);
}

static void packets_become_the_sound_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		a_row_is_heard_as_it_says(&rows[i]);
}

static void one_that_never_comes_is_waited_for_a_moment_only(void **state)
{
	const struct sent sent[] = {
		{0,  7, 1000, 1},
                {40, 9, 1320, 3}
        };
	struct record_side *side;
	int16_t samples[FRAME * 4];

	(void)state;
	assert_int_equal(record_side_new(RATE, &side), ERROR_OK);
	put(side, &sent[0]);
	put(side, &sent[1]);
	record_side_tick(side, (40 + RECORD_REORDER_MS) * 1000LL + 1);
	record_side_take(side, samples, COUNT_OF(samples));
	assert_int_equal(samples[0], sample_of(1));
	assert_int_equal(samples[FRAME], 0);
	assert_int_equal(samples[2 * FRAME], sample_of(3));
	record_side_free(side);
}

static void what_comes_after_its_place_was_written_is_counted(void **state)
{
	const struct sent sent[] = {
		{0,   7, 1000, 1},
                {400, 8, 1160, 2}
        };
	struct record_side_counts counts;
	struct record_side *side;
	int16_t samples[FRAME * 4];

	(void)state;
	assert_int_equal(record_side_new(RATE, &side), ERROR_OK);
	put(side, &sent[0]);
	record_side_take(side, samples, COUNT_OF(samples));
	put(side, &sent[1]);
	record_side_counts(side, &counts);
	assert_int_equal(counts.packets, 2);
	assert_int_equal(counts.late, 1);
	record_side_take(side, samples, COUNT_OF(samples));
	for (size_t i = 0; i < COUNT_OF(samples); i++)
		assert_int_equal(samples[i], 0);
	record_side_free(side);
}

/* A tone of 5 s by a phone whose clock is off by so many millionths; what the file has of it. */
static void speak(enum audio_codec codec, unsigned rate, int off, int16_t *samples, size_t n)
{
	const struct audio_codec_facts *facts = audio_codec_facts(codec);
	const size_t frame = facts->rate / 50, step = rate / 50;
	struct audio_encoder *encoder;
	struct record_side *side;
	size_t taken = 0;

	assert_int_equal(audio_encoder_new(codec, &encoder), ERROR_OK);
	assert_int_equal(record_side_new(rate, &side), ERROR_OK);
	for (size_t i = 0; i < n / step; i++) {
		int16_t pcm[960];
		uint8_t payload[AUDIO_PAYLOAD_MAX];
		struct record_packet packet = {
			.arrived_us = (int64_t)i * (20000 + off / 50),
			.timestamp = (uint32_t)i * facts->clock / 50,
			.sequence = (uint16_t)i,
			.codec = codec,
			.payload = payload,
		};

		for (size_t k = 0; k < frame; k++)
			pcm[k] = (int16_t)lrint(10000 * sin(2 * M_PI * 440 *
			                                    (double)(i * frame + k) / facts->rate));
		packet.n = audio_encode(encoder, pcm, payload);
		record_side_put(side, &packet);
		if (i >= 25) {
			record_side_take(side, samples + taken, step);
			taken += step;
		}
	}
	record_side_flush(side);
	while (taken < n / step * step) {
		record_side_take(side, samples + taken, step);
		taken += step;
	}
	record_side_free(side);
	audio_encoder_free(encoder);
}

static void every_codec_is_a_clean_tone_at_either_rate(void **state)
{
	static const unsigned rates[] = {8000, 16000};

	(void)state;
	for (int codec = 0; codec < AUDIO_CODEC_COUNT; codec++) {
		for (size_t i = 0; i < COUNT_OF(rates); i++) {
			const size_t n = rates[i] * 5;
			int16_t *samples = calloc(n, sizeof(*samples));

			speak((enum audio_codec)codec, rates[i], 0, samples, n);
			for (size_t at = n / 10; at + n / 10 <= n * 9 / 10; at += n / 10) {
				const double is = strength(samples + at, n / 10, rates[i], 440);

				if (is < 0.97)
					fail_msg("codec %d at %u Hz: %.3f at %zu", codec, rates[i],
					         is, at);
			}
			free(samples);
		}
	}
}

/* 1000 millionths are 60 ms in a minute, more than any phone is off; unfollowed, its sound would
 * end up half a second early or late, where it is torn. */
static void a_clock_at_another_speed_is_followed(void **state)
{
	static const int offs[] = {-1000, 1000};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(offs); i++) {
		const size_t n = RATE * 60;
		int16_t *samples = calloc(n, sizeof(*samples));
		size_t silent = 0, run = 0;

		speak(AUDIO_PCMA, RATE, offs[i], samples, n);
		for (size_t at = RATE; at < n * 99 / 100; at++) {
			run = abs(samples[at]) < 50 ? run + 1 : 0;
			silent = run > silent ? run : silent;
		}
		assert_true(silent < 8);
		for (size_t at = RATE; at + RATE <= n * 99 / 100; at += RATE)
			assert_true(strength(samples + at, RATE / 10, RATE, 440) > 0.9);
		free(samples);
	}
}

/* Packets that overtook others, and codecs that need another rate. */
static enum error_code hear(void *arg)
{
	static const struct sent sent[] = {
		{0,  7, 1000, 1},
                {40, 9, 1320, 3},
                {42, 8, 1160, 2}
        };
	struct record_side *side;
	enum error_code code = record_side_new(2 * RATE, &side);

	(void)arg;
	if (code)
		return code;
	for (size_t i = 0; i < COUNT_OF(sent); i++)
		put(side, &sent[i]);
	record_side_free(side);
	return ERROR_OK;
}

static void without_memory_packets_are_missing_and_nothing_else(void **state)
{
	(void)state;
	oom_check_any(hear, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_become_the_sound_they_are),
		cmocka_unit_test(one_that_never_comes_is_waited_for_a_moment_only),
		cmocka_unit_test(what_comes_after_its_place_was_written_is_counted),
		cmocka_unit_test(every_codec_is_a_clean_tone_at_either_rate),
		cmocka_unit_test(a_clock_at_another_speed_is_followed),
		cmocka_unit_test(without_memory_packets_are_missing_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
