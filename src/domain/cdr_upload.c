/* From the journal to PostgreSQL: in order, in batches, each record exactly once. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "domain/cdr_private.h"
#include "domain/event.h"

enum {
	BATCH_RECORDS = 500,
	BATCH_BYTES = 1 << 20,
	GATHER_MS = 50, /* a call's record may be so late, so that a batch is one */
	IDLE_MS = 1000,
	RETRY_LEAST_MS = 250,
	RETRY_MOST_MS = 5000,
	SHORTEN_SEGMENTS = 4, /* long calls may hold back so many segments */
	SHORTEN_FLUSH_MS = 2000,
};

/* Records of an older release that a batch makes ready for searches on the way. */
#define FILL_EACH "200"

/* One ended call of a batch, or a part of what queues made of one. */
struct row {
	struct uuid call, tenant;
	size_t at, n;       /* its JSON in struct batch's text */
	enum cdr_kind kind; /* END, or QUEUES: what did not fit into one */
	bool queues;        /* queues made something of it */
	bool recording;
	bool done;
	bool held; /* its tenant cannot be written to at present, the others can */
};

struct batch {
	struct row rows[BATCH_RECORDS];
	size_t n;
	struct text json;
};

struct uploader {
	struct cdr_store *store;
	struct journal_reader *reader;
	struct batch batch;
	struct text array;  /* of the rows being sent */
	struct text queues; /* of those that queues made something of */
	unsigned retry_ms;
	bool waiting; /* the caller was told that the database is away */
};

static bool stopping(struct cdr_store *store)
{
	bool stop;

	pthread_mutex_lock(&store->mutex);
	stop = store->stopping;
	pthread_mutex_unlock(&store->mutex);
	return stop;
}

/* Sleeps, unless the store is being closed. */
static void rest(struct cdr_store *store, unsigned ms)
{
	int64_t until_us = clock_monotonic_us() + ms * INT64_C(1000);

	pthread_mutex_lock(&store->mutex);
	while (!store->stopping && clock_monotonic_us() < until_us)
		condition_wait(&store->stop_wake, &store->mutex, until_us);
	pthread_mutex_unlock(&store->mutex);
}

static void notice(struct cdr_store *store, enum cdr_notice what, const struct row *row,
                   const struct error *err)
{
	if (store->config.notice)
		store->config.notice(what, row ? &row->call : NULL, row ? &row->tenant : NULL, err,
		                     store->config.arg);
}

/* As domain/cdr_record writes it; in a text it would stand with a backslash. */
static bool has_member(const struct cdr_record *record, const char *member)
{
	return memmem(record->json, record->json_n, member, strlen(member)) != NULL;
}

/* Reads on until the batch is full or the journal ends. False: nothing could be kept. */
static bool gather(struct uploader *uploader)
{
	struct batch *batch = &uploader->batch;
	struct journal_record bytes;
	struct cdr_record record;

	batch->n = 0;
	text_reset(&batch->json);
	while (batch->n < BATCH_RECORDS && batch->json.length < BATCH_BYTES) {
		if (journal_read(uploader->reader, &bytes, NULL) != ERROR_OK)
			break;
		if (!cdr_record_parse(bytes.bytes, bytes.n, &record) ||
		    (record.kind != CDR_KIND_END && record.kind != CDR_KIND_QUEUES))
			continue;
		batch->rows[batch->n++] = (struct row){
			.call = record.call,
			.tenant = record.tenant,
			.at = batch->json.length,
			.n = record.json_n,
			.kind = record.kind,
			.queues = has_member(&record, "\"queues\":{"),
			.recording = has_member(&record, "\"recording\":\""),
		};
		text_add_n(&batch->json, record.json, record.json_n);
	}
	return !batch->json.failed;
}

/* True when trying again later may help: the fault is not the record's. */
static bool passing(enum error_code code)
{
	switch (code) {
	case ERROR_UNAVAILABLE:
	case ERROR_TIMEOUT:
	case ERROR_BUSY:
	case ERROR_RATE_LIMITED:
	case ERROR_MEMORY:
	case ERROR_IO:
		return true;
	default:
		return false;
	}
}

static void add_row(struct text *array, const struct batch *batch, const struct row *row)
{
	text_add_char(array, array->length ? ',' : '[');
	text_add_n(array, batch->json.data + row->at, row->n);
}

