/*
 * A growing string. Every add function may run out of memory: it then sets `failed` and later adds
 * do nothing, so that a caller builds the whole text and checks once.
 *
 *   AUTO(text_clear) struct text line = {0};
 *   text_addf(&line, "%s: %d", name, n);
 *   if (line.failed) return error_set(err, ERROR_MEMORY, NULL, NULL);
 *
 * Invariant: data is NULL or ends in NUL (length does not count it).
 */
#ifndef CENTREX_BASE_TEXT_H
#define CENTREX_BASE_TEXT_H

#include <stdbool.h>
#include <string.h>

#include "base/base.h"

struct text {
	char *data;
	size_t length;
	size_t room;
	bool failed;
};

/* Makes room for so many bytes more, so that adding them does not grow it bit by bit. False: out of
 * memory. */
bool text_reserve(struct text *text, size_t more);

/* Inline: documents are put together of many short pieces, most of them literals. */
static inline void text_add_n(struct text *text, const char *bytes, size_t n)
{
	if ((text->failed || n >= text->room - text->length) && !text_reserve(text, n))
		return;
	if (n)
		memcpy(text->data + text->length, bytes, n);
	text->length += n;
	text->data[text->length] = '\0';
}

static inline void text_add(struct text *text, const char *string)
{
	text_add_n(text, string, strlen(string));
}

static inline void text_add_char(struct text *text, char c)
{
	text_add_n(text, &c, 1);
}

void text_addf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends bytes as the inside of a JSON string (RFC 8259 section 7), without the quotes.
 * A byte that is not UTF-8 becomes U+FFFD: the result is always valid. */
void text_add_json(struct text *text, const char *bytes, size_t n);

/* Of a hexadecimal digit, in either case; -1: it is none. */
static inline int text_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decoding (RFC 3986 section 2.1), with "+" for a blank where plus, as in forms. out has
 * room for so many bytes and a NUL behind them. The length; -1: longer, a bad %, or no UTF-8
 * without NUL. */
ptrdiff_t text_percent_decode(const char *bytes, size_t n, bool plus, char *out, size_t room);

/* Length 0, memory kept. */
void text_reset(struct text *text);

/* Back to its first so many bytes; it does not grow. */
void text_cut(struct text *text, size_t length);

/* Frees the memory; the text may be used again. */
void text_clear(struct text *text);

/* The string, to be freed by the caller, and the text becomes empty; NULL when failed. */
char *text_take(struct text *text);

/* The string as it is now; "" while empty. */
static inline const char *text_string(const struct text *text)
{
	return text->data ? text->data : "";
}

/* True when the n bytes are UTF-8 without NUL, overlong forms or surrogates (RFC 3629). */
bool text_is_utf8(const char *bytes, size_t n);

#endif
