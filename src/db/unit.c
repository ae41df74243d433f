#include "db/unit.h"

#include <string.h>

#include "db/constraint.h"

/* What the server was asked in one pipeline, in order. */
enum step_kind {
	STEP_CONTROL, /* begin, commit, rollback, deallocate: no rows for the caller */
	STEP_CONTEXT, /* the tenant's role and schema */
	STEP_PREPARE,
	STEP_STATEMENT,
	STEP_SYNC,
};

struct step {
	enum step_kind kind;
	bool done;
	struct statement *statement; /* STEP_PREPARE */
	const char *name;            /* of the statement; NULL: it has none */
	PGresult **ret_result;       /* where its rows go; NULL: nowhere */
};

/* deallocate, prepare, statement for each, and begin, context (3), commit, sync. */
enum { STEPS_PER_STATEMENT = 3, STEPS_BESIDES = 6 };

static const struct uuid no_tenant;

/* The statement before all others, by what it must set. Both settings are set in one statement:
 * its functions' rights are checked once, for the login, so that set_config can be taken from
 * everybody else and a tenant's role cannot call it. */
enum { CONTEXT_PATH = 1, CONTEXT_ROLE = 2, CONTEXT_NOTIFY = 4, CONTEXT_HURRY = 8 };

/* clang-format off */
static const struct tx_statement contexts[] = {
	[CONTEXT_PATH] = {
		"context_path",
		"select set_config('search_path', $1, true)", 1},
	[CONTEXT_PATH | CONTEXT_ROLE] = {
		"context_role",
		"select set_config('search_path', $1, true), set_config('role', $2, true)", 2},
	[CONTEXT_PATH | CONTEXT_ROLE | CONTEXT_HURRY] = {
		"context_role_hurry",
		"select set_config('search_path', $1, true), set_config('lock_timeout', '2s', true),"
		" set_config('role', $2, true)", 2},
	[CONTEXT_NOTIFY] = {
		"context_notify",
		"select pg_notify('centrex', $1)", 1},
	[CONTEXT_PATH | CONTEXT_NOTIFY] = {
		"context_path_notify",
		"select set_config('search_path', $1, true), pg_notify('centrex', $2)", 2},
	[CONTEXT_PATH | CONTEXT_ROLE | CONTEXT_NOTIFY] = {
		"context_role_notify",
		"select set_config('search_path', $1, true), set_config('role', $2, true),"
		" pg_notify('centrex', $3)", 3},
};
/* clang-format on */

/*
 * Statements that change rows and leave nothing else behind, by command tag. After any other
 * (SET, PREPARE, LISTEN, BEGIN, DO ...) the connection is not lent again.
 */
static const char *const clean_tags[] = {"SELECT ", "INSERT ", "UPDATE ",
                                         "DELETE ", "MERGE ",  "LOCK TABLE"};

/* The owner's connection runs DDL, which is no state of the session; these are. */
static const char *const owner_dirty_tags[] = {
	"SET",        "RESET", "PREPARE", "LISTEN",   "LOAD",  "DECLARE", "DISCARD",
	"DEALLOCATE", "BEGIN", "COMMIT",  "ROLLBACK", "START", "DO",      "CALL"};

