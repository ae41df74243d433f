#include "sip/leg.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "sip/leg_media.h"
#include "sip/leg_private.h"
#include "sip/listen.h"
#include "sip/reply.h"
#include "sip/subscription.h"

enum {
	LEGS_HASH = 4096,
	REPEAT_MS = 64 * SIP_T1, /* RFC 3261: timers B, F, H and the wait for an ACK */
	RETRY_REFRESH_S = 10,
};

enum error_code leg_table_init(struct leg_table *table, struct engine *engine)
{
	*table = (struct leg_table){.engine = engine};
	list_init(&table->alone);
	list_init(&table->subscriptions);
	return hash_alloc(&table->legs, LEGS_HASH) ? ERROR_MEMORY : ERROR_OK;
}

void leg_table_clear(struct leg_table *table)
{
	struct le *le;

	/* One by one: a leg that goes with its subscription walks the list. */
	while ((le = list_head(&table->subscriptions)))
		mem_deref(le->data);
	list_flush(&table->alone);
	table->legs = mem_deref(table->legs);
}

static void destructor(void *arg)
{
	struct leg *leg = arg;

	if (leg->refers > 0)
		subscriptions_forget(leg);
	tmr_cancel(&leg->timer);
	tmr_cancel(&leg->refresh);
	hash_unlink(&leg->he);
	list_unlink(&leg->le);
	mem_deref(leg->transaction);
	mem_deref(leg->request);
	mem_deref(leg->reply);
	mem_deref(leg->asked);
	mem_deref(leg->bye);
	mem_deref(leg->probe);
	mem_deref(leg->ack);
	media_leg_close(&leg->media);
	sdp_local_clear(&leg->local);
	mem_deref(leg->remote);
	mem_deref(leg->told);
	mem_deref(leg->proposed);
	mem_deref(leg->line);
	list_clear(&leg->infos);
	text_clear(&leg->head);
	leg->table->n--;
}

struct leg *leg_new(struct leg_table *table, const struct leg_events *events, void *owner)
{
	struct leg *leg = mem_zalloc(sizeof(*leg), destructor);

	if (!leg)
		return NULL;
	leg->table = table;
	leg->events = events;
	leg->owner = owner;
	tmr_init(&leg->timer);
	tmr_init(&leg->refresh);
	list_init(&leg->infos);
	leg->session = session_timer_default();
	table->n++;
	return leg;
}

void leg_insert(struct leg *leg)
{
	hash_append(leg->table->legs, hash_joaat_str(leg->dialog.local_tag), &leg->he, leg);
}

static bool matches(struct le *le, void *arg)
{
	const struct leg *leg = le->data;

	return dialog_matches(&leg->dialog, arg);
}

struct leg *leg_find(struct leg_table *table, const struct sip_msg *msg)
{
	const struct pl *tag = msg->req ? &msg->to.tag : &msg->from.tag;

	if (!pl_isset(tag))
		return NULL;
	return list_ledata(
		hash_lookup(table->legs, hash_joaat_pl(tag), matches, (void *)(uintptr_t)msg));
}

static bool is_named(struct le *le, void *arg)
{
	const struct leg *leg = le->data;
	const char *const *names = arg;

	return !strcmp(leg->dialog.call_id, names[0]) && !strcmp(leg->dialog.local_tag, names[1]) &&
	       !strcmp(leg->dialog.remote_tag, names[2]);
}

struct leg *leg_named(struct leg_table *table, const char *call_id, const char *local_tag,
                      const char *remote_tag)
{
	const char *names[] = {call_id, local_tag, remote_tag};

	return list_ledata(hash_lookup(table->legs, hash_joaat_str(local_tag), is_named, names));
}

/* ---- clocks ---- */

void leg_repeat(struct leg *leg, tmr_h *handler)
{
	leg->sent = 0;
	leg->began_ms = tmr_jiffies();
	tmr_start(&leg->timer, SIP_T1, handler, leg);
}

bool leg_repeat_next(struct leg *leg, tmr_h *handler)
{
	const uint64_t gone_ms = tmr_jiffies() - leg->began_ms;
	uint64_t next_ms = SIP_T2;

	if (gone_ms >= REPEAT_MS)
		return false;
	if (++leg->sent < 4)
		next_ms = (uint64_t)SIP_T1 << leg->sent;
	tmr_start(&leg->timer, next_ms < REPEAT_MS - gone_ms ? next_ms : REPEAT_MS - gone_ms + 1,
	          handler, leg);
	return true;
}

