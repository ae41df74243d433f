/*
 * What kind of audio a file is, told by its content alone, and whether all of it is there.
 *
 * wav (RIFF WAVE), flac, ogg and mp3 (MPEG 1, 2 and 2.5 layer III). An ID3v2 tag may stand before
 * flac and mp3. Every function reads with pread(2), in bounded steps, and believes no length.
 */
#ifndef CENTREX_AUDIO_FORMAT_H
#define CENTREX_AUDIO_FORMAT_H

#include <stdint.h>

#include "base/error.h"

/* X(enum, slug, media type) */
#define AUDIO_FORMAT_LIST(X)                                                                       \
	X(WAV, "wav", "audio/wav")                                                                 \
	X(FLAC, "flac", "audio/flac")                                                              \
	X(OGG, "ogg", "audio/ogg")                                                                 \
	X(MP3, "mp3", "audio/mpeg")

enum audio_format {
#define X(id, ...) AUDIO_##id,
	AUDIO_FORMAT_LIST(X)
#undef X
		AUDIO_FORMAT_COUNT
};

/* The field that errors about a file name. */
#define AUDIO_FIELD "file"

const char *audio_format_slug(enum audio_format format);
const char *audio_format_type(enum audio_format format);

/* ret_start: where the audio begins, behind an ID3v2 tag. ERROR_INVALID: none of the four. */
MUST_CHECK enum error_code audio_recognise(int file, enum audio_format *ret_format,
                                           uint64_t *ret_start, struct error *err);

/* ERROR_INVALID when the file is shorter than it says itself: a wav's data, an ogg's last page, an
 * mp3's last frame or the number of frames in its Xing or Info header. A wav that was written to a
 * pipe (its length unknown then) is whole. Nothing is told of flac here: decoding does. */
MUST_CHECK enum error_code audio_check_whole(int file, enum audio_format format, uint64_t start,
                                             struct error *err);

#endif
