#include "web/api_invite.h"

#include <sodium.h>
#include <string.h>

#include "db/queries.h"
#include "domain/invitation.h"
#include "domain/password.h"
#include "domain/user.h"
#include "mail/mail.h"
#include "web/api_resource.h"
#include "web/person.h"
#include "web/rates.h"

/* clang-format off */
static const struct field invite_fields[] = {
	{.name = "user_id", .type = FIELD_TEXT, .least = 1, .most = 254,
	 .description = "a user: id or e-mail address, instead of email; for administrators of the"
	                " installation"},
	{.name = "email", .type = FIELD_TEXT, .least = 3, .most = 254,
	 .description = "e-mail address of somebody who may be no user yet and is invited then"},
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED,
	 .choices = "owner admin agent", .description = "what the user may do in the tenant"},
};

#define INVITATION_FIELDS                                                                          \
	{.name = "invitation", .type = FIELD_CHOICE, .choices = "none link mailed pending",        \
	 .description = "none: a user already; link: hand on invitation_url; mailed: it was sent;"  \
	 " pending: an administrator of the installation makes the link"},              \
	{.name = "invitation_url", .type = FIELD_TEXT, .flags = FIELD_NULLABLE,                    \
	 .description = "the link with which a password is set, once, within 7 days"}

static const struct field invited_fields[] = {
	{.name = "user_id", .type = FIELD_UUID, .description = "the user"},
	{.name = "email", .type = FIELD_TEXT, .description = "the user's e-mail address"},
	{.name = "tenant_id", .type = FIELD_UUID, .description = "the tenant"},
	{.name = "role", .type = FIELD_CHOICE, .choices = "owner admin agent",
	 .description = "what the user may do in the tenant"},
	INVITATION_FIELDS,
};

static const struct field link_fields[] = {INVITATION_FIELDS};

static const struct field accept_fields[] = {
	{.name = "secret", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1, .most = 64,
	 .description = "what stands behind # in the link"},
	{.name = "password", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = PASSWORD_LEAST,
	 .most = PASSWORD_MOST, .rule = "must have 8 to 200 characters",
	 .description = "the password from now on, not the e-mail address"},
};

static const struct field reset_fields[] = {
	{.name = "email", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 3, .most = 254,
	 .pattern = PERSON_EMAIL_PATTERN, .rule = PERSON_EMAIL_RULE,
	 .description = "e-mail address"},
};

static const struct field accepted_fields[] = {
	{.name = "status", .type = FIELD_TEXT, .description = "\"accepted\", whoever has the address"},
};

#define SHAPE(text, table)                                                                         \
	{.name = (text), .fields = (table), .n_fields = COUNT_OF(table)}

static const struct shape invite_shape = SHAPE("MemberNew", invite_fields);
static const struct shape invited_shape = SHAPE("MemberInvited", invited_fields);
static const struct shape link_shape = SHAPE("Invitation", link_fields);
static const struct shape accept_shape = SHAPE("InvitationAccept", accept_fields);
static const struct shape reset_shape = SHAPE("PasswordReset", reset_fields);
static const struct shape accepted_shape = SHAPE("Accepted", accepted_fields);
/* clang-format on */

/* --- letters --------------------------------------------------------------------------------- */

enum occasion { INVITED, REMINDED, OCCASIONS };

/* clang-format off */
static const struct {
	struct { const char *subject, *reason; } about[OCCASIONS];
	const char *greeting, *rest;
} letters[LANGUAGE_COUNT] = {
	[LANGUAGE_EN] = {
		.about = {
			[INVITED] = {"You are invited to Centrex",
			             "You are invited. Set a password here to sign in:"},
			[REMINDED] = {"Your password for Centrex",
			              "Somebody, probably you, asked for a new password. Set it here:"},
		},
		.greeting = "Hello,",
		.rest = "The link works once, within seven days. Whoever has it can sign in as you:\n"
		        "do not hand it on.",
	},
	[LANGUAGE_DE] = {
		.about = {
			[INVITED] = {"Einladung zu Centrex",
			             "Sie sind eingeladen. Legen Sie hier ein Passwort fest, um sich anzumelden:"},
			[REMINDED] = {"Ihr Passwort für Centrex",
			              "Jemand, wahrscheinlich Sie, hat ein neues Passwort angefordert. Legen Sie"
			              " es hier fest:"},
		},
		.greeting = "Guten Tag,",
		.rest = "Der Link gilt einmal und sieben Tage lang. Wer ihn hat, kann sich als Sie anmelden:\n"
		        "geben Sie ihn nicht weiter.",
	},
};
/* clang-format on */

/* Of who asks, since who gets the letter may have said nothing yet; else the tenant's. */
static enum language letter_language(const struct request *request)
{
	const char *accepted = request_header(request, "Accept-Language");
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char id[UUID_TEXT_MAX];
	const struct tx_statement query =
		TX_QUERY(QUERY_PREFERENCES_LOCALE, uuid_format(&request->tenant, id));

