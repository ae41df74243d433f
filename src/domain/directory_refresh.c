#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "domain/directory_private.h"

enum {
	ROUND_US = 50000, /* a burst of changes is one reload in this time, not one each */
	RETRY_LEAST_MS = 500,
	RETRY_MOST_MS = 15000,
	TENANT_RETRY_MS = 5000, /* of one that the others need not wait for */
};

static void mark_stale(struct directory *directory, struct entry *entry)
{
	entry->changes++;
	if (!entry->stale && !entry->cold) {
		entry->stale = true;
		TAILQ_INSERT_TAIL(&directory->stale, entry, in_queue);
		pthread_cond_signal(&directory->wake);
	}
}

static void unqueue(struct directory *directory, struct entry *entry)
{
	if (entry->stale)
		TAILQ_REMOVE(&directory->stale, entry, in_queue);
	if (entry->cold)
		TAILQ_REMOVE(&directory->cold, entry, in_queue);
	entry->stale = entry->cold = false;
}

static void drop(struct directory *directory, struct entry *entry)
{
	directory_tell(directory, &entry->tenant, DIRECTORY_GONE);
	unqueue(directory, entry);
	directory_table_remove(&directory->table, entry);
}

/* With the mutex. Where everything is in memory a phone is found by its name without being asked
 * for first. */
static void remember_phones(struct directory *directory, const struct snapshot *before,
                            const struct snapshot *snapshot)
{
	int64_t now = clock_monotonic_us();

	for (size_t i = 0; i < snapshot->n_extensions; i++) {
		const struct uuid *name = &snapshot->extensions[i].auth_username;

		if (!before || !snapshot_by_auth_username(before, name))
			names_put(directory->known_auth_usernames, name, sizeof(*name),
			          &snapshot->tenant, now, INT64_MAX);
	}
}

/* The fault is the database's: others would fail, too. */
static bool is_away(enum error_code code)
{
	return code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT || code == ERROR_MEMORY ||
	       code == ERROR_IO;
}

/* With the mutex: a load that failed, not because the tenant is gone. */
static void load_failed(struct directory *directory, struct entry *entry)
{
	directory->counts.failures++;
	if (!is_away(entry->code)) {
		entry->failed = directory->attempt;
		if (!directory->attempt_due_us)
			directory->attempt_due_us =
				clock_monotonic_us() + TENANT_RETRY_MS * INT64_C(1000);
		pthread_cond_signal(&directory->wake);
	}
	if (entry->snapshot) {
		mark_stale(directory, entry);
		return;
	}
	directory->sweep_due |= directory->warm && is_away(entry->code);
	drop(directory, entry);
}

/* With the mutex: the outcome of a load goes into the table and to those who wait. */
static void load_finish(struct directory *directory, struct entry *entry, uint64_t changes,
                        struct snapshot *snapshot)
{
	entry->loading = false;
	entry->loads++;
	pthread_cond_broadcast(&directory->loaded);
	if (entry->gone) { /* a sweep has not found it: this picture is the older one */
		snapshot_unref(snapshot);
		entry->code = error_set(&entry->err, ERROR_NOT_FOUND, NULL, NULL);
	} else if (entry->code == ERROR_OK) {
		directory->counts.loads++;
		if (directory->warm)
			remember_phones(directory, entry->snapshot, snapshot);
		directory_table_set(&directory->table, entry, snapshot);
		directory_tell(directory, &entry->tenant, DIRECTORY_SNAPSHOT);
		if (entry->changes != changes)
			mark_stale(directory, entry);
	} else if (entry->code == ERROR_NOT_FOUND) {
		drop(directory, entry);
	} else {
		load_failed(directory, entry);
	}
}

enum error_code directory_load(struct directory *directory, struct entry *entry, struct error *err)
{
	enum error_code code;

	entry->users++;
	if (entry->loading) {
		uint64_t loads = entry->loads;

		while (entry->loads == loads)
			pthread_cond_wait(&directory->loaded, &directory->mutex);
	} else {
		struct snapshot *snapshot = NULL;
		uint64_t changes = entry->changes;
		struct error failure = {0};

		entry->loading = true;
		unqueue(directory, entry);
		pthread_mutex_unlock(&directory->mutex);
		code = snapshot_load(directory->db, &entry->tenant, &snapshot, &failure);
		pthread_mutex_lock(&directory->mutex);
		entry->code = code;
		entry->err = failure;
		load_finish(directory, entry, changes, snapshot);
	}
	code = entry->code;
	if (code != ERROR_OK && err)
		*err = entry->err;
	directory_table_release(entry);
	return code;
}

