/* Offers of a caller to agents, of a call that has not ended. */
#include <string.h>

#include "domain/cdr_private.h"
#include "domain/cdr_queue.h"

/* The queue it joined last; NULL: none. */
static struct cdr_stay *last_stay(struct cdr_live *live)
{
	struct cdr_stay *stay, *last = NULL;

	STAILQ_FOREACH(stay, &live->stays, in_call)
	last = stay;
	return last;
}

static struct cdr_offer *find(struct cdr_stay *stay, const struct uuid *id)
{
	struct cdr_offer *offer;

	TAILQ_FOREACH_REVERSE(offer, &stay->offers, cdr_offers, in_stay)
	if (uuid_equal(&offer->id, id))
		return offer;
	return NULL;
}

static void offer_remove(struct cdr_stay *stay, struct cdr_offer *offer)
{
	TAILQ_REMOVE(&stay->offers, offer, in_stay);
	stay->n_offers--;
	free(offer->json);
	free(offer);
}

/* The oldest that tells least: it ended, and nobody answered. */
static bool make_room(struct cdr_stay *stay)
{
	struct cdr_offer *offer;

	if (stay->n_offers < CDR_OFFERS_MAX)
		return true;
	TAILQ_FOREACH(offer, &stay->offers, in_stay)
	if (offer->ended_us && !offer->answered_us) {
		offer_remove(stay, offer);
		return true;
	}
	return false;
}

static struct cdr_offer *add(struct cdr_stay *stay, const struct uuid *id)
{
	struct cdr_offer *offer = calloc(1, sizeof(*offer));

	if (!offer)
		return NULL;
	offer->id = *id;
	TAILQ_INSERT_TAIL(&stay->offers, offer, in_stay);
	stay->n_offers++;
	return offer;
}

/* The one it is in already, and *ret_offer, or the last: what a shortened journal says once more
 * (cdr_stays_append) is of any. NULL: the call is in no queue. */
static struct cdr_stay *stay_of(struct cdr_live *live, const struct uuid *id,
                                struct cdr_offer **ret_offer)
{
	struct cdr_stay *stay;

	STAILQ_FOREACH(stay, &live->stays, in_call)
	if ((*ret_offer = find(stay, id)))
		return stay;
	*ret_offer = NULL;
	return last_stay(live);
}

enum error_code cdr_offer_take(struct cdr_live *live, const struct cdr_record *record)
{
	struct cdr_offer *offer;
	struct cdr_stay *stay = stay_of(live, &record->tenant, &offer);
	char *json;

	if (!stay)
		return ERROR_NOT_FOUND;
	if (!offer && !make_room(stay))
		return ERROR_TOO_LARGE;
	json = strndup(record->json, record->json_n);
	if (json && !offer)
		offer = add(stay, &record->tenant);
	if (!json || !offer) {
		free(json);
		return ERROR_MEMORY;
	}
	free(offer->json);
	offer->json = json;
	offer->answered_us = record->start_us;
	offer->ended_us = record->answer_us;
	return ERROR_OK;
}

void cdr_offers_clear(struct cdr_stay *stay)
{
	struct cdr_offer *offer;

	while ((offer = TAILQ_FIRST(&stay->offers)))
		offer_remove(stay, offer);
}

enum error_code cdr_offers_append(struct cdr_store *store, const struct cdr_live *live,
                                  const struct cdr_stay *stay)
{
	const struct cdr_offer *offer;
	enum error_code code = ERROR_OK;

	TAILQ_FOREACH(offer, &stay->offers, in_stay)
	{
		const struct cdr_record record = {
			.kind = CDR_KIND_OFFER,
			.call = live->call,
			.tenant = offer->id,
			.start_us = offer->answered_us,
			.answer_us = offer->ended_us,
			.json = offer->json,
			.json_n = strlen(offer->json),
		};

		code = code ? code : cdr_append(store, &record);
	}
	return code;
}

/* Of one that is not over: it ended with the call, unanswered or with the talk. */
static void add_end(const struct cdr_offer *offer, int64_t end_us, struct text *out)
{
	const int64_t talk_us = offer->answered_us ? end_us - offer->answered_us : 0;

	cdr_time_json(out, "ended_at", end_us);
	text_addf(out, "\"outcome\":\"%s\",\"talk_ms\":%lld",
	          offer->answered_us ? "answered" : "withdrawn",
	          (long long)(talk_us > 0 ? talk_us / 1000 : 0));
}

void cdr_offers_told(const struct cdr_stay *stay, int64_t end_us, size_t most, struct text *out)
{
	const struct cdr_offer *offer;
	const char *comma = "";

	TAILQ_FOREACH(offer, &stay->offers, in_stay)
	{
		if (out->length > most && !offer->answered_us)
			continue;
		text_addf(out, "%s{%s", comma, offer->json);
		if (!offer->ended_us)
			add_end(offer, end_us, out);
		text_add(out, "}");
		comma = ",";
	}
}

/* ---- the step ---- */

static void offer_json(const struct cdr_queue_offer *offer, struct text *text)
{
	const int64_t talk_us = offer->answered_us ? offer->ended_us - offer->answered_us : 0;
	char id[UUID_TEXT_MAX], agent[UUID_TEXT_MAX];

	text_addf(text, "\"id\":\"%s\",\"agent_id\":\"%s\",", uuid_format(&offer->offer, id),
	          uuid_format(&offer->agent, agent));
	cdr_text_json(text, "extension", offer->extension, CDR_SLUG_CHARACTERS);
	cdr_time_json(text, "offered_at", cdr_time(offer->offered_us));
	if (offer->answered_us)
		cdr_time_json(text, "answered_at", cdr_time(offer->answered_us));
	if (!offer->ended_us)
		return;
	cdr_time_json(text, "ended_at", cdr_time(offer->ended_us));
	cdr_text_json(text, "outcome", offer->outcome, CDR_SLUG_CHARACTERS);
	text_addf(text, "\"talk_ms\":%lld", (long long)(talk_us > 0 ? talk_us / 1000 : 0));
}

/* Kept, then journaled. */
static enum error_code step(struct cdr_store *store, const struct cdr_record *record,
                            const struct uuid *queue_call)
{
	struct cdr_live *live = cdr_live_find(store, &record->call);
	const struct cdr_stay *stay = live ? last_stay(live) : NULL;
	enum error_code code = ERROR_NOT_FOUND;

	if (stay && uuid_equal(&stay->queue_call, queue_call))
		code = cdr_offer_take(live, record);
	if (code == ERROR_OK)
		code = cdr_append(store, record);
	store->counts.dropped += code == ERROR_MEMORY;
	return code;
}

enum error_code cdr_queue_offered(struct cdr_store *store, const struct cdr_queue_offer *offer)
{
	AUTO(text_clear) struct text json = {0};
	struct cdr_record record = {
		.kind = CDR_KIND_OFFER,
		.call = offer->call,
		.tenant = offer->offer,
		.start_us = cdr_time(offer->answered_us),
		.answer_us = cdr_time(offer->ended_us),
	};
	enum error_code code = ERROR_MEMORY;

	offer_json(offer, &json);
	record.json = json.data;
	record.json_n = json.length;
	pthread_mutex_lock(&store->mutex);
	if (!json.failed)
		code = step(store, &record, &offer->queue_call);
	pthread_mutex_unlock(&store->mutex);
	return code;
}
