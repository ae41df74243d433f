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
#include "domain/secret.h"

enum {
	PRINCIPAL_FRESH_S = 10,
	PRINCIPAL_AWAY_S = 300,
	PRINCIPAL_EMAIL_MAX = 255,
};

struct membership {
	struct uuid tenant;
	enum access access; /* AGENT, ADMIN or OWNER; BOARD: a token of a wallboard */
};

struct principal {
	struct uuid user;
	char email[PRINCIPAL_EMAIL_MAX];
	bool operator_;         /* global_role admin, and not narrowed by the token */
	enum actor_kind kind;   /* ACTOR_SESSION or ACTOR_TOKEN */
	struct uuid credential; /* id of the session or token */
	int64_t expires_us;     /* unix time; INT64_MAX: never */
	uint8_t secret_hash[SECRET_HASH_BYTES];
	size_t n_memberships; /* by tenant, as memcmp sorts; a token's are already narrowed */
	struct membership memberships[];
};

struct principals;

MUST_CHECK enum error_code principals_open(struct db *db, struct principals **ret_principals,
                                           struct error *err);
void principals_close(struct principals *principals);

struct principal_question {
	const char *secret;  /* the text of a cookie or bearer token, of any form */
	const char *address; /* where it came from, for the list of sessions */
	/* With the database away, an answer of the last PRINCIPAL_AWAY_S is good enough. */
	bool away_allowed;
};

/* ERROR_UNAUTHENTICATED: it is none, or has ended; ERROR_UNAVAILABLE: the database is away.
 * ret_principal is a new reference. Writes the time of last use, once a minute at most. */
MUST_CHECK enum error_code principals_find(struct principals *principals,
                                           const struct principal_question *question,
                                           struct principal **ret_principal, struct error *err);

/* The same person as he is now (a stream that lives long): at most PRINCIPAL_FRESH_S old; with the
 * database away, the last answer. ERROR_UNAUTHENTICATED: the session or token has ended. */
MUST_CHECK enum error_code principals_again(struct principals *principals,
                                            const struct principal *principal,
                                            struct principal **ret_principal, struct error *err);

/* Everything is asked anew from now on (a notification "public", a change made by ourselves, the
 * listener back after it was away). What is known still serves while the database is away. */
void principals_forget(struct principals *principals);
/* The same for whoever belongs to the tenant (a notification with its id). */
void principals_forget_tenant(struct principals *principals, const struct uuid *tenant);
/* One session or token is not known any more: it was ended, or may have gained something. */
void principals_forget_one(struct principals *principals, const struct principal *principal);

struct principal *principal_ref(struct principal *principal);
void principal_unref(struct principal *principal); /* NULL is allowed */

/* ACCESS_OPERATOR for an operator, the membership's rung, or ACCESS_NONE. */
enum access principal_access(const struct principal *principal, const struct uuid *tenant);

/* Whether both may do the same, everywhere. */
bool principal_same_rights(const struct principal *a, const struct principal *b);

/* The only membership there is for a token that is for one tenant; NULL: narrowed to none. */
const struct membership *principal_narrowed(const struct principal *principal);

/* "owner", "admin", "agent", and of a token "wallboard"; any other text is ACCESS_NONE. */
enum access principal_role(const char *role);

#endif
