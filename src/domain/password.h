/* Passwords of people: Argon2id, 19 MiB, two passes (design, section 12). 20 ms and 19 MiB each. */
#ifndef CENTREX_DOMAIN_PASSWORD_H
#define CENTREX_DOMAIN_PASSWORD_H

#include <stdbool.h>

#include "base/error.h"

enum { PASSWORD_HASH_MAX = 128 };

/* The hash as text, "$argon2id$v=19$...". */
MUST_CHECK enum error_code
password_hash(const char *password, char ret_hash[static PASSWORD_HASH_MAX], struct error *err);

/* A hash of no password, at no cost: of a user who has to be invited. */
void password_nobodys(char ret_hash[static PASSWORD_HASH_MAX]);

/* hash NULL: nobody has that password, which takes as long to find out. */
MUST_CHECK bool password_matches(const char *hash, const char *password);

/* True when the hash was made with other costs than today's. */
bool password_is_outdated(const char *hash);

enum { PASSWORD_LEAST = 8, PASSWORD_MOST = 200 };

/* A password somebody wants to have: its length in characters, and that it is not his e-mail
 * address (NULL: not known). field: what to blame. */
MUST_CHECK enum error_code password_check(const char *password, const char *email,
                                          const char *field, struct error *err);

#endif
