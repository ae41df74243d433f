/*
 * mod_json_cdr's document (switch_ivr.c, switch_ivr_generate_json_cdr): one pass without a tree, so
 * that 50 MB of brackets cost no memory. Takes whatever jansson takes, and somewhat more (bytes
 * that are no UTF-8 or control characters inside a string): the meaning of a bad byte is
 * record_clean's affair.
 */
#include <string.h>

#include "base/text.h"
#include "freeswitch/record_values.h"

enum { KEY_MAX = 64 }; /* longer names are none of ours */

struct reader {
	const char *at, *end;
	struct record_values *values;
	struct {
		enum record_place place;
		bool object;
	} levels[RECORD_DEPTH_MAX + 1];
	unsigned depth;
	struct text text;
	char key[KEY_MAX];
	size_t key_n;
	const char *refusal;
};

static bool refuse(struct reader *reader, const char *why)
{
	reader->refusal = why;
	return false;
}

static char next(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
		reader->at++;
	return reader->at < reader->end ? *reader->at : '\0';
}

static int hex4(const char *digits)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int digit = text_hex_value(digits[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void add_utf8(struct text *out, unsigned c)
{
	if (c < 0x80) {
		text_add_char(out, (char)c);
	} else if (c < 0x800) {
		text_add_char(out, (char)(0xc0 | c >> 6));
		text_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		text_add_char(out, (char)(0xe0 | c >> 12));
		text_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		text_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		text_add_char(out, (char)(0xf0 | c >> 18));
		text_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		text_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		text_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* \uXXXX at bytes, with its other half where it has one; returns bytes used, 0: none. */
static size_t add_escaped(struct text *out, const char *bytes, size_t n)
{
	int c = n >= 6 ? hex4(bytes + 2) : -1, low = -1;

	if (c < 0)
		return 0;
	if (c >= 0xd800 && c < 0xdc00 && n >= 12 && bytes[6] == '\\' && bytes[7] == 'u')
		low = hex4(bytes + 8);
	if (low >= 0xdc00 && low < 0xe000) {
		add_utf8(out, 0x10000 + ((unsigned)(c - 0xd800) << 10) + (unsigned)(low - 0xdc00));
		return 12;
	}
	/* A half alone is no character: record_clean makes U+FFFD of it, and of NUL a blank. */
	add_utf8(out, c ? (unsigned)c : 1);
	return 6;
}

static bool unescape(struct reader *reader, const char *bytes, size_t n)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";

	text_reset(&reader->text);
	for (size_t i = 0; i < n && reader->text.length < RECORD_RAW_MAX;) {
		const char *slash = memchr(bytes + i, '\\', n - i), *simple;
		size_t plain = slash ? (size_t)(slash - bytes) - i : n - i, used;

		text_add_n(&reader->text, bytes + i, plain);
		i += plain;
		if (!slash)
			break;
		simple = i + 1 < n && bytes[i + 1] ? strchr(from, bytes[i + 1]) : NULL;
		if (simple) {
			text_add_char(&reader->text, to[simple - from]);
			used = 2;
		} else {
			used = i + 1 < n && bytes[i + 1] == 'u'
			               ? add_escaped(&reader->text, bytes + i, n - i)
			               : 0;
		}
		if (!used)
			return refuse(reader, "the JSON has a bad escape");
		i += used;
	}
	return true;
}

/* At the quote; behind the other one afterwards. */
static bool string(struct reader *reader, const char **ret_bytes, size_t *ret_n)
{
	const char *begin = reader->at + 1, *at = begin;

	for (;;) {
		const char *quote = memchr(at, '"', (size_t)(reader->end - at)), *slash;

		if (!quote)
			return refuse(reader, "the JSON ends inside a string");
		slash = memchr(at, '\\', (size_t)(quote - at));
		if (!slash) {
			*ret_bytes = begin;
			*ret_n = (size_t)(quote - begin);
			reader->at = quote + 1;
			return true;
		}
		if (reader->end - slash < 2)
			return refuse(reader, "the JSON ends inside a string");
		at = slash + 2;
	}
}

static bool key(struct reader *reader)
{
	const char *bytes;
	size_t n;

	if (next(reader) != '"')
		return refuse(reader, "the JSON has no name where one belongs");
	if (!string(reader, &bytes, &n))
		return false;
	if (memchr(bytes, '\\', n)) {
		if (!unescape(reader, bytes, n))
			return false;
		bytes = text_string(&reader->text);
		n = reader->text.length;
	}
	reader->key_n = n <= KEY_MAX ? n : 0;
	memcpy(reader->key, bytes, reader->key_n);
	if (next(reader) != ':')
		return refuse(reader, "the JSON has no colon behind a name");
	reader->at++;
	return true;
}

/* A number, true, false or null: its text. */
static bool word(struct reader *reader, const char **ret_bytes, size_t *ret_n)
{
	static const char in_words[] = "+-.0123456789Eabcdefghijklmnopqrstuvwxyz";

	*ret_bytes = reader->at;
	while (reader->at < reader->end && *reader->at && strchr(in_words, *reader->at))
		reader->at++;
	*ret_n = (size_t)(reader->at - *ret_bytes);
	return *ret_n || refuse(reader, "the JSON has no value where one belongs");
}

static bool scalar(struct reader *reader, bool named)
{
	enum record_place place = reader->levels[reader->depth].place;
	enum record_value value =
		named ? record_wanted(place, reader->key, reader->key_n) : RECORD_VALUE_COUNT;
	bool quoted = next(reader) == '"';
	const char *bytes;
	size_t n;

	if (!(quoted ? string(reader, &bytes, &n) : word(reader, &bytes, &n)))
		return false;
	if (value == RECORD_VALUE_COUNT)
		return true;
	if (quoted && memchr(bytes, '\\', n)) {
		if (!unescape(reader, bytes, n))
			return false;
		bytes = text_string(&reader->text);
		n = reader->text.length;
	}
	if (quoted || n != 4 || memcmp(bytes, "null", 4) != 0)
		record_keep(reader->values, value, bytes, n);
	return true;
}

/* What stands in an array stands where the array does. */
static bool open(struct reader *reader, bool object, bool named)
{
	enum record_place place = reader->levels[reader->depth].place;

	if (reader->depth == RECORD_DEPTH_MAX)
		return refuse(reader, "the JSON is nested too deep");
	if (!reader->depth)
		place = object ? RECORD_IN_DOCUMENT : RECORD_ELSEWHERE;
	else if (named)
		place = record_enter(reader->values, place, reader->key, reader->key_n);
	reader->depth++;
	reader->levels[reader->depth].place = place;
	reader->levels[reader->depth].object = object;
	reader->at++;
	return true;
}

/* Behind a value: to where the next one begins, or out of all brackets (depth 0). */
static bool after(struct reader *reader)
{
	while (reader->depth) {
		bool object = reader->levels[reader->depth].object;
		char c = next(reader);

		if (c != ',' && c != (object ? '}' : ']'))
			return refuse(reader, "the JSON has no comma or bracket behind a value");
		reader->at++;
		if (c == ',')
			return true;
		record_leave(reader->values, reader->levels[reader->depth--].place);
	}
	return true;
}

static bool document(struct reader *reader)
{
	bool first = false; /* just opened: may be empty */

	do {
		bool object = reader->levels[reader->depth].object;
		char c = next(reader);

		if (first && c == (object ? '}' : ']')) {
			first = false;
			if (!after(reader))
				return false;
			continue;
		}
		first = false;
		if (reader->depth && object && !key(reader))
			return false;
		c = next(reader);
		if (c == '{' || c == '[') {
			if (!open(reader, c == '{', object))
				return false;
			first = true;
		} else if (!scalar(reader, object) || !after(reader)) {
			return false;
		}
	} while (reader->depth);
	return !next(reader) || refuse(reader, "the JSON goes on behind its end");
}

enum error_code record_json_read(const char *json, size_t n, struct record_values *ret_values,
                                 struct error *err)
{
	struct reader reader = {.at = json, .end = json + n, .values = ret_values};
	bool good = document(&reader), failed = reader.text.failed || ret_values->bytes.failed;

	text_clear(&reader.text);
	if (failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!good)
		return error_set(err, ERROR_INVALID, "json", "%s (at byte %zu)", reader.refusal,
		                 (size_t)(reader.at - json));
	return ERROR_OK;
}
