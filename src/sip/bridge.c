#include "sip/bridge.h"

#include <string.h>

#include "sip/cause.h"

enum { INFO_BODY_MAX = 2048, INFO_TYPE_MAX = 96 };

static void set_description(struct sdp **holder, struct sdp *sdp)
{
	mem_ref(sdp);
	mem_deref(*holder);
	*holder = sdp;
}

void bridge_join(struct bridge *bridge, struct leg *one, struct leg *two)
{
	*bridge = (struct bridge){.one = one, .two = two};
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
	bridge->one = bridge->two = NULL;
}

struct leg *bridge_other(const struct bridge *bridge, const struct leg *leg)
{
	return leg == bridge->one ? bridge->two : bridge->one;
}

enum error_code bridge_agree(struct leg *offering, struct sdp *offer, struct leg *answering,
                             struct sdp *answer)
{
	enum error_code code;

	set_description(&answering->remote, answer);
	set_description(&offering->remote, offer);
	code = leg_media_apply(answering, true);
	if (!code)
		code = sdp_answer(&offering->local, offer, answer);
	if (!code)
		code = leg_media_apply(offering, false);
	if (!code)
		code = media_bridge(offering->media, answering->media);
	return code;
}

/* The same words again: a phone that keeps its session alive. The other need not hear of it. */
static bool is_repeat(const struct leg *leg, const struct sdp *offer)
{
	return offer && leg->remote && offer->n == leg->remote->n &&
	       memcmp(offer->body, leg->remote->body, offer->n) == 0;
}

void bridge_modify(struct bridge *bridge, struct leg *leg, const struct sip_msg *msg,
                   struct sdp *offer)
{
	struct leg *other = bridge_other(bridge, leg);
	enum error_code code = ERROR_OK;

	if (!other || bridge->asking || !leg_settled(other)) {
		leg_tell(leg, 491);
		return;
	}
	if (is_repeat(leg, offer) && other->remote) {
		code = sdp_answer(&leg->local, offer, other->remote);
		(void)!leg_reply(leg, code ? 500 : 200, code ? NULL : leg->local.last.data, false,
		                 NULL);
		return;
	}
	const bool update = offer && other->allows_update && !pl_strcmp(&msg->met, "UPDATE");
	if (offer)
		code = sdp_offer(&other->local, offer);
	if (!code)
		code = leg_modify(other, update, offer ? other->local.last.data : NULL);
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
	if (description) {
		set_description(&other->remote, description);
		(void)!leg_media_apply(other, true);
	}
	if (leg->remote && !sdp_offer(&other->local, leg->remote))
		(void)!leg_modify(other, false, other->local.last.data);
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
		return BRIDGE_HOLDS;
	}
	code = bridge_agree(leg, bridge->offer, other, answer);
	(void)!leg_reply(leg, code ? 488 : 200, code ? NULL : leg->local.last.data, false, NULL);
	forget(bridge);
	/* One side has changed and the other cannot follow: nothing sensible is left. */
	return code ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
}

/* The other's offer, that `asking` wanted: its answer comes with the ACK. */
static enum bridge_fate offered(struct bridge *bridge, struct leg *other, struct sdp *offer)
{
	struct leg *leg = bridge->asking;
	enum error_code code = offer ? sdp_offer(&leg->local, offer) : ERROR_INVALID;

	if (!code) {
		bridge->offer = mem_ref(offer);
		code = leg_reply(leg, 200, leg->local.last.data, true, NULL);
	}
	if (!code)
		return BRIDGE_HOLDS;
	leg_ack(other, NULL);
	leg_tell(leg, 500);
	forget(bridge);
	return BRIDGE_NO_AUDIO;
}

enum bridge_fate bridge_modified(struct bridge *bridge, struct leg *leg, uint16_t status,
                                 struct sdp *description)
{
	struct leg *asking = bridge->asking;

