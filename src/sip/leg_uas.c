/* A leg answers: the INVITE, re-INVITE and UPDATE of its phone, and the repeats of a 2xx. */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "sip/leg_private.h"
#include "sip/reply.h"

static void on_cancel(void *arg)
{
	struct leg *leg = arg;
	const struct leg_events *events = leg->events;
	const bool initial = leg->state == LEG_INVITED;

	leg_tell(leg, 487);
	if (!initial) {
		if (events)
			events->withdrawn(leg);
		return;
	}
	leg->state = LEG_OVER;
	if (events)
		events->cancelled(leg);
	else
		leg_end(leg);
}

enum error_code leg_accept(struct leg_table *table, const struct sip_msg *msg,
                           const struct leg_events *events, void *owner, struct leg **ret_leg)
{
	struct leg *leg = leg_new(table, events, owner);
	enum error_code code;

	if (!leg)
		return ERROR_MEMORY;
	leg->caller = true;
	leg->state = LEG_INVITED;
	code = dialog_accept(&leg->dialog, msg);
	if (!code && sip_strans_alloc(&leg->transaction, table->engine->sip, msg, on_cancel, leg))
		code = ERROR_MEMORY;
	if (code) {
		mem_deref(leg);
		return code;
	}
	leg->request = mem_ref((void *)(uintptr_t)msg);
	leg_note_allow(leg, msg);
	leg_insert(leg);
	/* On failure libre has dropped the transaction: nothing can be answered any more. */
	if (sip_treply(&leg->transaction, table->engine->sip, msg, 100, "Trying")) {
		mem_deref(leg);
		return ERROR_IO;
	}
	*ret_leg = leg;
	return ERROR_OK;
}

void leg_retag(struct leg *leg)
{
	if (!leg->request || !leg->transaction)
		return;
	randombytes_buf(&leg->request->tag, sizeof(leg->request->tag));
	hash_unlink(&leg->he);
	(void)re_snprintf(leg->dialog.local_tag, sizeof(leg->dialog.local_tag), "%016llx",
	                  leg->request->tag);
	leg_insert(leg);
}

static void on_repeat(void *arg)
{
	struct leg *leg = arg;

	if (leg_repeat_next(leg, on_repeat)) {
		(void)sip_send(leg->table->engine->sip, leg->request->sock, leg->request->tp,
		               &leg->request->src, leg->reply);
		return;
	}
	/* Section 13.3.1.4: no ACK: the session is ended with BYE. */
	leg->state = LEG_UP;
	leg->reply = mem_deref(leg->reply);
	leg->request = mem_deref(leg->request);
	if (leg->events)
		leg->events->gone(leg, "no_ack");
	else
		leg_bye(leg);
}

/* What stands between the status line and the body. */
static void reply_lines(const struct leg *leg, uint16_t status, const char *headers,
                        struct text *out)
{
	if (status > 100 && status < 300) {
		leg_contact_text(leg, out);
		text_add(out, LEG_ALLOW);
	}
	if (status >= 200 && status < 300) {
		text_add(out, LEG_SUPPORTED);
		session_timer_write(&leg->session, out);
	}
	if (headers)
		text_add(out, headers);
}

enum error_code leg_reply(struct leg *leg, uint16_t status, const char *body, bool offered,
                          const char *headers)
{
	AUTO(text_clear) struct text lines = {0};
	const bool is_invite = leg->request && !pl_strcmp(&leg->request->met, "INVITE");
	const bool repeats = is_invite && status >= 200 && status < 300;
	int failed;

	if (!leg->transaction || !leg->request)
		return ERROR_INTERNAL;
	reply_lines(leg, status, headers, &lines);
	if (lines.failed)
		return ERROR_MEMORY;
	failed = sip_treplyf(&leg->transaction, repeats ? &leg->reply : NULL,
	                     leg->table->engine->sip, leg->request, true, status,
	                     reply_reason(status), "%s%sContent-Length: %zu\r\n\r\n%s",
	                     text_string(&lines), body ? "Content-Type: application/sdp\r\n" : "",
	                     str_len(body), body ? body : "");
	if (failed) {
		leg->request = mem_deref(leg->request);
		return ERROR_IO;
	}
	if (status < 200)
		return ERROR_OK;
	if (leg->state == LEG_INVITED)
		leg->status = status;
	if (status < 300)
		leg_session(leg, &leg->session);
	if (!repeats) {
		leg->request = mem_deref(leg->request);
		return ERROR_OK;
	}
	leg->reply_cseq = leg->request->cseq.num;
	leg->reply_offered = offered;
	if (leg->state == LEG_INVITED) {
		leg->state = LEG_ANSWERED;
		leg->answered_us = clock_unix_us();
	}
	leg_repeat(leg, on_repeat);
	return ERROR_OK;
}

