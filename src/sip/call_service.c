#include "sip/call_service.h"

#include <string.h>

#include "base/clock.h"
#include "sip/call_recording.h"
#include "sip/leg_media.h"
#include "sip/queues.h"
#include "sip/sdp_codecs.h"

void call_serve_end(struct call *call, const struct cause *cause, const char *by)
{
	const struct call_service *service = TAKE(call->service);

	if (service && service->ended)
		service->ended(call, cause, by);
	call->service_data = NULL;
}

void call_serve(struct call *call, const struct call_service *service, void *data)
{
	call_serve_end(call, NULL, "engine");
	call->service = service;
	call->service_data = data;
}

bool call_is_alone(const struct call *call)
{
	return call->caller && !call->callee &&
	       (call->caller->state == LEG_ANSWERED || call->caller->state == LEG_UP);
}

/* ---- ALONE: we are the other phone ---- */

static enum error_code describe(const struct sdp *offer, struct sdp **ret_told)
{
	struct sdp *voice = NULL;
	enum error_code code = voice_describe(offer, &voice);

	if (!code)
		code = sdp_pick(voice, SDP_PICK_ALL, NULL,
		                offer ? sdp_mirrored(offer->direction) : SDP_SENDRECV, ret_told);
	mem_deref(voice);
	return code;
}

/* offer NULL: it shall answer ours with its ACK. */
static enum error_code reply(struct leg *leg, struct sdp *offer)
{
	struct sdp *told = NULL;
	enum error_code code = describe(offer, &told);

	if (!code)
		code = offer ? leg_answer(leg, offer, told) : leg_propose(leg, told);
	mem_deref(told);
	return code;
}

/* The caller has what he called for. */
static void reached(struct call *call)
{
	if (call->answer_us)
		return;
	call->answer_us = clock_unix_us();
	record_answer(call);
}

bool call_answer(struct call *call)
{
	struct leg *caller = call->caller;
	enum error_code code;

	if (caller->state != LEG_INVITED)
		return true;
	tmr_cancel(&call->ring);
	if (call->early) { /* what he has been told comes from a phone that is not this one */
		call->early = NULL;
		leg_retag(caller);
		(void)!media_bridge(caller->media, NULL);
	}
	code = reply(caller, caller->remote);
	if (code) {
		call_end(call, cause_of(code == ERROR_NOT_FOUND ? CAUSE_NO_AUDIO : CAUSE_INTERNAL),
		         "engine");
		return false;
	}
	if (!call->queued)
		reached(call);
	return true;
}

void alone_modify(struct call *call, struct sdp *offer)
{
	const enum error_code code = reply(call->caller, offer);

	if (code)
		leg_tell(call->caller, code == ERROR_NOT_FOUND ? 488 : 500);
	else
		call_sound(call);
}

/* What was asked of it when it had another to talk with. */
void alone_modified(struct call *call, uint16_t status, struct sdp *description)
{
	struct leg *leg = call->caller;

	if (status == 408 || status == 481) {
		call_fated(call, leg, BRIDGE_LEG_GONE);
		return;
	}
	leg_modified(leg, status, description);
	call_sound(call);
}

/* ---- what is heard ---- */

static void on_played(bool whole, void *arg)
{
	struct leg *leg = arg;
	struct call *call = leg->owner;

	call->sounds = false;
	if (call->service && call->service->played)
		call->service->played(call, whole);
	else
		call_end(call, cause_of(CAUSE_NORMAL), "engine");
}

static void on_unplayed(void *arg)
{
	struct call *call = arg;

	if (call_is_alone(call))
		on_played(false, call->caller);
}

void call_sound(struct call *call)
{
	struct leg *caller = call->caller;

	if (!call_is_alone(call) || !call->sounds || !caller->told)
		return;
	tmr_cancel(&call->ring);
	if (caller->holding) {
		voice_stop(caller);
		return;
	}
	if (voice_play(caller, &call->sound, call->sound_once, call->sound_once ? on_played : NULL,
	               caller) &&
	    call->sound_once)
		tmr_start(&call->ring, 0, on_unplayed, call);
}

void call_play(struct call *call, const struct voice_sound *sound, bool once)
{
	call->sounds = true;
	call->sound = *sound;
	call->sound_once = once;
	(void)re_snprintf(call->sound_directory, sizeof(call->sound_directory), "%s",
	                  sound->directory ? sound->directory : "");
	call->sound.directory = call->sound_directory;
	call_sound(call);
}

