#include "db/tx.h"

#include "db/pool.h"
#include "db/unit.h"

struct tx {
	struct db *db;
	struct connection *connection;
	struct tx_scope scope;
	bool failed; /* PostgreSQL refuses everything but a rollback now */
};

static const struct tx_statement begin_statement = {NULL, "begin", 0};
static const struct tx_statement commit_statement = {NULL, "commit", 0};
static const struct tx_statement rollback_statement = {NULL, "rollback", 0};

/* Further attempts only where the server has said that the one before did not happen. */
enum { ATTEMPTS = 3 };

static unsigned scope_login(const struct tx_scope *scope)
{
	switch (scope->door) {
	case TX_TENANT:
		return db_slot(&scope->tenant);
	case TX_PUBLIC:
		return POOL_PUBLIC;
	case TX_OWNER:
		break;
	}
	return POOL_OWNER;
}

static enum error_code scope_check(const struct tx_scope *scope, struct error *err)
{
	if (scope->door == TX_TENANT && uuid_is_nil(&scope->tenant))
		return error_set(err, ERROR_NO_CONTEXT, NULL, NULL);
	return ERROR_OK;
}

static enum error_code statement_check(const struct tx_statement *statements, size_t n,
                                       struct error *err)
{
	if (n > TX_STATEMENTS_MAX)
		return error_set(err, ERROR_TOO_LARGE, NULL, "over %d statements in one unit",
		                 TX_STATEMENTS_MAX);
	for (size_t i = 0; i < n; i++)
		if (statements[i].n_values > TX_VALUES_MAX)
			return error_set(err, ERROR_INTERNAL, NULL, "over %d values",
			                 TX_VALUES_MAX);
	return ERROR_OK;
}

/* One pipeline on a connection; *ret_again: nothing has happened and a new connection may help. */
static enum error_code run_once(struct connection *connection, const struct tx_scope *scope,
                                const struct tx_statement *statements, size_t n,
                                struct tx_result *result, bool *ret_again, struct error *err)
{
	AUTO(unit_clear) struct unit unit;
	enum error_code code = unit_init(&unit, connection, scope, n, err);
	bool sent;

	*ret_again = false;
	if (code != ERROR_OK)
		return code;
	sent = unit_context(&unit) && unit_statements(&unit, statements, n, result);
	code = unit_finish(&unit, sent, err);
	if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE)
		connection->spoiled = true;
	*ret_again = connection->outdated || unit.aborted;
	return code;
}

/* Takes a connection for one attempt. */
static enum error_code run_attempt(struct db *db, const struct tx_scope *scope,
                                   const struct tx_statement *statements, size_t n,
                                   struct tx_result *result, bool *ret_again, struct error *err)
{
	unsigned login = scope_login(scope);
	struct connection *connection;
	enum error_code code = pool_take(db, login, &connection, err);

	*ret_again = false;
	if (code != ERROR_OK)
		return code;
	code = run_once(connection, scope, statements, n, result, ret_again, err);
	pool_give(db, login, connection);
	return code;
}

enum error_code tx_run(struct db *db, const struct tx_scope *scope,
                       const struct tx_statement *statements, size_t n,
                       struct tx_result **ret_result, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = scope_check(scope, err);
	bool again = true;

	if (code == ERROR_OK)
		code = statement_check(statements, n, err);
	if (code != ERROR_OK)
		return code;
	for (int attempt = 0; attempt < ATTEMPTS && again; attempt++) {
		if (err)
			*err = (struct error){0};
		tx_result_free(TAKE(result));
		result = ret_result ? result_new(n) : NULL;
		if (ret_result && !result)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		code = run_attempt(db, scope, statements, n, result, &again, err);
		again = again && code != ERROR_OK;
	}
	if (code == ERROR_OK && ret_result)
		*ret_result = TAKE(result);
	return code;
}

static void tx_free(struct tx *tx)
{
	if (PQtransactionStatus(tx->connection->pg) != PQTRANS_IDLE)
		tx->connection->spoiled = true;
	pool_give(tx->db, scope_login(&tx->scope), tx->connection);
	free(tx);
}

/* BEGIN and the context in one round trip. */
static enum error_code tx_begin(struct tx *tx, bool *ret_again, struct error *err)
{
	AUTO(unit_clear) struct unit unit;
	enum error_code code = unit_init(&unit, tx->connection, &tx->scope, 1, err);
	bool sent;

	*ret_again = false;
	if (code != ERROR_OK)
		return code;
	sent = unit_control(&unit, &begin_statement) && unit_context(&unit);
	code = unit_finish(&unit, sent, err);
	*ret_again = tx->connection->outdated || unit.aborted;
	return code;
}

enum error_code tx_open(struct db *db, const struct tx_scope *scope, struct tx **ret_tx,
                        struct error *err)
{
	enum error_code code = scope_check(scope, err);
	bool again = true;

	if (code != ERROR_OK)
		return code;
	for (int attempt = 0; attempt < ATTEMPTS && again; attempt++) {
		struct tx *tx = calloc(1, sizeof(*tx));

		if (!tx)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		*tx = (struct tx){.db = db, .scope = *scope};
		if (err)
			*err = (struct error){0};
		code = pool_take(db, scope_login(scope), &tx->connection, err);
		if (code != ERROR_OK) {
			free(tx);
			return code;
		}
		code = tx_begin(tx, &again, err);
		if (code == ERROR_OK) {
			*ret_tx = tx;
			return ERROR_OK;
		}
		tx_abort(tx);
	}
	return code;
}

enum error_code tx_exec(struct tx *tx, const struct tx_statement *statements, size_t n,
                        struct tx_result **ret_result, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = ret_result ? result_new(n) : NULL;
	AUTO(unit_clear) struct unit unit = {0};
	enum error_code code = statement_check(statements, n, err);

	if (ret_result && !result)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code == ERROR_OK && tx->failed)
		code = error_set(err, ERROR_CONFLICT, NULL, "an earlier statement failed");
	if (code == ERROR_OK)
		code = unit_init(&unit, tx->connection, &tx->scope, n, err);
	if (code != ERROR_OK)
		return code;
	code = unit_finish(&unit, unit_statements(&unit, statements, n, result), err);
	if (code != ERROR_OK)
		tx->failed = true;
	else if (ret_result)
		*ret_result = TAKE(result);
	return code;
}

/* commit or rollback */
static enum error_code tx_end(struct tx *tx, const struct tx_statement *end, struct error *err)
{
	AUTO(unit_clear) struct unit unit;
	enum error_code code = unit_init(&unit, tx->connection, &tx->scope, 1, err);

	if (code != ERROR_OK)
		return code;
	return unit_finish(&unit, unit_control(&unit, end), err);
}

enum error_code tx_commit(struct tx *tx, struct error *err)
{
	enum error_code code;

	if (tx->failed) {
		tx_abort(tx);
		return error_set(err, ERROR_CONFLICT, NULL, "an earlier statement failed");
	}
	code = tx_end(tx, &commit_statement, err);
	tx_free(tx);
	return code;
}

void tx_abort(struct tx *tx)
{
	if (!tx)
		return;
	/* On a connection that is closed anyway the server rolls back by itself. */
	if (!tx->connection->spoiled && tx_end(tx, &rollback_statement, NULL) != ERROR_OK)
		tx->connection->spoiled = true;
	tx_free(tx);
}

void tx_auto_abort(struct tx **tx)
{
	tx_abort(*tx);
}
