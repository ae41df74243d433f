#include "domain/cdr.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "domain/cdr_private.h"
#include "domain/cdr_queue.h"

enum { CLOSE_FLUSH_MS = 5000 };

/* A call's UUID ends in random bits. */
static struct cdr_live_list *live_list(struct cdr_store *store, const struct uuid *call)
{
	unsigned last = (unsigned)call->bytes[14] << 8 | call->bytes[15];

	return &store->lists[last % CDR_LIVE_LISTS];
}

struct cdr_live *cdr_live_find(struct cdr_store *store, const struct uuid *call)
{
	struct cdr_live *live;

	LIST_FOREACH(live, live_list(store, call), in_list)
	if (uuid_equal(&live->call, call))
		return live;
	return NULL;
}

struct cdr_live *cdr_live_add(struct cdr_store *store, const struct cdr_record *begin,
                              struct journal_position at)
{
	struct cdr_live *live = malloc(sizeof(*live) + begin->json_n);

	if (!live)
		return NULL;
	live->call = begin->call;
	live->tenant = begin->tenant;
	STAILQ_INIT(&live->stays);
	live->recording = NULL;
	live->start_us = begin->start_us;
	live->answer_us = begin->answer_us;
	live->at = at;
	live->begin_n = begin->json_n;
	memcpy(live->begin, begin->json, begin->json_n);
	LIST_INSERT_HEAD(live_list(store, &begin->call), live, in_list);
	TAILQ_INSERT_TAIL(&store->order, live, in_order);
	store->counts.live++;
	return live;
}

void cdr_live_remove(struct cdr_store *store, struct cdr_live *live)
{
	LIST_REMOVE(live, in_list);
	TAILQ_REMOVE(&store->order, live, in_order);
	store->counts.live--;
	cdr_stays_clear(&live->stays);
	free(live->recording);
	free(live);
}

enum error_code cdr_append(struct cdr_store *store, const struct cdr_record *record)
{
	AUTO(text_clear) struct text bytes = {0};
	enum error_code code = ERROR_MEMORY;
	struct cdr_record stamped = *record;

	stamped.at_us = clock_unix_us();
	cdr_record_write(&stamped, &bytes);
	if (!bytes.failed)
		code = journal_append(store->journal, bytes.data, bytes.length, NULL);
	return code;
}

/* ERROR_IO is no loss: the journal keeps the record and tries again. */
static bool count_lost(struct cdr_store *store, enum error_code code)
{
	bool lost = code != ERROR_OK && code != ERROR_IO;

	store->counts.dropped += lost;
	return lost;
}

enum error_code cdr_live_end(struct cdr_store *store, struct cdr_live *live,
                             const struct cdr_end *given)
{
	AUTO(text_clear) struct text json = {0};
	AUTO(text_clear) struct text queues = {0};
	struct cdr_end told = *given;
	const struct cdr_end *end = &told;
	struct cdr_record record = {
		.kind = CDR_KIND_END,
		.call = live->call,
		.tenant = live->tenant,
	};
	enum error_code code = ERROR_MEMORY;

	if (!told.recording && live->recording) {
		told.recording_path = live->recording;
		told.recording = "partial";
	}
	cdr_stays_end(store, live, end, &queues);
	/* Without memory for what queues made of it, the call itself still counts. */
	cdr_end_json(end, live->start_us, live->answer_us, live->begin, live->begin_n,
	             queues.failed ? NULL : queues.data, &json);
	if (!json.failed) {
		record.json = json.data;
		record.json_n = json.length;
		code = cdr_append(store, &record);
	}
	store->counts.ended++;
	store->counts.waiting += !count_lost(store, code);
	cdr_live_remove(store, live);
	return code;
}

static enum error_code begin_locked(struct cdr_store *store, const struct cdr_record *record)
{
	enum error_code code = ERROR_MEMORY;

	if (cdr_live_find(store, &record->call))
		return ERROR_CONFLICT;
	if (cdr_live_add(store, record, journal_end(store->journal))) {
		store->counts.begun++;
		code = cdr_append(store, record);
	}
	count_lost(store, code);
	return code;
}

enum error_code cdr_begin(struct cdr_store *store, const struct cdr_begin *begin)
{
	AUTO(text_clear) struct text json = {0};
	struct cdr_record record = {
		.kind = CDR_KIND_BEGIN,
		.call = begin->call,
		.tenant = begin->tenant,
		.start_us = cdr_time(begin->start_us),
	};
	enum error_code code;

