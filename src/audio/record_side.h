/*
 * One side of a recorded call: RTP in order of arrival goes in, its sound on the recording's clock
 * comes out, silence where there is none.
 *
 * Where a packet belongs says its RTP timestamp, counted from the packets before; the first of a
 * source stands where it arrived. Packets that overtook others are put in order again, within
 * RECORD_REORDER_MS; duplicates are dropped. A source (SSRC) that is another, sequence numbers or
 * timestamps that jump begin anew at the time of arrival. A phone whose clock runs at another speed
 * is followed, by a sample now and then.
 *
 * Positions are samples at the file's rate since the recording began. One thread.
 */
#ifndef CENTREX_AUDIO_RECORD_SIDE_H
#define CENTREX_AUDIO_RECORD_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "audio/codec.h"

enum {
	RECORD_REORDER_MS = 60, /* a missing packet is waited for */
	RECORD_BEHIND_MS = 500, /* the file is written so far behind: what comes later is lost */
	RECORD_JUMP_MS = 500,   /* timestamp and arrival that far apart: the timestamp has jumped */
	RECORD_HELD_MAX = 16,   /* packets waiting for one that is missing */
	RECORD_WINDOW_MS = 2000, /* of sound not taken yet */
};

/* A packet that is no sound (telephone-event, comfort noise): it only takes its place in order. */
#define RECORD_NO_SOUND AUDIO_CODEC_COUNT

struct record_packet {
	int64_t arrived_us; /* since the recording began; never going back */
	uint32_t ssrc, timestamp;
	uint16_t sequence;
	enum audio_codec codec; /* or RECORD_NO_SOUND */
	const uint8_t *payload;
	size_t n;
};

struct record_side;

/* rate: 8000 or 16000. ERROR_MEMORY. */
MUST_CHECK enum error_code record_side_new(unsigned rate, struct record_side **ret_side);
void record_side_free(struct record_side *side); /* NULL is allowed */

void record_side_put(struct record_side *side, const struct record_packet *packet);
/* Time has passed: packets that waited long enough for one that is missing go on. */
void record_side_tick(struct record_side *side, int64_t now_us);
/* Everything that waits goes on: nothing else comes, or another bridge does. */
void record_side_flush(struct record_side *side);
/* The next n samples of the recording's clock. */
void record_side_take(struct record_side *side, int16_t *samples, size_t n);

struct record_side_counts {
	uint64_t packets, duplicates;
	uint64_t late;    /* their place was written already */
	uint64_t bad;     /* could not be decoded */
	uint64_t anchors; /* beginnings: sources, jumps */
};
void record_side_counts(const struct record_side *side, struct record_side_counts *ret_counts);

#endif
