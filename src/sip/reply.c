#include "sip/reply.h"

static const struct {
	uint16_t status;
	const char *reason;
} reasons[] = {
	{180, "Ringing"			},
	{183, "Session Progress"               },
	{200, "OK"			     },
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

void reply_status(struct engine *engine, const struct sip_msg *msg, uint16_t status)
{
	(void)sip_reply(engine->sip, msg, status, reply_reason(status));
}

void reply_headers(struct engine *engine, const struct sip_msg *msg, uint16_t status,
                   const char *headers)
{
	(void)sip_replyf(engine->sip, msg, status, reply_reason(status),
	                 "%sContent-Length: 0\r\n\r\n", headers);
}
