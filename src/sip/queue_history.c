#include "sip/queue_history.h"

#include <stdlib.h>

#include "base/clock.h"

enum { STAYS_BYTES = 768 * 1024 }; /* the record takes no more than 1 MiB */

static const char *const outcomes[] = {
#define X(id, slug) [OFFER_##id] = slug,
	OFFER_OUTCOME_LIST(X)
#undef X
};

static void offer_free(struct queue_offer *offer)
{
	list_unlink(&offer->le);
	free(offer);
}

static void offers_clear(struct queue_history *history)
{
	struct le *le;

	while ((le = list_head(&history->offers)))
		offer_free(le->data);
	history->n_offers = 0;
}

static void tell(const struct queue_offer *offer)
{
	const struct queue_history *history = offer->history;
	const struct cdr_queue_offer told = {
		.queue_call = history->id,
		.offer = offer->id,
		.agent = offer->agent,
		.extension = offer->extension,
		.offered_us = history->unix_us + offer->offered_us,
		.answered_us = offer->answered_us ? history->unix_us + offer->answered_us : 0,
		.ended_us = offer->ended ? history->unix_us + offer->ended_us : 0,
		.outcome = outcomes[offer->outcome],
	};

	if (history->toldh)
		history->toldh(&told, history->arg);
}

void queue_history_join(struct queue_history *history, const struct queue *queue, int64_t now_us)
{
	offers_clear(history);
	history->open = true;
	history->unix_us = clock_unix_us() - now_us;
	history->id = uuid_at((history->unix_us + now_us) / 1000);
	history->queue = queue->id;
	text_reset(&history->name);
	text_add_json(&history->name, queue->name, strlen(queue->name));
	history->service_level_us = queue->settings.service_level_s * INT64_C(1000000);
	history->joined_us = now_us;
	history->answered_us = 0;
	history->agent = (struct uuid){0};
	history->answered_by[0] = '\0';
}

/* The oldest that tells least: it ended, and nobody answered. */
static void make_room(struct queue_history *history)
{
	struct le *le;

	for (le = list_head(&history->offers); le; le = le->next) {
		struct queue_offer *offer = le->data;

		if (!offer->ended || offer->outcome == OFFER_ANSWERED)
			continue;
		offer_free(offer);
		history->n_offers--;
		return;
	}
}

struct queue_offer *queue_history_offer(struct queue_history *history, const struct uuid *agent,
                                        const char *extension, int64_t now_us)
{
	struct queue_offer *offer = calloc(1, sizeof(*offer));

	if (!offer)
		return NULL;
	if (history->n_offers >= QUEUE_OFFERS_KEPT)
		make_room(history);
	offer->id = uuid_at((history->unix_us + now_us) / 1000);
	offer->agent = *agent;
	offer->offered_us = now_us;
	(void)re_snprintf(offer->extension, sizeof(offer->extension), "%s", extension);
	list_append(&history->offers, &offer->le, offer);
	history->n_offers++;
	offer->history = history;
	tell(offer);
	return offer;
}

struct queue_offer *queue_history_open_offer(const struct queue_history *history,
                                             const struct uuid *agent)
{
	struct le *le;

	for (le = list_tail(&history->offers); le; le = le->prev) {
		struct queue_offer *offer = le->data;

		if (!offer->ended && uuid_equal(&offer->agent, agent))
			return offer;
	}
	return NULL;
}

void queue_history_offer_end(struct queue_offer *offer, enum offer_outcome outcome, int64_t now_us)
{
	if (offer->ended)
		return;
	offer->ended = true;
	offer->outcome = outcome;
	offer->ended_us = now_us;
	tell(offer);
}

static void end_others(struct queue_history *history, enum offer_outcome outcome, int64_t now_us)
{
	struct le *le;

	for (le = list_head(&history->offers); le; le = le->next) {
		struct queue_offer *offer = le->data;

		if (!offer->answered_us)
			queue_history_offer_end(offer, outcome, now_us);
	}
}

static bool in_service_level(const struct queue_history *history)
{
	return history->answered_us &&
	       history->answered_us - history->joined_us <= history->service_level_us;
}

void queue_history_answered(struct queue_history *history, struct queue_offer *offer,
                            int64_t now_us, struct cdr_queue_left *ret_left)
{
	offer->answered_us = history->answered_us = now_us;
	history->agent = offer->agent;
	memcpy(history->answered_by, offer->extension, sizeof(history->answered_by));
	tell(offer);
	end_others(history, OFFER_ELSEWHERE, now_us);
	*ret_left = (struct cdr_queue_left){
		.queue_call = history->id,
		.left_us = history->unix_us + now_us,
		.outcome = CDR_QUEUE_ANSWERED,
		.answered_by = history->answered_by,
		.agent = &history->agent,
		.in_service_level = in_service_level(history),
	};
}

