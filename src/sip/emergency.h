/*
 * Calls for help: the numbers, and how they are told before their sender is known.
 *
 * What is kept for them is bounded, so that whoever has stolen a phone's credentials gains little:
 * EMERGENCY_CALLS_MOST calls of an extension beyond all counts, and a part of the media ports
 * (sip/ports.h). What else they are exempt from: docs/guide/operator.md.
 */
#ifndef CENTREX_SIP_EMERGENCY_H
#define CENTREX_SIP_EMERGENCY_H

#include <re.h>

#include "sip/engine.h"

enum { EMERGENCY_CALLS_MOST = 4 }; /* of an extension, whatever other calls it has */

bool emergency_number(const char *dialled);

/* An INVITE that begins a call to one of the numbers. */
bool emergency_invite(const struct sip_msg *msg);
/* The same of a datagram that nobody has read yet, by its first line. */
bool emergency_datagram(const char *bytes, size_t n);

/* Such a call may still be made: also while the engine drains, until its calls are ended. */
bool emergency_during_drain(const struct engine *engine, const struct sip_msg *msg);

#endif
