/* Inviting people by e-mail address, and the links they get: rows for web/routes.c. */
#ifndef CENTREX_WEB_API_INVITE_H
#define CENTREX_WEB_API_INVITE_H

#include "domain/invitation.h"
#include "web/reply.h"
#include "web/request.h"

extern const struct route_table api_invite_routes;

/* Makes the link, mails it where mail is set, and writes `"invitation":...,"invitation_url":...}`
 * behind what is in the reply's body. */
MUST_CHECK enum error_code invite_add_link(struct request *request, const struct invited *invited,
                                           struct reply *reply, struct error *err);

#endif
