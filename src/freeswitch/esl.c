#include "freeswitch/esl.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "freeswitch/esl_connect.h"
#include "freeswitch/esl_frame.h"

enum {
	BACKOFF_LEAST_MS = 250,
	BACKOFF_MOST_MS = 10 * 1000,
	STEADY_US = 5 * 1000 * 1000, /* a connection that held so long begins the back-off anew */
	ANSWER_US = 30 * 1000 * 1000,
	QUIET_US = 15 * 1000 * 1000, /* after so long it is asked whether it is there */
	OUT_MAX = 8 * 1024 * 1024,
	READS_MAX = 64, /* before the clock and the others are looked at again */
	TICK_US = ESL_TICK_MS * 1000,
};

/* One that waits for its answer. */
struct asked {
	TAILQ_ENTRY(asked) next;
	esl_reply_h *h;
	void *arg;
};

enum step { STEP_HELLO, STEP_LOGIN, STEP_SUBSCRIBE, STEP_UP };

struct esl {
	char *name, *host, *password, *events;
	uint16_t port;
	struct esl_handlers handlers;
	pthread_t thread;
	int wake; /* eventfd: esl_wake or esl_close was called */
	atomic_bool closing, up;

	/* Of the thread. */
	int socket;
	enum step step;
	struct esl_reader reader;
	struct text out;
	size_t sent; /* of out */
	TAILQ_HEAD(, asked) asked;
	int64_t waiting_us; /* since when the first of asked is the next to be answered */
	int64_t heard_us, begun_us, tick_us;
	struct error told; /* why it is down, as the handler was told last */
};

const char *esl_name(const struct esl *esl)
{
	return esl->name;
}

bool esl_is_up(const struct esl *esl)
{
	return atomic_load(&esl->up);
}

void esl_wake(struct esl *esl)
{
	(void)!write(esl->wake, &(uint64_t){1}, sizeof(uint64_t));
}

/* Reads the eventfd; false: closing. */
static bool take_wake(struct esl *esl)
{
	uint64_t n;

	(void)!read(esl->wake, &n, sizeof(n));
	if (atomic_load(&esl->closing))
		return false;
	if (esl->handlers.woken)
		esl->handlers.woken(esl, esl->handlers.arg);
	return true;
}

/* Until the socket (-1: none) is as wanted or the time is over; *ret_stop: closing. */
static bool wait_for(struct esl *esl, int descriptor, short events, int ms, bool *ret_stop)
{
	int64_t until_us = clock_monotonic_us() + ms * INT64_C(1000);

	for (;;) {
		int64_t left_us = until_us - clock_monotonic_us();
		struct pollfd fds[] = {
			{.fd = esl->wake,  .events = POLLIN},
			{.fd = descriptor, .events = events},
		};

		if (left_us < 0)
			left_us = 0;
		if (poll(fds, COUNT_OF(fds), (int)((left_us + 999) / 1000)) < 0 && errno != EINTR)
			return false;
		if (fds[0].revents && !take_wake(esl)) {
			*ret_stop = true;
			return false;
		}
		if (fds[1].revents)
			return true;
		if (!left_us)
			return false;
	}
}

static bool wait_writable(int descriptor, int ms, bool *ret_stop, void *arg)
{
	return wait_for(arg, descriptor, POLLOUT, ms, ret_stop);
}

/* Appends a command; false: no memory. */
static bool ask(struct esl *esl, const char *verb, const char *what, esl_reply_h *h, void *arg)
{
	struct asked *asked = calloc(1, sizeof(*asked));

	if (!asked)
		return false;
	asked->h = h;
	asked->arg = arg;
	text_addf(&esl->out, "%s%s\n\n", verb, what);
	if (esl->out.failed) {
		free(asked);
		return false;
	}
	if (TAILQ_EMPTY(&esl->asked))
		esl->waiting_us = clock_monotonic_us();
	TAILQ_INSERT_TAIL(&esl->asked, asked, next);
	return true;
}

