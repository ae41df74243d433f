#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "domain/store_parts.h"

static bool in_body(const struct field *field, const json_t *body)
{
	return field_is_column(field) && json_object_get(body, field->name);
}

/* Which columns a body has, as the part of a statement's name that varies. */
static void add_mask(const struct store_call *call, const json_t *body, struct store_sql *statement)
{
	unsigned mask = 0;

	for (size_t i = 0; i < call->resource->n_fields; i++)
		if (in_body(&call->resource->fields[i], body))
			mask |= 1u << i;
	text_addf(&statement->name, "_%x", mask);
}

/* "a, b, c", each behind before. */
static void add_body_columns(const struct store_call *call, const json_t *body, const char *before,
                             struct store_sql *statement)
{
	const char *comma = "";

	for (size_t i = 0; i < call->resource->n_fields; i++) {
		const struct field *field = &call->resource->fields[i];

		if (!in_body(field, body))
			continue;
		text_addf(&statement->sql, "%s%s%s", comma, before, field->name);
		comma = ", ";
	}
}

static size_t add_body(const json_t *body, struct store_sql *statement)
{
	return store_sql_take(statement, json_dumps(body, RESOURCE_JSON));
}

static void add_rules(const struct resource *resource, struct store_sql *statement)
{
	for (size_t i = 0; i < resource->n_rules; i++)
		text_addf(&statement->sql, " and (%s)", resource->rules[i].holds);
}

static void add_returning(const struct resource *resource, struct store_sql *statement)
{
	text_add(&statement->sql, " returning public.row_json(e)");
	if (resource->written)
		text_addf(&statement->sql, ", %s", resource->written);
}

/* Says which rule kept the row out; runs after it in the same unit of work. */
static void build_why(const struct store_call *call, const json_t *body, struct store_sql *why)
{
	const struct resource *resource = call->resource;

	text_addf(&why->name, "%s_why", resource->name);
	text_add(&why->sql, "select ");
	for (size_t i = 0; i < resource->n_rules; i++)
		text_addf(&why->sql, "%scoalesce((%s), false)", i ? ", " : "",
		          resource->rules[i].holds);
	text_addf(&why->sql, " from jsonb_populate_record(null::%s, $%zu::jsonb) as n",
	          resource->table, add_body(body, why));
}

static enum error_code broken_rule(const struct store_call *call, const struct tx_result *result,
                                   struct error *err)
{
	for (size_t i = 0; i < call->resource->n_rules; i++) {
		const struct resource_rule *rule = &call->resource->rules[i];
		const char *holds = tx_value(result, 2, 0, i);

		if (holds && strcmp(holds, "f") == 0)
			return error_set(err, rule->code, rule->field, "%s", rule->message);
	}
	return ERROR_OK;
}

static bool must_not_be_seen(const struct field *field, bool show_secrets)
{
	return (field->flags & FIELD_HIDDEN) || ((field->flags & FIELD_SECRET) && !show_secrets);
}

