/*
 * The query of a request (application/x-www-form-urlencoded): names and values decoded. Hostile:
 * what cannot be understood is refused.
 */
#ifndef CENTREX_WEB_URL_H
#define CENTREX_WEB_URL_H

#include <stdbool.h>

#include "base/error.h"

enum { URL_QUERY_MAX = 64 };

struct url_query {
	size_t n;
	struct {
		const char *name, *value; /* in buffer; value "" where there is no "=" */
	} parameters[URL_QUERY_MAX];
	char *buffer;
};

/* text: what stands behind "?", NULL: nothing. ERROR_INVALID names a parameter that is given twice,
 * or "query" where it is not UTF-8 without NUL, has more than URL_QUERY_MAX, or a bad %. */
MUST_CHECK enum error_code url_query_parse(const char *text, struct url_query *ret_query,
                                           struct error *err);
void url_query_clear(struct url_query *query);

/* NULL: not there. */
const char *url_query_find(const struct url_query *query, const char *name);

#endif
