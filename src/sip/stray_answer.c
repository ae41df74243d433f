#include "sip/stray_answer.h"

#include <sodium.h>

#include "sip/listen.h"
#include "sip/registrar.h"

/* The header's value as it came: one line of a message that was read. */
static const struct pl *value(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, id);

	return header ? &header->val : NULL;
}

/* From and To stay as they are: the answer is to a request of ours. */
static void tell(struct engine *engine, const struct sip_msg *msg, const struct sa *own,
                 const struct pl *target, const char *method, uint32_t cseq)
{
	struct mbuf *mb = mbuf_alloc(512);
	uint64_t branch;
	int failed;

	if (!mb)
		return;
	randombytes_buf(&branch, sizeof(branch));
	failed = mbuf_printf(mb,
	                     "%s %r SIP/2.0\r\nVia: SIP/2.0/%s %J;branch=z9hG4bK%016llx;rport\r\n"
	                     "Max-Forwards: 70\r\nFrom: %r\r\nTo: %r\r\nCall-ID: %r\r\n"
	                     "CSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
	                     method, target, sip_transp_name(msg->tp), own, branch,
	                     value(msg, SIP_HDR_FROM), value(msg, SIP_HDR_TO), &msg->callid, cseq,
	                     method);
	mb->pos = 0;
	if (!failed)
		(void)sip_send(engine->sip, msg->sock, msg->tp, &msg->src, mb);
	mem_deref(mb);
}

bool stray_answer(struct engine *engine, const struct sip_msg *msg)
{
	const struct pl *contact = value(msg, SIP_HDR_CONTACT);
	struct sip_addr address;
	struct sa own;

	if (!contact || sip_addr_decode(&address, contact) || !value(msg, SIP_HDR_FROM) ||
	    !value(msg, SIP_HDR_TO) || !pl_isset(&msg->to.tag) || !pl_isset(&msg->callid) ||
	    !registrar_holds_address(engine->registrar, &msg->src) ||
	    !listen_source(engine, &msg->src, &own))
		return false;
	sa_set_port(&own, listen_port(engine, msg->tp));
	tell(engine, msg, &own, &address.auri, "ACK", msg->cseq.num);
	tell(engine, msg, &own, &address.auri, "BYE", msg->cseq.num + 1);
	return true;
}
