#include "audio/record_mix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A block: 6 dB come back in a quarter of a second. */
static const float recovery = 0.02F;

static float least(float a, float b)
{
	return a < b ? a : b;
}

static size_t interleave(const struct record_mix *mix, const int16_t *one, const int16_t *two,
                         int16_t *out)
{
	for (size_t i = 0; i < mix->block; i++) {
		out[2 * i] = one[i];
		out[2 * i + 1] = two[i];
	}
	return mix->block;
}

/* The gain goes in a straight line to `to`: neither end of it is over the limit. */
static void put_out(const struct record_mix *mix, float to, int16_t *out)
{
	const float step = (to - mix->gain) / (float)mix->block;
	float gain = mix->gain;

	for (size_t i = 0; i < mix->block; i++) {
		const float sample = (float)mix->waiting[i] * gain;

		out[i] = (int16_t)lrintf(fmaxf(fminf(sample, INT16_MAX), INT16_MIN));
		gain += step;
	}
}

size_t record_mix_add(struct record_mix *mix, const int16_t *one, const int16_t *two,
                      int16_t out[static 2 * RECORD_BLOCK_MAX])
{
	int32_t sums[RECORD_BLOCK_MAX];
	int32_t peak = 0;
	size_t made = 0;

	if (mix->stereo)
		return interleave(mix, one, two, out);
	for (size_t i = 0; i < mix->block; i++) {
		sums[i] = one[i] + two[i];
		if (abs(sums[i]) > peak)
			peak = abs(sums[i]);
	}
	const float limit = peak > INT16_MAX ? (float)INT16_MAX / (float)peak : 1;
	float gain = limit;

	if (mix->any) {
		gain = least(least(mix->limit, limit), mix->gain + recovery);
		put_out(mix, gain, out);
		made = mix->block;
	}
	mix->any = true;
	mix->gain = gain;
	mix->limit = limit;
	memcpy(mix->waiting, sums, mix->block * sizeof(*sums));
	return made;
}

size_t record_mix_end(struct record_mix *mix, int16_t out[static 2 * RECORD_BLOCK_MAX])
{
	if (!mix->any)
		return 0;
	put_out(mix, mix->gain, out);
	mix->any = false;
	return mix->block;
}
