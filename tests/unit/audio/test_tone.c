#include <math.h>

#include "audio/tone.h"
#include "base/base.h"
#include "heard.h"
#include "unit.h"

static int loudest(const int16_t *samples, size_t n)
{
	int most = 0;

	for (size_t i = 0; i < n; i++)
		most = abs(samples[i]) > most ? abs(samples[i]) : most;
	return most;
}

static void ringback_rings_and_pauses(void **state)
{
	static const unsigned rates[] = {8000, 16000, 48000};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		const unsigned rate = rates[i];
		int16_t *samples = calloc(rate * 5, sizeof(*samples));

		assert_int_equal(audio_tone_length(TONE_RINGBACK, rate), rate * 5);
		audio_tone_render(TONE_RINGBACK, rate, 0, samples, rate * 5);
		assert_true(strength(samples, rate, rate, 425) > 0.95);
		assert_in_range(loudest(samples, rate), 6000, 7000);
		assert_int_equal(loudest(samples + rate, rate * 4), 0);
		free(samples);
	}
}

static void each_tells_another_thing(void **state)
{
	static int16_t sounds[TONE_COUNT][8000 * 5];

	(void)state;
	for (int i = 0; i < TONE_COUNT; i++) {
		const size_t n = audio_tone_length((enum audio_tone)i, 8000);

		assert_true(n > 0 && n <= COUNT_OF(sounds[i]));
		assert_true(strlen(audio_tone_slug((enum audio_tone)i)) > 0);
		audio_tone_render((enum audio_tone)i, 8000, 0, sounds[i], n);
		assert_true(loudest(sounds[i], n) > 5000);
		/* No click at its beginning and end. */
		assert_in_range(abs(sounds[i][0]), 0, 300);
		assert_in_range(abs(sounds[i][n - 1]), 0, 300);
		for (int k = 0; k < i; k++)
			assert_memory_not_equal(sounds[i], sounds[k], sizeof(sounds[i]));
	}
	/* From high to low and from low to high. */
	assert_true(strength(sounds[TONE_DONE] + 1800, 1000, 8000, 523) > 0.9);
	assert_true(strength(sounds[TONE_UNDONE] + 1800, 1000, 8000, 784) > 0.9);
	assert_true(strength(sounds[TONE_RECORDED] + 800, 3200, 8000, 1400) > 0.9);
}

static void any_part_is_as_in_the_whole(void **state)
{
	static int16_t samples[16000];
	const size_t n = audio_tone_length(TONE_REFUSED, 8000);
	int16_t part[160];

	(void)state;
	audio_tone_render(TONE_REFUSED, 8000, 0, samples, COUNT_OF(samples));
	for (size_t from = 0; from + COUNT_OF(part) < COUNT_OF(samples); from += 97) {
		audio_tone_render(TONE_REFUSED, 8000, from, part, COUNT_OF(part));
		assert_memory_equal(part, samples + from, sizeof(part));
	}
	assert_int_equal(loudest(samples + n, COUNT_OF(samples) - n), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ringback_rings_and_pauses),
		cmocka_unit_test(each_tells_another_thing),
		cmocka_unit_test(any_part_is_as_in_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
