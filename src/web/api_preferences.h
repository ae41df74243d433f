/* GET /api/v1/tenants/{tenant}/preferences: how a tenant wants things shown, for all its people. */
#ifndef CENTREX_WEB_API_PREFERENCES_H
#define CENTREX_WEB_API_PREFERENCES_H

#include "web/route.h"

extern const struct route_table api_preferences_routes;

#endif
