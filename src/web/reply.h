/*
 * What a handler answers. Empty as given to it; exactly one of body, fixed, file and stream is
 * used. Texts and descriptors become the reply's.
 *
 * Every answer carries X-Request-Id and the security headers; errors are RFC 9457 problem
 * documents, in the language of who asks (web/words.h):
 * {"type","title","status","code","detail","request_id","errors":[{"field","message"}]}.
 */
#ifndef CENTREX_WEB_REPLY_H
#define CENTREX_WEB_REPLY_H

#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "web/words.h"

struct stream; /* web/stream.h */

enum { REPLY_HEADERS_MAX = 14 };

struct reply {
	unsigned status;          /* 0: the route's */
	const char *content_type; /* NULL: the route's, else application/json */
	struct text body;
	const char *fixed; /* NULL: none; bytes that stay as long as the process */
	size_t fixed_bytes;
	int file; /* -1: none; the descriptor is closed by the server */
	uint64_t file_offset, file_bytes;
	struct stream *stream; /* a reference that becomes the server's; NULL: none */
	size_t n_headers;
	struct {
		const char *name; /* a literal */
		char *value;      /* owned */
	} headers[REPLY_HEADERS_MAX];
	/* Further {"field","message"} objects, comma-separated JSON, for errors[] of a problem with
	 * several faults (an import's). */
	struct text errors;
	bool is_problem; /* body is a problem document already */
};

/* Formats; a value with a control character, or one header too many, makes the reply a 500. */
void reply_header(struct reply *reply, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* `inline; filename*=` and so on for any file name, however odd (RFC 6266). */
void reply_attachment(struct reply *reply, const char *disposition, const char *file_name);

/* Answers a byte range of file (RFC 9110 section 14.2: one range; several, or an If-Range that does
 * not match etag, give the whole file): 200, 206 or 416, with Accept-Ranges, ETag and
 * Content-Range. Takes file in every case. range, if_range: headers or NULL. */
MUST_CHECK enum error_code reply_file(struct reply *reply, int file, const char *content_type,
                                      const char *etag, const char *range, const char *if_range,
                                      struct error *err);

/* The HTTP status of an error code (a complete table). */
unsigned problem_status(enum error_code code);
/* The problem document of err into reply: status, content type, body, Retry-After where due. */
void reply_problem(struct reply *reply, const struct error *err, enum language language,
                   const char *request_id);
/* That the answer is in this language, and would be in another for another Accept-Language. */
void reply_language(struct reply *reply, enum language language);

void reply_clear(struct reply *reply);

#endif
