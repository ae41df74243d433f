/* What the routes of people share: their bodies' texts, and who may do what only a person does. */
#ifndef CENTREX_WEB_PERSON_H
#define CENTREX_WEB_PERSON_H

#include "domain/session.h"
#include "web/reply.h"
#include "web/request.h"

/* Loose: an address that is none is nobody's. Without line ends and letters that fold. */
#define PERSON_EMAIL_PATTERN "^[!-~]+$"
#define PERSON_EMAIL_RULE    "must be an e-mail address"

/* A text of the body; NULL: not there, or null. */
const char *person_text(const struct request *request, const char *name);
/* Overwrites a text of the body that was a password. */
void person_wipe(const struct request *request, const char *name);

/* ERROR_FORBIDDEN: a program does not do this in his name. */
MUST_CHECK enum error_code person_check(const struct request *request, struct error *err);

/* ERROR_RATE_LIMITED, with Retry-After; 0: ERROR_OK. */
MUST_CHECK enum error_code person_wait(struct reply *reply, unsigned wait_s, struct error *err);

/* Where somebody signs in from, with buffers of its own: valid as long as it. */
struct person_sign_in {
	struct sign_in sign_in;
	char user_agent[SESSION_USER_AGENT_MAX + 1];
};
void person_sign_in(const struct request *request, struct person_sign_in *ret);

/* The cookie, and who he is as the answer. Wipes the session's secret. */
MUST_CHECK enum error_code person_welcome(struct request *request, struct session *session,
                                          struct reply *reply, struct error *err);
/* Who asks, as the answer. */
MUST_CHECK enum error_code person_me(struct request *request, const struct principal *who,
                                     struct reply *reply, struct error *err);

extern const struct shape me_shape;

#endif
