/* PUT /api/v1/tenants/{tenant}/settings/{name}: sets it, whether it was set before or not. */
#ifndef CENTREX_WEB_API_SETTING_H
#define CENTREX_WEB_API_SETTING_H

#include "web/route.h"

extern const struct route_table api_setting_routes;

#endif
