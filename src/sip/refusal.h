/*
 * 403 for wrong credentials, each the same time after its request came in, whatever it took to find
 * out (a domain never heard of asks the database, a known one does not): the time tells nothing.
 * A bounded queue; what does not fit is not answered.
 */
#ifndef CENTREX_SIP_REFUSAL_H
#define CENTREX_SIP_REFUSAL_H

#include "sip/engine.h"

enum { REFUSAL_DELAY_MS = 200, REFUSALS_MAX = 1024 };

struct refusals;

MUST_CHECK enum error_code refusals_open(struct engine *engine, struct refusals **ret_refusals,
                                         struct error *err);
void refusals_close(struct refusals *refusals);

/* arrived_ms: tmr_jiffies() when the request came in. */
void refusals_add(struct refusals *refusals, const struct sip_msg *msg, uint64_t arrived_ms);

#endif
