/*
 * What the server says, in the language of who reads it. Below HTTP everything speaks English and
 * knows of no other language; here, and only for an answer that says something, the finished
 * English sentence is found again among the formats it was made from, and its values are put into
 * the German one. A sentence that is not found stays as it is.
 */
#ifndef CENTREX_WEB_WORDS_H
#define CENTREX_WEB_WORDS_H

#include "base/text.h"

enum language { LANGUAGE_EN, LANGUAGE_DE, LANGUAGE_COUNT };

/* The language an Accept-Language (RFC 9110 section 12.5.4; NULL: none) likes best among ours;
 * English where it names none of them or says nothing that can be read. */
enum language language_accepted(const char *accept_language);
/* Whether it names one of ours at all. */
bool language_named(const char *accept_language);
/* Of a locale such as de-CH. */
enum language language_of_tag(const char *tag);
/* "en", "de": for Content-Language. */
const char *language_tag(enum language language);

/* Appends the sentence in that language. message: bytes of whatever kind, values in it as people
 * typed them. */
void words_say(enum language language, const char *message, size_t length, struct text *out);
/* Puts every line of text into that language. */
void words_say_lines(enum language language, struct text *text);

#endif
