/*
 * FreeSWITCH's questions: application/x-www-form-urlencoded, one key often several times, of which
 * the last counts (mod_voicemail appends key, user and domain again).
 *
 * Only the keys that somebody asks for are decoded. Hostile: fuzzed (tests/fuzz/fuzz_form.c).
 */
#ifndef CENTREX_FREESWITCH_FORM_H
#define CENTREX_FREESWITCH_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* Longest value that means anything to us; a longer one reads as malformed. Fields of one reading.
 */
enum { FORM_VALUE_MAX = 1024, FORM_FIELDS_MAX = 32 };

/* One wanted key. */
struct form_field {
	const char *key;
	char value[FORM_VALUE_MAX + 1]; /* decoded, NUL-terminated; "" where it is not there */
	bool given;
};

/* One pass over n bytes; fills fields, whose keys the caller sets. Keys are compared as they stand:
 * FreeSWITCH encodes values only (switch_event_build_param_string). False: a wanted key has a value
 * that is too long, badly encoded, no UTF-8 or with a NUL in it; what is not wanted may be
 * anything. */
bool form_read(const char *form, size_t n, struct form_field *fields, size_t n_fields);

#endif
