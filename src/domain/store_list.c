/* Lists: filtered, searched, sorted, page by page. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "domain/store_parts.h"

enum { COLUMN_MAX = 1024, CURSOR_MAX = 8192, BINDING_BYTES = 8, SEARCH_MAX = 100 };

/* In which order, and how a page begins. */
struct order {
	size_t n;
	const struct field *fields[RESOURCE_ORDER_MAX];
	bool descending;
};

/* A field over e, as it is indexed; returns buffer. */
static const char *column(const struct field *field, char buffer[static COLUMN_MAX])
{
	const char *form = "e.%s";

	if (field->flags & FIELD_COMPUTED)
		form = "(%s)";
	else if (field->flags & FIELD_FOLDED)
		form = "lower(e.%s)";
	snprintf(buffer, COLUMN_MAX, form,
	         field->flags & FIELD_COMPUTED ? field->computed : field->name);
	return buffer;
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
	char id[UUID_TEXT_MAX], buffer[COLUMN_MAX];
	enum error_code code = field_parse(field, wanted, strlen(wanted), &value, err);
	bool folds =
		call->resource->natural_folds && strcmp(field->name, call->resource->natural) == 0;

	if (!code && field->references && !json_is_null(value)) {
		static const struct uuid nobody;

		code = store_find_reference(call, field, wanted, id, err);
		/* Whether somebody is a user at all is no tenant's business: no row is his. */
		if (code == ERROR_NOT_FOUND && call->resource->tenant_column) {
			uuid_format(&nobody, id);
			code = ERROR_OK;
		}
		wanted = id;
	}
	if (code)
		return code;
	if (json_is_null(value))
		text_addf(&list->sql, " and e.%s is null", field->name);
	else
		text_addf(&list->sql, folds ? " and %s = lower($%zu)" : " and %s = $%zu",
		          column(field, buffer), store_sql_value(list, wanted));
	return ERROR_OK;
}

/* In the table's order, and the name says which: the same name is the same SQL. Both an empty text
 * and the word null may ask for rows with none: what took a value was compared with it. */
static enum error_code add_filters(const struct store_call *call, const json_t *filter,
                                   struct store_sql *list, struct error *err)
{
	enum error_code code = check_filter(call->resource, filter, err);
	unsigned equal = 0, null = 0;

	for (size_t i = 0; !code && i < call->resource->n_fields; i++) {
		const struct field *field = &call->resource->fields[i];
		const char *wanted = json_string_value(json_object_get(filter, field->name));
		const size_t values = list->n;

		if (!wanted)
			continue;
		code = add_filter(call, field, wanted, list, err);
		*(list->n > values ? &equal : &null) |= 1u << i;
	}
	text_addf(&list->name, "_%x_%x", equal, null);
	return code;
}

static bool is_sorted(const struct resource *resource, const struct field *field)
{
	return (field->flags & FIELD_SORTED) || strcmp(field->name, resource->order[0]) == 0;
}

static enum error_code bad_sort(const struct resource *resource, struct error *err)
{
	AUTO(text_clear) struct text names = {0};

	for (size_t i = 0; i < resource->n_fields; i++)
		if (is_sorted(resource, &resource->fields[i]))
			text_addf(&names, "%s%s", names.length ? ", " : "",
			          resource->fields[i].name);
	if (names.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return error_set(err, ERROR_INVALID, "sort", "must be one of: %s; - before it: descending",
	                 text_string(&names));
}

static void add_columns_of(const struct resource *resource, const char *const *names, size_t most,
                           struct order *order)
{
	for (size_t i = 0; i < most && names[i] && order->n < RESOURCE_ORDER_MAX; i++) {
		const struct field *field = resource_field(resource, names[i]);

		if (field && (!order->n || order->fields[0] != field))
			order->fields[order->n++] = field;
	}
}

/* By another column than the table says, the keys decide ties. */
static enum error_code read_order(const struct resource *resource, const char *sort,
                                  struct order *ret_order, struct error *err)
{
	const struct field *field;

