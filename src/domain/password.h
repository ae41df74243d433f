/* Passwords of people: Argon2id, 19 MiB, two passes (design, section 12). 20 ms and 19 MiB each. */
#ifndef CENTREX_DOMAIN_PASSWORD_H
#define CENTREX_DOMAIN_PASSWORD_H

#include <stdbool.h>

#include "base/error.h"

enum { PASSWORD_HASH_MAX = 128 };

/* The hash as text, "$argon2id$v=19$...". */
MUST_CHECK enum error_code
password_hash(const char *password, char ret_hash[static PASSWORD_HASH_MAX], struct error *err);

MUST_CHECK bool password_matches(const char *hash, const char *password);

#endif
