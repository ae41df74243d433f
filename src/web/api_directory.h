/* GET /api/v1/tenants/{tenant}/directory: whom one can call, for everybody in the tenant. */
#ifndef CENTREX_WEB_API_DIRECTORY_H
#define CENTREX_WEB_API_DIRECTORY_H

#include "web/route.h"

extern const struct route_table api_directory_routes;

#endif
