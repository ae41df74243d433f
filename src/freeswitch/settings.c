#include "freeswitch/settings.h"

#include <string.h>

#include "base/log.h"
#include "base/networks.h"
#include "freeswitch/nodes.h"

enum { PROFILE_MAX = 64 };

/* Of ASCII, without blanks: what every program on the way passes on unchanged. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text <= 0x20 || *text >= 0x7f)
			return false;
	return true;
}

static enum error_code check_credentials(const struct config *config, const char *text,
                                         struct error *err)
{
	size_t name = strcspn(text, ":");

	(void)config;
	if (!*text)
		return ERROR_OK;
	if (!name || !text[name] || !text[name + 1] || !is_printable(text))
		return error_set(err, ERROR_INVALID, NULL,
		                 "must be name:password, of ASCII without blanks");
	return ERROR_OK;
}

static enum error_code check_from(const struct config *config, const char *text, struct error *err)
{
	struct networks networks;

	(void)config;
	return networks_parse(text, &networks, err);
}

static enum error_code check_url(const struct config *config, const char *text, struct error *err)
{
	size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : 7;

	(void)config;
	if (!*text)
		return ERROR_OK;
	/* Such a URL is a file to it (mod_xml_curl.c, xml_url_fetch). */
	if (strstr(text, "file:"))
		return error_set(err, ERROR_INVALID, NULL,
		                 "must not have 'file:' in it: FreeSWITCH would read a file");
	if ((scheme == 7 && strncmp(text, "http://", 7) != 0) || !text[scheme] ||
	    !is_printable(text) || text[scheme + strcspn(text + scheme, "/?#@\"'<>\\")])
		return error_set(err, ERROR_INVALID, NULL,
		                 "must be http:// or https://, a host and a port, without a path, "
		                 "like http://10.0.0.2:8081");
	return ERROR_OK;
}

static enum error_code check_nodes(const struct config *config, const char *text, struct error *err)
{
	struct nodes nodes;

	(void)config;
	return nodes_parse(text, &nodes, err);
}

static enum error_code check_event_password(const struct config *config, const char *text,
                                            struct error *err)
{
	if (!*text && *config_text(config, CONFIG_FREESWITCH_NODES))
		return error_set(err, ERROR_MISSING, NULL, "must be set where freeswitch-nodes is");
	if (!*text)
		return ERROR_OK;
	return is_printable(text)
	               ? ERROR_OK
	               : error_set(err, ERROR_INVALID, NULL, "must be ASCII without blanks");
}

static enum error_code check_profile(const struct config *config, const char *text,
                                     struct error *err)
{
	size_t n =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	(void)config;
	if (text[n] || n > PROFILE_MAX)
		return error_set(err, ERROR_INVALID, NULL,
		                 "must be 1 to %d letters, digits, '.', '_' or '-'", PROFILE_MAX);
	return ERROR_OK;
}

static enum error_code check_media(const struct config *config, const char *text, struct error *err)
{
	(void)config;
	if (*text && (*text != '/' || text[strcspn(text, "${}[],;|^'\"\\`<>&")]))
		return error_set(err, ERROR_INVALID, NULL,
		                 "must be an absolute path without ${}[],;|^'\"\\`<>&");
	return ERROR_OK;
}

static const struct {
	enum config_setting setting;
	enum error_code (*check)(const struct config *config, const char *text, struct error *err);
} checks[] = {
	{CONFIG_FREESWITCH_CREDENTIALS,    check_credentials   },
	{CONFIG_FREESWITCH_FROM,           check_from          },
	{CONFIG_FREESWITCH_URL,            check_url           },
	{CONFIG_FREESWITCH_NODES,          check_nodes         },
	{CONFIG_FREESWITCH_EVENT_PASSWORD, check_event_password},
	{CONFIG_FREESWITCH_PROFILE,        check_profile       },
	{CONFIG_FREESWITCH_MEDIA,          check_media         },
};

static enum error_code blame(const struct config *config, enum config_setting setting,
                             const struct error *why, struct error *err)
{
	AUTO(text_clear) struct text origin = {0};

	config_origin(config, setting, &origin);
	return error_set(err, why->code, config_name(setting), "%s (%s)", why->message,
	                 text_string(&origin));
}

enum error_code freeswitch_settings_check(const struct config *config, struct error *err)
{
	struct error why;

	for (size_t i = 0; i < COUNT_OF(checks); i++)
		if (checks[i].check(config, config_text(config, checks[i].setting), &why))
			return blame(config, checks[i].setting, &why, err);
	return ERROR_OK;
}

void freeswitch_settings_warn(const struct config *config)
{
	static const struct {
		enum config_setting setting;
		char before; /* the password is behind it; NUL: all of the text is */
	} passwords[] = {
		{CONFIG_FREESWITCH_CREDENTIALS,    ':' },
		{CONFIG_FREESWITCH_EVENT_PASSWORD, '\0'},
	};

	for (size_t i = 0; i < COUNT_OF(passwords); i++) {
		const char *text = config_text(config, passwords[i].setting);
		const char *colon = passwords[i].before ? strchr(text, passwords[i].before) : NULL;
		const char *password = colon ? colon + 1 : text;

		if (*password && strlen(password) < SETTINGS_PASSWORD_LEAST)
			log_event(LOG_WARNING, "freeswitch",
			          "a short password can be guessed: take 16 characters or more",
			          LOG_TEXT("setting", config_name(passwords[i].setting)));
	}
}
