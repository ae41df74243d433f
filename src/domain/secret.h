/*
 * Secrets that stand for a person: 256 random bits as 43 characters of base64url. The database
 * keeps a BLAKE2b hash of the text, so that whoever reads it can sign in as nobody; so many random
 * bits need no slow hash.
 */
#ifndef CENTREX_DOMAIN_SECRET_H
#define CENTREX_DOMAIN_SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum secret_kind {
	SECRET_SESSION,    /* a cookie's value */
	SECRET_TOKEN,      /* "ctx_...": an API token */
	SECRET_INVITATION, /* the end of a link */
	SECRET_KIND_COUNT
};

enum {
	SECRET_TEXT_MAX = 64,
	SECRET_HASH_BYTES = 32,
	SECRET_HASH_TEXT_MAX = 2 + 2 * SECRET_HASH_BYTES + 1,
};

/* The caller wipes the text. */
void secret_make(enum secret_kind kind, char ret_text[static SECRET_TEXT_MAX]);

/* True when text has the form of one; hostile. */
MUST_CHECK bool secret_is(enum secret_kind kind, const char *text);

void secret_hash(const char *text, uint8_t ret_hash[static SECRET_HASH_BYTES]);

/* The hash as PostgreSQL reads a bytea; returns buffer. */
const char *secret_hash_text(const uint8_t hash[static SECRET_HASH_BYTES],
                             char buffer[static SECRET_HASH_TEXT_MAX]);

#endif
