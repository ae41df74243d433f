#include "db/row.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "db/result.h"

static bool parse_number(const char *text, int64_t *ret_number)
{
	char *end;
	long long number;

	/* strtoll alone would take blanks and a plus sign. */
	if (*text != '-' && (*text < '0' || *text > '9'))
		return false;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || *end || end == text)
		return false;
	*ret_number = number;
	return true;
}

/* So many digits, no more and no less. */
static bool take_digits(const char **text, size_t n, int *ret_number)
{
	int number = 0;

	for (size_t i = 0; i < n; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return false;
		number = number * 10 + (**text - '0');
	}
	*ret_number = number;
	return true;
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

/* One to six digits behind the point, as microseconds. */
static bool take_fraction(const char **text, int *ret_us)
{
	int us = 0;
	int place = 100000;

	if (!take_char(text, '.'))
		return false;
	for (; place && **text >= '0' && **text <= '9'; place /= 10, (*text)++)
		us += (**text - '0') * place;
	*ret_us = us;
	return place < 100000;
}

bool row_parse_time(const char *text, int64_t *ret_unix_us)
{
	struct tm utc = {0}, check;
	int year, month, us = 0;
	time_t seconds;

	if (!take_digits(&text, 4, &year) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, &month) || !take_char(&text, '-') ||
	    !take_digits(&text, 2, &utc.tm_mday) || !take_char(&text, ' ') ||
	    !take_digits(&text, 2, &utc.tm_hour) || !take_char(&text, ':') ||
	    !take_digits(&text, 2, &utc.tm_min) || !take_char(&text, ':') ||
	    !take_digits(&text, 2, &utc.tm_sec))
		return false;
	if (*text == '.' && !take_fraction(&text, &us))
		return false;
	if (strcmp(text, "+00") != 0)
		return false;
	utc.tm_year = year - 1900;
	utc.tm_mon = month - 1;
	check = utc;
	seconds = timegm(&check);
	/* timegm makes a day of every number; a real one comes back as it was. */
	if (check.tm_mday != utc.tm_mday || check.tm_mon != utc.tm_mon ||
	    check.tm_hour != utc.tm_hour || check.tm_min != utc.tm_min ||
	    check.tm_sec != utc.tm_sec)
		return false;
	*ret_unix_us = (int64_t)seconds * 1000000 + us;
	return true;
}

static bool read_chars(const char *text, char *out, size_t size)
{
	size_t n = strlen(text);

	if (n >= size)
		return false;
	memcpy(out, text, n + 1);
	return true;
}

static bool read_unsigned(const char *text, unsigned *out)
{
	int64_t number;

	if (!parse_number(text, &number) || number < 0 || number > UINT32_MAX)
		return false;
	*out = (unsigned)number;
	return true;
}

static bool read_switch(const char *text, bool *out)
{
	*out = *text == 't';
	return strcmp(text, "t") == 0 || strcmp(text, "f") == 0;
}

static bool read_value(const struct row_column *column, const char *text, void *out)
{
	switch (column->type) {
	case ROW_VIEW:
		*(const char **)out = text;
		return true;
	case ROW_CHARS:
		return read_chars(text, out, column->size);
	case ROW_UUID:
		return uuid_parse(text, out);
	case ROW_NUMBER:
		return parse_number(text, out);
	case ROW_UNSIGNED:
		return read_unsigned(text, out);
	case ROW_SWITCH:
		return read_switch(text, out);
	case ROW_TIME:
		return row_parse_time(text, out);
	}
	return false;
}

static bool size_fits(const struct row_column *column)
{
	static const size_t sizes[] = {
		[ROW_VIEW] = sizeof(const char *), [ROW_CHARS] = 0,
		[ROW_UUID] = sizeof(struct uuid),  [ROW_NUMBER] = sizeof(int64_t),
		[ROW_UNSIGNED] = sizeof(unsigned), [ROW_SWITCH] = sizeof(bool),
		[ROW_TIME] = sizeof(int64_t),
	};

	return column->type == ROW_CHARS ? column->size > 0 : column->size == sizes[column->type];
}

/* The query's columns stand in the table's order under the table's names. */
static enum error_code check_columns(const struct tx_result *result, size_t statement,
                                     const struct row_column *columns, size_t n, struct error *err)
{
	const PGresult *rows = statement < result->n ? result->results[statement] : NULL;

	if (!rows || PQnfields(rows) != (int)n)
		return error_set(err, ERROR_INTERNAL, NULL, "the query has other columns");
	for (size_t i = 0; i < n; i++)
		if (strcmp(PQfname(rows, (int)i), columns[i].name) != 0 || !size_fits(&columns[i]))
			return error_set(err, ERROR_INTERNAL, columns[i].name,
			                 "the query has another column in the place of %s",
			                 columns[i].name);
	return ERROR_OK;
}

static enum error_code fill(const struct tx_result *result, size_t statement, size_t row,
                            const struct row_column *columns, size_t n, char *object,
                            struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct row_column *column = &columns[i];
		const char *text = tx_value(result, statement, row, i);
		void *out = object + column->offset;

		if (!text && column->null_allowed)
			memset(out, 0, column->size);
		else if (!text || !read_value(column, text, out))
			return error_set(
				err, ERROR_INTERNAL, column->name, "the database holds %s in %s",
				text ? "a value of another form" : "no value", column->name);
	}
	return ERROR_OK;
}

enum error_code row_read(const struct tx_result *result, size_t statement, size_t row,
                         const struct row_column *columns, size_t n, void *object,
                         struct error *err)
{
	enum error_code code = check_columns(result, statement, columns, n, err);

	if (code != ERROR_OK)
		return code;
	if (row >= tx_rows(result, statement))
		return error_set(err, ERROR_NOT_FOUND, NULL, NULL);
	return fill(result, statement, row, columns, n, object, err);
}

enum error_code row_read_all(const struct tx_result *result, size_t statement,
                             const struct row_column *columns, size_t n, size_t object_size,
                             void *ret_objects, size_t *ret_n, struct error *err)
{
	AUTO(auto_free) char *objects = NULL;
	size_t rows = tx_rows(result, statement);
	enum error_code code = check_columns(result, statement, columns, n, err);

	if (code == ERROR_OK && rows) {
		objects = calloc(rows, object_size);
		if (!objects)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	for (size_t i = 0; i < rows && code == ERROR_OK; i++)
		code = fill(result, statement, i, columns, n, objects + i * object_size, err);
	if (code != ERROR_OK)
		return code;
	memcpy(ret_objects, &objects, sizeof(objects));
	objects = NULL;
	*ret_n = rows;
	return ERROR_OK;
}
