#include "sip/call.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/auth.h"
#include "sip/call_state.h"
#include "sip/hang_up.h"
#include "sip/registrar.h"
#include "sip/reply.h"

enum { HOPS_USUAL = 70 };

static void destructor(void *arg)
{
	struct call *call = arg;
	struct le *le;

	tmr_cancel(&call->ring);
	list_unlink(&call->le);
	bridge_clear(&call->bridge);
	mem_deref(call->caller);
	mem_deref(call->callee);
	while ((le = list_head(&call->branches)))
		mem_deref(le->data);
	text_clear(&call->legs);
	snapshot_unref(call->snapshot);
	call->calls->n--;
}

void call_end(struct call *call, const struct cause *cause, const char *by)
{
	struct le *le;

	tmr_cancel(&call->ring);
	bridge_clear(&call->bridge);
	while ((le = list_head(&call->branches))) {
		struct leg *branch = le->data;

		record_leg(call, branch, "cancelled");
		leg_leave(&branch, 0, NULL);
	}
	if (call->caller && call->caller->state == LEG_INVITED)
		call->caller->status = cause->status;
	if (call->caller)
		record_leg(call, call->caller, call->callee ? "answered" : cause->slug);
	if (call->callee)
		record_leg(call, call->callee, "answered");
	record_end(call, cause, by);
	leg_leave(&call->callee, 0, NULL);
	leg_leave(&call->caller, cause->status, NULL);
	mem_deref(call);
}

/* ---- what legs tell ---- */

static void on_progress(struct leg *leg, uint16_t status, bool described)
{
	fork_progress(leg->owner, leg, status, described);
}

static void on_answered(struct leg *leg)
{
	fork_answered(leg->owner, leg);
}

static void on_failed(struct leg *leg, uint16_t status)
{
	fork_failed(leg->owner, leg, status);
}

static void on_cancelled(struct leg *leg)
{
	call_end(leg->owner, cause_of(CAUSE_CANCELLED), "caller");
}

static void end_by_fate(struct call *call, const struct leg *leg, enum bridge_fate fate)
{
	(void)leg;
	if (fate == BRIDGE_NO_AUDIO)
		call_end(call, cause_of(CAUSE_NO_AUDIO), "engine");
	else if (fate == BRIDGE_LEG_GONE)
		call_end(call, cause_of(CAUSE_SESSION_EXPIRED), "engine");
}

static void on_acked(struct leg *leg, struct sdp *answer)
{
	struct call *call = leg->owner;

	end_by_fate(call, leg, bridge_acked(&call->bridge, leg, answer));
}

static void on_modify(struct leg *leg, const struct sip_msg *msg, struct sdp *offer)
{
	struct call *call = leg->owner;

	bridge_modify(&call->bridge, leg, msg, offer);
}

static void on_withdrawn(struct leg *leg)
{
	struct call *call = leg->owner;

	bridge_withdrawn(&call->bridge, leg);
}

static void on_modified(struct leg *leg, uint16_t status, struct sdp *description)
{
	struct call *call = leg->owner;

	end_by_fate(call, leg, bridge_modified(&call->bridge, leg, status, description));
}

static void on_info(struct leg *leg, const struct sip_msg *msg)
{
	struct call *call = leg->owner;

	bridge_info(&call->bridge, leg, msg);
}

static void on_gone(struct leg *leg, const char *cause)
{
	struct call *call = leg->owner;

	if (!cause)
		call_end(call, cause_of(CAUSE_NORMAL), leg == call->caller ? "caller" : "callee");
	else
		call_end(call,
		         cause_of(strcmp(cause, "no_ack") == 0 ? CAUSE_NO_ACK
		                                               : CAUSE_SESSION_EXPIRED),
		         "engine");
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
	.gone = on_gone,
};

void call_on_silence(void *arg)
{
	call_end(arg, cause_of(CAUSE_MEDIA_SILENCE), "engine");
}

/* ---- a new call ---- */

/* Only what can be dialled is kept as it is: it goes into records. */
static void copy_dialled(char to[static DIALLED_MAX], const struct pl *user)
{
	size_t n = user->l < DIALLED_MAX - 1 ? user->l : DIALLED_MAX - 1;

	for (size_t i = 0; i < n; i++) {
		const char c = user->p[i];

		to[i] = c > 0x20 && c < 0x7f ? c : '?';
	}
	to[n] = '\0';
}

/* A number of another domain is none of this tenant's. */
static bool is_own_domain(const struct call *call, const struct sip_msg *msg)
{
	return msg->uri.af != AF_UNSPEC || !pl_strcasecmp(&msg->uri.host, call->snapshot->domain);
}

static struct call *call_new(struct engine *engine, const struct sip_msg *msg,
                             const struct auth_identity *who)
{
	struct call *call = mem_zalloc(sizeof(*call), destructor);

	if (!call)
		return NULL;
	call->calls = engine->calls;
	call->snapshot = snapshot_ref(who->snapshot);
	call->from = who->extension;
	call->start_us = clock_unix_us();
	call->id = uuid_at(call->start_us / 1000);
	call->hops = (pl_isset(&msg->maxfwd) ? pl_u32(&msg->maxfwd) : HOPS_USUAL) - 1;
	name_read(&msg->from.dname, call->name);
	copy_dialled(call->dialled, &msg->uri.user);
	tmr_init(&call->ring);
	list_init(&call->branches);
	list_append(&call->calls->list, &call->le, call);
	call->calls->n++;
	return call;
}

