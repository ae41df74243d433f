/*
 * How often somebody may ask: token buckets by address, credential and tenant, and a growing wait
 * after failed log-ins, in bounded tables whose oldest entry gives way. Any thread.
 *
 * An IPv6 address counts by its /64, which is what one customer of a provider has.
 *
 * Failed log-ins: RATE_LOGIN_ADDRESS lets ten pass, then one after 1, 2, 4 ... 60 seconds;
 * RATE_LOGIN_ACCOUNT five, then one after 1, 2, 4 ... 30 seconds. A minute without a failure takes
 * one back. RATE_SWITCH lets twenty pass, then one after 1, 2, 4 ... 60 seconds. An account's wait
 * holds for addresses from which nobody has signed in to it lately: a stranger who keeps guessing
 * slows down other strangers, not the person where he always is.
 */
#ifndef CENTREX_WEB_RATES_H
#define CENTREX_WEB_RATES_H

#include <stdint.h>

#include "base/config.h"
#include "base/uuid.h"

struct rates;

enum rate_class {
	RATE_ADDRESS,    /* every request, by IPv4 address or IPv6 /64 */
	RATE_CREDENTIAL, /* by session or token */
	RATE_TENANT,
	RATE_LOGIN_ADDRESS, /* failed log-ins */
	RATE_LOGIN_ACCOUNT, /* failed log-ins of one e-mail address, known or not */
	RATE_SWITCH,        /* failures of a FreeSWITCH's credentials, by address */
	RATE_MAIL,          /* letters to one e-mail address: three, then one in ten minutes */
	RATE_CLASS_COUNT
};

MUST_CHECK enum error_code rates_open(const struct config *config, struct rates **ret_rates,
                                      struct error *err);
void rates_close(struct rates *rates);

/* Takes one; 0: allowed, else the seconds to wait (for Retry-After). key: the address without port,
 * the uuid as text, or the e-mail address in any case. */
unsigned rates_take(struct rates *rates, enum rate_class class, const char *key);
/* Looks without taking. */
unsigned rates_look(struct rates *rates, enum rate_class class, const char *key);

/* Before a password is looked at: counts as a failure, so that many at one time gain nothing.
 * 0: allowed, else the seconds to wait. */
unsigned rates_sign_in(struct rates *rates, const char *address, const char *email);
/* It was not the password's fault that nobody could sign in. */
void rates_not_failed(struct rates *rates, const char *address, const char *email);
/* It was the right one. */
void rates_signed_in(struct rates *rates, const char *address, const char *email);

#endif
