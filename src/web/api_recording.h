/*
 * tenants/{tenant}/cdrs/{id}/recording: GET is the recording of a call, with Range; an agent hears
 * his own calls only. DELETE, an administrator's, removes it for good, which the audit log tells.
 * recording_path is a path below the tenant's media directory; what leads out of it, or over a
 * symbolic link, is not there.
 */
#ifndef CENTREX_WEB_API_RECORDING_H
#define CENTREX_WEB_API_RECORDING_H

#include "web/route.h"

extern const struct route_table api_recording_routes;

#endif
