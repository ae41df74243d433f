/*
 * A throwaway PostgreSQL of one test program: a cluster in /tmp on a unix socket, made with initdb,
 * never run as root (as user postgres or nobody then), gone when the program ends, however it ends.
 *
 * It has what an installation has before the first migration: database centrex of role
 * centrex_owner, and the logins centrex_public and centrex_app_00..15. Everybody may log in as
 * anybody. What cannot be done fails the test.
 */
#ifndef CENTREX_TESTS_POSTGRES_H
#define CENTREX_TESTS_POSTGRES_H

#include "db/db.h"

struct postgres;

/* In a cmocka group setup; about two seconds. */
struct postgres *postgres_new(void);
void postgres_free(struct postgres *postgres);

/* Away and back, as a crash and a restart would do it. */
void postgres_kill(struct postgres *postgres);
void postgres_start(struct postgres *postgres);

/* Conninfo of centrex_owner; of the superuser. Valid as long as postgres. */
const char *postgres_owner(const struct postgres *postgres);
const char *postgres_superuser(const struct postgres *postgres);

/* The postmaster. */
int postgres_pid(const struct postgres *postgres);

/* The directory of the socket .s.PGSQL.5432. */
const char *postgres_directory(const struct postgres *postgres);

/* Runs SQL (any number of statements) as the superuser; writes the first value of the last result
 * into ret_value, when there is one. */
void postgres_sql(const struct postgres *postgres, const char *sql, char *ret_value, size_t size);

#endif
