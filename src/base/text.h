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

#include "base/base.h"

struct text {
	char *data;
	size_t length;
	size_t room;
	bool failed;
};

void text_add(struct text *text, const char *string);
void text_add_n(struct text *text, const char *bytes, size_t n);
void text_add_char(struct text *text, char c);
void text_addf(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* Appends bytes as the inside of a JSON string (RFC 8259 section 7), without the quotes.
 * A byte that is not UTF-8 becomes U+FFFD: the result is always valid. */
void text_add_json(struct text *text, const char *bytes, size_t n);

/* Length 0, memory kept. */
void text_reset(struct text *text);

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
