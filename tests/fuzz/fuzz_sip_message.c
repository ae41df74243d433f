/* A message from a stranger: decoded, checked, its parts read, answered, and taken for a dialog. */
#include <re.h>

#include "sip/address.h"
#include "sip/dispatch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_contact(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct sip_addr address;
	struct pl value;

	(void)msg;
	(void)arg;
	if (address_read(&header->val, &address)) {
		(void)address_param(&address.params, "expires", &value);
		(void)address_param(&address.uri.params, "transport", &value);
	}
	return false;
}

static void take_dialog(const struct sip_msg *msg)
{
	struct sip_dialog *dialog = NULL;

	if (sip_dialog_accept(&dialog, msg) == 0)
		(void)sip_dialog_cmp(dialog, msg);
	mem_deref(dialog);
}

static void read_message(struct sip_msg *msg)
{
	struct sa to;

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, read_contact, NULL);
	(void)sip_msg_hdr_count(msg, SIP_HDR_REQUIRE);
	(void)sip_msg_xhdr(msg, "X-Test");
	if (!msg->req || dispatch_check(msg) != 0)
		return;
	msg->tp = SIP_TRANSP_UDP;
	sa_init(&msg->src, AF_INET);
	sip_reply_addr(&to, msg, true);
	take_dialog(msg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mbuf *mb = mbuf_alloc(size ? size : 1);
	struct sip_msg *msg = NULL;

	if (!mb)
		return 0;
	(void)mbuf_write_mem(mb, data, size);
	mb->pos = 0;
	if (sip_msg_decode(&msg, mb) == 0)
		read_message(msg);
	mem_deref(msg);
	mem_deref(mb);
	return 0;
}
