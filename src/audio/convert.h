/*
 * From any audio to what phones are played: 16-bit mono PCM wav at each of a few rates, with its
 * duration, levels and peaks. Runs in a process of its own (audio/command.h), since decoders have
 * had faults.
 */
#ifndef CENTREX_AUDIO_CONVERT_H
#define CENTREX_AUDIO_CONVERT_H

#include "audio/levels.h"
#include "audio/source.h"

enum { AUDIO_RENDITIONS_MAX = 4 };

/* The field of the error that more would be written than may be. */
#define AUDIO_FIELD_WRITTEN "written"

struct audio_rendition {
	unsigned rate; /* Hz */
	int file;      /* open for writing, empty; the caller's */
};

struct audio_conversion {
	int file;
	unsigned most_s;     /* how long the audio may be */
	uint64_t most_bytes; /* of all that is written */
	size_t n_renditions;
	struct audio_rendition renditions[AUDIO_RENDITIONS_MAX];
};

struct audio_converted {
	struct audio_source_info source;
	uint64_t duration_ms;
	struct audio_levels levels;
};

/* ERROR_TOO_LARGE: it is longer (field "file"), or would write more ("written"), than it may.
 * Errors of audio_source_open, audio_source_read and files_write_at. */
MUST_CHECK enum error_code audio_convert(const struct audio_conversion *conversion,
                                         struct audio_converted *ret_converted, struct error *err);

#endif
