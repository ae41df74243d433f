/*
 * What the FreeSWITCHes share: who of them may ask (freeswitch-credentials, freeswitch-from), what
 * answers them, and how often it did. There is none while freeswitch-credentials is empty.
 */
#ifndef CENTREX_WEB_SWITCHES_H
#define CENTREX_WEB_SWITCHES_H

#include "freeswitch/lookup.h"
#include "web/rates.h"
#include "web/reply.h"
#include "web/request.h"

struct switches;

/* *ret_switches stays NULL when freeswitch-credentials is empty. ERROR_INVALID: freeswitch-from is
 * no list of networks. */
MUST_CHECK enum error_code switches_open(const struct config *config, struct directory *directory,
                                         struct rates *rates, struct switches **ret_switches,
                                         struct error *err);
void switches_close(struct switches *switches); /* NULL is allowed */

/* The gate of ROUTE_SWITCH, on a reactor: from a network of the list (ERROR_FORBIDDEN) and with the
 * credentials (ERROR_UNAUTHENTICATED; after twenty failures of an address, which may be guesses,
 * ERROR_RATE_LIMITED with a growing wait, unless the right ones have come from there). Takes the
 * same time whatever is wrong with the credentials. What is refused is logged, a line a second at
 * most. */
MUST_CHECK enum error_code switches_check(struct switches *switches, const struct request *request,
                                          struct reply *reply, struct error *err);

const struct lookup *switches_lookup(const struct switches *switches);

/* Any thread. */
void switches_count(struct switches *switches, enum lookup_section section,
                    enum lookup_result result);
uint64_t switches_counted(const struct switches *switches, enum lookup_section section,
                          enum lookup_result result);
uint64_t switches_refused(const struct switches *switches);

#endif