void esl_api(struct esl *esl, esl_reply_h *h, void *arg, const char *format, ...)
{
	char command[ESL_COMMAND_MAX + 1];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (n <= 0 || n > ESL_COMMAND_MAX || command[strcspn(command, "\r\n")] || !esl_is_up(esl) ||
	    !ask(esl, "api ", command, h, arg)) {
		if (h)
			h(esl, NULL, 0, arg);
	}
}

static void forget_answers(struct esl *esl)
{
	struct asked *asked;

	while ((asked = TAILQ_FIRST(&esl->asked))) {
		TAILQ_REMOVE(&esl->asked, asked, next);
		if (asked->h)
			asked->h(esl, NULL, 0, asked->arg);
		free(asked);
	}
}

static void answered(struct esl *esl, const char *body, size_t n)
{
	struct asked *asked = TAILQ_FIRST(&esl->asked);

	if (!asked)
		return; /* nobody asked */
	TAILQ_REMOVE(&esl->asked, asked, next);
	esl->waiting_us = clock_monotonic_us();
	if (asked->h)
		asked->h(esl, body, n, asked->arg);
	free(asked);
}

static enum error_code no_memory(struct error *err)
{
	return error_set(err, ERROR_MEMORY, NULL, NULL);
}

static enum error_code subscribed(struct esl *esl, const struct esl_frame *frame, struct error *err)
{
	if (frame->body[0] != '+')
		return error_set(err, ERROR_FORBIDDEN, NULL, "it refuses to tell of events: %.100s",
		                 frame->body);
	esl->step = STEP_UP;
	atomic_store(&esl->up, true);
	esl->told.code = ERROR_OK;
	if (esl->handlers.up)
		esl->handlers.up(esl, esl->handlers.arg);
	return ERROR_OK;
}

/* The conversation before it is up. */
static enum error_code log_in(struct esl *esl, const struct esl_frame *frame, struct error *err)
{
	if (esl->step == STEP_HELLO && frame->kind == ESL_AUTH_REQUEST) {
		esl->step = STEP_LOGIN;
		return ask(esl, "auth ", esl->password, NULL, NULL) ? ERROR_OK : no_memory(err);
	}
	if (frame->kind != ESL_REPLY || esl->step == STEP_HELLO)
		return ERROR_OK;
	answered(esl, frame->body, frame->n);
	if (esl->step == STEP_SUBSCRIBE)
		return subscribed(esl, frame, err);
	if (frame->body[0] != '+')
		return error_set(err, ERROR_UNAUTHENTICATED, NULL,
		                 "it refuses the password of freeswitch-event-password");
	esl->step = STEP_SUBSCRIBE;
	return ask(esl, "event plain ", esl->events, NULL, NULL) ? ERROR_OK : no_memory(err);
}

static void tell_event(struct esl *esl, const struct esl_frame *frame)
{
	struct esl_event *event;

	if (!esl->handlers.event)
		return;
	event = esl_event_new(frame->body, frame->n);
	if (event)
		esl->handlers.event(esl, event, esl->handlers.arg);
	esl_event_free(event);
}

static enum error_code take_frame(struct esl *esl, const struct esl_frame *frame, struct error *err)
{
	switch (frame->kind) {
	case ESL_GOODBYE:
		return error_set(err, ERROR_UNAVAILABLE, NULL, "it ended the connection");
	case ESL_REJECTED:
		return error_set(err, ERROR_FORBIDDEN, NULL,
		                 "its apply-inbound-acl refuses our address");
	case ESL_EVENT:
		if (esl->step == STEP_UP)
			tell_event(esl, frame);
		return ERROR_OK;
	case ESL_AUTH_REQUEST:
	case ESL_REPLY:
		if (esl->step != STEP_UP)
			return log_in(esl, frame, err);
		if (frame->kind == ESL_REPLY)
			answered(esl, frame->body, frame->n);
		return ERROR_OK;
	case ESL_OTHER:
		break;
	}
	return ERROR_OK;
}

