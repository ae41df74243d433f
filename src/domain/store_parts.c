#include "domain/store_parts.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

void store_sql_clear(struct store_sql *statement)
{
	text_clear(&statement->name);
	text_clear(&statement->sql);
	for (size_t i = 0; i < statement->n; i++) {
		if (statement->values[i])
			sodium_memzero(statement->values[i], strlen(statement->values[i]));
		free(statement->values[i]);
	}
	statement->n = 0;
}

/* Takes value, which came from malloc; NULL means there was no memory. Returns its $ number. */
size_t store_sql_take(struct store_sql *statement, char *value)
{
	if (!value || statement->n == TX_VALUES_MAX) {
		free(value);
		statement->sql.failed = true;
		return 0;
	}
	statement->values[statement->n] = value;
	return ++statement->n;
}

size_t store_sql_value(struct store_sql *statement, const char *value)
{
	return store_sql_take(statement, strdup(value));
}

enum error_code store_sql_ready(const struct store_sql *statement, struct tx_statement *ret,
                                struct error *err)
{
	if (statement->sql.failed || statement->name.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*ret = (struct tx_statement){
		.name = statement->name.data, .sql = statement->sql.data, .n_values = statement->n};
	for (size_t i = 0; i < statement->n; i++)
		ret->values[i] = statement->values[i];
	return ERROR_OK;
}

size_t resource_key_count(const struct resource *resource)
{
	size_t n = 0;

	while (n < RESOURCE_KEYS_MAX && resource->keys[n])
		n++;
	return n;
}

bool store_is_true(const char *value)
{
	return value && strcmp(value, "t") == 0;
}

bool store_below_owner(const struct store_call *call)
{
	const struct resource *resource = call->resource;

	return resource->owners_only && call->actor.kind != ACTOR_COMMAND &&
	       call->actor.access < (resource->operators ? ACCESS_OPERATOR : ACCESS_OWNER);
}

struct tx_scope store_scope(const struct store_call *call, bool writes)
{
	const struct resource *resource = call->resource;

	return (struct tx_scope){
		.door = writes ? resource->write_door : resource->read_door,
		.tenant = call->tenant,
		.writes = writes,
	};
}

enum error_code store_run(const struct store_call *call, bool writes, struct store_sql *statement,
                          struct tx_result **ret_result, struct error *err)
{
	struct tx_scope scope = store_scope(call, writes);
	struct tx_statement ready;
	enum error_code code = store_sql_ready(statement, &ready, err);

	return code ? code : tx_run(call->db, &scope, &ready, 1, ret_result, err);
}

enum error_code store_not_found(const struct store_call *call, struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, call->resource->keys[0], "there is no such %s",
	                 call->resource->name);
}

static enum error_code check_natural(const struct resource *resource, const char *blame,
                                     const char *name, struct error *err)
{
	const struct field *field = resource_field(resource, resource->natural);
	AUTO(json_auto_unref) json_t *value = NULL;
	AUTO(text_clear) struct text rule = {0};
	enum error_code code = field_parse(field, name, strlen(name), &value, err);

	if (code != ERROR_INVALID)
		return code;
	field_rule(field, &rule);
	return error_set(err, ERROR_INVALID, blame, "%s, or a UUID", text_string(&rule));
}

/* The statement that finds a row by its name in lower case (where names fold). */
static void build_find(const struct resource *resource, bool among_members, const char *folded,
                       struct store_sql *find)
{
	bool lower = resource_field(resource, resource->natural)->flags & FIELD_FOLDED;
	size_t value = store_sql_value(find, folded);

	text_addf(&find->name, "%s.find", among_members ? "my_member" : resource->name);
	if (among_members)
		text_addf(&find->sql,
		          "select e.user_id from public.my_members() as e"
		          " where lower(e.email) = $%zu limit 2",
		          value);
	else
		text_addf(&find->sql,
		          lower ? "select e.id from %s as e where lower(e.%s) = $%zu limit 2"
		                : "select e.id from %s as e where e.%s = $%zu limit 2",
		          resource->table, resource->natural, value);
}

/* call: in whose scope it is looked for; resource: of what. */
static enum error_code find_named(const struct store_call *call, const struct resource *resource,
                                  bool among_members, const char *field, const char *name,
                                  char ret_id[static UUID_TEXT_MAX], struct error *err)
{
	AUTO(store_sql_clear) struct store_sql find = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(auto_free) char *folded = strdup(name);
	enum error_code code;
	struct uuid id;

	if (uuid_parse(name, &id)) {
		uuid_format(&id, ret_id);
		return ERROR_OK;
	}
	if (!resource->natural)
		return error_set(err, ERROR_INVALID, field, "must be a UUID");
	if (!folded)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (char *c = folded; resource->natural_folds && *c; c++)
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
	code = check_natural(resource, field, folded, err);
	if (code)
		return code;
	build_find(resource, among_members, folded, &find);
	code = store_run(call, false, &find, &result, err);
	if (code)
		return code;
	if (tx_rows(result, 0) == 0)
		return among_members ? error_set(err, ERROR_INVALID, field, STORE_NO_MEMBER)
		                     : error_set(err, ERROR_NOT_FOUND, field,
		                                 "there is no %s %.100s", resource->name, name);
	/* Only what has no unique constraint, such as a queue's name, gets here. */
	if (tx_rows(result, 0) > 1)
		return error_set(err, ERROR_CONFLICT, field,
		                 "several %s are called so; give the id", resource->plural);
	snprintf(ret_id, UUID_TEXT_MAX, "%s", tx_value(result, 0, 0, 0));
	return ERROR_OK;
}

