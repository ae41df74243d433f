#include "web/reply.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/range.h"
#include "web/stream.h"

static bool is_printable(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < 0x20 || *value == 0x7f)
			return false;
	return true;
}

void reply_header(struct reply *reply, const char *name, const char *format, ...)
{
	char *value = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&value, format, args);
	va_end(args);
	/* A text that failed is an answer that cannot be given: the server makes it a 500. */
	if (n < 0 || !is_printable(value) || reply->n_headers == REPLY_HEADERS_MAX) {
		if (n >= 0)
			free(value);
		reply->body.failed = true;
		return;
	}
	reply->headers[reply->n_headers].name = name;
	reply->headers[reply->n_headers++].value = value;
}

/* RFC 8187 section 3.2.1: what need not be percent-encoded in an extended value. */
static bool is_attribute(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$&+-.^_`|~", c));
}

void reply_attachment(struct reply *reply, const char *disposition, const char *file_name)
{
	AUTO(text_clear) struct text plain = {0};
	AUTO(text_clear) struct text exact = {0};

	/* The old form for programs that know no other: what is not a plain letter is "_". */
	for (const char *p = file_name; *p; p++) {
		text_add_char(&plain, is_attribute(*p) || *p == ' ' ? *p : '_');
		if (is_attribute(*p))
			text_add_char(&exact, *p);
		else
			text_addf(&exact, "%%%02X", (unsigned char)*p);
	}
	if (plain.failed || exact.failed)
		reply->body.failed = true;
	else
		reply_header(reply, "Content-Disposition",
		             "%s; filename=\"%s\"; filename*=UTF-8''%s", disposition,
		             text_string(&plain), text_string(&exact));
}

enum error_code reply_file(struct reply *reply, int file, const char *content_type,
                           const char *etag, const char *range, const char *if_range,
                           struct error *err)
{
	AUTO(auto_close) int own = file;
	struct stat about;
	uint64_t size, first = 0, last = 0;

	if (fstat(own, &about) != 0)
		return error_errno(err, "look at a file");
	if (!S_ISREG(about.st_mode))
		return error_set(err, ERROR_NOT_FOUND, NULL, "there is no such file");
	size = (uint64_t)about.st_size;
	/* A part of what it no longer is would not fit to what the client has. */
	if (if_range && (!etag || strcmp(if_range, etag) != 0))
		range = NULL;
	reply_header(reply, "Accept-Ranges", "bytes");
	if (etag)
		reply_header(reply, "ETag", "%s", etag);
	reply->content_type = content_type;
	switch (range_parse(range, size, &first, &last)) {
	case RANGE_OUTSIDE:
		reply_header(reply, "Content-Range", "bytes */%llu", (unsigned long long)size);
		reply->status = 416;
		return error_set(err, ERROR_INVALID, "Range", "begins behind the end");
	case RANGE_PART:
		reply_header(reply, "Content-Range", "bytes %llu-%llu/%llu",
		             (unsigned long long)first, (unsigned long long)last,
		             (unsigned long long)size);
		reply->status = 206;
		reply->file_offset = first;
		reply->file_bytes = last - first + 1;
		break;
	case RANGE_WHOLE:
		reply->status = 200;
		reply->file_offset = 0;
		reply->file_bytes = size;
		break;
	}
	reply->file = own;
	own = -1;
	return ERROR_OK;
}

void reply_clear(struct reply *reply)
{
	text_clear(&reply->body);
	text_clear(&reply->errors);
	if (reply->file >= 0)
		close(reply->file);
	stream_unref(reply->stream);
	for (size_t i = 0; i < reply->n_headers; i++)
		free(reply->headers[i].value);
	*reply = (struct reply){.file = -1};
}
