#include "sip/emergency.h"

#include <string.h>
#include <strings.h>

static const char *const numbers[] = {"000", "110", "112", "118", "119", "911", "999"};

static bool is_number(const char *user, size_t n)
{
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (n == strlen(numbers[i]) && memcmp(user, numbers[i], n) == 0)
			return true;
	return false;
}

bool emergency_number(const char *dialled)
{
	return is_number(dialled, strlen(dialled));
}

bool emergency_invite(const struct sip_msg *msg)
{
	return msg->req && pl_strcmp(&msg->met, "INVITE") == 0 && !pl_isset(&msg->to.tag) &&
	       pl_isset(&msg->uri.user) && is_number(msg->uri.user.p, msg->uri.user.l);
}

bool emergency_datagram(const char *bytes, size_t n)
{
	static const char *const starts[] = {"INVITE sip:", "INVITE sips:"};

	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		const size_t length = strlen(starts[i]);
		size_t digits = 0;

		if (n <= length || strncasecmp(bytes, starts[i], length) != 0)
			continue;
		while (length + digits < n && bytes[length + digits] >= '0' &&
		       bytes[length + digits] <= '9')
			digits++;
		return length + digits < n && bytes[length + digits] == '@' &&
		       is_number(bytes + length, digits);
	}
	return false;
}

bool emergency_during_drain(const struct engine *engine, const struct sip_msg *msg)
{
	return !engine->ending && emergency_invite(msg);
}
