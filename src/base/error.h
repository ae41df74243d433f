/*
 * Errors: one list gives the enum, the stable slug and the default sentence.
 *
 * A function that can fail returns enum error_code (ERROR_OK is 0) and, when it fails, fills the
 * struct error it was given (NULL is allowed: the caller needs the code only). Each edge has its
 * own complete table from code to HTTP status, SIP status or exit status; nothing below an edge
 * logs or prints.
 */
#ifndef CENTREX_BASE_ERROR_H
#define CENTREX_BASE_ERROR_H

#include <stdarg.h>

#include "base/base.h"

/* X(enum name, slug, default text) */
#define ERROR_LIST(X)                                                                              \
	X(OK, "ok", "done")                                                                        \
	X(USAGE, "usage", "the command line is not understood")                                    \
	X(INVALID, "invalid", "a value breaks a rule")                                             \
	X(MISSING, "missing", "a value is required")                                               \
	X(UNKNOWN_FIELD, "unknown_field", "there is no such field")                                \
	X(READ_ONLY, "read_only", "this field cannot be set")                                      \
	X(NOT_FOUND, "not_found", "there is no such thing")                                        \
	X(CONFLICT, "conflict", "it exists already or is in use")                                  \
	X(PRECONDITION, "precondition_failed", "it was changed meanwhile")                         \
	X(KEY_REUSED, "key_reused", "this key was used for another request")                       \
	X(UNAUTHENTICATED, "unauthenticated", "who is asking is not proven")                       \
	X(FORBIDDEN, "forbidden", "this is not allowed")                                           \
	X(NO_CONTEXT, "no_context", "no tenant is set")                                            \
	X(TOO_LARGE, "too_large", "this is over a limit")                                          \
	X(RATE_LIMITED, "rate_limited", "too many requests")                                       \
	X(BUSY, "busy", "another process holds this")                                              \
	X(UNAVAILABLE, "unavailable", "the database cannot be reached")                            \
	X(TIMEOUT, "timeout", "this took too long")                                                \
	X(IO, "io", "the operating system refused")                                                \
	X(NO_SPACE, "no_space", "the disk is full")                                                \
	X(MEMORY, "memory", "out of memory")                                                       \
	X(INTERNAL, "internal", "a fault in Centrex")

enum error_code {
#define X(name, slug, text) ERROR_##name,
	ERROR_LIST(X)
#undef X
		ERROR_CODE_COUNT
};

enum { ERROR_FIELD_MAX = 64, ERROR_MESSAGE_MAX = 256 };

struct error {
	enum error_code code;
	char field[ERROR_FIELD_MAX];     /* the column, flag or header at fault; may be empty */
	char message[ERROR_MESSAGE_MAX]; /* one plain sentence without a full stop; never a secret
	                                  */
	char detail[ERROR_MESSAGE_MAX];  /* for the log only (SQLSTATE, errno text); may be empty */
};

/* error_set(err, code, field, format, ...): fills err (unless NULL) and is code, so that a caller
 * writes `return error_set(...)`. field may be NULL; format NULL means the code's default text.
 * Clears detail. A macro, so that compilers and the analyzer know what comes back. */
#define error_set(err, code, ...)                                                                  \
	({                                                                                         \
		enum error_code error_set_code_ = (code);                                          \
		error_fill((err), error_set_code_, __VA_ARGS__);                                   \
		error_set_code_;                                                                   \
	})
void error_fill(struct error *err, enum error_code code, const char *field, const char *format, ...)
	PRINTF_LIKE(4, 5);

/* Adds what only the log should see. */
void error_detail(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* error_errno(err, format, ...): ERROR_IO with the text of errno, "cannot <what>: <strerror>". */
#define error_errno(...)                                                                           \
	({                                                                                         \
		error_fill_errno(__VA_ARGS__);                                                     \
		(enum error_code) ERROR_IO;                                                        \
	})
void error_fill_errno(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

const char *error_slug(enum error_code code);
const char *error_text(enum error_code code);

#endif
