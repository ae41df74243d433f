#include "audio/melody.h"

#include <math.h>
#include <string.h>

#include "base/base.h"

enum {
	CHORD_MS = 4000,
	STEP_MS = 500, /* of the broken chord */
	STEPS = CHORD_MS / STEP_MS,
	PAD_NOTES = 4,
	BLOCK_MS = 10, /* made at once */
	BLOCK_MAX = 48000 / 1000 * BLOCK_MS,
};

/* The MIDI numbers of the notes of each chord from below: three times four chords, the last of
 * which wants to go back to the first. */
/* clang-format off */
static const unsigned char chords[][PAD_NOTES] = {
	{60, 64, 67, 71}, /* C major 7 */
	{57, 64, 67, 72}, /* A minor 7 */
	{53, 60, 64, 69}, /* F major 7 */
	{55, 62, 64, 71}, /* G 6 */
	{52, 59, 62, 67}, /* E minor 7 */
	{57, 60, 64, 67}, /* A minor 7 */
	{50, 57, 60, 65}, /* D minor 7 */
	{55, 60, 62, 65}, /* G 7 with the fourth */
	{60, 64, 67, 74}, /* C with the ninth */
	{53, 60, 65, 69}, /* F */
	{50, 60, 65, 69}, /* D minor 7 */
	{55, 59, 62, 65}, /* G 7 */
};
/* clang-format on */

/* Which note of the chord each step plays, an octave up; -1: a rest. Two turns, so that it does not
 * tire. */
static const signed char turns[2][STEPS] = {
	{0, 2, 3, 1, 2, 3, 2, -1},
        {3, 2, 1, 2, 0, 2, 1, -1}
};

/* How a note sounds: its partials, how it comes and goes. */
struct instrument {
	float level;
	float partials[3];  /* of 1, 2 and 3 times the frequency */
	float detune;       /* a second voice, so much higher: two that beat are warmer */
	double attack_s;    /* from nothing to full */
	double sounds_s;    /* until it goes */
	double release_s;   /* from full to nothing */
	double half_life_s; /* while it sounds; 0: it stays */
};

static const struct instrument pad = {
	.level = 0.034F,
	.partials = {1, 0.35F, 0.12F},
	.detune = 1.003F,
	.attack_s = 1.2,
	.sounds_s = 4.0,
	.release_s = 1.6,
};

static const struct instrument bell = {
	.level = 0.11F,
	.partials = {1, 0.25F, 0.06F},
	.detune = 1.0015F,
	.attack_s = 0.012,
	.sounds_s = 2.2,
	.release_s = 0.6,
	.half_life_s = 0.35,
};

struct note {
	const struct instrument *instrument;
	double begins_s, hz;
	float level;
};

size_t audio_melody_length(unsigned rate)
{
	return COUNT_OF(chords) * CHORD_MS / 1000 * rate;
}

static double note_hz(unsigned midi)
{
	return 440 * exp2((midi - 69.0) / 12);
}

/* From 0 to 1 without a corner. */
static double smooth(double x)
{
	return x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x);
}

static double envelope(const struct instrument *instrument, double t)
{
	const double faded = instrument->half_life_s > 0 ? exp2(-t / instrument->half_life_s) : 1;

	return faded * smooth(t / instrument->attack_s) *
	       (1 - smooth((t - instrument->sounds_s) / instrument->release_s));
}

/* Adds a sine whose amplitude goes straight from `one` to `two`. By turning a vector: a sine for
 * each sample would cost ten times as much. */
static void add_sine(float *out, size_t n, double hz, unsigned rate, double at_s,
                     const float amplitude[static 2])
{
	const double turn = 2 * M_PI * hz / rate, cycles = hz * at_s;
	const double phase = 2 * M_PI * (cycles - floor(cycles));
	const float c = (float)cos(turn), s = (float)sin(turn);
	const float step = (amplitude[1] - amplitude[0]) / (float)n;
	float x = (float)cos(phase), y = (float)sin(phase), level = amplitude[0];

	for (size_t i = 0; i < n; i++) {
		const float next = x * c - y * s;

		out[i] += level * y;
		y = x * s + y * c;
		x = next;
		level += step;
	}
}

/* What the note has to say to the n samples from at_s on, counted from its own beginning. */
static void add_note(float *out, size_t n, const struct note *note, unsigned rate, double at_s)
{
	const struct instrument *instrument = note->instrument;
	const double until_s = at_s + (double)n / rate;

	for (size_t p = 0; p < COUNT_OF(instrument->partials); p++) {
		const float level = note->level * instrument->level * instrument->partials[p];
		const float amplitude[2] = {level * (float)envelope(instrument, at_s),
		                            level * (float)envelope(instrument, until_s)};
		const double hz = note->hz * (double)(p + 1);

		if (hz * instrument->detune > 0.45 * rate) /* would come back as another tone */
			break;
		add_sine(out, n, hz, rate, at_s, amplitude);
		add_sine(out, n, hz * instrument->detune, rate, at_s, amplitude);
	}
}

/* Of the whole, from `from` on; also what began before the end and still sounds. */
static void add_wrapped(float *out, size_t n, const struct note *note, unsigned rate, size_t from)
{
	const size_t whole_ms = COUNT_OF(chords) * CHORD_MS;
	const double whole_s = (double)whole_ms / 1000;
	const double lasts_s = note->instrument->sounds_s + note->instrument->release_s;
	double at_s = (double)from / rate - note->begins_s;

	if (at_s + (double)n / rate <= 0)
		at_s += whole_s;
	if (at_s < lasts_s)
		add_note(out, n, note, rate, at_s);
}

static void add_chord(float *out, size_t n, size_t chord, unsigned rate, size_t from)
{
	const signed char *turn = turns[chord % COUNT_OF(turns)];
	struct note note = {
		.instrument = &pad, .begins_s = (double)(chord * CHORD_MS) / 1000, .level = 1};

	for (int i = 0; i < PAD_NOTES; i++) {
		note.hz = note_hz(chords[chord][i]);
		add_wrapped(out, n, &note, rate, from);
	}
	note.instrument = &bell;
	for (int i = 0; i < STEPS; i++) {
		if (turn[i] < 0)
			continue;
		note.begins_s = (double)(chord * CHORD_MS + (size_t)i * STEP_MS) / 1000;
		note.hz = note_hz(chords[chord][(int)turn[i]] + 12U);
		note.level = i % 4 == 0 ? 1 : 0.7F;
		add_wrapped(out, n, &note, rate, from);
	}
}

/* The blocks lie where they lie, so that nothing depends on how much is asked for at once. */
static void render_block(unsigned rate, size_t block, size_t n, int16_t samples[static BLOCK_MAX])
{
	float out[BLOCK_MAX] = {0};

	for (size_t chord = 0; chord < COUNT_OF(chords); chord++)
		add_chord(out, n, chord, rate, block * n);
	for (size_t i = 0; i < n; i++)
		samples[i] = (int16_t)lrintf(32767 * fmaxf(-1, fminf(1, out[i])));
}

void audio_melody_render(unsigned rate, size_t from, int16_t *samples, size_t n)
{
	const size_t block = rate * BLOCK_MS / 1000, whole = audio_melody_length(rate);
	int16_t made[BLOCK_MAX];

	while (n > 0) {
		const size_t at = from % whole, inside = at % block;
		const size_t part = n < block - inside ? n : block - inside;

		render_block(rate, at / block, block, made);
		memcpy(samples, made + inside, part * sizeof(*samples));
		from += part;
		samples += part;
		n -= part;
	}
}
