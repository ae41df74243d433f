/*
 * In front of libre's UDP sockets: drops what is banned, too large or no SIP before anything is
 * parsed, and takes REGISTER and OPTIONS straight to dispatch (they need no transaction).
 *
 * libre 1.1.0 keeps its sockets to itself, and gives one away only with a message that came in on
 * it. So the engine sends each of its own listeners one OPTIONS at the start: that hands over the
 * socket, and proves that the listener hears.
 */
#ifndef CENTREX_SIP_FILTER_H
#define CENTREX_SIP_FILTER_H

#include "sip/engine.h"

enum { FILTER_DATAGRAM_MAX = 16384 };

MUST_CHECK enum error_code filter_open(struct engine *engine, struct filter **ret_filter,
                                       struct error *err);
void filter_close(struct filter *filter);

/* Sends the OPTIONS again to each UDP listener not yet heard; returns how many those are. */
size_t filter_greet(struct filter *filter);

/* True when msg is that OPTIONS: it is dealt with. */
bool filter_greeting(struct filter *filter, const struct sip_msg *msg);

#endif