static void on_refresh(void *arg)
{
	struct leg *leg = arg;

	if (leg->state != LEG_UP || !leg->events)
		return;
	if (!leg->session.we_refresh) {
		leg->events->gone(leg, "session_expired");
		return;
	}
	const bool update = leg->allows_update;
	if (leg_modify(leg, update, update ? NULL : text_string(&leg->local.last)) == ERROR_OK)
		leg->refreshing = true;
	else
		tmr_start(&leg->refresh, RETRY_REFRESH_S * 1000, on_refresh, leg);
}

void leg_session(struct leg *leg, const struct session_timer *session)
{
	if (session)
		leg->session = *session;
	tmr_start(&leg->refresh,
	          session ? 1000ULL * session_timer_delay_s(session) : RETRY_REFRESH_S * 1000,
	          on_refresh, leg);
}

/* ---- headers ---- */

void leg_own_address(const struct leg *leg, struct sa *ret_address)
{
	const struct engine *engine = leg->table->engine;
	const char *public = config_text(engine->config, CONFIG_SIP_PUBLIC_ADDRESS);

	if (!public[0] || sa_set_str(ret_address, public, 0) != 0)
		*ret_address = leg->dialog.own;
	sa_set_port(ret_address, listen_port(engine, leg->dialog.transport));
}

void leg_contact_text(const struct leg *leg, struct text *out)
{
	struct sa address;
	char contact[128];

	leg_own_address(leg, &address);
	(void)re_snprintf(contact, sizeof(contact), "Contact: <sip:centrex@%J%s>\r\n", &address,
	                  sip_transp_param(leg->dialog.transport));
	text_add(out, contact);
}

int leg_send_plain(enum sip_transp transport, const struct sa *source, const struct sa *destination,
                   struct mbuf *mb, void *arg)
{
	const struct leg *leg = arg;
	struct sa address;

	(void)transport;
	(void)source;
	(void)destination;
	leg_own_address(leg, &address);
	return dialog_via(mb, &address);
}

static bool is_update(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return !pl_strcasecmp(&header->val, "UPDATE");
}

void leg_note_allow(struct leg *leg, const struct sip_msg *msg)
{
	if (sip_msg_hdr(msg, SIP_HDR_ALLOW))
		leg->allows_update =
			sip_msg_hdr_apply(msg, true, SIP_HDR_ALLOW, is_update, NULL) != NULL;
}

enum error_code leg_description(const struct leg *leg, const struct sip_msg *msg,
                                struct sdp **ret_sdp)
{
	struct sdp *sdp = NULL;
	enum error_code code;

	*ret_sdp = NULL;
	if (!mbuf_get_left(msg->mb))
		return ERROR_OK;
	if (!msg_ctype_cmp(&msg->ctyp, "application", "sdp"))
		return ERROR_USAGE;
	code = sdp_read((const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb),
	                leg->dialog.transport == SIP_TRANSP_TLS, &sdp, NULL);
	if (code)
		return code;
	/* Media has one address family: that of sip-address. */
	if (sa_isset(&leg->local.address, SA_ADDR) && sdp->family != sa_af(&leg->local.address) &&
	    sa_isset(&sdp->rtp, SA_ADDR)) {
		mem_deref(sdp);
		return ERROR_NOT_FOUND;
	}
	*ret_sdp = sdp;
	return ERROR_OK;
}

/* ---- the end ---- */

void leg_end(struct leg *leg)
{
	leg->state = LEG_OVER;
	tmr_cancel(&leg->timer);
	tmr_cancel(&leg->refresh);
	if (!leg->events)
		mem_deref(leg);
}

static void on_bye_answer(int err, const struct sip_msg *msg, void *arg)
{
	(void)err;
	if (msg && msg->scode < 200)
		return;
	leg_end(arg);
}

void leg_bye(struct leg *leg)
{
	const struct dialog_request bye = {
		.method = "BYE",
		.headers = leg->reason,
		.sendh = leg_send_plain,
		.resph = on_bye_answer,
		.arg = leg,
	};

	tmr_cancel(&leg->timer);
	tmr_cancel(&leg->refresh);
	leg->state = LEG_LEAVING;
	if (leg->transaction)
		leg_tell(leg, 487);
	if (dialog_send(&leg->dialog, leg->table->engine->sip, &bye, &leg->bye))
		leg_end(leg);
}

