#include <sodium.h>

#include "base/random.h"
#include "domain/hooks.h"

enum { AUTH_PASSWORD_LENGTH = 24 };

enum error_code extension_credentials(json_t *body, struct error *err)
{
	struct uuid username = uuid_random();
	char username_text[UUID_TEXT_MAX];
	char password[AUTH_PASSWORD_LENGTH + 1];
	int failed = 0;

	random_password(password, AUTH_PASSWORD_LENGTH);
	uuid_format(&username, username_text);
	failed |= json_object_set_new(body, "auth_username", json_string(username_text));
	failed |= json_object_set_new(body, "auth_password", json_string(password));
	sodium_memzero(password, sizeof(password));
	return failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code extension_prepare(enum resource_verb verb, json_t *body, struct error *err)
{
	return verb == RESOURCE_CREATE ? extension_credentials(body, err) : ERROR_OK;
}
