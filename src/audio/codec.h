/*
 * The codecs phones speak: 16-bit mono PCM to payloads of 20 ms and back. One coder for one
 * direction of one stream; not for two threads at once.
 */
#ifndef CENTREX_AUDIO_CODEC_H
#define CENTREX_AUDIO_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* X(enum, rtpmap, clock rate in rtpmap, sample rate of its PCM, static payload type or -1) */
#define AUDIO_CODEC_LIST(X)                                                                        \
	X(OPUS, "opus/48000/2", 48000, 48000, -1)                                                  \
	X(G722, "G722/8000", 8000, 16000, 9) /* RFC 3551 section 4.5.2: the clock says 8000 */     \
	X(PCMA, "PCMA/8000", 8000, 8000, 8)                                                        \
	X(PCMU, "PCMU/8000", 8000, 8000, 0)

enum audio_codec {
#define X(id, rtpmap, clock, rate, type) AUDIO_##id,
	AUDIO_CODEC_LIST(X)
#undef X
		AUDIO_CODEC_COUNT
};

enum {
	AUDIO_FRAME_MS = 20,
	AUDIO_SAMPLES_MAX = 48000 / 1000 * 120, /* of the longest Opus packet */
	AUDIO_PAYLOAD_MAX = 1275,
};

struct audio_codec_facts {
	const char *rtpmap;
	unsigned clock, rate; /* Hz */
	int payload_type;     /* -1: dynamic */
};
const struct audio_codec_facts *audio_codec_facts(enum audio_codec codec);

struct audio_encoder;
struct audio_decoder;

/* ERROR_MEMORY. */
MUST_CHECK enum error_code audio_encoder_new(enum audio_codec codec,
                                             struct audio_encoder **ret_encoder);
/* One frame: rate / 50 samples; how many bytes of payload. */
size_t audio_encode(struct audio_encoder *encoder, const int16_t *samples,
                    uint8_t payload[static AUDIO_PAYLOAD_MAX]);
void audio_encoder_free(struct audio_encoder *encoder); /* NULL is allowed */

MUST_CHECK enum error_code audio_decoder_new(enum audio_codec codec,
                                             struct audio_decoder **ret_decoder);
/* payload: whatever came from the network, of any length; how many samples, at the codec's rate;
 * 0: it cannot be decoded. */
size_t audio_decode(struct audio_decoder *decoder, const uint8_t *payload, size_t n,
                    int16_t samples[static AUDIO_SAMPLES_MAX]);
void audio_decoder_free(struct audio_decoder *decoder); /* NULL is allowed */

#endif
