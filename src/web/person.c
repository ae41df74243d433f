#include "web/person.h"

#include <sodium.h>
#include <string.h>

#include "base/config.h"
#include "web/cookie.h"

/* clang-format off */
static const struct field me_fields[] = {
	{.name = "id", .type = FIELD_UUID, .description = "the user's id"},
	{.name = "email", .type = FIELD_TEXT, .description = "the user's e-mail address"},
	{.name = "global_role", .type = FIELD_CHOICE, .choices = "admin agent",
	 .description = "admin: runs the installation"},
	{.name = "credential", .type = FIELD_CHOICE, .choices = "session token",
	 .description = "what the request was sent with"},
	{.name = "credential_id", .type = FIELD_UUID, .description = "the session's or token's id"},
	{.name = "memberships", .type = FIELD_JSON, .most = RESOURCE_BODY_MAX,
	 .description = "the tenants one belongs to: [{tenant_id, domain, name, role}]"},
};
/* clang-format on */

const struct shape me_shape = {.name = "Me", .fields = me_fields, .n_fields = COUNT_OF(me_fields)};

const char *person_text(const struct request *request, const char *name)
{
	return json_string_value(json_object_get(request->json, name));
}

void person_wipe(const struct request *request, const char *name)
{
	const json_t *value = json_object_get(request->json, name);

	if (json_is_string(value))
		sodium_memzero((char *)json_string_value(value), json_string_length(value));
}

enum error_code person_check(const struct request *request, struct error *err)
{
	return request->who->kind == ACTOR_SESSION
	               ? ERROR_OK
	               : error_set(err, ERROR_FORBIDDEN, NULL,
	                           "this needs a person who is signed in, not a token");
}

enum error_code person_wait(struct reply *reply, unsigned wait_s, struct error *err)
{
	if (!wait_s)
		return ERROR_OK;
	reply_header(reply, "Retry-After", "%u", wait_s);
	return error_set(err, ERROR_RATE_LIMITED, NULL, "too many failed log-ins; wait %u s",
	                 wait_s);
}

void person_sign_in(const struct request *request, struct person_sign_in *ret)
{
	const char *header = request_header(request, "User-Agent");
	size_t n = 0;

	/* A stranger wrote it: as a text for the database and for terminals. */
	for (; header && header[n] && n < SESSION_USER_AGENT_MAX; n++)
		ret->user_agent[n] = header[n] >= ' ' && header[n] <= '~' ? header[n] : '?';
	ret->user_agent[n] = '\0';
	ret->sign_in = (struct sign_in){
		.address = request->address,
		.user_agent = ret->user_agent,
		.request_id = request->id,
		.idle_s = config_number(request->web->config, CONFIG_WEB_SESSION_H) * 3600,
	};
}

enum error_code person_me(struct request *request, const struct principal *who, struct reply *reply,
                          struct error *err)
{
	AUTO(text_clear) struct text memberships = {0};
	char user[UUID_TEXT_MAX], credential[UUID_TEXT_MAX];
	enum error_code code = session_memberships(request->web->db, who, &memberships, err);

	if (code)
		return code;
	text_addf(&reply->body, "{\"id\":\"%s\",\"email\":\"", uuid_format(&who->user, user));
	text_add_json(&reply->body, who->email, strlen(who->email));
	text_addf(&reply->body,
	          "\",\"global_role\":\"%s\",\"credential\":\"%s\",\"credential_id\":\"%s\","
	          "\"memberships\":%s}",
	          who->operator_ ? "admin" : "agent", actor_kind_slug(who->kind),
	          uuid_format(&who->credential, credential), text_string(&memberships));
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code person_welcome(struct request *request, struct session *session,
                               struct reply *reply, struct error *err)
{
	const struct principal_question question = {.secret = session->secret,
	                                            .address = request->address};
	struct principal *who = NULL;
	enum error_code code = principals_find(request->web->principals, &question, &who, err);

	if (!code) {
		cookie_set(request, reply, session->secret);
		code = person_me(request, who, reply, err);
	}
	principal_unref(who);
	sodium_memzero(session->secret, sizeof(session->secret));
	return code;
}
