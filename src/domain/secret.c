#include "domain/secret.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { RANDOM_BYTES = 32, RANDOM_CHARACTERS = 43 };

static const char *const prefixes[SECRET_KIND_COUNT] = {
	[SECRET_SESSION] = "",
	[SECRET_TOKEN] = "ctx_",
	[SECRET_INVITATION] = "",
};

void secret_make(enum secret_kind kind, char ret_text[static SECRET_TEXT_MAX])
{
	uint8_t random[RANDOM_BYTES];
	int n = snprintf(ret_text, SECRET_TEXT_MAX, "%s", prefixes[kind]);

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(ret_text + n, SECRET_TEXT_MAX - (size_t)n, random, sizeof(random),
	                  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(random, sizeof(random));
}

static bool is_base64url(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

bool secret_is(enum secret_kind kind, const char *text)
{
	size_t prefix = strlen(prefixes[kind]);

	if (strncmp(text, prefixes[kind], prefix) != 0)
		return false;
	text += prefix;
	for (size_t i = 0; i < RANDOM_CHARACTERS; i++)
		if (!is_base64url(text[i]))
			return false;
	return text[RANDOM_CHARACTERS] == '\0';
}

void secret_hash(const char *text, uint8_t ret_hash[static SECRET_HASH_BYTES])
{
	crypto_generichash(ret_hash, SECRET_HASH_BYTES, (const uint8_t *)text, strlen(text), NULL,
	                   0);
}

const char *secret_hash_text(const uint8_t hash[static SECRET_HASH_BYTES],
                             char buffer[static SECRET_HASH_TEXT_MAX])
{
	memcpy(buffer, "\\x", 2);
	sodium_bin2hex(buffer + 2, SECRET_HASH_TEXT_MAX - 2, hash, SECRET_HASH_BYTES);
	return buffer;
}
