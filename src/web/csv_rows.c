#include "web/csv_rows.h"

#include <csv.h>
#include <stdio.h>
#include <string.h>

struct reader {
	struct csv_rows *rows;
	const struct field *const *fields;
	size_t n_fields;
	const struct field *columns[CSV_COLUMNS_MAX]; /* NULL: no field, its cells are not read */
	size_t n_columns;
	unsigned row; /* the one being read; 0: none yet */
	size_t column;
	bool has_cell; /* the row has one that is not empty */
	bool after_cr, bad_header;
	json_t *object;
	size_t faults_before; /* this row */
	struct error *err;
	enum error_code code; /* reading is over */
};

void csv_rows_clear(struct csv_rows *rows)
{
	json_decref(rows->objects);
	free(rows->numbers);
	free(rows->faults);
	*rows = (struct csv_rows){0};
}

void csv_rows_fault(struct csv_rows *rows, unsigned row, const char *field, const char *message)
{
	struct csv_fault *fault;

	if (rows->n_faults++ >= CSV_FAULTS_MAX)
		return;
	fault = &rows->faults[rows->n_faults - 1];
	fault->row = row;
	snprintf(fault->field, sizeof(fault->field), "%s", field);
	snprintf(fault->message, sizeof(fault->message), "%s", message);
}

static int compare_faults(const void *a, const void *b)
{
	const struct csv_fault *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

void csv_rows_faults(struct csv_rows *rows, enum language language, struct text *out)
{
	AUTO(text_clear) struct text said = {0};
	size_t n = rows->n_faults < CSV_FAULTS_MAX ? rows->n_faults : CSV_FAULTS_MAX;

	qsort(rows->faults, n, sizeof(*rows->faults), compare_faults);
	for (size_t i = 0; i < n; i++) {
		const struct csv_fault *fault = &rows->faults[i];

		text_addf(out, "%s{\"row\":%u,\"field\":\"", i ? ",\n" : "", fault->row);
		text_add_json(out, fault->field, strlen(fault->field));
		text_add(out, "\",\"message\":\"");
		text_reset(&said);
		words_say(language, fault->message, strlen(fault->message), &said);
		text_add_json(out, text_string(&said), said.length);
		text_add(out, "\"}");
	}
	out->failed |= said.failed;
}

static void fail(struct reader *reader, enum error_code code, const char *message)
{
	if (!reader->code)
		reader->code = error_set(reader->err, code, "body", "%s",
		                         message ? message : error_text(code));
}

static const struct field *find_field(const struct reader *reader, const char *name, size_t n)
{
	for (size_t i = 0; i < reader->n_fields; i++)
		if (strlen(reader->fields[i]->name) == n &&
		    memcmp(reader->fields[i]->name, name, n) == 0)
			return reader->fields[i];
	return NULL;
}

static void read_header(struct reader *reader, const char *name, size_t n)
{
	const struct field *field = find_field(reader, name, n);
	char shown[ERROR_FIELD_MAX];

	if (reader->column == CSV_COLUMNS_MAX) {
		fail(reader, ERROR_TOO_LARGE, "has too many columns");
		return;
	}
	snprintf(shown, sizeof(shown), "%.*s", n < sizeof(shown) ? (int)n : 0, name);
	/* A column without a name and without cells: spreadsheets leave such at the end. */
	if (!field && n)
		csv_rows_fault(reader->rows, 1, shown, "there is no such field");
	for (size_t i = 0; field && i < reader->n_columns; i++)
		if (reader->columns[i] == field)
			csv_rows_fault(reader->rows, 1, field->name, "is named twice");
	reader->columns[reader->column] = field;
	reader->n_columns = reader->column + 1;
}

static void read_cell(struct reader *reader, const char *cell, size_t n)
{
	const struct field *field =
		reader->column < reader->n_columns ? reader->columns[reader->column] : NULL;
	AUTO(json_auto_unref) json_t *value = NULL;
	struct error err;

	if (!n)
		return;
	reader->has_cell = true;
	if (reader->bad_header)
		return;
	if (!field) {
		if (reader->column >= reader->n_columns)
			csv_rows_fault(reader->rows, reader->row, "",
			               "has more cells than the first row has names");
		return;
	}
	switch (field_parse(field, cell, n, &value, &err)) {
	case ERROR_OK:
		if (json_object_set(reader->object, field->name, value))
			fail(reader, ERROR_MEMORY, NULL);
		return;
	case ERROR_MEMORY:
		fail(reader, ERROR_MEMORY, NULL);
		return;
	default:
		csv_rows_fault(reader->rows, reader->row, field->name, err.message);
		/* So that it does not count as missing as well. */
		if (json_object_set_new(reader->object, field->name, json_null()))
			fail(reader, ERROR_MEMORY, NULL);
	}
}

static bool begin_row(struct reader *reader)
{
	if (!reader->column && !reader->object) {
		reader->row++;
		reader->faults_before = reader->rows->n_faults;
		reader->object = json_object();
		if (!reader->object)
			fail(reader, ERROR_MEMORY, NULL);
	}
	return !reader->code;
}

static void end_cell(void *cell, size_t n, void *arg)
{
	struct reader *reader = arg;

	if (!begin_row(reader))
		return;
	if (reader->row == 1)
		read_header(reader, cell, n);
	else
		read_cell(reader, cell, n);
	reader->column++;
	reader->after_cr = false;
}

static void check_missing(struct reader *reader, unsigned row)
{
	for (size_t i = 0; i < reader->n_fields; i++) {
		const struct field *field = reader->fields[i];

		if ((field->flags & FIELD_REQUIRED) &&
		    !json_object_get(reader->object, field->name))
			csv_rows_fault(reader->rows, row, field->name, "is required");
	}
}

static void end_header(struct reader *reader)
{
	for (size_t i = 0; i < reader->n_columns; i++)
		if (reader->columns[i] &&
		    json_object_set_new(reader->object, reader->columns[i]->name, json_null()))
			fail(reader, ERROR_MEMORY, NULL);
	check_missing(reader, 1);
	reader->bad_header = reader->rows->n_faults;
}

static void keep_row(struct reader *reader)
{
	struct csv_rows *rows = reader->rows;
	size_t n = json_array_size(rows->objects);

	if (rows->n == CSV_ROWS_MAX) {
		fail(reader, ERROR_TOO_LARGE, "must have at most 10000 rows");
		return;
	}
	rows->n++;
	/* Every row would say the same once more. */
	if (reader->bad_header)
		return;
	check_missing(reader, reader->row);
	if (rows->n_faults > reader->faults_before)
		return;
	rows->numbers[n] = reader->row;
	if (json_array_append(rows->objects, reader->object))
		fail(reader, ERROR_MEMORY, NULL);
}

/* end: the byte that ended the row, -1 at the end of the file. The line feed behind a carriage
 * return ends nothing more. */
static void end_row(int end, void *arg)
{
	struct reader *reader = arg;
	bool rest_of_end = !reader->column && reader->after_cr && end == '\n';

	reader->after_cr = end == '\r';
	if (rest_of_end || !begin_row(reader))
		return;
	if (reader->row == 1)
		end_header(reader);
	else if (reader->has_cell)
		keep_row(reader);
	json_decref(reader->object);
	reader->object = NULL;
	reader->column = 0;
	reader->has_cell = false;
}

/* The first separator of the first row: names of fields hold none. */
static unsigned char find_separator(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && bytes[i] != '\n' && bytes[i] != '\r'; i++)
		if (bytes[i] == ';' || bytes[i] == '\t' || bytes[i] == ',')
			return (unsigned char)bytes[i];
	return ',';
}