	if (language_named(accepted) ||
	    tx_run(request->web->db, &scope, &query, 1, &result, NULL) != ERROR_OK ||
	    !tx_rows(result, 0))
		return language_accepted(accepted);
	return language_of_tag(tx_value(result, 0, 0, 0));
}

/* The letter with the link; false: it could not be put into the queue. */
static bool mail_link(const struct request *request, const char *to, enum occasion occasion,
                      const char *link)
{
	const enum language language = letter_language(request);
	AUTO(text_clear) struct text body = {0};
	struct letter letter = {.to = to, .subject = letters[language].about[occasion].subject};
	struct error err;

	text_addf(&body, "%s\n\n%s\n\n%s\n\n%s\n", letters[language].greeting,
	          letters[language].about[occasion].reason, link, letters[language].rest);
	letter.body = text_string(&body);
	return !body.failed && mail_send(request->web->mail, &letter, &err) == ERROR_OK;
}

enum error_code invite_add_link(struct request *request, const struct invited *invited,
                                struct reply *reply, struct error *err)
{
	AUTO(text_clear) struct text base = {0};
	AUTO(text_clear) struct text link = {0};
	char secret[SECRET_TEXT_MAX];
	enum error_code code;

	/* Whoever holds the link becomes that person, in every tenant that adds him later: it goes
	 * to the owner of the mailbox, or to somebody who may do everything anyway. */
	if (!request->web->mail && request->access != ACCESS_OPERATOR) {
		text_add(&reply->body, "\"invitation\":\"pending\",\"invitation_url\":null}");
		return ERROR_OK;
	}
	code = invitation_make(request->web->db, &invited->user, &request->actor, secret, err);
	if (code)
		return code;
	request_base_url(request, &base);
	invitation_link(text_string(&base), secret, &link);
	sodium_memzero(secret, sizeof(secret));
	if (base.failed || link.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (request->web->mail && mail_link(request, invited->email, INVITED, link.data)) {
		text_add(&reply->body, "\"invitation\":\"mailed\",\"invitation_url\":null}");
	} else if (request->access != ACCESS_OPERATOR) {
		text_add(&reply->body, "\"invitation\":\"pending\",\"invitation_url\":null}");
	} else {
		text_add(&reply->body, "\"invitation\":\"link\",\"invitation_url\":\"");
		text_add_json(&reply->body, link.data, link.length);
		text_add(&reply->body, "\"}");
	}
	sodium_memzero(link.data, link.length);
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* --- members --------------------------------------------------------------------------------- */

/* "email" becomes "user_id"; who is no user yet becomes one. */
static enum error_code find_invited(struct request *request, struct invited *ret_invited,
                                    struct error *err)
{
	const char *email = person_text(request, "email");
	const char *role = person_text(request, "role");
	char id[UUID_TEXT_MAX];
	enum error_code code;

	if (!email == !json_object_get(request->json, "user_id"))
		return error_set(err, ERROR_INVALID, "email",
		                 "is required, or user_id, and not both");
	/* Ids would tell a tenant's admins which users of others there are, and what their
	 * addresses are. */
	if (!email && request->access < ACCESS_OPERATOR)
		return error_set(err, ERROR_FORBIDDEN, "user_id",
		                 "is for administrators of the installation: give the email");
	if (!email)
		return ERROR_OK;
	/* Before somebody is made a user for it. */
	if (principal_role(role) == ACCESS_OWNER && request->access < ACCESS_OWNER)
		return error_set(err, ERROR_FORBIDDEN, "role",
		                 "only an owner may make somebody an owner");
	code = invitation_find_user(request->web->db, email, &request->actor, ret_invited, err);
	if (code)
		return code;
	json_object_del(request->json, "email");
	return json_object_set_new(request->json, "user_id",
	                           json_string(uuid_format(&ret_invited->user, id)))
	               ? error_set(err, ERROR_MEMORY, NULL, NULL)
	               : ERROR_OK;
}

/* As the row of the route table would that is made of the resource, which ours stands in for. */
static enum error_code create_member(struct request *request, struct reply *reply,
                                     struct error *err)
{
	const struct route *own = request->route;
	struct route route = *own;
	enum error_code code;

	route.resource = resource_find("member");
	request->route = &route;
	code = api_resource_create(request, reply, err);
	request->route = own;
	return code;
}

static enum error_code post_member(struct request *request, struct reply *reply, struct error *err)
{
	struct invited invited = {0};
	enum error_code code = find_invited(request, &invited, err);

	if (code)
		return code;
	code = create_member(request, reply, err);
	if (code) {
		if (invited.created)
			(void)(invitation_undo(request->web->db, &invited, &request->actor, NULL) ==
			       ERROR_OK);
		return code;
	}
	reply->body.data[reply->body.length - 1] = ','; /* was the row's brace */
	if (invited.created)
		return invite_add_link(request, &invited, reply, err);
	text_add(&reply->body, "\"invitation\":\"none\",\"invitation_url\":null}");
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* --- links ----------------------------------------------------------------------------------- */

static enum error_code post_invitation(struct request *request, struct reply *reply,
                                       struct error *err)
{
	const struct store_call call = request_store(request, resource_find("user"));
	const char *const keys[] = {request_parameter(request, "id")};
	AUTO(json_auto_unref) json_t *json = NULL;
	AUTO(text_clear) struct text row = {0};
	struct invited invited = {0};
	const char *email;
	enum error_code code = store_show(&call, keys, &row, err);

	if (code)
		return code;
	json = json_loads(text_string(&row), 0, NULL);
	email = json_string_value(json_object_get(json, "email"));
	if (!email || !uuid_parse(json_string_value(json_object_get(json, "id")), &invited.user))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	snprintf(invited.email, sizeof(invited.email), "%s", email);
	text_add_char(&reply->body, '{');
	return invite_add_link(request, &invited, reply, err);
}

static enum error_code accept_invitation(struct request *request, struct reply *reply,
                                         struct error *err)
{
	struct person_sign_in from;
	struct session session;
	enum error_code code;

	person_sign_in(request, &from);
	from.sign_in.password = person_text(request, "password");
	code = invitation_accept(request->web->db, person_text(request, "secret"), &from.sign_in,
	                         &session, err);
	person_wipe(request, "password");
	if (code)
		return code;
	principals_forget(request->web->principals);
	return person_welcome(request, &session, reply, err);
}

/* The link is made of the setting web-url alone: what a stranger's request names as Host must not
 * come to stand in somebody's mail. */
static enum error_code remind(struct request *request, struct error *err)
{
	const char *url = config_text(request->web->config, CONFIG_WEB_URL);
	const struct actor actor = {
		.kind = ACTOR_SESSION, .address = request->address, .request_id = request->id};
	char email[PRINCIPAL_EMAIL_MAX], secret[SECRET_TEXT_MAX];
	AUTO(text_clear) struct text link = {0};
	AUTO(text_clear) struct text base = {0};
	enum error_code code;

	if (!request->web->mail || !*url)
		return ERROR_OK;
	code = invitation_remind(request->web->db, person_text(request, "email"), &actor, email,
	                         secret, err);
	if (code)
		return code;
	request_base_url(request, &base);
	invitation_link(text_string(&base), secret, &link);
	sodium_memzero(secret, sizeof(secret));
	if (*email && !base.failed && !link.failed)
		(void)mail_link(request, email, REMINDED, link.data);
	if (link.data)
		sodium_memzero(link.data, link.length);
	return ERROR_OK;
}

static enum error_code reset_password(struct request *request, struct reply *reply,
                                      struct error *err)
{
	struct rates *rates = request->web->rates;
	enum error_code code =
		person_wait(reply, rates_take(rates, RATE_LOGIN_ADDRESS, request->address), err);

	if (code)
		return code;
	/* Whose address it is must not show, so neither does that it is asked for too often. */
	if (rates_take(rates, RATE_MAIL, person_text(request, "email")) == 0)
		code = remind(request, err);
	text_add(&reply->body, "{\"status\":\"accepted\"}");
	return code;
}

/* clang-format off */
static const struct route rows[] = {
	{.method = WEB_POST, .path = "/api/v1/tenants/{tenant}/members", .access = ACCESS_ADMIN,
	 .flags = ROUTE_HASHES, .handle = post_member,
	 .summary = "Add a member; who is no user yet is invited", .tag = "members",
	 .body = &invite_shape, .answer = &invited_shape, .status = 201,
	 .verb = RESOURCE_CREATE},
	{.method = WEB_POST, .path = "/api/v1/users/{id}/invitation", .access = ACCESS_OPERATOR,
	 .handle = post_invitation, .summary = "Make a link with which a user sets a password",
	 .tag = "users", .answer = &link_shape, .status = 201},
	{.method = WEB_POST, .path = "/api/v1/invitations/accept", .access = ACCESS_NONE,
	 .flags = ROUTE_HASHES, .handle = accept_invitation,
	 .summary = "Set a password with a link, and sign in", .tag = "session",
	 .body = &accept_shape, .answer = &me_shape, .status = 200, .body_max_bytes = 4096},
	{.method = WEB_POST, .path = "/api/v1/password-reset", .access = ACCESS_NONE,
	 .handle = reset_password, .summary = "Ask for a link by mail to set a new password",
	 .tag = "session", .body = &reset_shape, .answer = &accepted_shape, .status = 202,
	 .body_max_bytes = 4096},
};
/* clang-format on */

const struct route_table api_invite_routes = {.routes = rows, .n = COUNT_OF(rows)};
