/* A number that leads to an announcement: answered, heard once from its start, then ended. */
#ifndef CENTREX_SIP_ANNOUNCEMENT_H
#define CENTREX_SIP_ANNOUNCEMENT_H

#include "sip/call_service.h"

/* The call is RINGING, or ALONE (transferred there), and may be over afterwards. */
void announcement_start(struct call *call, const struct sound *sound);

#endif
