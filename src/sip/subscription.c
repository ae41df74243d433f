#include "sip/subscription.h"

#include "sip/leg_idle.h"
#include "sip/leg_media.h"
#include "sip/leg_private.h"
#include "sip/refer.h"
#include "sip/reply.h"

enum {
	ACTIVE_S = 600, /* longer than any phone rings here */
	FAREWELL_MS = 2000,
	PHRASE_MAX = 64,
};

struct subscription {
	struct le le; /* of the leg table */
	struct leg_table *table;
	struct leg *leg;
	struct dialog dialog; /* once the leg is gone */
	struct sa own;
	char contact[128];
	char event[32]; /* with the REFER's number, from the second on */
	bool deaf;      /* wants to hear nothing, or does not answer */

	struct sip_request *request; /* a NOTIFY under way */
	uint16_t status;             /* to be told next; 0: nothing */
	char reason[PHRASE_MAX];
	bool last; /* status is the last word, or it was */
	struct leg *leaving;
	struct tmr farewell;
};

static void destructor(void *arg)
{
	struct subscription *subscription = arg;

	tmr_cancel(&subscription->farewell);
	list_unlink(&subscription->le);
	if (subscription->leg)
		subscription->leg->referring = false;
	mem_deref(subscription->request);
	mem_deref(subscription->leaving);
}

size_t subscriptions_leaving(const struct leg_table *table)
{
	size_t n = 0;
	struct le *le;

	LIST_FOREACH(&table->subscriptions, le)
	{
		const struct subscription *subscription = le->data;

		n += subscription->leaving != NULL;
	}
	return n;
}

void subscriptions_forget(const struct leg *leg)
{
	struct le *le;

	LIST_FOREACH(&leg->table->subscriptions, le)
	{
		struct subscription *subscription = le->data;

		if (subscription->leg != leg)
			continue;
		subscription->dialog = leg->dialog;
		subscription->leg = NULL;
	}
}

static int send_notify(enum sip_transp transport, const struct sa *source,
                       const struct sa *destination, struct mbuf *mb, void *arg)
{
	const struct subscription *subscription = arg;

	(void)transport;
	(void)source;
	(void)destination;
	return dialog_via(mb, &subscription->own);
}

static void on_answer(int err, const struct sip_msg *msg, void *arg);

/* False: there was nothing to say, or it cannot be said. */
static bool say(struct subscription *subscription)
{
	const uint16_t status = subscription->status;
	char headers[320], body[PHRASE_MAX + 32];
	struct dialog *dialog =
		subscription->leg ? &subscription->leg->dialog : &subscription->dialog;

	if (!status || subscription->deaf)
		return false;
	subscription->status = 0;
	const int n =
		re_snprintf(body, sizeof(body), "SIP/2.0 %u %s\r\n", status, subscription->reason);
	const int k = re_snprintf(
		headers, sizeof(headers), "%sEvent: %s\r\nSubscription-State: %s\r\n",
		subscription->contact, subscription->event,
		subscription->last ? "terminated;reason=noresource" : "active;expires=600");
	const struct dialog_request request = {.method = "NOTIFY",
	                                       .headers = headers,
	                                       .type = "message/sipfrag;version=2.0",
	                                       .body = body,
	                                       .n = n > 0 ? (size_t)n : 0,
	                                       .sendh = send_notify,
	                                       .resph = on_answer,
	                                       .arg = subscription};
	return n > 0 && k > 0 &&
	       dialog_send(dialog, subscription->table->engine->sip, &request,
	                   &subscription->request) == ERROR_OK;
}

/* The last word is said, or nobody hears it. */
static void end(struct subscription *subscription)
{
	leg_leave(&subscription->leaving, 0, NULL);
	mem_deref(subscription);
}

static void on_answer(int err, const struct sip_msg *msg, void *arg)
{
	struct subscription *subscription = arg;

	if (!err && msg->scode < 200)
		return;
	subscription->deaf = subscription->deaf || err || msg->scode >= 300;
	if (!say(subscription) && subscription->last)
		end(subscription);
}

static void on_farewell(void *arg)
{
	struct subscription *subscription = arg;

	leg_leave(&subscription->leaving, 0, NULL);
}

static void tell(struct subscription *subscription, uint16_t status, const char *reason)
{
	subscription->status = status;
	(void)re_snprintf(subscription->reason, sizeof(subscription->reason), "%s",
	                  reason ? reason : reply_reason(status));
}

/* Asked for at all, and understood? */
static bool is_silent(const struct sip_msg *refer)
{
	const struct sip_hdr *header = sip_msg_xhdr(refer, "Refer-Sub");
	bool wanted;

	return header && refer_sub_read(&header->val, &wanted) && !wanted;
}

enum error_code subscription_open(struct leg *leg, const struct sip_msg *refer,
                                  struct subscription **ret_subscription)
{
	struct subscription *subscription = mem_zalloc(sizeof(*subscription), destructor);
	AUTO(text_clear) struct text contact = {0};
	const bool silent = is_silent(refer);

	if (!subscription)
		return ERROR_MEMORY;
	subscription->table = leg->table;
	leg_own_address(leg, &subscription->own);
	leg_contact_text(leg, &contact);
	if (contact.failed || contact.length >= sizeof(subscription->contact)) {
		mem_deref(subscription);
		return ERROR_MEMORY;
	}
	memcpy(subscription->contact, contact.data, contact.length + 1);
	(void)re_snprintf(subscription->event, sizeof(subscription->event),
	                  leg->refers++ ? "refer;id=%u" : "refer", refer->cseq.num);
	tmr_init(&subscription->farewell);
	list_append(&leg->table->subscriptions, &subscription->le, subscription);
	subscription->leg = leg;
	leg->referring = true;
	subscription->deaf = silent;
	text_add(&contact, silent ? "Refer-Sub: false\r\n" : "");
	leg_refuse(leg, refer, 202, text_string(&contact));
	tell(subscription, 100, NULL);
	(void)say(subscription);
	*ret_subscription = subscription;
	return ERROR_OK;
}

/* ---- a leg that only waits for its BYE ---- */

static void on_gone(struct leg *leg, const char *cause)
{
	struct subscription *subscription = leg->owner;

	(void)cause;
	tmr_cancel(&subscription->farewell);
	leg_leave(&subscription->leaving, 0, NULL);
}

static const struct leg_events leaving_events = {LEG_IDLE_EVENTS, .gone = on_gone};

static void see_off(struct subscription *subscription, struct leg *leg)
{
	leg_media_close(leg);
	list_unlink(&leg->le);
	leg->events = &leaving_events;
	leg->owner = subscription;
	subscription->leaving = leg;
	tmr_start(&subscription->farewell, FAREWELL_MS, on_farewell, subscription);
}

void subscription_close(struct subscription **pointer, uint16_t status, const char *reason,
                        struct leg **leg)
{
	struct subscription *subscription = TAKE(*pointer);

	if (!subscription) {
		if (leg)
			leg_leave(leg, 0, NULL);
		return;
	}
	if (leg && *leg)
		see_off(subscription, TAKE(*leg));
	tell(subscription, status, reason);
	subscription->last = true;
	if (!subscription->request && !say(subscription))
		end(subscription);
}
