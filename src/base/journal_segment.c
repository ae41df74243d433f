#include "base/journal_segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t magic[8] = {'C', 'T', 'X', 'J', 'R', 'N', 'L', '1'};
static const char suffix[] = ".journal";

static void put_le(uint8_t *bytes, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

void journal_segment_name(uint64_t segment, char buffer[static JOURNAL_NAME_MAX])
{
	snprintf(buffer, JOURNAL_NAME_MAX, "%016llx%s", (unsigned long long)segment, suffix);
}

bool journal_segment_parse_name(const char *name, uint64_t *ret_segment)
{
	char again[JOURNAL_NAME_MAX];
	uint64_t segment = 0;

	for (size_t i = 0; i < 16; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = name[i] ? strchr(digits, name[i]) : NULL;

		if (!digit)
			return false;
		segment = segment << 4 | (uint64_t)(digit - digits);
	}
	journal_segment_name(segment, again);
	if (strcmp(name, again) || !segment)
		return false;
	*ret_segment = segment;
	return true;
}

void journal_header_write(uint64_t segment, uint8_t bytes[static JOURNAL_FILE_HEADER])
{
	memcpy(bytes, magic, sizeof(magic));
	put_le(bytes + sizeof(magic), segment, 8);
}

bool journal_header_valid(uint64_t segment, const uint8_t *bytes, size_t n)
{
	uint8_t header[JOURNAL_FILE_HEADER];

	journal_header_write(segment, header);
	return n >= sizeof(header) && !memcmp(bytes, header, sizeof(header));
}

static void checksum(struct journal_position at, const uint8_t *bytes, size_t n, uint8_t out[8])
{
	uint8_t key[crypto_shorthash_KEYBYTES];

	_Static_assert(sizeof(key) == 16 && crypto_shorthash_BYTES == 8, "SipHash-2-4");
	put_le(key, at.segment, 8);
	put_le(key + 8, at.offset, 8);
	crypto_shorthash(out, bytes, n, key);
}

void journal_record_prepare(uint8_t bytes[static JOURNAL_RECORD_HEADER], size_t n)
{
	memset(bytes, 0, 8);
	put_le(bytes + 8, n, 4);
}

size_t journal_record_length(const uint8_t bytes[static JOURNAL_RECORD_HEADER])
{
	return (size_t)get_le(bytes + 8, 4);
}

void journal_record_seal(struct journal_position at, uint8_t *bytes, size_t n)
{
	put_le(bytes + 8, n, 4);
	checksum(at, bytes + 8, n + 4, bytes);
}

enum journal_parse journal_record_parse(struct journal_position at, const uint8_t *bytes, size_t n,
                                        size_t *ret_n)
{
	uint8_t sum[8];
	size_t length;

	if (n < JOURNAL_RECORD_HEADER) {
		*ret_n = JOURNAL_RECORD_HEADER;
		return JOURNAL_SHORT;
	}
	length = journal_record_length(bytes);
	if (length == 0 || length > JOURNAL_RECORD_MAX)
		return JOURNAL_BAD;
	if (n - JOURNAL_RECORD_HEADER < length) {
		*ret_n = JOURNAL_RECORD_HEADER + length;
		return JOURNAL_SHORT;
	}
	checksum(at, bytes + 8, length + 4, sum);
	if (memcmp(sum, bytes, sizeof(sum)))
		return JOURNAL_BAD;
	*ret_n = length;
	return JOURNAL_RECORD;
}

static int compare_segments(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

enum error_code journal_segments_list(const char *directory, uint64_t **ret_segments, size_t *ret_n,
                                      struct error *err)
{
	AUTO(auto_closedir) DIR *stream = opendir(directory);
	AUTO(auto_free) uint64_t *segments = NULL;
	size_t n = 0, room = 0;
	struct dirent *entry;
	uint64_t segment;

	if (!stream)
		return error_errno(err, "read the directory %s", directory);
	while ((errno = 0, entry = readdir(stream))) {
		if (!journal_segment_parse_name(entry->d_name, &segment))
			continue;
		if (n == room) {
			uint64_t *more = reallocarray(segments, room * 2 + 16, sizeof(*more));

			if (!more)
				return error_set(err, ERROR_MEMORY, NULL, NULL);
			segments = more;
			room = room * 2 + 16;
		}
		segments[n++] = segment;
	}
	if (errno)
		return error_errno(err, "read the directory %s", directory);
	if (n)
		qsort(segments, n, sizeof(*segments), compare_segments);
	*ret_segments = TAKE(segments);
	*ret_n = n;
	return ERROR_OK;
}

/* Reads up to n bytes; fewer only at the end of the file. Negative: errno says why. */
static ssize_t read_at(int file, uint8_t *bytes, size_t n, uint64_t offset)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(file, bytes + done, n - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

/* The end of the last whole record; 0: not even the header is whole. Negative: errno says why. */
static int64_t valid_bytes(int file, uint64_t segment)
{
	enum { LONGEST = JOURNAL_RECORD_HEADER + JOURNAL_RECORD_MAX, WINDOW = 8 * LONGEST };

	AUTO(auto_free) uint8_t *window = malloc(WINDOW);
	struct journal_position at = {segment, JOURNAL_FILE_HEADER};
	ssize_t n;

	if (!window) {
		errno = ENOMEM;
		return -1;
	}
	n = read_at(file, window, JOURNAL_FILE_HEADER, 0);
	if (n < 0)
		return -1;
	if (!journal_header_valid(segment, window, (size_t)n))
		return 0;
	for (;;) {
		size_t used = 0, length;

		n = read_at(file, window, WINDOW, at.offset);
		if (n < 0)
			return -1;
		while (journal_record_parse(at, window + used, (size_t)n - used, &length) ==
		       JOURNAL_RECORD) {
			used += JOURNAL_RECORD_HEADER + length;
			at.offset += JOURNAL_RECORD_HEADER + length;
		}
		if (used == 0 || n < WINDOW) /* no record here, or none can follow */
			return (int64_t)at.offset;
	}
}

enum error_code journal_segment_repair(int directory, uint64_t segment, uint64_t *ret_cut_bytes,
                                       bool *ret_gone, struct error *err)
{
	char name[JOURNAL_NAME_MAX];
	AUTO(auto_close) int file = -1;
	struct stat status;
	int64_t valid;

	journal_segment_name(segment, name);
	file = openat(directory, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (file < 0 || fstat(file, &status) < 0)
		return error_errno(err, "open %s", name);
	valid = valid_bytes(file, segment);
	if (valid < 0)
		return errno == ENOMEM ? error_set(err, ERROR_MEMORY, NULL, NULL)
		                       : error_errno(err, "read %s", name);
	*ret_gone = valid <= JOURNAL_FILE_HEADER;
	*ret_cut_bytes = valid ? (uint64_t)(status.st_size - valid) : (uint64_t)status.st_size;
	if (*ret_gone) {
		if (unlinkat(directory, name, 0) < 0)
			return error_errno(err, "remove %s", name);
		return ERROR_OK;
	}
	if (valid < status.st_size && (ftruncate(file, valid) < 0 || fsync(file) < 0))
		return error_errno(err, "cut the torn end off %s", name);
	return ERROR_OK;
}
