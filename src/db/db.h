/*
 * The pools of database connections: one pool per login (design, section 4).
 *
 * Logins: the owner (provisions and migrates), centrex_public (the tables of schema public),
 * and 16 slots centrex_app_00..15, each of which may become only the tenants that hash to it.
 * Connections open on demand and are reopened when lost; nothing is ever SET for a session.
 * A struct db may be used from any thread. Statements go through db/tx.h only.
 */
#ifndef CENTREX_DB_DB_H
#define CENTREX_DB_DB_H

#include "base/error.h"
#include "base/uuid.h"

enum { DB_SLOTS = 16, DB_SECRET_BYTES = 32 };

struct db_config {
	const char *owner;              /* conninfo or URL of the owner login */
	const uint8_t *secret;          /* DB_SECRET_BYTES; slot passwords derive from it. NULL: the
	                                   server trusts our OS user (embedded, peer) */
	const char *application_name;   /* as PostgreSQL shows it; NULL: centrex */
	unsigned connections_per_login; /* 0: 2 */
	unsigned connect_timeout_ms;    /* 0: 3000 */
	unsigned statement_timeout_ms;  /* 0: 30000; also how long to wait for a free connection */
};

struct db;

/* Copies config. Does not connect: an absent server is an error of the unit of work. */
MUST_CHECK enum error_code db_open(const struct db_config *config, struct db **ret_db,
                                   struct error *err);

/* No unit of work may be under way. NULL is allowed. */
void db_close(struct db *db);

struct db_counts {
	unsigned open, idle;     /* connections; the others are lent or being opened */
	unsigned most;           /* that there may be */
	uint64_t taken, waited;  /* how often one was asked for, and was not there at once */
	uint64_t timed_out;      /* nor within the time a statement has */
	uint64_t opened, failed; /* connects */
};

/* Over all logins; any thread. */
void db_counts(struct db *db, struct db_counts *ret_counts);

/* The slot (0..15) a tenant belongs to: the last hex digit of its id, so that an operator sees it
 * in the schema's name. It never changes. */
unsigned db_slot(const struct uuid *tenant);

/* The logins besides the owner: 0..15 are the slots, DB_SLOTS is centrex_public. */
enum { DB_LOGIN_COUNT = DB_SLOTS + 1, DB_LOGIN_MAX = 24, DB_PASSWORD_MAX = 65 };

/* "centrex_app_07", "centrex_public"; returns buffer. */
const char *db_login_name(unsigned login, char buffer[static DB_LOGIN_MAX]);

/* The password of a login where the server asks for one: HMAC-SHA-256 of the login's name under the
 * installation's secret, in hex. The caller wipes it. */
void db_login_password(const uint8_t secret[static DB_SECRET_BYTES], const char *login,
                       char ret_password[static DB_PASSWORD_MAX]);

#endif
