#include "db/migrate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/batch.h"
#include "db/logins.h"
#include "db/queries.h"

enum { PARALLEL_MAX = 32, ATTEMPTS = 5, FIRST_PAUSE_MS = 100, NUMBER_MAX = 12 };

static const struct tx_scope owner_scope = {.door = TX_OWNER};

/* One run over the tenants that are behind. */
struct run {
	struct db *db;
	const struct migrate_options *options;
	struct migrate_scripts scripts;
	char lock_timeout[NUMBER_MAX];
	struct tx_result *laggards; /* schema, domain, version, id */
	size_t n;
	size_t canary; /* the row that went first; n: none */
	atomic_size_t next;
	pthread_mutex_t mutex; /* counts and options->step */
	struct migrate_counts *counts;
};

static struct migrate_scripts scripts_of(const struct migrate_scripts *given)
{
	if (given)
		return *given;
	return (struct migrate_scripts){
		.public_migrations = public_migrations,
		.n_public = public_migration_count,
		.tenant_migrations = tenant_migrations,
		.n_tenant = tenant_migration_count,
		.public_flat = &public_schema,
	};
}

static const char *number(size_t value, char buffer[static NUMBER_MAX])
{
	snprintf(buffer, NUMBER_MAX, "%u", (unsigned)value);
	return buffer;
}

