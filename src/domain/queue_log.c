#include "domain/queue_log.h"

#include <pthread.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "base/behind.h"
#include "base/clock.h"
#include "base/text.h"
#include "db/queries.h"

enum {
	LISTS = 256,
	GATHER_MS = 100, /* a decision may be so late, so that many are one batch */
	BATCH_ENTRIES = 500,
	BATCH_BYTES = 1 << 20,
	DATA_BYTES = 64 * 1024, /* of one decision; longer ones are told without it */
	ROOM_ENTRIES = 100000,
	ROOM_BYTES = 32 << 20,
};

struct entry {
	TAILQ_ENTRY(entry) in_log;
	STAILQ_ENTRY(entry) in_tenant;
	struct tenant *tenant;
	struct uuid queue, call;
	int64_t at_us, added_us; /* added_us: monotonic */
	const char *decision;
	size_t n;
	char data[];
};

STAILQ_HEAD(tenant_entries, entry);

/* A tenant with entries that wait. */
struct tenant {
	LIST_ENTRY(tenant) in_list;
	TAILQ_ENTRY(tenant) in_due;
	struct uuid id;
	struct tenant_entries entries;
};

LIST_HEAD(tenant_list, tenant);

struct queue_log {
	struct db *db;
	struct behind *behind;

	pthread_mutex_t mutex;
	/* Under the mutex. */
	struct tenant_list tenants[LISTS];
	TAILQ_HEAD(, tenant) due;
	TAILQ_HEAD(, entry) entries; /* oldest first; a tenant's are in the same order */
	size_t bytes;
	struct queue_log_counts counts;

	/* The thread's own. */
	size_t singly; /* so many batches of one: among them is what the database refused */
};

static struct tenant_list *list_of(struct queue_log *log, const struct uuid *id)
{
	return &log->tenants[id->bytes[15] % LISTS];
}

/* With the mutex; NULL: no memory. */
static struct tenant *tenant_take(struct queue_log *log, const struct uuid *id)
{
	struct tenant *tenant;

	LIST_FOREACH(tenant, list_of(log, id), in_list)
	if (uuid_equal(&tenant->id, id))
		return tenant;
	tenant = calloc(1, sizeof(*tenant));
	if (!tenant)
		return NULL;
	tenant->id = *id;
	STAILQ_INIT(&tenant->entries);
	LIST_INSERT_HEAD(list_of(log, id), tenant, in_list);
	TAILQ_INSERT_TAIL(&log->due, tenant, in_due);
	return tenant;
}

/* With the mutex: the first of its tenant, which goes with its last. */
static void entry_detach(struct queue_log *log, struct entry *entry)
{
	struct tenant *tenant = entry->tenant;

	STAILQ_REMOVE_HEAD(&tenant->entries, in_tenant);
	TAILQ_REMOVE(&log->entries, entry, in_log);
	log->bytes -= entry->n;
	log->counts.waiting--;
	if (!STAILQ_EMPTY(&tenant->entries))
		return;
	LIST_REMOVE(tenant, in_list);
	TAILQ_REMOVE(&log->due, tenant, in_due);
	free(tenant);
}

static struct entry *entry_new(const struct queue_log_entry *added)
{
	const char *data = added->data_json ? added->data_json : "{}";
	size_t n = strnlen(data, DATA_BYTES + 1);
	struct entry *entry;

	if (n > DATA_BYTES) {
		data = "{\"too_long\":true}";
		n = strlen(data);
	}
	entry = malloc(sizeof(*entry) + n + 1);
	if (!entry)
		return NULL;
	*entry = (struct entry){
		.queue = added->queue,
		.call = added->call,
		.at_us = added->at_us,
		.added_us = clock_monotonic_us(),
		.decision = added->decision,
		.n = n,
	};
	memcpy(entry->data, data, n + 1);
	return entry;
}

/* With the mutex: the newest of its tenant; or, once more, the oldest. */
static void attach(struct queue_log *log, struct entry *entry, bool again)
{
	if (again) {
		STAILQ_INSERT_HEAD(&entry->tenant->entries, entry, in_tenant);
		TAILQ_INSERT_HEAD(&log->entries, entry, in_log);
	} else {
		STAILQ_INSERT_TAIL(&entry->tenant->entries, entry, in_tenant);
		TAILQ_INSERT_TAIL(&log->entries, entry, in_log);
	}
	log->bytes += entry->n;
	log->counts.waiting++;
}

