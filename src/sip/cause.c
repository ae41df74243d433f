#include "sip/cause.h"

static const struct cause routes[ROUTE_CAUSE_COUNT] = {
	[ROUTE_NONE] = {500, CDR_FAILED, "internal"      },
	[ROUTE_UNKNOWN_NUMBER] = {404, CDR_FAILED, "unknown_number"},
	[ROUTE_OWN_NUMBER] = {486, CDR_FAILED, "own_number"    },
	[ROUTE_UNREGISTERED] = {480, CDR_FAILED, "unregistered"  },
	[ROUTE_BAD_NUMBER] = {484, CDR_FAILED, "bad_number"    },
};

static const struct cause causes[CAUSE_COUNT] = {
	[CAUSE_NORMAL] = {480, CDR_ANSWERED,  "normal"             },
	[CAUSE_CANCELLED] = {487, CDR_CANCELLED, "cancelled"          },
	[CAUSE_NO_ANSWER] = {480, CDR_NO_ANSWER, "no_answer"          },
	[CAUSE_BAD_DESCRIPTION] = {400, CDR_FAILED,    "bad_description"    },
	[CAUSE_NO_AUDIO] = {488, CDR_FAILED,    "no_audio"           },
	[CAUSE_NO_MEDIA] = {503, CDR_FAILED,    "no_media_port"      },
	[CAUSE_TOO_MANY_CALLS] = {486, CDR_FAILED,    "too_many_calls"     },
	[CAUSE_LIMIT] = {486, CDR_FAILED,    "limit"              },
	[CAUSE_NO_ACK] = {408, CDR_FAILED,    "no_ack"             },
	[CAUSE_SESSION_EXPIRED] = {408, CDR_FAILED,    "session_expired"    },
	[CAUSE_MEDIA_SILENCE] = {408, CDR_FAILED,    "media_silence"      },
	[CAUSE_ENGINE_STOP] = {503, CDR_FAILED,    "engine_stop"        },
	[CAUSE_ADMIN_HANGUP] = {480, CDR_CANCELLED, "admin_hangup"       },
	[CAUSE_ANNOUNCEMENT] = {480, CDR_ANSWERED,  "announcement"       },
	[CAUSE_ANNOUNCEMENT_FAILED] = {480, CDR_FAILED,    "announcement_failed"},
	[CAUSE_TRANSFERRED] = {487, CDR_CANCELLED, "transferred"        },
	[CAUSE_TRANSFER_FAILED] = {480, CDR_NO_ANSWER, "transfer_failed"    },
	[CAUSE_PICKED_UP] = {487, CDR_CANCELLED, "picked_up"          },
	[CAUSE_NOTHING_RINGS] = {480, CDR_FAILED,    "nothing_rings"      },
	[CAUSE_SLOT_EMPTY] = {404, CDR_FAILED,    "slot_empty"         },
	[CAUSE_NOTHING_TO_PARK] = {403, CDR_FAILED,    "nothing_to_park"    },
	[CAUSE_BAD_REPLACES] = {400, CDR_FAILED,    "bad_replaces"       },
	[CAUSE_NO_SUCH_DIALOG] = {481, CDR_FAILED,    "no_such_dialog"     },
	[CAUSE_DIALOG_OVER] = {603, CDR_FAILED,    "dialog_over"        },
	[CAUSE_NOT_RINGING] = {486, CDR_FAILED,    "not_ringing"        },
	[CAUSE_QUEUE_MAX_WAIT] = {480, CDR_NO_ANSWER, "max_wait"           },
	[CAUSE_QUEUE_NO_AGENTS] = {480, CDR_NO_ANSWER, "no_agents"          },
	[CAUSE_QUEUE_GONE] = {480, CDR_FAILED,    "queue_gone"         },
	[CAUSE_QUEUE_FULL] = {486, CDR_BUSY,      "queue_full"         },
	[CAUSE_INTERNAL] = {500, CDR_FAILED,    "internal"           },
};

/* What a called phone said. rank: the higher says more about the person called. */
static const struct {
	uint16_t least, most;
	unsigned rank;
	struct cause cause;
} statuses[] = {
	{603, 603,   9, {603, CDR_DECLINED, "declined"}      },
	{607, 608,   9, {603, CDR_DECLINED, "declined"}      },
	{600, 600,   8, {486, CDR_BUSY, "busy"}              },
	{604, 604,   3, {480, CDR_FAILED, "refused_by_phone"}},
	{606, 606,   4, {488, CDR_FAILED, "not_acceptable"}  },
	{486, 486,   7, {486, CDR_BUSY, "busy"}              },
	{480, 480,   6, {480, CDR_NO_ANSWER, "unavailable"}  },
	{487, 487,   5, {480, CDR_NO_ANSWER, "no_answer"}    },
	{488, 488,   4, {488, CDR_FAILED, "not_acceptable"}  },
	{415, 415,   4, {488, CDR_FAILED, "not_acceptable"}  },
	{408, 408,   1, {480, CDR_NO_ANSWER, "unreachable"}  },
	{300, 399,   2, {480, CDR_FAILED, "redirected"}      },
	{500, 599,   2, {480, CDR_FAILED, "phone_error"}     },
	{0,   65535, 3, {480, CDR_FAILED, "refused_by_phone"}},
};

const struct cause *cause_of_route(enum route_cause cause)
{
	return &routes[cause < ROUTE_CAUSE_COUNT ? cause : ROUTE_NONE];
}

const struct cause *cause_of(enum call_cause cause)
{
	return &causes[cause];
}

static size_t row_of(uint16_t status)
{
	size_t i = 0;

	while (status < statuses[i].least || status > statuses[i].most)
		i++; /* the last row takes all */
	return i;
}

const struct cause *cause_of_status(uint16_t status)
{
	return &statuses[row_of(status)].cause;
}

uint16_t cause_better(uint16_t a, uint16_t b)
{
	if (a == 0 || b == 0)
		return a == 0 ? b : a;
	return statuses[row_of(b)].rank > statuses[row_of(a)].rank ? b : a;
}

bool cause_is_global(uint16_t status)
{
	return status >= 600;
}

uint16_t cause_modify_status(uint16_t status)
{
	switch (status) {
	case 488:
	case 491:
		return status;
	case 415:
	case 606:
		return 488;
	default:
		return 500;
	}
}
