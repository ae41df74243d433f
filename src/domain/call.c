#include "base/clock.h"
#include "domain/hooks.h"

enum error_code call_hang_up(json_t *body, struct error *err)
{
	char now[CLOCK_RFC3339_MAX];

	clock_rfc3339(clock_unix_us(), now);
	if (json_object_set_new(body, "hangup_requested_at", json_string(now)) != 0)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return ERROR_OK;
}
