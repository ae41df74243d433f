/* GET /api/v1/openapi.json: the API's own description. */
#ifndef CENTREX_WEB_API_OPENAPI_H
#define CENTREX_WEB_API_OPENAPI_H

#include "web/route.h"

extern const struct route_table api_openapi_routes;

#endif
