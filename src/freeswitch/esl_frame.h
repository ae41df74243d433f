/*
 * The bytes of FreeSWITCH's event socket, taken apart (mod_event_socket.c: listener_run, api_exec,
 * switch_event.c: switch_event_serialize). A frame is a head of "Name: value" lines, an empty line,
 * and as many bytes of body as its Content-Length says. Hostile: fuzzed (tests/fuzz/fuzz_esl.c).
 */
#ifndef CENTREX_FREESWITCH_ESL_FRAME_H
#define CENTREX_FREESWITCH_ESL_FRAME_H

#include <stdbool.h>

#include "base/error.h"

enum {
	ESL_HEAD_MAX = 16 * 1024, /* bytes of a frame's head */
	ESL_LINES_MAX = 64,       /* of a frame's head */
	/* A list of 100,000 agents is 20 MB. */
	ESL_BODY_MAX = 64 * 1024 * 1024,
	ESL_EVENT_MAX = 1024 * 1024, /* bytes of an event */
	ESL_HEADERS_MAX = 4096,      /* of an event */
};

enum esl_kind {
	ESL_AUTH_REQUEST,
	ESL_REPLY,    /* command/reply: body is its Reply-Text; api/response: body is the answer */
	ESL_EVENT,    /* text/event-plain */
	ESL_GOODBYE,  /* text/disconnect-notice */
	ESL_REJECTED, /* text/rude-rejection: event_socket.conf's apply-inbound-acl */
	ESL_OTHER,    /* anything else is passed over */
};

/* Valid until the reader is called again. */
struct esl_frame {
	enum esl_kind kind;
	const char *body; /* NUL-terminated */
	size_t n;
};

/* Zeroed: empty. */
struct esl_reader {
	char *data;
	size_t room, n; /* bytes there */
	size_t begin;   /* of the frame that comes next */
	size_t looked;  /* of its head, so many bytes hold no end */
	size_t head;    /* bytes of its head, once it is whole; 0: not yet */
	size_t body;    /* bytes of its body */
	enum esl_kind kind;
	size_t reply, reply_n; /* where its Reply-Text is, from begin */
	char kept;             /* the byte behind the frame that was given out */
	size_t kept_at;        /* where it stood; 0: none */
};

/* Room for more bytes, at least 4 KiB; NULL: no memory. What was put there is told by
 * esl_reader_add. */
char *esl_reader_room(struct esl_reader *reader, size_t *ret_n);
void esl_reader_add(struct esl_reader *reader, size_t n);

/* ERROR_OK with *ret_whole false: more bytes are needed. ERROR_INVALID, ERROR_TOO_LARGE: this is no
 * event socket, and nothing after it can be read. */
MUST_CHECK enum error_code esl_reader_next(struct esl_reader *reader, struct esl_frame *ret_frame,
                                           bool *ret_whole, struct error *err);

/* Forgets what was read; memory is freed. */
void esl_reader_clear(struct esl_reader *reader);

#endif
