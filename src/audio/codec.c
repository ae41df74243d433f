#include "audio/codec.h"

#include "audio/coder.h"

struct audio_encoder {
	const struct audio_coder *coder;
	size_t n; /* samples of a frame */
	void *state;
};

struct audio_decoder {
	const struct audio_coder *coder;
	void *state;
};

static const struct audio_coder *const coders[AUDIO_CODEC_COUNT] = {
	[AUDIO_OPUS] = &audio_coder_opus,
	[AUDIO_G722] = &audio_coder_g722,
	[AUDIO_PCMA] = &audio_coder_pcma,
	[AUDIO_PCMU] = &audio_coder_pcmu,
};

const struct audio_codec_facts *audio_codec_facts(enum audio_codec codec)
{
	static const struct audio_codec_facts facts[AUDIO_CODEC_COUNT] = {
#define X(id, rtpmap, clock, rate, type) [AUDIO_##id] = {rtpmap, clock, rate, type},
		AUDIO_CODEC_LIST(X)
#undef X
	};

	return &facts[codec];
}

enum error_code audio_encoder_new(enum audio_codec codec, struct audio_encoder **ret_encoder)
{
	struct audio_encoder *encoder = calloc(1, sizeof(*encoder));

	if (!encoder)
		return ERROR_MEMORY;
	encoder->coder = coders[codec];
	encoder->n = audio_codec_facts(codec)->rate / 1000 * AUDIO_FRAME_MS;
	if (encoder->coder->encoder_new) {
		encoder->state = encoder->coder->encoder_new();
		if (!encoder->state) {
			free(encoder);
			return ERROR_MEMORY;
		}
	}
	*ret_encoder = encoder;
	return ERROR_OK;
}

size_t audio_encode(struct audio_encoder *encoder, const int16_t *samples,
                    uint8_t payload[static AUDIO_PAYLOAD_MAX])
{
	return encoder->coder->encode(encoder->state, samples, encoder->n, payload);
}

void audio_encoder_free(struct audio_encoder *encoder)
{
	if (encoder && encoder->state)
		encoder->coder->encoder_free(encoder->state);
	free(encoder);
}

enum error_code audio_decoder_new(enum audio_codec codec, struct audio_decoder **ret_decoder)
{
	struct audio_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return ERROR_MEMORY;
	decoder->coder = coders[codec];
	if (decoder->coder->decoder_new) {
		decoder->state = decoder->coder->decoder_new();
		if (!decoder->state) {
			free(decoder);
			return ERROR_MEMORY;
		}
	}
	*ret_decoder = decoder;
	return ERROR_OK;
}

size_t audio_decode(struct audio_decoder *decoder, const uint8_t *payload, size_t n,
                    int16_t samples[static AUDIO_SAMPLES_MAX])
{
	return decoder->coder->decode(decoder->state, payload, n, samples);
}

void audio_decoder_free(struct audio_decoder *decoder)
{
	if (decoder && decoder->state)
		decoder->coder->decoder_free(decoder->state);
	free(decoder);
}
