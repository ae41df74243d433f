/*
 * Pick-up: **<extension> takes the call that rings there, the oldest first. What is taken rings as
 * an ordinary call does, or because it was transferred or parked; a queue's offer is its agent's.
 */
#ifndef CENTREX_SIP_PICKUP_H
#define CENTREX_SIP_PICKUP_H

#include "sip/call_service.h"

/* by: a call just begun. Where nothing rings that it may take it is over. */
void pickup_dialled(struct call *by, const struct extension *extension);

#endif
