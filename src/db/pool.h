/* Connections by login (inside db/ only). */
#ifndef CENTREX_DB_POOL_H
#define CENTREX_DB_POOL_H

#include "db/connection.h"
#include "db/db.h"

/* Logins of db.h, and after them the owner. */
enum { POOL_PUBLIC = DB_SLOTS, POOL_OWNER = DB_LOGIN_COUNT, POOL_COUNT };

/* A connection of a login, for this thread until pool_give. Waits for a free one no longer than a
 * statement may take: ERROR_TIMEOUT; ERROR_UNAVAILABLE when the server is away. */
MUST_CHECK enum error_code pool_take(struct db *db, unsigned login,
                                     struct connection **ret_connection, struct error *err);
/* Closes a spoiled connection; with an outdated one all idle ones of the login go, since a
 * migration has changed the tables under them, too. */
void pool_give(struct db *db, unsigned login, struct connection *connection);

/* What a login connects with; the caller clears it (also on error). */
MUST_CHECK enum error_code pool_options(const struct db_config *config, unsigned login,
                                        struct connection_options *ret_options, struct error *err);

/* Defaults put in where config has 0. */
struct db_config pool_defaults(const struct db_config *config);

#endif