/* The rows of one tenant in [first, n) that are not done, as one unit of work. */
static enum error_code store_rows(struct uploader *uploader, size_t first, size_t n,
                                  struct error *err)
{
	const struct batch *batch = &uploader->batch;
	const struct uuid *tenant = &batch->rows[first].tenant;
	/* No notification: records are in no snapshot. In a hurry: a tenant whose tables are locked
	 * (a migration, a restore) does not keep the others waiting long. */
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant, .hurries = true};
	struct text *array = &uploader->array, *queues = &uploader->queues;
	struct tx_statement statements[4];
	char tenant_text[UUID_TEXT_MAX];
	bool recording = false;
	size_t count = 0;

	text_reset(array);
	text_reset(queues);
	for (size_t i = first; i < n; i++) {
		const struct row *row = &batch->rows[i];

		if (row->done || !uuid_equal(&row->tenant, tenant))
			continue;
		if (row->kind == CDR_KIND_END)
			add_row(array, batch, row);
		if (row->queues)
			add_row(queues, batch, row);
		recording = recording || row->recording;
	}
	text_add(array, array->length ? "]" : "[]");
	text_add_char(queues, ']');
	if (array->failed || queues->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);

	uuid_format(tenant, tenant_text);
	/* Before all others, which is the order of every unit of work that writes events. */
	if (queues->length > 1)
		statements[count++] = event_lock(tenant_text);
	statements[count++] = TX_QUERY(QUERY_CDR_STORE, array->data, FILL_EACH);
	if (recording)
		statements[count++] = TX_QUERY(QUERY_CDR_STORE_RECORDING, array->data);
	if (queues->length > 1)
		statements[count++] = TX_QUERY(QUERY_CDR_STORE_QUEUES, queues->data, tenant_text);
	return tx_run(uploader->store->config.db, &scope, statements, count, NULL, err);
}

static enum error_code write_file(int directory, const char *name, const struct text *content,
                                  struct error *err)
{
	AUTO(auto_close)
	int file = openat(directory, name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW,
	                  0600);

	if (file < 0)
		return error_errno(err, "create rejected/%s", name);
	for (size_t done = 0; done < content->length;) {
		ssize_t put = write(file, content->data + done, content->length - done);

		if (put < 0 && errno != EINTR)
			return error_errno(err, "write rejected/%s", name);
		done += put > 0 ? (size_t)put : 0;
	}
	if (fsync(file) < 0 || fsync(directory) < 0)
		return error_errno(err, "sync rejected/%s", name);
	return ERROR_OK;
}

