/*
 * What a leg's phone is answered while the leg neither talks nor hears: its call goes on without
 * it, and it is there only until that has succeeded or failed.
 */
#ifndef CENTREX_SIP_LEG_IDLE_H
#define CENTREX_SIP_LEG_IDLE_H

#include "sip/leg.h"

void leg_idle_acked(struct leg *leg, struct sdp *answer);
void leg_idle_modify(struct leg *leg, const struct sip_msg *msg, struct sdp *offer);
void leg_idle_withdrawn(struct leg *leg);
void leg_idle_modified(struct leg *leg, uint16_t status, struct sdp *description);
void leg_idle_info(struct leg *leg, const struct sip_msg *msg);
void leg_idle_settled(struct leg *leg);
void leg_idle_silent(struct leg *leg, bool both);

/* All of a struct leg_events but `gone`. */
#define LEG_IDLE_EVENTS                                                                            \
	.acked = leg_idle_acked, .modify = leg_idle_modify, .withdrawn = leg_idle_withdrawn,       \
	.modified = leg_idle_modified, .info = leg_idle_info, .settled = leg_idle_settled,         \
	.silent = leg_idle_silent

#endif
