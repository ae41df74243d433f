#include "freeswitch/esl_frame.h"

#include <string.h>
#include <strings.h>

enum { ROOM_LEAST = 4096, ROOM_KEPT = 256 * 1024 };

static const struct {
	const char *type;
	enum esl_kind kind;
} kinds[] = {
	{"auth/request",           ESL_AUTH_REQUEST},
	{"command/reply",          ESL_REPLY       },
	{"api/response",           ESL_REPLY       },
	{"text/event-plain",       ESL_EVENT       },
	{"text/disconnect-notice", ESL_GOODBYE     },
	{"text/rude-rejection",    ESL_REJECTED    },
};

/* The frame that was given out is over: the byte that its NUL stood in comes back. */
static void give_back(struct esl_reader *reader)
{
	if (reader->kept_at)
		reader->data[reader->kept_at] = reader->kept;
	reader->kept_at = 0;
}

char *esl_reader_room(struct esl_reader *reader, size_t *ret_n)
{
	size_t held;

	give_back(reader);
	held = reader->n - reader->begin;
	if (!held && reader->room > ROOM_KEPT) /* a long list was there */
		esl_reader_clear(reader);
	if (reader->begin) {
		if (held)
			memmove(reader->data, reader->data + reader->begin, held);
		reader->begin = 0;
		reader->n = held;
	}
	/* One byte more than is read, for the NUL. */
	if (reader->room < held + ROOM_LEAST + 1) {
		size_t room = held * 2 + 4 * ROOM_LEAST;
		char *data = realloc(reader->data, room);

		if (!data)
			return NULL;
		reader->data = data;
		reader->room = room;
	}
	*ret_n = reader->room - held - 1;
	return reader->data + held;
}

void esl_reader_add(struct esl_reader *reader, size_t n)
{
	reader->n += n;
}

static bool read_length(const char *value, size_t n, size_t *ret_length)
{
	size_t length = 0;

	if (!n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		length = length * 10 + (size_t)(value[i] - '0');
		if (length > ESL_BODY_MAX)
			length = ESL_BODY_MAX + 1;
	}
	*ret_length = length;
	return true;
}

static bool is(const char *text, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(text, word, n) == 0;
}

/* "Name: value", without the end of the line. */
static enum error_code read_line(struct esl_reader *reader, const char *line, size_t n,
                                 struct error *err)
{
	const char *colon = memchr(line, ':', n);
	const char *value;
	size_t name_n, value_n;

	if (!colon || colon == line)
		return error_set(err, ERROR_INVALID, NULL,
		                 "what answers is no event socket: a line without a name");
	name_n = (size_t)(colon - line);
	value = colon + 1;
	while (value < line + n && *value == ' ')
		value++;
	value_n = (size_t)(line + n - value);
	if (is(line, name_n, "Content-Length")) {
		if (!read_length(value, value_n, &reader->body))
			return error_set(err, ERROR_INVALID, NULL,
			                 "what answers is no event socket: a bad Content-Length");
		if (reader->body > ESL_BODY_MAX)
			return error_set(err, ERROR_TOO_LARGE, NULL,
			                 "an answer of more than %d bytes", ESL_BODY_MAX);
	} else if (is(line, name_n, "Content-Type")) {
		for (size_t i = 0; i < COUNT_OF(kinds); i++)
			if (is(value, value_n, kinds[i].type))
				reader->kind = kinds[i].kind;
	} else if (is(line, name_n, "Reply-Text")) {
		reader->reply = (size_t)(value - (reader->data + reader->begin));
		reader->reply_n = value_n;
	}
	return ERROR_OK;
}

/* The head is whole: all of its lines, the empty one left out. */
static enum error_code read_head(struct esl_reader *reader, size_t n, struct error *err)
{
	const char *line = reader->data + reader->begin;
	const char *end = line + n;

	reader->kind = ESL_OTHER;
	reader->body = reader->reply = reader->reply_n = 0;
	for (size_t lines = 0; line < end; lines++) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((stop ? stop : end) - line);
		enum error_code code;

		if (lines == ESL_LINES_MAX)
			return error_set(err, ERROR_TOO_LARGE, NULL,
			                 "what answers is no event socket: too many headers");
		if (length && line[length - 1] == '\r')
			length--;
		code = read_line(reader, line, length, err);
		if (code != ERROR_OK)
			return code;
		line = stop ? stop + 1 : end;
	}
	return ERROR_OK;
}

/* Bytes of the head with its empty line, 0: not there yet; *ret_lines: without it. */
static size_t find_end(struct esl_reader *reader, size_t *ret_lines)
{
	const char *head = reader->data + reader->begin;
	size_t n = reader->n - reader->begin;
	size_t at = reader->looked;

	while (at < n) {
		const char *stop = memchr(head + at, '\n', n - at);
		size_t next;

		if (!stop)
			break;
		next = (size_t)(stop - head) + 1;
		*ret_lines = next;
		if (next < n && head[next] == '\r')
			next++;
		if (next >= n)
			break;
		if (head[next] == '\n')
			return next + 1;
		at = *ret_lines;
	}
	reader->looked = at < n ? at : n;
	return 0;
}

/* Empty lines before a frame mean nothing. */
static void skip_blank(struct esl_reader *reader)
{
	while (reader->begin < reader->n &&
	       (reader->data[reader->begin] == '\n' || reader->data[reader->begin] == '\r'))
		reader->begin++;
}

static enum error_code look_for_head(struct esl_reader *reader, struct error *err)
{
	enum error_code code;
	size_t lines = 0, head;

	if (!reader->looked)
		skip_blank(reader);
	head = find_end(reader, &lines);
	if (head > ESL_HEAD_MAX || (!head && reader->n - reader->begin > ESL_HEAD_MAX))
		return error_set(err, ERROR_TOO_LARGE, NULL,
		                 "what answers is no event socket: a head without an end");
	if (!head)
		return ERROR_OK;
	code = read_head(reader, lines, err);
	if (code != ERROR_OK)
		return code;
	if (reader->kind == ESL_EVENT && reader->body > ESL_EVENT_MAX)
		return error_set(err, ERROR_TOO_LARGE, NULL, "an event of more than %d bytes",
		                 ESL_EVENT_MAX);
	reader->head = head;
	return ERROR_OK;
}

enum error_code esl_reader_next(struct esl_reader *reader, struct esl_frame *ret_frame,
                                bool *ret_whole, struct error *err)
{
	enum error_code code = ERROR_OK;
	const char *body;
	size_t n, end;

	give_back(reader);
	*ret_whole = false;
	if (!reader->head)
		code = look_for_head(reader, err);
	if (code != ERROR_OK || !reader->head ||
	    reader->n - reader->begin - reader->head < reader->body)
		return code;
	end = reader->begin + reader->head + reader->body;
	body = reader->data + reader->begin + reader->head;
	n = reader->body;
	if (!n && reader->reply_n) {
		body = reader->data + reader->begin + reader->reply;
		n = reader->reply_n;
	}
	*ret_frame = (struct esl_frame){.kind = reader->kind, .body = body, .n = n};
	reader->kept_at = (size_t)(body - reader->data) + n;
	reader->kept = reader->data[reader->kept_at];
	reader->data[reader->kept_at] = '\0';
	reader->begin = end;
	reader->looked = reader->head = 0;
	*ret_whole = true;
	return ERROR_OK;
}

void esl_reader_clear(struct esl_reader *reader)
{
	free(reader->data);
	*reader = (struct esl_reader){0};
}
