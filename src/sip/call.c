#include "sip/call.h"

#include <string.h>

#include "sip/call_service.h"
#include "sip/hang_up.h"
#include "sip/leg_media.h"
#include "sip/leg_private.h"
#include "sip/reply.h"
#include "sip/stray_answer.h"
#include "sip/transfer.h"

/* RFC 3326: why somebody is busy whom the caller did not reach. */
static const char *reason_of(const struct cause *cause)
{
	return cause == cause_of(CAUSE_LIMIT)
	               ? "Reason: SIP;cause=486;text=\"Limit of concurrent calls\"\r\n"
	               : NULL;
}

void call_end(struct call *call, const struct cause *cause, const char *by)
{
	/* Of a caller whom we alone have answered: he gave up. */
	if (!call->answer_us && cause == cause_of(CAUSE_NORMAL))
		cause = cause_of(CAUSE_CANCELLED);
	call_serve_end(call, cause, by);
	tmr_cancel(&call->ring);
	bridge_clear(&call->bridge);
	fork_cancel(call, NULL, false);
	if (call->caller && call->caller->state == LEG_INVITED)
		call->caller->status = cause->status;
	if (call->caller)
		record_leg(call, call->caller, call->answer_us ? "answered" : cause->slug);
	if (call->callee)
		record_leg(call, call->callee, "answered");
	record_end(call, cause, by);
	leg_leave(&call->callee, 0, NULL);
	leg_leave(&call->caller, cause->status, reason_of(cause));
	mem_deref(call);
}

/* ---- what legs tell ---- */

static void on_progress(struct leg *leg, uint16_t status, bool described)
{
	fork_progress(leg->owner, leg, status, described);
}

static void on_answered(struct leg *leg)
{
	struct call *call = leg->owner;

	if (call->service && call->service->answered)
		call->service->answered(call, leg);
	else
		(void)!call_connect(call, leg);
}

static void on_failed(struct leg *leg, uint16_t status)
{
	fork_failed(leg->owner, leg, status);
}

static void on_cancelled(struct leg *leg)
{
	call_end(leg->owner, cause_of(CAUSE_CANCELLED), "caller");
}

/* Why a phone is taken for dead. */
static const struct cause *cause_of_gone(const char *slug)
{
	static const enum call_cause causes[] = {CAUSE_NO_ACK, CAUSE_MEDIA_SILENCE};

	for (size_t i = 0; i < COUNT_OF(causes); i++) {
		if (strcmp(cause_of(causes[i])->slug, slug) == 0)
			return cause_of(causes[i]);
	}
	return cause_of(CAUSE_SESSION_EXPIRED);
}

static void on_gone(struct leg *leg, const char *cause)
{
	struct call *call = leg->owner;
	const struct call_service *service = call->service;

	if (leg != call->caller && leg != call->callee) { /* answered, and not connected yet */
		fork_failed(call, leg, 480);
		return;
	}
	if (call->callee && service && service->parted && service->parted(call, leg, cause))
		return;
	if (!cause)
		call_end(call, cause_of(CAUSE_NORMAL), leg == call->caller ? "caller" : "callee");
	else
		call_end(call, cause_of_gone(cause), "engine");
}

void call_fated(struct call *call, struct leg *leg, enum bridge_fate fate)
{
	if (fate == BRIDGE_NO_AUDIO)
		call_end(call, cause_of(CAUSE_NO_AUDIO), "engine");
	else if (fate == BRIDGE_LEG_GONE)
		on_gone(leg, "session_expired");
}

static enum bridge_fate stay(struct call *call, struct leg *leg)
{
	if (call->callee)
		return bridge_again(&call->bridge, leg);
	(void)!leg_ask(leg, false, leg->told);
	call_sound(call);
	return BRIDGE_HOLDS;
}

static void on_acked(struct leg *leg, struct sdp *answer)
{
	struct call *call = leg->owner;
	enum bridge_fate fate = BRIDGE_HOLDS;

	/* To an offer of ours; one that was the other phone's is the bridge's. */
	const bool ours = leg->proposed && call->bridge.asking != leg;
	const bool had = leg->remote; /* a session, that stays as it was */

	if (ours && leg_proposed(leg, answer))
		fate = had ? stay(call, leg) : BRIDGE_NO_AUDIO;
	else if (call->callee)
		fate = ours ? bridge_proposed(&call->bridge, leg)
		            : bridge_acked(&call->bridge, leg, answer);
	else
		call_sound(call);
	call_fated(call, leg, fate);
}

static void on_modify(struct leg *leg, const struct sip_msg *msg, struct sdp *offer)
{
	struct call *call = leg->owner;

	if (call->callee)
		bridge_modify(&call->bridge, leg, msg, offer);
	else
		alone_modify(call, offer);
}

static void on_withdrawn(struct leg *leg)
{
	struct call *call = leg->owner;

	bridge_withdrawn(&call->bridge, leg);
}

