/*
 * Calls that somebody wants ended: from the thread that reads it in the tenant's table to the loop.
 */
#ifndef CENTREX_SIP_HANG_UP_H
#define CENTREX_SIP_HANG_UP_H

#include <stdbool.h>

#include "base/error.h"
#include "base/uuid.h"

struct hang_ups;

typedef void hang_up_h(const struct uuid *tenant, const struct uuid *call, void *arg);

/* handler: on the loop. */
MUST_CHECK enum error_code hang_ups_open(hang_up_h *handler, void *arg,
                                         struct hang_ups **ret_hang_ups);
/* What was asked and not yet handled is forgotten. NULL is allowed. */
void hang_ups_close(struct hang_ups *hang_ups);

/* A live_hang_up_h, from any thread; arg is the struct hang_ups. False: too many at one time. */
bool hang_ups_ask(const struct uuid *tenant, const struct uuid *call, void *arg);

#endif