	cdr_begin_json(begin, record.start_us, store->config.node, &json);
	record.json = json.data;
	record.json_n = json.length;
	pthread_mutex_lock(&store->mutex);
	code = json.failed ? ERROR_MEMORY : begin_locked(store, &record);
	store->counts.dropped += json.failed;
	pthread_mutex_unlock(&store->mutex);
	return code;
}

enum error_code cdr_answer(struct cdr_store *store, const struct uuid *call, int64_t answer_us)
{
	struct cdr_record record = {.kind = CDR_KIND_ANSWER, .call = *call};
	enum error_code code = ERROR_OK;
	struct cdr_live *live;

	record.answer_us = answer_us > 0 ? cdr_time(answer_us) : 1; /* 0 means not answered */
	pthread_mutex_lock(&store->mutex);
	live = cdr_live_find(store, call);
	if (!live) {
		code = ERROR_NOT_FOUND;
	} else if (!live->answer_us) {
		live->answer_us = record.answer_us;
		code = cdr_append(store, &record);
		count_lost(store, code);
	}
	pthread_mutex_unlock(&store->mutex);
	return code;
}

/* A step of the call in a queue: kept, then journaled. */
static enum error_code queue_step(struct cdr_store *store, const struct cdr_record *record)
{
	struct cdr_live *live = cdr_live_find(store, &record->call);
	enum error_code code = live ? cdr_stay_take(live, record) : ERROR_NOT_FOUND;

	if (code == ERROR_OK)
		code = cdr_append(store, record);
	if (code == ERROR_MEMORY)
		count_lost(store, code);
	return code;
}

enum error_code cdr_queue_joined(struct cdr_store *store, const struct cdr_queue *queue)
{
	AUTO(text_clear) struct text json = {0};
	struct cdr_record record = {
		.kind = CDR_KIND_JOIN,
		.call = queue->call,
		.tenant = queue->queue_call,
		.start_us = cdr_time(queue->joined_us),
	};
	enum error_code code = ERROR_MEMORY;

	cdr_queue_join_json(queue, &json);
	record.json = json.data;
	record.json_n = json.length;
	pthread_mutex_lock(&store->mutex);
	if (!json.failed)
		code = queue_step(store, &record);
	pthread_mutex_unlock(&store->mutex);
	return code;
}

enum error_code cdr_queue_left(struct cdr_store *store, const struct cdr_queue_left *left)
{
	AUTO(text_clear) struct text json = {0};
	struct cdr_record record = {
		.kind = CDR_KIND_LEAVE,
		.call = left->call,
		.tenant = left->queue_call,
		.start_us = cdr_time(left->left_us),
	};
	enum error_code code = ERROR_MEMORY;
	int64_t joined_us;

	pthread_mutex_lock(&store->mutex);
	joined_us = cdr_stay_joined(cdr_live_find(store, &left->call), &left->queue_call);
	if (record.start_us < joined_us)
		record.start_us = joined_us;
	if (left->outcome != CDR_QUEUE_ANSWERED)
		record.answer_us = record.start_us;
	cdr_queue_leave_json(left, joined_us, &json);
	record.json = json.data;
	record.json_n = json.length;
	if (!json.failed)
		code = queue_step(store, &record);
	pthread_mutex_unlock(&store->mutex);
	return code;
}

enum error_code cdr_recording_take(struct cdr_live *live, const struct cdr_record *record)
{
	char *path = strndup(record->json, record->json_n);

	if (!path)
		return ERROR_MEMORY;
	free(live->recording);
	live->recording = path;
	return ERROR_OK;
}

enum error_code cdr_recording_append(struct cdr_store *store, const struct cdr_live *live)
{
	const struct cdr_record record = {
		.kind = CDR_KIND_RECORDING,
		.call = live->call,
		.json = live->recording,
		.json_n = live->recording ? strlen(live->recording) : 0,
	};

	return live->recording ? cdr_append(store, &record) : ERROR_OK;
}

enum error_code cdr_recording(struct cdr_store *store, const struct uuid *call, const char *path)
{
	const struct cdr_record record = {.json = path, .json_n = strlen(path)};
	enum error_code code = ERROR_NOT_FOUND;
	struct cdr_live *live;

	pthread_mutex_lock(&store->mutex);
	live = cdr_live_find(store, call);
	if (live)
		code = cdr_recording_take(live, &record);
	if (code == ERROR_OK)
		code = cdr_recording_append(store, live);
	if (code == ERROR_MEMORY)
		count_lost(store, code);
	pthread_mutex_unlock(&store->mutex);
	return code;
}