void leg_tell(struct leg *leg, uint16_t status)
{
	(void)!leg_reply(leg, status, NULL, false, NULL);
}

void leg_on_ack(struct leg *leg, const struct sip_msg *msg)
{
	struct sdp *answer = NULL;

	if (!leg->reply || msg->cseq.num != leg->reply_cseq)
		return;
	tmr_cancel(&leg->timer);
	leg->reply = mem_deref(leg->reply);
	leg->request = mem_deref(leg->request);
	if (leg->state == LEG_ANSWERED)
		leg->state = LEG_UP;
	if (!leg->events) {
		if (leg->state == LEG_UP)
			leg_bye(leg);
		return;
	}
	/* Its owner sees that an answer is missing and ends the call. */
	if (leg->reply_offered && leg_description(leg, msg, &answer) != ERROR_OK)
		answer = NULL;
	leg->events->acked(leg, answer);
	mem_deref(answer);
}

/* The SIP status for a description that cannot be used. */
static uint16_t description_status(enum error_code code)
{
	switch (code) {
	case ERROR_USAGE:
		return 415;
	case ERROR_TOO_LARGE:
		return 413;
	case ERROR_NOT_FOUND:
		return 488;
	case ERROR_MEMORY:
		return 500;
	default:
		return 400;
	}
}

/* Why a modification cannot be taken now; 0: it can (RFC 3261 section 14.2, RFC 3311). */
static uint16_t modify_obstacle(const struct leg *leg)
{
	if (!leg->events)
		return 481;
	if (leg->transaction || leg->reply || leg->state == LEG_ANSWERED)
		return leg->caller && leg->state != LEG_UP ? 491 : 500;
	if (leg->asked || leg->ack_held)
		return 491;
	return leg->state == LEG_UP ? 0 : 491;
}

static bool prepare(struct leg *leg, const struct sip_msg *msg, struct sdp **ret_offer)
{
	const uint16_t obstacle = modify_obstacle(leg);
	struct session_timer session;
	enum error_code code;
	char retry[32];

	if (obstacle) {
		(void)re_snprintf(retry, sizeof(retry), "Retry-After: %u\r\n",
		                  randombytes_uniform(10) + 1);
		leg_refuse(leg, msg, obstacle, obstacle == 500 ? retry : NULL);
		return false;
	}
	if (!session_timer_answer(msg, &session)) {
		leg_refuse(leg, msg, 422, "Min-SE: 90\r\n");
		return false;
	}
	code = leg_description(leg, msg, ret_offer);
	if (code) {
		leg_refuse(leg, msg, description_status(code),
		           code == ERROR_USAGE ? "Accept: application/sdp\r\n" : NULL);
		return false;
	}
	leg->session = session;
	return true;
}

void leg_on_modify(struct leg *leg, const struct sip_msg *msg)
{
	struct sdp *offer = NULL;

	if (!prepare(leg, msg, &offer))
		return;
	if (sip_strans_alloc(&leg->transaction, leg->table->engine->sip, msg, on_cancel, leg)) {
		mem_deref(offer);
		leg_refuse(leg, msg, 500, NULL);
		return;
	}
	leg->request = mem_ref((void *)(uintptr_t)msg);
	leg_note_allow(leg, msg);
	dialog_refresh(&leg->dialog, msg);
	if (!pl_strcmp(&msg->met, "INVITE"))
		leg_tell(leg, 100); /* the other phone may take its time (section 17.2.1) */
	if (!offer && !pl_strcmp(&msg->met, "UPDATE"))
		leg_tell(leg, 200); /* the session timer's only */
	else
		leg->events->modify(leg, msg, offer);
	mem_deref(offer);
}
