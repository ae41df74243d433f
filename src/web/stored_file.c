#include "web/stored_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audio/format.h"
#include "domain/media.h"

enum { ETAG_MAX = 64 };

static const char *type_of(int file)
{
	enum audio_format format;
	uint64_t start;

	return audio_recognise(file, &format, &start, NULL) ? "application/octet-stream"
	                                                    : audio_format_type(format);
}

enum error_code stored_file_answer(const struct request *request, const struct stored_file *stored,
                                   struct reply *reply, struct error *err)
{
	const char *known = request_header(request, "If-None-Match");
	char etag[ETAG_MAX];
	struct stat status;
	AUTO(auto_close) int file = -1;
	enum error_code code =
		media_open_file(request->web->media, &request->tenant, stored->path, &file, err);
	int taken;

	if (code)
		return code;
	if (fstat(file, &status))
		return error_errno(err, "look at a file of media");
	/* A recording grows while its call lasts; then it is another one. */
	snprintf(etag, sizeof(etag), "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"",
	         (uint64_t)status.st_ino, (uint64_t)status.st_size,
	         (uint64_t)status.st_mtim.tv_sec * 1000000000 + (uint64_t)status.st_mtim.tv_nsec);
	if (known && strstr(known, etag)) {
		reply_header(reply, "ETag", "%s", etag);
		reply->status = 304;
		return ERROR_OK;
	}
	if (stored->name)
		reply_attachment(reply, "inline", stored->name);
	taken = file;
	file = -1;
	return reply_file(reply, taken, stored->type ? stored->type : type_of(taken), etag,
	                  request_header(request, "Range"), request_header(request, "If-Range"),
	                  err);
}
