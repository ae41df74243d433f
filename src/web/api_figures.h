/* GET /api/v1/tenants/{tenant}/figures: what a tenant's dashboard shows of the day. */
#ifndef CENTREX_WEB_API_FIGURES_H
#define CENTREX_WEB_API_FIGURES_H

#include "web/route.h"

extern const struct route_table api_figures_routes;

#endif
