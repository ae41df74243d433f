/* GET /api/v1/tenants/{tenant}/route: what `centrex route explain` says. */
#ifndef CENTREX_WEB_API_ROUTE_H
#define CENTREX_WEB_API_ROUTE_H

#include "web/route.h"

extern const struct route_table api_route_routes;

#endif
