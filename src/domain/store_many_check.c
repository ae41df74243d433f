/* What is wrong with rows that are to be created together, each fault with its row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/store_many.h"

void many_fault(struct many *many, size_t row, enum error_code code, const char *field,
                const char *message)
{
	struct store_fault *fault;

	many->faulty[row] = true;
	many->n_faults++;
	if (many->n_kept == many->faults_max)
		return;
	fault = &many->faults[many->n_kept++];
	fault->row = row;
	fault->code = code;
	snprintf(fault->field, sizeof(fault->field), "%s", field);
	snprintf(fault->message, sizeof(fault->message), "%s", message);
}

bool many_is_fault(enum error_code code)
{
	switch (code) {
	case ERROR_INVALID:
	case ERROR_MISSING:
	case ERROR_UNKNOWN_FIELD:
	case ERROR_READ_ONLY:
	case ERROR_NOT_FOUND:
	case ERROR_CONFLICT:
	case ERROR_FORBIDDEN:
	case ERROR_TOO_LARGE:
		return true;
	default:
		return false;
	}
}

/* --- what C can check --------------------------------------------------------------------------
 */

enum error_code many_check(struct many *many, struct error *err)
{
	const struct resource *resource = many->call->resource;

	for (size_t i = 0; i < many->n; i++) {
		struct error fault = {0};
		enum error_code code = resource_check_import(resource, many->rows[i], &fault);

		if (!code && resource->check)
			code = resource->check(NULL, many->rows[i], &fault);
		if (!code && resource->prepare)
			code = resource->prepare(RESOURCE_CREATE, many->rows[i], &fault);
		if (!code)
			code = store_generate(many->call, many->rows[i], &fault);
		if (code && !many_is_fault(code)) {
			if (err)
				*err = fault;
			return code;
		}
		if (code)
			many_fault(many, i, code, fault.field, fault.message);
	}
	return ERROR_OK;
}

/* --- names of other rows -----------------------------------------------------------------------
 */

/* The name in the field of a row that is to become an id; NULL: none. */
static const char *name_of(const struct many *many, size_t row, const struct field *field)
{
	const char *name = json_string_value(json_object_get(many->rows[row], field->name));
	struct uuid id;

	return name && !many->faulty[row] && !uuid_parse(name, &id) ? name : NULL;
}

/* The ids of names, as far as there are: name in lower case -> id, or true where several have it.
 */