	*ret_order = (struct order){.descending = resource->descending};
	if (sort) {
		ret_order->descending = *sort == '-';
		field = resource_field(resource, sort + ret_order->descending);
		if (!field || !is_sorted(resource, field))
			return bad_sort(resource, err);
		if (strcmp(field->name, resource->order[0]) != 0) {
			ret_order->fields[ret_order->n++] = field;
			add_columns_of(resource, resource->keys, RESOURCE_KEYS_MAX, ret_order);
			return ERROR_OK;
		}
	}
	add_columns_of(resource, resource->order, RESOURCE_ORDER_MAX, ret_order);
	return ret_order->fields[0] ? ERROR_OK : error_set(err, ERROR_INTERNAL, "sort", NULL);
}

static void hash_text(crypto_generichash_state *state, const char *text)
{
	const char *given = text ? text : "";

	crypto_generichash_update(state, (const uint8_t *)given, strlen(given) + 1);
}

/* What a cursor belongs to: it means nothing in another list. */
static enum error_code bind(const struct store_call *call, const struct store_query *query,
                            const struct order *order,
                            char ret_binding[static 2 * BINDING_BYTES + 1], struct error *err)
{
	AUTO(auto_free)
	char *filter =
		query->filter ? json_dumps(query->filter, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	uint8_t hash[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;

	if (query->filter && !filter)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	hash_text(&state, call->resource->name);
	hash_text(&state, order->fields[0]->name);
	hash_text(&state, order->descending ? "-" : "");
	hash_text(&state, filter && strcmp(filter, "{}") != 0 ? filter : "");
	hash_text(&state, query->search);
	hash_text(&state, query->from);
	hash_text(&state, query->to);
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2hex(ret_binding, 2 * BINDING_BYTES + 1, hash, BINDING_BYTES);
	return ERROR_OK;
}

/* The JSON array of binding and values, in base64url. */
static enum error_code write_cursor(const char *binding, const struct tx_result *result, size_t row,
                                    size_t n, struct text *ret_next, struct error *err)
{
	AUTO(json_auto_unref) json_t *values = json_array();
	AUTO(auto_free) char *json = NULL;
	AUTO(auto_free) char *text = NULL;
	size_t length;
	int failed = json_array_append_new(values, json_string(binding));

	for (size_t i = 0; i < n; i++)
		failed |=
			json_array_append_new(values, json_string(tx_value(result, 0, row, i + 1)));
	json = failed ? NULL : json_dumps(values, JSON_COMPACT);
	if (!json)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	length = sodium_base64_encoded_len(strlen(json), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	text = malloc(length);
	if (!text)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	sodium_bin2base64(text, length, (const uint8_t *)json, strlen(json),
	                  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	text_add(ret_next, text);
	return ret_next->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static enum error_code bad_cursor(struct error *err)
{
	return error_set(err, ERROR_INVALID, "after", "must be what the page before gave");
}

/* NULL: it is none. */
static json_t *decode_cursor(const char *after)
{
	uint8_t bytes[CURSOR_MAX];
	size_t n;

	if (sodium_base642bin(bytes, sizeof(bytes), after, strlen(after), NULL, &n, NULL,
	                      sodium_base64_VARIANT_URLSAFE_NO_PADDING))
		return NULL;
	return json_loadb((const char *)bytes, n, JSON_REJECT_DUPLICATES, NULL);
}

/* One value of a cursor: what PostgreSQL will read as the column's type. */
static bool cursor_value(const struct field *field, const char *text)
{
	AUTO(json_auto_unref) json_t *value = NULL;
	struct uuid uuid;

	if (!text)
		return false;
	if (field->type == FIELD_UUID)
		return uuid_parse(text, &uuid);
	if (field->type == FIELD_TEXT)
		return true;
	return field_parse(field, text, strlen(text), &value, NULL) == ERROR_OK;
}

/* The keyset: rows after the one whose order values the cursor has. */
static enum error_code add_after(const char *after, const struct order *order, const char *binding,
                                 struct store_sql *list, struct error *err)
{
	AUTO(json_auto_unref) json_t *values = decode_cursor(after);
	const char *bound = json_string_value(json_array_get(values, 0));
	char buffer[COLUMN_MAX];

	if (!bound || strcmp(bound, binding) != 0 || json_array_size(values) != order->n + 1)
		return bad_cursor(err);
	text_add(&list->name, "_after");
	text_add(&list->sql, " and (");
	for (size_t i = 0; i < order->n; i++)
		text_addf(&list->sql, "%s%s", i ? ", " : "", column(order->fields[i], buffer));
	text_addf(&list->sql, ") %c (", order->descending ? '<' : '>');
	for (size_t i = 0; i < order->n; i++) {
		const char *value = json_string_value(json_array_get(values, i + 1));

		if (!cursor_value(order->fields[i], value))
			return bad_cursor(err);
		text_addf(&list->sql, "%s$%zu", i ? ", " : "", store_sql_value(list, value));
	}
	text_add(&list->sql, ")");
	return ERROR_OK;
}

/* A pattern for ilike that finds the text anywhere, every character meaning itself. */
static void add_pattern(const char *text, struct text *pattern)
{
	text_add_char(pattern, '%');
	for (; *text; text++) {
		if (strchr("\\%_", *text))
			text_add_char(pattern, '\\');
		text_add_char(pattern, *text);
	}
	text_add_char(pattern, '%');
}

static enum error_code add_search(const struct store_call *call, const char *search,
                                  struct store_sql *list, struct error *err)
{
	static const struct field field = {
		.name = "q", .type = FIELD_TEXT, .least = 1, .most = SEARCH_MAX};
	const struct resource *resource = call->resource;
	AUTO(json_auto_unref) json_t *value = NULL;
	AUTO(text_clear) struct text pattern = {0};
	char buffer[COLUMN_MAX], place[16];
	const char *before = " and (";
	enum error_code code;

	if (!search || !*search)
		return ERROR_OK;
	code = field_parse(&field, search, strlen(search), &value, err);
	if (code)
		return code;
	add_pattern(search, &pattern);
	if (pattern.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	snprintf(place, sizeof(place), "$%zu::text", store_sql_value(list, text_string(&pattern)));
	text_add(&list->name, "_q");
	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *in = &resource->fields[i];

		if (!(in->flags & FIELD_SEARCHED))
			continue;
		text_add(&list->sql, before);
		if (in->searched)
			store_add_text(list, in->searched, ":text", place);
		else
			text_addf(&list->sql, "%s ilike %s", column(in, buffer), place);
		before = " or ";
	}
	if (*before == ' ' && before[1] == 'a')
		return error_set(err, ERROR_INVALID, "q", "%s cannot be searched",
		                 resource->plural);
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

static void add_order(const struct order *order, unsigned limit, struct store_sql *list)
{
	char more[16], buffer[COLUMN_MAX];

	for (size_t i = 0; i < order->n; i++)
		text_addf(&list->sql, "%s %s%s", i ? "," : " order by",
		          column(order->fields[i], buffer), order->descending ? " desc" : "");
	/* One more than asked for, to know whether there is a next page. */
	snprintf(more, sizeof(more), "%u", limit + 1);
	text_addf(&list->sql, " limit $%zu) as r", store_sql_value(list, more));
}

static enum error_code build_list(const struct store_call *call, const struct store_query *query,
                                  const struct order *order, const char *binding, unsigned limit,
                                  struct store_sql *list, struct error *err)
{
	const struct resource *resource = call->resource;
	enum error_code code;

	text_addf(&list->name, "%s.list%s_%s%s", resource->name,
	          call->show_secrets ? "_secrets" : "", order->fields[0]->name,
	          order->descending ? "_desc" : "");
	text_add(&list->sql, "select row_to_json(r)");
	for (size_t i = 0; i < order->n; i++)
		text_addf(&list->sql,
		          order->fields[i]->flags & FIELD_FOLDED ? ", lower(r.%s)"
		                                                 : ", to_json(r.%s) #>> '{}'",
		          order->fields[i]->name);
	text_add(&list->sql, " from (select ");
	store_add_columns(call, false, list);
	text_addf(&list->sql, " from %s as e where true", resource->table);
	store_add_seen(call, list);
	code = add_filters(call, query->filter, list, err);
	if (!code)
		code = add_time(call, "from", ">=", query->from, list, err);
	if (!code)
		code = add_time(call, "to", "<", query->to, list, err);
	if (!code)
		code = add_search(call, query->search, list, err);
	if (!code && query->after)
		code = add_after(query->after, order, binding, list, err);
	if (!code)
		add_order(order, limit, list);
	return code;
}

static enum error_code read_list(const struct tx_result *result, const struct order *order,
                                 const char *binding, unsigned limit, struct text *ret_rows,
                                 struct text *ret_next, struct error *err)
{
	size_t n = tx_rows(result, 0) > limit ? limit : tx_rows(result, 0);

	text_reset(ret_rows);
	text_reset(ret_next);
	text_add(ret_rows, "[");
	for (size_t row = 0; row < n; row++) {
		text_add(ret_rows, row ? ",\n" : "");
		text_add(ret_rows, tx_value(result, 0, row, 0));
	}
	text_add(ret_rows, "]");
	if (ret_rows->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return n < tx_rows(result, 0)
	               ? write_cursor(binding, result, n - 1, order->n, ret_next, err)
	               : ERROR_OK;
}

enum error_code store_list(const struct store_call *call, const struct store_query *query,
                           struct text *ret_rows, struct text *ret_next, struct error *err)
{
	unsigned limit = query->limit ? query->limit : STORE_LIMIT_DEFAULT;
	AUTO(store_sql_clear) struct store_sql list = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char binding[2 * BINDING_BYTES + 1];
	struct order order;
	enum error_code code;

	if (limit > STORE_LIMIT_MAX)
		return error_set(err, ERROR_INVALID, "limit", "must be a number from 1 to %d",
		                 STORE_LIMIT_MAX);
	code = read_order(call->resource, query->sort, &order, err);
	if (!code)
		code = bind(call, query, &order, binding, err);
	if (!code)
		code = build_list(call, query, &order, binding, limit, &list, err);
	if (!code)
		code = store_run(call, false, &list, &result, err);
	return code ? code : read_list(result, &order, binding, limit, ret_rows, ret_next, err);
}
