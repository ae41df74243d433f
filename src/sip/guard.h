/*
 * Addresses that fail to log in or send rubbish: slowed first, then banned for a while.
 *
 * One entry per IPv4 address or IPv6 /64, in a table of fixed size (the oldest gives way), so that
 * a flood of addresses costs nothing. An address that holds live registrations (a shared NAT) is
 * slowed and never banned: its phones go on working; likewise for a while where somebody calls for
 * help. Time is passed in (monotonic seconds).
 */
#ifndef CENTREX_SIP_GUARD_H
#define CENTREX_SIP_GUARD_H

#include <re.h>

#include "base/error.h"

struct guard;

struct guard_config {
	unsigned failures;  /* log-ins that fail within window_s before a ban */
	unsigned ban_s;     /* how long a ban lasts */
	unsigned window_s;  /* 0: 600 */
	unsigned malformed; /* messages that are no SIP, within a minute, before a ban; 0: 300 */
	unsigned entries;   /* table size, a power of two; 0: 16384 (1 MB) */
};

enum guard_answer {
	GUARD_PASS,
	GUARD_SLOW,   /* this try is one too many: drop it, the phone sends it again */
	GUARD_BANNED, /* drop */
};

enum guard_event {
	GUARD_NOTHING,
	GUARD_BAN, /* this very call banned the address: log it, once */
};

MUST_CHECK enum error_code guard_open(const struct guard_config *config, struct guard **ret_guard,
                                      struct error *err);
void guard_close(struct guard *guard);
/* New limits (SIGHUP); what is counted stays. */
void guard_configure(struct guard *guard, const struct guard_config *config);

/* For every datagram and request: PASS or BANNED; nothing is changed. */
enum guard_answer guard_check(const struct guard *guard, const struct sa *source, int64_t now_s);

/* For a request that brings credentials: takes one of the address's tries. */
enum guard_answer guard_try(struct guard *guard, const struct sa *source, int64_t now_s);

/* For a call for help from an address that is banned: takes a try, as of one that is slowed. */
enum guard_answer guard_try_banned(struct guard *guard, const struct sa *source, int64_t now_s);

/* Credentials were wrong. holds: the address has live registrations. */
enum guard_event guard_failure(struct guard *guard, const struct sa *source, bool holds,
                               int64_t now_s);
enum guard_event guard_malformed(struct guard *guard, const struct sa *source, bool holds,
                                 int64_t now_s);

/* Somebody there calls for help: for an hour from now the address is slowed at most, or what others
 * there do would cut off the end of his call, or its very beginning. */
void guard_spare(struct guard *guard, const struct sa *source, int64_t now_s);

/* Credentials were right: half of the failures are forgiven, and a ban is over. */
void guard_success(struct guard *guard, const struct sa *source, int64_t now_s);

#endif