/* <spool>/rejected/<call>.json: tenant, reason and record, for a person to look at. */
static enum error_code set_aside(struct uploader *uploader, const struct row *row,
                                 const struct error *reason, struct error *err)
{
	AUTO(text_clear) struct text path = {0};
	AUTO(text_clear) struct text content = {0};
	char call[UUID_TEXT_MAX], tenant[UUID_TEXT_MAX], name[UUID_TEXT_MAX + 16];
	AUTO(auto_close) int directory = -1;

	text_addf(&path, "%s/rejected", uploader->store->config.spool);
	text_addf(&content, "{\"tenant\":\"%s\",\"reason\":\"", uuid_format(&row->tenant, tenant));
	text_add_json(&content, reason->message, strlen(reason->message));
	text_add(&content, "\",\"detail\":\"");
	text_add_json(&content, reason->detail, strlen(reason->detail));
	text_add(&content, "\",\"record\":");
	text_add_n(&content, uploader->batch.json.data + row->at, row->n);
	text_add(&content, "}\n");
	if (path.failed || content.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (mkdir(path.data, 0700) < 0 && errno != EEXIST)
		return error_errno(err, "create %s", path.data);
	directory = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (directory < 0)
		return error_errno(err, "open %s", path.data);
	snprintf(name, sizeof(name), "%s%s.json", uuid_format(&row->call, call),
	         row->kind == CDR_KIND_END ? "" : "-queues");
	return write_file(directory, name, &content, err);
}

static enum error_code reject(struct uploader *uploader, struct row *row,
                              const struct error *reason, struct error *err)
{
	struct cdr_store *store = uploader->store;
	enum error_code code = set_aside(uploader, row, reason, err);

	if (code != ERROR_OK)
		return code;
	row->done = true;
	pthread_mutex_lock(&store->mutex);
	store->counts.rejected++;
	if (store->counts.waiting && row->kind == CDR_KIND_END)
		store->counts.waiting--;
	pthread_mutex_unlock(&store->mutex);
	notice(store, CDR_REJECTED, row, reason);
	return ERROR_OK;
}

static void mark_stored(struct uploader *uploader, size_t first, size_t n)
{
	struct cdr_store *store = uploader->store;
	struct batch *batch = &uploader->batch;
	const struct uuid tenant = batch->rows[first].tenant;

	pthread_mutex_lock(&store->mutex);
	for (size_t i = first; i < n; i++) {
		if (batch->rows[i].done || !uuid_equal(&batch->rows[i].tenant, &tenant))
			continue;
		batch->rows[i].done = true;
		if (batch->rows[i].kind != CDR_KIND_END)
			continue;
		store->counts.stored++;
		if (store->counts.waiting)
			store->counts.waiting--;
	}
	pthread_mutex_unlock(&store->mutex);
}

/* Each row of the tenant of rows[first] by itself, so that one at fault does not stop the others;
 * gone: the tenant is, with the reason. Stops at a fault that may pass. */
static enum error_code send_singly(struct uploader *uploader, size_t first,
                                   const struct error *gone, struct error *err)
{
	struct batch *batch = &uploader->batch;
	const struct uuid tenant = batch->rows[first].tenant;

	for (size_t i = first; i < batch->n; i++) {
		struct row *row = &batch->rows[i];
		struct error reason = {0};
		enum error_code code = ERROR_NOT_FOUND;

		if (row->done || !uuid_equal(&row->tenant, &tenant))
			continue;
		if (gone)
			reason = *gone;
		else
			code = store_rows(uploader, i, i + 1, &reason);
		if (passing(code)) {
			*err = reason;
			return code;
		}
		if (code == ERROR_OK) {
			mark_stored(uploader, i, i + 1);
			continue;
		}
		code = reject(uploader, row, &reason, err);
		if (code != ERROR_OK)
			return code;
	}
	return ERROR_OK;
}

/* All rows of the tenant of rows[first], together where PostgreSQL takes them. */
static enum error_code send_tenant(struct uploader *uploader, size_t first, struct error *err)
{
	enum error_code code = store_rows(uploader, first, uploader->batch.n, err);
	struct error gone;

	if (code == ERROR_OK)
		mark_stored(uploader, first, uploader->batch.n);
	if (code == ERROR_OK || passing(code))
		return code;
	gone = *err;
	return send_singly(uploader, first, code == ERROR_NOT_FOUND ? &gone : NULL, err);
}

static void hold_tenant(struct batch *batch, size_t first)
{
	const struct uuid tenant = batch->rows[first].tenant;

	for (size_t i = first; i < batch->n; i++)
		batch->rows[i].held |= uuid_equal(&batch->rows[i].tenant, &tenant);
}

enum progress { PROGRESS_ALL, PROGRESS_SOME, PROGRESS_NONE };

/* Sends what is not done; tenants that are locked are held, so that the others go on. Stops where
 * trying the next tenant would be no better. */
static enum progress try_batch(struct uploader *uploader, struct error *err)
{
	struct batch *batch = &uploader->batch;
	bool some = false, held = false;

	for (size_t i = 0; i < batch->n; i++)
		batch->rows[i].held = false;
	for (size_t i = 0; i < batch->n; i++) {
		enum error_code code;

		if (batch->rows[i].done || batch->rows[i].held)
			continue;
		code = send_tenant(uploader, i, err);
		if (code == ERROR_OK) {
			some = true;
		} else if (code == ERROR_BUSY || code == ERROR_TIMEOUT) {
			hold_tenant(batch, i);
			held = true;
		} else {
			return PROGRESS_NONE;
		}
	}
	if (!held)
		return PROGRESS_ALL;
	return some ? PROGRESS_SOME : PROGRESS_NONE;
}

/* The rows of tenants that are locked stand in the journal once more, at its end, so that the
 * others do not wait for them. */
static bool put_back(struct uploader *uploader)
{
	struct cdr_store *store = uploader->store;
	struct batch *batch = &uploader->batch;
	bool all = true;

	pthread_mutex_lock(&store->mutex);
	for (size_t i = 0; i < batch->n && all; i++) {
		const struct row *row = &batch->rows[i];
		const struct cdr_record record = {
			.kind = row->kind,
			.call = row->call,
			.tenant = row->tenant,
			.json = batch->json.data + row->at,
			.json_n = row->n,
		};

		if (!row->done)
			all = cdr_append(store, &record) == ERROR_OK;
	}
	pthread_mutex_unlock(&store->mutex);
	return all;
}

static void tell_resumed(struct uploader *uploader)
{
	if (uploader->waiting)
		notice(uploader->store, CDR_RESUMED, NULL, NULL);
	uploader->waiting = false;
	uploader->retry_ms = RETRY_LEAST_MS;
}

/* Tries until the whole batch is stored, set aside or put back. False: the store is being closed.
 */
static bool send_batch(struct uploader *uploader)
{
	struct cdr_store *store = uploader->store;

	for (;;) {
		struct error err = {0};
		enum progress progress = try_batch(uploader, &err);

		if (progress == PROGRESS_ALL) {
			tell_resumed(uploader);
			return true;
		}
		if (stopping(store))
			return false;
		if (progress == PROGRESS_SOME && put_back(uploader))
			return true;
		if (!uploader->waiting)
			notice(store, CDR_WAITING, NULL, &err);
		uploader->waiting = true;
		rest(store, uploader->retry_ms);
		uploader->retry_ms = uploader->retry_ms * 2 < RETRY_MOST_MS ? uploader->retry_ms * 2
		                                                            : RETRY_MOST_MS;
	}
}

/* With the mutex: the begin of a long call once more, at the journal's end. */
static bool carry_on(struct cdr_store *store, struct cdr_live *live)
{
	const struct cdr_record record = {
		.kind = CDR_KIND_BEGIN,
		.call = live->call,
		.tenant = live->tenant,
		.start_us = live->start_us,
		.answer_us = live->answer_us,
		.json = live->begin,
		.json_n = live->begin_n,
	};
	struct journal_position at = journal_end(store->journal);

	if (cdr_append(store, &record) != ERROR_OK || cdr_stays_append(store, live) != ERROR_OK ||
	    cdr_recording_append(store, live) != ERROR_OK)
		return false;
	live->at = at;
	TAILQ_REMOVE(&store->order, live, in_order);
	TAILQ_INSERT_TAIL(&store->order, live, in_order);
	return true;
}

void cdr_shorten(struct cdr_store *store)
{
	struct journal_position end = journal_end(store->journal);
	struct journal_position before = store->taken;
	struct cdr_live *first;

	pthread_mutex_lock(&store->mutex);
	while ((first = TAILQ_FIRST(&store->order)) &&
	       first->at.segment + SHORTEN_SEGMENTS <= end.segment)
		if (!carry_on(store, first))
			break;
	if (first && journal_compare(first->at, before) < 0)
		before = first->at;
	pthread_mutex_unlock(&store->mutex);
	if (before.segment <= store->forgotten.segment)
		return;
	/* What takes the place of the old segments (the begins just written, the ends of calls that
	 * were live in them) must be on disk before they go. */
	if (journal_flush(store->journal, SHORTEN_FLUSH_MS, NULL) != ERROR_OK)
		return;
	journal_forget(store->journal, before);
	store->forgotten = before;
}

/* PostgreSQL has all before the reader: the next process need not send it again. */
static void mark_taken(struct uploader *uploader, bool sent)
{
	struct cdr_store *store = uploader->store;
	struct cdr_record record = {.kind = CDR_KIND_TAKEN};

	store->taken = journal_reader_position(uploader->reader);
	record.taken = store->taken;
	if (sent) {
		pthread_mutex_lock(&store->mutex);
		(void)cdr_append(store, &record);
		pthread_mutex_unlock(&store->mutex);
	}
	cdr_shorten(store);
}

static void upload(struct uploader *uploader)
{
	struct cdr_store *store = uploader->store;

	for (;;) {
		bool stop = stopping(store); /* then what is on disk by now is the last to send */

		if (!gather(uploader)) { /* no memory: from the same place again, later */
			journal_reader_close(uploader->reader);
			uploader->reader = NULL;
			return;
		}
		if (uploader->batch.n) {
			if (!send_batch(uploader))
				return;
			mark_taken(uploader, true);
			continue;
		}
		mark_taken(uploader, false);
		if (stop)
			return;
		if (journal_wait(store->journal, store->taken, IDLE_MS))
			rest(store, GATHER_MS);
	}
}

void *cdr_uploader(void *arg)
{
	struct cdr_store *store = arg;
	struct uploader *uploader = calloc(1, sizeof(*uploader));

	while (!uploader && !stopping(store)) {
		rest(store, IDLE_MS);
		uploader = calloc(1, sizeof(*uploader));
	}
	if (!uploader)
		return NULL;
	uploader->store = store;
	uploader->retry_ms = RETRY_LEAST_MS;
	for (;;) {
		if (journal_reader_open(store->journal, store->taken, &uploader->reader, NULL) ==
		    ERROR_OK)
			upload(uploader);
		if (stopping(store))
			break;
		rest(store, IDLE_MS);
	}
	journal_reader_close(uploader->reader);
	text_clear(&uploader->batch.json);
	text_clear(&uploader->array);
	text_clear(&uploader->queues);
	free(uploader);
	return NULL;
}
