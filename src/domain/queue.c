#include <string.h>

#include "domain/hooks.h"
#include "domain/refused.h"

enum error_code queue_resource_check(const char *const *keys, const json_t *body, struct error *err)
{
	const json_t *name = json_object_get(body, "name");

	(void)keys;
	if (!name)
		return ERROR_OK;
	if (strpbrk(json_string_value(name), REFUSED_CHARACTERS))
		return error_set(err, ERROR_INVALID, "name", "must not have any of %s",
		                 REFUSED_TEXT);
	if (json_string_length(name) > REFUSED_NAME_MAX)
		return error_set(err, ERROR_INVALID, "name", "must not be over %d bytes of UTF-8",
		                 REFUSED_NAME_MAX);
	return ERROR_OK;
}
