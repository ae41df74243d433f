/*
 * Parking: a call waits in a numbered slot of its tenant, with music, until somebody dials the
 * slot. The slots are the tenant's prefix with 1 to 9 ("701" to "709"); the prefix with 0 is the
 * first that is free. A phone parks whom it talks with by a blind transfer to either. After the
 * tenant's time it rings where it was parked from, and again, for as long as the one who waits
 * does.
 */
#ifndef CENTREX_SIP_PARK_H
#define CENTREX_SIP_PARK_H

#include "domain/route.h"
#include "sip/call_service.h"

enum { PARK_SLOT_MAX = 8 };

extern const struct call_service park_service;

/* The slot that a plan of ROUTE_PARK or ROUTE_SLOT means, as it is now; false: taken, or all are.
 */
MUST_CHECK bool park_slot_free(const struct call *call, const struct route_plan *plan,
                               char ret_slot[static PARK_SLOT_MAX]);

/* A call that is ALONE waits in a slot that is free. by: the extension that parked it. */
void park_call(struct call *call, const char *slot, const char *by);

/* A call just begun, to a slot: takes who is parked there. To the first free one: there is nobody
 * to park, and the caller hears so. */
void park_dialled(struct call *by, const struct route_plan *plan);

#endif
