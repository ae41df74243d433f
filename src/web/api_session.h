/* Signing in and out, who one is, one's password and sessions: rows for web/routes.c. */
#ifndef CENTREX_WEB_API_SESSION_H
#define CENTREX_WEB_API_SESSION_H

#include "web/route.h"

extern const struct route_table api_session_routes;

#endif
