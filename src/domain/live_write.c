/* From the engine's memory to the tenants' tables, on one thread. */
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "domain/event.h"
#include "domain/live_private.h"

enum {
	RETRY_LEAST_MS = 250,
	RETRY_MOST_MS = 5000,
	TENANT_RETRY_MS = 2000, /* its tables are locked, or worse: the others go on */
	CLOSE_MS = 2000,
	STATEMENTS = 5,
};

/* One tenant's batch, copied out of the store. */
struct batch {
	struct uuid tenant;
	char tenant_text[UUID_TEXT_MAX];
	struct text steps, ids, calls;
	size_t n_steps;
	bool clear, sync, hang_up;
	bool first;        /* rows of an earlier process go */
	const char *cause; /* to tell of rows that are cleared; NULL: not known */
};

static void batch_clear(struct batch *batch)
{
	text_clear(&batch->steps);
	text_clear(&batch->ids);
	text_clear(&batch->calls);
}

static void list_calls(const struct live_tenant *tenant, struct batch *batch)
{
	const struct live_entry *entry;
	char id[UUID_TEXT_MAX];
	size_t n = 0;

	LIST_FOREACH(entry, &tenant->calls, in_tenant)
	{
		if (batch->clear)
			text_addf(&batch->ids, "%s\"%s\"", n ? "," : "",
			          uuid_format(&entry->id, id));
		n++;
		if (batch->sync)
			live_entry_json(entry, n, false, NULL, &batch->calls);
	}
}

/* With the mutex: what is due in the tenant. Its marks are taken away, a failure puts them back. */
static void batch_take(struct live *live, struct live_tenant *tenant, struct batch *batch)
{
	TAILQ_REMOVE(&live->due, tenant, in_due);
	tenant->due = false;
	live->counts.tenants--;
	*batch = (struct batch){
		.tenant = tenant->id,
		.steps = tenant->steps,
		.n_steps = tenant->n_steps,
		.clear = !tenant->cleared || tenant->unsure || tenant->verify,
		.sync = tenant->unsure || tenant->verify,
		.hang_up = tenant->hang_up,
		.first = !tenant->cleared,
		.cause = tenant->cleared || live->adopts ? NULL : "engine_restart",
	};
	uuid_format(&tenant->id, batch->tenant_text);
	tenant->steps = (struct text){0};
	tenant->n_steps = 0;
	tenant->unsure = tenant->verify = tenant->hang_up = false;
	list_calls(tenant, batch);
}

/* "[...]" around what was gathered. */
static bool wrap(struct text *text)
{
	struct text array = {0};

	text_addf(&array, "[%s]", text_string(text));
	array.failed = array.failed || text->failed;
	text_clear(text);
	*text = array;
	return !array.failed;
}

/* Every call that is to be ended and is one of ours; false: not all could be taken. */
static bool hang_up(struct live *live, const struct batch *batch, const struct tx_result *result,
                    size_t statement)
{
	bool all = true;

	pthread_mutex_lock(&live->hang_up_mutex);
	for (size_t i = 0; i < tx_rows(result, statement) && live->hang_up; i++) {
		struct uuid call;

		if (uuid_parse(tx_value(result, statement, i, 0), &call))
			all = live->hang_up(&batch->tenant, &call, live->hang_up_arg) && all;
	}
	pthread_mutex_unlock(&live->hang_up_mutex);
	return all;
}

static enum error_code batch_write(struct live *live, struct batch *batch, bool *ret_hung_up,
                                   struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = batch->tenant, .hurries = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement statements[STATEMENTS];
	const char *tenant = batch->tenant_text;
	enum error_code code;
	size_t n = 0;

	*ret_hung_up = true;
	if (!wrap(&batch->steps) || !wrap(&batch->ids) || !wrap(&batch->calls))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	const struct tx_statement clear =
		TX_QUERY(QUERY_LIVE_CLEAR, live->node, batch->ids.data, batch->cause, tenant, NULL);

	statements[n++] = event_lock(tenant);
	/* An earlier process's calls ended before ours began; of ours, what the steps say counts.
	 */
	if (batch->clear && batch->first)
		statements[n++] = clear;
	if (batch->n_steps)
		statements[n++] = TX_QUERY(QUERY_LIVE_WRITE, live->node, batch->steps.data, tenant);
	if (batch->clear && !batch->first)
		statements[n++] = clear;
	if (batch->sync)
		statements[n++] = TX_QUERY(QUERY_LIVE_SYNC, live->node, batch->calls.data, tenant);
	if (batch->hang_up)
		statements[n++] = TX_QUERY(QUERY_LIVE_HANG_UPS, live->node);
	code = tx_run(live->db, &scope, statements, n, &result, err);
	if (code == ERROR_OK && batch->hang_up)
		*ret_hung_up = hang_up(live, batch, result, n - 1);
	return code;
}

