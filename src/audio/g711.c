/* ITU-T G.711: a sign, three bits of segment, four bits of place in it. Samples are taken as 16
 * bits, where the recommendation counts 13 (A-law) and 14 (mu-law). */
#include <stdbool.h>

#include "audio/coder.h"

enum {
	SIGN = 0x80,
	A_MASK = 0x55, /* every second bit is sent turned over */
	U_BIAS = 0x84, /* makes all segments of mu-law powers of two */
	U_MOST = 0x7fff - U_BIAS,
};

/* The segment: how far the highest bit lies above bit 7. */
static unsigned segment_of(unsigned magnitude)
{
	return magnitude < 0x100 ? 0 : 24U - (unsigned)__builtin_clz(magnitude);
}

static uint8_t a_law(int16_t sample)
{
	const unsigned magnitude = (unsigned)(sample < 0 ? -(sample + 1) : sample);
	const unsigned segment = segment_of(magnitude);
	const unsigned place = magnitude >> (segment < 2 ? 4 : segment + 3) & 0x0f;

	return (uint8_t)(((sample < 0 ? 0 : SIGN) | segment << 4 | place) ^ A_MASK);
}

static int16_t a_linear(uint8_t code)
{
	const unsigned bits = code ^ A_MASK, segment = bits >> 4 & 7;
	int magnitude = (int)((bits & 0x0f) << 4) + 8; /* the middle of the step */

	if (segment > 0)
		magnitude = (magnitude + 0x100) << (segment - 1);
	return (int16_t)(bits & SIGN ? magnitude : -magnitude);
}

static uint8_t u_law(int16_t sample)
{
	unsigned magnitude = (unsigned)(sample < 0 ? -sample : sample);

	magnitude = (magnitude > U_MOST ? U_MOST : magnitude) + U_BIAS;
	const unsigned segment = segment_of(magnitude);
	const unsigned place = magnitude >> (segment + 3) & 0x0f;

	return (uint8_t) ~((sample < 0 ? SIGN : 0) | segment << 4 | place);
}

static int16_t u_linear(uint8_t code)
{
	const unsigned bits = (uint8_t)~code;
	const int magnitude = (int)((((bits & 0x0f) << 3) + U_BIAS) << (bits >> 4 & 7)) - U_BIAS;

	return (int16_t)(bits & SIGN ? -magnitude : magnitude);
}

static size_t encode_a(void *state, const int16_t *samples, size_t n,
                       uint8_t payload[static AUDIO_PAYLOAD_MAX])
{
	(void)state;
	for (size_t i = 0; i < n; i++)
		payload[i] = a_law(samples[i]);
	return n;
}

static size_t encode_u(void *state, const int16_t *samples, size_t n,
                       uint8_t payload[static AUDIO_PAYLOAD_MAX])
{
	(void)state;
	for (size_t i = 0; i < n; i++)
		payload[i] = u_law(samples[i]);
	return n;
}

static size_t decode_a(void *state, const uint8_t *payload, size_t n,
                       int16_t samples[static AUDIO_SAMPLES_MAX])
{
	(void)state;
	if (n > AUDIO_SAMPLES_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		samples[i] = a_linear(payload[i]);
	return n;
}

static size_t decode_u(void *state, const uint8_t *payload, size_t n,
                       int16_t samples[static AUDIO_SAMPLES_MAX])
{
	(void)state;
	if (n > AUDIO_SAMPLES_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		samples[i] = u_linear(payload[i]);
	return n;
}

const struct audio_coder audio_coder_pcma = {.encode = encode_a, .decode = decode_a};
const struct audio_coder audio_coder_pcmu = {.encode = encode_u, .decode = decode_u};
