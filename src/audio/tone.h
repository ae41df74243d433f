/*
 * Short sounds that tell what was done, and the ringing tone: made, not stored. Each sample follows
 * from its place alone, so that any part can be made by itself.
 */
#ifndef CENTREX_AUDIO_TONE_H
#define CENTREX_AUDIO_TONE_H

#include <stddef.h>
#include <stdint.h>

/* X(enum, slug) */
#define AUDIO_TONE_LIST(X)                                                                         \
	X(RINGBACK, "ringback") /* 425 Hz, 1 s on, 4 s off, for as long as it is played */         \
	X(DONE, "done")         /* rising: logged in, parked, taken */                             \
	X(UNDONE, "undone")     /* falling: logged out */                                          \
	X(PAUSED, "paused")     /* two the same: on break */                                       \
	X(REFUSED, "refused")   /* three short low ones: cannot be done */                         \
	X(RECORDED, "recorded") /* one beep, 1400 Hz: this call is recorded */

enum audio_tone {
#define X(id, slug) TONE_##id,
	AUDIO_TONE_LIST(X)
#undef X
		TONE_COUNT
};

const char *audio_tone_slug(enum audio_tone tone);

/* How many samples the whole has at so many a second. */
size_t audio_tone_length(enum audio_tone tone, unsigned rate);

/* The n samples from `from` on; silence behind the end. */
void audio_tone_render(enum audio_tone tone, unsigned rate, size_t from, int16_t *samples,
                       size_t n);

#endif