/* The fault is the database's: others would fail, too. */
static bool is_away(enum error_code code)
{
	return code == ERROR_UNAVAILABLE || code == ERROR_MEMORY || code == ERROR_IO;
}

static void tell(struct live *live, const struct error *err)
{
	if (live->away == (err != NULL))
		return;
	live->away = err != NULL;
	pthread_mutex_lock(&live->mutex);
	live->counts.away = live->away;
	pthread_mutex_unlock(&live->mutex);
	if (live->notice)
		live->notice(err, live->notice_arg);
}

/* The database answered, or did not. */
static void note(struct live *live, enum error_code code, const struct error *err)
{
	if (!is_away(code)) {
		live->retry_ms = RETRY_LEAST_MS;
		tell(live, NULL);
		return;
	}
	live->hold_until_us = clock_monotonic_us() + live->retry_ms * INT64_C(1000);
	live->retry_ms = live->retry_ms * 2 < RETRY_MOST_MS ? live->retry_ms * 2 : RETRY_MOST_MS;
	tell(live, err);
}

/* A fault of ours: rows that PostgreSQL refuses. Once a minute is enough to know. */
static void tell_fault(struct live *live, const struct error *err)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us < live->fault_until_us || !live->notice)
		return;
	live->fault_until_us = now_us + 60 * INT64_C(1000000);
	live->notice(err, live->notice_arg);
}

/* With the mutex: a tenant that is gone takes no rows; otherwise the outcome is written later. */
static void batch_failed(struct live *live, struct live_tenant *tenant, const struct batch *batch,
                         enum error_code code)
{
	if (code == ERROR_NOT_FOUND)
		return;
	live->counts.dropped += batch->n_steps;
	live_lose_steps(live, tenant);
	tenant->hang_up = tenant->hang_up || batch->hang_up;
	live_due(live, tenant,
	         clock_monotonic_us() + (is_away(code) ? 0 : TENANT_RETRY_MS * INT64_C(1000)));
}

/* With the mutex, which is given up meanwhile: the first tenant of the queue. */
static enum error_code write_first(struct live *live)
{
	struct live_tenant *tenant = TAILQ_FIRST(&live->due); /* tenants stay until the end */
	AUTO(batch_clear) struct batch batch;
	struct error err = {0};
	enum error_code code;
	bool hung_up;

	batch_take(live, tenant, &batch);
	pthread_mutex_unlock(&live->mutex);
	code = batch_write(live, &batch, &hung_up, &err);
	note(live, code, &err);
	if (code == ERROR_INTERNAL || code == ERROR_INVALID || code == ERROR_CONFLICT)
		tell_fault(live, &err);
	pthread_mutex_lock(&live->mutex);
	if (code != ERROR_OK) {
		batch_failed(live, tenant, &batch, code);
		return code;
	}
	live->counts.written += batch.n_steps;
	tenant->cleared = tenant->cleared || batch.clear;
	if (!hung_up) {
		tenant->hang_up = true;
		live_due(live, tenant, clock_monotonic_us() + TENANT_RETRY_MS * INT64_C(1000));
	}
	return code;
}

/* ---- rows that nobody would remove ---- */

static enum error_code list_tenants(struct live *live, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const struct tx_statement statement = TX_QUERY(QUERY_LIVE_TENANTS);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct live_walk *walk = &live->walk;
	enum error_code code = tx_run(live->db, &scope, &statement, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	walk->n = walk->at = 0;
	walk->tenants = calloc(tx_rows(result, 0) + 1, sizeof(*walk->tenants));
	if (!walk->tenants)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < tx_rows(result, 0); i++)
		if (uuid_parse(tx_value(result, 0, i, 0), &walk->tenants[walk->n]))
			walk->n++;
	return ERROR_OK;
}

