/* How calls end, as tables: SIP status, disposition and cause for every way. */
#ifndef CENTREX_SIP_CAUSE_H
#define CENTREX_SIP_CAUSE_H

#include <stdint.h>

#include "domain/cdr.h"
#include "domain/route.h"

struct cause {
	uint16_t status; /* to the caller, when not yet answered */
	enum cdr_disposition disposition;
	const char *slug; /* cdr_details.cause */
};

/* A plan that rejects. */
const struct cause *cause_of_route(enum route_cause cause);

/* The final response of the called phone, or of the one that counts most. */
const struct cause *cause_of_status(uint16_t status);

/* Of several phones of one extension: the status that says more (6xx, then busy, ...). */
uint16_t cause_better(uint16_t a, uint16_t b);

/* True: no other phone need be waited for (RFC 3261 section 16.7: 6xx). */
bool cause_is_global(uint16_t status);

/* The status to pass on for a re-INVITE or UPDATE that the other phone refused. */
uint16_t cause_modify_status(uint16_t status);

/* Everything that is neither a route's nor a phone's. */
enum call_cause {
	CAUSE_NORMAL,          /* hung up */
	CAUSE_CANCELLED,       /* by the caller, before the answer */
	CAUSE_NO_ANSWER,       /* it rang for as long as it may */
	CAUSE_BAD_DESCRIPTION, /* SDP that is none */
	CAUSE_NO_AUDIO,        /* SDP without audio that can be used, or no agreement */
	CAUSE_NO_MEDIA,        /* no port or memory for media */
	CAUSE_TOO_MANY_CALLS,  /* this extension has as many as one may have */
	CAUSE_LIMIT,           /* this tenant has */
	CAUSE_NO_ACK,
	CAUSE_SESSION_EXPIRED, /* a phone is gone */
	CAUSE_MEDIA_SILENCE,
	CAUSE_ENGINE_STOP,
	CAUSE_ADMIN_HANGUP,        /* an administrator wanted it so */
	CAUSE_ANNOUNCEMENT,        /* it has been played; nobody answered but we */
	CAUSE_ANNOUNCEMENT_FAILED, /* it could not be */
	CAUSE_TRANSFERRED,         /* it goes on as part of another call */
	CAUSE_TRANSFER_FAILED,     /* nobody answered, and nobody took it back */
	CAUSE_PICKED_UP,           /* its caller has come into another call */
	CAUSE_NOTHING_RINGS,       /* where something was to be picked up */
	CAUSE_SLOT_EMPTY,          /* nobody is parked there */
	CAUSE_NOTHING_TO_PARK,     /* the code was dialled, not transferred to */
	CAUSE_BAD_REPLACES,        /* RFC 3891: ill-formed; then what it names: */
	CAUSE_NO_SUCH_DIALOG,
	CAUSE_DIALOG_OVER,
	CAUSE_NOT_RINGING,     /* early-only */
	CAUSE_QUEUE_MAX_WAIT,  /* nobody of the queue took the call in time */
	CAUSE_QUEUE_NO_AGENTS, /* nobody is there that could */
	CAUSE_QUEUE_GONE,      /* it was removed */
	CAUSE_QUEUE_FULL,      /* the tenant has as many callers waiting as it may */
	CAUSE_INTERNAL,
	CAUSE_COUNT
};
const struct cause *cause_of(enum call_cause cause);

#endif
