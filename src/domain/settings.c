#include "domain/settings.h"

#include <string.h>

#include "domain/hooks.h"

/* clang-format off */
const struct field settings[] = {
	{.name = "ring_s", .type = FIELD_INTEGER, .least = 1, .most = 600,
	 .description = "seconds a phone rings; the installation's sip-ring-s when not set"},
	{.name = "media_quota_mib", .type = FIELD_INTEGER, .least = 0, .most = 1048576,
	 .description = "MiB of audio that may be kept; the installation's media-quota-mib when not set"},
	{.name = "hold_music", .type = FIELD_TEXT, .least = 1, .most = 255, .pattern = "^[^[:cntrl:]]*$",
	 .rule = "must be default, silence, or a music-on-hold file's id or name",
	 .description = "what who is held or parked hears; default when not set"},
	{.name = "recording", .type = FIELD_CHOICE, .choices = "none queue all",
	 .description = "which calls are recorded, unless a queue's settings say otherwise; none when not set"},
	{.name = "recording_format", .type = FIELD_CHOICE, .choices = "wav opus",
	 .description = "the files; wav when not set"},
	{.name = "recording_channels", .type = FIELD_CHOICE, .choices = "mixed stereo",
	 .description = "both sides in one channel, or each in its own; mixed when not set"},
	{.name = "recording_announced", .type = FIELD_SWITCH,
	 .description = "whether both sides are told that they are recorded; true when not set"},
	{.name = "recording_days", .type = FIELD_INTEGER, .least = 0, .most = 36500,
	 .description = "days a recording is kept; 0, as when not set: for ever"},
	/* A slot is no number that somebody in need would dial. */
	{.name = "park_prefix", .type = FIELD_TEXT, .least = 1, .most = 3,
	 .pattern = "^([02-9]|0[1-9]|1[02-9]|[2-8][0-9]|9[02-8]|[0-9]{3})$",
	 .rule = "must be 1 to 3 digits, but not 1, 00, 11, 91 or 99, which emergency numbers begin with",
	 .description = "parking slots are these digits and 1 to 9, with 0 the first that is free; 70 when not set"},
	{.name = "park_s", .type = FIELD_INTEGER, .least = 5, .most = 3600,
	 .description = "seconds until a parked call rings back; 120 when not set"},
	{.name = "break_reasons", .type = FIELD_TEXT, .least = 0, .most = 250,
	 .pattern = "^([^,[:cntrl:]]{1,}(,[^,[:cntrl:]]{1,}){0,8})?$",
	 .rule = "must be at most 9 reasons with commas between, 250 characters in all",
	 .description = "why agents take a break, for *471 to *479; none when not set"},
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

/* A text of digits may be given without quotes, as people type it: 70. */
static enum error_code check_value(const struct field *field, const json_t *value,
                                   struct error *err)
{
	AUTO(json_auto_unref) json_t *text = NULL;

	if (field->type != FIELD_TEXT || !json_is_integer(value))
		return field_check(field, value, err);
	text = json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (!text)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return field_check(field, text, err);
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
		code = check_value(&settings[i], value, err);
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