static bool starts_with_any(const char *text, const char *const *starts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static bool is_clean(const struct tx_scope *scope, PGresult *result)
{
	const char *tag = PQcmdStatus(result);

	if (scope->door == TX_OWNER)
		return !starts_with_any(tag, owner_dirty_tags, COUNT_OF(owner_dirty_tags));
	return starts_with_any(tag, clean_tags, COUNT_OF(clean_tags));
}

static struct step *add_step(struct unit *unit, enum step_kind kind)
{
	struct step *step = &unit->steps[unit->n_steps++];

	*step = (struct step){.kind = kind};
	return step;
}

/* Drops a statement that made room. Nothing can refuse it but a failure before it. */
static bool send_deallocate(struct unit *unit, const char *server_name)
{
	char sql[STATEMENT_NAME_MAX + 16];

	if (!*server_name)
		return true;
	snprintf(sql, sizeof(sql), "deallocate %s", server_name);
	add_step(unit, STEP_CONTROL);
	return PQsendQueryParams(unit->connection->pg, sql, 0, NULL, NULL, NULL, NULL, 0);
}

/* Finds or prepares; *ret_row NULL: run it unprepared. */
static bool send_prepare(struct unit *unit, const struct uuid *tenant,
                         const struct tx_statement *source, struct statement **ret_row)
{
	struct statements *statements = &unit->connection->statements;
	char evicted[STATEMENT_NAME_MAX];

	*ret_row = NULL;
	if (!source->name)
		return true;
	*ret_row = statements_find(statements, tenant, source->name);
	if (*ret_row)
		return true;
	*ret_row = statements_add(statements, tenant, source->name, evicted);
	if (!*ret_row)
		return true;
	if (!send_deallocate(unit, evicted))
		return false;
	add_step(unit, STEP_PREPARE)->statement = *ret_row;
	return PQsendPrepare(unit->connection->pg, (*ret_row)->server_name, source->sql, 0, NULL);
}

/* tenant: for whom the names in the text were looked up; no_tenant: there are none. */
static bool send_statement(struct unit *unit, enum step_kind kind, const struct uuid *tenant,
                           const struct tx_statement *source, PGresult **ret_result)
{
	PGconn *pg = unit->connection->pg;
	int n = (int)source->n_values;
	struct statement *row;
	struct step *step;

	if (!send_prepare(unit, tenant, source, &row))
		return false;
	step = add_step(unit, kind);
	step->name = source->name;
	step->ret_result = ret_result;
	if (row)
		return PQsendQueryPrepared(pg, row->server_name, n, source->values, NULL, NULL, 0);
	return PQsendQueryParams(pg, source->sql, n, NULL, source->values, NULL, NULL, 0);
}

bool unit_context(struct unit *unit)
{
	const struct tx_scope *scope = unit->scope;
	bool named = !uuid_is_nil(&scope->tenant);
	char hex[UUID_HEX_MAX], id[UUID_TEXT_MAX];
	char role[sizeof("tenant_") + UUID_HEX_MAX];
	char path[sizeof(role) + sizeof(", pg_temp")];
	struct tx_statement context;
	unsigned sets = 0;
	size_t n = 0;

	if (scope->door == TX_TENANT)
		sets = CONTEXT_PATH | CONTEXT_ROLE;
	else if (scope->door == TX_OWNER && named)
		sets = CONTEXT_PATH;
	if (scope->writes)
		sets |= CONTEXT_NOTIFY;
	else if (scope->hurries && sets & CONTEXT_ROLE)
		sets |= CONTEXT_HURRY;
	if (!sets)
		return true;
	snprintf(role, sizeof(role), "tenant_%s", uuid_format_hex(&scope->tenant, hex));
	snprintf(path, sizeof(path), "%s, pg_temp", role);
	context = contexts[sets];
	if (sets & CONTEXT_PATH)
		context.values[n++] = path;
	if (sets & CONTEXT_ROLE)
		context.values[n++] = role;
	if (sets & CONTEXT_NOTIFY)
		context.values[n++] = named ? uuid_format(&scope->tenant, id) : "public";
	return send_statement(unit, STEP_CONTEXT, &no_tenant, &context, NULL);
}

enum error_code unit_init(struct unit *unit, struct connection *connection,
                          const struct tx_scope *scope, size_t n, struct error *err)
{
	*unit = (struct unit){.connection = connection, .scope = scope};
	unit->steps = calloc(n * STEPS_PER_STATEMENT + STEPS_BESIDES, sizeof(*unit->steps));
	if (!unit->steps)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	statements_begin(&connection->statements);
	connection_rearm(connection);
	return ERROR_OK;
}

void unit_clear(struct unit *unit)
{
	free(unit->steps);
}

bool unit_statements(struct unit *unit, const struct tx_statement *statements, size_t n,
                     struct tx_result *result)
{
	/* Behind TX_PUBLIC a tenant is named for the notification only: one plan serves all. */
	const struct uuid *tenant =
		unit->scope->door == TX_PUBLIC ? &no_tenant : &unit->scope->tenant;

	for (size_t i = 0; i < n; i++)
		if (!send_statement(unit, STEP_STATEMENT, tenant, &statements[i],
		                    result ? &result->results[i] : NULL))
			return false;
	return true;
}

bool unit_control(struct unit *unit, const struct tx_statement *control)
{
	return send_statement(unit, STEP_CONTROL, &no_tenant, control, NULL);
}

static bool send_sync(struct unit *unit)
{
	add_step(unit, STEP_SYNC);
	return PQpipelineSync(unit->connection->pg);
}

/* The session, not the statement, is at fault: what we prepared is gone, taken, or outdated by a
 * migration. */
static bool is_stale(const PGresult *result, const char *sqlstate)
{
	const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);

	if (strcmp(sqlstate, "26000") == 0 || strcmp(sqlstate, "42P05") == 0)
		return true;
	return strcmp(sqlstate, "0A000") == 0 && function &&
	       strcmp(function, "RevalidateCachedQuery") == 0;
}

