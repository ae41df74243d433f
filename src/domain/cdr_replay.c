#include <string.h>

#include "domain/cdr_private.h"

static void auto_reader_close(struct journal_reader **reader)
{
	journal_reader_close(*reader);
}

/* A begin stands there again when the journal was shortened or a write failed. */
static enum error_code replay_begin(struct cdr_store *store, const struct cdr_record *record,
                                    struct journal_position at, struct cdr_live *before)
{
	struct cdr_live *live = cdr_live_add(store, record, at);

	if (!live)
		return ERROR_MEMORY;
	if (before) {
		STAILQ_CONCAT(&live->stays, &before->stays);
		live->recording = TAKE(before->recording);
		cdr_live_remove(store, before);
	}
	return ERROR_OK;
}

static enum error_code replay_record(struct cdr_store *store, const struct cdr_record *record,
                                     struct journal_position at)
{
	struct cdr_live *live = cdr_live_find(store, &record->call);

	switch (record->kind) {
	case CDR_KIND_BEGIN:
		return replay_begin(store, record, at, live);
	case CDR_KIND_JOIN:
	case CDR_KIND_LEAVE:
		return live && cdr_stay_take(live, record) == ERROR_MEMORY ? ERROR_MEMORY
		                                                           : ERROR_OK;
	case CDR_KIND_OFFER:
		return live && cdr_offer_take(live, record) == ERROR_MEMORY ? ERROR_MEMORY
		                                                            : ERROR_OK;
	case CDR_KIND_RECORDING:
		return live ? cdr_recording_take(live, record) : ERROR_OK;
	case CDR_KIND_ANSWER:
		if (live && !live->answer_us)
			live->answer_us = record->answer_us;
		return ERROR_OK;
	case CDR_KIND_END:
		if (live)
			cdr_live_remove(store, live);
		return ERROR_OK;
	case CDR_KIND_QUEUES:
	case CDR_KIND_ALIVE:
		return ERROR_OK;
	case CDR_KIND_TAKEN:
		if (journal_compare(store->taken, record->taken) < 0)
			store->taken = record->taken;
		return ERROR_OK;
	}
	return ERROR_OK;
}

/* Which calls have not ended, how far PostgreSQL had come, and when the journal was last alive. */
static enum error_code replay_all(struct cdr_store *store, int64_t *ret_alive_us, struct error *err)
{
	AUTO(auto_reader_close) struct journal_reader *reader = NULL;
	const struct journal_position first = {0};
	struct journal_record bytes;
	struct cdr_record record;
	enum error_code code;

	code = journal_reader_open(store->journal, first, &reader, err);
	if (code != ERROR_OK)
		return code;
	while ((code = journal_read(reader, &bytes, err)) == ERROR_OK) {
		if (!cdr_record_parse(bytes.bytes, bytes.n, &record))
			continue; /* of a later release */
		if (*ret_alive_us < record.at_us)
			*ret_alive_us = record.at_us;
		if (replay_record(store, &record, bytes.at) != ERROR_OK)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	return code == ERROR_NOT_FOUND ? ERROR_OK : code;
}

/* How many ends PostgreSQL has not taken. */
static enum error_code count_waiting(struct cdr_store *store, struct error *err)
{
	AUTO(auto_reader_close) struct journal_reader *reader = NULL;
	struct journal_record bytes;
	struct cdr_record record;
	enum error_code code;

	code = journal_reader_open(store->journal, store->taken, &reader, err);
	if (code != ERROR_OK)
		return code;
	while ((code = journal_read(reader, &bytes, err)) == ERROR_OK)
		if (cdr_record_parse(bytes.bytes, bytes.n, &record) && record.kind == CDR_KIND_END)
			store->counts.waiting++;
	return code == ERROR_NOT_FOUND ? ERROR_OK : code;
}

/* The media of these calls ended with the process that carried them. */
static void close_all(struct cdr_store *store, int64_t alive_us)
{
	pthread_mutex_lock(&store->mutex);
	while (!TAILQ_EMPTY(&store->order)) {
		struct cdr_live *live = TAILQ_FIRST(&store->order);
		const struct cdr_end end = {
			.call = live->call,
			.end_us = alive_us,
			.disposition = live->answer_us ? CDR_ANSWERED : CDR_FAILED,
			.cause = "engine_restart",
			.hangup_by = "engine",
		};

		(void)cdr_live_end(store, live, &end);
		store->counts.closed_at_start++;
	}
	store->counts.ended = 0; /* those of this process */
	store->replayed = true;
	pthread_mutex_unlock(&store->mutex);
}

enum error_code cdr_replay(struct cdr_store *store, struct error *err)
{
	int64_t alive_us = 0;
	enum error_code code = replay_all(store, &alive_us, err);

	if (code == ERROR_OK)
		code = count_waiting(store, err);
	if (code == ERROR_OK)
		close_all(store, alive_us);
	return code;
}
