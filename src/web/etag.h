/* Entity tags (RFC 9110, section 8.8.3) of answers, and what a request says about them. */
#ifndef CENTREX_WEB_ETAG_H
#define CENTREX_WEB_ETAG_H

#include "web/reply.h"
#include "web/request.h"

/* Of any text: for lists, which have no row's tag. */
void etag_of(const struct text *body, char ret_etag[static STORE_ETAG_MAX]);

/* ETag into the reply; 304 without a body where If-None-Match names it already. etag: without
 * quotes; "": none. */
void etag_answer(const struct request *request, const char *etag, struct reply *reply);

/* The answer of a list that is never cut: rows is a JSON array; its tag is of what it says. */
MUST_CHECK enum error_code etag_list(const struct request *request, const struct text *rows,
                                     struct reply *reply, struct error *err);

/* If-Match as store_call.if_match: NULL for none and for `*`. ERROR_INVALID: not one strong tag. */
MUST_CHECK enum error_code etag_required(const struct request *request,
                                         char buffer[static STORE_ETAG_MAX],
                                         const char **ret_if_match, struct error *err);

#endif
