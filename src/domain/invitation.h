/*
 * One-time links with which somebody sets a password of his own (table invitations): for people who
 * are invited by e-mail address and are no users yet, and for those who forgot their password. A
 * user has at most one; it ends when it is used, when the password is changed otherwise, when
 * another is made, and after INVITATION_S.
 */
#ifndef CENTREX_DOMAIN_INVITATION_H
#define CENTREX_DOMAIN_INVITATION_H

#include "domain/session.h"

enum { INVITATION_S = 7 * 86400 };

struct invited {
	struct uuid user;
	char email[PRINCIPAL_EMAIL_MAX];
	bool created; /* was no user until now: needs a link */
};

/* The user with that address; where there is none he is created, with a password nobody knows.
 * Hashes a password then. */
MUST_CHECK enum error_code invitation_find_user(struct db *db, const char *email,
                                                const struct actor *actor,
                                                struct invited *ret_invited, struct error *err);
/* Takes a user back that was created for a membership that then could not be, unless he has become
 * a member of another tenant. */
MUST_CHECK enum error_code invitation_undo(struct db *db, const struct invited *invited,
                                           const struct actor *actor, struct error *err);

/* Makes the user's link: what stands at its end. Another one he had is worth nothing any more. The
 * caller wipes it. ERROR_NOT_FOUND: there is no such user. */
MUST_CHECK enum error_code invitation_make(struct db *db, const struct uuid *user,
                                           const struct actor *actor,
                                           char ret_secret[static SECRET_TEXT_MAX],
                                           struct error *err);

/* The same for whoever says he forgot his password: takes as long, and is written into the audit
 * log, whether somebody has that address or not. ret_email "": nobody has. */
MUST_CHECK enum error_code invitation_remind(struct db *db, const char *email,
                                             const struct actor *actor,
                                             char ret_email[static PRINCIPAL_EMAIL_MAX],
                                             char ret_secret[static SECRET_TEXT_MAX],
                                             struct error *err);

/* Sets the password (of sign_in; its email is not read) and signs in; all other sessions end.
 * ERROR_NOT_FOUND, field "secret": it is no link, or none any more. */
MUST_CHECK enum error_code invitation_accept(struct db *db, const char *secret,
                                             const struct sign_in *sign_in,
                                             struct session *ret_session, struct error *err);

/* "<base>/invitation#<secret>": what stands behind # is sent to no server and to no log. */
void invitation_link(const char *base, const char *secret, struct text *out);

#endif
