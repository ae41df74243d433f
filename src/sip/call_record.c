/* What is kept of a call: its record (domain/cdr.h) and three log lines; what others see of it. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/call_recording.h"
#include "sip/call_state.h"
#include "sip/leg_media.h"

enum {
	LEGS_RANG_BYTES = 12 * 1024,
	LEGS_BYTES = 15 * 1024, /* the record holds 16 KiB: with one leg more they are dropped */
};

static void log_call(const struct call *call, const char *message, const struct log_field *more,
                     size_t n)
{
	char id[UUID_TEXT_MAX];
	struct log_field fields[12] = {
		LOG_TEXT("call", uuid_format(&call->id, id)),
		LOG_TEXT("tenant", call->snapshot->domain),
		LOG_TEXT("from", call->from->number),
		LOG_TEXT("to", call->dialled),
	};

	for (size_t i = 0; i < n && i < COUNT_OF(fields) - 4; i++)
		fields[4 + i] = more[i];
	log_write(LOG_INFO, "call", message, fields, 4 + n);
}

static void check(const struct uuid *call, enum error_code code)
{
	char id[UUID_TEXT_MAX];

	/* What the disk refuses is kept; of that the store tells by itself, once (sip/command.c).
	 */
	if (code && code != ERROR_IO)
		log_event(LOG_ERROR, "call", "a step is missing in the call's record",
		          LOG_TEXT("call", uuid_format(call, id)),
		          LOG_TEXT("code", error_slug(code)));
}

void record_begin(struct call *call, const struct sip_msg *msg)
{
	char call_id[DIALOG_CALL_ID_MAX];

	(void)pl_strcpy(&msg->callid, call_id, sizeof(call_id));
	const struct cdr_begin begin = {
		.call = call->id,
		.tenant = call->snapshot->tenant,
		.caller_id_name = call->name,
		.caller_id_number = call->from->number,
		.dest_number = call->dialled,
		.context = call->from->context,
		.sip_call_id = text_is_utf8(call_id, strlen(call_id)) ? call_id : "",
		.start_us = call->start_us,
	};

	call->begun = true;
	if (call->calls->engine->cdr)
		check(&call->id, cdr_begin(call->calls->engine->cdr, &begin));
}

void record_calling(const struct call *call)
{
	const struct live_call live = {
		.id = call->id,
		.tenant = call->snapshot->tenant,
		.from_number = call->from->number,
		.from_name = call->name,
		.to_number = call->dialled,
		.started_us = call->start_us,
	};

	live_ringing(call->calls->engine->live, &live);
}

void record_queued(struct call *call, const struct cdr_queue *queued)
{
	const struct log_field more[] = {LOG_TEXT("queue", queued->queue_name)};
	struct engine *engine = call->calls->engine;

	if (uuid_is_nil(&call->queue))
		record_calling(call);
	call->queue = queued->queue;
	if (engine->cdr)
		check(&call->id, cdr_queue_joined(engine->cdr, queued));
	live_waiting(engine->live, &call->id, &queued->queue, queued->joined_us);
	log_call(call, "call waits in a queue", more, COUNT_OF(more));
}

void record_offer(const struct call *call, const struct cdr_queue_offer *offer)
{
	struct cdr_queue_offer told = *offer;

	told.call = call->id;
	if (call->calls->engine->cdr)
		check(&call->id, cdr_queue_offered(call->calls->engine->cdr, &told));
}

void record_unqueued(const struct call *call, const struct cdr_queue_left *left)
{
	if (call->calls->engine->cdr)
		check(&call->id, cdr_queue_left(call->calls->engine->cdr, left));
}

void record_ringing(const struct call *call)
{
	log_call(call, "call ringing", NULL, 0);
}

void record_parked(const struct call *call, const char *slot)
{
	const struct log_field more[] = {LOG_TEXT("slot", slot)};

	live_parked(call->calls->engine->live, &call->id, slot);
	live_parties(call->calls->engine->live, &call->id, call->caller->number, NULL);
	log_call(call, "call parked", more, COUNT_OF(more));
}

void record_answer(struct call *call)
{
	if (call->calls->engine->cdr)
		check(&call->id, cdr_answer(call->calls->engine->cdr, &call->id, call->answer_us));
	if (!call->callee)
		log_call(call, "call answered", NULL, 0);
}

