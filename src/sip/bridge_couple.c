/*
 * Two legs that come together with what each agreed on alone (RFC 3725 has the problem). Where what
 * one sends is what the other understands, nothing is asked. Else one is offered the codecs of the
 * other (re-INVITE); where its answer leaves something the other was told wrongly, the other is
 * offered that answer, and so on, each time from a smaller list. One that refuses is asked for an
 * offer of its own, which is answered with all it holds, and the other is offered that.
 */
#include <sodium.h>

#include "sip/bridge.h"
#include "sip/call_service.h"
#include "sip/leg_media.h"
#include "sip/sdp_codecs.h"

enum {
	TRIES_MOST = 6,
	REFUSALS_MOST = 4, /* each has refused an offer, and to make one */
	/* Section 14.1: how long to wait after two requests crossed, in units of 10 ms. */
	AGAIN_UNIT_MS = 10,
	AGAIN_OWNER_LEAST = 210,
	AGAIN_OWNER_MOST = 400,
	AGAIN_OTHER_MOST = 200,
};

static enum error_code finish(struct bridge *bridge)
{
	bridge->step = BRIDGE_DONE;
	bridge->asked = NULL;
	tmr_cancel(&bridge->again);
	return bridge_media(bridge);
}

/* The codecs of `other`, as an offer: those it was told last come first. */
static enum error_code make_offer(const struct leg *other, struct sdp **ret_offer)
{
	return sdp_pick(other->remote, other->told ? SDP_PICK_FIRST : SDP_PICK_ALL, other->told,
	                SDP_SENDRECV, ret_offer);
}

static enum error_code ask(struct bridge *bridge)
{
	struct leg *leg = bridge->asked;
	struct sdp *offer = NULL;
	enum error_code code = ERROR_OK;

	if (!bridge->without)
		code = make_offer(bridge_other(bridge, leg), &offer);
	if (!code)
		code = leg_ask(leg, false, offer);
	mem_deref(offer);
	if (code)
		return code;
	bridge->tries++;
	bridge->step = bridge->without ? BRIDGE_ASKED : BRIDGE_OFFERED;
	return ERROR_OK;
}

/* On with it, if anything is left to be done and may be done now. */
static enum error_code go_on(struct bridge *bridge)
{
	struct leg *one = bridge->one, *two = bridge->two;
	const bool held = bridge->music && (one->holding || two->holding);

	if (one->remote && two->remote && (held || leg_fits(one, two)))
		return finish(bridge);
	bridge->step = BRIDGE_WAITING;
	if (!leg_settled(one) || !leg_settled(two) || tmr_isrunning(&bridge->again))
		return ERROR_OK;
	if (bridge->tries >= TRIES_MOST)
		return ERROR_NOT_FOUND;
	return ask(bridge);
}

enum bridge_fate bridge_settled(struct bridge *bridge)
{
	if (bridge->step != BRIDGE_WAITING)
		return BRIDGE_HOLDS;
	return go_on(bridge) ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
}

static void on_again(void *arg)
{
	struct bridge *bridge = arg;
	const enum bridge_fate fate = bridge_settled(bridge);

	if (fate)
		bridge->fateh(fate, bridge->asked, bridge->arg);
}

static enum bridge_fate crossed(struct bridge *bridge)
{
	const uint32_t units =
		bridge->asked->caller
			? randombytes_uniform(AGAIN_OTHER_MOST + 1)
			: AGAIN_OWNER_LEAST +
				  randombytes_uniform(AGAIN_OWNER_MOST - AGAIN_OWNER_LEAST + 1);

	bridge->step = BRIDGE_WAITING;
	tmr_start(&bridge->again, (uint64_t)units * AGAIN_UNIT_MS + 1, on_again, bridge);
	return BRIDGE_HOLDS;
}

/* It keeps what it had: another way round. */
static enum bridge_fate refused(struct bridge *bridge)
{
	if (++bridge->refusals >= REFUSALS_MOST)
		return BRIDGE_NO_AUDIO;
	if (bridge->without)
		bridge->asked = bridge_other(bridge, bridge->asked);
	bridge->without = !bridge->without;
	return go_on(bridge) ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
}

enum bridge_fate couple_modified(struct bridge *bridge, struct leg *leg, uint16_t status,
                                 struct sdp *description)
{
	const bool offered = bridge->step == BRIDGE_OFFERED;
	enum error_code code;

	bridge->step = BRIDGE_WAITING;
	if (status == 491 || status == 500) /* 500: the same, with Retry-After (section 14.2) */
		return bridge->tries < TRIES_MOST ? crossed(bridge) : BRIDGE_NO_AUDIO;
	if (status < 300 && (offered || !description))
		leg_ack(leg, NULL);
	if (status >= 300 || !description)
		return refused(bridge);
	code = offered ? leg_proposed(leg, description) : leg_take(leg, description);
	if (code)
		return BRIDGE_NO_AUDIO;
	bridge->asked = bridge_other(bridge, leg);
	bridge->without = false;
	return go_on(bridge) ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
}

static void begin(struct bridge *bridge, struct leg *asked)
{
	bridge->asked = asked;
	bridge->without = false;
	bridge->tries = bridge->refusals = 0;
}

/* Also where they would fit: what its phone believes is not what we know. */
enum bridge_fate bridge_again(struct bridge *bridge, struct leg *leg)
{
	begin(bridge, leg);
	if (!bridge_other(bridge, leg)->remote || !leg_settled(leg) ||
	    !leg_settled(bridge_other(bridge, leg)))
		return go_on(bridge) ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
	return ask(bridge) ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
}

enum error_code bridge_couple(struct bridge *bridge, struct leg *one, struct leg *two)
{
	if (!one->media || !two->media)
		return ERROR_INVALID;
	bridge_join(bridge, one, two);
	begin(bridge, one);
	return go_on(bridge);
}

enum bridge_fate bridge_proposed(struct bridge *bridge, struct leg *leg)
{
	if (bridge->step == BRIDGE_DONE)
		begin(bridge, bridge_other(bridge, leg));
	return go_on(bridge) ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
}
