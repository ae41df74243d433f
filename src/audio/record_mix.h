/*
 * Two sides of a call as the frames of a file: beside each other, or mixed. Mixed, nothing is cut
 * off: where both together are louder than a sample can be, they are made quieter before, and
 * slowly louder again after. Blocks of 10 ms; a mixed one comes out when the next goes in.
 */
#ifndef CENTREX_AUDIO_RECORD_MIX_H
#define CENTREX_AUDIO_RECORD_MIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_BLOCK_MAX = 160 }; /* samples of 10 ms at the highest rate of a file */

/* All zero but for these two to begin with. */
struct record_mix {
	bool stereo;
	size_t block; /* samples of 10 ms */
	bool any;
	float gain, limit; /* of the block that waits: where it begins; what it must not exceed */
	int32_t waiting[RECORD_BLOCK_MAX];
};

/* A block of each side; how many frames came out (0 for the first, mixed). */
size_t record_mix_add(struct record_mix *mix, const int16_t *one, const int16_t *two,
                      int16_t out[static 2 * RECORD_BLOCK_MAX]);
/* The last block that waits; how many frames. */
size_t record_mix_end(struct record_mix *mix, int16_t out[static 2 * RECORD_BLOCK_MAX]);

#endif
