/* Opus (RFC 6716, RFC 7587) by libopus, one channel. */
#include <opus/opus.h>

#include "audio/coder.h"

enum {
	RATE = 48000,
	CHANNELS = 1,
	BIT_RATE = 40000, /* fullband music of one channel (RFC 7587 section 3.1.1) */
	COMPLEXITY = 5,   /* half the work of 10, a difference nobody heard */
	LONGEST = 2048,   /* bytes looked at: 120 ms have no more */
};

static void *encoder_new(void)
{
	OpusEncoder *encoder = malloc((size_t)opus_encoder_get_size(CHANNELS));

	if (!encoder)
		return NULL;
	if (opus_encoder_init(encoder, RATE, CHANNELS, OPUS_APPLICATION_AUDIO) != OPUS_OK ||
	    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(BIT_RATE)) != OPUS_OK ||
	    opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(COMPLEXITY)) != OPUS_OK) {
		free(encoder);
		return NULL;
	}
	return encoder;
}

static size_t encode(void *state, const int16_t *samples, size_t n,
                     uint8_t payload[static AUDIO_PAYLOAD_MAX])
{
	const opus_int32 bytes = opus_encode(state, samples, (int)n, payload, AUDIO_PAYLOAD_MAX);

	return bytes < 0 ? 0 : (size_t)bytes;
}

static void *decoder_new(void)
{
	OpusDecoder *decoder = malloc((size_t)opus_decoder_get_size(CHANNELS));

	if (decoder && opus_decoder_init(decoder, RATE, CHANNELS) != OPUS_OK) {
		free(decoder);
		return NULL;
	}
	return decoder;
}

static size_t decode(void *state, const uint8_t *payload, size_t n,
                     int16_t samples[static AUDIO_SAMPLES_MAX])
{
	if (n == 0 || n > LONGEST) /* of nothing libopus would make up what was lost */
		return 0;
	const int decoded =
		opus_decode(state, payload, (opus_int32)n, samples, AUDIO_SAMPLES_MAX, 0);

	return decoded < 0 ? 0 : (size_t)decoded;
}

const struct audio_coder audio_coder_opus = {
	.encoder_new = encoder_new,
	.encoder_free = free,
	.encode = encode,
	.decoder_new = decoder_new,
	.decoder_free = free,
	.decode = decode,
};
