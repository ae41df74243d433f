#include "base/random.h"

#include <sodium.h>

enum error_code random_open(struct error *err)
{
	if (sodium_init() < 0)
		return error_set(err, ERROR_INTERNAL, NULL, "libsodium does not start");
	return ERROR_OK;
}

void random_password(char *ret_password, size_t n)
{
	static const char alphabet[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

	for (size_t i = 0; i < n; i++)
		ret_password[i] = alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
	ret_password[n] = '\0';
}
