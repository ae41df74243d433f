/*
 * A CSV file (RFC 4180, UTF-8, with or without a byte order mark) as JSON objects, one for each
 * row, each cell checked against its field. The first row names the fields. Cells are separated by
 * commas, or by the semicolons or tabs that spreadsheets of other countries write. An empty cell is
 * a field that is not given; rows without any are passed over.
 *
 * Hostile: bounded in rows, columns and faults; fuzzed (tests/fuzz/fuzz_csv.c).
 */
#ifndef CENTREX_WEB_CSV_ROWS_H
#define CENTREX_WEB_CSV_ROWS_H

#include "domain/resource.h"
#include "web/words.h"

enum { CSV_ROWS_MAX = 10000, CSV_COLUMNS_MAX = 32, CSV_FAULTS_MAX = 1000 };

struct csv_fault {
	unsigned row; /* as a spreadsheet counts: the header is 1 */
	char field[ERROR_FIELD_MAX];
	char message[ERROR_MESSAGE_MAX];
};

struct csv_rows {
	size_t n;                 /* rows that are not empty, without the header */
	json_t *objects;          /* array of those without a fault */
	unsigned *numbers;        /* the row of each object, as csv_fault.row */
	size_t n_faults;          /* all that were found */
	struct csv_fault *faults; /* the first CSV_FAULTS_MAX of them */
};

/* fields: those a row may have; FIELD_REQUIRED ones it must. ERROR_INVALID, ERROR_MISSING,
 * ERROR_TOO_LARGE: the whole of it cannot be read. Faults of rows are in ret_rows. */
MUST_CHECK enum error_code csv_rows_read(const char *bytes, size_t n,
                                         const struct field *const *fields, size_t n_fields,
                                         struct csv_rows *ret_rows, struct error *err);
void csv_rows_fault(struct csv_rows *rows, unsigned row, const char *field, const char *message);
/* {"row","field","message"} of each kept fault, by row, comma-separated, in that language. */
void csv_rows_faults(struct csv_rows *rows, enum language language, struct text *out);
void csv_rows_clear(struct csv_rows *rows);

#endif