static void make_room(struct queue_log *log)
{
	while (log->counts.waiting > ROOM_ENTRIES || log->bytes > ROOM_BYTES) {
		struct entry *oldest = TAILQ_FIRST(&log->entries);

		entry_detach(log, oldest);
		free(oldest);
		log->counts.dropped++;
	}
}

void queue_log_add(struct queue_log *log, const struct queue_log_entry *added)
{
	struct entry *entry;
	bool first;

	if (!log)
		return;
	entry = entry_new(added);
	pthread_mutex_lock(&log->mutex);
	first = TAILQ_EMPTY(&log->entries);
	if (entry)
		entry->tenant = tenant_take(log, &added->tenant);
	if (entry && entry->tenant) {
		attach(log, TAKE(entry), false);
		make_room(log);
	} else {
		log->counts.dropped++;
	}
	pthread_mutex_unlock(&log->mutex);
	free(entry);
	if (first)
		behind_kick(log->behind);
}

void queue_log_counts(struct queue_log *log, struct queue_log_counts *ret_counts)
{
	*ret_counts = (struct queue_log_counts){0};
	if (!log)
		return;
	pthread_mutex_lock(&log->mutex);
	*ret_counts = log->counts;
	pthread_mutex_unlock(&log->mutex);
}

/* ---- the thread ---- */

/* The entries of one tenant, taken out of the log. */
struct batch {
	struct uuid tenant;
	STAILQ_HEAD(, entry) entries;
	size_t n;
};

/* With the mutex: of the tenant whose turn it is. False: nothing waits. */
static bool batch_take(struct queue_log *log, struct batch *batch)
{
	const size_t most = log->singly ? 1 : BATCH_ENTRIES;
	struct tenant *tenant = TAILQ_FIRST(&log->due);
	size_t bytes = 0;
	bool last = false;

	STAILQ_INIT(&batch->entries);
	batch->n = 0;
	if (!tenant)
		return false;
	batch->tenant = tenant->id;
	while (!last && batch->n < most && bytes < BATCH_BYTES) {
		struct entry *entry = STAILQ_FIRST(&tenant->entries);

		last = !STAILQ_NEXT(entry, in_tenant);
		bytes += entry->n;
		entry_detach(log, entry); /* the tenant with the last */
		STAILQ_INSERT_TAIL(&batch->entries, entry, in_tenant);
		batch->n++;
	}
	if (!last) { /* the others first */
		TAILQ_REMOVE(&log->due, tenant, in_due);
		TAILQ_INSERT_TAIL(&log->due, tenant, in_due);
	}
	return true;
}

/* With the mutex: written later. */
static void batch_put_back(struct queue_log *log, struct batch *batch)
{
	STAILQ_HEAD(, entry) reversed = STAILQ_HEAD_INITIALIZER(reversed);
	struct entry *entry;

	while ((entry = STAILQ_FIRST(&batch->entries))) {
		STAILQ_REMOVE_HEAD(&batch->entries, in_tenant);
		STAILQ_INSERT_HEAD(&reversed, entry, in_tenant);
	}
	while ((entry = STAILQ_FIRST(&reversed))) {
		STAILQ_REMOVE_HEAD(&reversed, in_tenant);
		entry->tenant = tenant_take(log, &batch->tenant);
		if (entry->tenant) {
			attach(log, entry, true);
		} else {
			free(entry);
			log->counts.dropped++;
		}
	}
	make_room(log);
}

static void batch_free(struct batch *batch)
{
	struct entry *entry;

	while ((entry = STAILQ_FIRST(&batch->entries))) {
		STAILQ_REMOVE_HEAD(&batch->entries, in_tenant);
		free(entry);
	}
}

