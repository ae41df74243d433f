/*
 * Session timers (RFC 4028): how long a session lives without a refresh, and who refreshes it.
 * Pure: reads messages, writes header lines; the leg keeps the clock.
 */
#ifndef CENTREX_SIP_SESSION_TIMER_H
#define CENTREX_SIP_SESSION_TIMER_H

#include <re.h>

#include "base/text.h"

enum {
	SESSION_LEAST_S = 90, /* section 4: never less */
	SESSION_MOST_S = 86400,
	SESSION_USUAL_S = 1800,
};

struct session_timer {
	unsigned interval_s;
	bool we_refresh;
	bool announced; /* both sides know; else we refresh on our own, to notice dead phones */
};

/* What we ask for in an INVITE of ours. */
struct session_timer session_timer_default(void);
void session_timer_ask(struct text *headers);

/* The phone's INVITE or UPDATE: what to answer. False: too short, answer 422 (section 5). */
MUST_CHECK bool session_timer_answer(const struct sip_msg *msg, struct session_timer *ret_timer);
/* Header lines of that 2xx. */
void session_timer_write(const struct session_timer *timer, struct text *headers);

/* The phone's 2xx to a request of ours. */
struct session_timer session_timer_agreed(const struct sip_msg *msg);

/* When to act after a refresh: half the interval to refresh ourselves, or when the phone, whose
 * turn it was, must be taken for dead (section 10). */
unsigned session_timer_delay_s(const struct session_timer *timer);

#endif
