#include "domain/hooks.h"

static const char *const targets[] = {"extension_id", "queue_id", "media_id"};

/* Of an update: none may be named; that the one there was is taken away, the table refuses. */
enum error_code number_resource_check(const char *const *keys, const json_t *body,
                                      struct error *err)
{
	const char *given = NULL;

	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		const json_t *value = json_object_get(body, targets[i]);

		if (!value || json_is_null(value))
			continue;
		if (given)
			return error_set(err, ERROR_INVALID, targets[i],
			                 "cannot be given together with %s: a number leads to one",
			                 given);
		given = targets[i];
	}
	if (!given && !keys)
		return error_set(err, ERROR_MISSING, targets[0],
		                 "is required, or queue_id, or media_id: where the number leads");
	return ERROR_OK;
}

/* A number that is led elsewhere leads there alone. */
enum error_code number_prepare(enum resource_verb verb, json_t *body, struct error *err)
{
	bool given = false;

	for (size_t i = 0; i < COUNT_OF(targets); i++)
		given |= json_is_string(json_object_get(body, targets[i]));
	for (size_t i = 0; verb == RESOURCE_UPDATE && given && i < COUNT_OF(targets); i++)
		if (!json_object_get(body, targets[i]) &&
		    json_object_set_new(body, targets[i], json_null()))
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	return ERROR_OK;
}
