/* One HTTP client of a server on this machine: a connection, one request at a time. */
#ifndef CENTREX_VERIFY_CLIENT_H
#define CENTREX_VERIFY_CLIENT_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct client;

struct client_request {
	const char *method;
	const char *path;    /* with its query, escaped */
	const char *session; /* the cookie; NULL: nobody is signed in */
	const char *type;    /* of the body; NULL: no body */
	const char *body;
};

struct client_answer {
	unsigned status;
	struct text body; /* at most CLIENT_BODY_MAX of it */
};

enum { CLIENT_BODY_MAX = 4 * 1024 * 1024, CLIENT_TIMEOUT_MS = 30000, CLIENT_STREAM_MS = 500 };

MUST_CHECK enum error_code client_open(uint16_t port, struct client **ret_client,
                                       struct error *err);
void client_close(struct client *client); /* NULL is allowed */

/* answer is overwritten; its owner clears the body. A stream that goes on is left after
 * CLIENT_STREAM_MS: what came until then is the answer. ERROR_UNAVAILABLE: none came. */
MUST_CHECK enum error_code client_send(struct client *client, const struct client_request *request,
                                       bool stream, struct client_answer *answer,
                                       struct error *err);

/* Appends text with all but letters, digits, "-._~" as %XX. */
void client_escape(struct text *out, const char *text);

#endif
