/* Cross-origin requests (the Fetch standard's CORS protocol), for one other site. Cookies are never
 * part of them (SameSite=Strict): such pages send a token. */
#include <string.h>

#include "web/server_internal.h"

static const char *allowed_origin(const struct exchange *exchange)
{
	const char *origin = config_text(exchange->server->web->config, CONFIG_WEB_CORS_ORIGIN);
	const char *asked = origin[0] ? request_header(&exchange->request, "Origin") : NULL;

	return asked && strcmp(origin, asked) == 0 ? origin : NULL;
}

bool cors_preflight(struct exchange *exchange)
{
	struct reply *reply = &exchange->reply;

	if (!exchange->options || !exchange->request.match.allowed || !allowed_origin(exchange) ||
	    !request_header(&exchange->request, "Access-Control-Request-Method"))
		return false;
	reply->status = 204;
	reply_header(reply, "Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
	reply_header(reply, "Access-Control-Allow-Headers",
	             "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
	             "If-Range, Last-Event-ID, Range");
	reply_header(reply, "Access-Control-Max-Age", "600");
	return true;
}

bool cors_add(const struct exchange *exchange, struct MHD_Response *response)
{
	const char *origin;

	if (!config_text(exchange->server->web->config, CONFIG_WEB_CORS_ORIGIN)[0])
		return true;
	if (MHD_add_response_header(response, "Vary", "Origin") != MHD_YES)
		return false;
	origin = allowed_origin(exchange);
	return !origin ||
	       (MHD_add_response_header(response, "Access-Control-Allow-Origin", origin) ==
	                MHD_YES &&
	        MHD_add_response_header(response, "Access-Control-Expose-Headers",
	                                "Content-Disposition, Content-Range, ETag, Location, "
	                                "Retry-After, X-Request-Id") == MHD_YES);
}
