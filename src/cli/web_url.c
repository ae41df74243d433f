#include "cli/web_url.h"

#include <jansson.h>
#include <string.h>

void web_url(const struct config *config, struct text *out)
{
	const char *address = config_text(config, CONFIG_WEB_ADDRESS);
	const char *url = config_text(config, CONFIG_WEB_URL);
	long long port = config_number(config, CONFIG_WEB_PORT);
	bool tls = *config_text(config, CONFIG_WEB_TLS_CERTIFICATE);
	AUTO(text_clear) struct text path = {0};
	json_t *running;
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	if (n) {
		text_add_n(out, url, n);
		return;
	}
	text_addf(&path, "%s/run/web.json", config_text(config, CONFIG_STATE));
	running = json_load_file(text_string(&path), 0, NULL);
	if (json_is_integer(json_object_get(running, "port"))) {
		port = json_integer_value(json_object_get(running, "port"));
		tls = json_is_true(json_object_get(running, "tls"));
	}
	json_decref(running);
	text_addf(out, strchr(address, ':') ? "%s://[%s]:%lld" : "%s://%s:%lld",
	          tls ? "https" : "http", address, port);
}
