/* The value of an Authorization header from a stranger: parsed, and checked against a password. */
#include <re.h>
#include <stdlib.h>

#include "sip/digest.h"
#include "sip/nonce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct pl method = {.p = "REGISTER", .l = 8};
	static struct nonces *nonces;
	struct pl value = {.p = (const char *)data, .l = size};
	struct digest digest;
	struct sa source;

	if (!nonces && nonces_open(&nonces, NULL) != ERROR_OK)
		abort();
	sa_set_str(&source, "192.0.2.1", 5060);
	if (!digest_parse(&value, &digest))
		return 0;
	/* Nobody guesses a password or a nonce. */
	if (digest_check(&digest, &method, "a password nobody guesses") ||
	    nonce_valid(nonces, &digest.nonce, &source, 1000))
		abort();
	(void)nonce_count(nonces, &digest.nonce, digest.count, 1);
	return 0;
}
