/* POST /api/v1/tenants, with the tenant's first owner in the same step. */
#ifndef CENTREX_WEB_API_TENANT_H
#define CENTREX_WEB_API_TENANT_H

#include "web/route.h"

extern const struct route_table api_tenant_routes;

#endif