static enum error_code find_names(const struct store_call *call, const struct field *field,
                                  const json_t *names, json_t *found, struct error *err)
{
	const struct resource *other = resource_find(field->references);
	bool members = store_among_members(call, field);
	struct store_call look = {.db = call->db, .tenant = call->tenant};
	AUTO(store_sql_clear) struct store_sql sql = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code;

	look.resource = members ? call->resource : other;
	text_addf(&sql.name, "%s.names", members ? "my_member" : other->name);
	text_addf(
		&sql.sql,
		"select lower(e.%s), case when count(*) = 1 then min(e.%s::text) end from %s as e"
		" where lower(e.%s) in (select lower(v) from jsonb_array_elements_text($%zu::jsonb)"
		" as v) group by 1",
		other->natural, members ? "user_id" : "id",
		members ? "public.my_members()" : other->table, other->natural,
		store_sql_take(&sql, json_dumps(names, JSON_COMPACT)));
	code = store_run(&look, false, &sql, &result, err);
	for (size_t i = 0; !code && i < tx_rows(result, 0); i++) {
		const char *id = tx_value(result, 0, i, 1);

		if (json_object_set_new(found, tx_value(result, 0, i, 0),
		                        id ? json_string(id) : json_true()))
			code = error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	return code;
}

static void lower(const char *name, char ret_lower[static STORE_KEY_MAX])
{
	size_t i;

	for (i = 0; name[i] && i < STORE_KEY_MAX - 1; i++)
		ret_lower[i] =
			name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	ret_lower[i] = '\0';
}

static enum error_code put_ids(struct many *many, const struct field *field, const json_t *found,
                               struct error *err)
{
	const struct resource *other = resource_find(field->references);
	char folded[STORE_KEY_MAX], message[ERROR_MESSAGE_MAX];

	for (size_t i = 0; i < many->n; i++) {
		const char *name = name_of(many, i, field);
		json_t *id;

		if (!name)
			continue;
		lower(name, folded);
		id = json_object_get(found, folded);
		if (json_is_string(id)) {
			if (json_object_set(many->rows[i], field->name, id))
				return error_set(err, ERROR_MEMORY, NULL, NULL);
			continue;
		}
		if (!id && store_among_members(many->call, field)) {
			many_fault(many, i, ERROR_INVALID, field->name, STORE_NO_MEMBER);
			continue;
		}
		snprintf(message, sizeof(message),
		         id ? "several %.40s are called %.100s; give the id"
		            : "there is no %.40s %.100s",
		         id ? other->plural : other->name, name);
		many_fault(many, i, id ? ERROR_CONFLICT : ERROR_NOT_FOUND, field->name, message);
	}
	return ERROR_OK;
}

static enum error_code resolve_field(struct many *many, const struct field *field,
                                     struct error *err)
{
	AUTO(json_auto_unref) json_t *names = json_array();
	AUTO(json_auto_unref) json_t *found = json_object();
	enum error_code code = ERROR_OK;

	if (!names || !found)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < many->n; i++) {
		const char *name = name_of(many, i, field);

		if (name && json_array_append_new(names, json_string(name)))
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	if (json_array_size(names))
		code = find_names(many->call, field, names, found, err);
	return code ? code : put_ids(many, field, found, err);
}

enum error_code many_resolve(struct many *many, struct error *err)
{
	const struct resource *resource = many->call->resource;
	enum error_code code = ERROR_OK;

	for (size_t i = 0; !code && i < resource->n_fields; i++)
		if (resource->fields[i].references)
			code = resolve_field(many, &resource->fields[i], err);
	return code;
}

/* --- what only the database can see ------------------------------------------------------------
 */

uint32_t many_columns(const struct resource *resource, const json_t *row)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < resource->n_fields; i++)
		if (field_is_column(&resource->fields[i]) &&
		    json_object_get(row, resource->fields[i].name))
			mask |= 1u << i;
	return mask;
}

char *many_dump(const struct many *many, size_t first, size_t end, uint32_t columns)
{
	AUTO(json_auto_unref) json_t *given = json_array();

	for (size_t i = first; i < end; i++) {
		if (many->faulty[i] ||
		    (columns && many_columns(many->call->resource, many->rows[i]) != columns))
			continue;
		if (json_array_append_new(given, json_pack("{s:I,s:O}", "i", (json_int_t)i, "row",
		                                           many->rows[i])))
			return NULL;
	}
	return json_dumps(given, RESOURCE_JSON);
}

/* "e.a = n.a and ..." or "n.a, n.b" of what no two rows have alike: a unique field, or (field NULL)
 * the keys. */
static void add_unique(const struct resource *resource, const struct field *field, bool equal,
                       struct store_sql *sql)
{
	const char *form = equal ? "e.%1$s = n.%1$s" : "n.%1$s";

	if (field) {
		if (field->flags & FIELD_FOLDED)
			form = equal ? "lower(e.%1$s) = lower(n.%1$s)" : "lower(n.%1$s)";
		text_addf(&sql->sql, form, field->name);
		return;
	}
	for (size_t i = 0; i < resource_key_count(resource); i++) {
		text_add(&sql->sql, i ? (equal ? " and " : ", ") : "");
		text_addf(&sql->sql, form, resource->keys[i]);
	}
	if (resource->tenant_column && equal) {
		text_add(&sql->sql, " and ");
		text_addf(&sql->sql, form, resource->tenant_column);
	}
}

/* Kinds of faults: what a row of the checking statement stands for. */
enum { TWICE, TAKEN, RULE, OWNERS };

