/*
 * Who asks: the user behind a session or an API token, with the memberships he has now.
 *
 * Principals are immutable and reference-counted; any thread may read one it holds. The table
 * of those seen lately (struct principals) answers without the database for a few seconds, and is
 * emptied by a notification that people changed; while the database is away it answers for
 * PRINCIPAL_AWAY_S more, so that look-ups from the snapshot go on.
 */
#ifndef CENTREX_DOMAIN_PRINCIPAL_H
#define CENTREX_DOMAIN_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"
#include "domain/access.h"

enum {
	PRINCIPAL_FRESH_S = 10,
	PRINCIPAL_AWAY_S = 300,
	PRINCIPAL_EMAIL_MAX = 255,
	SECRET_TEXT_MAX = 64, /* a session's or token's text: prefix and 43 characters of base64url */
};

struct membership {
	struct uuid tenant;
	enum access access; /* AGENT, ADMIN or OWNER */
};

struct principal {
	struct uuid user;
	char email[PRINCIPAL_EMAIL_MAX];
	bool operator_; /* global_role admin, and not narrowed by the token */
	enum actor_kind kind; /* ACTOR_SESSION or ACTOR_TOKEN */
	struct uuid credential; /* id of the session or token */
	int64_t expires_us;     /* unix time; INT64_MAX: never */
	size_t n_memberships;   /* by tenant, as memcmp sorts; a token's are already narrowed */
	struct membership memberships[];
};

struct principals;

MUST_CHECK enum error_code principals_open(struct db *db, struct principals **ret_principals,
                                           struct error *err);
void principals_close(struct principals *principals);

/* secret: the text of a cookie or bearer token, of any form. ERROR_UNAUTHENTICATED: it is none, or
 * has ended; ERROR_UNAVAILABLE: the database is away and it was not seen lately. ret_principal is a
 * new reference. Writes the time of last use, once a minute at most. */
MUST_CHECK enum error_code principals_find(struct principals *principals, const char *secret,
                                           const char *address,
                                           struct principal **ret_principal, struct error *err);

/* Everything is asked anew from now on (a notification "public", a change made by ourselves). */
void principals_forget(struct principals *principals);

void principal_unref(struct principal *principal); /* NULL is allowed */

/* ACCESS_OPERATOR for an operator, the membership's rung, or ACCESS_NONE. */
enum access principal_access(const struct principal *principal, const struct uuid *tenant);

#endif
