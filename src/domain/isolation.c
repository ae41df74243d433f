#include "domain/isolation.h"

#include <stdio.h>
#include <string.h>

#include "db/probe.h"
#include "db/queries.h"
#include "domain/isolation_scratch.h"

static const char insufficient_privilege[] = "42501";
static const char undefined_table[] = "42P01";
static const char allowed[] = "";

struct trial {
	struct db *db;
	struct isolation_report *report;
	struct scratch scratch;
};

static const struct tx_scope owner_scope = {.door = TX_OWNER};

void isolation_report_clear(struct isolation_report *report)
{
	text_clear(&report->leak);
}

static struct tx_scope scope_of(const struct scratch_side *side)
{
	return (struct tx_scope){.door = TX_TENANT, .tenant = side->id};
}

static bool leaked(const struct trial *trial)
{
	return trial->report->leak.length > 0;
}

static void leak(struct trial *trial, const char *who, const char *label, const char *sql,
                 const char *outcome)
{
	if (!leaked(trial))
		text_addf(&trial->report->leak, "%s could %s (%s): %s", who, label, outcome, sql);
}

/* What an attempt must come to, by isolation_attempts' first column. */
static bool is_expected(const char *expect, enum error_code code, const struct error *err,
                        const struct tx_result *result)
{
	if (strcmp(expect, "refused") == 0)
		return code == ERROR_FORBIDDEN;
	if (strcmp(expect, "harmless") == 0 && code == ERROR_FORBIDDEN)
		return true;
	if (strcmp(expect, "foreign_key") == 0)
		return code == ERROR_INVALID && strstr(err->detail, "_fkey") != NULL;
	return code == ERROR_OK && !tx_rows(result, 0) && !tx_affected(result, 0);
}

/* One attempt as tenant A, through the door everything else goes through; always rolled back. */
static enum error_code attempt(struct trial *trial, const char *expect, const char *label,
                               const char *sql, struct error *err)
{
	const struct tx_scope scope = scope_of(&trial->scratch.a);
	const struct tx_statement statement = {.sql = sql};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	struct error refusal = {0};
	enum error_code code = tx_open(trial->db, &scope, &tx, err);

	if (code != ERROR_OK)
		return code;
	code = tx_exec(tx, &statement, 1, &result, &refusal);
	if (code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT || code == ERROR_MEMORY) {
		if (err)
			*err = refusal;
		return code;
	}
	trial->report->attempts++;
	if (!is_expected(expect, code, &refusal, result))
		leak(trial, "tenant A", label, sql,
		     code == ERROR_OK ? "it was allowed" : refusal.detail);
	return ERROR_OK;
}

static enum error_code try_as_tenant(struct trial *trial, struct error *err)
{
	const struct scratch_side *a = &trial->scratch.a, *b = &trial->scratch.b;
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement query = TX_QUERY(QUERY_ISOLATION_ATTEMPTS, a->schema, b->schema,
	                                           b->text, b->users[0].text, a->text);
	enum error_code code = tx_run(trial->db, &owner_scope, &query, 1, &result, err);

	for (size_t row = 0; code == ERROR_OK && row < tx_rows(result, 0) && !leaked(trial);
	     row++) {
		const char *label = tx_value(result, 0, row, 1);
		const char *sql = tx_value(result, 0, row, 2);

		if (!sql)
			return error_set(err, ERROR_INTERNAL, NULL,
			                 "isolation_attempts has nothing to %s", label);
		code = attempt(trial, tx_value(result, 0, row, 0), label, sql, err);
	}
	return code;
}

/* Without a tenant, and for a tenant that is not there: an error, never somebody's rows. */
static enum error_code try_without_tenant(struct trial *trial)
{
	const struct tx_statement statement = TX_QUERY(QUERY_ISOLATION_READ);
	const struct {
		struct tx_scope scope;
		enum error_code expected;
		const char *label;
	} rows[] = {
		{{.door = TX_TENANT},                          ERROR_NO_CONTEXT, "read without a tenant"     },
		{{.door = TX_TENANT, .tenant = uuid_random()},
	         ERROR_NOT_FOUND,	                                        "read for an unknown tenant"},
	};

	for (size_t i = 0; i < COUNT_OF(rows) && !leaked(trial); i++) {
		struct error refusal = {0};
		enum error_code code =
			tx_run(trial->db, &rows[i].scope, &statement, 1, NULL, &refusal);

		if (code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT)
			return code;
		trial->report->attempts++;
		if (code != rows[i].expected)
			leak(trial, "anybody", rows[i].label, statement.sql,
			     code == ERROR_OK ? "it was allowed" : refusal.detail);
	}
	return ERROR_OK;
}

