/*
 * Signing in with e-mail address and password, and the sessions that come of it (table sessions).
 *
 * A session ends when it was not used for as long as it was made for, 30 days after it began
 * (sql/queries/principal.sql), when it is ended by hand, or when its user's password changes. All
 * of it stands in public.audit_log.
 */
#ifndef CENTREX_DOMAIN_SESSION_H
#define CENTREX_DOMAIN_SESSION_H

#include "base/text.h"
#include "domain/principal.h"

enum {
	SESSIONS_MAX = 50,          /* of one user; the one used longest ago gives way */
	SESSION_MAX_S = 30 * 86400, /* however much it is used */
	SESSION_USER_AGENT_MAX = 256,
};

struct sign_in {
	const char *email, *password;
	const char *address;    /* an IP address */
	const char *user_agent; /* at most SESSION_USER_AGENT_MAX characters, UTF-8 */
	const char *request_id;
	int64_t idle_s;
};

struct session {
	struct uuid id, user;
	char email[PRINCIPAL_EMAIL_MAX];
	char secret[SECRET_TEXT_MAX]; /* the cookie; the caller wipes it */
};

/* Hashes a password (20 ms, 19 MiB), also when nobody has the address. ERROR_UNAUTHENTICATED: the
 * address or the password is wrong, without saying which. */
MUST_CHECK enum error_code session_sign_in(struct db *db, const struct sign_in *sign_in,
                                           struct session *ret_session, struct error *err);

/* Whether it is the user's password, without signing in; false for an unknown address. */
MUST_CHECK enum error_code session_password_matches(struct db *db, const char *email,
                                                    const char *password, bool *ret_matches,
                                                    struct error *err);

/* A JSON array, the one used last first. current (nil: none) is marked as such. ERROR_NOT_FOUND:
 * there is no such user. */
MUST_CHECK enum error_code session_list(struct db *db, const struct uuid *user,
                                        const struct uuid *current, struct text *ret_rows,
                                        struct error *err);

/* action: what the audit log says, "logout" or "delete". ERROR_NOT_FOUND: the user has no such
 * session. */
MUST_CHECK enum error_code session_end(struct db *db, const struct uuid *user,
                                       const struct uuid *session, const struct actor *actor,
                                       const char *action, struct error *err);

struct password_change {
	struct uuid user;
	struct uuid keep; /* the session that stays; nil: all end */
	const char *old, *new_;
	struct actor actor;
};

/* Hashes twice. ERROR_FORBIDDEN, field "old": it is not the password. Ends all other sessions and
 * takes back an open invitation. */
MUST_CHECK enum error_code
session_change_password(struct db *db, const struct password_change *change, struct error *err);

/* What he belongs to, and what a token for one tenant gives there: a JSON array of {tenant_id,
 * domain, name, role}. */
MUST_CHECK enum error_code session_memberships(struct db *db, const struct principal *who,
                                               struct text *ret_rows, struct error *err);

#endif
