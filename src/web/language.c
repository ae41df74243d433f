/* Which language an answer is in. */
#include <string.h>
#include <strings.h>

#include "web/words.h"

enum { Q_MOST = 1000 }; /* q=1 */

static const char *const tags[] = {[LANGUAGE_EN] = "en", [LANGUAGE_DE] = "de"};

_Static_assert(COUNT_OF(tags) == LANGUAGE_COUNT, "one tag per language");

const char *language_tag(enum language language)
{
	return (unsigned)language < LANGUAGE_COUNT ? tags[language] : tags[LANGUAGE_EN];
}

/* LANGUAGE_COUNT: none of ours. A region or script behind the language does not matter. */
static enum language find(const char *tag, size_t n)
{
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		const size_t length = strlen(tags[i]);

		if (n >= length && strncasecmp(tag, tags[i], length) == 0 &&
		    (n == length || tag[length] == '-'))
			return i;
	}
	return LANGUAGE_COUNT;
}

/* "0.25" as 250 (RFC 9110 section 12.4.2); -1: it is none. */
static int read_weight(const char *from, size_t n)
{
	int weight = 0, place = Q_MOST;

	if (n == 0 || n > 5 || (from[0] != '0' && from[0] != '1') || (n > 1 && from[1] != '.'))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (i == 1)
			continue;
		if (from[i] < '0' || from[i] > '9')
			return -1;
		weight += (from[i] - '0') * place;
		place /= 10;
	}
	return weight <= Q_MOST ? weight : -1;
}

/* The weight of "de;q=0.8", and how long its tag is; -1: it cannot be read. */
static int weigh(const char *item, size_t n, size_t *ret_tag_n)
{
	const char *semicolon = memchr(item, ';', n);
	const char *rest = semicolon ? semicolon + 1 : NULL, *end = item + n;
	size_t tag_n = semicolon ? (size_t)(semicolon - item) : n;

	while (tag_n && strchr(" \t", item[tag_n - 1]))
		tag_n--;
	*ret_tag_n = tag_n;
	if (!rest)
		return Q_MOST;
	while (rest < end && strchr(" \t", *rest))
		rest++;
	while (end > rest && strchr(" \t", end[-1]))
		end--;
	if (end - rest < 2 || (rest[0] | 0x20) != 'q' || rest[1] != '=')
		return -1;
	return read_weight(rest + 2, (size_t)(end - rest) - 2);
}

/* The first of those that are liked best; LANGUAGE_COUNT: none of ours is. */
static enum language choose(const char *accept_language)
{
	enum language best = LANGUAGE_COUNT;
	int best_weight = 0;

	for (const char *at = accept_language; at && *at;) {
		size_t n, tag_n;
		int weight;

		at += strspn(at, ", \t");
		n = strcspn(at, ",");
		weight = weigh(at, n, &tag_n);
		if (weight > best_weight && find(at, tag_n) != LANGUAGE_COUNT) {
			best = find(at, tag_n);
			best_weight = weight;
		}
		at += n;
	}
	return best;
}

enum language language_accepted(const char *accept_language)
{
	const enum language chosen = choose(accept_language);

	return chosen == LANGUAGE_COUNT ? LANGUAGE_EN : chosen;
}

bool language_named(const char *accept_language)
{
	return choose(accept_language) != LANGUAGE_COUNT;
}

enum language language_of_tag(const char *tag)
{
	const enum language found = find(tag, strlen(tag));

	return found == LANGUAGE_COUNT ? LANGUAGE_EN : found;
}
