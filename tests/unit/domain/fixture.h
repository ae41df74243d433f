/* A migrated throwaway PostgreSQL with tenants to try things on. */
#ifndef CENTREX_TESTS_DOMAIN_FIXTURE_H
#define CENTREX_TESTS_DOMAIN_FIXTURE_H

#include "db/tx.h"
#include "postgres.h"

struct fixture {
	struct postgres *postgres;
	struct db_config config;
	struct db *db;
};

/* cmocka group setup and teardown; *state is the struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

struct uuid fixture_tenant(const struct fixture *fixture, const char *domain);

/* Runs SQL as the tenant, with its notification; fails the test on an error. */
void fixture_sql(const struct fixture *fixture, const struct uuid *tenant, const char *sql);
/* The first value of a query as the tenant; "" for NULL or no row. */
void fixture_value(const struct fixture *fixture, const struct uuid *tenant, const char *sql,
                   char *ret_value, size_t size);
long fixture_number(const struct fixture *fixture, const struct uuid *tenant, const char *sql);

/* An extension whose user name is known over the installation; returns the name. */
struct uuid fixture_extension(const struct fixture *fixture, const struct uuid *tenant,
                              const char *number);

#endif
