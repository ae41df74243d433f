#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "domain/store_parts.h"

void store_add_columns(const struct store_call *call, bool detail, struct store_sql *statement)
{
	const struct resource *resource = call->resource;
	const char *comma = "";

	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];

		if ((field->flags & (FIELD_HIDDEN | FIELD_INPUT)) ||
		    (!detail && (field->flags & FIELD_DETAIL)))
			continue;
		text_add(&statement->sql, comma);
		if (field->flags & FIELD_COMPUTED)
			text_addf(&statement->sql, "(%s) as %s", field->computed, field->name);
		else if ((field->flags & FIELD_SECRET) && !call->show_secrets)
			text_addf(&statement->sql, "'" AUDIT_MASK "' as %s", field->name);
		else
			text_addf(&statement->sql, "e.%s", field->name);
		comma = ", ";
	}
}

void store_add_version(struct store_sql *statement, const char *stored)
{
	text_addf(&statement->sql, "left(encode(sha256(convert_to(%s, 'UTF8')), 'hex'), %d)",
	          stored, STORE_VERSION_MAX - 1);
}

void store_etag(const struct store_call *call, const char *version, const char *shown)
{
	enum { HASH_BYTES = crypto_generichash_BYTES_MIN };
	uint8_t hash[HASH_BYTES];
	char text[2 * HASH_BYTES + 1];

	if (!call->ret_etag)
		return;
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)shown, strlen(shown), NULL, 0);
	sodium_bin2hex(text, sizeof(text), hash, sizeof(hash));
	snprintf(call->ret_etag, STORE_ETAG_MAX, "%s%s", version ? version : "", text);
}

void store_etag_stored(const struct store_call *call, const char *row)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char version[2 * crypto_hash_sha256_BYTES + 1];

	crypto_hash_sha256(hash, (const uint8_t *)row, strlen(row));
	sodium_bin2hex(version, sizeof(version), hash, sizeof(hash));
	version[STORE_VERSION_MAX - 1] = '\0';
	store_etag(call, version, row);
}

static void build_show(const struct store_call *call, const struct store_key *key,
                       struct store_sql *show)
{
	text_addf(&show->name, "%s_show%s%s", call->resource->name,
	          call->show_secrets ? "_secrets" : "", call->ret_etag ? "_etag" : "");
	text_add(&show->sql, "select (select row_to_json(r) from (select ");
	store_add_columns(call, true, show);
	text_add(&show->sql, ") as r)");
	if (call->ret_etag) {
		text_add(&show->sql, ", ");
		store_add_version(show, "to_json(e)::text");
	}
	text_addf(&show->sql, " from %s as e", call->resource->table);
	store_add_where(call, key, show);
}

enum error_code store_show_row(const struct store_call *call, const struct store_key *key,
                               struct text *ret_row, struct error *err)
{
	AUTO(store_sql_clear) struct store_sql show = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code;

	build_show(call, key, &show);
	code = store_run(call, false, &show, &result, err);
	if (code)
		return code;
	if (tx_rows(result, 0) == 0)
		return store_not_found(call, err);
	text_reset(ret_row);
	text_add(ret_row, tx_value(result, 0, 0, 0));
	if (call->ret_etag)
		store_etag(call, tx_value(result, 0, 0, 1), text_string(ret_row));
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code store_show(const struct store_call *call, const char *const *keys,
                           struct text *ret_row, struct error *err)
{
	struct store_key key;
	enum error_code code = store_find_row(call, keys, &key, err);

	return code ? code : store_show_row(call, &key, ret_row, err);
}

/* Refuses what a list cannot be filtered by, before any SQL is made. */
static enum error_code check_filter(const struct resource *resource, const json_t *filter,
                                    struct error *err)
{
	const char *name;
	json_t *wanted;