enum error_code directory_load_anew(struct directory *directory, const struct uuid *tenant,
                                    struct entry **ret_entry, struct error *err)
{
	struct entry *entry = directory_table_tenant(&directory->table, tenant);
	const bool loading = entry && entry->loading;
	enum error_code code = ERROR_OK;

	if (loading) {
		code = directory_load(directory, entry, err);
		entry = directory_table_tenant(&directory->table, tenant);
	}
	/* One that is under way now has begun since. */
	if (code == ERROR_OK && entry) {
		code = directory_load(directory, entry, err);
		entry = directory_table_tenant(&directory->table, tenant);
	}
	if (code != ERROR_OK)
		return code;
	if (!entry || !entry->snapshot)
		return error_set(err, ERROR_NOT_FOUND, NULL, "there is no such tenant");
	*ret_entry = entry;
	return ERROR_OK;
}

/* With the mutex: a tenant that nobody has asked for. */
static enum error_code add_cold(struct directory *directory, const struct uuid *tenant,
                                uint64_t sweep)
{
	struct entry *entry = directory_table_add(&directory->table, tenant);

	if (!entry)
		return ERROR_MEMORY;
	entry->swept = sweep;
	entry->cold = true;
	TAILQ_INSERT_TAIL(&directory->cold, entry, in_queue);
	return ERROR_OK;
}

/* With the mutex: what a row of public.tenants says about an entry. */
static enum error_code sweep_row(struct directory *directory, const char *id, const char *domain,
                                 uint64_t sweep)
{
	struct entry *entry;
	struct uuid tenant;

	if (!uuid_parse(id, &tenant))
		return ERROR_OK;
	entry = directory_table_tenant(&directory->table, &tenant);
	if (!entry)
		return directory->warm ? add_cold(directory, &tenant, sweep) : ERROR_OK;
	entry->swept = sweep;
	if (entry->snapshot && strcmp(entry->snapshot->domain, domain))
		mark_stale(directory, entry);
	return ERROR_OK;
}

/* With the mutex: drops the tenants that the sweep has not found. */
static void drop_unswept(struct directory *directory, uint64_t sweep)
{
	for (size_t i = 0; i < directory->table.n_lists; i++) {
		struct entry *entry = LIST_FIRST(&directory->table.tenants[i]);

		while (entry) {
			struct entry *next = LIST_NEXT(entry, by_tenant);

			if (entry->swept < sweep)
				drop(directory, entry);
			entry = next;
		}
	}
}

/* With the mutex, which is given up meanwhile. One query tells which tenants have gone, have come
 * or have another domain, however many there are. */
static enum error_code sweep(struct directory *directory)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const struct tx_statement question = TX_QUERY(QUERY_DIRECTORY_TENANTS);
	uint64_t number = ++directory->sweeps; /* entries made from now on carry it */
	enum error_code code;

	directory->sweep_due = false;
	if (directory->table.n == 0 && !directory->warm)
		return ERROR_OK;
	pthread_mutex_unlock(&directory->mutex);
	code = tx_run(directory->db, &scope, &question, 1, &result, NULL);
	pthread_mutex_lock(&directory->mutex);
	for (size_t i = 0; code == ERROR_OK && i < tx_rows(result, 0); i++) {
		code = sweep_row(directory, tx_value(result, 0, i, 0), tx_value(result, 0, i, 1),
		                 number);
		if (i % 100 == 99) { /* let the others look something up */
			pthread_mutex_unlock(&directory->mutex);
			pthread_mutex_lock(&directory->mutex);
		}
	}
	if (code == ERROR_OK)
		drop_unswept(directory, number);
	else
		directory->sweep_due = true;
	return code;
}

/* With the mutex: the next to load; NULL: none at present. */
static struct entry *next_entry(struct directory *directory)
{
	struct entry *entry;

	TAILQ_FOREACH(entry, &directory->stale, in_queue)
	if (entry->failed != directory->attempt)
		return entry;
	return TAILQ_FIRST(&directory->cold);
}

/* With the mutex: one round of what is due. Stops where the database is away. */
static enum error_code refresh_round(struct directory *directory)
{
	enum error_code code = ERROR_OK;