static enum error_code take_frames(struct esl *esl, struct error *err)
{
	for (;;) {
		struct esl_frame frame;
		bool whole;
		enum error_code code = esl_reader_next(&esl->reader, &frame, &whole, err);

		if (code != ERROR_OK || !whole)
			return code;
		code = take_frame(esl, &frame, err);
		if (code != ERROR_OK)
			return code;
	}
}

static enum error_code lost(int number, struct error *err)
{
	return error_set(err, ERROR_UNAVAILABLE, NULL, "the connection was lost: %s",
	                 number ? strerror(number) : "closed by FreeSWITCH");
}

static enum error_code read_some(struct esl *esl, struct error *err)
{
	for (int i = 0; i < READS_MAX; i++) {
		size_t room;
		char *to = esl_reader_room(&esl->reader, &room);
		ssize_t n = to ? recv(esl->socket, to, room, 0) : 0;
		enum error_code code;

		if (!to)
			return no_memory(err);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return ERROR_OK;
		if (n <= 0)
			return lost(n < 0 ? errno : 0, err);
		esl_reader_add(&esl->reader, (size_t)n);
		esl->heard_us = clock_monotonic_us();
		code = take_frames(esl, err);
		if (code != ERROR_OK)
			return code;
	}
	return ERROR_OK;
}

static enum error_code write_some(struct esl *esl, struct error *err)
{
	while (esl->sent < esl->out.length) {
		ssize_t n = send(esl->socket, esl->out.data + esl->sent,
		                 esl->out.length - esl->sent, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return lost(errno, err);
		if (n < 0)
			break;
		esl->sent += (size_t)n;
	}
	if (esl->out.failed)
		return no_memory(err);
	if (esl->out.length - esl->sent > OUT_MAX)
		return error_set(err, ERROR_TIMEOUT, NULL, "it does not read our commands");
	if (esl->sent == esl->out.length) {
		text_reset(&esl->out);
		esl->sent = 0;
	}
	return ERROR_OK;
}

static enum error_code look_at_clock(struct esl *esl, struct error *err)
{
	int64_t now = clock_monotonic_us();

	if (esl->step != STEP_UP && now - esl->begun_us > ANSWER_US)
		return error_set(err, ERROR_TIMEOUT, NULL, "it did not let us log in in %d s",
		                 ANSWER_US / 1000000);
	if (!TAILQ_EMPTY(&esl->asked) && now - esl->waiting_us > ANSWER_US)
		return error_set(err, ERROR_TIMEOUT, NULL, "a command was not answered in %d s",
		                 ANSWER_US / 1000000);
	if (esl->step != STEP_UP)
		return ERROR_OK;
	if (TAILQ_EMPTY(&esl->asked) && now - esl->heard_us > QUIET_US)
		esl_api(esl, NULL, NULL, "uptime");
	if (now >= esl->tick_us) {
		esl->tick_us = now + TICK_US;
		if (esl->handlers.tick)
			esl->handlers.tick(esl, now, esl->handlers.arg);
	}
	return ERROR_OK;
}

/* On a connected socket, until it is lost or nobody wants it any more (*ret_stop). */
static enum error_code converse(struct esl *esl, bool *ret_stop, struct error *err)
{
	enum error_code code = ERROR_OK;

	while (code == ERROR_OK) {
		bool writing = esl->sent < esl->out.length;

		if (wait_for(esl, esl->socket, writing ? POLLIN | POLLOUT : POLLIN, ESL_TICK_MS,
		             ret_stop))
			code = read_some(esl, err);
		if (*ret_stop)
			return ERROR_OK;
		if (code == ERROR_OK)
			code = look_at_clock(esl, err);
		if (code == ERROR_OK)
			code = write_some(esl, err);
	}
	return code;
}

static enum error_code run_once(struct esl *esl, bool *ret_stop, struct error *err)
{
	enum error_code code =
		esl_connect(esl->host, esl->port, wait_writable, esl, &esl->socket, err);

