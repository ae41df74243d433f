/*
 * A tenant's queues, agents and tiers as mod_callcenter has them (mod_callcenter.c): the same
 * whether they are written as callcenter.conf or told over the event socket. Pure.
 *
 * A queue is "<name>@<domain>", an agent "<number>@<domain>". What cannot be said safely (inert.h)
 * is left out.
 */
#ifndef CENTREX_FREESWITCH_CALLCENTER_H
#define CENTREX_FREESWITCH_CALLCENTER_H

#include "base/text.h"
#include "freeswitch/inert.h"

enum {
	/* "[leg_timeout=86400]user/<number>@<domain>" */
	CALLCENTER_CONTACT_MAX = 32 + EXTENSION_NUMBER_MAX + 1 + DOMAIN_MAX,
	CALLCENTER_MUSIC_MAX = 64,
};

/* What every agent has beside its contact, in seconds but the first: how often it may not answer
 * before it is sent on break (0: however often, since a phone that rings in vain is a matter for
 * people), and the pauses after a call and after each way of not taking one. Zero would offer the
 * call again a tenth of a second later. */
enum { CALLCENTER_TIMING_COUNT = 5 };
struct callcenter_timing {
	const char *attribute; /* in callcenter.conf */
	const char *key;       /* of `agent set`, and the column of `agent list` */
	unsigned value;
};
extern const struct callcenter_timing callcenter_timings[CALLCENTER_TIMING_COUNT];

/* How long callers of a queue wait, from its settings. Those that mod_callcenter keeps for each
 * agent are the timings above: ours belong to the queue. Where callers overflow to is not said:
 * whoever is led away has his call ended. */
enum { CALLCENTER_LIMIT_COUNT = 7, CALLCENTER_LIMIT_MAX = 16 };
struct callcenter_limit {
	const char *parameter; /* in callcenter.conf */
	const char *column;    /* of `queue list` */
	size_t offset;         /* in struct queue_settings */
	bool is_switch;
};
extern const struct callcenter_limit callcenter_limits[CALLCENTER_LIMIT_COUNT];
/* As mod_callcenter writes and reads it; returns buffer. */
const char *callcenter_limit_value(const struct callcenter_limit *limit,
                                   const struct queue_settings *settings,
                                   char buffer[static CALLCENTER_LIMIT_MAX]);

/* mod_callcenter takes any other word without complaint, and rings agents in some order. */
const char *callcenter_strategy(enum queue_strategy strategy);

/* moh-sound: local_stream://<id of the sound>, local_stream://default, or silence. */
void callcenter_music(const struct queue *queue, char ret_music[static CALLCENTER_MUSIC_MAX]);

/* Whether a stream of mod_local_stream, called by its id, plays this sound. */
bool callcenter_is_stream(const struct sound *sound);

/* False: it cannot be said. ring_s: the installation's, where the tenant says no other. */
bool callcenter_contact(const struct snapshot *snapshot, const struct extension *extension,
                        unsigned ring_s, char ret_contact[static CALLCENTER_CONTACT_MAX]);

#endif
