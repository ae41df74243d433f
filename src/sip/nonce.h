/*
 * Nonces that need no memory: 8 hex digits of time, 8 of a counter, 32 of a MAC over both and the
 * address they were given to. The key lives as long as the process.
 *
 * What memory there is, of fixed size, is for nonce counts (RFC 7616 section 3.4.5): the highest
 * count of a nonce that was used with right credentials. A count seen before is a replay, unless it
 * is the very request (a retransmission): credentials do not cover what stands in other headers.
 * Where two nonces meet in the table, the later one stays.
 */
#ifndef CENTREX_SIP_NONCE_H
#define CENTREX_SIP_NONCE_H

#include <re.h>

#include "base/error.h"

enum { NONCE_LENGTH = 48, NONCE_LIFE_S = 300 };

struct nonces;

MUST_CHECK enum error_code nonces_open(struct nonces **ret_nonces, struct error *err);
void nonces_close(struct nonces *nonces);

void nonce_make(struct nonces *nonces, const struct sa *source, int64_t now_s,
                char ret_nonce[static NONCE_LENGTH + 1]);

/* True when it is one of ours, given to this address, and not too old. */
bool nonce_valid(const struct nonces *nonces, const struct pl *nonce, const struct sa *source,
                 int64_t now_s);

/* For a valid nonce with right credentials; request: a hash of all that the request says, 0: it may
 * not be repeated. False: a replay. */
bool nonce_count(struct nonces *nonces, const struct pl *nonce, uint32_t nc, uint64_t request);

#endif