	if (code != ERROR_OK)
		return code;
	esl->step = STEP_HELLO;
	esl->begun_us = esl->heard_us = esl->tick_us = clock_monotonic_us();
	code = converse(esl, ret_stop, err);
	atomic_store(&esl->up, false);
	close(esl->socket);
	esl->socket = -1;
	esl_reader_clear(&esl->reader);
	text_clear(&esl->out);
	esl->sent = 0;
	forget_answers(esl);
	return code;
}

/* Once for each reason, and after each loss. */
static void tell_down(struct esl *esl, bool was_up, const struct error *err)
{
	bool same = esl->told.code == err->code && strcmp(esl->told.message, err->message) == 0;

	if (same && !was_up)
		return;
	esl->told = *err;
	if (esl->handlers.down)
		esl->handlers.down(esl, err, esl->handlers.arg);
}

static void *esl_thread(void *arg)
{
	struct esl *esl = arg;
	unsigned wait_ms = BACKOFF_LEAST_MS;
	bool stop = false;

	while (!stop) {
		struct error err = {0};
		enum error_code code;
		bool was_up;

		esl->step = STEP_HELLO;
		code = run_once(esl, &stop, &err);
		was_up = esl->step == STEP_UP;
		if (was_up && clock_monotonic_us() - esl->begun_us > STEADY_US)
			wait_ms = BACKOFF_LEAST_MS;
		if (stop)
			break;
		tell_down(esl, was_up, &err);
		/* What a person must put right is not asked for more often than that takes. */
		if (code == ERROR_UNAUTHENTICATED || code == ERROR_FORBIDDEN) {
			wait_for(esl, -1, 0, BACKOFF_MOST_MS, &stop);
			continue;
		}
		wait_for(esl, -1, 0, (int)(wait_ms / 2 + randombytes_uniform(wait_ms / 2 + 1)),
		         &stop);
		wait_ms = wait_ms * 2 < BACKOFF_MOST_MS ? wait_ms * 2 : BACKOFF_MOST_MS;
	}
	return NULL;
}

static void esl_free(struct esl *esl)
{
	auto_close(&esl->wake);
	if (esl->password)
		sodium_memzero(esl->password, strlen(esl->password));
	free(esl->password);
	free(esl->name);
	free(esl->host);
	free(esl->events);
	free(esl);
}

static enum error_code fill(struct esl *esl, const struct esl_config *config, struct error *err)
{
	TAILQ_INIT(&esl->asked);
	esl->socket = -1;
	esl->port = config->port;
	esl->handlers = config->handlers;
	esl->name = strdup(config->name);
	esl->host = strdup(config->host);
	esl->password = strdup(config->password);
	esl->events = strdup(config->events);
	esl->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!esl->name || !esl->host || !esl->password || !esl->events)
		return no_memory(err);
	if (esl->wake < 0)
		return error_errno(err, "make an eventfd");
	if (esl->password[strcspn(esl->password, "\r\n")])
		return error_set(err, ERROR_INVALID, "freeswitch-event-password",
		                 "must be one line");
	if (esl->events[strcspn(esl->events, "\r\n")])
		return error_set(err, ERROR_INTERNAL, NULL, "events must be one line");
	return ERROR_OK;
}

enum error_code esl_open(const struct esl_config *config, struct esl *_Atomic *ret_esl,
                         struct error *err)
{
	struct esl *esl = calloc(1, sizeof(*esl));
	enum error_code code;

	if (!esl)
		return no_memory(err);
	code = fill(esl, config, err);
	*ret_esl = esl; /* its handlers find it there */
	if (code == ERROR_OK) {
		errno = pthread_create(&esl->thread, NULL, esl_thread, esl);
		if (errno)
			code = error_errno(err, "start a thread for an event socket");
	}
	if (code != ERROR_OK) {
		*ret_esl = NULL;
		esl_free(esl);
	}
	return code;
}

void esl_stop(struct esl *esl)
{
	if (!esl || atomic_exchange(&esl->closing, true))
		return;
	esl_wake(esl);
	pthread_join(esl->thread, NULL);
}

void esl_close(struct esl *esl)
{
	if (!esl)
		return;
	esl_stop(esl);
	esl_free(esl);
}
