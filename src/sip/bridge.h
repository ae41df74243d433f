/*
 * A bridge: two legs that talk. It carries media between them, and what one asks (hold, resume,
 * other codecs, INFO) to the other. It belongs to a call, and knows nothing of it.
 */
#ifndef CENTREX_SIP_BRIDGE_H
#define CENTREX_SIP_BRIDGE_H

#include "sip/leg.h"

struct bridge {
	struct leg *one, *two; /* both NULL: not joined */
	struct leg *asking;    /* whose modification is on its way to the other; NULL: none */
	struct sdp *offer;     /* its; NULL: it wants an offer */
	bool restore;          /* the modification was withdrawn after it had gone out */
};

/* What became of the call by an event. */
enum bridge_fate { BRIDGE_HOLDS, BRIDGE_NO_AUDIO, BRIDGE_LEG_GONE };

void bridge_join(struct bridge *bridge, struct leg *one, struct leg *two);
void bridge_clear(struct bridge *bridge);
struct leg *bridge_other(const struct bridge *bridge, const struct leg *leg);

/* Each is the leg event of the same name. */
void bridge_modify(struct bridge *bridge, struct leg *leg, const struct sip_msg *msg,
                   struct sdp *offer);
MUST_CHECK enum bridge_fate bridge_modified(struct bridge *bridge, struct leg *leg, uint16_t status,
                                            struct sdp *description);
MUST_CHECK enum bridge_fate bridge_acked(struct bridge *bridge, struct leg *leg,
                                         struct sdp *answer);
void bridge_withdrawn(struct bridge *bridge, struct leg *leg);
void bridge_info(struct bridge *bridge, struct leg *leg, const struct sip_msg *msg);

/* Completes an exchange in which `answering` answered `offering`: both descriptions hold, both
 * media follow, and offering->local.last is the answer to send. */
MUST_CHECK enum error_code bridge_agree(struct leg *offering, struct sdp *offer,
                                        struct leg *answering, struct sdp *answer);

#endif
