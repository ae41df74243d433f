/* Each codec against itself, and G.711 against spandsp's. */
#include <math.h>
#include <spandsp.h>

#include "audio/codec.h"
#include "oom.h"
#include "unit.h"

enum { FRAMES = 50 };

/* What was decoded of a tone that went through the codec, without the first frames. */
struct heard {
	double hz;
	size_t n;
	int16_t samples[FRAMES * 960];
	size_t longest, shortest; /* payloads */
};

static void through(enum audio_codec codec, double hz, struct heard *heard)
{
	const unsigned rate = audio_codec_facts(codec)->rate;
	const size_t n = rate / 50;
	struct audio_encoder *encoder;
	struct audio_decoder *decoder;
	uint8_t payload[AUDIO_PAYLOAD_MAX];
	int16_t in[960], out[AUDIO_SAMPLES_MAX];

	*heard = (struct heard){.hz = hz, .shortest = SIZE_MAX};
	assert_int_equal(audio_encoder_new(codec, &encoder), ERROR_OK);
	assert_int_equal(audio_decoder_new(codec, &decoder), ERROR_OK);
	for (size_t frame = 0; frame < FRAMES; frame++) {
		for (size_t i = 0; i < n; i++)
			in[i] = (int16_t)lrint(8000 *
			                       sin(2 * M_PI * hz * (double)(frame * n + i) / rate));
		const size_t bytes = audio_encode(encoder, in, payload);
		assert_in_range(bytes, 1, AUDIO_PAYLOAD_MAX);
		heard->longest = bytes > heard->longest ? bytes : heard->longest;
		heard->shortest = bytes < heard->shortest ? bytes : heard->shortest;
		assert_int_equal(audio_decode(decoder, payload, bytes, out), n);
		memcpy(heard->samples + heard->n, out, n * sizeof(*out));
		heard->n += n;
	}
	audio_encoder_free(encoder);
	audio_decoder_free(decoder);
}

/* How much of what was heard is the tone (whatever its phase), in dB over the rest. */
static double tone_over_rest_db(const struct heard *heard, unsigned rate)
{
	const size_t from = heard->n / 2, n = rate / 5; /* whole periods of 10 Hz's multiples */
	double re = 0, im = 0, power = 0;

	for (size_t i = 0; i < n; i++) {
		const double angle = 2 * M_PI * heard->hz * (double)i / rate;
		const double sample = heard->samples[from + i];

		re += sample * cos(angle);
		im += sample * sin(angle);
		power += sample * sample;
	}
	const double tone = 2 * (re * re + im * im) / (double)n;
	return 10 * log10(tone / (power - tone));
}

static void a_tone_comes_through(void **state)
{
	static const struct {
		enum audio_codec codec;
		double hz, least_db;
		size_t bytes; /* 0: varies */
	} rows[] = {
		{AUDIO_PCMA, 440,  35, 160},
                {AUDIO_PCMU, 440,  35, 160},
		{AUDIO_PCMA, 3000, 35, 160},
                {AUDIO_G722, 440,  35, 160},
		{AUDIO_G722, 6000, 10, 160},
                {AUDIO_OPUS, 440,  20, 0  },
		{AUDIO_OPUS, 9000, 10, 0  },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		static struct heard heard;
		double power = 0;

		through(rows[i].codec, rows[i].hz, &heard);
		const double db = tone_over_rest_db(&heard, audio_codec_facts(rows[i].codec)->rate);
		if (db < rows[i].least_db)
			fail_msg("codec %d, %g Hz: %g dB", rows[i].codec, rows[i].hz, db);
		if (rows[i].bytes > 0) {
			assert_int_equal(heard.shortest, rows[i].bytes);
			assert_int_equal(heard.longest, rows[i].bytes);
		}
		for (size_t k = heard.n / 2; k < heard.n; k++)
			power += (double)heard.samples[k] * heard.samples[k];
		/* As loud as it went in. */
		assert_in_range((long)sqrt(power / (double)(heard.n - heard.n / 2)), 5000, 6400);
	}
}

