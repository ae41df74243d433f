/*
 * The parts of a multipart/form-data body (RFC 7578) that lies in a file, however large: nothing of
 * it is kept in memory but the headers of the part at hand. Hostile: fuzzed
 * (tests/fuzz/fuzz_multipart.c).
 *
 * Lines end in CRLF; the body begins with its first boundary. A file name is taken from filename*
 * (RFC 8187, UTF-8) before filename; in quoted texts \" and \\ are " and \, and so is what browsers
 * write: %22, %0D, %0A. Nothing is said about what a name may be: it can hold any byte.
 */
#ifndef CENTREX_WEB_MULTIPART_H
#define CENTREX_WEB_MULTIPART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum {
	MULTIPART_BOUNDARY_MAX = 70,
	MULTIPART_HEADERS_MAX = 8 * 1024, /* bytes of one part's headers */
	MULTIPART_PARTS_MAX = 16,
	MULTIPART_NAME_MAX = 64,
	MULTIPART_FILE_NAME_MAX = 4 * 1024,
};

struct multipart;

struct multipart_part {
	char name[MULTIPART_NAME_MAX]; /* of the form's field: UTF-8 without control characters */
	bool is_file;                  /* it has a file name */
	size_t file_name_length;       /* may hold NUL */
	char file_name[MULTIPART_FILE_NAME_MAX];
	uint64_t offset, bytes; /* of its content in the file */
};

/* content_type: the request's header. file stays the caller's. ERROR_INVALID, field
 * "Content-Type": it is not multipart/form-data with a boundary. */
MUST_CHECK enum error_code multipart_open(int file, const char *content_type,
                                          struct multipart **ret_multipart, struct error *err);
void multipart_close(struct multipart *multipart); /* NULL is allowed */
void multipart_auto_close(struct multipart **multipart);

/* *ret_more false: there are no more parts (and *ret_part is not written). ERROR_INVALID, field
 * "body": it is malformed; ERROR_TOO_LARGE: too many parts or too long headers. */
MUST_CHECK enum error_code multipart_next(struct multipart *multipart,
                                          struct multipart_part *ret_part, bool *ret_more,
                                          struct error *err);

#endif
