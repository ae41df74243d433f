#include "web/encoding.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"

enum { WHOLE = 1000, UNSAID = -1 }; /* weights in thousandths */

static const char *const names[] = {
	[ENCODING_BROTLI] = "br",
	[ENCODING_GZIP] = "gzip",
	[ENCODING_IDENTITY] = "identity",
};

_Static_assert(COUNT_OF(names) == ENCODING_COUNT, "one name per coding");

const char *encoding_name(enum encoding encoding)
{
	return names[encoding];
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* What stands behind "q=": 0 to 1 with at most three digits; what is no weight counts as whole. */
static int read_weight(const char *at)
{
	int weight = *at == '1' ? WHOLE : 0, place = 100;

	if (*at != '0' && *at != '1')
		return WHOLE;
	if (at[1] != '.')
		return weight;
	for (at += 2; *at >= '0' && *at <= '9' && place; at++, place /= 10)
		weight += (*at - '0') * place;
	return weight < WHOLE ? weight : WHOLE;
}

/* The weight of one element of the list; *at: behind it. */
static int weight_of(const char *parameters, const char *end)
{
	const char *at = parameters;

	while (at < end && *at == ';') {
		at = skip_blanks(at + 1);
		if ((at[0] | 0x20) == 'q' && at[1] == '=')
			return read_weight(at + 2);
		at += strcspn(at, ";,");
	}
	return WHOLE;
}

struct wishes {
	int weights[ENCODING_COUNT], any; /* UNSAID, or in thousandths */
};

static void keep(struct wishes *wishes, const char *name, size_t n, int weight)
{
	if (n == 1 && *name == '*')
		wishes->any = weight;
	/* RFC 9110 section 8.4.1.3: an old name of the same. */
	if (n == strlen("x-gzip") && strncasecmp(name, "x-gzip", n) == 0)
		wishes->weights[ENCODING_GZIP] = weight;
	for (size_t i = 0; i < ENCODING_COUNT; i++)
		if (strlen(names[i]) == n && strncasecmp(name, names[i], n) == 0)
			wishes->weights[i] = weight;
}

static void read_wishes(const char *header, struct wishes *ret_wishes)
{
	for (const char *at = header; *at;) {
		const char *end = at + strcspn(at, ",");
		const char *name = skip_blanks(at);
		size_t n = strcspn(name, " \t;,");

		keep(ret_wishes, name, n, weight_of(skip_blanks(name + n), end));
		at = *end ? end + 1 : end;
	}
}

enum encoding encoding_choose(const char *header, unsigned offered)
{
	struct wishes wishes = {
		.weights = {UNSAID, UNSAID, UNSAID},
                  .any = UNSAID
        };
	enum encoding best = ENCODING_COUNT;
	int most = 0;

	if (header)
		read_wishes(header, &wishes);
	for (enum encoding i = 0; i < ENCODING_COUNT; i++) {
		int weight = wishes.weights[i] != UNSAID ? wishes.weights[i] : wishes.any;

		/* As it is may be sent unless somebody says otherwise, after what was asked for. */
		if (weight == UNSAID)
			weight = i == ENCODING_IDENTITY;
		if (offered & 1u << i && weight > most) {
			most = weight;
			best = i;
		}
	}
	return best;
}
