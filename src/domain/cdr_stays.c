/* The queues a call that has not ended is or was in. */
#include <string.h>

#include "domain/cdr_private.h"
#include "domain/cdr_queue.h"

static struct cdr_stay *find(struct cdr_live *live, const struct uuid *queue_call, size_t *ret_n)
{
	struct cdr_stay *stay;

	*ret_n = 0;
	STAILQ_FOREACH(stay, &live->stays, in_call)
	{
		if (uuid_equal(&stay->queue_call, queue_call))
			return stay;
		++*ret_n;
	}
	return NULL;
}

static void stay_free(struct cdr_stay *stay)
{
	cdr_offers_clear(stay);
	free(stay->joined);
	free(stay->left);
	free(stay);
}

static enum error_code take_join(struct cdr_live *live, const struct cdr_record *record)
{
	struct cdr_stay *stay = calloc(1, sizeof(*stay));

	if (stay)
		stay->joined = strndup(record->json, record->json_n);
	if (!stay || !stay->joined) {
		free(stay);
		return ERROR_MEMORY;
	}
	TAILQ_INIT(&stay->offers);
	stay->queue_call = record->tenant;
	stay->joined_us = record->start_us;
	STAILQ_INSERT_TAIL(&live->stays, stay, in_call);
	return ERROR_OK;
}

enum error_code cdr_stay_take(struct cdr_live *live, const struct cdr_record *record)
{
	size_t n;
	struct cdr_stay *stay = find(live, &record->tenant, &n);
	char *left;

	if (record->kind == CDR_KIND_JOIN && stay)
		return ERROR_CONFLICT;
	if (record->kind == CDR_KIND_JOIN)
		return n < CDR_QUEUES_MAX ? take_join(live, record) : ERROR_TOO_LARGE;
	if (!stay || stay->left)
		return ERROR_NOT_FOUND;
	left = strndup(record->json, record->json_n);
	if (!left)
		return ERROR_MEMORY;
	stay->left = left;
	stay->left_us = record->start_us;
	stay->ended_us = record->answer_us;
	return ERROR_OK;
}

int64_t cdr_stay_joined(struct cdr_live *live, const struct uuid *queue_call)
{
	size_t n;
	const struct cdr_stay *stay = live ? find(live, queue_call, &n) : NULL;

	return stay ? stay->joined_us : 0;
}

void cdr_stays_clear(struct cdr_stays *stays)
{
	struct cdr_stay *stay;

	while ((stay = STAILQ_FIRST(stays))) {
		STAILQ_REMOVE_HEAD(stays, in_call);
		stay_free(stay);
	}
}

enum error_code cdr_stays_append(struct cdr_store *store, const struct cdr_live *live)
{
	const struct cdr_stay *stay;
	enum error_code code = ERROR_OK;

	STAILQ_FOREACH(stay, &live->stays, in_call)
	{
		struct cdr_record record = {
			.kind = CDR_KIND_JOIN,
			.call = live->call,
			.tenant = stay->queue_call,
			.start_us = stay->joined_us,
			.json = stay->joined,
			.json_n = strlen(stay->joined),
		};

		code = code ? code : cdr_append(store, &record);
		code = code ? code : cdr_offers_append(store, live, stay);
		if (!stay->left)
			continue;
		record.kind = CDR_KIND_LEAVE;
		record.start_us = stay->left_us;
		record.answer_us = stay->ended_us;
		record.json = stay->left;
		record.json_n = strlen(stay->left);
		code = code ? code : cdr_append(store, &record);
	}
	return code;
}

/* ---- the end ---- */

enum { OFFERS_BYTES = CDR_QUEUES_BYTES / 4 * 3 }; /* then there is room for the stays */

/* What was told of the call's queues while it went on, as cdr_end would have. */
static void told(const struct cdr_live *live, int64_t end_us, const char *cause, struct text *out)
{
	const struct cdr_stay *stay;

	text_add(out, "[");
	STAILQ_FOREACH(stay, &live->stays, in_call)
	{
		const struct cdr_queue_left gone = {
			.left_us = end_us, .outcome = CDR_QUEUE_ABANDONED, .reason = cause};
		int64_t ended_us = stay->ended_us ? stay->ended_us : end_us;
		int64_t least_us = stay->left ? stay->left_us : stay->joined_us;

		text_add(out, stay == STAILQ_FIRST(&live->stays) ? "{" : ",{");
		text_add(out, stay->joined);
		if (stay->left)
			text_add(out, stay->left);
		else
			cdr_queue_leave_json(&gone, stay->joined_us, out);
		cdr_time_json(out, "ended_at", ended_us > least_us ? ended_us : least_us);
		text_add(out, "\"offers\":[");
		cdr_offers_told(stay, end_us, OFFERS_BYTES, out);
		text_add(out, "]}");
	}
	text_add(out, "]");
}

struct filling {
	struct cdr_store *store;
	const struct cdr_live *live;
};

static void full(const struct text *piece, void *arg)
{
	const struct filling *filling = arg;
	AUTO(text_clear) struct text json = {0};
	struct cdr_record record = {
		.kind = CDR_KIND_QUEUES,
		.call = filling->live->call,
		.tenant = filling->live->tenant,
	};
	enum error_code code = ERROR_MEMORY;
	char id[UUID_TEXT_MAX];

	text_addf(&json, "{\"id\":\"%s\",\"queues\":%s}", uuid_format(&record.call, id),
	          piece->data);
	record.json = json.data;
	record.json_n = json.length;
	if (!json.failed)
		code = cdr_append(filling->store, &record);
	filling->store->counts.dropped += code != ERROR_OK && code != ERROR_IO;
}

void cdr_stays_end(struct cdr_store *store, const struct cdr_live *live, const struct cdr_end *end,
                   struct text *ret_last)
{
	struct filling filling = {.store = store, .live = live};

	AUTO(text_clear) struct text json = {0};

	if (cdr_queue_pieces(end->queue_calls_json, full, &filling, ret_last) ||
	    STAILQ_EMPTY(&live->stays))
		return;
	told(live, cdr_time(end->end_us), end->cause, &json);
	ret_last->failed |= json.failed || !cdr_queue_pieces(json.data, full, &filling, ret_last);
}