enum error_code store_find(struct db *db, const struct resource *resource,
                           const struct uuid *tenant, const char *field, const char *name,
                           char ret_id[static UUID_TEXT_MAX], struct error *err)
{
	const struct store_call call = {.db = db, .resource = resource, .tenant = *tenant};

	return find_named(&call, resource, false, field, name, ret_id, err);
}

bool store_among_members(const struct store_call *call, const struct field *field)
{
	return call->resource->read_door == TX_TENANT && strcmp(field->references, "user") == 0;
}

enum error_code store_find_reference(const struct store_call *call, const struct field *field,
                                     const char *name, char ret_id[static UUID_TEXT_MAX],
                                     struct error *err)
{
	const struct resource *other = resource_find(field->references);

	return store_among_members(call, field)
	               ? find_named(call, other, true, field->name, name, ret_id, err)
	               : store_find(call->db, other, &call->tenant, field->name, name, ret_id, err);
}

static enum error_code find_key(const struct store_call *call, const char *column, const char *name,
                                char ret_value[static STORE_KEY_MAX], struct error *err)
{
	const struct field *field = resource_field(call->resource, column);
	AUTO(json_auto_unref) json_t *value = NULL;
	enum error_code code;

	if (field->references) {
		code = store_find_reference(call, field, name, ret_value, err);
		/* Whether somebody is a user at all is no tenant's business. */
		return code == ERROR_NOT_FOUND && call->resource->tenant_column
		               ? store_not_found(call, err)
		               : code;
	}
	if (field->type == FIELD_UUID)
		return store_find(call->db, call->resource, &call->tenant,
		                  call->resource->natural ? call->resource->natural : column, name,
		                  ret_value, err);
	code = field_parse(field, name, strlen(name), &value, err);
	if (code)
		return code;
	snprintf(ret_value, STORE_KEY_MAX, "%s", json_string_value(value));
	return ERROR_OK;
}

enum error_code store_find_row(const struct store_call *call, const char *const *keys,
                               struct store_key *ret_key, struct error *err)
{
	ret_key->n = resource_key_count(call->resource);
	for (size_t i = 0; i < ret_key->n; i++) {
		enum error_code code =
			find_key(call, call->resource->keys[i], keys[i], ret_key->values[i], err);

		if (code)
			return code;
	}
	return ERROR_OK;
}

void store_add_text(struct store_sql *statement, const char *sql, const char *name,
                    const char *with)
{
	size_t n = strlen(name);

	for (const char *found; (found = strstr(sql, name)); sql = found + n) {
		text_add_n(&statement->sql, sql, (size_t)(found - sql));
		text_add(&statement->sql, with);
	}
	text_add(&statement->sql, sql);
}

void store_add_seen(const struct store_call *call, struct store_sql *statement)
{
	const struct resource *resource = call->resource;
	char id[UUID_TEXT_MAX], value[24];

	if (resource->tenant_column)
		text_addf(&statement->sql, " and e.%s = $%zu", resource->tenant_column,
		          store_sql_value(statement, uuid_format(&call->tenant, id)));
	if (resource->visible)
		text_addf(&statement->sql, " and (%s)", resource->visible);
	if (!call->own_only || !resource->own)
		return;
	snprintf(value, sizeof(value), "$%zu::uuid",
	         store_sql_value(statement, uuid_format(&call->actor.user, id)));
	text_add(&statement->name, "_own");
	text_add(&statement->sql, " and (");
	store_add_text(statement, resource->own, ":user", value);
	text_add(&statement->sql, ")");
}

void store_add_where(const struct store_call *call, const struct store_key *key,
                     struct store_sql *statement)
{
	for (size_t i = 0; i < key->n; i++)
		text_addf(&statement->sql, "%s e.%s = $%zu", i ? " and" : " where",
		          call->resource->keys[i], store_sql_value(statement, key->values[i]));
	store_add_seen(call, statement);
}

/* Names of other rows in the body become their ids. */
enum error_code store_resolve(const struct store_call *call, json_t *body, struct error *err)
{
	for (size_t i = 0; i < call->resource->n_fields; i++) {
		const struct field *field = &call->resource->fields[i];
		const char *name = json_string_value(json_object_get(body, field->name));
		char id[UUID_TEXT_MAX];
		enum error_code code;

		if (!field->references || !name)
			continue;
		code = store_find_reference(call, field, name, id, err);
		if (code)
			return code;
		if (json_object_set_new(body, field->name, json_string(id)))
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	return ERROR_OK;
}

void store_add_shown_row(const struct store_call *call, const char *id, struct store_sql *statement)
{
	text_addf(&statement->name, "%s_shown_row", call->resource->name);
	text_add(&statement->sql, "select (select row_to_json(r)::text from (select ");
	store_add_columns(call, true, statement);
	text_add(&statement->sql, ") as r), ");
	store_add_version(statement, "to_json(e)::text");
	text_addf(&statement->sql, " from %s as e where e.id = $%zu::uuid", call->resource->table,
	          store_sql_value(statement, id));
}
