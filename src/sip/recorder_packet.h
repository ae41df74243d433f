/* An RTP packet as a recording needs it (RFC 3550 section 5.1): whatever a phone sent is read. */
#ifndef CENTREX_SIP_RECORDER_PACKET_H
#define CENTREX_SIP_RECORDER_PACKET_H

#include <stdbool.h>

#include "audio/record_side.h"

/* False: it is not whole. Sets all of packet but arrived_us and codec; its payload is in bytes. */
bool recorder_packet_read(const uint8_t *bytes, size_t n, struct record_packet *packet,
                          uint8_t *ret_type);

#endif
