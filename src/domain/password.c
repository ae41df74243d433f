#include "domain/password.h"

#include <sodium.h>
#include <string.h>

enum { PASSES = 2, MEMORY_BYTES = 19 * 1024 * 1024 };

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "the hash fits");

enum error_code password_hash(const char *password, char ret_hash[static PASSWORD_HASH_MAX],
                              struct error *err)
{
	if (crypto_pwhash_argon2id_str(ret_hash, password, strlen(password), PASSES, MEMORY_BYTES))
		return error_set(err, ERROR_MEMORY, NULL, "not enough memory to hash a password");
	return ERROR_OK;
}

bool password_matches(const char *hash, const char *password)
{
	return crypto_pwhash_argon2id_str_verify(hash, password, strlen(password)) == 0;
}