static void add_unique_checks(const struct resource *resource, const struct field *field,
                              size_t place, struct store_sql *sql)
{
	text_addf(&sql->sql,
	          "select x.i_, %d as kind, %zu as place from (select n.i_, row_number() over"
	          " (partition by ",
	          TWICE, place);
	add_unique(resource, field, false, sql);
	text_add(&sql->sql, " order by n.i_) as nth from g as n");
	if (field)
		text_addf(&sql->sql, " where n.%s is not null", field->name);
	text_addf(&sql->sql,
	          ") as x where x.nth > 1 union all select n.i_, %d, %zu from g as n where"
	          " exists (select from %s as e where ",
	          TAKEN, place, resource->table);
	add_unique(resource, field, true, sql);
	text_add(&sql->sql, ") union all ");
}

static void build_checks(const struct many *many, struct store_sql *sql)
{
	const struct resource *resource = many->call->resource;

	text_addf(&sql->name, "%s.many_check%s", resource->name,
	          store_below_owner(many->call) ? "_below" : "");
	store_sql_take(sql, many_dump(many, 0, many->n, 0));
	text_addf(&sql->sql, MANY_GIVEN "select f.i_, f.kind, f.place from (", resource->table);
	for (size_t i = 0; i < resource->n_fields; i++)
		if (resource->fields[i].flags & FIELD_UNIQUE)
			add_unique_checks(resource, &resource->fields[i], i, sql);
	if (strcmp(resource->keys[0], "id") != 0)
		add_unique_checks(resource, NULL, resource->n_fields, sql);
	for (size_t i = 0; i < resource->n_rules; i++) {
		text_addf(&sql->sql, "select n.i_, %d, %zu from g as n where not coalesce((", RULE,
		          i);
		store_add_text(sql, resource->rules[i].holds, ":nth", "n.i_ + 1");
		text_add(&sql->sql, "), false) union all ");
	}
	if (store_below_owner(many->call)) {
		text_addf(&sql->sql, "select n.i_, %d, 0 from g as n where ", OWNERS);
		store_add_text(sql, resource->owners_only, ":row", "n");
		text_add(&sql->sql, " union all ");
	}
	text_add(&sql->sql, "select 0, 0, 0 where false) as f (i_, kind, place) order by "
	                    "f.i_, f.kind, f.place");
}

/* How a unique field is called; the keys by the last of them, which tells rows apart. */
static const char *blamed(const struct resource *resource, size_t place)
{
	return place < resource->n_fields ? resource->fields[place].name
	                                  : resource->keys[resource_key_count(resource) - 1];
}

/* The database tells a row's faults one after the other, what no two rows may have alike first; a
 * rule that says the same of the same field adds nothing. */
static bool is_told(const struct many *many, size_t row, const char *field)
{
	const struct store_fault *last = many->n_kept ? &many->faults[many->n_kept - 1] : NULL;

	return last && last->row == row && strcmp(last->field, field) == 0;
}

static void read_check(struct many *many, const struct tx_result *result, size_t at)
{
	const struct resource *resource = many->call->resource;
	size_t row = strtoul(tx_value(result, 0, at, 0), NULL, 10);
	unsigned long kind = strtoul(tx_value(result, 0, at, 1), NULL, 10);
	size_t place = strtoul(tx_value(result, 0, at, 2), NULL, 10);

	switch (kind) {
	case TWICE:
		many_fault(many, row, ERROR_CONFLICT, blamed(resource, place),
		           "is the same as in an earlier row");
		break;
	case TAKEN:
		many_fault(many, row, ERROR_CONFLICT, blamed(resource, place), "is taken already");
		break;
	case RULE:
		if (is_told(many, row, resource->rules[place].field))
			break;
		many_fault(many, row, resource->rules[place].code, resource->rules[place].field,
		           resource->rules[place].message);
		break;
	default:
		many_fault(many, row, ERROR_FORBIDDEN, resource->keys[0],
		           "only an owner may do this");
	}
}

enum error_code many_check_in_database(struct many *many, struct tx *tx, struct error *err)
{
	AUTO(store_sql_clear) struct store_sql sql = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement check;
	enum error_code code;

	build_checks(many, &sql);
	code = store_sql_ready(&sql, &check, err);
	if (!code)
		code = tx_exec(tx, &check, 1, &result, err);
	for (size_t i = 0; !code && i < tx_rows(result, 0); i++)
		read_check(many, result, i);
	return code;
}
