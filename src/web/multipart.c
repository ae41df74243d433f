#include "web/multipart.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/multipart_header.h"

enum { WINDOW_BYTES = 64 * 1024, DELIMITER_MAX = 4 + MULTIPART_BOUNDARY_MAX, PADDING_MAX = 64 };

struct multipart {
	int file;
	uint64_t size, at; /* at: behind the boundary that was read last */
	unsigned parts;
	bool ended;
	size_t delimiter_n;
	char delimiter[DELIMITER_MAX + 1]; /* CRLF "--" boundary */
	uint64_t window_at;
	size_t window_n;
	char window[WINDOW_BYTES];
};

static enum error_code malformed(const char *what, struct error *err)
{
	return error_set(err, ERROR_INVALID, "body", "multipart: %s", what);
}

enum error_code multipart_open(int file, const char *content_type, struct multipart **ret_multipart,
                               struct error *err)
{
	struct multipart *multipart;
	char boundary[MULTIPART_BOUNDARY_MAX + 1];
	struct stat status;

	if (!content_type || !multipart_read_boundary(content_type, boundary))
		return error_set(err, ERROR_INVALID, "Content-Type",
		                 "must be multipart/form-data with a boundary");
	if (fstat(file, &status))
		return error_errno(err, "look at the body");
	multipart = calloc(1, sizeof(*multipart));
	if (!multipart)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	multipart->file = file;
	multipart->size = status.st_size > 0 ? (uint64_t)status.st_size : 0;
	multipart->delimiter_n = (size_t)snprintf(
		multipart->delimiter, sizeof(multipart->delimiter), "\r\n--%s", boundary);
	*ret_multipart = multipart;
	return ERROR_OK;
}

void multipart_close(struct multipart *multipart)
{
	free(multipart);
}

void multipart_auto_close(struct multipart **multipart)
{
	multipart_close(*multipart);
}

/* At least n bytes at offset (n far smaller than the window), more where they are; NULL: there are
 * not so many. */
static const char *look(struct multipart *multipart, uint64_t offset, size_t n, size_t *ret_n)
{
	ssize_t got;

	if (offset > multipart->size || n > multipart->size - offset)
		return NULL;
	if (offset < multipart->window_at ||
	    offset + n > multipart->window_at + multipart->window_n) {
		got = pread(multipart->file, multipart->window, sizeof(multipart->window),
		            (off_t)offset);
		if (got < (ssize_t)n)
			return NULL;
		multipart->window_at = offset;
		multipart->window_n = (size_t)got;
	}
	*ret_n = multipart->window_n - (size_t)(offset - multipart->window_at);
	return multipart->window + (offset - multipart->window_at);
}

/* Where bytes stand first, at `from` or later but before `end`. */
static bool find(struct multipart *multipart, uint64_t from, uint64_t end, const char *bytes,
                 size_t n, uint64_t *ret_at)
{
	while (from < end) {
		size_t there;
		const char *window = look(multipart, from, n, &there);
		const char *found = window ? memmem(window, there, bytes, n) : NULL;

		if (!window)
			return false;
		if (found) {
			*ret_at = from + (uint64_t)(found - window);
			return *ret_at < end;
		}
		from += there - n + 1;
	}
	return false;
}

/* What follows a delimiter: CRLF (after blanks) or, for the last, "--". False: it is none, but text
 * that looks like one. */
static bool delimiter_ends(struct multipart *multipart, uint64_t at, uint64_t *ret_behind,
                           bool *ret_last)
{
	size_t n;
	const char *bytes = look(multipart, at, 2, &n);

	if (!bytes)
		return false;
	*ret_last = memcmp(bytes, "--", 2) == 0;
	if (*ret_last) {
		*ret_behind = at + 2;
		return true;
	}
	for (unsigned i = 0; i < PADDING_MAX; i++, at++) {
		bytes = look(multipart, at, 2, &n);
		if (!bytes)
			return false;
		if (memcmp(bytes, "\r\n", 2) == 0) {
			*ret_behind = at + 2;
			return true;
		}
		if (bytes[0] != ' ' && bytes[0] != '\t')
			return false;
	}
	return false;
}

/* The first boundary has no line before it. */
static enum error_code begin(struct multipart *multipart, struct error *err)
{
	size_t n = multipart->delimiter_n - 2, there;
	const char *bytes = look(multipart, 0, n, &there);

	if (!bytes || memcmp(bytes, multipart->delimiter + 2, n) != 0 ||
	    !delimiter_ends(multipart, n, &multipart->at, &multipart->ended))
		return malformed("the body does not begin with the boundary", err);
	return ERROR_OK;
}

static enum error_code read_headers(struct multipart *multipart, struct multipart_part *part,
                                    struct error *err)
{
	uint64_t start = multipart->at, end;
	const char *headers;
	size_t n;

	if (!find(multipart, start, start + MULTIPART_HEADERS_MAX, "\r\n\r\n", 4, &end))
		return multipart->size - start > MULTIPART_HEADERS_MAX
		               ? error_set(err, ERROR_TOO_LARGE, "body",
		                           "multipart: the headers of a part end nowhere")
		               : malformed("the headers of a part end nowhere", err);
	headers = look(multipart, start, (size_t)(end - start), &n);
	if (!headers)
		return error_errno(err, "read the body");
	part->offset = end + 4;
	return multipart_read_headers(headers, (size_t)(end - start), part, err);
}

static enum error_code read_content(struct multipart *multipart, struct multipart_part *part,
                                    struct error *err)
{
	/* Content of no bytes: the empty line's CRLF is the delimiter's too. */
	uint64_t from = part->offset - 2, at;

	while (find(multipart, from, multipart->size, multipart->delimiter, multipart->delimiter_n,
	            &at)) {
		if (delimiter_ends(multipart, at + multipart->delimiter_n, &multipart->at,
		                   &multipart->ended)) {
			part->bytes = at > part->offset ? at - part->offset : 0;
			return ERROR_OK;
		}
		from = at + 1;
	}
	return malformed("the last part is cut off", err);
}

enum error_code multipart_next(struct multipart *multipart, struct multipart_part *ret_part,
                               bool *ret_more, struct error *err)
{
	AUTO(auto_free) struct multipart_part *part = NULL;
	enum error_code code = ERROR_OK;

	if (multipart->at == 0)
		code = begin(multipart, err);
	if (code)
		return code;
	if (multipart->ended) {
		*ret_more = false;
		return ERROR_OK;
	}
	if (multipart->parts++ == MULTIPART_PARTS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "body", "multipart: more than %d parts",
		                 MULTIPART_PARTS_MAX);
	part = calloc(1, sizeof(*part));
	if (!part)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = read_headers(multipart, part, err);
	if (!code)
		code = read_content(multipart, part, err);
	if (code)
		return code;
	*ret_part = *part;
	*ret_more = true;
	return ERROR_OK;
}
