#include "domain/settings.h"

#include <string.h>

#include "domain/hooks.h"

/* clang-format off */
const struct field settings[] = {
	{.name = "ring_s", .type = FIELD_INTEGER, .least = 1, .most = 600,
	 .description = "seconds a phone rings; the installation's sip-ring-s when not set"},
	{.name = "media_quota_mib", .type = FIELD_INTEGER, .least = 0, .most = 1048576,
	 .description = "MiB of audio that may be kept; the installation's media-quota-mib when not set"},
};
/* clang-format on */

const size_t n_settings = COUNT_OF(settings);

static enum error_code unknown(struct error *err)
{
	AUTO(text_clear) struct text known = {0};

	for (size_t i = 0; i < n_settings; i++)
		text_addf(&known, "%s%s", i ? ", " : "", settings[i].name);
	if (known.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return error_set(err, ERROR_INVALID, "name",
	                 "is no setting: there are %s, and x-... for your own", known.data);
}

enum error_code setting_check(const char *name, const json_t *value, struct error *err)
{
	AUTO(text_clear) struct text rule = {0};

	if (strncmp(name, "x-", 2) == 0)
		return ERROR_OK;
	for (size_t i = 0; i < n_settings; i++) {
		enum error_code code;

		if (strcmp(settings[i].name, name) != 0)
			continue;
		code = field_check(&settings[i], value, err);
		if (code != ERROR_INVALID)
			return code;
		field_rule(&settings[i], &rule);
		return error_set(err, ERROR_INVALID, "value", "of %s %s", name, text_string(&rule));
	}
	return unknown(err);
}

enum error_code setting_resource_check(const char *const *keys, const json_t *body,
                                       struct error *err)
{
	const char *name = keys ? keys[0] : json_string_value(json_object_get(body, "name"));

	return setting_check(name, json_object_get(body, "value"), err);
}
