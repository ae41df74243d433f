/*
 * What one of two who talk may ask without the other hearing of it: a hold (the other hears music
 * then), the end of it, and the same description again, which keeps a session alive.
 */
#include <string.h>

#include "sip/bridge.h"
#include "sip/leg_media.h"
#include "sip/sdp_codecs.h"

static bool is_repeat(const struct leg *leg, const struct sdp *offer)
{
	return leg->remote && offer->n == leg->remote->n &&
	       memcmp(offer->body, leg->remote->body, offer->n) == 0;
}

/* An answer with what the phone was told before, as far as its offer still has it; where nothing of
 * that is left, with what we could play. */
static enum error_code own_answer(const struct leg *leg, const struct sdp *offer, bool play,
                                  struct sdp **ret_told)
{
	const enum sdp_dir direction = is_repeat(leg, offer) && !leg->phone_answered && leg->told
	                                       ? leg->told->direction
	                                       : sdp_mirrored(offer->direction);
	struct sdp *voice = NULL;
	enum error_code code = ERROR_NOT_FOUND;

	if (leg->told)
		code = sdp_pick(leg->told, SDP_PICK_ONLY, offer, direction, ret_told);
	if (code != ERROR_NOT_FOUND || !play)
		return code;
	code = voice_describe(offer, &voice);
	if (!code)
		code = sdp_pick(voice, SDP_PICK_ALL, NULL, direction, ret_told);
	mem_deref(voice);
	return code;
}

/* Would the two hear each other if this were the answer? */
static bool would_fit(const struct sdp *offer, const struct sdp *told, const struct leg *other)
{
	const struct sdp_agreed a = {offer, told, false};
	const struct sdp_agreed b = {other->remote, other->told, other->phone_answered};

	return sdp_fit(&a, &b);
}

/* The other's phone hears nothing of it. */
static void answer(struct bridge *bridge, struct leg *leg, struct sdp *offer, struct sdp *told)
{
	const bool repeat = is_repeat(leg, offer);

	if (leg_answer(leg, offer, told))
		leg_tell(leg, 488);
	else if (bridge->step == BRIDGE_DONE && !repeat)
		(void)!bridge_media(bridge);
}

/* A phone that has none of our codecs could hear no music. */
static bool can_hear(const struct leg *leg)
{
	struct sdp *voice = NULL;
	const bool can = leg->remote && voice_describe(leg->remote, &voice) == ERROR_OK;

	mem_deref(voice);
	return can;
}

/* It wants an offer while somebody is on hold: ours, with what it was told. */
static bool propose(struct leg *leg)
{
	struct sdp *told = NULL;

	if (!leg->told || sdp_pick(leg->told, SDP_PICK_ALL, NULL, SDP_SENDRECV, &told) != ERROR_OK)
		return false;
	if (leg_propose(leg, told))
		leg_tell(leg, 500);
	mem_deref(told);
	return true;
}

bool hold_modify(struct bridge *bridge, struct leg *leg, struct sdp *offer)
{
	struct leg *other = bridge_other(bridge, leg);
	const bool held = bridge->music && (leg->holding || other->holding);
	struct sdp *told = NULL;
	bool ours;

	if (!offer)
		return held && propose(leg);
	const bool holds = bridge->music && !(offer->direction & SDP_RECVONLY) && can_hear(other);
	if (own_answer(leg, offer, holds || held, &told))
		return false;
	/* A phone that is on hold itself goes on hearing music; a resume must fit. */
	ours = holds || is_repeat(leg, offer) ||
	       (held && (other->holding || would_fit(offer, told, other)));
	if (ours)
		answer(bridge, leg, offer, told);
	mem_deref(told);
	return ours;
}
