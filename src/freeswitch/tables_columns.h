/* What the files of tables.h share; for nobody else. */
#ifndef CENTREX_FREESWITCH_TABLES_COLUMNS_H
#define CENTREX_FREESWITCH_TABLES_COLUMNS_H

#include "freeswitch/tables.h"

struct columns {
	size_t keys; /* the first so many fields */
	size_t n;
	size_t free; /* the field in which another hand may have written any text; 0: none */
	const char *names[TABLE_FIELDS_MAX]; /* as FreeSWITCH lists them */
};

extern const struct columns columns[TABLE_COUNT];

int row_compare(enum table table, const struct row *a, const struct row *b);

#endif
