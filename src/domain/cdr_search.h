/*
 * Search of call records: filters, pages by keyset, rows for exports. Statements are made from
 * const tables; what a request says are values.
 *
 * Every filter and combination is answered from the indexes of cdr_details (docs/adr/0065).
 */
#ifndef CENTREX_DOMAIN_CDR_SEARCH_H
#define CENTREX_DOMAIN_CDR_SEARCH_H

#include "base/text.h"
#include "db/db.h"
#include "domain/cdr.h"

enum {
	CDR_NUMBER_MAX = 40, /* characters of a number, and of a name, that are searched */
	CDR_PAGE_MAX = 5000, /* rows of a page */
	CDR_CURSOR_MAX = 80,
	CDR_DIRECTION_COUNT = 3,
	CDR_ALL_DIRECTIONS = (1 << CDR_DIRECTION_COUNT) - 1,
	CDR_ALL_DISPOSITIONS = (1 << CDR_DISPOSITION_COUNT) - 1,
};

/* What can have become of a recording: cdr_details_recording_check. */
#define CDR_RECORDINGS "recorded partial failed expired deleted"

/* Texts are the caller's. All that is given must hold. */
struct cdr_filter {
	const char *from, *to; /* RFC 3339: from <= start_time < to; NULL: no bound */
	const char *own;       /* an extension: caller, dialled, or who answered; NULL: any */
	const char *extension; /* the same */
	const char *number;    /* caller or dialled; NULL: any */
	bool number_prefix;    /* its beginning */
	const char *name;  /* beginning of the caller's name, without regard to case; NULL: any */
	const char *queue; /* id; NULL: any */
	const char *recording;  /* what became of it, as cdr_details has it; NULL: any */
	unsigned directions;    /* 1u << 0 internal, 1 inbound, 2 outbound */
	unsigned dispositions;  /* 1u << enum cdr_disposition */
	int64_t duration_least; /* seconds */
	int64_t duration_most;  /* INT32_MAX: no bound */
};

#define CDR_FILTER_ALL                                                                             \
	((struct cdr_filter){.directions = CDR_ALL_DIRECTIONS,                                     \
	                     .dispositions = CDR_ALL_DISPOSITIONS,                                 \
	                     .duration_most = INT32_MAX})

struct cdr_page {
	bool as_json; /* a row is one JSON object; else a text of each of cdr_columns */
	bool oldest_first;
	unsigned limit;    /* 1..CDR_PAGE_MAX */
	const char *after; /* ret_next of the page before; NULL: the first */
	const char *zone;  /* of the times; NULL: UTC */
};

/* What a row has, in order. */
extern const char *const cdr_columns[];
enum { CDR_COLUMNS = 19 };

/* -1: there is none of that name. */
int cdr_direction_index(const char *slug);
int cdr_disposition_index(const char *slug);

/* columns: one JSON object, or CDR_COLUMNS texts (NULL: null); valid during the call. Another code
 * than ERROR_OK ends the page. */
typedef enum error_code cdr_row_h(const char *const *columns, void *arg, struct error *err);

/* One page. ret_next: "" on the last. ERROR_INVALID "after": no cursor. */
MUST_CHECK enum error_code cdr_search(struct db *db, const struct uuid *tenant,
                                      const struct cdr_filter *filter, const struct cdr_page *page,
                                      cdr_row_h *row, void *arg,
                                      char ret_next[static CDR_CURSOR_MAX], struct error *err);

/* The number of the user's own extension; "" when he has none. */
MUST_CHECK enum error_code cdr_own_extension(struct db *db, const struct uuid *tenant,
                                             const struct uuid *user,
                                             char ret_number[static CDR_NUMBER_MAX],
                                             struct error *err);

enum { CDR_ZONE_MAX = 64 };

MUST_CHECK enum error_code cdr_tenant_zone(struct db *db, const struct uuid *tenant,
                                           char ret_zone[static CDR_ZONE_MAX], struct error *err);

#endif