	if (status == 408 || status == 481) /* section 12.2.1.2: its dialog is gone */
		return BRIDGE_LEG_GONE;
	if (!asking) { /* the answer to a restore */
		if (leg->ack_held)
			leg_ack(leg, NULL);
		if (status < 300 && description) {
			set_description(&leg->remote, description);
			(void)!leg_media_apply(leg, true);
		}
		return BRIDGE_HOLDS;
	}
	if (status >= 300) {
		if (!bridge->restore)
			leg_tell(asking, cause_modify_status(status));
		forget(bridge);
		return BRIDGE_HOLDS;
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
	enum error_code code = ERROR_INVALID;

	if (bridge->asking != leg || !other || !other->ack_held)
		return BRIDGE_HOLDS;
	if (answer)
		code = bridge_agree(other, bridge->offer, leg, answer);
	leg_ack(other, code ? NULL : other->local.last.data);
	forget(bridge);
	return code ? BRIDGE_NO_AUDIO : BRIDGE_HOLDS;
}

/* ---- INFO ---- */

/* On its own: either leg may go while it is under way. */
struct info {
	struct sip *sip;
	struct sa own; /* for Via */
	struct sip_strans *transaction;
	struct sip_msg *msg;
	struct sip_request *request;
};

static void info_destructor(void *arg)
{
	struct info *info = arg;

	mem_deref(info->transaction);
	mem_deref(info->msg);
	mem_deref(info->request);
}

static int send_info(enum sip_transp transport, const struct sa *source,
                     const struct sa *destination, struct mbuf *mb, void *arg)
{
	const struct info *info = arg;

	(void)transport;
	(void)source;
	(void)destination;
	return dialog_via(mb, &info->own);
}

static void on_info_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct info *info = arg;
	const uint16_t status = err ? 408 : msg->scode;

	if (status < 200)
		return;
	(void)sip_treply(&info->transaction, info->sip, info->msg, status,
	                 status == 200 ? "OK" : "Other phone");
	mem_deref(info);
}

/* It goes into a header line of ours. */
static bool type_clean(const char *type)
{
	for (; *type; type++) {
		if (*type <= 0x20 || *type >= 0x7f)
			return false;
	}
	return true;
}

void bridge_info(struct bridge *bridge, struct leg *leg, const struct sip_msg *msg)
{
	struct leg *other = bridge_other(bridge, leg);
	char type[INFO_TYPE_MAX] = "";
	struct info *info;

	if (mbuf_get_left(msg->mb) > 0 && !pl_isset(&msg->ctyp.type)) {
		leg_refuse(leg, msg, 400, NULL); /* section 20.15 */
		return;
	}
	if (!other || other->state != LEG_UP || mbuf_get_left(msg->mb) > INFO_BODY_MAX ||
	    re_snprintf(type, sizeof(type), "%r/%r", &msg->ctyp.type, &msg->ctyp.subtype) < 0 ||
	    !type_clean(type)) {
		leg_refuse(leg, msg, other && other->state == LEG_UP ? 413 : 481, NULL);
		return;
	}
	info = mem_zalloc(sizeof(*info), info_destructor);
	if (!info) {
		leg_refuse(leg, msg, 500, NULL);
		return;
	}
	const struct dialog_request request = {.method = "INFO",
	                                       .type = type,
	                                       .body = (const char *)mbuf_buf(msg->mb),
	                                       .n = mbuf_get_left(msg->mb),
	                                       .sendh = send_info,
	                                       .resph = on_info_answer,
	                                       .arg = info};
	info->sip = leg->table->engine->sip;
	leg_own_address(other, &info->own);
	info->msg = mem_ref((void *)(uintptr_t)msg);
	if (sip_strans_alloc(&info->transaction, info->sip, msg, NULL, NULL) ||
	    dialog_send(&other->dialog, info->sip, &request, &info->request)) {
		mem_deref(info);
		leg_refuse(leg, msg, 500, NULL);
	}
}
