/* Audio being decoded: any of the formats of audio/format.h, as mono samples of -1 to 1. */
#ifndef CENTREX_AUDIO_SOURCE_H
#define CENTREX_AUDIO_SOURCE_H

#include "audio/format.h"

enum {
	AUDIO_CHANNELS_MAX = 8,
	AUDIO_RATE_LEAST = 4000,
	AUDIO_RATE_MOST = 192000,
	AUDIO_BLOCK_FRAMES = 4096,
};

struct audio_source;

struct audio_source_info {
	enum audio_format format;
	unsigned rate; /* Hz */
	unsigned channels;
};

/* file stays the caller's, is read from its start and must outlive the source. most_s: seconds it
 * may last. ERROR_INVALID: not one of the formats, cut off, or a rate or number of channels out of
 * bounds; ERROR_TOO_LARGE: it lasts longer (what it says itself; the rest is found by reading). */
MUST_CHECK enum error_code audio_source_open(int file, unsigned most_s,
                                             struct audio_source **ret_source, struct error *err);
void audio_source_close(struct audio_source *source); /* NULL is allowed */
void audio_source_auto_close(struct audio_source **source);

const struct audio_source_info *audio_source_info(const struct audio_source *source);

/* The next samples, the mean of all channels; *ret_n 0 at the end. ERROR_INVALID: damaged, cut off,
 * or not numbers; ERROR_TOO_LARGE: longer than most_s. */
MUST_CHECK enum error_code audio_source_read(struct audio_source *source,
                                             float ret_samples[static AUDIO_BLOCK_FRAMES],
                                             size_t *ret_n, struct error *err);

/* Samples read so far. */
uint64_t audio_source_at(const struct audio_source *source);

#endif