/* A row of an earlier process: the tenant's next batch clears it, as it knows today's calls. */
static void clear_own(struct live *live, const struct uuid *id)
{
	struct live_tenant *tenant;

	pthread_mutex_lock(&live->mutex);
	tenant = live_tenant_take(live, id);
	if (tenant && !tenant->cleared)
		live_due(live, tenant, clock_monotonic_us());
	pthread_mutex_unlock(&live->mutex);
}

static enum error_code clear_dead(struct live *live, const struct uuid *id, struct error *err)
{
	const struct live_dead *dead = &live->walk.dead;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *id, .hurries = true};
	char tenant[UUID_TEXT_MAX];
	struct tx_statement statements[2];

	statements[0] = event_lock(uuid_format(id, tenant));
	statements[1] =
		TX_QUERY(QUERY_LIVE_CLEAR, dead->node, "[]", "node_lost", tenant, dead->before);
	return tx_run(live->db, &scope, statements, COUNT_OF(statements), NULL, err);
}

static enum error_code walk_tenant(struct live *live, const struct uuid *id, struct error *err)
{
	const struct live_walk *walk = &live->walk;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *id, .hurries = true};
	const struct tx_statement any =
		TX_QUERY(QUERY_LIVE_ANY, walk->own ? live->node : walk->dead.node);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = tx_run(live->db, &scope, &any, 1, &result, err);

	if (code != ERROR_OK || tx_rows(result, 0) == 0)
		return code;
	if (!walk->own)
		return clear_dead(live, id, err);
	clear_own(live, id);
	return ERROR_OK;
}

/* With the mutex: the next walk, if any. */
static bool walk_due(struct live *live)
{
	struct live_walk *walk = &live->walk;

	if (walk->own || walk->dead.node[0])
		return true;
	if (live->n_dead == 0)
		return false;
	walk->dead = live->dead[0];
	live->n_dead--;
	memmove(live->dead, live->dead + 1, live->n_dead * sizeof(*live->dead));
	return true;
}

static void walk_ends(struct live *live)
{
	free(TAKE(live->walk.tenants));
	if (live->walk.own)
		live->all_cleared = true;
	live->walk = (struct live_walk){0};
}

/* With the mutex, which is given up meanwhile: one tenant of the walk. One that cannot be looked at
 * now (a migration) is looked at with its next call. */
static void walk_on(struct live *live)
{
	struct live_walk *walk = &live->walk;
	struct error err = {0};
	enum error_code code;

	if (walk->tenants && walk->at == walk->n) {
		walk_ends(live);
		return;
	}
	pthread_mutex_unlock(&live->mutex);
	if (!walk->tenants) {
		code = list_tenants(live, &err);
	} else {
		code = walk_tenant(live, &walk->tenants[walk->at], &err);
		walk->at += !is_away(code);
	}
	note(live, code, &err);
	pthread_mutex_lock(&live->mutex);
}

/* ---- the thread ---- */

/* With the mutex: when something is to be done next, INT64_MAX: not known. */
static int64_t next_us(struct live *live)
{
	const struct live_tenant *tenant = TAILQ_FIRST(&live->due);
	int64_t at_us;

	if (live->held)
		return INT64_MAX;
	at_us = walk_due(live) ? 0 : tenant ? tenant->due_at_us : INT64_MAX;
	if (at_us == INT64_MAX || at_us >= live->hold_until_us)
		return at_us;
	return live->hold_until_us;
}

/* At the end: what waits, in any order, as long as the database takes it. */
static void write_rest(struct live *live)
{
	int64_t until_us = clock_monotonic_us() + CLOSE_MS * INT64_C(1000);

	while (!live->held && !TAILQ_EMPTY(&live->due) && clock_monotonic_us() < until_us)
		if (write_first(live) != ERROR_OK)
			return;
}

void *live_writer(void *arg)
{
	struct live *live = arg;

	live->retry_ms = RETRY_LEAST_MS;
	pthread_mutex_lock(&live->mutex);
	while (!live->stopping) {
		const struct live_tenant *tenant = TAILQ_FIRST(&live->due);
		int64_t now_us = clock_monotonic_us(), at_us = next_us(live);

		if (at_us == INT64_MAX)
			pthread_cond_wait(&live->wake, &live->mutex);
		else if (at_us > now_us)
			condition_wait(&live->wake, &live->mutex, at_us);
		else if (tenant && tenant->due_at_us <= now_us)
			(void)write_first(live);
		else
			walk_on(live);
	}
	write_rest(live);
	pthread_mutex_unlock(&live->mutex);
	return NULL;
}
