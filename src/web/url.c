#include "web/url.h"

#include <string.h>

#include "base/text.h"

static enum error_code refuse(struct error *err, const char *message)
{
	return error_set(err, ERROR_INVALID, "query", "%s", message);
}

/* "name=value" of n bytes; out is where the next text goes. */
static enum error_code add(struct url_query *query, const char *pair, size_t n, char **out,
                           struct error *err)
{
	const char *equals = memchr(pair, '=', n);
	size_t name_n = equals ? (size_t)(equals - pair) : n;
	ptrdiff_t decoded = text_percent_decode(pair, name_n, true, *out, name_n);
	char *name = *out;

	if (decoded < 0)
		return refuse(err, "must be UTF-8 in percent-encoding, without NUL");
	if (query->n == URL_QUERY_MAX)
		return refuse(err, "has too many parameters");
	*out += decoded + 1;
	decoded =
		equals ? text_percent_decode(equals + 1, n - name_n - 1, true, *out, n - name_n - 1)
		       : 0;
	if (decoded < 0)
		return refuse(err, "must be UTF-8 in percent-encoding, without NUL");
	(*out)[decoded] = '\0';
	if (url_query_find(query, name))
		return error_set(err, ERROR_INVALID, name, "is given more than once");
	query->parameters[query->n].name = name;
	query->parameters[query->n++].value = *out;
	*out += decoded + 1;
	return ERROR_OK;
}

enum error_code url_query_parse(const char *text, struct url_query *ret_query, struct error *err)
{
	enum error_code code = ERROR_OK;
	char *out;

	ret_query->n = 0;
	ret_query->buffer = NULL;
	if (!text || !*text)
		return ERROR_OK;
	/* Decoding shortens; each parameter adds at most the NULs of its name and value for its "&"
	 * and "=". */
	ret_query->buffer = out = malloc(strlen(text) + 2 * URL_QUERY_MAX + 2);
	if (!out)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (const char *p = text; p && code == ERROR_OK;) {
		size_t n = strcspn(p, "&");

		if (n)
			code = add(ret_query, p, n, &out, err);
		p = p[n] ? p + n + 1 : NULL;
	}
	if (code != ERROR_OK)
		url_query_clear(ret_query);
	return code;
}

void url_query_clear(struct url_query *query)
{
	free(query->buffer);
	query->buffer = NULL;
	query->n = 0;
}

const char *url_query_find(const struct url_query *query, const char *name)
{
	for (size_t i = 0; i < query->n; i++)
		if (strcmp(query->parameters[i].name, name) == 0)
			return query->parameters[i].value;
	return NULL;
}
