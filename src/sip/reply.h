/* Stateless answers: no server transaction (4 KB for 32 s) for what a phone can simply ask again.
 */
#ifndef CENTREX_SIP_REPLY_H
#define CENTREX_SIP_REPLY_H

#include "sip/engine.h"

/* With the reason phrase of RFC 3261 section 21. Errors of the socket are the sender's loss. */
void reply_status(struct engine *engine, const struct sip_msg *msg, uint16_t status);

/* headers: whole lines ending in CRLF, no Content-Length. */
void reply_headers(struct engine *engine, const struct sip_msg *msg, uint16_t status,
                   const char *headers);

const char *reply_reason(uint16_t status);

#endif
