/*
 * Deadlines of many registrations: a wheel of one-second slots. Adding, moving and removing cost
 * the same whatever the number (libre's timers are one sorted list). Not for precise times.
 */
#ifndef CENTREX_SIP_WHEEL_H
#define CENTREX_SIP_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { WHEEL_SLOTS = 4096 };

/* Part of what expires; zeroed means in no wheel. */
struct wheel_entry {
	struct wheel_entry *next, *before;
	int64_t at_s;
};

/* Slot s holds what expires at a second that is s modulo WHEEL_SLOTS: this turn or a later one. */
struct wheel {
	int64_t now_s; /* everything up to here has been handed out */
	struct wheel_entry slots[WHEEL_SLOTS];
};

typedef void wheel_expired_h(struct wheel_entry *entry, void *arg);

void wheel_init(struct wheel *wheel, int64_t now_s);

/* Puts or moves the entry; a time that has passed means the next tick. */
void wheel_set(struct wheel *wheel, struct wheel_entry *entry, int64_t at_s);
void wheel_remove(struct wheel_entry *entry);

/* Hands out what expires up to now_s, taken from the wheel; expired may add and remove entries.
 * A clock that jumps costs one turn at most. */
void wheel_tick(struct wheel *wheel, int64_t now_s, wheel_expired_h *expired, void *arg);

#endif
