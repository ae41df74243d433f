/* Bytes on a disk that has been anywhere: what the journal takes for a record is one it has written
 * there itself, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "base/journal_segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* Cuts the input into records, one after the other; returns their number. */
static size_t seal_all(const uint8_t *data, size_t size, uint8_t *file, size_t *ret_length)
{
	size_t at = 0, length = 0, n = 0;

	while (at < size) {
		size_t left = size - at - 1;
		size_t take = data[at] < left ? data[at] : left;

		at++;
		if (!take)
			continue;
		memcpy(file + length + JOURNAL_RECORD_HEADER, data + at, take);
		journal_record_seal((struct journal_position){1, length}, file + length, take);
		length += JOURNAL_RECORD_HEADER + take;
		at += take;
		n++;
	}
	*ret_length = length;
	return n;
}

static size_t count(const uint8_t *file, size_t length)
{
	size_t at = 0, n = 0, payload;

	while (journal_record_parse((struct journal_position){1, at}, file + at, length - at,
	                            &payload) == JOURNAL_RECORD) {
		must(payload <= length - at - JOURNAL_RECORD_HEADER);
		at += JOURNAL_RECORD_HEADER + payload;
		n++;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length, n, payload;
	uint64_t segment;
	uint8_t *file;
	char *name;

	(void)journal_record_parse((struct journal_position){1, 16}, data, size, &payload);
	(void)journal_header_valid(1, data, size);
	name = calloc(1, size + 1);
	must(name);
	memcpy(name, data, size);
	if (journal_segment_parse_name(name, &segment))
		must(segment > 0);
	free(name);

	if (size > 4096)
		return 0;
	file = malloc(size * (JOURNAL_RECORD_HEADER + 1) + 1);
	must(file);
	n = seal_all(data, size, file, &length);
	must(count(file, length) == n);
	if (n) {
		/* One byte less, or one bit flipped where the input says: fewer records, no other.
		 */
		size_t at = (data[0] * 256u + data[size - 1]) % length;

		must(count(file, length - 1) == n - 1);
		file[at] ^= (uint8_t)(1 << (data[0] & 7));
		must(count(file, length) < n);
	}
	free(file);
	return 0;
}