static void add_time(const struct queue_history *history, struct text *out, const char *name,
                     int64_t at_us)
{
	char buffer[CLOCK_RFC3339_MAX];

	if (at_us)
		text_addf(out, ",\"%s\":\"%s\"", name,
		          clock_rfc3339(history->unix_us + at_us, buffer));
	else
		text_addf(out, ",\"%s\":null", name);
}

static void add_offer(const struct queue_history *history, const struct queue_offer *offer,
                      struct text *out)
{
	char id[UUID_TEXT_MAX], agent[UUID_TEXT_MAX];
	const int64_t talk_us = offer->answered_us ? offer->ended_us - offer->answered_us : 0;

	text_addf(out, "{\"id\":\"%s\",\"agent_id\":\"%s\",\"extension\":\"%s\"",
	          uuid_format(&offer->id, id), uuid_format(&offer->agent, agent), offer->extension);
	add_time(history, out, "offered_at", offer->offered_us);
	add_time(history, out, "answered_at", offer->answered_us);
	add_time(history, out, "ended_at", offer->ended_us);
	text_addf(out, ",\"outcome\":\"%s\",\"talk_ms\":%lld}", outcomes[offer->outcome],
	          (long long)(talk_us / 1000));
}

/* Who answered, where somebody did. */
static void add_agent(const struct queue_history *history, struct text *out)
{
	char agent[UUID_TEXT_MAX];

	if (history->answered_us)
		text_addf(out, ",\"answered_by\":\"%s\",\"agent_id\":\"%s\"", history->answered_by,
		          uuid_format(&history->agent, agent));
	else
		text_add(out, ",\"answered_by\":null,\"agent_id\":null");
}

static void close_stay(struct queue_history *history, const char *outcome, const char *reason,
                       int64_t now_us)
{
	const int64_t left_us = history->answered_us ? history->answered_us : now_us;
	char id[UUID_TEXT_MAX], queue[UUID_TEXT_MAX];
	struct text *out = &history->stays;
	const char *comma = "";
	struct le *le;

	text_addf(out, "%s{\"id\":\"%s\",\"queue_id\":\"%s\",\"queue_name\":\"%s\"",
	          out->length ? "," : "", uuid_format(&history->id, id),
	          uuid_format(&history->queue, queue), text_string(&history->name));
	add_time(history, out, "joined_at", history->joined_us);
	add_time(history, out, "left_at", left_us);
	add_time(history, out, "answered_at", history->answered_us);
	add_time(history, out, "ended_at", now_us);
	text_addf(out, ",\"outcome\":\"%s\",\"reason\":\"%s\"", outcome, reason);
	add_agent(history, out);
	text_addf(out, ",\"in_service_level\":%s,\"offers\":[",
	          in_service_level(history) ? "true" : "false");
	for (le = list_head(&history->offers); le; le = le->next) {
		const struct queue_offer *offer = le->data;

		if (out->length > STAYS_BYTES && !offer->answered_us)
			continue;
		text_add(out, comma);
		add_offer(history, offer, out);
		comma = ",";
	}
	text_add(out, "]}");
	offers_clear(history);
	history->open = false;
}

void queue_history_leave(struct queue_history *history, const char *outcome, const char *reason,
                         int64_t now_us)
{
	if (!history->open)
		return;
	end_others(history, OFFER_WITHDRAWN, now_us);
	close_stay(history, outcome, reason, now_us);
}

void queue_history_end(struct queue_history *history, const char *reason, int64_t now_us)
{
	struct queue_offer *offer;

	if (!history->open)
		return;
	offer = queue_history_open_offer(history, &history->agent);
	if (offer)
		queue_history_offer_end(offer, OFFER_ANSWERED, now_us);
	close_stay(history, "answered", reason, now_us);
}

void queue_history_json(const struct queue_history *history, struct text *out)
{
	if (history->stays.length)
		text_addf(out, "%s%s", out->length ? "," : "", history->stays.data);
	out->failed |= history->stays.failed;
}

void queue_history_clear(struct queue_history *history)
{
	offers_clear(history);
	text_clear(&history->name);
	text_clear(&history->stays);
	*history = (struct queue_history){0};
}
