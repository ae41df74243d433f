/* What cdr_search.c (pages) and cdr_search_sql.c (their statements) share. */
#ifndef CENTREX_DOMAIN_CDR_SEARCH_PARTS_H
#define CENTREX_DOMAIN_CDR_SEARCH_PARTS_H

#include "base/clock.h"
#include "domain/cdr_search.h"
#include "domain/store_parts.h"

enum { CDR_CLASSES = 69 }; /* public.cdr_class() is 0 to 68 */

/* How many calls that begin with a number or name are few. */
enum { CDR_RARE_ROWS = 50000 };

enum cdr_value_of {
	CDR_VALUE_NONE, /* of a condition without a value */
	CDR_VALUE_CLASSES,
	CDR_VALUE_OWN,
	CDR_VALUE_EXTENSION,
	CDR_VALUE_NUMBER,
	CDR_VALUE_NAME,
	CDR_VALUE_QUEUE,
	CDR_VALUE_RECORDING,
	CDR_VALUE_LEAST,
	CDR_VALUE_MOST,
	CDR_VALUE_FROM,
	CDR_VALUE_TO,
	CDR_VALUE_WINDOW,
	CDR_VALUE_AFTER_TIME,
	CDR_VALUE_AFTER_ID,
	CDR_VALUE_ZONE,
	CDR_VALUE_COUNT
};

/* It becomes a parameter of the statement where it is first used: PostgreSQL refuses one without a
 * use. */
struct cdr_value {
	const char *text; /* NULL: not asked for */
	size_t n;         /* $n; 0: not used yet */
};

struct cdr_search {
	const struct cdr_filter *filter;
	const struct cdr_page *page;
	struct store_sql sql;
	char classes[CDR_CLASSES * 3 + 4]; /* "{0,1,...}" */
	size_t n_classes;
	bool beginnings_lead;                                    /* not the order of time */
	char least[24], most[24], after_time[CLOCK_RFC3339_MAX]; /* texts of values */
	struct cdr_value values[CDR_VALUE_COUNT];
};

/* The classes that calls of the filter have. */
void cdr_search_classes(struct cdr_search *search);

/* Each writes the whole statement; values are used as they are needed. */

/* A page: time in microseconds, id, then the row. */
void cdr_search_rows(struct cdr_search *search);
/* start_time of the call that stands behind so many others. */
void cdr_search_window(struct cdr_search *search, unsigned rows);
/* How many calls, up to CDR_RARE_ROWS + 1, have what the number and the name begin with: three
 * columns (callers, dialled, names), 0 where it is not asked for. */
void cdr_search_rarity(struct cdr_search *search);

#endif
