/*
 * A phone comes into a call that is there: by Replaces in its INVITE (RFC 3891), by picking up what
 * rings elsewhere, by dialling the slot of a parked call.
 */
#ifndef CENTREX_SIP_TAKEOVER_H
#define CENTREX_SIP_TAKEOVER_H

#include "sip/call_service.h"

/* `by` is a call just begun (RINGING): it is answered, ends as "picked_up", and its phone is in
 * `call` from now on, in place of `leg` (who is hung up) or, where that is NULL, talking with its
 * caller; what rang is told that somebody else has answered. Where that cannot be `by` ends, with
 * the reason. */
void takeover(struct call *by, struct call *call, struct leg *leg);

/* Another (UP, of no call) waits in a call that is ALONE, and hears what its caller did. The former
 * caller's leg, to be hung up. */
struct leg *takeover_caller(struct call *call, struct leg *leg);

/* A call just begun, whose INVITE has Replaces: true where it has, and is dealt with. Any extension
 * may take a call of its own tenant whose dialog it can name. */
MUST_CHECK bool takeover_invited(struct call *by, const struct sip_msg *msg);

#endif
