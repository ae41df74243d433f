#include "domain/cdr_search.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/queries.h"
#include "domain/cdr_record.h"
#include "domain/cdr_search_parts.h"

/* The beginning of a number or a name says nothing about the order of time. If it is common, a page
 * of it stands among this many rows; if it is rare, all that begin so are few. */
enum { WINDOW_ROWS = 8000, WINDOW_MAX = 40 };

static const char *const directions[CDR_DIRECTION_COUNT] = {"internal", "inbound", "outbound"};

int cdr_direction_index(const char *slug)
{
	for (int i = 0; i < CDR_DIRECTION_COUNT; i++)
		if (strcmp(slug, directions[i]) == 0)
			return i;
	return -1;
}

int cdr_disposition_index(const char *slug)
{
	for (int i = 0; i < CDR_DISPOSITION_COUNT; i++)
		if (strcmp(slug, cdr_disposition_slug((enum cdr_disposition)i)) == 0)
			return i;
	return -1;
}

/* True when only the beginning of a number or name narrows the calls down. */
static bool only_beginnings(const struct cdr_filter *filter)
{
	return !filter->own && !filter->extension && !filter->queue && !filter->recording &&
	       (filter->name || (filter->number && filter->number_prefix)) &&
	       (!filter->number || filter->number_prefix);
}

/* "microseconds,id" */
static bool cursor_parse(const char *cursor, int64_t *ret_us, const char **ret_id)
{
	size_t n = strspn(cursor, "0123456789");
	struct uuid id;

	if (!n || n > 18 || cursor[n] != ',' || !uuid_parse(cursor + n + 1, &id))
		return false;
	*ret_us = strtoll(cursor, NULL, 10);
	*ret_id = cursor + n + 1;
	return cdr_time(*ret_us) == *ret_us; /* PostgreSQL takes it */
}

static const char *number_text(int64_t number, int64_t open, char buffer[static 24])
{
	if (number == open)
		return NULL;
	snprintf(buffer, 24, "%" PRId64, number);
	return buffer;
}

/* A new statement, whose values are not used yet. */
static enum error_code begin(struct cdr_search *search, const char *window, struct error *err)
{
	const struct cdr_filter *filter = search->filter;
	const struct cdr_page *page = search->page;
	const char *id = NULL;
	int64_t us = 0;

	if (page->after && !cursor_parse(page->after, &us, &id))
		return error_set(err, ERROR_INVALID, "after", "must be what the page before gave");
	store_sql_clear(&search->sql);
	const struct cdr_value values[CDR_VALUE_COUNT] = {
		[CDR_VALUE_CLASSES] = {search->classes,                    0                    },
		[CDR_VALUE_OWN] = {filter->own,                        0                    },
		[CDR_VALUE_EXTENSION] = {filter->extension,                  0                    },
		[CDR_VALUE_NUMBER] = {filter->number,                     0                    },
		[CDR_VALUE_NAME] = {filter->name,                       0                    },
		[CDR_VALUE_QUEUE] = {filter->queue,                      0                    },
		[CDR_VALUE_RECORDING] = {filter->recording,                  0                    },
		[CDR_VALUE_LEAST] = {number_text(filter->duration_least, 0,                     search->least), 0},
		[CDR_VALUE_MOST] = {number_text(filter->duration_most,                                 INT32_MAX,                                                      search->most), 0},
		[CDR_VALUE_FROM] = {filter->from,0},
		[CDR_VALUE_TO] = {filter->to,                                  0                                           },
		[CDR_VALUE_WINDOW] = {window,                                  0												  },
		[CDR_VALUE_AFTER_TIME] = {clock_rfc3339(us,                                  search->after_time),       0},
		[CDR_VALUE_AFTER_ID] = {id,                                  0},
		[CDR_VALUE_ZONE] = {page->zone ? page->zone : "UTC",                                 0                                               },
	};
	memcpy(search->values, values, sizeof(values));
	return ERROR_OK;
}

/* No name: planned with the values at hand, since the best index depends on them. */
static enum error_code run(struct cdr_search *search, struct db *db, const struct uuid *tenant,
                           struct tx_result **ret_result, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	struct tx_statement ready;
	enum error_code code = store_sql_ready(&search->sql, &ready, err);

	ready.name = NULL;
	return code ? code : tx_run(db, &scope, &ready, 1, ret_result, err);
}

/* The time of the last call among which a common beginning is found. "": there are fewer. */
static enum error_code find_window(struct cdr_search *search, struct db *db,
                                   const struct uuid *tenant, char ret_window[static WINDOW_MAX],
                                   struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = begin(search, NULL, err);

	if (code)
		return code;
	cdr_search_window(search, WINDOW_ROWS);
	code = run(search, db, tenant, &result, err);
	if (!code)
		snprintf(ret_window, WINDOW_MAX, "%s",
		         tx_rows(result, 0) ? tx_value(result, 0, 0, 0) : "");
	return code;
}

