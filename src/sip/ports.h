/*
 * The even/odd port pairs media may use (RFC 3550 section 11), one pool a process.
 *
 * Taken in turn from a random start, so that a freed pair is the last to come back: late packets of
 * an ended call find a closed port, and a port cannot be told from the one before. Thread-safe.
 */
#ifndef CENTREX_SIP_PORTS_H
#define CENTREX_SIP_PORTS_H

#include <stdint.h>

#include "base/error.h"

struct ports;

/* ERROR_INVALID when the range holds no pair. */
MUST_CHECK enum error_code ports_open(uint16_t least, uint16_t most, uint32_t start,
                                      struct ports **ret_ports, struct error *err);
void ports_close(struct ports *ports); /* NULL is allowed */

/* The even port of a free pair, now in use; 0 when no more than `keep` are free. */
uint16_t ports_take(struct ports *ports, unsigned keep);
void ports_give(struct ports *ports, uint16_t port);

unsigned ports_room(const struct ports *ports); /* pairs in all */
unsigned ports_used(struct ports *ports);

#endif
