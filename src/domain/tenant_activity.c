#include "domain/tenant_activity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/queries.h"
#include "domain/node.h"

enum { NUMBER_MAX = 16, COLUMN_MAX = 16, KEY_MAX = 20 };

/* clang-format off */
#define COUNT(name_, description_)                                                                 \
	{.name = name_, .type = FIELD_INTEGER, .most = INT64_MAX, .description = description_}

const struct field tenant_activity_fields[TENANT_ACTIVITY_FIELDS] = {
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_WIDE, .description = "the tenant"},
	{.name = "name", .type = FIELD_TEXT, .description = "the organisation's name"},
	{.name = "domain", .type = FIELD_TEXT, .description = "its domain"},
	COUNT("calls", "calls that ring or talk"),
	COUNT("registrations", "phones registered"),
	COUNT("nodes", "engines and switches that have some of them"),
};
/* clang-format on */

/* One of the words, whole. */
static bool is_choice(const char *word)
{
	const char *at = TENANT_ACTIVITY_SORTS;
	size_t n = strlen(word);

	for (; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == n && memcmp(at, word, n) == 0)
			return true;
	return false;
}

/* "<number>/<domain>": where a page ended. */
static bool read_place(const char *after, char key[static KEY_MAX], const char **ret_domain)
{
	size_t n = strcspn(after, "/"), digits = strspn(after + (*after == '-'), "0123456789");

	if (after[n] != '/' || n >= KEY_MAX - 1 || !digits || digits + (*after == '-') != n)
		return false;
	memcpy(key, after, n);
	key[n] = '\0';
	*ret_domain = after + n + 1;
	return true;
}

static enum error_code read_rows(const struct tx_result *result, size_t limit,
                                 struct text *ret_rows,
                                 char ret_next[static TENANT_ACTIVITY_PLACE_MAX], struct error *err)
{
	size_t n = tx_rows(result, 0) > limit ? limit : tx_rows(result, 0);

	text_reset(ret_rows);
	text_add(ret_rows, "[");
	for (size_t row = 0; row < n; row++) {
		text_add(ret_rows, row ? ",\n" : "");
		text_add(ret_rows, tx_value(result, 0, row, 0));
	}
	text_add(ret_rows, "]");
	ret_next[0] = '\0';
	if (n < tx_rows(result, 0))
		snprintf(ret_next, TENANT_ACTIVITY_PLACE_MAX, "%s/%s",
		         tx_value(result, 0, n - 1, 1), tx_value(result, 0, n - 1, 2));
	return ret_rows->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code tenant_activity(struct db *db, const struct tenant_activity *wanted,
                                struct text *ret_rows,
                                char ret_next[static TENANT_ACTIVITY_PLACE_MAX], struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const char *sort = wanted->sort ? wanted->sort : "-calls";
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char more[NUMBER_MAX], alive[NUMBER_MAX], key[KEY_MAX];
	const char *domain = NULL;
	struct tx_statement list;
	enum error_code code;

	if (!is_choice(sort))
		return error_set(err, ERROR_INVALID, "sort", "must be one of: %s",
		                 TENANT_ACTIVITY_SORTS);
	if (wanted->after && !read_place(wanted->after, key, &domain))
		return error_set(err, ERROR_INVALID, "after", "must be what the page before gave");
	snprintf(more, sizeof(more), "%u", wanted->limit + 1);
	snprintf(alive, sizeof(alive), "%d", NODE_SILENT_S);
	list = TX_QUERY(QUERY_TENANT_ACTIVITY, *sort == '-' ? sort + 1 : sort,
	                *sort == '-' ? "-1" : "1", alive, wanted->after ? key : NULL, domain,
	                wanted->search, more);
	code = tx_run(db, &scope, &list, 1, &result, err);
	return code ? code : read_rows(result, wanted->limit, ret_rows, ret_next, err);
}