void leg_leave(struct leg **pointer, uint16_t status, const char *reason)
{
	struct leg *leg = TAKE(*pointer);

	if (!leg)
		return;
	leg->events = NULL;
	leg->owner = NULL;
	leg->line = mem_deref(leg->line);
	list_unlink(&leg->le);
	list_append(&leg->table->alone, &leg->le, leg);
	leg_media_close(leg);
	tmr_cancel(&leg->refresh);
	if (reason)
		(void)re_snprintf(leg->reason, sizeof(leg->reason), "%s", reason);

	switch (leg->state) {
	case LEG_INVITED:
		if (!leg->caller) {
			leg_cancel(leg);
			return;
		}
		(void)!leg_reply(leg, status, NULL, false, leg->reason);
		break;
	case LEG_ANSWERED:
		if (leg->caller)
			return; /* its ACK is due: BYE must not come before (section 15) */
		leg_ack(leg, NULL);
		leg_bye(leg);
		return;
	case LEG_UP:
		if (leg->ack_held)
			leg_ack(leg, NULL);
		leg_bye(leg);
		return;
	case LEG_LEAVING:
	case LEG_OVER:
		break;
	}
	leg_end(leg);
}

/* ---- requests inside the dialog ---- */

static void on_bye(struct leg *leg, const struct sip_msg *msg)
{
	const struct leg_events *events = leg->events;

	if (leg->state == LEG_INVITED && !leg->caller) {
		leg_refuse(leg, msg, 481, NULL); /* a callee cannot leave before it answered */
		return;
	}
	(void)sip_treply(NULL, leg->table->engine->sip, msg, 200, "OK");
	if (leg->state >= LEG_LEAVING)
		return;
	tmr_cancel(&leg->timer);
	tmr_cancel(&leg->refresh);
	const bool early = leg->state == LEG_INVITED;
	leg->state = LEG_LEAVING;
	if (leg->transaction)
		leg_tell(leg, 487);
	if (!events)
		leg_end(leg);
	else if (early)
		events->cancelled(leg);
	else
		events->gone(leg, NULL);
}

static void on_info(struct leg *leg, const struct sip_msg *msg)
{
	if (leg->events && leg->state == LEG_UP)
		leg->events->info(leg, msg);
	else
		leg_refuse(leg, msg, 481, NULL);
}

/* RFC 3515 section 2.4.6: one at a time, so that it is clear what becomes of the call. */
static void on_refer(struct leg *leg, const struct sip_msg *msg)
{
	if (!leg->events || leg->state >= LEG_LEAVING)
		leg_refuse(leg, msg, 481, NULL);
	else if (leg->referring || leg->state != LEG_UP)
		leg_refuse(leg, msg, 491, NULL);
	else if (leg->events->refer)
		leg->events->refer(leg, msg);
	else
		leg_refuse(leg, msg, 403, NULL);
}

/* Of a subscription that we do not have; 481 would say that the call is gone, too. */
static void on_notify(struct leg *leg, const struct sip_msg *msg)
{
	leg_refuse(leg, msg, 489, NULL);
}

static void on_options(struct leg *leg, const struct sip_msg *msg)
{
	leg_refuse(leg, msg, 200, LEG_ALLOW);
}

void leg_refuse(struct leg *leg, const struct sip_msg *msg, uint16_t status, const char *headers)
{
	(void)sip_treplyf(NULL, NULL, leg->table->engine->sip, msg, false, status,
	                  reply_reason(status), "%sContent-Length: 0\r\n\r\n",
	                  headers ? headers : "");
}

void leg_request(struct leg *leg, const struct sip_msg *msg)
{
	static const struct {
		const char *method;
		void (*handler)(struct leg *leg, const struct sip_msg *msg);
	} methods[] = {
		{"BYE",     on_bye       },
                {"INVITE",  leg_on_modify},
                {"UPDATE",  leg_on_modify},
		{"INFO",    on_info      },
                {"OPTIONS", on_options   },
                {"REFER",   on_refer     },
		{"NOTIFY",  on_notify    },
	};

	if (!pl_strcmp(&msg->met, "ACK")) {
		leg_on_ack(leg, msg);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		if (pl_strcmp(&msg->met, methods[i].method))
			continue;
		if (dialog_in_order(&leg->dialog, msg))
			methods[i].handler(leg, msg);
		else
			leg_refuse(leg, msg, 500, NULL); /* section 12.2.2 */
		return;
	}
	leg_refuse(leg, msg, 405, LEG_ALLOW);
}
