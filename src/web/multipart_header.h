/* The headers of one part of a multipart body. For multipart.c only. */
#ifndef CENTREX_WEB_MULTIPART_HEADER_H
#define CENTREX_WEB_MULTIPART_HEADER_H

#include "web/multipart.h"

/* A stretch of bytes being read from its start. */
struct bytes {
	const char *at, *end;
};

/* `; boundary=` of a Content-Type that is multipart/form-data. */
bool multipart_read_boundary(const char *content_type,
                             char ret_boundary[static MULTIPART_BOUNDARY_MAX + 1]);

/* The n bytes of a part's headers, without the empty line: fills name, is_file and file_name. */
MUST_CHECK enum error_code multipart_read_headers(const char *headers, size_t n,
                                                  struct multipart_part *ret_part,
                                                  struct error *err);

#endif
