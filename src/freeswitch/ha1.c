#include "freeswitch/ha1.h"

#include <sodium.h>
#include <string.h>

#include "base/base.h"

enum { INPUT_MAX = 4096, HASH_BYTES = 16 };

EVP_MD *ha1_open(void)
{
	return EVP_MD_fetch(NULL, "MD5", NULL);
}

bool ha1(const EVP_MD *md5, const char *name, const char *realm, const char *password,
         char ret_hex[static HA1_MAX])
{
	const char *const parts[] = {name, ":", realm, ":", password};
	unsigned char hash[EVP_MAX_MD_SIZE];
	char input[INPUT_MAX];
	size_t n = 0;
	bool good = md5;

	for (size_t i = 0; i < COUNT_OF(parts) && good; i++) {
		size_t length = strlen(parts[i]);

		good = length <= INPUT_MAX - n;
		if (good)
			memcpy(input + n, parts[i], length);
		n += good ? length : 0;
	}
	good = good && EVP_Digest(input, n, hash, NULL, md5, NULL) == 1;
	sodium_memzero(input, n);
	if (good)
		sodium_bin2hex(ret_hex, HA1_MAX, hash, HASH_BYTES);
	return good;
}
