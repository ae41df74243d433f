#include "web/origin.h"

#include <string.h>
#include <strings.h>

#include "base/config.h"

bool origin_is_host(const char *origin, const char *host, bool secure)
{
	static const struct {
		const char *scheme, *port;
		bool secure;
	} schemes[] = {
		{"https://", ":443", true },
		{"http://",  ":80",  false},
	};

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		size_t n = strlen(schemes[i].scheme);
		size_t length = strlen(host), port = strlen(schemes[i].port);

		if (strncasecmp(origin, schemes[i].scheme, n) != 0 ||
		    (secure && !schemes[i].secure))
			continue;
		/* A browser leaves the scheme's own port out of both; others may write it. */
		if (length > port && strcmp(host + length - port, schemes[i].port) == 0)
			length -= port;
		return length && strncasecmp(origin + n, host, length) == 0 &&
		       origin[n + length] == '\0';
	}
	return false;
}

bool origin_is_url(const char *origin, const char *url)
{
	const char *rest = strstr(url, "://");
	size_t n = rest ? (size_t)(rest + 3 - url) + strcspn(rest + 3, "/?#") : 0;

	return n && strlen(origin) == n && strncasecmp(origin, url, n) == 0;
}

enum error_code origin_check(const struct request *request, bool required, struct error *err)
{
	const char *url = config_text(request->web->config, CONFIG_WEB_URL);
	const char *other = config_text(request->web->config, CONFIG_WEB_CORS_ORIGIN);
	const char *origin = request_header(request, "Origin");
	const char *host = request_header(request, "Host");

	if (request->route->method == WEB_GET)
		return ERROR_OK;
	if (!origin)
		return required ? error_set(err, ERROR_FORBIDDEN, "Origin",
		                            "is required where the session is a cookie")
		                : ERROR_OK;
	if (*url ? origin_is_url(origin, url)
	         : host && origin_is_host(origin, host, request->secure))
		return ERROR_OK;
	if (*other && origin_is_url(origin, other))
		return ERROR_OK;
	return error_set(err, ERROR_FORBIDDEN, "Origin", "is another site's");
}
