#include "web/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <strings.h>

/* Digits; false: none. A number beyond what fits counts as UINT64_MAX. */
static bool number(const char **at, uint64_t *ret_value)
{
	const char *p = *at;
	uint64_t value = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
	}
	if (p == *at)
		return false;
	*at = p;
	*ret_value = value;
	return true;
}

static const char *skip_space(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

enum range_answer range_parse(const char *header, uint64_t size, uint64_t *ret_first,
                              uint64_t *ret_last)
{
	uint64_t first = 0, last = UINT64_MAX;
	bool has_first, has_last = false;
	const char *p;

	if (!header || strncasecmp(header, "bytes=", 6) != 0)
		return RANGE_WHOLE;
	p = skip_space(header + 6);
	has_first = number(&p, &first);
	if (*p++ != '-')
		return RANGE_WHOLE;
	has_last = number(&p, &last);
	if (*skip_space(p) || (!has_first && !has_last) || (has_first && has_last && last < first))
		return RANGE_WHOLE;
	if (!has_first) { /* the last so many bytes */
		if (last == 0 || size == 0)
			return RANGE_OUTSIDE;
		first = last >= size ? 0 : size - last;
		last = size - 1;
	}
	if (first >= size)
		return RANGE_OUTSIDE;
	*ret_first = first;
	*ret_last = last >= size ? size - 1 : last;
	return RANGE_PART;
}