static unsigned parse(const char *text)
{
	return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static enum error_code is_set_up(struct tx *tx, bool *ret_set_up, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement query = TX_QUERY(QUERY_PUBLIC_PRESENT);
	enum error_code code = tx_exec(tx, &query, 1, &result, err);

	if (code == ERROR_OK)
		*ret_set_up = strcmp(tx_value(result, 0, 0, 0), "t") == 0;
	return code;
}

static enum error_code public_version(struct tx *tx, unsigned *ret_version, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement query = TX_QUERY(QUERY_VERSION_SHOW, "public");
	enum error_code code = tx_exec(tx, &query, 1, &result, err);

	if (code == ERROR_OK)
		*ret_version = parse(tx_value(result, 0, 0, 0));
	return code;
}

static const struct script *script_find(const struct script *scripts, size_t n, unsigned version)
{
	return version >= 1 && version <= n ? &scripts[version - 1] : NULL;
}

/* What was applied must be what the binary has; a version it does not know is a newer centrex's. */
static enum error_code check_checksums(struct tx *tx, const struct migrate_scripts *scripts,
                                       size_t *ret_known, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement query = TX_QUERY(QUERY_MIGRATION_LIST);
	enum error_code code = tx_exec(tx, &query, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	*ret_known = tx_rows(result, 0);
	for (size_t row = 0; row < tx_rows(result, 0); row++) {
		const char *kind = tx_value(result, 0, row, 0);
		unsigned version = parse(tx_value(result, 0, row, 1));
		bool tenants = strcmp(kind, "tenant") == 0;
		const struct script *script = script_find(
			tenants ? scripts->tenant_migrations : scripts->public_migrations,
			tenants ? scripts->n_tenant : scripts->n_public, version);

		if (!script)
			return error_set(err, ERROR_CONFLICT, "schema",
			                 "a newer centrex has migrated this database "
			                 "(sql/%s/%04u_%s.sql)",
			                 kind, version, tx_value(result, 0, row, 2));
		if (strcmp(script->checksum, tx_value(result, 0, row, 3)) != 0)
			return error_set(err, ERROR_CONFLICT, "schema",
			                 "sql/%s/%04u_%s.sql was changed after it was applied to "
			                 "this database; a change is a new migration",
			                 kind, version, script->name);
	}
	return ERROR_OK;
}

static void add_records(struct batch *batch, const char *kind, const struct script *scripts,
                        size_t n, char (*versions)[NUMBER_MAX])
{
	for (size_t i = 0; i < n; i++) {
		struct tx_statement record =
			TX_QUERY(QUERY_MIGRATION_RECORD, kind, number(i + 1, versions[i]),
		                 scripts[i].name, scripts[i].checksum);

		batch_add(batch, &record);
	}
}

/* Schema public from a version on (flat on an empty database), and the record of what every
 * migration looks like. */
static enum error_code apply_public(struct run *run, struct tx *tx, bool set_up, unsigned from,
                                    struct error *err)
{
	const struct migrate_scripts *scripts = &run->scripts;
	size_t n = scripts->n_public + scripts->n_tenant;
	AUTO(auto_free) char(*versions)[NUMBER_MAX] = calloc(n + 1, sizeof(*versions));
	AUTO(batch_clear) struct batch batch = {0};
	struct tx_statement timeout = TX_QUERY(QUERY_MIGRATION_LOCK_TIMEOUT, run->lock_timeout);

	if (!versions)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	struct tx_statement stamp =
		TX_QUERY(QUERY_VERSION_SET, "public", number(scripts->n_public, versions[n]));
	batch_add(&batch, &timeout);
	if (!set_up && scripts->public_flat)
		batch_add_script(&batch, scripts->public_flat, NULL);
	else
		for (size_t i = from; i < scripts->n_public; i++)
			batch_add_script(&batch, &scripts->public_migrations[i], NULL);
	add_records(&batch, "public", scripts->public_migrations, scripts->n_public, versions);
	add_records(&batch, "tenant", scripts->tenant_migrations, scripts->n_tenant,
	            versions + scripts->n_public);
	if (from < scripts->n_public)
		batch_add(&batch, &stamp);
	if (batch.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return tx_exec(tx, batch.rows, batch.n, NULL, err);
}

/* Everything before the tenants, under the lock. */
static enum error_code migrate_public(struct run *run, struct error *err)
{
	struct tx_statement lock = TX_QUERY(QUERY_MIGRATION_LOCK);
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	unsigned from = 0;
	size_t known = 0;
	bool set_up = false;
	enum error_code code = tx_open(run->db, &owner_scope, &tx, err);

	if (code == ERROR_OK)
		code = tx_exec(tx, &lock, 1, NULL, err);
	if (code == ERROR_OK)
		code = is_set_up(tx, &set_up, err);
	if (code == ERROR_OK && set_up)
		code = public_version(tx, &from, err);
	if (code == ERROR_OK && set_up)
		code = check_checksums(tx, &run->scripts, &known, err);
	if (code != ERROR_OK || known == run->scripts.n_public + run->scripts.n_tenant)
		return code;
	code = apply_public(run, tx, set_up, from, err);
	if (code == ERROR_OK)
		code = tx_commit(TAKE(tx), err);
	if (code == ERROR_OK && from < run->scripts.n_public && run->options->step)
		run->options->step(&(struct migrate_step){.schema = "public",
		                                          .from = from,
		                                          .to = (unsigned)run->scripts.n_public},
		                   run->options->arg);
	return code;
}

/*
 * What rows that are there already need of a migration, a few thousand at a time, so that nobody
 * waits for a lock: before the step of that name, in units of work of their own, until the query
 * answers 0. A run that is stopped goes on where it was.
 */
static const struct {
	const char *before;
	enum query query;
	const char *values[2];
} fills[] = {
	{"cdr_filled", QUERY_CDR_STORE, {"[]", "5000"}},
};

static enum error_code fill(struct run *run, const struct uuid *tenant, size_t which,
                            struct error *err)
{
	const struct tx_scope scope = {.door = TX_OWNER, .tenant = *tenant};
	const struct tx_statement query = {
		.sql = query_texts[fills[which].query].sql,
		.n_values = COUNT_OF(fills[which].values),
		.values = {fills[which].values[0], fills[which].values[1]},
	};
	enum error_code code;
	unsigned n = 0;

	do {
		AUTO(tx_result_auto_free) struct tx_result *result = NULL;

		code = tx_run(run->db, &scope, &query, 1, &result, err);
		if (code == ERROR_OK)
			n = parse(tx_value(result, 0, 0, 0));
	} while (code == ERROR_OK && n);
	return code;
}

/* The steps of one tenant in one pipeline. Its row of schema_versions is held from the start, so
 * that two runs never take the same step; the lock on the tables is waited for a moment only. */
static enum error_code tenant_unit(struct run *run, const char *schema, const struct uuid *tenant,
                                   unsigned from, unsigned to, struct error *err)
{
	const struct tx_scope scope = {.door = TX_OWNER, .tenant = *tenant};
	char was[NUMBER_MAX], will[NUMBER_MAX];
	AUTO(batch_clear) struct batch batch = {0};
	struct tx_statement timeout = TX_QUERY(QUERY_MIGRATION_LOCK_TIMEOUT, run->lock_timeout);
	struct tx_statement fast = TX_QUERY(QUERY_MIGRATION_COMMIT_FAST);
	struct tx_statement advance =
		TX_QUERY(QUERY_VERSION_ADVANCE, schema, number(from, was), number(to, will));

	batch_add(&batch, &timeout);
	batch_add(&batch, &fast);
	batch_add(&batch, &advance);
	for (size_t i = from; i < to; i++)
		batch_add_script(&batch, &run->scripts.tenant_migrations[i], schema);
	if (batch.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return tx_run(run->db, &scope, batch.rows, batch.n, NULL, err);
}

/* Steps that read a large table: what those before them have locked is let go first, or all that
 * reads agents, say, would wait for an index of call records. */
static const char *const long_steps[] = {"recording_search"};

static bool is_long(const char *step)
{
	for (size_t i = 0; i < COUNT_OF(long_steps); i++)
		if (strcmp(step, long_steps[i]) == 0)
			return true;
	return false;
}

static size_t fill_before(const char *step)
{
	size_t f = 0;

	while (f < COUNT_OF(fills) && strcmp(step, fills[f].before) != 0)
		f++;
	return f;
}

/* All steps of one tenant: those before a fill or a long step, the fill, those after it. */
static enum error_code tenant_steps(struct run *run, const char *schema, const struct uuid *tenant,
                                    unsigned from, struct error *err)
{
	enum error_code code = ERROR_OK;

	for (unsigned i = from; i < run->scripts.n_tenant && code == ERROR_OK; i++) {
		const char *step = run->scripts.tenant_migrations[i].name;
		size_t f = fill_before(step);

		if (f == COUNT_OF(fills) && !is_long(step))
			continue;
		if (from < i)
			code = tenant_unit(run, schema, tenant, from, i, err);
		from = i;
		if (code == ERROR_OK && f < COUNT_OF(fills))
			code = fill(run, tenant, f, err);
	}
	return code == ERROR_OK ? tenant_unit(run, schema, tenant, from,
	                                      (unsigned)run->scripts.n_tenant, err)
	                        : code;
}

/* Where the tenant is by now; 0: unknown. */
static unsigned version_now(struct run *run, const char *schema)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement query = TX_QUERY(QUERY_VERSION_SHOW, schema);

	if (tx_run(run->db, &owner_scope, &query, 1, &result, NULL) != ERROR_OK)
		return 0;
	return parse(tx_value(result, 0, 0, 0));
}

static void report(struct run *run, const char *schema, const char *domain, unsigned from,
                   const struct error *err)
{
	pthread_mutex_lock(&run->mutex);
	if (err)
		run->counts->failed++;
	else
		run->counts->done++;
	if (run->options->step)
		run->options->step(
			&(struct migrate_step){
				.schema = schema,
				.domain = domain,
				.from = from,
				.to = (unsigned)run->scripts.n_tenant,
				.n = run->counts->done + run->counts->failed,
				.total = (unsigned)run->n,
				.err = err,
			},
			run->options->arg);
	pthread_mutex_unlock(&run->mutex);
}

/* For those who look later; that it cannot be kept changes nothing about the run. */
static void keep_failure(struct run *run, const char *schema, unsigned at, const struct error *err)
{
	AUTO(text_clear) struct text words = {0};
	struct tx_statement failed;
	char version[NUMBER_MAX];

	text_addf(&words, "%s%s%s", err->message, err->detail[0] ? ": " : "", err->detail);
	failed = TX_QUERY(QUERY_MIGRATION_FAILED, schema, number(at, version),
	                  error_slug(err->code), text_string(&words));
	(void)!tx_run(run->db, &owner_scope, &failed, 1, NULL, NULL);
}

static enum error_code migrate_tenant(struct run *run, size_t row, struct error *err)
{
	const char *schema = tx_value(run->laggards, 0, row, 0);
	const char *domain = tx_value(run->laggards, 0, row, 1);
	unsigned from = parse(tx_value(run->laggards, 0, row, 2)), at = from, now;
	enum error_code code = ERROR_BUSY;
	struct uuid tenant;

	if (!uuid_parse(tx_value(run->laggards, 0, row, 3), &tenant))
		code = error_set(err, ERROR_INTERNAL, "id", NULL);
	else if (!from)
		code = error_set(err, ERROR_CONFLICT, "schema",
		                 "schema_versions has no row of this tenant");
	else
		for (unsigned attempt = 0; attempt < ATTEMPTS && code == ERROR_BUSY; attempt++) {
			if (attempt)
				usleep((FIRST_PAUSE_MS * 1000u) << attempt);
			code = tenant_steps(run, schema, &tenant, at, err);
			if (code == ERROR_OK)
				break;
			/* This run got so far, or another one was quicker. */
			now = version_now(run, schema);
			if (now >= run->scripts.n_tenant)
				code = ERROR_OK;
			else if (now > at)
				code = ERROR_BUSY;
			at = now > at ? now : at;
		}
	if (code != ERROR_OK)
		keep_failure(run, schema, at, err);
	report(run, schema, domain, from, code == ERROR_OK ? NULL : err);
	return code;
}

static void *worker(void *arg)
{
	struct run *run = arg;
	struct error err;

	for (;;) {
		size_t row = atomic_fetch_add(&run->next, 1);

		if (row >= run->n)
			return NULL;
		/* A failure is counted and reported; the others go on. */
		if (row != run->canary)
			(void)!migrate_tenant(run, row, &err);
	}
}

/* The calling thread is one of the workers, so that none being had is no failure. */
static void migrate_rest(struct run *run)
{
	unsigned wanted = run->options->parallel ? run->options->parallel : 2;
	pthread_t threads[PARALLEL_MAX];
	unsigned n = 0;

	while (n + 1 < wanted && n + 1 < run->n && n < PARALLEL_MAX &&
	       pthread_create(&threads[n], NULL, worker, run) == 0)
		n++;
	worker(run);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static enum error_code migrate_canary(struct run *run, const char *canary, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement query = TX_QUERY(QUERY_CANARY_FIND, canary);
	enum error_code code = tx_run(run->db, &owner_scope, &query, 1, &result, err);

	if (code == ERROR_OK && !tx_rows(result, 0))
		code = error_set(err, ERROR_NOT_FOUND, "canary", "there is no tenant '%s'", canary);
	if (code != ERROR_OK)
		return code;
	for (size_t row = 0; row < run->n; row++)
		if (strcmp(tx_value(run->laggards, 0, row, 0), tx_value(result, 0, 0, 0)) == 0) {
			run->canary = row;
			return migrate_tenant(run, row, err);
		}
	return ERROR_OK;
}

static enum error_code migrate_tenants(struct run *run, struct error *err)
{
	char newest[NUMBER_MAX];
	struct tx_statement query =
		TX_QUERY(QUERY_VERSION_LAGGARDS, number(run->scripts.n_tenant, newest));
	const struct tx_statement forget = TX_QUERY(QUERY_MIGRATION_FAILURES_FORGET, newest);
	enum error_code code = tx_run(run->db, &owner_scope, &query, 1, &run->laggards, err);

	if (code != ERROR_OK)
		return code;
	run->n = tx_rows(run->laggards, 0);
	run->canary = run->n;
	run->counts->behind = (unsigned)run->n;
	if (run->options->canary)
		code = migrate_canary(run, run->options->canary, err);
	if (code == ERROR_OK)
		migrate_rest(run);
	if (run->n)
		(void)!tx_run(run->db, &owner_scope, &forget, 1, NULL, NULL);
	return code;
}

enum error_code migrate_run(struct db *db, const struct migrate_options *options,
                            struct migrate_counts *ret_counts, struct error *err)
{
	struct run run = {
		.db = db,
		.options = options,
		.scripts = scripts_of(options->scripts),
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.counts = ret_counts,
	};
	const struct tx_statement fill = TX_QUERY(QUERY_LIMITS_FILL);
	enum error_code code;

	*ret_counts = (struct migrate_counts){0};
	number(options->lock_timeout_ms ? options->lock_timeout_ms : 2000, run.lock_timeout);
	code = logins_ensure(db, options->secret, options->reset_passwords,
	                     &ret_counts->logins_made, err);
	if (code == ERROR_OK)
		code = migrate_public(&run, err);
	/* No reason not to go on: whoever has none has no limits, until they are to be set. */
	if (code == ERROR_OK)
		(void)!tx_run(db, &owner_scope, &fill, 1, NULL, NULL);
	if (code == ERROR_OK)
		code = migrate_tenants(&run, err);
	tx_result_free(run.laggards);
	return code;
}
