/*
 * GET tenants/{tenant}/cdrs/{id}/recording: the recording of a call, with Range. An agent hears his
 * own calls only. recording_path is a path below the tenant's media directory; what leads out of
 * it, or over a symbolic link, is not there.
 */
#ifndef CENTREX_WEB_API_RECORDING_H
#define CENTREX_WEB_API_RECORDING_H

#include "web/route.h"

extern const struct route_table api_recording_routes;

#endif
