/* Wav files of 16-bit PCM (RIFF WAVE, format 1): into an open, empty file, and out of it. */
#ifndef CENTREX_AUDIO_WAV_H
#define CENTREX_AUDIO_WAV_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { WAV_HEADER_BYTES = 44 };

struct wav_writer {
	int file; /* the caller's */
	unsigned rate;
	unsigned channels;
	uint64_t bytes; /* of samples written */
};

/* ERROR_NO_SPACE: the disk is full; ERROR_TOO_LARGE: past the process's limit, or 4 GiB. */
MUST_CHECK enum error_code wav_write(struct wav_writer *wav, const int16_t *samples, size_t n,
                                     struct error *err);
/* The header, which says how long it became. Any number of times. */
MUST_CHECK enum error_code wav_finish(struct wav_writer *wav, struct error *err);

struct wav_facts {
	unsigned rate;
	size_t samples;
};
/* Of a file of one channel that was written here. ERROR_INVALID: it is not, or is not whole. */
MUST_CHECK enum error_code wav_read_facts(int file, struct wav_facts *ret_facts, struct error *err);
/* n samples from `from` on, all of which must be there (ERROR_INVALID). */
MUST_CHECK enum error_code wav_read(int file, size_t from, int16_t *samples, size_t n,
                                    struct error *err);

#endif
