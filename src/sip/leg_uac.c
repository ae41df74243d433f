/* A leg asks: INVITE, its CANCEL and ACK, re-INVITE and UPDATE. */
#include <string.h>

#include "base/clock.h"
#include "sip/leg_media.h"
#include "sip/leg_private.h"
#include "sip/listen.h"

enum error_code leg_call(struct leg_table *table, const struct dialog_start *start,
                         const struct leg_events *events, void *owner, struct leg **ret_leg)
{
	struct leg *leg = leg_new(table, events, owner);
	enum error_code code;

	if (!leg)
		return ERROR_MEMORY;
	leg->state = LEG_INVITED;
	code = dialog_start(&leg->dialog, start);
	if (!code && !sa_isset(&start->own, SA_ADDR) &&
	    !listen_source(table->engine, &start->hop, &leg->dialog.own))
		code = ERROR_IO;
	if (code) {
		mem_deref(leg);
		return code;
	}
	leg_insert(leg);
	*ret_leg = leg;
	return ERROR_OK;
}

/* Adds Via's address and Contact; keeps what a CANCEL must repeat: the URI and the Via that stand
 * there already. */
static int send_invite(enum sip_transp transport, const struct sa *source,
                       const struct sa *destination, struct mbuf *mb, void *arg)
{
	struct leg *leg = arg;
	AUTO(text_clear) struct text contact = {0};
	int failed = leg_send_plain(transport, source, destination, mb, leg);
	const char *line = (const char *)mb->buf;
	const char *uri = memchr(line, ' ', mb->pos);

	if (failed)
		return failed;
	text_reset(&leg->head);
	if (uri)
		text_add_n(&leg->head, uri + 1, (size_t)(line + mb->pos - uri - 1));
	leg->sent_to = *destination;
	leg->sent_by = transport;
	leg_contact_text(leg, &contact);
	if (contact.failed || leg->head.failed)
		return ENOMEM;
	return mbuf_write_mem(mb, (const uint8_t *)contact.data, contact.length);
}

static void on_answer(struct leg *leg, const struct sip_msg *msg)
{
	struct sdp *answer = NULL;

	leg->status = msg->scode;
	leg->answered_us = clock_unix_us();
	leg->state = LEG_ANSWERED;
	leg->ack_cseq = msg->cseq.num;
	tmr_cancel(&leg->timer);
	if (dialog_progress(&leg->dialog, msg)) {
		/* No tag, so no dialog that a BYE could end. */
		leg->state = LEG_OVER;
		leg->status = 502;
		if (leg->events)
			leg->events->failed(leg, leg->status);
		else
			leg_end(leg);
		return;
	}
	leg_note_allow(leg, msg);
	if (!leg->events) { /* it answered while the CANCEL was on its way */
		leg_ack(leg, NULL);
		leg_bye(leg);
		return;
	}
	if (leg_description(leg, msg, &answer) == ERROR_OK && answer) {
		mem_deref(leg->remote);
		leg->remote = answer;
	}
	const struct session_timer session = session_timer_agreed(msg);
	leg_session(leg, &session);
	leg->events->answered(leg);
}

static void on_progress(struct leg *leg, const struct sip_msg *msg)
{
	struct sdp *early = NULL;

	leg->provisional = true;
	if (leg->cancelling) {
		if (!tmr_isrunning(&leg->timer))
			leg_cancel(leg);
		return;
	}
	if (msg->scode == 100 || !leg->events || dialog_progress(&leg->dialog, msg))
		return;
	if (leg->ringing_us == 0)
		leg->ringing_us = clock_unix_us();
	if (leg->asked_offer && !leg->remote && leg_description(leg, msg, &early) == ERROR_OK)
		leg->remote = early;
	leg->events->progress(leg, msg->scode, early != NULL);
}

