/* What a sentence is translated from, with what people typed in it, and the Accept-Language of
 * strangers: "<Accept-Language>\n<message>". No more comes out than the longest German sentence and
 * the values, some of them nested; a language it is. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "web/words.h"

enum { GERMAN_MAX = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_free) char *text = malloc(size + 1);
	AUTO(text_clear) struct text german = {0}, english = {0}, lines = {0};
	enum language language;
	const char *message;
	size_t n;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	message = strchr(text, '\n');
	if (!message)
		return 0;
	text[message++ - text] = '\0';
	language = language_accepted(text);
	must((unsigned)language < LANGUAGE_COUNT, "a language that there is not");
	must(language == LANGUAGE_EN || language_named(text), "a language that was not asked for");
	n = strlen(message);
	words_say(LANGUAGE_EN, message, n, &english);
	must(english.length == n && memcmp(text_string(&english), message, n) == 0,
	     "English became something else");
	words_say(LANGUAGE_DE, message, n, &german);
	must(german.length <= 4 * n + GERMAN_MAX, "German is too long");
	must(!text_is_utf8(message, n) || n == ERROR_MESSAGE_MAX - 1 ||
	             text_is_utf8(text_string(&german), german.length),
	     "German is not UTF-8");
	text_add(&lines, message);
	words_say_lines(LANGUAGE_DE, &lines);
	must(!lines.failed, "no memory");
	return 0;
}
