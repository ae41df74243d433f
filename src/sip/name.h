/* The display name of a caller, as it came and as it goes on (RFC 3261 section 25.1). */
#ifndef CENTREX_SIP_NAME_H
#define CENTREX_SIP_NAME_H

#include <re.h>

#include "base/text.h"

/* Characters that are kept, and room for them in UTF-8 with a NUL. */
enum { NAME_CHARACTERS = 80, NAME_MAX_BYTES = 4 * NAME_CHARACTERS + 1 };

/* From a From header, quotes taken off: without its escapes, control characters (line ends and
 * what turns the direction of writing among them), and spaces at the ends. What is not UTF-8 is no
 * name: "". */
void name_read(const struct pl *display, char ret_name[static NAME_MAX_BYTES]);

/* The name in quotes, with the escapes it needs. */
void name_write(const char *name, struct text *out);

#endif
