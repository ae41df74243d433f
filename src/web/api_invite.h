/* Inviting people by e-mail address, and the links they get: rows for web/routes.c. */
#ifndef CENTREX_WEB_API_INVITE_H
#define CENTREX_WEB_API_INVITE_H

#include "web/route.h"

extern const struct route_table api_invite_routes;

#endif
