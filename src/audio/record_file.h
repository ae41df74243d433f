/*
 * The file of a recording: 16-bit PCM comes in as it is spoken, WAV or Opus in Ogg (RFC 7845) goes
 * out, into an open, empty file. What is in the file can be played at any moment, also after a
 * crash: the header of WAV is brought up to date now and then, Ogg's pages stand for themselves.
 */
#ifndef CENTREX_AUDIO_RECORD_FILE_H
#define CENTREX_AUDIO_RECORD_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum record_format { RECORD_WAV, RECORD_OPUS };

struct record_form {
	enum record_format format;
	unsigned rate;     /* Hz: 8000 or 16000 */
	unsigned channels; /* 1 or 2 */
};

struct record_file;

/* file stays the caller's and outlives it. ERROR_MEMORY, or as record_file_write. */
MUST_CHECK enum error_code record_file_open(int file, const struct record_form *form,
                                            struct record_file **ret_file, struct error *err);
/* frames of so many channels, one after the other. ERROR_NO_SPACE; ERROR_TOO_LARGE: past 4 GiB of
 * WAV; ERROR_IO. After an error nothing more is taken; what was there before can be played. */
MUST_CHECK enum error_code record_file_write(struct record_file *file, const int16_t *samples,
                                             size_t frames, struct error *err);
/* The header says how long it is by now. Does not wait for the disk. */
MUST_CHECK enum error_code record_file_update(struct record_file *file, struct error *err);
/* The end of the audio is written; frees it, whatever is returned. */
MUST_CHECK enum error_code record_file_finish(struct record_file *file, struct error *err);

/* Mends what a crash left: the header of a WAV file says how long the file is. *ret_any: there is
 * audio in it. Ogg needs nothing. */
MUST_CHECK enum error_code record_file_repair(int file, enum record_format format, bool *ret_any,
                                              struct error *err);

#endif
