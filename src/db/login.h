/*
 * From the settings to a db_config: the embedded server of the state directory, or the operator's
 * own PostgreSQL with the secret its slot passwords derive from.
 */
#ifndef CENTREX_DB_LOGIN_H
#define CENTREX_DB_LOGIN_H

#include "base/config.h"
#include "db/db.h"

struct db_login {
	struct db_config config; /* points into this struct: do not copy it */
	char *owner;
	uint8_t secret[DB_SECRET_BYTES];
};

/* application_name must outlive ret_login. <state>/secret is made on first use (mode 0600). */
MUST_CHECK enum error_code db_login_load(const struct config *config, const char *application_name,
                                         struct db_login *ret_login, struct error *err);
void db_login_clear(struct db_login *login); /* wipes the secret */

#endif
