#include "web/cookie.h"

#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "domain/session.h"

/* Also behind a proxy that speaks TLS for us. */
static bool is_secure(const struct request *request)
{
	return request->secure ||
	       strncmp(config_text(request->web->config, CONFIG_WEB_URL), "https://", 8) == 0;
}

static const char *cookie_name(const struct request *request)
{
	return is_secure(request) ? "__Host-centrex_session" : "centrex_session";
}

/* RFC 6265 section 4.2.1: pairs with "; " between. Of two with the same name the first counts. */
void cookie_session(const struct request *request, char ret_secret[static SECRET_TEXT_MAX])
{
	const char *cookies = request_header(request, "Cookie");
	const char *name = cookie_name(request);
	size_t length = strlen(name);

	ret_secret[0] = '\0';
	while (cookies && *cookies) {
		size_t n;

		cookies += strspn(cookies, "; ");
		n = strcspn(cookies, ";");
		if (n > length && strncmp(cookies, name, length) == 0 && cookies[length] == '=' &&
		    n - length - 1 < SECRET_TEXT_MAX) {
			memcpy(ret_secret, cookies + length + 1, n - length - 1);
			ret_secret[n - length - 1] = '\0';
			/* A token in a cookie would be let off the check of Origin. */
			if (!secret_is(SECRET_SESSION, ret_secret))
				ret_secret[0] = '\0';
			return;
		}
		cookies += n;
	}
}

void cookie_set(const struct request *request, struct reply *reply, const char *secret)
{
	reply_header(reply, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=Strict%s; Max-Age=%d",
	             cookie_name(request), secret, is_secure(request) ? "; Secure" : "",
	             *secret ? SESSION_MAX_S : 0);
}
