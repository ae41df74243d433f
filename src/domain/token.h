/*
 * API tokens: what a program does in a user's name (table tokens; domain/principal.h says what one
 * gives). The secret is shown once, when the token is made.
 *
 * A token for a tenant stands in that tenant's audit log, an operator's token without one in the
 * installation's.
 */
#ifndef CENTREX_DOMAIN_TOKEN_H
#define CENTREX_DOMAIN_TOKEN_H

#include "base/text.h"
#include "domain/principal.h"

enum { TOKENS_MAX = 100 }; /* of one user */

struct token_new {
	const char *name;
	struct uuid tenant;     /* nil: an operator's, of the whole installation */
	const char *role;       /* in the tenant; NULL with a nil tenant */
	const char *expires_at; /* RFC 3339; NULL: never */
};

/* who asks, for himself. ERROR_FORBIDDEN: more than he may do himself; ERROR_CONFLICT: he has
 * TOKENS_MAX. ret_row: the token as JSON with "secret", which the caller wipes. */
MUST_CHECK enum error_code token_create(struct db *db, const struct principal *who,
                                        const struct actor *actor, const struct token_new *token,
                                        struct text *ret_row, struct error *err);

/* A JSON array of the tokens of who asks, the newest first: to a token for one tenant, those for
 * that tenant. */
MUST_CHECK enum error_code token_list(struct db *db, const struct principal *who,
                                      struct text *ret_rows, struct error *err);

/* ERROR_NOT_FOUND: the user has no such token. */
MUST_CHECK enum error_code token_delete(struct db *db, const struct uuid *user,
                                        const struct uuid *token, const struct actor *actor,
                                        struct error *err);

#endif
