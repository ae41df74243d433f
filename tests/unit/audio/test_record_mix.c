#include <math.h>
#include <stdlib.h>

#include "audio/record_mix.h"
#include "base/base.h"
#include "unit.h"

enum { BLOCK = 80, BLOCKS = 100, N = BLOCK * BLOCKS };

/* Both mixed: N frames of one. */
static void mix_all(const int16_t *one, const int16_t *two, int16_t out[static N])
{
	struct record_mix mix = {.block = BLOCK};
	size_t n = 0;

	for (size_t i = 0; i < BLOCKS; i++) {
		int16_t block[2 * RECORD_BLOCK_MAX];
		const size_t made = record_mix_add(&mix, one + i * BLOCK, two + i * BLOCK, block);

		memcpy(out + n, block, made * sizeof(*out));
		n += made;
	}
	int16_t block[2 * RECORD_BLOCK_MAX];
	const size_t made = record_mix_end(&mix, block);

	memcpy(out + n, block, made * sizeof(*out));
	assert_int_equal(n + made, N);
	assert_int_equal(record_mix_end(&mix, block), 0);
}

static void tone(int16_t samples[static N], double hz, double level, size_t from, size_t to)
{
	for (size_t i = 0; i < N; i++)
		samples[i] =
			i < from || i >= to
				? 0
				: (int16_t)lrint(level * sin(2 * M_PI * hz * (double)i / 8000));
}

static void one_who_speaks_alone_stays_as_he_is(void **state)
{
	int16_t one[N], two[N], out[N];

	(void)state;
	tone(one, 440, 32767, 0, N);
	tone(two, 440, 0, 0, 0);
	mix_all(one, two, out);
	assert_memory_equal(out, one, sizeof(out));
	mix_all(two, one, out);
	assert_memory_equal(out, one, sizeof(out));
}

static void two_that_fit_are_added(void **state)
{
	int16_t one[N], two[N], out[N];

	(void)state;
	tone(one, 440, 12000, 0, N);
	tone(two, 1000, 12000, 0, N);
	mix_all(one, two, out);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(out[i], one[i] + two[i]);
}

/* Sample by sample the ratio to the sum changes slowly: nothing is cut off. */
static void two_that_are_too_loud_are_made_quieter_and_not_cut(void **state)
{
	int16_t one[N], two[N], out[N];
	double before = 1;
	size_t last = 0;

	(void)state;
	tone(one, 440, 32000, 0, N);
	tone(two, 1000, 32000, N / 4, N / 2);
	mix_all(one, two, out);
	for (size_t i = 0; i < N; i++) {
		const int sum = one[i] + two[i];
		const double gain = (double)out[i] / sum;

		if (abs(sum) < 8000)
			continue;
		if (fabs(gain - before) > 0.007 * (double)(i - last))
			fail_msg("the gain jumps from %.3f to %.3f at %zu", before, gain, i);
		before = gain;
		last = i;
	}
	assert_true(before > 0.99); /* and comes back */
}

static void in_stereo_the_caller_is_left(void **state)
{
	struct record_mix mix = {.block = BLOCK, .stereo = true};
	int16_t one[BLOCK], two[BLOCK], out[2 * RECORD_BLOCK_MAX];

	(void)state;
	for (int i = 0; i < BLOCK; i++) {
		one[i] = (int16_t)i;
		two[i] = (int16_t)-i;
	}
	assert_int_equal(record_mix_add(&mix, one, two, out), BLOCK);
	for (int i = 0; i < BLOCK; i++) {
		assert_int_equal(out[2 * i], i);
		assert_int_equal(out[2 * i + 1], -i);
	}
	assert_int_equal(record_mix_end(&mix, out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_who_speaks_alone_stays_as_he_is),
		cmocka_unit_test(two_that_fit_are_added),
		cmocka_unit_test(two_that_are_too_loud_are_made_quieter_and_not_cut),
		cmocka_unit_test(in_stereo_the_caller_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
