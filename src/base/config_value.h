/* One setting's text against its row of CONFIG_LIST. For base/config.c. */
#ifndef CENTREX_BASE_CONFIG_VALUE_H
#define CENTREX_BASE_CONFIG_VALUE_H

#include "base/config.h"

enum { CONFIG_VALUE_MAX = 4096 };

struct config_row {
	const char *name;
	enum config_type type;
	const char *preset; /* the default */
	int64_t least, most;
	const char *choices; /* words with one space between */
	const char *description;
};

/* The value as it will be kept (a path absolute, a switch "yes" or "no"), to be freed, and its
 * number (a switch is 0 or 1). The message is the rule alone: the caller adds where it came from.
 */
MUST_CHECK enum error_code config_value_parse(const struct config_row *row, const char *text,
                                              char **ret_value, int64_t *ret_number,
                                              struct error *err);

/* Appends value with every password in it replaced by ***: a URL's user:password@, and password=
 * or sslpassword= of a URL's query or a conninfo string. */
void config_value_mask(const char *value, struct text *out);

#endif
