#include "sip/takeover.h"

#include "sip/queues.h"
#include "sip/refer.h"

struct leg *takeover_caller(struct call *call, struct leg *leg)
{
	const bool sounds = call->sounds, once = call->sound_once;
	struct voice_sound sound = call->sound;
	char directory[CALL_SOUND_MAX];
	struct leg *former;

	(void)re_snprintf(directory, sizeof(directory), "%s", call->sound_directory);
	sound.directory = directory;
	former = call_release(call, call->caller, "transferred");
	call_adopt(call, &call->caller, leg);
	if (sounds)
		call_play(call, &sound, once);
	return former;
}

/* The call goes on with `leg`, in place of one who talks or of what rings. */
static void talk(struct call *call, struct leg *former, struct leg *leg)
{
	if (former) {
		queue_call_left(call);
		call_drop(call, former, "replaced");
	}
	call_stop_ringing(call, NULL, true);
	call_adopt(call, &call->callee, leg);
	call_serve(call, NULL, NULL);
	if (bridge_couple(&call->bridge, call->caller, call->callee))
		call_end(call, cause_of(CAUSE_NO_AUDIO), "engine");
}

void takeover(struct call *by, struct call *call, struct leg *former)
{
	const bool waits = former && former == call->caller && !call->callee;
	struct leg *leg;

	if (!call_answer(by))
		return;
	if (call->caller->state == LEG_INVITED && !call_answer(call)) {
		call_end(by, cause_of(CAUSE_NO_AUDIO), "engine");
		return;
	}
	leg = call_release(by, by->caller, "picked_up");
	call_end(by, cause_of(CAUSE_PICKED_UP), "engine");
	if (waits) {
		former = takeover_caller(call, leg);
		leg_leave(&former, 0, NULL);
		return;
	}
	talk(call, former && call->callee ? former : NULL, leg);
}

/* ---- INVITE with Replaces ---- */

/* Why the dialog named cannot be taken; NULL: it can (RFC 3891 section 3). */
static const struct cause *obstacle(const struct call *by, const struct leg *leg,
                                    const struct replaces *replaces)
{
	const struct call *call = leg ? leg->owner : NULL;

	if (!leg || (leg->events && leg->events != &call_leg_events))
		return cause_of(CAUSE_NO_SUCH_DIALOG);
	if (leg->state >= LEG_LEAVING || !call)
		return cause_of(CAUSE_DIALOG_OVER);
	if (call == by || !uuid_equal(&call->snapshot->tenant, &by->snapshot->tenant))
		return cause_of(CAUSE_NO_SUCH_DIALOG);
	/* What a queue offers is its agent's. */
	if (leg->state == LEG_INVITED && queue_of_call(call))
		return cause_of(CAUSE_NO_SUCH_DIALOG);
	/* Who calls is not taken away from his own call before it is answered. */
	if (leg->state == LEG_INVITED && leg->caller)
		return cause_of(CAUSE_NO_SUCH_DIALOG);
	if (leg->state >= LEG_ANSWERED && replaces->early_only)
		return cause_of(CAUSE_NOT_RINGING);
	return NULL;
}

bool takeover_invited(struct call *by, const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_REPLACES);
	const struct cause *cause;
	struct replaces replaces;
	struct leg *leg;

	if (!header)
		return false;
	if (sip_msg_hdr_count(msg, SIP_HDR_REPLACES) != 1 ||
	    !replaces_read(&header->val, &replaces)) {
		call_end(by, cause_of(CAUSE_BAD_REPLACES), "engine");
		return true;
	}
	leg = leg_named(&by->calls->legs, replaces.call_id, replaces.to_tag, replaces.from_tag);
	cause = obstacle(by, leg, &replaces);
	if (cause)
		call_end(by, cause, "engine");
	else
		takeover(by, leg->owner, leg);
	return true;
}
