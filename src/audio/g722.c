/* ITU-T G.722 at 64 kbit/s by spandsp: two samples of 16 kHz are one byte. */
#include <spandsp.h>

#include "audio/coder.h"

enum { RATE = 64000, SAMPLES_A_BYTE = 2, OPTIONS = 0 /* 16 kHz, a byte a pair */ };

static void *encoder_new(void)
{
	return g722_encode_init(NULL, RATE, OPTIONS);
}

static void encoder_free(void *state)
{
	(void)g722_encode_free(state);
}

static size_t encode(void *state, const int16_t *samples, size_t n,
                     uint8_t payload[static AUDIO_PAYLOAD_MAX])
{
	const int bytes = g722_encode(state, payload, samples, (int)n);

	return bytes < 0 ? 0 : (size_t)bytes;
}

static void *decoder_new(void)
{
	return g722_decode_init(NULL, RATE, OPTIONS);
}

static void decoder_free(void *state)
{
	(void)g722_decode_free(state);
}

static size_t decode(void *state, const uint8_t *payload, size_t n,
                     int16_t samples[static AUDIO_SAMPLES_MAX])
{
	if (n > AUDIO_SAMPLES_MAX / SAMPLES_A_BYTE)
		return 0;
	const int decoded = g722_decode(state, samples, payload, (int)n);

	return decoded < 0 ? 0 : (size_t)decoded;
}

const struct audio_coder audio_coder_g722 = {
	.encoder_new = encoder_new,
	.encoder_free = encoder_free,
	.encode = encode,
	.decoder_new = decoder_new,
	.decoder_free = decoder_free,
	.decode = decode,
};
