/*
 * Whether a request that changes something was sent by a page of ours: a browser says in Origin
 * (RFC 6454) where the page came from, and no page can write another there.
 *
 * Ours are the setting web-url, or where that is empty the request's own Host; and the site of
 * web-cors-origin.
 */
#ifndef CENTREX_WEB_ORIGIN_H
#define CENTREX_WEB_ORIGIN_H

#include "web/request.h"

/* ERROR_FORBIDDEN: another site's. required: without Origin it is refused as well, which is for
 * requests with a cookie. GET is always let through. */
MUST_CHECK enum error_code origin_check(const struct request *request, bool required,
                                        struct error *err);

/* True when origin ("https://host:port") is where the request was sent, as host (the header) says;
 * https counts for http, since a proxy may speak TLS for us. */
bool origin_is_host(const char *origin, const char *host, bool secure);
/* True when origin is that of url, whatever path it has. */
bool origin_is_url(const char *origin, const char *url);

#endif