static void route(struct call *call, const struct sip_msg *msg)
{
	struct engine *engine = call->calls->engine;
	struct registrar_phones phones = {.registrar = engine->registrar,
	                                  .tenant = &call->snapshot->tenant};
	const struct route_call ask = {
		.caller = call->from,
		.dialled = call->dialled,
		.ring_s = (unsigned)config_number(engine->config, CONFIG_SIP_RING_S),
		.phones = registrar_phones,
		.phones_arg = &phones,
	};
	struct route_plan plan = {.action = ROUTE_REJECT, .cause = ROUTE_UNKNOWN_NUMBER};

	if (is_own_domain(call, msg))
		route_call(call->snapshot, &ask, &plan);
	if (plan.action == ROUTE_RING)
		fork_start(call, &plan);
	else if (plan.action == ROUTE_REJECT)
		call_end(call, cause_of_route(plan.cause), "engine");
	else
		call_end(call, cause_of(CAUSE_NOT_SERVED), "engine");
	route_plan_clear(&plan);
}

/* Media and the caller's offer; false: the call is over. */
static bool describe(struct call *call, const struct sip_msg *msg)
{
	struct leg *caller = call->caller;
	enum error_code code;

	code = leg_media_open(caller, NULL, msg->tp == SIP_TRANSP_TLS, call_on_silence, call);
	if (code) {
		call_end(call, cause_of(CAUSE_NO_MEDIA), "engine");
		return false;
	}
	code = leg_description(caller, msg, &caller->remote);
	if (!code)
		return true;
	call_end(call,
	         cause_of(code == ERROR_NOT_FOUND || code == ERROR_USAGE ? CAUSE_NO_AUDIO
	                  : code == ERROR_MEMORY                         ? CAUSE_INTERNAL
	                                                                 : CAUSE_BAD_DESCRIPTION),
	         "engine");
	return false;
}

static bool may_call(struct engine *engine, const struct sip_msg *msg,
                     const struct auth_identity *who)
{
	if (config_switch(engine->config, CONFIG_SIP_INVITE_UNREGISTERED) ||
	    registrar_holds(engine->registrar, &who->snapshot->tenant, who->extension, msg))
		return true;
	log_event(LOG_WARNING, "sip", "call refused: not from a registered phone",
	          LOG_TEXT("tenant", who->snapshot->domain),
	          LOG_TEXT("extension", who->extension->number));
	reply_status(engine, msg, 403);
	return false;
}

/* One phone with stolen credentials must not take every port of media from all the others. */
static bool has_too_many(const struct call *call)
{
	const struct config *config = call->calls->engine->config;
	int64_t n = 0;
	struct le *le;

	LIST_FOREACH(&call->calls->list, le)
	{
		const struct call *other = le->data;

		n += uuid_equal(&other->from->id, &call->from->id);
	}
	return n > config_number(config, CONFIG_SIP_CALLS_MOST);
}

static void on_granted(struct engine *engine, const struct sip_msg *msg,
                       const struct auth_identity *who, void *arg)
{
	struct session_timer session;
	enum error_code code;
	struct call *call;

	(void)arg;
	if (engine->draining) {
		reply_status(engine, msg, 503);
		return;
	}
	if (!may_call(engine, msg, who))
		return;
	if (!session_timer_answer(msg, &session)) {
		reply_headers(engine, msg, 422, "Min-SE: 90\r\n");
		return;
	}
	call = call_new(engine, msg, who);
	if (!call) {
		reply_status(engine, msg, 500);
		return;
	}
	code = leg_accept(&engine->calls->legs, msg, &call_leg_events, call, &call->caller);
	if (code) {
		mem_deref(call);
		if (code != ERROR_IO)
			reply_status(engine, msg, code == ERROR_INVALID ? 400 : 500);
		return;
	}
	call->caller->session = session;
	(void)re_snprintf(call->caller->number, sizeof(call->caller->number), "%s",
	                  call->from->number);
	record_begin(call, msg);
	if (has_too_many(call))
		call_end(call, cause_of(CAUSE_TOO_MANY_CALLS), "engine");
	else if (describe(call, msg))
		route(call, msg);
}

static void on_invite(struct engine *engine, const struct sip_msg *msg)
{
	if (engine->draining)
		reply_headers(engine, msg, 503, "Retry-After: 30\r\n");
	else
		auth_request(engine, msg, &msg->from.uri, on_granted, NULL);
}

void calls_request(struct engine *engine, const struct sip_msg *msg)
{
	struct leg *leg = leg_find(&engine->calls->legs, msg);

	if (leg) {
		leg_request(leg, msg);
		return;
	}
	if (!pl_strcmp(&msg->met, "INVITE") && !pl_isset(&msg->to.tag)) {
		on_invite(engine, msg);
		return;
	}
	engine_count(engine, SIP_COUNT_STRAY);
	if (pl_strcmp(&msg->met, "ACK"))
		reply_status(engine, msg, 481);
}

bool calls_response(struct engine *engine, const struct sip_msg *msg)
{
	struct leg *leg;

	if (!pl_strcmp(&msg->cseq.met, "CANCEL")) /* ours are sent without a transaction */
		return true;
	if (pl_strcmp(&msg->cseq.met, "INVITE") || msg->scode < 200 || msg->scode > 299)
		return false;
	leg = leg_find(&engine->calls->legs, msg);
	if (leg)
		leg_stray_answer(leg, msg);
	return leg != NULL;
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
	return calls->n + list_count(&calls->legs.alone);
}

void calls_end(struct calls *calls)
{
	struct le *le;

	while ((le = list_head(&calls->list)))
		call_end(le->data, cause_of(CAUSE_ENGINE_STOP), "engine");
}
