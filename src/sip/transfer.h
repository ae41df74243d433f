/*
 * REFER: a phone gives the other it talks with to somebody else (RFC 3515, RFC 5589).
 *
 * Blind: the number is routed as if the transferor had called it, and the transferee hears it ring.
 * Attended: Refer-To names another dialog of the same extension (Replaces), and those two who are
 * not the transferor talk; the call that began first goes on, the other ends as "transferred".
 * The transferor's leg stays until that has succeeded. Where it fails both talk again; if he has
 * hung up his extension is rung, and if nobody answers there the call ends.
 * Numbers of other domains, and codes that are not for somebody else, are refused. docs/adr/0084.
 */
#ifndef CENTREX_SIP_TRANSFER_H
#define CENTREX_SIP_TRANSFER_H

#include "sip/call_service.h"
#include "sip/refer.h"
#include "sip/subscription.h"

/* struct leg_events.refer of a call's leg. */
void transfer_refer(struct leg *leg, const struct sip_msg *msg);

/* The phones that ring for a transferee: any phone may pick that up. */
extern const struct call_service transfer_service;

/* ---- between transfer.c and transfer_attended.c ---- */

/* A call while it is transferred: it is ALONE, with the transferee. */
struct transfer {
	struct call *call;
	struct leg *from; /* the transferor's; NULL: he has hung up */
	struct subscription *subscription;
	struct snapshot *snapshot; /* of `by` */
	const struct extension *by;
	char to[DIALLED_MAX];
	struct tmr ring;
	uint16_t best;
	bool recalling; /* it rings at the transferor's */
};

/* Takes the transferor's leg out of a call that talks: the other hears it ring. to: the number, for
 * people. NULL: no memory, nothing was done. subscription becomes the transfer's. */
struct transfer *transfer_begin(struct call *call, struct leg *from, struct snapshot *snapshot,
                                const char *to, struct subscription *subscription);
/* Phones ring, or none does: it waits for their answer so long, or fails. */
void transfer_wait(struct transfer *transfer, unsigned ring_s);
void transfer_fail(struct transfer *transfer, uint16_t status);

/* Refer-To with Replaces. */
void transfer_attended(struct call *call, struct leg *from, const struct sip_msg *msg,
                       struct snapshot *snapshot, const struct replaces *replaces);

#endif
