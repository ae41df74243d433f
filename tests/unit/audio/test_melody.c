/* What can be said of music without ears. */
#include <math.h>

#include "audio/melody.h"
#include "base/base.h"
#include "unit.h"

static int16_t *whole(unsigned rate, size_t *ret_n)
{
	const size_t n = audio_melody_length(rate);
	int16_t *samples = malloc(n * sizeof(*samples));

	assert_non_null(samples);
	audio_melody_render(rate, 0, samples, n);
	*ret_n = n;
	return samples;
}

static double level_db(const int16_t *samples, size_t n)
{
	double power = 0;

	for (size_t i = 0; i < n; i++)
		power += (double)samples[i] * samples[i];
	return 10 * log10(power / (double)n / 32767 / 32767);
}

static void it_is_gentle_and_never_stops(void **state)
{
	static const unsigned rates[] = {8000, 16000, 48000};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		size_t n;
		int16_t *samples = whole(rates[i], &n);
		int most = 0;

		assert_in_range(n / rates[i], 30, 60);
		assert_true(fabs(level_db(samples, n) + 21) < 1.5);
		for (size_t k = 0; k < n; k++)
			most = abs(samples[k]) > most ? abs(samples[k]) : most;
		assert_in_range(most, 3000, 16384);
		/* Each second of it is heard. */
		for (size_t k = 0; k + rates[i] <= n; k += rates[i])
			assert_true(level_db(samples + k, rates[i]) > -30);
		free(samples);
	}
}

static void its_end_leads_into_its_beginning(void **state)
{
	int16_t around[16];
	size_t n;
	int16_t *samples = whole(16000, &n);
	int largest = 0;

	(void)state;
	for (size_t i = 1; i < n; i++) {
		const int step = abs(samples[i] - samples[i - 1]);

		largest = step > largest ? step : largest;
	}
	assert_true(abs(samples[0] - samples[n - 1]) <= largest);
	audio_melody_render(16000, n - 8, around, 16);
	assert_memory_equal(around, samples + n - 8, 8 * sizeof(*samples));
	assert_memory_equal(around + 8, samples, 8 * sizeof(*samples));
	/* It sounds on: no pause for breath. */
	assert_true(level_db(samples, 1600) > -40);
	assert_true(level_db(samples + n - 1600, 1600) > -40);
	free(samples);
}

static void any_part_is_as_in_the_whole(void **state)
{
	size_t n;
	int16_t *samples = whole(8000, &n), part[401];

	(void)state;
	for (size_t from = 0; from + COUNT_OF(part) < n; from += 7919) {
		audio_melody_render(8000, from, part, COUNT_OF(part));
		assert_memory_equal(part, samples + from, sizeof(part));
	}
	free(samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_gentle_and_never_stops),
		cmocka_unit_test(its_end_leads_into_its_beginning),
		cmocka_unit_test(any_part_is_as_in_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
