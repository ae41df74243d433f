/*
 * Structured log lines on standard error, one write(2) a line, from any thread:
 *
 *   2026-11-22T10:00:00.000000Z info sip phone registered tenant=cust1.pbx.test extension=101
 *
 * or, with LOG_JSON, one JSON object a line with the same names. Only edges log (main, the engine's
 * event handlers, the supervisor); library folders return errors instead. Secrets are never fields.
 */
#ifndef CENTREX_BASE_LOG_H
#define CENTREX_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_LEVEL_COUNT };
enum log_form { LOG_PLAIN, LOG_JSON };

struct log_field {
	const char *name;
	const char *text; /* NULL: number is the value */
	int64_t number;
};

/* A function, so that an array may be passed too (gcc warns of `array ? array : ""`). */
static inline const char *log_text(const char *text)
{
	return text ? text : "";
}

#define LOG_TEXT(n, v)   ((struct log_field){.name = (n), .text = log_text(v)})
#define LOG_NUMBER(n, v) ((struct log_field){.name = (n), .number = (int64_t)(v)})

/* Process-wide; call before threads start, and again on SIGHUP. */
void log_configure(enum log_level least, enum log_form form);
/* The same from the settings log-level and log-format. */
struct config;
void log_settings(const struct config *config);
MUST_CHECK bool log_level_parse(const char *name, enum log_level *ret_level);
/* False: a line of that level would not be written. For lines that cost something to put together.
 */
bool log_wants(enum log_level level);

void log_write(enum log_level level, const char *area, const char *message,
               const struct log_field *fields, size_t n);

/* log_event(LOG_INFO, "sip", "phone registered", LOG_TEXT("tenant", domain), ...): at least one
 * field. */
#define log_event(level, area, message, ...)                                                       \
	log_write((level), (area), (message), (const struct log_field[]){__VA_ARGS__},             \
	          COUNT_OF(((const struct log_field[]){__VA_ARGS__})))

/* One line for an error at an edge: code, field, message, detail. */
void log_error(const char *area, const char *message, const struct error *err);

#endif
