/* What a leg's phone says and hears: its media, and who offered and answered what. */
#ifndef CENTREX_SIP_LEG_MEDIA_H
#define CENTREX_SIP_LEG_MEDIA_H

#include "sip/leg.h"

/* help: also from the ports that are kept for calls for help. */
MUST_CHECK enum error_code leg_media_open(struct leg *leg, const struct media_leg *like,
                                          bool secure, bool help);
/* Sends to where the phone says, with the keys agreed. answered: remote is its answer to us. */
MUST_CHECK enum error_code leg_media_apply(struct leg *leg, bool answered);
void leg_media_close(struct leg *leg);

/* An exchange is complete: the phone's description, what it was told, and who answered. Media
 * follows. */
MUST_CHECK enum error_code leg_agree(struct leg *leg, struct sdp *phone, struct sdp *told,
                                     bool phone_answered);
/* 200 with an answer of our own to the phone's offer, which holds from now on. */
MUST_CHECK enum error_code leg_answer(struct leg *leg, struct sdp *offer, struct sdp *told);
/* 200 with an offer of our own; leg_proposed with what the ACK brought completes it. */
MUST_CHECK enum error_code leg_propose(struct leg *leg, struct sdp *told);
MUST_CHECK enum error_code leg_proposed(struct leg *leg, struct sdp *answer);
/* Asks the phone with this offer, or for one (NULL): leg_modify. Its answer goes to leg_proposed,
 * its offer to leg_take, which takes all of it and sends the ACK that was held. */
MUST_CHECK enum error_code leg_ask(struct leg *leg, bool update, struct sdp *offer);
MUST_CHECK enum error_code leg_take(struct leg *leg, struct sdp *offer);
/* The answer to leg_ask, of a leg that the bridge it was for has left. */
void leg_modified(struct leg *leg, uint16_t status, struct sdp *description);
/* What one hears of the other as it is, and neither is on hold by what it was told. */
bool leg_fits(const struct leg *one, const struct leg *two);

#endif
