/* The header field Range from a stranger: "<size>\n<header>". A part is always inside. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "web/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(auto_free) char *text = malloc(size + 1);
	uint64_t first = 1, last = 0, bytes;
	char *line;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	line = strchr(text, '\n');
	bytes = strtoull(text, NULL, 10);
	if (line && range_parse(line + 1, bytes, &first, &last) == RANGE_PART &&
	    (first > last || last >= bytes))
		abort();
	return 0;
}
