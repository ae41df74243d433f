/*
 * Bytes on their way to a client of unknown speed: filled by any one thread, drained by the
 * reactor. Bounded: the writer waits (an export), or is told that there is no room (events).
 */
#ifndef CENTREX_WEB_STREAM_H
#define CENTREX_WEB_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct stream;

enum {
	STREAM_BYTES = 256 * 1024,
	STREAM_STALL_S = 30,     /* a writer waits so long in all; each ... */
	STREAM_RATE = 32 * 1024, /* ... so many bytes taken give it a second of that back */
};

MUST_CHECK enum error_code stream_new(struct stream **ret_stream, struct error *err);
struct stream *stream_ref(struct stream *stream);
void stream_unref(struct stream *stream); /* NULL is allowed */

/* Waits for room. ERROR_IO: the client is gone or too slow, or the server stops; the writer gives
 * up then. */
MUST_CHECK enum error_code stream_write(struct stream *stream, const char *bytes, size_t n,
                                        struct error *err);
/* Never waits: false when there is no room for all of it, or the client is gone. */
bool stream_offer(struct stream *stream, const char *bytes, size_t n);
/* True once the client is gone. */
bool stream_is_closed(const struct stream *stream);
/* The end, as it should be; a stream whose last reference goes without it is cut off, so that the
 * client sees an unfinished transfer. */
void stream_finish(struct stream *stream);

#endif
