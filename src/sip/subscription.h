/*
 * What a REFER promises (RFC 3515 section 2.4): its sender hears by NOTIFY what becomes of it.
 *
 * One word at a time, in the dialog of the leg that asked; whoever hangs up after a REFER hears the
 * rest in what is left of that dialog (RFC 5589 section 6.1). On the loop's thread.
 */
#ifndef CENTREX_SIP_SUBSCRIPTION_H
#define CENTREX_SIP_SUBSCRIPTION_H

#include "sip/leg.h"

struct subscription; /* leg->referring until the last word is heard: no flood of them */

/* Answers a REFER with 202, and says 100. Refer-Sub: false (RFC 4488): nothing more is said. On an
 * error nothing was answered. The subscription belongs to leg->table; ret_subscription is good
 * until subscription_close. */
MUST_CHECK enum error_code subscription_open(struct leg *leg, const struct sip_msg *refer,
                                             struct subscription **ret_subscription);

/* The last word: how it went. reason NULL: the usual phrase. leg (may be NULL): parted from its
 * owner and hung up, once the phone has heard it or had two seconds for that. Sets both to NULL. */
void subscription_close(struct subscription **subscription, uint16_t status, const char *reason,
                        struct leg **leg);

/* Legs that will be hung up. */
size_t subscriptions_leaving(const struct leg_table *table);

/* For leg.c: the leg is about to be no more. */
void subscriptions_forget(const struct leg *leg);

#endif