static void on_invite(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;

	if (!err && msg->scode < 200) {
		on_progress(leg, msg);
		return;
	}
	if (!err && msg->scode < 300) {
		on_answer(leg, msg);
		return;
	}
	leg->status = err ? 408 : msg->scode;
	leg->state = LEG_OVER;
	tmr_cancel(&leg->timer);
	if (leg->events)
		leg->events->failed(leg, leg->status);
	else
		leg_end(leg);
}

enum error_code leg_invite(struct leg *leg, const struct sdp *offer, unsigned hops)
{
	AUTO(text_clear) struct text headers = {0};
	struct dialog_request invite = {.method = "INVITE",
	                                .hops = &hops,
	                                .type = "application/sdp",
	                                .sendh = send_invite,
	                                .resph = on_invite,
	                                .arg = leg};
	enum error_code code = offer ? sdp_offer(&leg->local, offer) : ERROR_OK;

	if (code)
		return code;
	text_add(&headers, LEG_ALLOW LEG_SUPPORTED);
	session_timer_ask(&headers);
	if (headers.failed)
		return ERROR_MEMORY;
	invite.headers = headers.data;
	leg->asked_offer = offer != NULL;
	if (offer) {
		invite.body = leg->local.last.data;
		invite.n = leg->local.last.length;
	}
	code = dialog_send(&leg->dialog, leg->table->engine->sip, &invite, &leg->asked);
	leg->invite_cseq = leg->dialog.local_cseq;
	return code;
}

/* ---- CANCEL ---- */

static void send_cancel(struct leg *leg)
{
	const struct dialog_request cancel = {.method = "CANCEL", .headers = leg->reason};
	AUTO(text_clear) struct text out = {0};
	struct mbuf *mb;

	text_add(&out, "CANCEL ");
	text_add(&out, text_string(&leg->head));
	dialog_write(&leg->dialog, &cancel, leg->invite_cseq, &out);
	mb = out.failed ? NULL : mbuf_alloc(out.length);
	if (mb && !mbuf_write_mem(mb, (const uint8_t *)out.data, out.length)) {
		mb->pos = 0;
		(void)sip_send(leg->table->engine->sip, NULL, leg->sent_by, &leg->sent_to, mb);
	}
	mem_deref(mb);
}

static void on_cancel_repeat(void *arg)
{
	struct leg *leg = arg;

	if (!leg_repeat_next(leg, on_cancel_repeat)) { /* section 9.1: it is as good as cancelled */
		leg->asked = mem_deref(leg->asked);
		leg_end(leg);
		return;
	}
	if (leg->sent_by == SIP_TRANSP_UDP)
		send_cancel(leg);
}

void leg_cancel(struct leg *leg)
{
	leg->cancelling = true;
	if (!leg->asked) { /* never sent, or its end is being told right now */
		leg_end(leg);
		return;
	}
	if (!leg->provisional) /* section 9.1: not before; its own timer B ends it otherwise */
		return;
	send_cancel(leg);
	leg_repeat(leg, on_cancel_repeat);
}

bool leg_ask_back(struct leg *leg)
{
	if (leg->state != LEG_INVITED || !leg->asked || !leg->provisional)
		return false;
	leg_cancel(leg);
	return true;
}

/* ---- ACK ---- */

static int send_ack(enum sip_transp transport, const struct sa *source,
                    const struct sa *destination, struct mbuf *mb, void *arg)
{
	struct leg *leg = arg;

	mem_deref(leg->ack);
	leg->ack = mem_ref(mb);
	leg->sent_to = *destination;
	leg->sent_by = transport;
	return leg_send_plain(transport, source, destination, mb, leg);
}

