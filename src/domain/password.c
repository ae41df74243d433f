#include "domain/password.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PASSES = 2, MEMORY_BYTES = 19 * 1024 * 1024 };

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "the hash fits");

enum error_code password_hash(const char *password, char ret_hash[static PASSWORD_HASH_MAX],
                              struct error *err)
{
	if (crypto_pwhash_argon2id_str(ret_hash, password, strlen(password), PASSES, MEMORY_BYTES))
		return error_set(err, ERROR_MEMORY, NULL, "not enough memory to hash a password");
	return ERROR_OK;
}

/* Of a password nobody knows, with today's costs. */
static const char nobodys_hash[] = "$argon2id$v=19$m=19456,t=2,p=1$crXM1RfiQ7FQROLVqReOJQ$"
				   "AKUEZnHe4mk0yOW6pXK7TxVCVbhdzqPqMIkJStx//Aw";

void password_nobodys(char ret_hash[static PASSWORD_HASH_MAX])
{
	enum {
		SALT_BYTES = 16,
		HASH_BYTES = 32,
		VARIANT = sodium_base64_VARIANT_ORIGINAL_NO_PADDING
	};
	uint8_t random[SALT_BYTES + HASH_BYTES];
	char salt[sodium_base64_ENCODED_LEN(SALT_BYTES, VARIANT)];
	char hash[sodium_base64_ENCODED_LEN(HASH_BYTES, VARIANT)];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(salt, sizeof(salt), random, SALT_BYTES, VARIANT);
	sodium_bin2base64(hash, sizeof(hash), random + SALT_BYTES, HASH_BYTES, VARIANT);
	snprintf(ret_hash, PASSWORD_HASH_MAX, "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s",
	         MEMORY_BYTES / 1024, PASSES, salt, hash);
}

bool password_matches(const char *hash, const char *password)
{
	bool matches = crypto_pwhash_argon2id_str_verify(hash ? hash : nobodys_hash, password,
	                                                 strlen(password)) == 0;

	return matches && hash;
}

bool password_is_outdated(const char *hash)
{
	return crypto_pwhash_argon2id_str_needs_rehash(hash, PASSES, MEMORY_BYTES) != 0;
}

/* Characters of UTF-8. */
static size_t count_characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

enum error_code password_check(const char *password, const char *email, const char *field,
                               struct error *err)
{
	size_t n = count_characters(password);

	if (n < PASSWORD_LEAST || n > PASSWORD_MOST)
		return error_set(err, ERROR_INVALID, field, "must have %d to %d characters",
		                 PASSWORD_LEAST, PASSWORD_MOST);
	if (email && strcasecmp(password, email) == 0)
		return error_set(err, ERROR_INVALID, field, "must not be the e-mail address");
	return ERROR_OK;
}
