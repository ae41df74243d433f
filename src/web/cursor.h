/*
 * Cursors of lists, as clients see them: base64url of "<order>:<where the page ended>", so that
 * nobody reads anything into them, and one made for a list in another order is refused.
 */
#ifndef CENTREX_WEB_CURSOR_H
#define CENTREX_WEB_CURSOR_H

#include "base/error.h"
#include "base/text.h"

enum { CURSOR_MAX = 2048 }; /* bytes of a decoded cursor */

/* order: what the client asked for, NULL: the list's own. */
void cursor_write(const char *order, const char *after, struct text *out);

/* ret_after: into plain. ERROR_INVALID blames "cursor". */
MUST_CHECK enum error_code cursor_read(const char *cursor, const char *order,
                                       char plain[static CURSOR_MAX], const char **ret_after,
                                       struct error *err);

/* The error of a cursor whose inside is no place in the list. */
enum error_code cursor_bad(struct error *err);

#endif