static enum error_code find_rows(struct cdr_search *search, struct db *db,
                                 const struct uuid *tenant, const char *window,
                                 struct tx_result **ret_result, struct error *err)
{
	enum error_code code = begin(search, window, err);

	if (code)
		return code;
	cdr_search_rows(search);
	return run(search, db, tenant, ret_result, err);
}

/* True when few calls begin so, whatever else is asked for. */
static enum error_code find_rare(struct cdr_search *search, struct db *db,
                                 const struct uuid *tenant, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = begin(search, NULL, err);
	long counts[3];

	if (code)
		return code;
	cdr_search_rarity(search);
	code = run(search, db, tenant, &result, err);
	if (code)
		return code;
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		counts[i] = strtol(tx_value(result, 0, 0, i), NULL, 10);
	search->beginnings_lead = (search->filter->number_prefix && counts[0] <= CDR_RARE_ROWS &&
	                           counts[1] <= CDR_RARE_ROWS) ||
	                          (search->filter->name && counts[2] <= CDR_RARE_ROWS);
	return ERROR_OK;
}

static enum error_code find(struct cdr_search *search, struct db *db, const struct uuid *tenant,
                            struct tx_result **ret_result, struct error *err)
{
	const struct cdr_filter *filter = search->filter;
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char window[WINDOW_MAX];
	enum error_code code = ERROR_OK;

	if (!only_beginnings(filter)) {
		if (filter->number_prefix || filter->name)
			code = find_rare(search, db, tenant, err);
		return code ? code : find_rows(search, db, tenant, NULL, ret_result, err);
	}
	code = find_window(search, db, tenant, window, err);
	if (!code)
		code = find_rows(search, db, tenant, *window ? window : NULL, &result, err);
	if (code)
		return code;
	if (!*window || tx_rows(result, 0) > search->page->limit) {
		*ret_result = TAKE(result);
		return ERROR_OK;
	}
	search->beginnings_lead = true;
	return find_rows(search, db, tenant, NULL, ret_result, err);
}

static enum error_code give_rows(const struct tx_result *result, const struct cdr_page *page,
                                 cdr_row_h *row, void *arg, char ret_next[static CDR_CURSOR_MAX],
                                 struct error *err)
{
	enum { BEFORE = 2 }; /* the cursor's columns */
	size_t n = tx_rows(result, 0), width = page->as_json ? 1 : CDR_COLUMNS;
	bool more = n > page->limit;
	enum error_code code = ERROR_OK;

	n = more ? page->limit : n;
	for (size_t i = 0; i < n && !code; i++) {
		const char *values[CDR_COLUMNS];

		for (size_t column = 0; column < width; column++)
			values[column] = tx_value(result, 0, i, BEFORE + column);
		code = row(values, arg, err);
	}
	*ret_next = '\0';
	if (more)
		snprintf(ret_next, CDR_CURSOR_MAX, "%s,%s", tx_value(result, 0, n - 1, 0),
		         tx_value(result, 0, n - 1, 1));
	return code;
}

enum error_code cdr_search(struct db *db, const struct uuid *tenant,
                           const struct cdr_filter *filter, const struct cdr_page *page,
                           cdr_row_h *row, void *arg, char ret_next[static CDR_CURSOR_MAX],
                           struct error *err)
{
	struct cdr_search search = {.filter = filter, .page = page};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code;

	if (page->limit < 1 || page->limit > CDR_PAGE_MAX)
		return error_set(err, ERROR_INVALID, "limit", "must be a number from 1 to %d",
		                 CDR_PAGE_MAX);
	cdr_search_classes(&search);
	*ret_next = '\0';
	if (!search.n_classes)
		return ERROR_OK;
	code = find(&search, db, tenant, &result, err);
	store_sql_clear(&search.sql);
	return code ? code : give_rows(result, page, row, arg, ret_next, err);
}

enum error_code cdr_own_extension(struct db *db, const struct uuid *tenant, const struct uuid *user,
                                  char ret_number[static CDR_NUMBER_MAX], struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char id[UUID_TEXT_MAX];
	const struct tx_statement query = TX_QUERY(QUERY_CDR_OWN_EXTENSION, uuid_format(user, id));
	enum error_code code = tx_run(db, &scope, &query, 1, &result, err);

	if (!code)
		snprintf(ret_number, CDR_NUMBER_MAX, "%s",
		         tx_rows(result, 0) ? tx_value(result, 0, 0, 0) : "");
	return code;
}

enum error_code cdr_tenant_zone(struct db *db, const struct uuid *tenant,
                                char ret_zone[static CDR_ZONE_MAX], struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char id[UUID_TEXT_MAX];
	const struct tx_statement query = TX_QUERY(QUERY_CDR_TENANT_ZONE, uuid_format(tenant, id));
	enum error_code code = tx_run(db, &scope, &query, 1, &result, err);

	if (!code && !tx_rows(result, 0))
		code = error_set(err, ERROR_NOT_FOUND, "tenant", NULL);
	if (!code)
		snprintf(ret_zone, CDR_ZONE_MAX, "%s", tx_value(result, 0, 0, 0));
	return code;
}
