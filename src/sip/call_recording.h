/*
 * Which calls are recorded, and what they are told of it.
 *
 * By the tenant's settings: recording (none, queue, all), recording_format, recording_channels,
 * recording_announced; a queue's own setting recording (tenant, no, yes) goes before. A recording
 * begins when two talk for the first time, is silent while they do not (hold, a queue, parked), and
 * ends with the call. Where it is announced, both hear a beep before they hear each other.
 *
 * Nothing that fails here ends a call: its record says "failed", or "partial". The loop's thread.
 */
#ifndef CENTREX_SIP_CALL_RECORDING_H
#define CENTREX_SIP_CALL_RECORDING_H

#include "sip/call_state.h"

/* Caller and callee hear each other from now on, or with other codecs; arg: the call. */
bridge_talks_h call_recording_talks;
/* A leg is the call's no more. */
void call_recording_parted(struct call *call, const struct leg *leg);
/* The call's record, written once it is known what became of its recording: at once where there is
 * none. Copies. */
void call_recording_end(struct call *call, const struct cdr_end *end);
/* The call is freed. */
void call_recording_forget(struct call *call);

#endif
