/* A multipart body in a file: whatever it is, each part lies inside the file, behind the one
 * before, and reading ends. The first line is the Content-Type. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "web/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void read_parts(int file, uint64_t size, const char *content_type)
{
	AUTO(multipart_auto_close) struct multipart *multipart = NULL;
	AUTO(auto_free) struct multipart_part *part = malloc(sizeof(*part));
	uint64_t behind = 0;
	bool more = true;

	must(part);
	if (multipart_open(file, content_type, &multipart, NULL))
		return;
	for (unsigned n = 0; multipart_next(multipart, part, &more, NULL) == ERROR_OK && more;
	     n++) {
		must(n < MULTIPART_PARTS_MAX);
		must(part->offset >= behind && part->offset <= size &&
		     part->bytes <= size - part->offset);
		behind = part->offset + part->bytes;
		must(part->name[0] && text_is_utf8(part->name, strlen(part->name)));
		must(!part->is_file || part->file_name_length < MULTIPART_FILE_NAME_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = size ? memchr(data, '\n', size) : NULL;
	size_t n = line ? (size_t)(line - data) : size;
	AUTO(auto_free) char *type = calloc(1, n + 1);
	AUTO(auto_close) int file = memfd_create("body", MFD_CLOEXEC);
	size_t rest = line ? size - n - 1 : 0;

	must(type && file >= 0);
	if (n)
		memcpy(type, data, n);
	must(!rest || write(file, line + 1, rest) == (ssize_t)rest);
	read_parts(file, rest, type);
	return 0;
}
