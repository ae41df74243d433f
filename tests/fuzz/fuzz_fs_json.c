/* A call record of mod_json_cdr, or of whoever has the credentials: what comes out fits the tables
 * (fs_record.h), and the reader takes whatever jansson takes, with the same values. */
#include <jansson.h>

#include "fs_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_first(const json_t *variables, const char *name, const char *value)
{
	const json_t *known = json_object_get(variables, name);

	return !json_is_string(known) || !*value ||
	       strlen(json_string_value(known)) > RECORD_RAW_MAX ||
	       strcmp(json_string_value(known), value) == 0;
}

/* Names are once each here: of one that is twice jansson keeps the last. */
static void compare(const char *json, size_t n, const struct record_values *values,
                    enum error_code code)
{
	json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *variables = json_object_get(root, "variables");

	if (root && json_is_object(root))
		must(code == ERROR_OK || code == ERROR_INVALID);
	if (root && json_is_object(root) && code == ERROR_OK && json_is_object(variables))
		for (size_t i = 0; i < RECORD_VALUE_COUNT; i++)
			if (record_value_is_kept((enum record_value)i))
				must(has_first(variables, record_value_name((enum record_value)i),
				               record_get(values, (enum record_value)i)) ||
				     i <= RECORD_V_SWITCHNAME);
	json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_values values = {0};
	struct error err = {0};
	enum error_code code = record_json_read((const char *)data, size, &values, &err);

	compare((const char *)data, size, &values, code);
	/* Depth is the one thing it refuses and jansson does not; but jansson passes over a NUL
	 * behind a number. */
	if (code == ERROR_INVALID && !strstr(err.message, "deep") && !memchr(data, 0, size)) {
		json_t *root = json_loadb((const char *)data, size, 0, NULL);

		must(!root || !json_is_object(root));
		json_decref(root);
	}
	record_values_clear(&values);
	check_record("application/json", (const char *)data, size);
	return 0;
}
