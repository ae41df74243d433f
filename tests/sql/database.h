/* What every test of the schema starts from: the schema as the binary makes it, and one tenant. */
#ifndef CENTREX_TESTS_SQL_DATABASE_H
#define CENTREX_TESTS_SQL_DATABASE_H

#include <libpq-fe.h>

#include "db/batch.h"
#include "postgres.h"

struct database {
	struct postgres *postgres;
	struct db *db;
	struct uuid tenant;
	char schema[SCHEMA_NAME_MAX];
};

/* cmocka group setup and teardown; *state is the struct database. */
int database_setup(void **state);
int database_teardown(void **state);

/* A connection as the superuser, search_path being the tenant's schema. */
PGconn *database_connect(const struct database *database);

/* One statement that must work; *ret: PQclear it (NULL: not wanted). */
void database_exec(PGconn *pg, const char *sql, PGresult **ret);

/* A file of the source tree, to be freed. */
char *database_read(const char *path);

#endif
