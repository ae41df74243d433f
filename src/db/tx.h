/*
 * The unit of work: the only way to run a statement.
 *
 * tx_run sends everything in one pipeline and one round trip:
 *   select set_config('search_path', ...), set_config('role', ...) [, pg_notify(...)],
 *   the statements, Sync.
 * What stands before one Sync is one implicit transaction: all of it happened or none, and the
 * settings end with it. tx_open ... tx_exec ... tx_commit is for work that needs a result before
 * its next statement.
 *
 * (A notification is delivered at commit, wherever in the transaction it stands.)
 *
 * SQL text comes from sql/queries (generated db/queries.h) or domain/store.c. Values are always
 * parameters, in text form; NULL is SQL NULL. Statements are prepared once per connection and
 * tenant. Unqualified names mean the tenant's schema behind TX_TENANT (and TX_OWNER with a tenant),
 * else public.
 *
 * Errors: ERROR_NO_CONTEXT without a tenant behind TX_TENANT; ERROR_NOT_FOUND when there is no such
 * tenant; ERROR_UNAVAILABLE when the server is away (work that was sent may or may not have
 * happened); ERROR_TIMEOUT; ERROR_BUSY after a deadlock or lock_timeout; a broken constraint gives
 * ERROR_INVALID / ERROR_CONFLICT with the field and rule from the table in db/constraint.c (shard
 * suffix _[0-9]+ stripped).
 */
#ifndef CENTREX_DB_TX_H
#define CENTREX_DB_TX_H

#include <stdbool.h>

#include "db/db.h"

enum tx_door {
	TX_TENANT, /* the tenant's role and schema, on its slot's login */
	TX_PUBLIC, /* centrex_public: users, members, tenants as rows */
	TX_OWNER,  /* provisioning and migration; with a tenant, search_path is its schema */
};

struct tx_scope {
	enum tx_door door;
	struct uuid tenant; /* TX_TENANT: whose; else for the notification only, nil: none */
	bool writes;        /* at commit: pg_notify('centrex', tenant id or 'public') */
	bool hurries;       /* TX_TENANT without writes: ERROR_BUSY after 2 s behind a lock */
};

enum { TX_VALUES_MAX = 24, TX_STATEMENTS_MAX = 4096 };

struct tx_statement {
	/* Unique per SQL text, which is prepared once under it. NULL: the text is not kept prepared
	 * (DDL, provisioning). */
	const char *name;
	const char *sql;
	size_t n_values;
	const char *values[TX_VALUES_MAX];
};

struct tx_result; /* the rows of every statement of a run, in order */
struct tx;

/* ret_result may be NULL when no rows matter. */
MUST_CHECK enum error_code tx_run(struct db *db, const struct tx_scope *scope,
                                  const struct tx_statement *statements, size_t n,
                                  struct tx_result **ret_result, struct error *err);

/* Holds a connection of its login until it ends: begin no other unit of work meanwhile. */
MUST_CHECK enum error_code tx_open(struct db *db, const struct tx_scope *scope, struct tx **ret_tx,
                                   struct error *err);
MUST_CHECK enum error_code tx_exec(struct tx *tx, const struct tx_statement *statements, size_t n,
                                   struct tx_result **ret_result, struct error *err);
/* Frees tx in every case. After a failed tx_exec nothing is committed: ERROR_CONFLICT. */
MUST_CHECK enum error_code tx_commit(struct tx *tx, struct error *err);
/* Rolls back and frees; NULL is allowed; for AUTO(tx_auto_abort). */
void tx_abort(struct tx *tx);
void tx_auto_abort(struct tx **tx);

size_t tx_rows(const struct tx_result *result, size_t statement);
size_t tx_affected(const struct tx_result *result, size_t statement);
/* NULL for SQL NULL. Valid until the result is freed. */
const char *tx_value(const struct tx_result *result, size_t statement, size_t row, size_t column);
void tx_result_free(struct tx_result *result);
void tx_result_auto_free(struct tx_result **result);

#endif
