/* Randomness from libsodium, fit for secrets. */
#ifndef CENTREX_BASE_RANDOM_H
#define CENTREX_BASE_RANDOM_H

#include "base/error.h"

/* Once, first thing in main: libsodium is ready. */
MUST_CHECK enum error_code random_open(struct error *err);

/* n characters without look-alikes (no 0 O o 1 I l), each of the 56 as likely (5.8 bits), then a
 * NUL. For passwords that a person may have to read aloud: 24 characters are 139 bits. */
void random_password(char *ret_password, size_t n);

#endif
