/*
 * mod_xml_cdr's document (switch_ivr.c, switch_ivr_generate_xml_cdr), with expat: streaming, no
 * document type, so that there are no entities but XML's own five; depth bounded.
 *
 * FreeSWITCH writes names of variables as names of elements whatever they are: a caller's header
 * "X-a!b" makes a document that is not well-formed. A line is a variable (values are
 * percent-encoded), so reading goes on behind such a line.
 */
#include <expat.h>
#include <string.h>

#include "freeswitch/record_values.h"

enum { RESUME_MAX = 256 }; /* lines of one document that are passed over */

struct reader {
	XML_Parser parser;
	struct record_values *values;
	enum record_place places[RECORD_DEPTH_MAX + 1];
	unsigned depth;
	enum record_value value; /* the element that is being read; RECORD_VALUE_COUNT: none */
	struct text text;
	const char *refusal;
};

static const char resume_prefix[] = "<cdr><variables>";

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

/* One run of the parser. ret_bad: where in xml it ended. */
static enum error_code run(struct reader *reader, bool resumed, const char *xml, size_t n,
                           size_t *ret_bad, struct error *err)
{
	size_t prefix = resumed ? sizeof(resume_prefix) - 1 : 0;
	XML_Parser parser = parser_new(reader);
	enum XML_Error what;
	XML_Index at;

	if (!parser)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (resumed) {
		reader->values->variables_begun = false;
		(void)XML_Parse(parser, resume_prefix, (int)prefix, XML_FALSE);
	}
	(void)XML_Parse(parser, xml, (int)n, XML_TRUE);
	what = XML_GetErrorCode(parser);
	at = XML_GetCurrentByteIndex(parser);
	*ret_bad = at > (XML_Index)prefix ? (size_t)at - prefix : 0;
	XML_ParserFree(parser);
	if (what == XML_ERROR_NO_MEMORY || reader->text.failed || reader->values->bytes.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (what == XML_ERROR_NONE)
		return ERROR_OK;
	return error_set(err, ERROR_INVALID, "xml", "%s (at byte %zu)",
	                 reader->refusal ? reader->refusal : XML_ErrorString(what), *ret_bad);
}

enum error_code record_xml_read(const char *xml, size_t n, struct record_values *ret_values,
                                struct error *err)
{
	struct reader reader = {.values = ret_values};
	enum error_code code;
	size_t bad;

	code = run(&reader, false, xml, n, &bad, err);
	for (unsigned i = 0; i < RESUME_MAX && code == ERROR_INVALID && !reader.refusal; i++) {
		const char *line;

		if (!ret_values->variables_begun || ret_values->variables_ended || bad >= n)
			break;
		line = memchr(xml + bad, '\n', n - bad);
		if (!line)
			break;
		n -= (size_t)(line + 1 - xml);
		xml = line + 1;
		code = run(&reader, true, xml, n, &bad, err);
	}
	text_clear(&reader.text);
	return code;
}
