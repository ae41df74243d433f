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

/* Whom it came from may be told, and where we are then. */
static bool may_tell(struct engine *engine, const struct sip_msg *msg, struct sa *ret_own)
{
	if (!value(msg, SIP_HDR_FROM) || !value(msg, SIP_HDR_TO) || !pl_isset(&msg->callid) ||
	    !registrar_holds_address(engine->registrar, &msg->src) ||
	    !listen_source(engine, &msg->src, ret_own))
		return false;
	sa_set_port(ret_own, listen_port(engine, msg->tp));
	return true;
}

bool stray_answer(struct engine *engine, const struct sip_msg *msg)
{
	const struct pl *contact = value(msg, SIP_HDR_CONTACT);
	struct sip_addr address;
	struct sa own;

	if (!contact || sip_addr_decode(&address, contact) || !pl_isset(&msg->to.tag) ||
	    !may_tell(engine, msg, &own))
		return false;
	tell(engine, msg, &own, &address.auri, "ACK", msg->cseq.num);
	tell(engine, msg, &own, &address.auri, "BYE", msg->cseq.num + 1);
	return true;
}

bool stray_progress(struct engine *engine, const struct sip_msg *msg)
{
	const struct pl *contact = value(msg, SIP_HDR_CONTACT), *uri = &msg->to.auri;
	const struct pl *via = value(msg, SIP_HDR_VIA);
	struct sip_addr address;
	struct mbuf *mb;
	struct sa own;

	if (contact && !sip_addr_decode(&address, contact))
		uri = &address.auri;
	if (!via || !pl_isset(&msg->to.tag) || !may_tell(engine, msg, &own))
		return false;
	mb = mbuf_alloc(512);
	if (!mb)
		return false;
	/* Via, From, Call-ID and number as the INVITE had them, To without the phone's tag. */
	if (mbuf_printf(mb,
	                "CANCEL %r SIP/2.0\r\nVia: %r\r\nMax-Forwards: 70\r\nFrom: %r\r\n"
	                "To: <%r>\r\nCall-ID: %r\r\nCSeq: %u CANCEL\r\nContent-Length: 0\r\n\r\n",
	                uri, via, value(msg, SIP_HDR_FROM), &msg->to.auri, &msg->callid,
	                msg->cseq.num) == 0) {
		mb->pos = 0;
		(void)sip_send(engine->sip, msg->sock, msg->tp, &msg->src, mb);
	}
	mem_deref(mb);
	return true;
}
