/*
 * One connection to FreeSWITCH's event socket (mod_event_socket.c), kept up: connects,
 * authenticates, subscribes, and begins anew with back-off when it is lost. One thread; every
 * handler runs on it, and commands may be sent from it alone, or from esl_wake's handler, which any
 * thread may ask for.
 */
#ifndef CENTREX_FREESWITCH_ESL_H
#define CENTREX_FREESWITCH_ESL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct esl;
/* One event in plain form, its headers decoded: any bytes but NUL, not always UTF-8. Valid during
 * the handler. */
struct esl_event;

/* NULL: not there. */
const char *esl_header(const struct esl_event *event, const char *name);
/* From the text of one (headers, then a body): for tests. NULL: none. */
struct esl_event *esl_event_new(const char *bytes, size_t n);
void esl_event_free(struct esl_event *event);

/* A command's answer, in the order of the commands: body is NUL-terminated; NULL: it will not come
 * (the connection is lost, or esl_api did not take the command). Text of mod_commands that cannot
 * be carried out begins with "-ERR". */
typedef void esl_reply_h(struct esl *esl, const char *body, size_t n, void *arg);

struct esl_handlers {
	void (*up)(struct esl *esl, void *arg); /* authenticated and subscribed */
	void (*event)(struct esl *esl, const struct esl_event *event, void *arg);
	/* Not reached, or lost: err says why; once for each reason. `up` comes (again). */
	void (*down)(struct esl *esl, const struct error *err, void *arg);
	void (*woken)(struct esl *esl, void *arg);                /* after esl_wake, up or not */
	void (*tick)(struct esl *esl, int64_t now_us, void *arg); /* every ESL_TICK_MS while up */
	void *arg;
};

enum { ESL_TICK_MS = 250, ESL_COMMAND_MAX = 2048 };

struct esl_config {
	const char *name; /* of the node, for the caller */
	const char *host; /* name or address */
	uint16_t port;
	const char *password;
	const char *events; /* "CHANNEL_CREATE CHANNEL_ANSWER CUSTOM callcenter::info ..." */
	struct esl_handlers handlers;
};

/* Texts are copied. Does not wait for the connection. *ret_esl is written before a handler runs. */
MUST_CHECK enum error_code esl_open(const struct esl_config *config, struct esl *_Atomic *ret_esl,
                                    struct error *err);
/* Ends its thread: no handler runs any more, but other threads may still wake it and ask whether it
 * is up. NULL is allowed, here and below. */
void esl_stop(struct esl *esl);
void esl_close(struct esl *esl);

/* "api <command>"; h may be NULL. On the thread of esl only. While it is not up, with a line break
 * in the command, or one longer than ESL_COMMAND_MAX, it is refused: h is called with NULL before
 * this returns. A command that is not answered in 30 s ends the connection. */
void esl_api(struct esl *esl, esl_reply_h *h, void *arg, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

void esl_wake(struct esl *esl); /* any thread */
bool esl_is_up(const struct esl *esl);
const char *esl_name(const struct esl *esl);

#endif
