/* From a parsed request to the part that owns its method; RFC 3261 section 8.2. */
#ifndef CENTREX_SIP_DISPATCH_H
#define CENTREX_SIP_DISPATCH_H

#include "sip/engine.h"

/* Takes every request and response that libre's transactions do not. */
MUST_CHECK enum error_code dispatch_open(struct engine *engine, struct error *err);

void dispatch_request(struct engine *engine, const struct sip_msg *msg);

/* What is wrong with the form of a request, as a SIP status; 0: nothing. Pure. */
uint16_t dispatch_check(const struct sip_msg *msg);

void dispatch_log_ban(const struct sa *source, const char *why);

#endif
