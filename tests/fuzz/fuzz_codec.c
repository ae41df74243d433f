/* Payloads of RTP: the first byte says of which codec, each further one how long the next is. */
#include <stdlib.h>
#include <string.h>

#include "audio/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static int16_t samples[AUDIO_SAMPLES_MAX];
	struct audio_decoder *decoder;

	if (n == 0 || audio_decoder_new((enum audio_codec)(data[0] % AUDIO_CODEC_COUNT), &decoder))
		return 0;
	for (size_t at = 1; at < n;) {
		const size_t rest = n - at - 1, most = data[at++] * 8U;
		const size_t length = most < rest ? most : rest;
		/* Its own block: a sanitizer sees what is read behind it. */
		uint8_t *payload = malloc(length ? length : 1);

		if (!payload)
			break;
		memcpy(payload, data + at, length);
		if (audio_decode(decoder, payload, length, samples) > AUDIO_SAMPLES_MAX)
			abort();
		free(payload);
		at += length;
	}
	audio_decoder_free(decoder);
	return 0;
}
