#include "domain/cdr_queue.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"

/* The bounds of sql/tenant in characters; of what is read, in bytes. */
enum {
	NAME_MAX_CHARACTERS = 100,
	CALL_MAX_BYTES = 4096, /* of one row, however its texts are escaped */
};

static const char *const outcomes[] = {
#define X(id, slug) slug,
	CDR_QUEUE_OUTCOME_LIST(X)
#undef X
};

static const char *const offer_outcomes[] = {"answered",    "no_answer", "busy",      "declined",
                                             "unreachable", "elsewhere", "withdrawn", "failed"};

/* n: none of them. */
static size_t find(const char *const *slugs, size_t n, const char *slug)
{
	size_t i = 0;

	while (i < n && (!slug || strcmp(slugs[i], slug) != 0))
		i++;
	return i;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- members ---- */

static void add_id(struct text *text, const char *name, const struct uuid *id)
{
	char format[UUID_TEXT_MAX];

	text_addf(text, "\"%s\":\"%s\",", name, uuid_format(id, format));
}

static const char *string(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool read_id(const json_t *object, const char *name, struct uuid *ret_id)
{
	const char *text = string(object, name);

	return text && uuid_parse(text, ret_id);
}

/* otherwise: where there is none. Never before least. */
static int64_t read_time(const json_t *object, const char *name, int64_t least, int64_t otherwise)
{
	const char *text = string(object, name);
	int64_t unix_us;

	if (!text || !clock_parse(text, &unix_us))
		unix_us = otherwise;
	return later(cdr_time(unix_us), least);
}

/* ---- one after the other ---- */

struct pieces {
	cdr_piece_h *full;
	void *arg;
	struct text calls, offers;
};

static void put_together(struct pieces *pieces, struct text *ret_piece)
{
	text_addf(ret_piece, "{\"calls\":[%s],\"offers\":[%s]}", text_string(&pieces->calls),
	          text_string(&pieces->offers));
	ret_piece->failed = ret_piece->failed || pieces->calls.failed || pieces->offers.failed;
	text_reset(&pieces->calls);
	text_reset(&pieces->offers);
}

static void make_room(struct pieces *pieces)
{
	AUTO(text_clear) struct text piece = {0};

	if (pieces->calls.length + pieces->offers.length + CALL_MAX_BYTES <= CDR_PIECE_BYTES)
		return;
	put_together(pieces, &piece);
	if (!piece.failed)
		pieces->full(&piece, pieces->arg);
}

/* The comma behind the last member gives way. */
static void close_object(struct text *text)
{
	if (!text->failed && text->length)
		text_cut(text, text->length - 1);
	text_add_char(text, '}');
}

/* False: no offer. */
static bool add_offer(struct pieces *pieces, const json_t *offer, const struct uuid *call,
                      const struct uuid *queue)
{
	size_t outcome = find(offer_outcomes, COUNT_OF(offer_outcomes), string(offer, "outcome"));
	int64_t talk_ms = json_integer_value(json_object_get(offer, "talk_ms"));
	struct text *text = &pieces->offers;
	int64_t offered, answered, ended;
	struct uuid id, agent;

	if (!read_id(offer, "id", &id) || !read_id(offer, "agent_id", &agent) ||
	    !(offered = read_time(offer, "offered_at", 0, 0)))
		return false;
	make_room(pieces);
	answered = string(offer, "answered_at") ? read_time(offer, "answered_at", offered, offered)
	                                        : 0;
	ended = read_time(offer, "ended_at", later(offered, answered), 0);
	text_add(text, text->length ? ",{" : "{");
	add_id(text, "id", &id);
	add_id(text, "queue_call_id", call);
	add_id(text, "queue_id", queue);
	add_id(text, "agent_id", &agent);
	cdr_text_json(text, "extension", string(offer, "extension"), CDR_SLUG_CHARACTERS);
	cdr_time_json(text, "offered_at", offered);
	if (answered)
		cdr_time_json(text, "answered_at", answered);
	cdr_time_json(text, "ended_at", ended);
	text_addf(text, "\"talk_ms\":%lld,", (long long)later(talk_ms, 0));
	cdr_text_json(text, "outcome",
	              outcome < COUNT_OF(offer_outcomes) ? offer_outcomes[outcome] : "failed",
	              CDR_SLUG_CHARACTERS);
	close_object(text);
	return true;
}

/* A row of queue_calls as it stands in the array. */
struct stay {
	struct uuid id, queue;
	int64_t joined_us, left_us, ended_us;
	size_t outcome;
	size_t offers;
};

static bool read_stay(const json_t *call, struct stay *stay)
{
	if (!read_id(call, "id", &stay->id) || !read_id(call, "queue_id", &stay->queue) ||
	    !(stay->joined_us = read_time(call, "joined_at", 0, 0)))
		return false;
	stay->left_us = read_time(call, "left_at", stay->joined_us, 0);
	stay->ended_us = read_time(call, "ended_at", stay->left_us, 0);
	stay->outcome = find(outcomes, COUNT_OF(outcomes), string(call, "outcome"));
	if (stay->outcome == COUNT_OF(outcomes))
		stay->outcome = CDR_QUEUE_ABANDONED;
	return true;
}

static void add_call(struct pieces *pieces, const json_t *call, const struct stay *stay)
{
	struct text *text = &pieces->calls;
	const struct cdr_queue queue = {
		.queue_call = stay->id,
		.queue = stay->queue,
		.queue_name = string(call, "queue_name"),
		.joined_us = stay->joined_us,
	};
	struct cdr_queue_left left = {
		.left_us = read_time(call, "answered_at", stay->joined_us, stay->left_us),
		.outcome = (enum cdr_queue_outcome)stay->outcome,
		.reason = string(call, "reason"),
		.answered_by = string(call, "answered_by"),
		.in_service_level = json_is_true(json_object_get(call, "in_service_level")),
	};
	struct uuid agent;

	if (left.outcome != CDR_QUEUE_ANSWERED)
		left.left_us = stay->left_us;
	if (read_id(call, "agent_id", &agent))
		left.agent = &agent;
	make_room(pieces);
	text_add(text, text->length ? ",{" : "{");
	cdr_queue_join_json(&queue, text);
	cdr_queue_leave_json(&left, stay->joined_us, text);
	text_addf(text, "\"offers\":%zu,", stay->offers);
	cdr_time_json(text, "ended_at", later(stay->ended_us, left.left_us));
	close_object(text);
}

bool cdr_queue_pieces(const char *json, cdr_piece_h *full, void *arg, struct text *ret_last)
{
	size_t n = json ? strnlen(json, CDR_QUEUES_BYTES + 1) : 0, i, used = 0;
	struct pieces pieces = {.full = full, .arg = arg};
	json_t *array = n && n <= CDR_QUEUES_BYTES ? json_loadb(json, n, 0, NULL) : NULL;
	struct stay stay;
	json_t *call;

	/* Offers first: then the last piece, which is in the transaction of the call's own row, has
	 * the calls. */
	for (int pass = 0; pass < 2; pass++) {
		json_array_foreach(array, i, call)
		{
			const json_t *offers = json_object_get(call, "offers");
			const json_t *offer;
			size_t at;

			if (!read_stay(call, &stay))
				continue;
			used++;
			stay.offers = json_array_size(offers);
			if (pass)
				add_call(&pieces, call, &stay);
			else
				json_array_foreach(offers, at, offer)(void)
					add_offer(&pieces, offer, &stay.id, &stay.queue);
		}
	}
	json_decref(array);
	if (used)
		put_together(&pieces, ret_last);
	text_clear(&pieces.calls);
	text_clear(&pieces.offers);
	return used > 0;
}

/* ---- coming and going ---- */

void cdr_queue_join_json(const struct cdr_queue *queue, struct text *text)
{
	add_id(text, "id", &queue->queue_call);
	add_id(text, "queue_id", &queue->queue);
	cdr_text_json(text, "queue_name", queue->queue_name, NAME_MAX_CHARACTERS);
	cdr_time_json(text, "joined_at", cdr_time(queue->joined_us));
}

void cdr_queue_leave_json(const struct cdr_queue_left *left, int64_t joined_us, struct text *text)
{
	int64_t left_us = later(cdr_time(left->left_us), joined_us);
	bool answered = left->outcome == CDR_QUEUE_ANSWERED;

	cdr_time_json(text, "left_at", left_us);
	if (answered)
		cdr_time_json(text, "answered_at", left_us);
	text_addf(
		text, "\"outcome\":\"%s\",",
		outcomes[left->outcome < COUNT_OF(outcomes) ? left->outcome : CDR_QUEUE_ABANDONED]);
	cdr_text_json(text, "reason", left->reason, CDR_SLUG_CHARACTERS);
	if (answered && left->answered_by)
		cdr_text_json(text, "answered_by", left->answered_by, CDR_SLUG_CHARACTERS);
	if (answered && left->agent)
		add_id(text, "agent_id", left->agent);
	text_addf(text, "\"in_service_level\":%s,",
	          answered && left->in_service_level ? "true" : "false");
}
