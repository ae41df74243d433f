#include "web/api_session.h"

#include <string.h>

#include "domain/password.h"
#include "domain/user.h"
#include "web/cookie.h"
#include "web/etag.h"
#include "web/person.h"
#include "web/rates.h"

/* clang-format off */
static const struct field login_fields[] = {
	/* PostgreSQL folds some letters beyond ASCII to ASCII ones (the Kelvin sign is a k): each
	 * would be a name of its own to the limits, and the same account. */
	{.name = "email", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1, .most = 254,
	 .pattern = PERSON_EMAIL_PATTERN, .rule = PERSON_EMAIL_RULE,
	 .description = "e-mail address, in any case"},
	{.name = "password", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1,
	 .most = PASSWORD_MOST, .description = "the password"},
};

static const struct field password_fields[] = {
	{.name = "old", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1,
	 .most = PASSWORD_MOST, .description = "the password until now"},
	{.name = "new", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = PASSWORD_LEAST,
	 .most = PASSWORD_MOST, .rule = "must have 8 to 200 characters",
	 .description = "the new one, 8 to 200 characters, not the e-mail address"},
};

static const struct field session_fields[] = {
	{.name = "id", .type = FIELD_UUID, .description = "its id"},
	{.name = "address", .type = FIELD_TEXT, .description = "where it was last used from"},
	{.name = "user_agent", .type = FIELD_TEXT, .description = "the browser that began it"},
	{.name = "created_at", .type = FIELD_TIME, .description = "when it began"},
	{.name = "last_used_at", .type = FIELD_TIME,
	 .description = "when it was last used, to the minute"},
	{.name = "expires_at", .type = FIELD_TIME, .description = "when it ends if it is not used"},
	{.name = "current", .type = FIELD_JSON, .most = 5,
	 .description = "true: the one the request was sent with"},
};

#define SHAPE(text, table)                                                                         \
	.name = (text), .fields = (table), .n_fields = COUNT_OF(table)

static const struct shape login_shape = {SHAPE("Login", login_fields)};
static const struct shape password_shape = {SHAPE("PasswordChange", password_fields)};
static const struct shape sessions_shape = {SHAPE("Session", session_fields), .list = true};
/* clang-format on */

static enum error_code post_login(struct request *request, struct reply *reply, struct error *err)
{
	struct rates *rates = request->web->rates;
	const char *email = person_text(request, "email");
	struct person_sign_in from;
	struct session session;
	enum error_code code =
		person_wait(reply, rates_sign_in(rates, request->address, email), err);

	if (code)
		return code;
	person_sign_in(request, &from);
	from.sign_in.email = email;
	from.sign_in.password = person_text(request, "password");
	code = session_sign_in(request->web->db, &from.sign_in, &session, err);
	person_wipe(request, "password");
	if (code && code != ERROR_UNAUTHENTICATED)
		rates_not_failed(rates, request->address, email);
	if (code)
		return code;
	rates_signed_in(rates, request->address, email);
	return person_welcome(request, &session, reply, err);
}

static enum error_code post_logout(struct request *request, struct reply *reply, struct error *err)
{
	enum error_code code = person_check(request, err);

	if (code)
		return code;
	code = session_end(request->web->db, &request->who->user, &request->who->credential,
	                   &request->actor, "logout", err);
	principals_forget_one(request->web->principals, request->who);
	cookie_set(request, reply, "");
	/* It had ended already: what was wanted. */
	return code == ERROR_NOT_FOUND ? ERROR_OK : code;
}

static enum error_code get_me(struct request *request, struct reply *reply, struct error *err)
{
	return person_me(request, request->who, reply, err);
}

static enum error_code change_password(struct request *request, struct reply *reply,
                                       struct error *err)
{
	const struct principal *who = request->who;
	const struct password_change change = {
		.user = who->user,
		.keep = who->credential,
		.old = person_text(request, "old"),
		.new_ = person_text(request, "new"),
		.actor = request->actor,
	};
	struct rates *rates = request->web->rates;
	enum error_code code = person_check(request, err);

	if (!code && (!change.old || !change.new_))
		code = error_set(err, ERROR_MISSING, change.old ? "new" : "old", NULL);
	/* Whoever finds an open browser must not be able to try passwords here. */
	if (!code)
		code = person_wait(reply, rates_sign_in(rates, request->address, who->email), err);
	if (code)
		return code;
	code = session_change_password(request->web->db, &change, err);
	person_wipe(request, "old");
	person_wipe(request, "new");
	if (code != ERROR_FORBIDDEN)
		rates_not_failed(rates, request->address, who->email);
	if (!code)
		principals_forget(request->web->principals);
	return code;
}