static void on_modified(struct leg *leg, uint16_t status, struct sdp *description)
{
	struct call *call = leg->owner;

	if (!call->callee)
		alone_modified(call, status, description);
	else
		call_fated(call, leg, bridge_modified(&call->bridge, leg, status, description));
}

static void on_info(struct leg *leg, const struct sip_msg *msg)
{
	struct call *call = leg->owner;

	if (call->callee)
		bridge_info(&call->bridge, leg, msg);
	else
		leg_refuse(leg, msg, 200, NULL); /* nobody is there to hear of it */
}

static void on_settled(struct leg *leg)
{
	struct call *call = leg->owner;

	if (call->callee)
		call_fated(call, leg, bridge_settled(&call->bridge));
}

/* Two who hear nothing of each other have been forgotten by their phones. One alone may be muted.
 */
static void on_silent(struct leg *leg, bool both)
{
	if (both)
		call_end(leg->owner, cause_of(CAUSE_MEDIA_SILENCE), "engine");
	else
		leg_probe(leg);
}

const struct leg_events call_leg_events = {
	.progress = on_progress,
	.answered = on_answered,
	.failed = on_failed,
	.cancelled = on_cancelled,
	.acked = on_acked,
	.modify = on_modify,
	.withdrawn = on_withdrawn,
	.modified = on_modified,
	.info = on_info,
	.refer = transfer_refer,
	.gone = on_gone,
	.settled = on_settled,
	.silent = on_silent,
};

/* Why something that belongs to no call of ours is refused. */
static uint16_t stray_status(const struct sip_msg *msg)
{
	if (pl_isset(&msg->to.tag))
		return 481;
	if (!pl_strcmp(&msg->met, "REFER")) /* we call nobody because a stranger wants it */
		return 403;
	return !pl_strcmp(&msg->met, "NOTIFY") ? 489 : 481;
}

void calls_request(struct engine *engine, const struct sip_msg *msg)
{
	struct leg *leg = leg_find(&engine->calls->legs, msg);

	if (leg) {
		leg_request(leg, msg);
		return;
	}
	if (!pl_strcmp(&msg->met, "INVITE") && !pl_isset(&msg->to.tag)) {
		call_invited(engine, msg);
		return;
	}
	engine_count(engine, SIP_COUNT_STRAY);
	if (pl_strcmp(&msg->met, "ACK"))
		reply_status(engine, msg, stray_status(msg));
}

bool calls_response(struct engine *engine, const struct sip_msg *msg)
{
	struct leg *leg;

	if (!pl_strcmp(&msg->cseq.met, "CANCEL")) /* ours are sent without a transaction */
		return true;
	if (pl_strcmp(&msg->cseq.met, "INVITE") || msg->scode <= 100 || msg->scode > 299)
		return false;
	leg = leg_find(&engine->calls->legs, msg);
	if (!leg)
		return msg->scode < 200 ? stray_progress(engine, msg) : stray_answer(engine, msg);
	if (msg->scode >= 200)
		leg_stray_answer(leg, msg);
	return true;
}

/* Asked for by an administrator of the tenant; the call may have ended meanwhile. */
static void calls_hang_up(const struct uuid *tenant, const struct uuid *id, void *arg)
{
	struct calls *calls = arg;
	struct le *le;

	LIST_FOREACH(&calls->list, le)
	{
		struct call *call = le->data;

		if (!uuid_equal(&call->id, id) || !uuid_equal(&call->snapshot->tenant, tenant))
			continue;
		call_end(call, cause_of(CAUSE_ADMIN_HANGUP), "engine");
		return;
	}
}

enum error_code calls_open(struct engine *engine, struct calls **ret_calls, struct error *err)
{
	struct calls *calls = calloc(1, sizeof(*calls));

	if (!calls || leg_table_init(&calls->legs, engine)) {
		free(calls);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	calls->engine = engine;
	list_init(&calls->list);
	if (hang_ups_open(calls_hang_up, calls, &calls->hang_ups)) {
		calls_close(calls);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	live_on_hang_up(engine->live, hang_ups_ask, calls->hang_ups);
	*ret_calls = calls;
	return ERROR_OK;
}

void calls_close(struct calls *calls)
{
	if (!calls)
		return;
	live_on_hang_up(calls->engine->live, NULL, NULL);
	hang_ups_close(calls->hang_ups);
	list_flush(&calls->list);
	leg_table_clear(&calls->legs);
	free(calls);
}

size_t calls_under_way(const struct calls *calls)
{
	return calls->n;
}

size_t calls_count(const struct calls *calls)
{
	return calls->n + list_count(&calls->legs.alone) + subscriptions_leaving(&calls->legs);
}

void calls_end(struct calls *calls)
{
	struct le *le;

	while ((le = list_head(&calls->list)))
		call_end(le->data, cause_of(CAUSE_ENGINE_STOP), "engine");
}
