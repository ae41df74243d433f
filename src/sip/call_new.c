/* An INVITE becomes a call: who calls, may he, with what media, and where it leads. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/auth.h"
#include "sip/call_recording.h"
#include "sip/call_state.h"
#include "sip/emergency.h"
#include "sip/guard.h"
#include "sip/leg_media.h"
#include "sip/leg_private.h"
#include "sip/queues.h"
#include "sip/registrar.h"
#include "sip/reply.h"
#include "sip/takeover.h"

enum { HOPS_USUAL = 70 };

static void destructor(void *arg)
{
	struct call *call = arg;
	struct le *le;

	call_serve_end(call, NULL, "engine");
	call_recording_forget(call);
	call_look_end(call);
	tmr_cancel(&call->ring);
	list_unlink(&call->le);
	bridge_clear(&call->bridge);
	mem_deref(call->caller);
	mem_deref(call->callee);
	while ((le = list_head(&call->branches)))
		mem_deref(le->data);
	text_clear(&call->legs);
	text_clear(&call->queue_calls);
	snapshot_unref(call->snapshot);
	call->calls->n--;
}

/* C0, DEL, and C1 in UTF-8. */
static bool has_control(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
			return true;
	return false;
}

/* A number, or a queue's name (its escapes undone, RFC 3261 section 19.1.2). Only what may stand in
 * records is kept as it is. */
static void copy_dialled(char to[static DIALLED_MAX], const struct pl *user)
{
	size_t n = user->l < DIALLED_MAX - 1 ? user->l : DIALLED_MAX - 1;

	if (text_percent_decode(user->p, user->l, false, to, DIALLED_MAX - 1) >= 0 &&
	    !has_control(to))
		return;
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
	tmr_init(&call->beep);
	call_bridge(call);
	list_init(&call->branches);
	list_append(&call->calls->list, &call->le, call);
	call->calls->n++;
	return call;
}

/* Media and the caller's offer; false: the call is over. */
static bool describe(struct call *call, const struct sip_msg *msg)
{
	struct leg *caller = call->caller;
	enum error_code code;

	code = leg_media_open(caller, NULL, msg->tp == SIP_TRANSP_TLS, call->help);
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
	    emergency_invite(msg) ||
	    registrar_holds(engine->registrar, &who->snapshot->tenant, who->extension, msg))
		return true;
	log_event(LOG_WARNING, "sip", "call refused: not from a registered phone",
	          LOG_TEXT("tenant", who->snapshot->domain),
	          LOG_TEXT("extension", who->extension->number));
	reply_status(engine, msg, 403);
	return false;
}

/* Whoever asks for help is not counted out, whatever other calls there are. Of these there are few:
 * more are calls like all others. */
static bool is_help(const struct call *call)
{
	unsigned n = 0;
	struct le *le;

	if (!emergency_number(call->dialled))
		return false;
	LIST_FOREACH(&call->calls->list, le)
	{
		const struct call *other = le->data;

		n += other->help && uuid_equal(&other->from->id, &call->from->id);
	}
	return n < EMERGENCY_CALLS_MOST;
}

/* One phone with stolen credentials must not take every port of media from all the others. */
static bool has_too_many(const struct call *call)
{
	const struct config *config = call->calls->engine->config;
	int64_t n = 0;
	struct le *le;

	if (call->help)
		return false;
	LIST_FOREACH(&call->calls->list, le)
	{
		const struct call *other = le->data;

		n += uuid_equal(&other->from->id, &call->from->id);
	}
	return n > config_number(config, CONFIG_SIP_CALLS_MOST);
}

/* The tenant's calls on this node, each counted once from its INVITE to its end, whatever becomes
 * of it: ringing, talking, waiting in a queue, parked. This one is among them. */
static bool is_over_limit(const struct call *call)
{
	const int64_t most = call->snapshot->calls_most;
	int64_t n = 0;
	struct le *le;

	if (most < 0 || emergency_number(call->dialled))
		return false;
	LIST_FOREACH(&call->calls->list, le)
	{
		const struct call *other = le->data;

		n += uuid_equal(&other->snapshot->tenant, &call->snapshot->tenant);
	}
	return n > most;
}

static void on_granted(struct engine *engine, const struct sip_msg *msg,
                       const struct auth_identity *who, void *arg)
{
	struct session_timer session;
	enum error_code code;
	struct call *call;

	(void)arg;
	if (engine->draining && !emergency_during_drain(engine, msg)) {
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
	call->help = is_help(call);
	if (call->help)
		guard_spare(engine->guard, &msg->src, clock_monotonic_us() / 1000000);
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
	queues_busy(call, call->caller);
	record_begin(call, msg);
	if (has_too_many(call))
		call_end(call, cause_of(CAUSE_TOO_MANY_CALLS), "engine");
	else if (is_over_limit(call))
		call_end(call, cause_of(CAUSE_LIMIT), "engine");
	else if (describe(call, msg) && !takeover_invited(call, msg))
		call_route(call, is_own_domain(call, msg));
}

void call_invited(struct engine *engine, const struct sip_msg *msg)
{
	if (engine->draining && !emergency_during_drain(engine, msg))
		reply_headers(engine, msg, 503, "Retry-After: 30\r\n");
	else
		auth_request(engine, msg, &msg->from.uri, on_granted, NULL);
}