static void run_parser(struct reader *reader, const char *bytes, size_t n)
{
	struct csv_parser parser;

	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL)) {
		fail(reader, ERROR_MEMORY, NULL);
		return;
	}
	csv_set_delim(&parser, find_separator(bytes, n));
	if (csv_parse(&parser, bytes, n, end_cell, end_row, reader) != n ||
	    csv_fini(&parser, end_cell, end_row, reader)) {
		if (csv_error(&parser) == CSV_EPARSE)
			csv_rows_fault(reader->rows, reader->row + !reader->object, "",
			               "a quote stands where none may, or is not closed");
		else
			fail(reader, ERROR_MEMORY, NULL);
	}
	csv_free(&parser);
}

enum error_code csv_rows_read(const char *bytes, size_t n, const struct field *const *fields,
                              size_t n_fields, struct csv_rows *ret_rows, struct error *err)
{
	static const char mark[] = "\xef\xbb\xbf";
	AUTO(csv_rows_clear)
	struct csv_rows rows = {
		.objects = json_array(),
		.numbers = calloc(CSV_ROWS_MAX, sizeof(*rows.numbers)),
		.faults = calloc(CSV_FAULTS_MAX, sizeof(*rows.faults)),
	};
	struct reader reader = {.rows = &rows, .fields = fields, .n_fields = n_fields, .err = err};

	if (!rows.objects || !rows.numbers || !rows.faults)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!text_is_utf8(bytes, n))
		return error_set(err, ERROR_INVALID, "body", "must be UTF-8 without NUL");
	if (n >= strlen(mark) && memcmp(bytes, mark, strlen(mark)) == 0) {
		bytes += strlen(mark);
		n -= strlen(mark);
	}
	run_parser(&reader, bytes, n);
	json_decref(reader.object);
	if (!reader.code && !reader.n_columns)
		fail(&reader, ERROR_MISSING, "has no first row with the names of fields");
	if (reader.code)
		return reader.code;
	*ret_rows = rows;
	rows = (struct csv_rows){0};
	return ERROR_OK;
}
