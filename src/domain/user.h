/* Users: people who log in. Their rows are written through domain/store.h. */
#ifndef CENTREX_DOMAIN_USER_H
#define CENTREX_DOMAIN_USER_H

#include "domain/store.h"

/* The user whose e-mail address or id this is. field: what to blame when there is none. */
MUST_CHECK enum error_code user_find(struct db *db, const char *field, const char *name,
                                     struct uuid *ret_user, struct error *err);

/* Takes the user out of the tenant: first his phone there, then the membership, and the phone once
 * more in case somebody assigned one meanwhile. Of call the database and the actor are used.
 * ERROR_NOT_FOUND: he was no member. */
MUST_CHECK enum error_code user_leave(const struct store_call *call, const struct uuid *user,
                                      const struct uuid *tenant, struct error *err);

#endif