static enum error_code list_sessions(struct request *request, const struct uuid *user,
                                     struct reply *reply, struct error *err)
{
	AUTO(text_clear) struct text rows = {0};
	enum error_code code =
		session_list(request->web->db, user, &request->who->credential, &rows, err);

	return code ? code : etag_list(request, &rows, reply, err);
}

static enum error_code end_session(struct request *request, const struct uuid *user,
                                   struct error *err)
{
	struct uuid session;
	enum error_code code;

	if (!uuid_parse(request_parameter(request, "session"), &session))
		return error_set(err, ERROR_NOT_FOUND, "id", "there is no such session");
	code = session_end(request->web->db, user, &session, &request->actor, "delete", err);
	if (!code)
		principals_forget(request->web->principals);
	return code;
}

static enum error_code get_my_sessions(struct request *request, struct reply *reply,
                                       struct error *err)
{
	enum error_code code = person_check(request, err);

	return code ? code : list_sessions(request, &request->who->user, reply, err);
}

static enum error_code delete_my_session(struct request *request, struct reply *reply,
                                         struct error *err)
{
	enum error_code code = person_check(request, err);

	(void)reply;
	return code ? code : end_session(request, &request->who->user, err);
}

static enum error_code find_user(const struct request *request, struct uuid *ret_user,
                                 struct error *err)
{
	return user_find(request->web->db, "id", request_parameter(request, "id"), ret_user, err);
}

static enum error_code get_sessions_of(struct request *request, struct reply *reply,
                                       struct error *err)
{
	struct uuid user;
	enum error_code code = find_user(request, &user, err);

	return code ? code : list_sessions(request, &user, reply, err);
}

static enum error_code delete_session_of(struct request *request, struct reply *reply,
                                         struct error *err)
{
	struct uuid user;
	enum error_code code = find_user(request, &user, err);

	(void)reply;
	return code ? code : end_session(request, &user, err);
}

/* clang-format off */
static const struct route rows[] = {
	{.method = WEB_POST, .path = "/api/v1/login", .access = ACCESS_NONE, .flags = ROUTE_HASHES,
	 .handle = post_login, .summary = "Sign in: a session cookie", .tag = "session",
	 .body = &login_shape, .answer = &me_shape, .status = 200, .body_max_bytes = 4096},
	{.method = WEB_POST, .path = "/api/v1/logout", .access = ACCESS_USER,
	 .handle = post_logout, .summary = "Sign out: the session ends", .tag = "session"},
	{.method = WEB_GET, .path = "/api/v1/me", .access = ACCESS_BOARD,
	 .handle = get_me, .summary = "Show who one is", .tag = "session", .answer = &me_shape},
	{.method = WEB_PATCH, .path = "/api/v1/me/password", .access = ACCESS_USER,
	 .flags = ROUTE_HASHES, .handle = change_password,
	 .summary = "Change one's password: all other sessions end", .tag = "session",
	 .body = &password_shape, .status = 204, .body_max_bytes = 4096},
	{.method = WEB_POST, .path = "/api/v1/me/password", .access = ACCESS_USER,
	 .flags = ROUTE_HASHES, .handle = change_password,
	 .summary = "Change one's password: the same as PATCH", .tag = "session",
	 .body = &password_shape, .status = 204, .body_max_bytes = 4096},
	{.method = WEB_GET, .path = "/api/v1/me/sessions", .access = ACCESS_USER,
	 .handle = get_my_sessions, .summary = "List one's sessions", .tag = "session",
	 .answer = &sessions_shape},
	{.method = WEB_DELETE, .path = "/api/v1/me/sessions/{session}", .access = ACCESS_USER,
	 .handle = delete_my_session, .summary = "End one of one's sessions", .tag = "session"},
	{.method = WEB_GET, .path = "/api/v1/users/{id}/sessions", .access = ACCESS_OPERATOR,
	 .handle = get_sessions_of, .summary = "List a user's sessions", .tag = "users",
	 .answer = &sessions_shape},
	{.method = WEB_DELETE, .path = "/api/v1/users/{id}/sessions/{session}",
	 .access = ACCESS_OPERATOR, .handle = delete_session_of,
	 .summary = "End a user's session", .tag = "users"},
};
/* clang-format on */

const struct route_table api_session_routes = {.routes = rows, .n = COUNT_OF(rows)};