	json_object_foreach((json_t *)filter, name, wanted)
	{
		const struct field *field = resource_field(resource, name);

		if (!field || (field->flags & FIELD_HIDDEN))
			return error_set(err, ERROR_UNKNOWN_FIELD, name, "%s has no such field",
			                 resource->name);
		if (!field_is_column(field) || (field->flags & FIELD_SECRET) ||
		    field->type == FIELD_JSON)
			return error_set(err, ERROR_INVALID, field->name,
			                 "a list cannot be filtered by it");
	}
	return ERROR_OK;
}

static enum error_code add_filter(const struct store_call *call, const struct field *field,
                                  const char *wanted, struct store_sql *list, struct error *err)
{
	AUTO(json_auto_unref) json_t *value = NULL;
	char id[UUID_TEXT_MAX];
	enum error_code code = field_parse(field, wanted, strlen(wanted), &value, err);
	bool folds =
		call->resource->natural_folds && strcmp(field->name, call->resource->natural) == 0;

	if (!code && field->references && !json_is_null(value)) {
		code = store_find(call->db, resource_find(field->references), &call->tenant,
		                  field->name, wanted, id, err);
		wanted = id;
	}
	if (code)
		return code;
	if (json_is_null(value))
		text_addf(&list->sql, " and e.%s is null", field->name);
	else
		text_addf(&list->sql, folds ? " and lower(e.%s) = lower($%zu)" : " and e.%s = $%zu",
		          field->name, store_sql_value(list, wanted));
	return ERROR_OK;
}

/* In the table's order, and the name says which: the same name is the same SQL. */
static enum error_code add_filters(const struct store_call *call, const json_t *filter,
                                   struct store_sql *list, struct error *err)
{
	enum error_code code = check_filter(call->resource, filter, err);
	unsigned equal = 0, null = 0;

	for (size_t i = 0; !code && i < call->resource->n_fields; i++) {
		const struct field *field = &call->resource->fields[i];
		const char *wanted = json_string_value(json_object_get(filter, field->name));

		if (!wanted)
			continue;
		*(*wanted ? &equal : &null) |= 1u << i;
		code = add_filter(call, field, wanted, list, err);
	}
	text_addf(&list->name, "_%x_%x", equal, null);
	return code;
}

static size_t order_count(const struct resource *resource)
{
	size_t n = 0;

	while (n < RESOURCE_ORDER_MAX && resource->order[n])
		n++;
	return n;
}

/* One value of a cursor: what PostgreSQL will read as the column's type. */
static bool cursor_value(const struct field *field, const char *text)
{
	AUTO(json_auto_unref) json_t *value = NULL;
	struct uuid uuid;

	if (field->type == FIELD_UUID)
		return uuid_parse(text, &uuid);
	return field_parse(field, text, strlen(text), &value, NULL) == ERROR_OK;
}

/* Cuts a cursor into n values. From its end: only the first may hold a comma (a queue's name). */
static bool split_cursor(char *cursor, size_t n, const char *values[static RESOURCE_ORDER_MAX])
{
	while (n > 1) {
		char *comma = strrchr(cursor, ',');

		if (!comma)
			return false;
		*comma = '\0';
		values[--n] = comma + 1;
	}
	values[0] = cursor;
	return true;
}

/* The keyset: rows after the one whose order values the cursor lists. */
static enum error_code add_after(const struct store_call *call, const char *after,
                                 struct store_sql *list, struct error *err)
{
	const struct resource *resource = call->resource;
	const char *values[RESOURCE_ORDER_MAX];
	AUTO(auto_free) char *cursor = strdup(after);
	size_t n = order_count(resource);

	if (!cursor)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!split_cursor(cursor, n, values))
		return error_set(err, ERROR_INVALID, "after", "must be what the page before gave");
	text_add(&list->name, "_after");
	text_add(&list->sql, " and (");
	for (size_t i = 0; i < n; i++)
		text_addf(&list->sql, "%se.%s", i ? ", " : "", resource->order[i]);
	text_addf(&list->sql, ") %c (", resource->descending ? '<' : '>');
	for (size_t i = 0; i < n; i++) {
		if (!cursor_value(resource_field(resource, resource->order[i]), values[i]))
			return error_set(err, ERROR_INVALID, "after",
			                 "must be what the page before gave");
		text_addf(&list->sql, "%s$%zu", i ? ", " : "", store_sql_value(list, values[i]));
	}
	text_add(&list->sql, ")");
	return ERROR_OK;
}

