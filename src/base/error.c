#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *slug;
	const char *text;
} rows[] = {
#define X(name, slug, text) {slug, text},
	ERROR_LIST(X)
#undef X
};

_Static_assert(COUNT_OF(rows) == ERROR_CODE_COUNT, "one row per error code");

void error_fill(struct error *err, enum error_code code, const char *field, const char *format, ...)
{
	va_list args;

	if (!err)
		return;
	err->code = code;
	err->detail[0] = '\0';
	snprintf(err->field, sizeof(err->field), "%s", field ? field : "");
	if (!format) {
		snprintf(err->message, sizeof(err->message), "%s", error_text(code));
		return;
	}
	va_start(args, format);
	vsnprintf(err->message, sizeof(err->message), format, args);
	va_end(args);
}

void error_detail(struct error *err, const char *format, ...)
{
	va_list args;

	if (!err)
		return;
	va_start(args, format);
	vsnprintf(err->detail, sizeof(err->detail), format, args);
	va_end(args);
}

void error_fill_errno(struct error *err, const char *format, ...)
{
	int saved = errno;
	char what[ERROR_MESSAGE_MAX / 2];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	error_fill(err, ERROR_IO, NULL, "cannot %s: %s", what, strerror(saved));
}

const char *error_slug(enum error_code code)
{
	return (unsigned)code < ERROR_CODE_COUNT ? rows[code].slug : "internal";
}

const char *error_text(enum error_code code)
{
	return (unsigned)code < ERROR_CODE_COUNT ? rows[code].text : "a fault in Centrex";
}
