/*
 * mod_xml_cdr's document (switch_ivr.c, switch_ivr_generate_xml_cdr), with expat: streaming, no
 * document type, so that there are no entities but XML's own five; depth bounded.
 *
 * FreeSWITCH writes an element a line, some hundreds, of which few are wanted: lines that are one
 * whole element nobody wants are left out before expat sees them. That is most of the time, and it
 * mends what callers can break: names of variables become names of elements whatever they are, and
 * a header "X-a!b" makes a document that is not well-formed.
 */
#include <expat.h>
#include <string.h>

#include "freeswitch/record_values.h"

struct reader {
	XML_Parser parser;
	struct record_values *values;
	enum record_place places[RECORD_DEPTH_MAX + 1];
	unsigned depth;
	enum record_value value; /* the element that is being read; RECORD_VALUE_COUNT: none */
	struct text text;
	const char *refusal;
	bool failed;
};

static void refuse(struct reader *reader, const char *why)
{
	reader->refusal = why;
	(void)XML_StopParser(reader->parser, XML_FALSE);
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal)
{
	(void)name, (void)system, (void)public, (void)internal;
	refuse(user, "the XML has a document type");
}

static void on_text(void *user, const XML_Char *bytes, int n)
{
	struct reader *reader = user;
	size_t room = RECORD_RAW_MAX - reader->text.length;

	text_add_n(&reader->text, bytes, (size_t)n < room ? (size_t)n : room);
}

/* Text is heard only inside what is wanted. */
static void want(struct reader *reader, enum record_value value)
{
	if (reader->value == value)
		return;
	reader->value = value;
	XML_SetCharacterDataHandler(reader->parser, value == RECORD_VALUE_COUNT ? NULL : on_text);
}

static void root(struct reader *reader, const XML_Char *name, const XML_Char **attributes)
{
	if (strcmp(name, "cdr") != 0) {
		refuse(reader, "the XML is no call record");
		return;
	}
	reader->places[1] = RECORD_IN_DOCUMENT;
	for (; *attributes; attributes += 2) {
		enum record_value value =
			record_wanted(RECORD_IN_DOCUMENT, attributes[0], strlen(attributes[0]));

		if (value != RECORD_VALUE_COUNT)
			record_keep(reader->values, value, attributes[1], strlen(attributes[1]));
	}
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *reader = user;
	enum record_place place = reader->places[reader->depth];
	size_t n = strlen(name);

	if (reader->depth == RECORD_DEPTH_MAX) {
		refuse(reader, "the XML is nested too deep");
		return;
	}
	if (!reader->depth++) {
		root(reader, name, attributes);
		return;
	}
	reader->places[reader->depth] = record_enter(reader->values, place, name, n);
	text_reset(&reader->text);
	want(reader, record_wanted(place, name, n));
}

static void on_end(void *user, const XML_Char *name)
{
	struct reader *reader = user;

	(void)name;
	record_leave(reader->values, reader->places[reader->depth--]);
	if (reader->value == RECORD_VALUE_COUNT)
		return;
	record_keep(reader->values, reader->value, text_string(&reader->text), reader->text.length);
	want(reader, RECORD_VALUE_COUNT);
}

static XML_Parser parser_new(struct reader *reader)
{
	/* Our own calls, so that a test can refuse the memory. */
	static const XML_Memory_Handling_Suite memory = {malloc, realloc, free};
	XML_Parser parser = XML_ParserCreate_MM("UTF-8", &memory, NULL);

	if (!parser)
		return NULL;
	XML_SetUserData(parser, reader);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	reader->parser = parser;
	reader->depth = 0;
	reader->places[0] = RECORD_ELSEWHERE;
	reader->value = RECORD_VALUE_COUNT;
	return parser;
}

/* One element, begun and ended, of a name that is wanted nowhere. */
static bool is_idle(const char *line, size_t n)
{
	const char *name = line + 1, *end;
	size_t length;

	while (n && strchr(" \t\r", line[n - 1]))
		n--;
	if (n < 7 || line[0] != '<' || line[n - 1] != '>')
		return false;
	end = memchr(name, '<', n - 1);
	length = end ? (size_t)(line + n - end) : 0;
	if (length < 4 || end[1] != '/' || memchr(end, '>', length - 1))
		return false;
	/* "<name...</name>" */
	length -= 3;
	if ((size_t)(end - name) <= length || memcmp(name, end + 2, length) != 0 ||
	    (name[length] != '>' && name[length] != ' '))
		return false;
	return !record_is_named(name, length);
}

static void add_lines(struct text *out, const char *xml, size_t n)
{
	const char *end = xml + n, *run = xml, *next;

	for (const char *line = xml; line < end; line = next) {
		const char *feed = memchr(line, '\n', (size_t)(end - line)), *begin = line;

		next = feed ? feed + 1 : end;
		while (begin < next && (*begin == ' ' || *begin == '\t'))
			begin++;
		if (!is_idle(begin, (size_t)((feed ? feed : end) - begin)))
			continue;
		text_add_n(out, run, (size_t)(line - run));
		run = next;
	}
	text_add_n(out, run, (size_t)(end - run));
}

enum error_code record_xml_read(const char *xml, size_t n, struct record_values *ret_values,
                                struct error *err)
{
	AUTO(text_clear) struct text lines = {0};
	struct reader reader = {.values = ret_values};
	XML_Parser parser;
	enum XML_Error what;

	add_lines(&lines, xml, n);
	parser = lines.failed ? NULL : parser_new(&reader);
	if (!parser)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	(void)XML_Parse(parser, lines.data, (int)lines.length, XML_TRUE);
	what = XML_GetErrorCode(parser);
	XML_ParserFree(parser);
	reader.failed = reader.text.failed || ret_values->bytes.failed;
	text_clear(&reader.text);
	if (what == XML_ERROR_NO_MEMORY || reader.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (what == XML_ERROR_NONE)
		return ERROR_OK;
	return error_set(err, ERROR_INVALID, "xml", "%s",
	                 reader.refusal ? reader.refusal : XML_ErrorString(what));
}
