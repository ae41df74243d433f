#include "base/log.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/text.h"

static const char *const level_names[LOG_LEVEL_COUNT] = {"debug", "info", "warning", "error"};

/* The log sink is the one file-scope state of the program (see CONTRIBUTING.md). */
static _Atomic int least_level = LOG_INFO;
static _Atomic int line_form = LOG_PLAIN;

void log_configure(enum log_level least, enum log_form form)
{
	least_level = (int)least;
	line_form = (int)form;
}

void log_settings(const struct config *config)
{
	enum log_level least = LOG_INFO;
	bool json = strcmp(config_text(config, CONFIG_LOG_FORMAT), "json") == 0;

	if (log_level_parse(config_text(config, CONFIG_LOG_LEVEL), &least))
		log_configure(least, json ? LOG_JSON : LOG_PLAIN);
}

bool log_level_parse(const char *name, enum log_level *ret_level)
{
	for (int i = 0; i < LOG_LEVEL_COUNT; i++)
		if (strcmp(name, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	return false;
}

static void add_quoted(struct text *line, const char *value)
{
	text_add_char(line, '"');
	text_add_json(line, value, strlen(value));
	text_add_char(line, '"');
}

/* A plain value is quoted only where it would not read as one word. */
static void add_plain(struct text *line, const char *value)
{
	if (!*value || strpbrk(value, " \"\\=\t\r\n") || !text_is_utf8(value, strlen(value)))
		add_quoted(line, value);
	else
		text_add(line, value);
}

static void add_field(struct text *line, const struct log_field *field, bool json)
{
	if (json)
		text_addf(line, ",\"%s\":", field->name);
	else
		text_addf(line, " %s=", field->name);
	if (!field->text)
		text_addf(line, "%lld", (long long)field->number);
	else if (json)
		add_quoted(line, field->text);
	else
		add_plain(line, field->text);
}

bool log_wants(enum log_level level)
{
	return (int)level >= least_level;
}

void log_write(enum log_level level, const char *area, const char *message,
               const struct log_field *fields, size_t n)
{
	AUTO(text_clear) struct text line = {0};
	char now[CLOCK_RFC3339_MAX];
	bool json = line_form == LOG_JSON;

	if (!log_wants(level))
		return;
	clock_rfc3339(clock_unix_us(), now);
	if (json)
		text_addf(&line,
		          "{\"time\":\"%s\",\"level\":\"%s\",\"area\":\"%s\",\"message\":\"%s\"",
		          now, level_names[level], area, message);
	else
		text_addf(&line, "%s %s %s %s", now, level_names[level], area, message);
	for (size_t i = 0; i < n; i++)
		add_field(&line, &fields[i], json);
	text_add(&line, json ? "}\n" : "\n");
	if (!line.failed)
		(void)!write(STDERR_FILENO, line.data, line.length);
}

void log_error(const char *area, const char *message, const struct error *err)
{
	log_event(LOG_ERROR, area, message, LOG_TEXT("code", error_slug(err->code)),
	          LOG_TEXT("field", err->field), LOG_TEXT("error", err->message),
	          LOG_TEXT("detail", err->detail));
}
