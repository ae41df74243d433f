/* POST /api/v1/tenants/{tenant}/extensions/import and .../members/import: many rows from CSV. */
#ifndef CENTREX_WEB_API_IMPORT_H
#define CENTREX_WEB_API_IMPORT_H

#include "web/route.h"

extern const struct route_table api_import_routes;

#endif
