#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "web/stream_server.h"

static const int64_t second_us = 1000000, patience_most_us = STREAM_STALL_S * 1000000LL;

struct stream {
	pthread_mutex_t lock;
	pthread_cond_t room;        /* the reader took something, or the stream broke */
	unsigned refs, server_refs; /* the first counts all */
	bool finished;              /* all is written */
	bool broken;                /* the client is gone, or the server stops */
	stream_wake_h *wake;        /* not NULL: the reader waits */
	void *wake_arg;
	size_t first, length; /* in bytes, a ring */
	int64_t patience_us;  /* how long the writer may wait yet */
	char bytes[STREAM_BYTES];
};

enum error_code stream_new(struct stream **ret_stream, struct error *err)
{
	struct stream *stream = malloc(sizeof(*stream));

	if (!stream)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	/* The ring's pages are touched as they are needed: most event streams stay small. */
	memset(stream, 0, offsetof(struct stream, bytes));
	pthread_mutex_init(&stream->lock, NULL);
	condition_init(&stream->room);
	stream->refs = 1;
	stream->patience_us = patience_most_us;
	*ret_stream = stream;
	return ERROR_OK;
}

struct stream *stream_ref(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->refs++;
	pthread_mutex_unlock(&stream->lock);
	return stream;
}

/* With the lock held. */
static void wake_reader(struct stream *stream)
{
	stream_wake_h *wake = stream->wake;

	stream->wake = NULL;
	if (wake)
		wake(stream->wake_arg);
}

void stream_unref(struct stream *stream)
{
	unsigned left;

	if (!stream)
		return;
	pthread_mutex_lock(&stream->lock);
	left = --stream->refs;
	/* Nobody is left to write: what is not finished will never be. */
	if (left && left == stream->server_refs)
		wake_reader(stream);
	pthread_mutex_unlock(&stream->lock);
	if (left)
		return;
	pthread_cond_destroy(&stream->room);
	pthread_mutex_destroy(&stream->lock);
	free(stream);
}

struct stream *stream_hold(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->refs++;
	stream->server_refs++;
	pthread_mutex_unlock(&stream->lock);
	return stream;
}

void stream_let_go(struct stream *stream)
{
	if (!stream)
		return;
	pthread_mutex_lock(&stream->lock);
	stream->server_refs--;
	pthread_mutex_unlock(&stream->lock);
	stream_unref(stream);
}

static void put(struct stream *stream, const char *bytes, size_t n)
{
	size_t at = (stream->first + stream->length) % STREAM_BYTES;
	size_t until_end = STREAM_BYTES - at;
	size_t head = n < until_end ? n : until_end;

	memcpy(stream->bytes + at, bytes, head);
	memcpy(stream->bytes, bytes + head, n - head);
	stream->length += n;
	wake_reader(stream);
}

static bool is_full(const struct stream *stream)
{
	return !stream->broken && stream->length == STREAM_BYTES;
}

/* With the lock held: waits until there is room for a byte. A drop taken now and then does not hold
 * the writer, a worker, for days. */
static bool wait_for_room(struct stream *stream)
{
	int64_t begun_us, now_us;

	if (!is_full(stream))
		return !stream->broken;
	begun_us = now_us = clock_monotonic_us();
	while (is_full(stream)) {
		if (now_us - begun_us >= stream->patience_us)
			stream->broken = true;
		else
			(void)condition_wait(&stream->room, &stream->lock,
			                     begun_us + stream->patience_us);
		now_us = clock_monotonic_us();
	}
	stream->patience_us -= now_us - begun_us;
	return !stream->broken;
}

enum error_code stream_write(struct stream *stream, const char *bytes, size_t n, struct error *err)
{
	bool good = true;

	pthread_mutex_lock(&stream->lock);
	while (n && (good = wait_for_room(stream))) {
		size_t room = STREAM_BYTES - stream->length;
		size_t part = n < room ? n : room;

		put(stream, bytes, part);
		bytes += part;
		n -= part;
	}
	if (!good)
		wake_reader(stream);
	pthread_mutex_unlock(&stream->lock);
	return good ? ERROR_OK : error_set(err, ERROR_IO, NULL, "the client is gone");
}

bool stream_offer(struct stream *stream, const char *bytes, size_t n)
{
	bool good;

	pthread_mutex_lock(&stream->lock);
	good = !stream->broken && n <= STREAM_BYTES - stream->length;
	if (good && n)
		put(stream, bytes, n);
	pthread_mutex_unlock(&stream->lock);
	return good;
}

bool stream_is_closed(const struct stream *stream)
{
	struct stream *locked = (struct stream *)stream;
	bool broken;

	pthread_mutex_lock(&locked->lock);
	broken = stream->broken;
	pthread_mutex_unlock(&locked->lock);
	return broken;
}

void stream_finish(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->finished = true;
	wake_reader(stream);
	pthread_mutex_unlock(&stream->lock);
}

static size_t take(struct stream *stream, char *buffer, size_t room)
{
	size_t n = stream->length < room ? stream->length : room;
	size_t until_end = STREAM_BYTES - stream->first;
	size_t head = n < until_end ? n : until_end;

	memcpy(buffer, stream->bytes + stream->first, head);
	memcpy(buffer + head, stream->bytes, n - head);
	stream->first = (stream->first + n) % STREAM_BYTES;
	stream->length -= n;
	stream->patience_us += (int64_t)n * second_us / STREAM_RATE;
	if (stream->patience_us > patience_most_us)
		stream->patience_us = patience_most_us;
	pthread_cond_broadcast(&stream->room);
	return n;
}

ptrdiff_t stream_read(struct stream *stream, char *buffer, size_t room, stream_wake_h *park,
                      stream_wake_h *wake, void *arg)
{
	ptrdiff_t answer;

	pthread_mutex_lock(&stream->lock);
	if (stream->broken) {
		answer = STREAM_BROKEN;
	} else if (stream->length) {
		answer = (ptrdiff_t)take(stream, buffer, room);
	} else if (stream->finished) {
		answer = STREAM_END;
	} else if (stream->refs == stream->server_refs) {
		answer = STREAM_BROKEN;
	} else {
		park(arg);
		stream->wake = wake;
		stream->wake_arg = arg;
		answer = STREAM_WAITING;
	}
	pthread_mutex_unlock(&stream->lock);
	return answer;
}

void stream_break(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->broken = true;
	pthread_cond_broadcast(&stream->room);
	wake_reader(stream);
	pthread_mutex_unlock(&stream->lock);
}

void stream_detach(struct stream *stream)
{
	pthread_mutex_lock(&stream->lock);
	stream->wake = NULL;
	stream->broken = true;
	pthread_cond_broadcast(&stream->room);
	pthread_mutex_unlock(&stream->lock);
}
