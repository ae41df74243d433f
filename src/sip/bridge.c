#include "sip/bridge.h"

#include <string.h>

#include "sip/cause.h"
#include "sip/leg_media.h"
#include "sip/sdp_codecs.h"

void bridge_init(struct bridge *bridge, const struct voice_sound *hold, bridge_fate_h *fateh,
                 bridge_talks_h *talksh, void *arg)
{
	*bridge = (struct bridge){
		.fateh = fateh, .talksh = talksh, .arg = arg, .music = hold != NULL};
	if (hold)
		bridge->hold = *hold;
	tmr_init(&bridge->again);
}

static void forget(struct bridge *bridge)
{
	bridge->asking = NULL;
	bridge->restore = false;
	bridge->offer = mem_deref(bridge->offer);
}

void bridge_clear(struct bridge *bridge)
{
	forget(bridge);
	tmr_cancel(&bridge->again);
	bridge->step = BRIDGE_DONE;
	bridge->asked = NULL;
	bridge->one = bridge->two = NULL;
}

void bridge_join(struct bridge *bridge, struct leg *one, struct leg *two)
{
	bridge_clear(bridge);
	bridge->one = one;
	bridge->two = two;
}

struct leg *bridge_other(const struct bridge *bridge, const struct leg *leg)
{
	return leg == bridge->one ? bridge->two : bridge->one;
}

enum error_code bridge_agree(struct leg *offering, struct sdp *offer, struct leg *answering,
                             struct sdp *answer)
{
	enum error_code code = leg_agree(answering, answer, offer, true);

	if (!code)
		code = sdp_answer(&offering->local, offer, answer);
	if (!code)
		code = leg_agree(offering, offer, answer, false);
	if (code)
		return code;
	voice_stop(offering);
	voice_stop(answering);
	return media_bridge(offering->media, answering->media);
}

static bool hears_music(const struct bridge *bridge, const struct leg *leg)
{
	return bridge->music && bridge_other(bridge, leg)->holding && !leg->holding;
}

enum error_code bridge_media(struct bridge *bridge)
{
	struct leg *legs[] = {bridge->one, bridge->two};
	const bool held = bridge->music && (bridge->one->holding || bridge->two->holding);
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < COUNT_OF(legs); i++) {
		voice_stop(legs[i]);
		if (held && !code)
			code = media_bridge(legs[i]->media, NULL);
		/* What cannot be played is silence, and no reason to end a call. */
		if (held && hears_music(bridge, legs[i]))
			(void)!voice_play(legs[i], &bridge->hold, false, NULL, NULL);
	}
	if (held)
		return code;
	code = media_bridge(bridge->one->media, bridge->two->media);
	if (!code)
		bridge->talksh(bridge->arg);
	return code;
}

void bridge_modify(struct bridge *bridge, struct leg *leg, const struct sip_msg *msg,
                   struct sdp *offer)
{
	struct leg *other = bridge_other(bridge, leg);
	enum error_code code;

	if (!other || bridge->step > BRIDGE_WAITING) {
		leg_tell(leg, 491);
		return;
	}
	if (hold_modify(bridge, leg, offer))
		return;
	if (bridge->asking || !leg_settled(other)) {
		leg_tell(leg, 491);
		return;
	}
	const bool update = offer && other->allows_update && !pl_strcmp(&msg->met, "UPDATE");
	code = leg_ask(other, update, offer);
	if (code) {
		(void)!leg_reply(leg, code == ERROR_BUSY ? 491 : 500, NULL, false, NULL);
		return;
	}
	bridge->asking = leg;
	bridge->offer = mem_ref(offer);
}

void bridge_withdrawn(struct bridge *bridge, struct leg *leg)
{
	if (bridge->asking == leg)
		bridge->restore = true;
}

/* What was asked is no longer wanted, and the other has agreed to it: tell it the old again. */
static void restore(struct bridge *bridge, struct leg *other, struct sdp *description)
{
	struct leg *leg = bridge->asking;

	forget(bridge);
	if (other->ack_held)
		leg_ack(other, NULL);
	if (description)
		(void)!leg_proposed(other, description);
	if (leg->remote)
		(void)!leg_ask(other, false, leg->remote);
}

