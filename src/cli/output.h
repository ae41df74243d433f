/* Rows as people read them: JSON as it came, or text in columns without anything that could steer
 * a terminal. */
#ifndef CENTREX_CLI_OUTPUT_H
#define CENTREX_CLI_OUTPUT_H

#include "domain/resource.h"

/* A JSON array of rows as a table with a heading, one line each; wide columns left out. */
MUST_CHECK enum error_code output_table(const struct resource *resource, const char *rows,
                                        struct text *out, struct error *err);

/* One row, a line for each field. */
MUST_CHECK enum error_code output_row(const struct resource *resource, const char *row,
                                      struct text *out, struct error *err);

/* n bytes on one line: line ends and tabs as blanks, other control characters, the C1 ones of UTF-8
 * (C2 80..9F) too, as question marks. */
void output_printable(const char *string, size_t n, struct text *out);

#endif
