/*
 * Statistics of call records: by day, hour or extension. What a tenant's calls add up to is counted
 * in the transaction that stores their records (cdr_store of sql/queries/cdr.sql); of one extension
 * it is read from the indexes.
 *
 * A call counts by its start. An extension's calls are those it made, was dialled in (but not by
 * the number it has outside), or answered. Talk is from answer to end, wait from start to answer,
 * in whole seconds.
 */
#ifndef CENTREX_DOMAIN_CDR_STATISTICS_H
#define CENTREX_DOMAIN_CDR_STATISTICS_H

#include "base/text.h"
#include "db/db.h"

enum cdr_by { CDR_BY_DAY, CDR_BY_HOUR, CDR_BY_EXTENSION };

struct cdr_statistics {
	enum cdr_by by;
	int64_t from_us, to_us; /* from <= start < to: multiples of CDR_QUARTER_US */
	const char *extension;  /* of this one only; NULL: all */
	const char *zone;       /* whose days and hours; NULL: UTC */
};

#define CDR_QUARTER_US (INT64_C(15) * 60 * 1000000)

/* How far statistics reach. */
struct cdr_span {
	int usual_days; /* where no beginning is given */
	int most_days;  /* at once */
};

/* The bounds that somebody asked for (INT64_MIN: gave none): until the next quarter of an hour
 * where no end is given. ERROR_INVALID names from or to. */
MUST_CHECK enum error_code cdr_span_settle(const struct cdr_span *span, int64_t *from_us,
                                           int64_t *to_us, struct error *err);

/* ret_rows: a JSON array, of days or hours in order ("start") or of extensions ("extension"; the
 * other of the two is null), each with "calls", "answered", "missed", "talk_s" and "mean_wait_s"
 * (null where none was answered). What had no calls is left out. */
MUST_CHECK enum error_code cdr_statistics(struct db *db, const struct uuid *tenant,
                                          const struct cdr_statistics *wanted,
                                          struct text *ret_rows, struct error *err);

#endif
