/* Whether this process lives (/healthz) and can do its work (/readyz). */
#ifndef CENTREX_WEB_HEALTH_H
#define CENTREX_WEB_HEALTH_H

#include "web/route.h"

extern const struct route_table health_routes;

#endif