static void g711_is_everybodys(void **state)
{
	struct audio_encoder *a, *u;
	struct audio_decoder *from_a, *from_u;
	uint8_t payload[AUDIO_PAYLOAD_MAX], all[256];
	int16_t samples[160], out[AUDIO_SAMPLES_MAX];

	(void)state;
	assert_int_equal(audio_encoder_new(AUDIO_PCMA, &a), ERROR_OK);
	assert_int_equal(audio_encoder_new(AUDIO_PCMU, &u), ERROR_OK);
	assert_int_equal(audio_decoder_new(AUDIO_PCMA, &from_a), ERROR_OK);
	assert_int_equal(audio_decoder_new(AUDIO_PCMU, &from_u), ERROR_OK);
	for (int first = INT16_MIN; first <= INT16_MAX; first += 160) {
		for (int i = 0; i < 160; i++)
			samples[i] = (int16_t)(first + i > INT16_MAX ? INT16_MAX : first + i);
		assert_int_equal(audio_encode(a, samples, payload), 160);
		for (int i = 0; i < 160; i++)
			assert_int_equal(payload[i], linear_to_alaw(samples[i]));
		assert_int_equal(audio_encode(u, samples, payload), 160);
		for (int i = 0; i < 160; i++)
			assert_int_equal(ulaw_to_linear(payload[i]),
			                 ulaw_to_linear(linear_to_ulaw(samples[i])));
	}
	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	assert_int_equal(audio_decode(from_a, all, 256, out), 256);
	for (int i = 0; i < 256; i++)
		assert_int_equal(out[i], alaw_to_linear((uint8_t)i));
	assert_int_equal(audio_decode(from_u, all, 256, out), 256);
	for (int i = 0; i < 256; i++)
		assert_int_equal(out[i], ulaw_to_linear((uint8_t)i));
	audio_encoder_free(a);
	audio_encoder_free(u);
	audio_decoder_free(from_a);
	audio_decoder_free(from_u);
}

static void any_payload_is_survived(void **state)
{
	static uint8_t payload[AUDIO_SAMPLES_MAX + 1];
	static int16_t samples[AUDIO_SAMPLES_MAX];
	uint32_t seed = 1;

	(void)state;
	for (int codec = 0; codec < AUDIO_CODEC_COUNT; codec++) {
		struct audio_decoder *decoder;

		assert_int_equal(audio_decoder_new((enum audio_codec)codec, &decoder), ERROR_OK);
		assert_int_equal(audio_decode(decoder, payload, 0, samples), 0);
		assert_int_equal(audio_decode(decoder, payload, sizeof(payload), samples), 0);
		for (int i = 0; i < 2000; i++) {
			for (int k = 0; k < 64; k++) {
				seed = seed * 1664525 + 1013904223;
				payload[k] = (uint8_t)(seed >> 24);
			}
			assert_in_range(audio_decode(decoder, payload, (seed >> 8) % 2000, samples),
			                0, AUDIO_SAMPLES_MAX);
		}
		audio_decoder_free(decoder);
	}
	audio_encoder_free(NULL);
	audio_decoder_free(NULL);
}

static enum error_code both(void *arg)
{
	const enum audio_codec codec = *(const enum audio_codec *)arg;
	struct audio_encoder *encoder = NULL;
	struct audio_decoder *decoder = NULL;
	enum error_code code = audio_encoder_new(codec, &encoder);

	if (!code)
		code = audio_decoder_new(codec, &decoder);
	audio_encoder_free(encoder);
	audio_decoder_free(decoder);
	return code;
}

static void without_memory_there_is_none(void **state)
{
	(void)state;
	for (int codec = 0; codec < AUDIO_CODEC_COUNT; codec++)
		assert_true(oom_check(both, &codec) >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_comes_through),
		cmocka_unit_test(g711_is_everybodys),
		cmocka_unit_test(any_payload_is_survived),
		cmocka_unit_test(without_memory_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
