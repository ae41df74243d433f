/*
 * How often somebody may ask: token buckets by address, credential and tenant, in bounded tables
 * whose oldest entry gives way. Any thread.
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
	RATE_CLASS_COUNT
};

MUST_CHECK enum error_code rates_open(const struct config *config, struct rates **ret_rates,
                                      struct error *err);
void rates_close(struct rates *rates);

/* Takes one; 0: allowed, else the seconds to wait (for Retry-After). key: the address without port,
 * the uuid as text, or the e-mail address in lower case. */
unsigned rates_take(struct rates *rates, enum rate_class class, const char *key);
/* Looks without taking. */
unsigned rates_look(struct rates *rates, enum rate_class class, const char *key);

#endif
