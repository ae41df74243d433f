#include <string.h>

#include "freeswitch/tables_columns.h"

enum { CELLS_MAX = 64, LINE_MAX = 16 * 1024 };

/* Which cell of a line each field is. */
struct layout {
	size_t cells;
	size_t at[TABLE_FIELDS_MAX];
	size_t free; /* the cell that may hold a |; SIZE_MAX: none */
};

/* In place; returns how many, CELLS_MAX + 1: more. */
static size_t split(char *line, char **cells)
{
	size_t n = 0;

	for (char *at = line;;) {
		char *bar = strchr(at, '|');

		if (n == CELLS_MAX)
			return CELLS_MAX + 1;
		cells[n++] = at;
		if (!bar)
			return n;
		*bar = '\0';
		at = bar + 1;
	}
}

static bool read_layout(enum table table, char *line, struct layout *ret_layout)
{
	char *cells[CELLS_MAX];
	size_t n = split(line, cells);

	if (n > CELLS_MAX)
		return false;
	*ret_layout = (struct layout){.cells = n, .free = SIZE_MAX};
	for (size_t field = 0; field < columns[table].n; field++) {
		size_t cell = 0;

		while (cell < n && strcmp(cells[cell], columns[table].names[field]) != 0)
			cell++;
		if (cell == n)
			return false;
		ret_layout->at[field] = cell;
	}
	if (columns[table].free)
		ret_layout->free = ret_layout->at[columns[table].free];
	return true;
}

/* A line with more cells than columns has a | in a value. False: it cannot be told in which. */
static bool read_fields(enum table table, const struct layout *layout, char *line,
                        const char **ret_fields)
{
	char *cells[CELLS_MAX];
	size_t n = split(line, cells);
	size_t more;

	if (n > CELLS_MAX || n < layout->cells || (n > layout->cells && layout->free == SIZE_MAX))
		return false;
	more = n - layout->cells;
	if (more) /* the bars of the free cell are part of it again */
		for (size_t i = layout->free; i < layout->free + more; i++)
			cells[i][strlen(cells[i])] = '|';
	for (size_t i = 0; i < columns[table].n; i++) {
		size_t cell = layout->at[i] > layout->free ? layout->at[i] + more : layout->at[i];

		/* What SQL calls null. */
		ret_fields[i] = strcmp(cells[cell], "(null)") == 0 ? "" : cells[cell];
	}
	return true;
}

enum error_code tables_read(enum table table, const char *answer, size_t n, table_h *h, void *arg,
                            struct error *err)
{
	AUTO(auto_free) char *line = malloc(LINE_MAX);
	struct layout layout = {0};
	const char *end = answer + n;
	bool ended = false;

	if (!line)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	while (answer < end && !ended) {
		const char *stop = memchr(answer, '\n', (size_t)(end - answer));
		size_t length = (size_t)((stop ? stop : end) - answer);
		const char *fields[TABLE_FIELDS_MAX + 1] = {0};

		if (length < LINE_MAX) {
			memcpy(line, answer, length);
			line[length] = '\0';
			ended = (!stop || stop + 1 == end) && strcmp(line, "+OK") == 0;
			if (!ended && !layout.cells && !read_layout(table, line, &layout))
				break;
			/* The first line has given the layout, and reads as a row of names. */
			if (!ended && read_fields(table, &layout, line, fields) && fields[0] &&
			    strcmp(fields[0], columns[table].names[0]) != 0 && !h(fields, arg))
				return ERROR_OK;
		}
		answer = stop ? stop + 1 : end;
	}
	return ended ? ERROR_OK
	             : error_set(err, ERROR_INVALID, NULL,
	                         "it lists its %s in a way we do not know",
	                         table == TABLE_QUEUES   ? "queues"
	                         : table == TABLE_AGENTS ? "agents"
	                                                 : "tiers");
}
