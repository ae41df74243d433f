/*
 * Three tenants with one small table each on a throwaway PostgreSQL: cust1 and cust2 share a slot,
 * cust3 has another.
 */
#ifndef CENTREX_TESTS_DB_FIXTURE_H
#define CENTREX_TESTS_DB_FIXTURE_H

#include "db/tx.h"
#include "postgres.h"

struct fixture {
	struct postgres *postgres;
	struct uuid cust1, cust2, cust3;
};

/* cmocka group setup and teardown; *state is the struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* A pool with so many connections a login, over conninfo (NULL: the server itself). */
struct db *fixture_open(const struct fixture *fixture, unsigned connections, const char *conninfo);

struct tx_scope tenant_scope(const struct uuid *tenant);

/* One statement under scope; fails the test unless it gives code. ret_value: its first value. */
void expect_sql(struct db *db, const struct tx_scope *scope, enum error_code code, const char *name,
                const char *sql, char *ret_value, size_t size);

#endif
