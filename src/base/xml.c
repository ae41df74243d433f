#include "base/xml.h"

#include <string.h>

/* Bytes that go through as they are: printable ASCII without those that mean something. */
static const bool plain[256] = {
	[' '] = true,         ['!'] = true, ['#' ... '%'] = true,
	['(' ... ';'] = true, ['='] = true, ['?' ... '~'] = true,
};

/* What a byte of ASCII is written as; line ends and tabs as references, since a reader makes
 * blanks of them in attributes (XML 1.0 section 3.3.3). */
static const char *ascii_form(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return "\xef\xbf\xbd"; /* U+FFFD: XML has no such character */
	}
}

/* The sequence at bytes, all of whose first is 0x80 or more; 0: none, or one that XML refuses
 * (U+FFFE, U+FFFF). */
static size_t wide_sequence(const char *bytes, size_t n)
{
	size_t most = n < 4 ? n : 4;

	for (size_t length = 2; length <= most; length++)
		if (text_is_utf8(bytes, length))
			return length == 3 && (!memcmp(bytes, "\xef\xbf\xbe", 3) ||
			                       !memcmp(bytes, "\xef\xbf\xbf", 3))
			               ? 0
			               : length;
	return 0;
}

void xml_escape(struct text *out, const char *bytes, size_t n)
{
	size_t i = 0;

	while (i < n) {
		size_t from = i;

		while (i < n && plain[(unsigned char)bytes[i]])
			i++;
		if (i > from)
			text_add_n(out, bytes + from, i - from);
		if (i == n)
			return;
		if ((unsigned char)bytes[i] < 0x80) {
			text_add(out, ascii_form((unsigned char)bytes[i++]));
		} else {
			size_t step = wide_sequence(bytes + i, n - i);

			text_add_n(out, step ? bytes + i : "\xef\xbf\xbd", step ? step : 3);
			i += step ? step : 1;
		}
	}
}

static void close_tag(struct xml *xml)
{
	if (xml->tag_open)
		text_add_char(xml->out, '>');
	xml->tag_open = false;
}

void xml_begin(struct xml *xml, const char *element)
{
	if (xml->depth == XML_DEPTH_MAX) {
		xml->misused = true;
		return;
	}
	close_tag(xml);
	text_add(xml->out, xml->depth ? "\n<" : "<");
	text_add(xml->out, element);
	xml->open[xml->depth++] = element;
	xml->tag_open = true;
}

void xml_attr_n(struct xml *xml, const char *name, const char *value, size_t n)
{
	if (!xml->tag_open) {
		xml->misused = true;
		return;
	}
	text_add_char(xml->out, ' ');
	text_add(xml->out, name);
	text_add_n(xml->out, "=\"", 2);
	xml_escape(xml->out, value, n);
	text_add_char(xml->out, '"');
}

void xml_attr(struct xml *xml, const char *name, const char *value)
{
	xml_attr_n(xml, name, value, strlen(value));
}

void xml_attr_number(struct xml *xml, const char *name, long long value)
{
	if (!xml->tag_open) {
		xml->misused = true;
		return;
	}
	text_addf(xml->out, " %s=\"%lld\"", name, value);
}

void xml_content(struct xml *xml, const char *bytes, size_t n)
{
	if (!xml->depth) {
		xml->misused = true;
		return;
	}
	close_tag(xml);
	xml_escape(xml->out, bytes, n);
}

void xml_end(struct xml *xml)
{
	if (!xml->depth) {
		xml->misused = true;
		return;
	}
	xml->depth--;
	if (xml->tag_open) {
		text_add_n(xml->out, "/>", 2);
	} else {
		text_add_n(xml->out, "</", 2);
		text_add(xml->out, xml->open[xml->depth]);
		text_add_char(xml->out, '>');
	}
	xml->tag_open = false;
}