static enum error_code step_failed(struct unit *unit, const struct step *step,
                                   const PGresult *result, struct error *err)
{
	const struct constraint_fault fault = {
		.sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE),
		.constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME),
		.table = PQresultErrorField(result, PG_DIAG_TABLE_NAME),
		.column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME),
		.message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
	};
	char where[ERROR_FIELD_MAX] = "";
	struct error local;

	if (!fault.sqlstate)
		return connection_lost(unit->connection, err);
	if (is_stale(result, fault.sqlstate))
		unit->connection->outdated = true;
	/* The server said good-bye where the answer to this step belongs, so that nothing after it,
	 * the commit least of all, has happened. */
	if (step->kind != STEP_SYNC && strncmp(fault.sqlstate, "57P0", 4) == 0)
		unit->aborted = true;
	if (step->kind == STEP_CONTEXT && strcmp(fault.sqlstate, "22023") == 0)
		return error_set(err, ERROR_NOT_FOUND, "tenant", "there is no such tenant");
	constraint_error(&fault, &local);
	if (step->name)
		snprintf(where, sizeof(where), " in %s", step->name);
	if (err) {
		*err = local;
		error_detail(err, "%.*s%s", (int)(sizeof(err->detail) - sizeof(where)),
		             local.detail, where);
	}
	return local.code;
}

static enum error_code step_result(struct unit *unit, struct step *step, PGresult *result,
                                   struct error *err)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		step->done = true;
		if (step->kind != STEP_STATEMENT)
			break;
		if (!is_clean(unit->scope, result))
			unit->connection->spoiled = true;
		if (step->ret_result) {
			*step->ret_result = result;
			return ERROR_OK;
		}
		break;
	case PGRES_PIPELINE_SYNC:
		step->done = true;
		break;
	case PGRES_PIPELINE_ABORTED: /* the error has been seen */
		break;
	case PGRES_FATAL_ERROR: {
		enum error_code code = step_failed(unit, step, result, err);

		PQclear(result);
		return code;
	}
	default: /* an empty statement; COPY, which now waits for data that never comes */
		unit->connection->spoiled = true;
		unit->stuck = PQresultStatus(result) != PGRES_EMPTY_QUERY;
		PQclear(result);
		return error_set(err, ERROR_INTERNAL, NULL, "this statement cannot run here");
	}
	PQclear(result);
	return ERROR_OK;
}

/* Reads the answers of one step, up to the NULL that ends them (a sync has no such end). *ret_code
 * keeps the first error of the unit; false: the connection gives no more answers. */
static bool read_step(struct unit *unit, struct step *step, enum error_code *ret_code,
                      struct error *err)
{
	unsigned ends = 0;
	bool ended = false;

	while (!ended) {
		struct error *first = *ret_code == ERROR_OK ? err : NULL;
		PGresult *result = NULL;
		enum error_code code = connection_result(unit->connection, &result, first);
		bool lost = code != ERROR_OK;

		ended = !result;
		if (result)
			code = step_result(unit, step, result, first);
		if (*ret_code == ERROR_OK)
			*ret_code = code;
		if (lost || unit->stuck)
			return false;
		/* What a commit refuses comes before the sync, with an end of its own. */
		ends += !result;
		if (step->kind == STEP_SYNC)
			ended = step->done;
		if (!ended && ends > 2) {
			unit->connection->spoiled = true;
			*ret_code = error_set(first, ERROR_INTERNAL, NULL, "an answer is missing");
			return false;
		}
	}
	return true;
}

/* After the answers: what is prepared, and whether the connection may be lent again. */
static void settle(struct unit *unit)
{
	struct connection *connection = unit->connection;

	for (size_t i = 0; i < unit->n_steps; i++) {
		struct step *step = &unit->steps[i];

		if (step->done)
			continue;
		if (step->kind == STEP_PREPARE)
			statements_drop(&connection->statements, step->statement);
		else if (step->kind == STEP_CONTROL)
			connection->spoiled = true;
	}
	if (connection->outdated)
		connection->spoiled = true;
}

enum error_code unit_finish(struct unit *unit, bool sent, struct error *err)
{
	enum error_code code = ERROR_OK;

	if (!sent || !send_sync(unit))
		return connection_lost(unit->connection, err);
	for (size_t i = 0; i < unit->n_steps; i++)
		if (!read_step(unit, &unit->steps[i], &code, err))
			break;
	settle(unit);
	return code;
}
