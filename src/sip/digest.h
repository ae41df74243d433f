/*
 * Digest credentials (RFC 7616, RFC 8760): a strict parser and the check, MD5 and SHA-256, with
 * qop=auth only. Nothing is copied: the parts point into the header's value. Pure.
 */
#ifndef CENTREX_SIP_DIGEST_H
#define CENTREX_SIP_DIGEST_H

#include <re.h>

#include "base/base.h"

enum digest_algorithm { DIGEST_SHA256, DIGEST_MD5, DIGEST_ALGORITHMS };

struct digest {
	struct pl username, realm, nonce, uri, response, cnonce, nc, qop;
	enum digest_algorithm algorithm;
	uint32_t count; /* nc as a number */
};

enum { DIGEST_VALUE_MAX = 2048 };

/* value: of an Authorization header. False: another scheme, a part missing, twice or ill-formed, an
 * algorithm or qop we do not offer. */
MUST_CHECK bool digest_parse(const struct pl *value, struct digest *ret_digest);

/* True when the response is right for this password; compared in constant time. */
MUST_CHECK bool digest_check(const struct digest *digest, const struct pl *method,
                             const char *password);

/* As written in a challenge: "MD5", "SHA-256". */
const char *digest_algorithm_name(enum digest_algorithm algorithm);

#endif
