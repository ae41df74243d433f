/* The tables behind web/words.h. For web/words*.c, and their test. */
#ifndef CENTREX_WEB_WORDS_TABLE_H
#define CENTREX_WEB_WORDS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * english: a format as it stands in the source, its conversions told as %s (any text), %d (digits)
 * and %f (digits and a point), or %c (choices: "none, queue"). german: the same, with the values by
 * number, so that their order may be another: %1 as it is, #1 a word of words_de_things, &1 a
 * sentence of its own, which has to be known. script/checks/words finds what is missing.
 */
struct words {
	const char *english, *german;
};

struct words_table {
	const struct words *rows;
	size_t n;
};

extern const struct words_table words_de_rules;    /* what a value must be, and conflicts */
extern const struct words_table words_de_requests; /* of requests, people and files */
extern const struct words_table words_de_route;    /* where a dialled number leads */
extern const struct words_table words_de_things;   /* what resources are called */

enum { WORDS_HOLES_MAX = 4 };

/* The row a message was made from; NULL: none. */
const struct words *words_find(const char *message, size_t length);

#endif
