/* A stream as the server drains it (stream.c): for exchange.c and connections.c. */
#ifndef CENTREX_WEB_STREAM_SERVER_H
#define CENTREX_WEB_STREAM_SERVER_H

#include "web/stream.h"

/* References of the server itself: a stream that only these hold is written by nobody any more. */
struct stream *stream_hold(struct stream *stream);
void stream_let_go(struct stream *stream); /* NULL is allowed */

/* Wakes whoever drains: called with the stream's lock held, so that it must not come back to it. */
typedef void stream_wake_h(void *arg);

enum { STREAM_WAITING = 0, STREAM_END = -1, STREAM_BROKEN = -2 };

/* Up to room bytes into buffer: how many, STREAM_END after stream_finish, STREAM_BROKEN when it was
 * let go of before, or the server stops. STREAM_WAITING: there is nothing; park has been called
 * (with the lock held) and wake will be, once, when there is something. */
ptrdiff_t stream_read(struct stream *stream, char *buffer, size_t room, stream_wake_h *park,
                      stream_wake_h *wake, void *arg);

/* The client is gone, or the server stops: writers are told, a parked reader is woken. */
void stream_break(struct stream *stream);

/* The reader will not come back. */
void stream_detach(struct stream *stream);

#endif