	if (directory->sweep_due)
		code = sweep(directory);
	while (code == ERROR_OK && !directory->closing) {
		struct entry *entry = next_entry(directory);

		if (!entry)
			break;
		if (entry->loading) /* load_finish marks it again where that is too early */
			unqueue(directory, entry);
		else
			code = directory_load(directory, entry, NULL);
		if (!is_away(code))
			code = ERROR_OK;
	}
	if (code == ERROR_OK && directory->warm && !directory->sweep_due && !directory->closing)
		directory->counts.warm = true;
	return code;
}

/* With the mutex: what failed for its own sake is tried again, once a while. */
static void begin_attempt(struct directory *directory)
{
	directory->attempt++;
	directory->attempt_due_us = 0;
	directory->sweep_due |= directory->warm; /* some may never have been loaded */
}

/* With the mutex: until there is something to do; in vain at times. */
static void wait_for_work(struct directory *directory)
{
	if (directory->attempt_due_us)
		condition_wait(&directory->wake, &directory->mutex, directory->attempt_due_us);
	else
		pthread_cond_wait(&directory->wake, &directory->mutex);
}

void *directory_refresher(void *arg)
{
	struct directory *directory = arg;
	unsigned retry_ms = RETRY_LEAST_MS;
	int64_t next_us = 0;

	pthread_mutex_lock(&directory->mutex);
	while (!directory->closing) {
		int64_t now_us = clock_monotonic_us();

		if (directory->restored) {
			directory->restored = false;
			retry_ms = RETRY_LEAST_MS;
			next_us = 0;
		}
		if (directory->attempt_due_us && now_us >= directory->attempt_due_us)
			begin_attempt(directory);
		if (!next_entry(directory) && !directory->sweep_due) {
			wait_for_work(directory);
		} else if (now_us < next_us) {
			condition_wait(&directory->wake, &directory->mutex, next_us);
		} else if (refresh_round(directory) == ERROR_OK) {
			retry_ms = RETRY_LEAST_MS;
			next_us = clock_monotonic_us() + ROUND_US;
		} else {
			next_us = clock_monotonic_us() + retry_ms * INT64_C(1000);
			retry_ms = retry_ms * 2 < RETRY_MOST_MS ? retry_ms * 2 : RETRY_MOST_MS;
		}
	}
	pthread_mutex_unlock(&directory->mutex);
	return NULL;
}

/* With the mutex: anything may have changed. */
static void mark_all(struct directory *directory)
{
	struct entry *entry;

	for (size_t i = 0; i < directory->table.n_lists; i++)
		LIST_FOREACH(entry, &directory->table.tenants[i], by_tenant)
	mark_stale(directory, entry);
}

/* Snapshots have nothing of calls, registrations, agents and events. */
static bool is_live(enum listen_event event, const char *payload)
{
	struct uuid tenant;

	return event == LISTEN_CHANGED && listen_names_live(payload, &tenant);
}

static void hear(struct directory *directory, enum listen_event event, const char *payload)
{
	struct entry *entry = NULL;
	struct uuid tenant;
	bool one;

	pthread_mutex_lock(&directory->mutex);
	directory->counts.listening = event != LISTEN_LOST;
	if (event == LISTEN_LOST)
		goto done;
	directory->changes++;
	names_clear(directory->absent_auth_usernames);
	one = event == LISTEN_CHANGED && payload && uuid_parse(payload, &tenant);
	if (one)
		entry = directory_table_tenant(&directory->table, &tenant);
	if (entry) {
		mark_stale(directory, entry);
		goto done;
	}
	/* Not a tenant that is here: a new one, or something in schema public. */
	names_clear(directory->absent_domains);
	if (!one || directory->warm) {
		directory->sweep_due = true;
		pthread_cond_signal(&directory->wake);
	}
	if (event == LISTEN_RESTORED) {
		directory->restored = true;
		mark_all(directory);
		pthread_cond_signal(&directory->wake);
	}
done:
	pthread_mutex_unlock(&directory->mutex);
}

void directory_hear(enum listen_event event, const char *payload, void *arg)
{
	struct directory *directory = arg;

	struct uuid tenant;

	if (!is_live(event, payload))
		hear(directory, event, payload);
	/* Once connected again: whatever may have been said meanwhile. */
	if (event == LISTEN_RESTORED)
		directory_tell(directory, NULL, DIRECTORY_AGENTS);
	else if (event == LISTEN_CHANGED && listen_names(payload, "agent", &tenant))
		directory_tell(directory, &tenant, DIRECTORY_AGENTS);
	if (directory->also)
		directory->also(event, payload, directory->also_arg);
}
