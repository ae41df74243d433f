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

#endif
