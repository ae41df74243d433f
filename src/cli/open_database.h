/* The database of the settings, for a command. */
#ifndef CENTREX_CLI_OPEN_DATABASE_H
#define CENTREX_CLI_OPEN_DATABASE_H

#include "base/config.h"
#include "db/login.h"

struct database {
	struct db *db;
	struct db_login login;
};

/* ERROR_UNAVAILABLE, saying what to do, when nothing listens. */
MUST_CHECK enum error_code database_open(const struct config *config, struct database *ret_database,
                                         struct error *err);
void database_close(struct database *database);

/* After a unit of work failed: an embedded server that is not there is named and what to do. */
enum error_code database_explain(const struct config *config, enum error_code code,
                                 struct error *err);

#endif
