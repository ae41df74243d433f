/*
 * Where a dialled number leads: one pure function, for the built-in engine, for FreeSWITCH and for
 * `centrex route explain`. No I/O; the same snapshot and input give the same plan.
 */
#ifndef CENTREX_DOMAIN_ROUTE_H
#define CENTREX_DOMAIN_ROUTE_H

#include "base/text.h"
#include "domain/snapshot.h"

enum { ROUTE_TARGETS_MAX = 8, ROUTE_REASON_MAX = 64 * 4 + 1 };

enum route_action {
	ROUTE_RING,    /* ring every phone of these extensions, for ring_s */
	ROUTE_QUEUE,   /* wait in this queue until an agent answers */
	ROUTE_PLAY,    /* play this announcement, then end the call */
	ROUTE_REJECT,  /* end the call with this cause */
	ROUTE_FEATURE, /* do what this code stands for */
};

/* X(enum, slug, what a person reads). What the codes are: docs/guide/features.md. */
#define ROUTE_FEATURE_LIST(X)                                                                      \
	X(NO_FEATURE, "none", "no feature code")                                                   \
	X(LOGIN, "login", "the caller's agent becomes available")                                  \
	X(LOGOUT, "logout", "the caller's agent is logged out")                                    \
	X(BREAK, "break", "the caller's agent goes on break")                                      \
	X(PICKUP, "pickup", "takes a call that rings at an extension")                             \
	X(PARK, "park", "parks the call in the first free slot")                                   \
	X(SLOT, "slot", "takes the call parked in a slot, or parks one there")

enum route_feature {
#define X(id, slug, text) ROUTE_##id,
	ROUTE_FEATURE_LIST(X)
#undef X
		ROUTE_FEATURE_COUNT
};

/* X(enum, slug, what a person reads); the SIP status is sip's table. */
#define ROUTE_CAUSE_LIST(X)                                                                        \
	X(NONE, "none", "the call is not rejected")                                                \
	X(UNKNOWN_NUMBER, "unknown_number", "no extension or number of this tenant is called so")  \
	X(OWN_NUMBER, "own_number", "an extension cannot call itself")                             \
	X(UNREGISTERED, "unregistered", "no phone of the extension is registered")                 \
	X(BAD_NUMBER, "bad_number", "this cannot be dialled")

enum route_cause {
#define X(id, slug, text) ROUTE_##id,
	ROUTE_CAUSE_LIST(X)
#undef X
		ROUTE_CAUSE_COUNT
};

struct route_call {
	const struct extension *caller; /* who calls; NULL: nobody of the tenant */
	const char *dialled;            /* the user part as dialled, NUL-terminated */
	unsigned ring_s;                /* the installation's ring time */
	bool features; /* feature codes and names of queues may be dialled (the built-in engine) */
	/* How many phones of an extension are registered; NULL: not known, then not decided on. */
	unsigned (*phones)(const struct extension *extension, void *arg);
	void *phones_arg;
};

struct route_plan {
	enum route_action action;
	enum route_cause cause;
	size_t n_targets;
	const struct extension *targets[ROUTE_TARGETS_MAX]; /* valid as long as the snapshot */
	unsigned ring_s;
	const struct queue *queue;     /* ROUTE_QUEUE; valid as long as the snapshot */
	const struct sound *sound;     /* ROUTE_PLAY; the same */
	enum route_feature feature;    /* ROUTE_FEATURE; PICKUP: of targets[0] */
	char slot[8];                  /* SLOT */
	char reason[ROUTE_REASON_MAX]; /* BREAK: why, "" or one of the tenant's */
	struct text trace;             /* every decision, one line each; caller clears it */
};

void route_call(const struct snapshot *snapshot, const struct route_call *call,
                struct route_plan *ret_plan);
void route_plan_clear(struct route_plan *plan);
/* {"action","cause","targets":["101"],"queue","sound","feature","ring_s","trace":["..."]}; queue:
 * its name or null, sound: its original name or null, feature: its slug or null */
void route_plan_json(const struct route_plan *plan, struct text *out);
const char *route_cause_slug(enum route_cause cause);
const char *route_feature_slug(enum route_feature feature);
const char *route_cause_text(enum route_cause cause);

#endif
