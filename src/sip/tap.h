/*
 * A tap: copies of the RTP that the two legs of one bridge receive, from the media thread to a
 * recorder's.
 *
 * One thread puts, one takes, neither waits for the other, and nothing is allocated: a full ring
 * loses the packet and counts it. Who puts is the media thread of both legs; they let go of the tap
 * when their bridge ends, so that another bridge, perhaps on another thread, has another tap.
 */
#ifndef CENTREX_SIP_TAP_H
#define CENTREX_SIP_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum {
	TAP_SIDES = 2,         /* 0: the caller's packets, 1: the callee's */
	TAP_RING = 128 * 1024, /* bytes: six seconds of G.711, both sides */
	TAP_PACKET_MAX = 2048,
};

struct tap;

/* One reference, the recorder's. NULL: no memory. */
struct tap *tap_new(void);
/* From any thread. */
struct tap *tap_ref(struct tap *tap);
void tap_unref(struct tap *tap); /* NULL is allowed */

/* An RTP packet as it was received, decrypted. The media thread. */
void tap_put(struct tap *tap, unsigned side, int64_t arrived_us, const uint8_t *bytes, size_t n);

struct tap_packet {
	unsigned side;
	int64_t arrived_us; /* monotonic */
	size_t n;
	uint8_t bytes[TAP_PACKET_MAX];
};
/* The oldest; false: the ring is empty. The recorder's thread. */
bool tap_take(struct tap *tap, struct tap_packet *ret_packet);
/* Packets lost since it was asked last. The recorder's thread. */
uint64_t tap_lost(struct tap *tap);
/* Nothing more is taken from now on. Any thread. */
void tap_close(struct tap *tap);
/* It was closed, or nobody but the recorder has it: once the ring is empty, nothing else will
 * come. */
bool tap_is_over(const struct tap *tap);

#endif
