/*
 * Writes XML 1.0 that is well-formed whatever is put into it: values are escaped, characters that
 * XML does not have (control characters, bytes that are no UTF-8) become U+FFFD, and elements are
 * closed in the order they were opened.
 *
 *   struct xml xml = {.out = &text};
 *   xml_begin(&xml, "user");
 *   xml_attr(&xml, "id", id);
 *   xml_end(&xml);
 *
 * Each element begins on a line of its own: FreeSWITCH preprocesses what it fetches line by line
 * and drops whole lines (switch_xml.c, preprocess). Names of elements and attributes are literals.
 * What fails shows in out->failed, and in xml.misused (a programmer's mistake).
 */
#ifndef CENTREX_BASE_XML_H
#define CENTREX_BASE_XML_H

#include <stdbool.h>

#include "base/text.h"

enum { XML_DEPTH_MAX = 16 };

struct xml {
	struct text *out;
	const char *open[XML_DEPTH_MAX];
	unsigned depth;
	bool tag_open; /* of the innermost element attributes may follow */
	bool misused;  /* too deep, an attribute behind content, an end too many */
};

void xml_begin(struct xml *xml, const char *element);
void xml_attr(struct xml *xml, const char *name, const char *value);
void xml_attr_n(struct xml *xml, const char *name, const char *value, size_t n);
void xml_attr_number(struct xml *xml, const char *name, long long value);
void xml_content(struct xml *xml, const char *bytes, size_t n);
void xml_end(struct xml *xml);
/* Text for an attribute or content. */
void xml_escape(struct text *out, const char *bytes, size_t n);

#endif
