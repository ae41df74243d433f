/* INFO inside a dialog (RFC 6086: keys pressed, as some phones send them) goes to the other phone.
 */
#include "sip/bridge.h"
#include "sip/leg_private.h"

enum {
	INFO_BODY_MAX = 2048,
	INFO_TYPE_MAX = 96,
	INFOS_MOST = 16, /* of a phone, on their way: nobody presses keys faster */
};

/* On its own: either leg may go while it is under way. */
struct info {
	struct le le; /* of its leg, while that is there */
	struct sip *sip;
	struct sa own; /* for Via */
	struct sip_strans *transaction;
	struct sip_msg *msg;
	struct sip_request *request;
};

static void info_destructor(void *arg)
{
	struct info *info = arg;

	list_unlink(&info->le);
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
	if (list_count(&leg->infos) >= INFOS_MOST) {
		leg_refuse(leg, msg, 500, "Retry-After: 1\r\n");
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
	list_append(&leg->infos, &info->le, info);
	if (sip_strans_alloc(&info->transaction, info->sip, msg, NULL, NULL) ||
	    dialog_send(&other->dialog, info->sip, &request, &info->request)) {
		mem_deref(info);
		leg_refuse(leg, msg, 500, NULL);
	}
}
