#include "web/etag.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

void etag_of(const struct text *body, char ret_etag[static STORE_ETAG_MAX])
{
	uint8_t hash[16];

	crypto_generichash(hash, sizeof(hash), (const uint8_t *)text_string(body), body->length,
	                   NULL, 0);
	sodium_bin2hex(ret_etag, STORE_ETAG_MAX, hash, sizeof(hash));
}

/* The next tag of a list: what stands between its quotes. W/ makes no difference to a GET. */
static const char *next_tag(const char *at, size_t *ret_n)
{
	const char *begin = strchr(at, '"');
	const char *end = begin ? strchr(begin + 1, '"') : NULL;

	if (!end)
		return NULL;
	*ret_n = (size_t)(end - begin) - 1;
	return begin + 1;
}

static bool is_named(const char *header, const char *etag)
{
	size_t n, length = strlen(etag);

	if (strcmp(header, "*") == 0)
		return true;
	for (const char *tag = header; (tag = next_tag(tag, &n)); tag += n + 1)
		if (n == length && memcmp(tag, etag, n) == 0)
			return true;
	return false;
}

void etag_answer(const struct request *request, const char *etag, struct reply *reply)
{
	const char *known = request_header(request, "If-None-Match");

	if (!*etag)
		return;
	reply_header(reply, "ETag", "\"%s\"", etag);
	if (!known || request->route->method != WEB_GET || !is_named(known, etag))
		return;
	reply->status = 304;
	text_reset(&reply->body);
	reply->fixed = NULL;
	reply->fixed_bytes = 0;
}

enum error_code etag_list(const struct request *request, const struct text *rows,
                          struct reply *reply, struct error *err)
{
	char etag[STORE_ETAG_MAX];

	text_addf(&reply->body, "{\"items\":%s,\"next\":null}", text_string(rows));
	if (reply->body.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	etag_of(&reply->body, etag);
	etag_answer(request, etag, reply);
	return ERROR_OK;
}

enum error_code etag_required(const struct request *request, char buffer[static STORE_ETAG_MAX],
                              const char **ret_if_match, struct error *err)
{
	const char *header = request_header(request, "If-Match");
	size_t n = 0;
	const char *tag;

	*ret_if_match = NULL;
	if (!header || strcmp(header, "*") == 0)
		return ERROR_OK;
	tag = *header == '"' ? next_tag(header, &n) : NULL;
	/* A tag too long to be ours is some other row's: no row has it. */
	if (!tag || tag[n + 1])
		return error_set(err, ERROR_INVALID, "If-Match",
		                 "must be the ETag of one answer, in its quotes, or *");
	snprintf(buffer, STORE_ETAG_MAX, "%.*s", n < STORE_ETAG_MAX ? (int)n : (int)strlen("none"),
	         n < STORE_ETAG_MAX ? tag : "none");
	*ret_if_match = buffer;
	return ERROR_OK;
}