/* Without what is hidden, secrets masked. */
static enum error_code add_masked_row(const struct store_call *call, bool show_secrets,
                                      const char *json, struct text *ret_row, struct error *err)
{
	AUTO(json_auto_unref) json_t *row = json_loads(json, 0, NULL);
	AUTO(auto_free) char *text = NULL;

	for (size_t i = 0; row && i < call->resource->n_fields; i++) {
		const struct field *field = &call->resource->fields[i];

		if (!must_not_be_seen(field, show_secrets))
			continue;
		if (field->flags & FIELD_HIDDEN)
			json_object_del(row, field->name);
		else if (json_object_set_new(row, field->name, json_string(STORE_MASK)))
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	text = row ? json_dumps(row, RESOURCE_JSON) : NULL;
	if (!text)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	text_add(ret_row, text);
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* The row as it may be seen; untouched where all of it may. */
static enum error_code add_row(const struct store_call *call, bool show_secrets, const char *json,
                               struct text *ret_row, struct error *err)
{
	text_reset(ret_row);
	for (size_t i = 0; i < call->resource->n_fields; i++)
		if (must_not_be_seen(&call->resource->fields[i], show_secrets))
			return add_masked_row(call, show_secrets, json, ret_row, err);
	text_add(ret_row, json);
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/*
 * Runs a writing statement that returns the row. With rules: under the tenant's lock, so that of
 * two writers the second sees what the first wrote (read committed: each statement of the unit
 * looks anew).
 */
static enum error_code write_row(const struct store_call *call, struct store_sql *write,
                                 const json_t *body, bool show_secrets, struct text *ret_row,
                                 struct error *err)
{
	struct tx_scope scope = store_scope(call, true);
	AUTO(store_sql_clear) struct store_sql why = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char tenant[UUID_TEXT_MAX];
	struct tx_statement parts[3] = {
		{.name = "tenant_lock",
	         .sql = "select pg_advisory_xact_lock(hashtextextended($1, 0))",
	         .n_values = 1,
	         .values = {uuid_format(&call->tenant, tenant)}}
        };
	bool rules = call->resource->n_rules;
	size_t at = rules ? 1 : 0;
	enum error_code code = store_sql_ready(write, &parts[at], err);

	if (!code && rules) {
		build_why(call, body, &why);
		code = store_sql_ready(&why, &parts[2], err);
	}
	if (!code)
		code = tx_run(call->db, &scope, parts, rules ? 3 : 1, &result, err);
	if (code)
		return code;
	if (tx_rows(result, at) == 1)
		return add_row(call, show_secrets, tx_value(result, at, 0, 0), ret_row, err);
	code = rules ? broken_rule(call, result, err) : ERROR_OK;
	return code ? code : store_not_found(call, err);
}

/* What Centrex gives a new row: its id, and the tenant it belongs to. */
static enum error_code add_generated(const struct store_call *call, json_t *body, struct error *err)
{
	struct uuid id = uuid_at(clock_unix_us() / 1000);
	char text[UUID_TEXT_MAX];
	int failed = 0;

	if (strcmp(call->resource->keys[0], "id") == 0)
		failed |= json_object_set_new(body, "id", json_string(uuid_format(&id, text)));
	if (call->resource->tenant_column)
		failed |= json_object_set_new(body, call->resource->tenant_column,
		                              json_string(uuid_format(&call->tenant, text)));
	return failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code store_create(const struct store_call *call, json_t *body, struct text *ret_row,
                             struct error *err)
{
	const struct resource *resource = call->resource;
	AUTO(store_sql_clear) struct store_sql insert = {0};
	enum error_code code = resource_check(resource, RESOURCE_CREATE, body, err);

	if (!code && resource->prepare)
		code = resource->prepare(RESOURCE_CREATE, body, err);
	if (!code)
		code = store_resolve(call, body, err);
	if (!code)
		code = add_generated(call, body, err);
	if (code)
		return code;
	if (resource->create)
		return resource->create(call, body, ret_row, err);
	text_addf(&insert.name, "%s_create", resource->name);
	add_mask(call, body, &insert);
	text_addf(&insert.sql, "insert into %s as e (", resource->table);
	add_body_columns(call, body, "", &insert);
	text_add(&insert.sql, ") select ");
	add_body_columns(call, body, "n.", &insert);
	text_addf(&insert.sql, " from jsonb_populate_record(null::%s, $%zu::jsonb) as n where true",
	          resource->table, add_body(body, &insert));
	add_rules(resource, &insert);
	add_returning(resource, &insert);
	/* Seen once, by whoever made it: there is no other way to learn a generated password. */
	return write_row(call, &insert, body, true, ret_row, err);
}

static void build_update(const struct store_call *call, const struct store_key *key,
                         const json_t *body, struct store_sql *update)
{
	const struct resource *resource = call->resource;
	const char *comma = "";

	text_addf(&update->name, "%s_update", resource->name);
	add_mask(call, body, update);
	text_addf(&update->sql, "update %s as e set ", resource->table);
	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];

		if (field->flags & FIELD_TOUCHED)
			text_addf(&update->sql, "%s%s = now()", comma, field->name);
		else if (in_body(field, body))
			text_addf(&update->sql, "%s%s = n.%s", comma, field->name, field->name);
		else
			continue;
		comma = ", ";
	}
	text_addf(&update->sql, " from jsonb_populate_record(null::%s, $%zu::jsonb) as n",
	          resource->table, add_body(body, update));
	store_add_where(call, key, update);
	add_rules(resource, update);
	add_returning(resource, update);
}

enum error_code store_update(const struct store_call *call, const char *const *keys, json_t *body,
                             struct text *ret_row, struct error *err)
{
	const struct resource *resource = call->resource;
	AUTO(store_sql_clear) struct store_sql update = {0};
	struct store_key key;
	enum error_code code = resource_check(resource, RESOURCE_UPDATE, body, err);

	if (!code && resource->prepare)
		code = resource->prepare(RESOURCE_UPDATE, body, err);
	if (!code)
		code = store_find_row(call, keys, &key, err);
	if (!code)
		code = store_resolve(call, body, err);
	if (code)
		return code;
	build_update(call, &key, body, &update);
	return write_row(call, &update, body, call->show_secrets, ret_row, err);
}

enum error_code store_act(const struct store_call *call, const char *const *keys,
                          const struct resource_action *action, struct text *ret_row,
                          struct error *err)
{
	AUTO(json_auto_unref) json_t *body = json_object();
	AUTO(store_sql_clear) struct store_sql update = {0};
	struct store_key key;
	enum error_code code;

	if (!body)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = store_find_row(call, keys, &key, err);
	if (!code)
		code = action->fill(body, err);
	if (code)
		return code;
	build_update(call, &key, body, &update);
	return write_row(call, &update, body, true, ret_row, err);
}

static enum error_code delete_keyed(const struct store_call *call, const struct store_key *key,
                                    struct error *err)
{
	AUTO(store_sql_clear) struct store_sql erase = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code;

	text_addf(&erase.name, "%s_delete", call->resource->name);
	text_addf(&erase.sql, "delete from %s as e", call->resource->table);
	store_add_where(call, key, &erase);
	if (call->resource->deleted)
		text_addf(&erase.sql, " returning %s", call->resource->deleted);
	code = store_run(call, true, &erase, &result, err);
	if (code)
		return code;
	return tx_affected(result, 0) ? ERROR_OK : store_not_found(call, err);
}

enum error_code store_delete_row(const struct store_call *call, const json_t *row,
                                 struct error *err)
{
	struct store_key key = {.n = resource_key_count(call->resource)};

	for (size_t i = 0; i < key.n; i++) {
		const char *value =
			json_string_value(json_object_get(row, call->resource->keys[i]));

		snprintf(key.values[i], STORE_KEY_MAX, "%s", value ? value : "");
	}
	return delete_keyed(call, &key, err);
}

enum error_code store_delete(const struct store_call *call, const char *const *keys,
                             struct error *err)
{
	AUTO(json_auto_unref) json_t *row = NULL;
	AUTO(text_clear) struct text json = {0};
	struct store_key key;
	enum error_code code = store_find_row(call, keys, &key, err);

	if (code)
		return code;
	if (!call->resource->remove)
		return delete_keyed(call, &key, err);
	code = store_show_row(call, &key, &json, err);
	if (code)
		return code;
	row = json_loads(text_string(&json), 0, NULL);
	if (!row)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return call->resource->remove(call, row, err);
}
