/* SIP messages from text, for unit tests. */
#ifndef CENTREX_TESTS_SIP_MESSAGE_H
#define CENTREX_TESTS_SIP_MESSAGE_H

#include <re.h>

/* A message as it would have come over UDP from 192.0.2.5:5070; mem_deref it. */
static inline struct sip_msg *message_read(const char *text)
{
	struct mbuf *mb = mbuf_alloc(str_len(text));
	struct sip_msg *msg = NULL;

	(void)mbuf_write_str(mb, text);
	mb->pos = 0;
	if (!sip_msg_decode(&msg, mb)) {
		(void)sa_set_str(&msg->src, "192.0.2.5", 5070);
		(void)sa_set_str(&msg->dst, "192.0.2.1", 5060);
		msg->tp = SIP_TRANSP_UDP;
	}
	mem_deref(mb);
	return msg;
}

#endif
