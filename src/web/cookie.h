/* The cookie a browser is signed in with: HttpOnly, SameSite=Strict, and over TLS Secure under a
 * name
 * (__Host-) that no other host of the domain can set. */
#ifndef CENTREX_WEB_COOKIE_H
#define CENTREX_WEB_COOKIE_H

#include "web/reply.h"
#include "web/request.h"

/* The secret; "": none was sent. */
void cookie_session(const struct request *request, char ret_secret[static SECRET_TEXT_MAX]);

/* secret "": the browser forgets it. */
void cookie_set(const struct request *request, struct reply *reply, const char *secret);

#endif
