#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool text_reserve(struct text *text, size_t more)
{
	size_t need = text->length + more + 1;
	size_t room = text->room ? text->room : 64;
	char *data;

	if (text->failed)
		return false;
	if (need <= text->room)
		return true;
	while (room < need)
		room *= 2;
	data = realloc(text->data, room);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->room = room;
	return true;
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) {
		text->failed = true;
		return;
	}
	if (!text_reserve(text, (size_t)n))
		return;
	va_start(args, format);
	vsnprintf(text->data + text->length, (size_t)n + 1, format, args);
	va_end(args);
	text->length += (size_t)n;
}

ptrdiff_t text_percent_decode(const char *bytes, size_t n, bool plus, char *out, size_t room)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];

		if (c == '%') {
			int high = n - i > 2 ? text_hex_value(bytes[i + 1]) : -1;
			int low = n - i > 2 ? text_hex_value(bytes[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (length == room)
			return -1;
		out[length++] = c;
	}
	out[length] = '\0';
	/* Nearly all are plain ASCII; the check refuses NUL too. */
	return text_is_utf8(out, length) ? (ptrdiff_t)length : -1;
}

void text_reset(struct text *text)
{
	text->length = 0;
	text->failed = false;
	if (text->data)
		text->data[0] = '\0';
}

void text_cut(struct text *text, size_t length)
{
	if (length >= text->length)
		return;
	text->length = length;
	text->data[length] = '\0';
}

void text_clear(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

char *text_take(struct text *text)
{
	char *data;

	text_add_n(text, "", 0);
	if (text->failed) {
		text_clear(text);
		return NULL;
	}
	data = text->data;
	*text = (struct text){0};
	return data;
}

/* Bytes of the UTF-8 sequence that starts here, 0 when it is none (RFC 3629 section 4). */
static size_t utf8_sequence(const char *bytes, size_t n)
{
	static const struct {
		unsigned char low, high, second_low, second_high;
		size_t length;
	} forms[] = {
		{0x01, 0x7f, 0x00, 0x00, 1},
                {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
                {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
                {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
                {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	const unsigned char *s = (const unsigned char *)bytes;

	for (size_t f = 0; f < COUNT_OF(forms); f++) {
		if (s[0] < forms[f].low || s[0] > forms[f].high)
			continue;
		if (forms[f].length > n)
			return 0;
		if (forms[f].length > 1 &&
		    (s[1] < forms[f].second_low || s[1] > forms[f].second_high))
			return 0;
		for (size_t i = 2; i < forms[f].length; i++)
			if ((s[i] & 0xc0) != 0x80)
				return 0;
		return forms[f].length;
	}
	return 0;
}

void text_add_json(struct text *text, const char *bytes, size_t n)
{
	for (size_t i = 0, step; i < n; i += step) {
		unsigned char c = (unsigned char)bytes[i];

		step = c ? utf8_sequence(bytes + i, n - i) : 1;
		if (!step) {
			text_add(text, "\\ufffd");
			step = 1;
		} else if (c == '"' || c == '\\')
			text_addf(text, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			text_addf(text, "\\u%04x", c);
		else
			text_add_n(text, bytes + i, step);
	}
}

bool text_is_utf8(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n;) {
		bool ascii = (unsigned char)(bytes[i] - 1) < 0x7f; /* nearly all */
		size_t step = ascii ? 1 : utf8_sequence(bytes + i, n - i);

		if (!step)
			return false;
		i += step;
	}
	return true;
}
