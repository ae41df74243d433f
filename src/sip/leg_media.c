/* What a leg and its phone have agreed on, and the media that follows from it. */
#include "sip/leg_media.h"

#include <sodium.h>

#include "sip/leg_private.h"
#include "sip/sdp_codecs.h"

static void on_silence(enum media_silence silence, void *arg)
{
	struct leg *leg = arg;

	if (leg->events)
		leg->events->silent(leg, silence == MEDIA_SILENT_BOTH);
}

enum error_code leg_media_open(struct leg *leg, const struct media_leg *like, bool secure,
                               bool help)
{
	struct media *media = leg->table->engine->media;
	struct sa address;
	enum error_code code;

	code = (help ? media_leg_open_kept : media_leg_open)(media, &leg->dialog.own, like,
	                                                     on_silence, leg, &leg->media, NULL);
	if (code)
		return code;
	leg->had_media = true;
	leg_own_address(leg, &address);
	sa_set_port(&address, media_leg_port(leg->media));
	sdp_local_init(&leg->local, &address, secure);
	return ERROR_OK;
}

enum error_code leg_media_apply(struct leg *leg, bool answered)
{
	const struct sdp *phone = leg->remote;
	struct media_remote remote;
	struct media_keys keys;
	bool secure = false;
	enum error_code code;

	if (!leg->media || !phone)
		return ERROR_INVALID;
	remote = (struct media_remote){
		.rtp = phone->rtp,
		.rtcp = phone->rtcp,
		.signalled = leg->dialog.hop,
		.mux = phone->mux && !answered, /* we do not offer it */
		.quiet = phone->direction != SDP_SENDRECV,
		.deaf = !(phone->direction & SDP_RECVONLY),
	};
	code = sdp_keys(&leg->local, phone, answered, &keys, &secure);
	if (!code)
		code = media_leg_secure(leg->media, secure ? &keys : NULL);
	sodium_memzero(&keys, sizeof(keys));
	if (!code)
		code = media_leg_remote(leg->media, &remote);
	leg->secured = secure;
	return code;
}

void leg_media_close(struct leg *leg)
{
	if (leg->media)
		media_leg_counters(leg->media, &leg->counters);
	media_leg_close(&leg->media);
}

static void set(struct sdp **holder, struct sdp *sdp)
{
	mem_ref(sdp);
	mem_deref(*holder);
	*holder = sdp;
}

enum error_code leg_agree(struct leg *leg, struct sdp *phone, struct sdp *told, bool phone_answered)
{
	set(&leg->remote, phone);
	set(&leg->told, told);
	leg->proposed = mem_deref(leg->proposed);
	leg->phone_answered = phone_answered;
	/* What answers a hold of ours does not hold us. */
	if (phone->direction & SDP_RECVONLY)
		leg->holding = false;
	else if (!phone_answered || (told && (told->direction & SDP_SENDONLY)))
		leg->holding = true;
	return leg_media_apply(leg, phone_answered);
}

enum error_code leg_answer(struct leg *leg, struct sdp *offer, struct sdp *told)
{
	enum error_code code = sdp_answer(&leg->local, offer, told);

	if (!code)
		code = leg_agree(leg, offer, told, false);
	if (!code)
		code = leg_reply(leg, 200, leg->local.last.data, false, NULL);
	return code;
}

enum error_code leg_propose(struct leg *leg, struct sdp *told)
{
	enum error_code code = sdp_offer(&leg->local, told);

	if (!code)
		code = leg_reply(leg, 200, leg->local.last.data, true, NULL);
	if (!code)
		set(&leg->proposed, told);
	return code;
}

enum error_code leg_proposed(struct leg *leg, struct sdp *answer)
{
	/* None: it says again what it said before (a 200 after early media). */
	struct sdp *told = leg->proposed ? TAKE(leg->proposed) : mem_ref(leg->told);
	const enum error_code code = answer ? leg_agree(leg, answer, told, true) : ERROR_NOT_FOUND;

	mem_deref(told);
	return code;
}

/* The whole of its offer, mirrored, with the ACK that was held. */
enum error_code leg_take(struct leg *leg, struct sdp *offer)
{
	struct sdp *all = NULL;
	enum error_code code =
		sdp_pick(offer, SDP_PICK_ALL, NULL, sdp_mirrored(offer->direction), &all);

	if (!code)
		code = sdp_answer(&leg->local, offer, all);
	if (!code)
		code = leg_agree(leg, offer, all, false);
	leg_ack(leg, code ? NULL : leg->local.last.data);
	mem_deref(all);
	return code;
}

void leg_modified(struct leg *leg, uint16_t status, struct sdp *description)
{
	if (status < 300 && description && !leg->proposed && leg->ack_held) {
		(void)!leg_take(leg, description);
		return;
	}
	if (leg->ack_held)
		leg_ack(leg, NULL);
	if (status < 300 && description && leg->proposed)
		(void)!leg_proposed(leg, description);
	leg->proposed = mem_deref(leg->proposed);
}

enum error_code leg_ask(struct leg *leg, bool update, struct sdp *offer)
{
	enum error_code code = ERROR_OK;

	if (!leg_settled(leg))
		return ERROR_BUSY;
	if (offer)
		code = sdp_offer(&leg->local, offer);
	if (!code)
		code = leg_modify(leg, update, offer ? leg->local.last.data : NULL);
	if (!code)
		set(&leg->proposed, offer);
	return code;
}

bool leg_fits(const struct leg *one, const struct leg *two)
{
	const struct sdp_agreed a = {one->remote, one->told, one->phone_answered};
	const struct sdp_agreed b = {two->remote, two->told, two->phone_answered};

	return sdp_fit(&a, &b);
}
