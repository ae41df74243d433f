#include "cli/exit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/output.h"

/* Complete: a new error code without a row does not compile. */
static const unsigned char statuses[] = {
	[ERROR_OK] = EXIT_DONE,
	[ERROR_USAGE] = EXIT_USAGE,
	[ERROR_INVALID] = EXIT_USAGE,
	[ERROR_MISSING] = EXIT_USAGE,
	[ERROR_UNKNOWN_FIELD] = EXIT_USAGE,
	[ERROR_READ_ONLY] = EXIT_USAGE,
	[ERROR_NOT_FOUND] = EXIT_NOT_FOUND,
	[ERROR_CONFLICT] = EXIT_CONFLICT,
	[ERROR_PRECONDITION] = EXIT_CONFLICT,
	[ERROR_KEY_REUSED] = EXIT_CONFLICT,
	[ERROR_UNAUTHENTICATED] = EXIT_FORBIDDEN,
	[ERROR_FORBIDDEN] = EXIT_FORBIDDEN,
	[ERROR_NO_CONTEXT] = EXIT_FAILED,
	[ERROR_TOO_LARGE] = EXIT_USAGE,
	[ERROR_RATE_LIMITED] = EXIT_UNAVAILABLE,
	[ERROR_BUSY] = EXIT_UNAVAILABLE,
	[ERROR_UNAVAILABLE] = EXIT_UNAVAILABLE,
	[ERROR_TIMEOUT] = EXIT_UNAVAILABLE,
	[ERROR_IO] = EXIT_FAILED,
	[ERROR_NO_SPACE] = EXIT_FAILED,
	[ERROR_MEMORY] = EXIT_FAILED,
	[ERROR_INTERNAL] = EXIT_FAILED,
};

_Static_assert(COUNT_OF(statuses) == ERROR_CODE_COUNT, "one exit status per error code");

int exit_status(enum error_code code)
{
	return (unsigned)code < ERROR_CODE_COUNT ? statuses[code] : EXIT_FAILED;
}

/* Its length without the line end libpq and PostgreSQL put behind what they say. */
static size_t trimmed(const char *text)
{
	size_t n = strlen(text);

	while (n && (text[n - 1] == '\n' || text[n - 1] == ' '))
		n--;
	return n;
}

int exit_report(const struct error *err, bool json)
{
	AUTO(text_clear) struct text line = {0};

	if (json) {
		text_addf(&line, "{\"error\":{\"code\":\"%s\",\"field\":\"", error_slug(err->code));
		text_add_json(&line, err->field, strlen(err->field));
		text_add(&line, "\",\"message\":\"");
		text_add_json(&line, err->message, strlen(err->message));
		text_add(&line, "\"}}");
	} else {
		text_add(&line, "centrex: ");
		if (err->field[0]) {
			output_printable(err->field, strlen(err->field), &line);
			text_add(&line, ": ");
		}
		output_printable(err->message, strlen(err->message), &line);
		/* A fault is of use only with what the database or the system said. */
		if (err->detail[0] &&
		    (err->code == ERROR_INTERNAL || err->code == ERROR_UNAVAILABLE)) {
			text_add(&line, " (");
			output_printable(err->detail, trimmed(err->detail), &line);
			text_add(&line, ")");
		}
	}
	if (line.failed)
		fputs("centrex: out of memory\n", stderr);
	else
		fprintf(stderr, "%s\n", line.data);
	return exit_status(err->code);
}

int exit_flushed(void)
{
	struct error err;

	if (!fflush(stdout) && !ferror(stdout))
		return EXIT_DONE;
	error_errno(&err, "write the output");
	return exit_report(&err, false);
}