void leg_ack(struct leg *leg, const char *body)
{
	const struct dialog_request ack = {.method = "ACK",
	                                   .cseq = leg->ack_cseq,
	                                   .type = "application/sdp",
	                                   .body = body,
	                                   .n = str_len(body),
	                                   .sendh = send_ack,
	                                   .arg = leg};

	leg->ack_held = false;
	if (leg->state == LEG_ANSWERED)
		leg->state = LEG_UP;
	/* Lost like any datagram: the phone repeats its 2xx, and leg_stray_answer the ACK. */
	(void)!dialog_send(&leg->dialog, leg->table->engine->sip, &ack, NULL);
}

void leg_stray_answer(struct leg *leg, const struct sip_msg *msg)
{
	if (leg->ack && !leg->ack_held && msg->cseq.num == leg->ack_cseq)
		(void)sip_send(leg->table->engine->sip, NULL, leg->sent_by, &leg->sent_to,
		               leg->ack);
}

/* ---- re-INVITE and UPDATE ---- */

static void refresh_done(struct leg *leg, uint16_t status, struct sdp *description)
{
	leg->refreshing = false;
	if (status == 408 || status == 481) {
		leg->events->gone(leg, "session_expired");
		return;
	}
	if (status >= 300) {
		leg_session(leg, NULL); /* something crossed it: again in a while */
	} else if (!leg->asked_update) {
		leg_ack(leg, NULL);
		if (description)
			(void)!leg_agree(leg, description, leg->told, true);
	}
	leg->events->settled(leg);
}

static void on_modified(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;
	const uint16_t status = err ? 408 : msg->scode;
	struct sdp *description = NULL;

	if (status < 200)
		return;
	if (status < 300) {
		const struct session_timer session = session_timer_agreed(msg);

		if (!leg->asked_update)
			leg->ack_cseq = msg->cseq.num;
		leg->ack_held = !leg->asked_update;
		dialog_refresh(&leg->dialog, msg);
		if (leg->events && leg_description(leg, msg, &description) != ERROR_OK)
			description = NULL;
		if (leg->events)
			leg_session(leg, &session);
	}
	if (!leg->events) {
		if (leg->ack_held)
			leg_ack(leg, NULL);
	} else if (leg->refreshing) {
		refresh_done(leg, status, description);
	} else {
		leg->events->modified(leg, status, description);
	}
	mem_deref(description);
}

bool leg_settled(const struct leg *leg)
{
	return leg->state == LEG_UP && !leg->transaction && !leg->reply && !leg->asked &&
	       !leg->ack_held;
}

enum error_code leg_modify(struct leg *leg, bool update, const char *body)
{
	AUTO(text_clear) struct text headers = {0};
	struct dialog_request request = {.method = update ? "UPDATE" : "INVITE",
	                                 .type = "application/sdp",
	                                 .body = body,
	                                 .n = str_len(body),
	                                 .sendh = send_invite,
	                                 .resph = on_modified,
	                                 .arg = leg};
	enum error_code code;

	if (!leg_settled(leg))
		return ERROR_BUSY;
	text_add(&headers, LEG_ALLOW LEG_SUPPORTED);
	session_timer_ask(&headers);
	if (headers.failed)
		return ERROR_MEMORY;
	request.headers = headers.data;
	leg->asked_update = update;
	leg->asked_offer = body != NULL;
	code = dialog_send(&leg->dialog, leg->table->engine->sip, &request, &leg->asked);
	if (!update)
		leg->invite_cseq = leg->dialog.local_cseq;
	return code;
}

/* ---- OPTIONS ---- */

static void on_probed(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;
	const uint16_t status = err ? 408 : msg->scode;

	if (status >= 200 && leg->events && leg->state == LEG_UP &&
	    (status == 408 || status == 481))
		leg->events->gone(leg, "media_silence");
}

void leg_probe(struct leg *leg)
{
	const struct dialog_request probe = {
		.method = "OPTIONS", .sendh = leg_send_plain, .resph = on_probed, .arg = leg};

	if (leg->state == LEG_UP && !leg->probe)
		(void)!dialog_send(&leg->dialog, leg->table->engine->sip, &probe, &leg->probe);
}