/* A row of isolation_logins, for one login. */
struct login_attempt {
	const char *label;
	const char *expected; /* SQLSTATE */
};

/* False when this login does not try it. */
static bool login_attempt_init(const struct trial *trial, const char *who, unsigned login,
                               struct login_attempt *ret)
{
	bool is_slot = login < DB_SLOTS;

	ret->expected = insufficient_privilege;
	if (strcmp(who, "slot") == 0)
		return is_slot;
	if (strcmp(who, "public") == 0)
		return !is_slot;
	if (strcmp(who, "bare") == 0) {
		ret->expected = undefined_table;
		return is_slot;
	}
	/* Its own slot must be able to: else nothing here would prove anything. */
	if ((strcmp(who, "a") == 0 && login == db_slot(&trial->scratch.a.id)) ||
	    (strcmp(who, "b") == 0 && login == db_slot(&trial->scratch.b.id)))
		ret->expected = allowed;
	return true;
}

static enum error_code judge_login(struct trial *trial, unsigned login, const struct probe *probe,
                                   const struct login_attempt *attempt, struct error *err)
{
	char name[DB_LOGIN_MAX];

	trial->report->attempts++;
	if (strcmp(probe->sqlstate, attempt->expected) == 0)
		return ERROR_OK;
	db_login_name(login, name);
	if (attempt->expected == allowed)
		return error_set(err, ERROR_INTERNAL, NULL,
		                 "%s cannot become a tenant of its own slot", name);
	leak(trial, name, attempt->label, probe->sql,
	     *probe->sqlstate ? probe->sqlstate : "it was allowed");
	return ERROR_OK;
}

static enum error_code try_login(struct trial *trial, unsigned login, const struct tx_result *rows,
                                 struct error *err)
{
	size_t n = tx_rows(rows, 0), m = 0;
	AUTO(auto_free) struct probe *probes = calloc(n + 1, sizeof(*probes));
	AUTO(auto_free) struct login_attempt *attempts = calloc(n + 1, sizeof(*attempts));
	enum error_code code;

	if (!probes || !attempts)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t row = 0; row < n; row++) {
		if (!login_attempt_init(trial, tx_value(rows, 0, row, 0), login, &attempts[m]))
			continue;
		attempts[m].label = tx_value(rows, 0, row, 1);
		probes[m++].sql = tx_value(rows, 0, row, 2);
	}
	code = probe_run(trial->db, login, probes, m, err);
	for (size_t i = 0; i < m && code == ERROR_OK && !leaked(trial); i++)
		code = judge_login(trial, login, &probes[i], &attempts[i], err);
	return code;
}

static enum error_code try_logins(struct trial *trial, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *rows = NULL;
	const struct tx_statement query =
		TX_QUERY(QUERY_ISOLATION_LOGINS, trial->scratch.a.schema, trial->scratch.b.schema);
	enum error_code code = tx_run(trial->db, &owner_scope, &query, 1, &rows, err);

	for (unsigned login = 0; code == ERROR_OK && login < DB_LOGIN_COUNT && !leaked(trial);
	     login++)
		code = try_login(trial, login, rows, err);
	return code;
}

static enum error_code look_at_hardening(struct trial *trial, struct error *err)
{
	const struct tx_scope scope = scope_of(&trial->scratch.a);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement query = TX_QUERY(QUERY_ISOLATION_HARDENED);
	enum error_code code = tx_run(trial->db, &scope, &query, 1, &result, err);

	if (code == ERROR_OK)
		trial->report->hardened = strcmp(tx_value(result, 0, 0, 0), "t") == 0;
	return code;
}

enum error_code isolation_verify(struct db *db, struct isolation_report *ret_report,
                                 struct error *err)
{
	struct trial trial = {.db = db, .report = ret_report};
	enum error_code code;

	*ret_report = (struct isolation_report){0};
	code = scratch_open(db, &trial.scratch, &ret_report->tables, err);
	if (code == ERROR_OK)
		code = look_at_hardening(&trial, err);
	if (code == ERROR_OK)
		code = try_without_tenant(&trial);
	if (code == ERROR_OK && !leaked(&trial))
		code = try_as_tenant(&trial, err);
	if (code == ERROR_OK && !leaked(&trial))
		code = try_logins(&trial, err);
	if (code == ERROR_OK && ret_report->leak.failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	return scratch_close(&trial.scratch, code, err);
}
