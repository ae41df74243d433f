#include "cli/output.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2, COLUMNS_MAX = 32 };

/* Every character counts as one column: right for all but a few scripts, never unsafe. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			n++;
	return n;
}

void output_printable(const char *string, size_t n, struct text *out)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)string[i];
		unsigned char next = i + 1 < n ? (unsigned char)string[i + 1] : 0;

		if (c == '\n' || c == '\t' || c == '\r') {
			text_add_char(out, ' ');
		} else if (c < 0x20 || c == 0x7f) {
			text_add_char(out, '?');
		} else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
			text_add_char(out, '?');
			i++;
		} else {
			text_add_char(out, (char)c);
		}
	}
}

/* "2026-11-22T10:00:00.123456+00:00" as "2026-11-22T10:00:00Z": the database runs in UTC. */
static void add_time(const char *time, struct text *out)
{
	static const char utc[] = "+00:00";
	enum { SECONDS = sizeof("2026-11-22T10:00:00") - 1 };
	size_t n = strlen(time);

	if (n < SECONDS + sizeof(utc) - 1 || strcmp(time + n - (sizeof(utc) - 1), utc) != 0) {
		output_printable(time, n, out);
		return;
	}
	output_printable(time, SECONDS, out);
	text_add_char(out, 'Z');
}

static enum error_code add_cell(const struct field *field, const json_t *value, struct text *out,
                                struct error *err)
{
	AUTO(auto_free) char *json = NULL;

	if (!value || json_is_null(value)) {
		text_add_char(out, '-');
	} else if (json_is_string(value) && field->type == FIELD_TIME) {
		add_time(json_string_value(value), out);
	} else if (json_is_string(value) && field->type != FIELD_JSON) {
		output_printable(json_string_value(value), json_string_length(value), out);
	} else {
		json = json_dumps(value, RESOURCE_JSON);
		if (!json)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		output_printable(json, strlen(json), out);
	}
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static void pad(size_t n, struct text *out)
{
	while (n--)
		text_add_char(out, ' ');
}

static bool in_table(const struct field *field)
{
	return !(field->flags & (FIELD_HIDDEN | FIELD_INPUT | FIELD_DETAIL | FIELD_WIDE));
}

static size_t table_fields(const struct resource *resource,
                           const struct field *fields[static COLUMNS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < resource->n_fields && n < COLUMNS_MAX; i++)
		if (in_table(&resource->fields[i]))
			fields[n++] = &resource->fields[i];
	return n;
}

/* Twice over the rows, first for the widths: cells are cheap, a second copy of all of them not. */
static enum error_code measure(const json_t *rows, const struct field *const *fields, size_t n,
                               size_t *widths, struct error *err)
{
	AUTO(text_clear) struct text cell = {0};
	const json_t *row;
	size_t r;

	for (size_t i = 0; i < n; i++)
		widths[i] = strlen(fields[i]->name);
	json_array_foreach(rows, r, row) for (size_t i = 0; i < n; i++)
	{
		enum error_code code;
		size_t width;

		text_reset(&cell);
		code = add_cell(fields[i], json_object_get(row, fields[i]->name), &cell, err);
		if (code)
			return code;
		width = width_of(text_string(&cell));
		if (width > widths[i])
			widths[i] = width;
	}
	return ERROR_OK;
}

static enum error_code add_line(const json_t *row, const struct field *const *fields, size_t n,
                                const size_t *widths, struct text *out, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *field = fields[i];
		const json_t *value = json_object_get(row, field->name);
		AUTO(text_clear) struct text cell = {0};
		enum error_code code = add_cell(field, value, &cell, err);
		size_t width = width_of(text_string(&cell));
		bool right = field->type == FIELD_INTEGER;

		if (code)
			return code;
		if (right)
			pad(widths[i] - width, out);
		text_add(out, text_string(&cell));
		if (i + 1 < n)
			pad((right ? 0 : widths[i] - width) + GAP, out);
	}
	text_add_char(out, '\n');
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code output_table(const struct resource *resource, const char *rows, struct text *out,
                             struct error *err)
{
	AUTO(json_auto_unref) json_t *array = json_loads(rows, 0, NULL);
	const struct field *fields[COLUMNS_MAX];
	size_t widths[COLUMNS_MAX];
	size_t n = table_fields(resource, fields);
	enum error_code code;
	const json_t *row;
	size_t r;

	if (!array)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = measure(array, fields, n, widths, err);
	for (size_t i = 0; i < n; i++) {
		bool right = fields[i]->type == FIELD_INTEGER;
		size_t spare = widths[i] - strlen(fields[i]->name);

		if (code)
			return code;
		if (right)
			pad(spare, out);
		for (const char *c = fields[i]->name; *c; c++)
			text_add_char(out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
		if (i + 1 < n)
			pad((right ? 0 : spare) + GAP, out);
	}
	text_add_char(out, '\n');
	json_array_foreach(array, r, row)
	{
		code = add_line(row, fields, n, widths, out, err);
		if (code)
			return code;
	}
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code output_row(const struct resource *resource, const char *row, struct text *out,
                           struct error *err)
{
	AUTO(json_auto_unref) json_t *object = json_loads(row, 0, NULL);
	size_t widest = 0;

	if (!object)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < resource->n_fields; i++)
		if (json_object_get(object, resource->fields[i].name) &&
		    strlen(resource->fields[i].name) > widest)
			widest = strlen(resource->fields[i].name);
	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];
		const json_t *value = json_object_get(object, field->name);
		enum error_code code;

		if (!value)
			continue;
		text_add(out, field->name);
		pad(widest - strlen(field->name) + GAP, out);
		code = add_cell(field, value, out, err);
		if (code)
			return code;
		text_add_char(out, '\n');
	}
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