static void add_entry(struct text *json, const struct entry *entry)
{
	char id[UUID_TEXT_MAX], time[CLOCK_RFC3339_MAX];

	text_addf(json, "%s{\"at\":\"%s\",\"queue_id\":\"%s\"", json->length ? "," : "[",
	          clock_rfc3339(entry->at_us, time), uuid_format(&entry->queue, id));
	if (!uuid_is_nil(&entry->call))
		text_addf(json, ",\"cdr_id\":\"%s\"", uuid_format(&entry->call, id));
	text_addf(json, ",\"decision\":\"%s\",\"data\":", entry->decision);
	text_add_n(json, entry->data, entry->n);
	text_add_char(json, '}');
}

static enum error_code batch_write(struct queue_log *log, const struct batch *batch)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = batch->tenant, .hurries = true};
	AUTO(text_clear) struct text json = {0};
	const struct entry *entry;
	char days[16], most[16];

	STAILQ_FOREACH(entry, &batch->entries, in_tenant)
	add_entry(&json, entry);
	text_add_char(&json, ']');
	if (json.failed)
		return ERROR_MEMORY;
	snprintf(days, sizeof(days), "%d", QUEUE_LOG_DAYS);
	snprintf(most, sizeof(most), "%d", QUEUE_LOG_MOST);

	const struct tx_statement write = TX_QUERY(QUERY_QUEUE_LOG_WRITE, json.data, days, most);

	return tx_run(log->db, &scope, &write, 1, NULL, NULL);
}

static bool is_away(enum error_code code)
{
	return code == ERROR_UNAVAILABLE || code == ERROR_MEMORY || code == ERROR_IO ||
	       code == ERROR_TIMEOUT;
}

/* Many decisions at once are one batch: they come in bursts. */
static void gather(struct queue_log *log)
{
	const struct timespec pause = {.tv_nsec = GATHER_MS * 1000000L};
	const struct entry *oldest;
	bool wait;

	pthread_mutex_lock(&log->mutex);
	oldest = TAILQ_FIRST(&log->entries);
	wait = oldest && clock_monotonic_us() - oldest->added_us < GATHER_MS * INT64_C(1000);
	pthread_mutex_unlock(&log->mutex);
	if (wait)
		(void)nanosleep(&pause, NULL);
}

static enum behind_result work(void *arg)
{
	struct queue_log *log = arg;
	struct batch batch;
	enum error_code code;
	bool any, others;

	gather(log);
	pthread_mutex_lock(&log->mutex);
	any = batch_take(log, &batch);
	pthread_mutex_unlock(&log->mutex);
	if (!any)
		return BEHIND_IDLE;
	code = batch_write(log, &batch);
	pthread_mutex_lock(&log->mutex);
	others = !TAILQ_EMPTY(&log->due);
	log->singly -= log->singly > 0;
	if (code == ERROR_OK) {
		log->counts.written += batch.n;
	} else if (is_away(code) || code == ERROR_BUSY) {
		batch_put_back(log, &batch);
	} else if (batch.n > 1 && code != ERROR_NOT_FOUND) {
		log->singly = batch.n; /* one of them is at fault: the others are written */
		batch_put_back(log, &batch);
	} else {
		log->counts.dropped += batch.n;
	}
	pthread_mutex_unlock(&log->mutex);
	batch_free(&batch);
	return is_away(code) || (code == ERROR_BUSY && !others) ? BEHIND_AWAY : BEHIND_MORE;
}

/* ---- open and close ---- */

static void log_free(struct queue_log *log)
{
	struct entry *entry;

	while ((entry = TAILQ_FIRST(&log->entries))) {
		entry_detach(log, entry);
		free(entry);
	}
	pthread_mutex_destroy(&log->mutex);
	free(log);
}

enum error_code queue_log_open(struct db *db, struct queue_log **ret_log, struct error *err)
{
	struct queue_log *log = calloc(1, sizeof(*log));
	enum error_code code;

	if (!log)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	log->db = db;
	TAILQ_INIT(&log->due);
	TAILQ_INIT(&log->entries);
	pthread_mutex_init(&log->mutex, NULL);
	code = behind_open(work, log, 0, &log->behind, err);
	if (code != ERROR_OK) {
		log_free(log);
		return code;
	}
	*ret_log = log;
	return ERROR_OK;
}

void queue_log_close(struct queue_log *log)
{
	if (!log)
		return;
	behind_close(log->behind);
	log_free(log);
}
