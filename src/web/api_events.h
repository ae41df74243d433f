/* GET /api/v1/tenants/{tenant}/events: what happens in a tenant, as it happens. */
#ifndef CENTREX_WEB_API_EVENTS_H
#define CENTREX_WEB_API_EVENTS_H

#include "web/route.h"

extern const struct route_table api_events_routes;

#endif
