/*
 * A result row as a C struct: one query, one struct, one table of columns.
 *
 *   static const struct row_column columns[] = {
 *           ROW_COLUMN(struct phone, id, UUID),
 *           ROW_COLUMN(struct phone, number, CHARS),
 *           ROW_COLUMN_NULL(struct phone, context, VIEW),
 *   };
 *   code = row_read_all(result, 0, columns, COUNT_OF(columns), sizeof(struct phone), &rows, &n,
 * err);
 *
 * Parsing is strict: a column the query does not have in this place, a NULL that is not expected, a
 * value of another form or too long for its array are ERROR_INTERNAL that names the column, since
 * query and struct are both ours.
 */
#ifndef CENTREX_DB_ROW_H
#define CENTREX_DB_ROW_H

#include "db/tx.h"

enum row_type {
	ROW_VIEW,     /* const char *: into the result, valid until it is freed; NULL: NULL */
	ROW_CHARS,    /* char[n] with its NUL; NULL: "" */
	ROW_UUID,     /* struct uuid; NULL: nil */
	ROW_NUMBER,   /* int64_t; NULL: 0 */
	ROW_UNSIGNED, /* unsigned; NULL: 0 */
	ROW_SWITCH,   /* bool; NULL: false */
	ROW_TIME,     /* int64_t, microseconds since 1970, of a timestamptz; NULL: 0 */
};

struct row_column {
	const char *name; /* of the query's column, in the same place */
	enum row_type type;
	bool null_allowed;
	size_t offset;
	size_t size; /* of the member, checked against the type */
};

#define ROW_COLUMN(object, member, kind)                                                           \
	{                                                                                          \
#member, ROW_##kind, false, offsetof(object, member),                              \
			sizeof(((object *)NULL)->member)                                           \
	}
#define ROW_COLUMN_NULL(object, member, kind)                                                      \
	{                                                                                          \
#member, ROW_##kind, true, offsetof(object, member),                               \
			sizeof(((object *)NULL)->member)                                           \
	}

/* Fills *object, whose other members are left alone. On an error it may be half filled. */
MUST_CHECK enum error_code row_read(const struct tx_result *result, size_t statement, size_t row,
                                    const struct row_column *columns, size_t n, void *object,
                                    struct error *err);

/* Every row of a statement; *ret_objects (NULL for no rows) is for the caller to free. */
MUST_CHECK enum error_code row_read_all(const struct tx_result *result, size_t statement,
                                        const struct row_column *columns, size_t n,
                                        size_t object_size, void *ret_objects, size_t *ret_n,
                                        struct error *err);

/* A timestamptz as PostgreSQL writes it under TimeZone UTC and DateStyle ISO,
 * "2026-11-22 10:00:00.5+00". */
MUST_CHECK bool row_parse_time(const char *text, int64_t *ret_unix_us);

#endif
