/* What the operator's pages ask for beside the resources (nodes, isolation reports): the
 * migrations, and what each tenant has and may have. */
#ifndef CENTREX_WEB_API_OPERATOR_H
#define CENTREX_WEB_API_OPERATOR_H

#include "web/route.h"

extern const struct route_table api_operator_routes;

#endif
