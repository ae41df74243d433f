#include "sip/reply.h"

#include "sip/address.h"

enum { REPLY_ROOM = 1024 };

static const struct {
	uint16_t status;
	const char *reason;
} reasons[] = {
	{100, "Trying"			 },
	{180, "Ringing"			},
	{183, "Session Progress"               },
	{200, "OK"			     },
	{202, "Accepted"                       },
	{400, "Bad Request"                    },
	{401, "Unauthorized"                   },
	{403, "Forbidden"                      },
	{404, "Not Found"                      },
	{405, "Method Not Allowed"             },
	{408, "Request Timeout"                },
	{413, "Request Entity Too Large"       },
	{415, "Unsupported Media Type"         },
	{416, "Unsupported URI Scheme"         },
	{420, "Bad Extension"                  },
	{421, "Extension Required"             },
	{422, "Session Interval Too Small"     },
	{423, "Interval Too Brief"             },
	{480, "Temporarily Unavailable"        },
	{481, "Call/Transaction Does Not Exist"},
	{482, "Loop Detected"                  },
	{483, "Too Many Hops"                  },
	{484, "Address Incomplete"             },
	{486, "Busy Here"                      },
	{487, "Request Terminated"             },
	{488, "Not Acceptable Here"            },
	{489, "Bad Event"                      },
	{491, "Request Pending"                },
	{500, "Server Internal Error"          },
	{501, "Not Implemented"                },
	{503, "Service Unavailable"            },
	{504, "Server Time-out"                },
	{505, "Version Not Supported"          },
	{513, "Message Too Large"              },
	{603, "Decline"			},
};

const char *reply_reason(uint16_t status)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

static int put(struct mbuf *mb, const char *text, size_t n)
{
	return mbuf_write_mem(mb, (const uint8_t *)text, n);
}

static int put_header(struct mbuf *mb, const struct sip_hdr *header)
{
	int err = put(mb, header->name.p, header->name.l);

	err |= put(mb, ": ", 2);
	return err | put(mb, header->val.p, header->val.l);
}

/* RFC 3261 section 18.2.1, RFC 3581 section 4: what the sender cannot know of itself. */
static int put_first_via(struct mbuf *mb, const struct sip_hdr *header, const struct sip_msg *msg,
                         bool *ret_rport)
{
	const struct pl *value = &header->val;
	struct pl rport = address_param_span(&msg->via.params, "rport");
	char received[64] = "";
	int err;

	*ret_rport = rport.l > 0;
	if (rport.l) {
		err = put(mb, header->name.p, header->name.l) | put(mb, ": ", 2);
		err |= put(mb, value->p, (size_t)(rport.p - value->p));
		err |= put(mb, rport.p + rport.l,
		           (size_t)(value->p + value->l - (rport.p + rport.l)));
		err |= mbuf_printf(mb, ";rport=%u", sa_port(&msg->src));
	} else {
		err = put_header(mb, header);
	}
	if (rport.l || !sa_cmp(&msg->src, &msg->via.addr, SA_ADDR)) {
		(void)sa_ntop(&msg->src, received, sizeof(received));
		err |= put(mb, ";received=", 10) | put(mb, received, strlen(received));
	}
	return err;
}

/* The headers every answer takes over from its request (RFC 3261 section 8.2.6.2). */
static int put_taken_over(struct mbuf *mb, const struct sip_msg *msg, bool *ret_rport)
{
	bool first = true;
	int err = 0;

	for (const struct le *le = msg->hdrl.head; le && !err; le = le->next) {
		const struct sip_hdr *header = le->data;

		switch (header->id) {
		case SIP_HDR_VIA:
			err = first ? put_first_via(mb, header, msg, ret_rport)
			            : put_header(mb, header);
			first = false;
			break;
		case SIP_HDR_TO:
			err = put_header(mb, header);
			if (!pl_isset(&msg->to.tag))
				err |= mbuf_printf(mb, ";tag=%016llx", msg->tag);
			break;
		case SIP_HDR_FROM:
		case SIP_HDR_CALL_ID:
		case SIP_HDR_CSEQ:
			err = put_header(mb, header);
			break;
		default:
			continue;
		}
		err |= put(mb, "\r\n", 2);
	}
	return err;
}

/* As sip_replyf of libre, which looks for each parameter with a regular expression made for it. */
void reply_headers(struct engine *engine, const struct sip_msg *msg, uint16_t status,
                   const char *headers)
{
	static const char end[] = "Server: Centrex\r\nContent-Length: 0\r\n\r\n";
	struct mbuf *mb;
	struct sa to;
	bool rport = false;

	if (pl_strcmp(&msg->met, "ACK") == 0)
		return;
	mb = mbuf_alloc(REPLY_ROOM);
	if (!mb)
		return;
	int err = mbuf_printf(mb, "SIP/2.0 %u %s\r\n", status, reply_reason(status));

	err |= put_taken_over(mb, msg, &rport);
	err |= put(mb, headers, strlen(headers));
	err |= put(mb, end, sizeof(end) - 1);
	mb->pos = 0;
	sip_reply_addr(&to, msg, rport);
	if (!err)
		(void)sip_send(engine->sip, msg->sock, msg->tp, &to, mb);
	mem_deref(mb);
}

void reply_status(struct engine *engine, const struct sip_msg *msg, uint16_t status)
{
	reply_headers(engine, msg, status, "");
}
