#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "freeswitch/esl.h"
#include "freeswitch/esl_frame.h"

struct esl_line {
	const char *name, *value;
};

struct esl_event {
	char *text; /* the event's own copy, taken apart in place */
	size_t n;
	struct esl_line *lines;
};

/* In place. What is no such code stays as it is, and so does %00. */
static void decode(char *text)
{
	char *to = strchr(text, '%');

	if (!to)
		return;
	for (const char *from = to; *from; from++) {
		int high = *from == '%' ? text_hex_value(from[1]) : -1;
		int low = high >= 0 ? text_hex_value(from[2]) : -1;

		if (low >= 0 && (high || low)) {
			*to++ = (char)(high * 16 + low);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* Fills at most ESL_HEADERS_MAX lines, where there is a place for them; returns how many. An empty
 * line ends the headers. */
static size_t take_apart(char *text, struct esl_line *lines)
{
	size_t n = 0;

	while (*text && *text != '\n' && *text != '\r' && n < ESL_HEADERS_MAX) {
		char *stop = strchr(text, '\n');
		char *end = stop ? stop : text + strlen(text);
		char *colon = memchr(text, ':', (size_t)(end - text));

		if (colon && colon > text) {
			if (lines) {
				char *value = colon + 1;

				if (end > value && end[-1] == '\r')
					end[-1] = '\0';
				*colon = *end = '\0';
				while (*value == ' ')
					value++;
				decode(value);
				lines[n] = (struct esl_line){.name = text, .value = value};
			}
			n++;
		}
		if (!stop)
			break;
		text = stop + 1;
	}
	return n;
}

struct esl_event *esl_event_new(const char *bytes, size_t n)
{
	struct esl_event *event;

	if (n > ESL_EVENT_MAX)
		return NULL;
	event = calloc(1, sizeof(*event));
	if (!event)
		return NULL;
	/* Text behind a NUL would not be seen. */
	event->text = strndup(bytes, n);
	if (event->text) {
		event->n = take_apart(event->text, NULL);
		event->lines = event->n ? calloc(event->n, sizeof(*event->lines)) : NULL;
	}
	if (!event->lines) {
		esl_event_free(event);
		return NULL;
	}
	take_apart(event->text, event->lines);
	return event;
}

void esl_event_free(struct esl_event *event)
{
	if (!event)
		return;
	free(event->lines);
	free(event->text);
	free(event);
}

const char *esl_header(const struct esl_event *event, const char *name)
{
	for (size_t i = 0; i < event->n; i++)
		if (strcasecmp(event->lines[i].name, name) == 0)
			return event->lines[i].value;
	return NULL;
}
