/* GET /metrics: for Prometheus, from this machine or with an operator's token. */
#ifndef CENTREX_WEB_API_METRICS_H
#define CENTREX_WEB_API_METRICS_H

#include "web/route.h"

extern const struct route_table api_metrics_routes;

#endif
