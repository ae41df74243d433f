/* Inside of audio/codec.h: what a codec has to bring. Nothing but the codecs includes this. */
#ifndef CENTREX_AUDIO_CODER_H
#define CENTREX_AUDIO_CODER_H

#include "audio/codec.h"

/* A state is what new gave; new is NULL for a codec that keeps none. */
struct audio_coder {
	void *(*encoder_new)(void);
	void (*encoder_free)(void *state);
	size_t (*encode)(void *state, const int16_t *samples, size_t n,
	                 uint8_t payload[static AUDIO_PAYLOAD_MAX]);
	void *(*decoder_new)(void);
	void (*decoder_free)(void *state);
	size_t (*decode)(void *state, const uint8_t *payload, size_t n,
	                 int16_t samples[static AUDIO_SAMPLES_MAX]);
};

extern const struct audio_coder audio_coder_pcma, audio_coder_pcmu, audio_coder_g722,
	audio_coder_opus;

#endif