/* ---- phones that ring, and the one that answers ---- */

size_t call_ring(struct call *call, const struct extension *extension, const char *display,
                 void *data)
{
	size_t n = 0;

	(void)!fork_ring(call, extension, display, data, &n);
	return n;
}

void call_stop_ringing(struct call *call, const void *data, bool elsewhere)
{
	fork_cancel(call, data, elsewhere);
}

size_t call_ask_back(struct call *call, const void *data)
{
	size_t n = 0;
	struct le *le;

	LIST_FOREACH(&call->branches, le)
	{
		struct leg *branch = le->data;

		n += branch->data == data && leg_ask_back(branch);
	}
	return n;
}

/* The phone's part of what it was offered when it rang. */
static enum error_code settle_branch(struct leg *branch)
{
	if (!branch->remote) {
		leg_ack(branch, NULL);
		return ERROR_NOT_FOUND;
	}
	if (!branch->asked_offer)
		return leg_take(branch, branch->remote);
	leg_ack(branch, NULL);
	return leg_proposed(branch, branch->remote);
}

bool call_connect(struct call *call, struct leg *branch)
{
	enum error_code code;

	if (!call_is_alone(call))
		return fork_connect(call, branch);
	list_unlink(&branch->le);
	call->callee = branch;
	code = settle_branch(branch);
	if (!code)
		code = bridge_couple(&call->bridge, call->caller, branch);
	if (code) {
		bridge_clear(&call->bridge);
		record_leg(call, branch, "no_audio");
		leg_leave(&call->callee, 0, NULL);
		call_sound(call);
		return false;
	}
	fork_cancel(call, NULL, true);
	call->sounds = false;
	reached(call);
	record_connected(call, clock_unix_us());
	return true;
}

/* ---- legs that come and go ---- */

/* What one asked the other is now for us to answer: of the leg that stays as a phone would, of the
 * one that goes ("later"). Its offer that waits for the other's answer is taken whole. */
static void end_exchange(struct call *call, struct leg *leg, struct leg *rest)
{
	struct bridge *bridge = &call->bridge;
	struct leg *asking = bridge->asking;
	struct sdp *offer = mem_ref(bridge->offer);
	struct leg *held = leg->ack_held ? leg : rest && rest->ack_held ? rest : NULL;

	bridge_clear(bridge);
	if (held && offer && held->state < LEG_LEAVING)
		(void)!leg_take(held, offer);
	else if (asking && asking == rest && asking->transaction)
		alone_modify(call, offer);
	else if (asking && asking->transaction && asking->state < LEG_LEAVING)
		leg_tell(asking, 491);
	mem_deref(offer);
}

static void take_out(struct call *call, struct leg *leg)
{
	struct leg *rest = leg == call->caller ? call->callee : call->caller;

	if (leg != call->caller && leg != call->callee) {
		list_unlink(&leg->le);
		if (call->early == leg)
			call->early = NULL;
		return;
	}
	if (leg->media)
		(void)!media_bridge(leg->media, NULL);
	voice_stop(leg);
	call->caller = rest;
	call->callee = NULL;
	call->sounds = false;
	if (rest)
		voice_stop(rest);
	end_exchange(call, leg, rest);
}

struct leg *call_release(struct call *call, struct leg *leg, const char *outcome)
{
	if (!leg)
		return NULL;
	take_out(call, leg);
	if (outcome)
		record_leg_moved(call, leg, outcome);
	else
		call_recording_parted(call, leg);
	leg->owner = NULL;
	return leg;
}

void call_drop(struct call *call, struct leg *leg, const char *outcome)
{
	take_out(call, leg);
	record_leg(call, leg, outcome);
	leg_leave(&leg, 0, NULL);
}

void call_adopt(struct call *call, struct leg **place, struct leg *leg)
{
	bridge_clear(&call->bridge);
	if (*place) {
		record_leg(call, *place, "replaced");
		leg_leave(place, 0, NULL);
	}
	list_unlink(&leg->le);
	leg->events = &call_leg_events;
	leg->owner = call;
	*place = leg;
	if (!queue_of_call(call))
		queues_busy(call, leg);
	call->sounds = false;
	if (place == &call->callee)
		record_connected(call, clock_unix_us());
}