enum error_code cdr_end(struct cdr_store *store, const struct cdr_end *end)
{
	enum error_code code = ERROR_NOT_FOUND;
	struct cdr_live *live;

	pthread_mutex_lock(&store->mutex);
	live = cdr_live_find(store, &end->call);
	if (live)
		code = cdr_live_end(store, live, end);
	pthread_mutex_unlock(&store->mutex);
	return code;
}

void cdr_counts(struct cdr_store *store, struct cdr_counts *ret_counts)
{
	struct journal_counts journal;

	journal_counts(store->journal, &journal);
	pthread_mutex_lock(&store->mutex);
	*ret_counts = store->counts;
	pthread_mutex_unlock(&store->mutex);
	ret_counts->damaged = journal.damaged;
	ret_counts->disk_failing = journal.failing;
}

/* Once for each change, not for each step of each call. */
static void tell_disk(struct cdr_store *store)
{
	struct journal_counts counts;

	journal_counts(store->journal, &counts);
	if (counts.failing == store->unwritten)
		return;
	store->unwritten = counts.failing;
	if (store->config.notice)
		store->config.notice(counts.failing ? CDR_UNWRITTEN : CDR_WRITTEN, NULL, NULL,
		                     counts.failing ? &counts.failure : NULL, store->config.arg);
}

/* On the journal's thread, every CDR_ALIVE_MS: while calls are up, a sign of life tells the next
 * process until when they are known to have lasted. */
static void stay_alive(void *arg)
{
	const struct cdr_record record = {.kind = CDR_KIND_ALIVE};
	struct cdr_store *store = arg;
	bool replayed;

	pthread_mutex_lock(&store->mutex);
	replayed = store->replayed;
	if (replayed && store->counts.live)
		(void)cdr_append(store, &record);
	pthread_mutex_unlock(&store->mutex);
	if (replayed)
		tell_disk(store);
}

static void store_free(struct cdr_store *store)
{
	journal_close(store->journal); /* its thread may be in stay_alive() until then */
	while (!TAILQ_EMPTY(&store->order))
		cdr_live_remove(store, TAILQ_FIRST(&store->order));
	pthread_cond_destroy(&store->stop_wake);
	pthread_mutex_destroy(&store->mutex);
	free((char *)store->config.spool);
	free((char *)store->config.node);
	free(store);
}

static void store_auto_free(struct cdr_store **store)
{
	if (*store)
		store_free(*store);
}

static struct cdr_store *store_new(const struct cdr_config *config)
{
	struct cdr_store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	store->config = *config;
	store->config.spool = strdup(config->spool);
	store->config.node = strdup(config->node ? config->node : "");
	TAILQ_INIT(&store->order);
	pthread_mutex_init(&store->mutex, NULL);
	condition_init(&store->stop_wake);
	if (store->config.spool && store->config.node)
		return store;
	store_free(store);
	return NULL;
}

static enum error_code open_journal(struct cdr_store *store, struct error *err)
{
	const struct journal_config config = {
		.directory = store->config.spool,
		.tick_ms = CDR_ALIVE_MS,
		.tick = stay_alive,
		.tick_arg = store,
	};

	return journal_open(&config, &store->journal, err);
}

enum error_code cdr_open(const struct cdr_config *config, struct cdr_store **ret_store,
                         struct error *err)
{
	AUTO(store_auto_free) struct cdr_store *store = store_new(config);
	enum error_code code;
	int failed;

	if (!store)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = open_journal(store, err);
	if (code == ERROR_OK)
		code = cdr_replay(store, err);
	if (code != ERROR_OK)
		return code;
	failed = pthread_create(&store->uploader, NULL, cdr_uploader, store);
	if (failed) {
		errno = failed;
		return error_errno(err, "start the thread of the call records");
	}
	*ret_store = TAKE(store);
	return ERROR_OK;
}

void cdr_close(struct cdr_store *store)
{
	if (!store)
		return;
	/* What is on disk now, the uploader still tries to store. */
	(void)!journal_flush(store->journal, CLOSE_FLUSH_MS, NULL);
	pthread_mutex_lock(&store->mutex);
	store->stopping = true;
	pthread_cond_signal(&store->stop_wake);
	pthread_mutex_unlock(&store->mutex);
	journal_stop_waiting(store->journal);
	pthread_join(store->uploader, NULL);
	store_free(store);
}