static enum error_code add_time(const struct store_call *call, const char *name,
                                const char *comparison, const char *time, struct store_sql *list,
                                struct error *err)
{
	const struct field *field = resource_field(call->resource, call->resource->order[0]);
	AUTO(json_auto_unref) json_t *value = NULL;
	enum error_code code;

	if (!time)
		return ERROR_OK;
	if (field->type != FIELD_TIME)
		return error_set(err, ERROR_INVALID, name, "%s are not listed by time",
		                 call->resource->plural);
	code = field_parse(field, time, strlen(time), &value, err);
	if (code)
		return code == ERROR_INVALID ? error_set(err, code, name, "must be a time like %s",
		                                         "2026-01-31T10:00:00Z")
		                             : code;
	text_addf(&list->name, "_%s", name);
	text_addf(&list->sql, " and e.%s %s $%zu", field->name, comparison,
	          store_sql_value(list, time));
	return ERROR_OK;
}

static void add_order(const struct resource *resource, unsigned limit, struct store_sql *list)
{
	char more[16];

	for (size_t i = 0; i < order_count(resource); i++)
		text_addf(&list->sql, "%s e.%s%s", i ? "," : " order by", resource->order[i],
		          resource->descending ? " desc" : "");
	/* One more than asked for, to know whether there is a next page. */
	snprintf(more, sizeof(more), "%u", limit + 1);
	text_addf(&list->sql, " limit $%zu) as r", store_sql_value(list, more));
}

static enum error_code build_list(const struct store_call *call, const struct store_query *query,
                                  unsigned limit, struct store_sql *list, struct error *err)
{
	const struct resource *resource = call->resource;
	enum error_code code;

	text_addf(&list->name, "%s_list%s", resource->name, call->show_secrets ? "_secrets" : "");
	text_add(&list->sql, "select row_to_json(r)");
	for (size_t i = 0; i < order_count(resource); i++)
		text_addf(&list->sql, ", to_json(r.%s) #>> '{}'", resource->order[i]);
	text_add(&list->sql, " from (select ");
	store_add_columns(call, false, list);
	text_addf(&list->sql, " from %s as e where true", resource->table);
	store_add_seen(call, list);
	code = add_filters(call, query->filter, list, err);
	if (!code)
		code = add_time(call, "from", ">=", query->from, list, err);
	if (!code)
		code = add_time(call, "to", "<", query->to, list, err);
	if (!code && query->after)
		code = add_after(call, query->after, list, err);
	if (!code)
		add_order(resource, limit, list);
	return code;
}

enum error_code store_list(const struct store_call *call, const struct store_query *query,
                           struct text *ret_rows, struct text *ret_next, struct error *err)
{
	unsigned limit = query->limit ? query->limit : STORE_LIMIT_DEFAULT;
	AUTO(store_sql_clear) struct store_sql list = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code;
	size_t n;

	if (limit > STORE_LIMIT_MAX)
		return error_set(err, ERROR_INVALID, "limit", "must be a number from 1 to %d",
		                 STORE_LIMIT_MAX);
	code = build_list(call, query, limit, &list, err);
	if (!code)
		code = store_run(call, false, &list, &result, err);
	if (code)
		return code;
	n = tx_rows(result, 0) > limit ? limit : tx_rows(result, 0);
	text_reset(ret_rows);
	text_reset(ret_next);
	text_add(ret_rows, "[");
	for (size_t row = 0; row < n; row++) {
		text_add(ret_rows, row ? ",\n" : "");
		text_add(ret_rows, tx_value(result, 0, row, 0));
	}
	text_add(ret_rows, "]");
	for (size_t i = 0; n < tx_rows(result, 0) && i < order_count(call->resource); i++)
		text_addf(ret_next, "%s%s", i ? "," : "", tx_value(result, 0, n - 1, i + 1));
	if (ret_rows->failed || ret_next->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return ERROR_OK;
}