/* An answer is of what was offered (RFC 3264 section 6.1). */
static bool answers(const struct sdp *answer, const struct sdp *offer)
{
	struct sdp *common = NULL;
	const enum error_code code = sdp_pick(answer, SDP_PICK_ONLY, offer, SDP_SENDRECV, &common);

	mem_deref(common);
	return code != ERROR_NOT_FOUND;
}

/* Of the exchange that `asking` began; where it comes to nothing, what it had stays. */
static enum error_code complete(struct bridge *bridge, struct leg *offering, struct leg *answering,
                                struct sdp *answer)
{
	struct leg *asking = bridge->asking;
	struct sdp *remote = mem_ref(asking->remote), *told = mem_ref(asking->told);
	const bool answered = asking->phone_answered;
	enum error_code code = ERROR_NOT_FOUND;

	if (answer && answers(answer, bridge->offer))
		code = bridge_agree(offering, bridge->offer, answering, answer);
	if (code && remote && asking->remote != remote)
		(void)!leg_agree(asking, remote, told, answered);
	mem_deref(remote);
	mem_deref(told);
	return code;
}

/* What was said in vain is over, but this phone believes in it (RFC 3261 section 14.1: the session
 * stays as it was): it is asked again. */
static enum bridge_fate again(struct bridge *bridge, struct leg *leg)
{
	forget(bridge);
	return bridge_again(bridge, leg);
}

static enum bridge_fate agreed(struct bridge *bridge, struct leg *other, struct sdp *answer)
{
	struct leg *leg = bridge->asking;
	enum error_code code;

	if (other->ack_held)
		leg_ack(other, NULL);
	if (!answer) {
		leg_tell(leg, 500);
		forget(bridge);
		return bridge_settled(bridge);
	}
	code = complete(bridge, leg, other, answer);
	(void)!leg_reply(leg, code ? 488 : 200, code ? NULL : leg->local.last.data, false, NULL);
	if (code)
		return again(bridge, other);
	forget(bridge);
	bridge->talksh(bridge->arg);
	return bridge_settled(bridge);
}

/* The other's offer, that `asking` wanted: its answer comes with the ACK. */
static enum bridge_fate offered(struct bridge *bridge, struct leg *other, struct sdp *offer)
{
	struct leg *leg = bridge->asking;
	enum error_code code = offer ? ERROR_OK : ERROR_INVALID;

	if (!code) {
		bridge->offer = mem_ref(offer);
		code = leg_propose(leg, offer);
	}
	if (!code)
		return BRIDGE_HOLDS;
	leg_tell(leg, 488);
	if (offer) {
		(void)!leg_take(other, offer);
		return again(bridge, other);
	}
	leg_ack(other, NULL);
	forget(bridge);
	return bridge_settled(bridge);
}

enum bridge_fate bridge_modified(struct bridge *bridge, struct leg *leg, uint16_t status,
                                 struct sdp *description)
{
	struct leg *asking = bridge->asking;

	if (status == 408 || status == 481) /* section 12.2.1.2: its dialog is gone */
		return BRIDGE_LEG_GONE;
	if (bridge->step > BRIDGE_WAITING && leg == bridge->asked)
		return couple_modified(bridge, leg, status, description);
	if (!asking) { /* to a restore, or to what was asked in a call before this one */
		leg_modified(leg, status, description);
		return bridge_settled(bridge);
	}
	if (status >= 300) {
		if (!bridge->restore)
			leg_tell(asking, cause_modify_status(status));
		forget(bridge);
		return bridge_settled(bridge);
	}
	if (bridge->restore) {
		restore(bridge, leg, bridge->offer ? description : NULL);
		return BRIDGE_HOLDS;
	}
	return bridge->offer ? agreed(bridge, leg, description) : offered(bridge, leg, description);
}

enum bridge_fate bridge_acked(struct bridge *bridge, struct leg *leg, struct sdp *answer)
{
	struct leg *other = bridge_other(bridge, leg);

	if (bridge->asking != leg || !other || !other->ack_held)
		return bridge_settled(bridge);
	if (complete(bridge, other, leg, answer)) {
		(void)!leg_take(other, bridge->offer); /* an offer must be answered */
		return again(bridge, leg);
	}
	leg_ack(other, other->local.last.data);
	forget(bridge);
	bridge->talksh(bridge->arg);
	return bridge_settled(bridge);
}
