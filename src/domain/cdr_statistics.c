#include "domain/cdr_statistics.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/queries.h"

/* One row of the queries: start or extension, calls, answered, talk_s, wait_s. */
enum { COLUMN_OF, COLUMN_CALLS, COLUMN_ANSWERED, COLUMN_TALK, COLUMN_WAIT };

#define DAY_US (INT64_C(86400) * 1000000)

enum error_code cdr_span_settle(const struct cdr_span *span, int64_t *from_us, int64_t *to_us,
                                struct error *err)
{
	int64_t now = clock_unix_us() + CDR_QUARTER_US;

	if (*to_us == INT64_MIN)
		*to_us = now - now % CDR_QUARTER_US;
	if (*to_us % CDR_QUARTER_US)
		return error_set(err, ERROR_INVALID, "to", "must be on a quarter of an hour");
	if (*from_us == INT64_MIN)
		*from_us = *to_us - span->usual_days * DAY_US;
	if (*from_us < 0)
		*from_us = 0;
	if (*from_us % CDR_QUARTER_US)
		return error_set(err, ERROR_INVALID, "from", "must be on a quarter of an hour");
	if (*from_us >= *to_us)
		return error_set(err, ERROR_INVALID, "from", "must be before to");
	if (*to_us - *from_us > span->most_days * DAY_US)
		return error_set(err, ERROR_INVALID, "from", "must be at most %d days before to",
		                 span->most_days);
	return ERROR_OK;
}

static const char *const units[] = {"day", "hour", ""};

static int64_t number_at(const struct tx_result *result, size_t row, size_t column)
{
	return strtoll(tx_value(result, 0, row, column), NULL, 10);
}

static void add_text(struct text *rows, const char *name, const char *value)
{
	if (!value) {
		text_addf(rows, "\"%s\":null,", name);
		return;
	}
	text_addf(rows, "\"%s\":\"", name);
	text_add_json(rows, value, strlen(value));
	text_add(rows, "\",");
}

static void add_row(const struct cdr_statistics *wanted, const struct tx_result *result, size_t row,
                    struct text *rows)
{
	int64_t calls = number_at(result, row, COLUMN_CALLS);
	int64_t answered = number_at(result, row, COLUMN_ANSWERED);
	const char *of = tx_value(result, 0, row, COLUMN_OF);

	text_add(rows, row ? ",\n{" : "{");
	add_text(rows, "start", wanted->by == CDR_BY_EXTENSION ? NULL : of);
	if (wanted->by == CDR_BY_EXTENSION && wanted->extension)
		of = wanted->extension;
	add_text(rows, "extension", wanted->by == CDR_BY_EXTENSION ? of : NULL);
	text_addf(rows, "\"calls\":%lld,\"answered\":%lld,\"missed\":%lld,\"talk_s\":%s,",
	          (long long)calls, (long long)answered, (long long)(calls - answered),
	          tx_value(result, 0, row, COLUMN_TALK));
	if (answered)
		text_addf(rows, "\"mean_wait_s\":%.1f}",
		          (double)number_at(result, row, COLUMN_WAIT) / (double)answered);
	else
		text_add(rows, "\"mean_wait_s\":null}");
}

/* Without a name: planned with the values at hand, since a busy extension is no quiet one. */
static struct tx_statement planned_anew(struct tx_statement query)
{
	query.name = NULL;
	return query;
}

static struct tx_statement query_for(const struct cdr_statistics *wanted, const char *from,
                                     const char *to)
{
	const char *zone = wanted->zone ? wanted->zone : "UTC";

	if (wanted->extension)
		return planned_anew(TX_QUERY(QUERY_CDR_OWN_STATISTICS, units[wanted->by], from, to,
		                             zone, wanted->extension));
	if (wanted->by == CDR_BY_EXTENSION)
		return TX_QUERY(QUERY_CDR_EXTENSION_STATISTICS, from, to);
	return TX_QUERY(QUERY_CDR_TIME_STATISTICS, units[wanted->by], from, to, zone);
}

enum error_code cdr_statistics(struct db *db, const struct uuid *tenant,
                               const struct cdr_statistics *wanted, struct text *ret_rows,
                               struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char from[CLOCK_RFC3339_MAX], to[CLOCK_RFC3339_MAX];
	const struct tx_statement query = query_for(wanted, clock_rfc3339(wanted->from_us, from),
	                                            clock_rfc3339(wanted->to_us, to));
	enum error_code code = tx_run(db, &scope, &query, 1, &result, err);

	if (code)
		return code;
	text_reset(ret_rows);
	text_add_char(ret_rows, '[');
	for (size_t row = 0; row < tx_rows(result, 0); row++)
		add_row(wanted, result, row, ret_rows);
	text_add_char(ret_rows, ']');
	return ret_rows->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
