/* When a channel began, was answered and ended, in the one order freeswitch/record.h promises. */
#ifndef CENTREX_FREESWITCH_RECORD_TIMES_H
#define CENTREX_FREESWITCH_RECORD_TIMES_H

#include "freeswitch/record.h"
#include "freeswitch/record_values.h"

/* Of record: role is read, the times are filled. */
void record_times(const struct record_values *values, int64_t now_us, struct record *record);

/* It was connected to another channel, at any time of its life. */
bool record_was_bridged(const struct record_values *values);

#endif
