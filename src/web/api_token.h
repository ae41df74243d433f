/* One's own API tokens: rows for web/routes.c. A tenant's tokens are a resource. */
#ifndef CENTREX_WEB_API_TOKEN_H
#define CENTREX_WEB_API_TOKEN_H

#include "web/route.h"

extern const struct route_table api_token_routes;

#endif
