/*
 * What phones send while they are recorded: the first byte chooses the file's rate; each packet has
 * one byte of how many milliseconds later it comes, two of how long it is, and is RTP of any kind.
 */
#include <stdlib.h>
#include <string.h>

#include "sip/recorder_packet.h"

enum { BLOCKS_MOST = 100, DYNAMIC_TYPE = 96 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static enum audio_codec codec_of(uint8_t type)
{
	if (type == DYNAMIC_TYPE)
		return AUDIO_OPUS;
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		if (audio_codec_facts((enum audio_codec)i)->payload_type == type)
			return (enum audio_codec)i;
	}
	return RECORD_NO_SOUND;
}

static void put(struct record_side *side, const uint8_t *bytes, size_t n, int64_t now_us)
{
	/* Its own block: a sanitizer sees what is read behind it. */
	uint8_t *own = malloc(n ? n : 1);
	struct record_packet packet = {.arrived_us = now_us};
	uint8_t type;

	if (!own)
		return;
	memcpy(own, bytes, n);
	if (recorder_packet_read(own, n, &packet, &type)) {
		packet.codec = codec_of(type);
		record_side_put(side, &packet);
	}
	free(own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const unsigned rate = n && data[0] & 1 ? 16000 : 8000;
	struct record_side_counts counts;
	struct record_side *side;
	int64_t now_us = 0;
	int16_t block[160];

	if (n == 0 || record_side_new(rate, &side))
		return 0;
	for (size_t at = 1; at + 3 <= n;) {
		size_t length = data[at + 1] | (size_t)data[at + 2] << 8;

		length = length < n - at - 3 ? length : n - at - 3;
		now_us += data[at] * 1000;
		for (int i = 0; i < data[at] / 10; i++)
			record_side_take(side, block, rate / 100);
		put(side, data + at + 3, length, now_us);
		record_side_tick(side, now_us);
		at += 3 + length;
	}
	record_side_flush(side);
	for (int i = 0; i < BLOCKS_MOST; i++)
		record_side_take(side, block, rate / 100);
	record_side_counts(side, &counts);
	if (counts.duplicates > counts.packets || counts.bad > counts.packets)
		abort();
	record_side_free(side);
	return 0;
}
