#include "audio/tone.h"

#include <math.h>

#include "base/base.h"

enum { BEEPS_MAX = 8, RAMP_MS = 8 /* a tone that begins at once clicks */ };

/* -14 dBFS: over speech, under what hurts in an ear-piece. */
static const double amplitude = 0.2;

/* A tone and the pause before the next; hz 0: none follows. */
struct beep {
	unsigned hz, on_ms, off_ms;
};

/* clang-format off */
static const struct beep tones[TONE_COUNT][BEEPS_MAX] = {
	/* ETSI TS 101 041-1: most of Europe's */
	[TONE_RINGBACK] = {{425, 1000, 4000}},
	/* Before the first a moment in which the phone's ear opens. */
	[TONE_DONE]     = {{0, 0, 200}, {523, 150, 30}, {659, 150, 30}, {784, 250, 300}},
	[TONE_UNDONE]   = {{0, 0, 200}, {784, 150, 30}, {659, 150, 30}, {523, 250, 300}},
	[TONE_PAUSED]   = {{0, 0, 200}, {659, 180, 120}, {659, 180, 300}},
	[TONE_REFUSED]  = {{0, 0, 200}, {330, 200, 120}, {330, 200, 120}, {330, 200, 300}},
	[TONE_RECORDED] = {{0, 0, 100}, {1400, 400, 100}},
};
/* clang-format on */

const char *audio_tone_slug(enum audio_tone tone)
{
	static const char *const slugs[TONE_COUNT] = {
#define X(id, slug) [TONE_##id] = slug,
		AUDIO_TONE_LIST(X)
#undef X
	};

	return slugs[tone];
}

static size_t samples_of(unsigned ms, unsigned rate)
{
	return (size_t)ms * rate / 1000;
}

static size_t beep_length(const struct beep *beep, unsigned rate)
{
	return samples_of(beep->on_ms, rate) + samples_of(beep->off_ms, rate);
}

size_t audio_tone_length(enum audio_tone tone, unsigned rate)
{
	size_t n = 0;

	for (int i = 0; i < BEEPS_MAX; i++)
		n += beep_length(&tones[tone][i], rate);
	return n;
}

static int16_t beep_sample(const struct beep *beep, unsigned rate, size_t at)
{
	const size_t on = samples_of(beep->on_ms, rate), ramp = samples_of(RAMP_MS, rate);

	if (at >= on)
		return 0;
	const size_t edge = at < on - at ? at : on - at;
	const double envelope =
		edge < ramp ? 0.5 - 0.5 * cos(M_PI * (double)edge / (double)ramp) : 1;

	return (int16_t)lround(32767 * amplitude * envelope *
	                       sin(2 * M_PI * beep->hz * (double)at / rate));
}

void audio_tone_render(enum audio_tone tone, unsigned rate, size_t from, int16_t *samples, size_t n)
{
	const struct beep *beep = tones[tone], *const end = beep + BEEPS_MAX;
	size_t begins = 0; /* of `beep`, as place in the whole */

	for (size_t i = 0; i < n; i++) {
		while (beep < end && from + i - begins >= beep_length(beep, rate))
			begins += beep_length(beep++, rate);
		samples[i] = beep < end ? beep_sample(beep, rate, from + i - begins) : 0;
	}
}