void record_connected(struct call *call, int64_t at_us)
{
	const struct log_field more[] = {LOG_TEXT("answered_by", call->callee->number)};
	const bool first = !call->answered_by[0];

	(void)snprintf(call->answered_by, sizeof(call->answered_by), "%s", call->callee->number);
	live_answered(call->calls->engine->live, &call->id, call->callee->number, at_us);
	live_parties(call->calls->engine->live, &call->id, call->caller->number,
	             call->callee->number);
	log_call(call, first ? "call answered" : "call connected", more, COUNT_OF(more));
}

static void add_time(struct text *out, const char *name, int64_t unix_us)
{
	char buffer[CLOCK_RFC3339_MAX];

	if (unix_us)
		text_addf(out, ",\"%s\":\"%s\"", name, clock_rfc3339(unix_us, buffer));
}

void record_leg_moved(struct call *call, struct leg *leg, const char *outcome)
{
	struct text *out = &call->legs;
	char hop[64];

	call_recording_parted(call, leg);
	/* What rang in vain gives way to the legs that count: the record holds so much of them. */
	if (out->length > LEGS_RANG_BYTES && leg != call->caller && leg != call->callee)
		return;
	if (out->length > LEGS_BYTES)
		return;
	if (leg->media)
		media_leg_counters(leg->media, &leg->counters);
	(void)re_snprintf(hop, sizeof(hop), "%J", &leg->dialog.hop);
	text_addf(out,
	          "%s{\"role\":\"%s\",\"extension\":\"%s\",\"address\":\"%s\",\"transport\":\"%s\","
	          "\"outcome\":\"%s\",\"sip_status\":%u",
	          out->length ? "," : "", leg->caller ? "caller" : "callee", leg->number, hop,
	          sip_transp_name(leg->dialog.transport), outcome, leg->status);
	add_time(out, "ringing_at", leg->ringing_us);
	add_time(out, "answered_at", leg->answered_us);
	if (leg->had_media) {
		text_addf(out,
		          ",\"srtp\":%s,\"packets\":%llu,\"bytes\":%llu,\"sent_packets\":%llu,"
		          "\"sent_bytes\":%llu,\"lost\":%llu,\"refused\":%llu",
		          leg->secured ? "true" : "false",
		          (unsigned long long)leg->counters.packets,
		          (unsigned long long)leg->counters.bytes,
		          (unsigned long long)leg->counters.sent_packets,
		          (unsigned long long)leg->counters.sent_bytes,
		          (unsigned long long)leg->counters.lost,
		          (unsigned long long)leg->counters.refused);
	}
	text_add(out, "}");
}

void record_leg(struct call *call, struct leg *leg, const char *outcome)
{
	leg_media_close(leg);
	record_leg_moved(call, leg, outcome);
}

void record_recording(const struct call *call, const char *path)
{
	if (call->calls->engine->cdr)
		check(&call->id, cdr_recording(call->calls->engine->cdr, &call->id, path));
}

void record_write(struct engine *engine, const struct cdr_end *end)
{
	if (engine->cdr)
		check(&end->call, cdr_end(engine->cdr, end));
}

void record_end(struct call *call, const struct cause *cause, const char *by)
{
	AUTO(text_clear) struct text legs = {0}, queues = {0};
	const int64_t end_us = clock_unix_us();
	const bool answered = call->answer_us != 0;
	/* Whatever ends an answered call, it was answered; the cause says the rest. */
	const enum cdr_disposition disposition = answered ? CDR_ANSWERED : cause->disposition;
	const unsigned status = answered ? 200 : cause->status;
	const struct log_field more[] = {
		LOG_TEXT("disposition", cdr_disposition_slug(disposition)),
		LOG_TEXT("cause", cause->slug),
		LOG_NUMBER("sip_status", status),
		LOG_TEXT("hangup_by", by),
		LOG_NUMBER("duration_s", (end_us - call->start_us) / 1000000),
	};

	text_addf(&legs, "[%s]", text_string(&call->legs));
	if (call->queue_calls.length)
		text_addf(&queues, "[%s]", call->queue_calls.data);
	const struct cdr_end end = {
		.call = call->id,
		.end_us = end_us,
		.disposition = disposition,
		.cause = cause->slug,
		.sip_status = status,
		.hangup_by = by,
		.answered_by = call->answered_by[0] ? call->answered_by : NULL,
		.queue = uuid_is_nil(&call->queue) ? NULL : &call->queue,
		.legs_json = legs.failed || call->legs.failed ? NULL : legs.data,
		.queue_calls_json = queues.failed || call->queue_calls.failed ? NULL : queues.data,
	};
	if (!call->begun)
		return;
	call_recording_end(call, &end);
	live_ended(call->calls->engine->live, &call->id, cause->slug);
	log_call(call, "call ended", more, COUNT_OF(more));
}
