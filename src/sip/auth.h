/*
 * Who sent a request: digest authentication (RFC 3261 section 22, RFC 7616, RFC 8760).
 *
 * Challenges need neither the database nor memory: the realm is the domain the request named, the
 * nonce is a MAC over the time and the sender's address. Only an answer to a challenge (which
 * proves that the sender hears us) looks anything up. Unknown domain, unknown user and wrong
 * password take the same way to the same 403.
 *
 * The digest user name is an extension's auth_username; the tenant is that of the AOR's domain or,
 * where the domain is none of ours (an IP address), the one the auth_username belongs to. The
 * AOR's user must be the extension's own number or auth_username.
 */
#ifndef CENTREX_SIP_AUTH_H
#define CENTREX_SIP_AUTH_H

#include "sip/engine.h"

struct auth_identity {
	struct snapshot *snapshot;         /* the callee takes its own reference to keep it */
	const struct extension *extension; /* of that snapshot */
};

/* On the loop. msg is alive during the call (take a reference to keep it). */
typedef void auth_granted_h(struct engine *engine, const struct sip_msg *msg,
                            const struct auth_identity *who, void *arg);

MUST_CHECK enum error_code auth_open(struct engine *engine, struct auth **ret_auth,
                                     struct error *err);
void auth_close(struct auth *auth); /* after work_close */

/* Calls granted once the sender is proven to be an extension whose AOR is `aor` (REGISTER: &msg->to
 * .uri; others: &msg->from.uri) and the tenant's stored registrations are in memory: either before
 * it returns or later. Everything else it answers by itself, statelessly (401, 403, 503, or not at
 * all), and drops retransmissions of what it is still working on. */
void auth_request(struct engine *engine, const struct sip_msg *msg, const struct uri *aor,
                  auth_granted_h *granted, void *arg);

#endif
