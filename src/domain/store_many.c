/*
 * Many rows at once: what C can check row by row, then one unit of work behind the lock that orders
 * the tenant's writers: what only the database can see (rules, what is taken, twice in the file)
 * set by set, and an insert for each set of columns that the rows have.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/event.h"
#include "domain/store_parts.h"

/* The rows as the statements take them: [{"i": index, "row": {...}}]; n is a row, i_ its index. */
#define GIVEN                                                                                      \
	"with g as materialized (select (a.value ->> 'i')::bigint as i_, n.* from"                 \
	" jsonb_array_elements($1::jsonb) as a, lateral jsonb_populate_record(null::%s,"           \
	" a.value -> 'row') as n) "

struct many {
	const struct store_call *call;
	json_t *const *rows;
	size_t n;
	bool *faulty; /* by row */
	struct store_fault *faults;
	size_t faults_max, n_kept, n_faults; /* n_faults: kept or not */
};

/* --- what is wrong with a row ------------------------------------------------------------------
 */

static void add_fault(struct many *many, size_t row, enum error_code code, const char *field,
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

/* True for what is wrong with a row, and not with everything. */
static bool is_fault(enum error_code code)
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

static int compare_faults(const void *a, const void *b)
{
	const struct store_fault *one = a, *other = b;

	return one->row < other->row ? -1 : one->row > other->row;
}

/* --- what C can check --------------------------------------------------------------------------
 */

static enum error_code check_rows(struct many *many, struct error *err)
{
	const struct resource *resource = many->call->resource;

	for (size_t i = 0; i < many->n; i++) {
		struct error fault = {0};
		enum error_code code = resource_check_import(resource, many->rows[i], &fault);

		if (!code && resource->prepare)
			code = resource->prepare(RESOURCE_CREATE, many->rows[i], &fault);
		if (!code)
			code = store_generate(many->call, many->rows[i], &fault);
		if (code && !is_fault(code)) {
			if (err)
				*err = fault;
			return code;
		}
		if (code)
			add_fault(many, i, code, fault.field, fault.message);
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
			add_fault(many, i, ERROR_INVALID, field->name, STORE_NO_MEMBER);
			continue;
		}
		snprintf(message, sizeof(message),
		         id ? "several %.40s are called %.100s; give the id"
		            : "there is no %.40s %.100s",
		         id ? other->plural : other->name, name);
		add_fault(many, i, id ? ERROR_CONFLICT : ERROR_NOT_FOUND, field->name, message);
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

static enum error_code resolve_rows(struct many *many, struct error *err)
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

/* Which columns of a row are set, as a mask of fields. */
static uint32_t columns_of(const struct resource *resource, const json_t *row)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < resource->n_fields; i++)
		if (field_is_column(&resource->fields[i]) &&
		    json_object_get(row, resource->fields[i].name))
			mask |= 1u << i;
	return mask;
}

/* The rows in [first, end) that are not at fault and have these columns (0: any), as GIVEN takes
 * them; NULL: no memory. */
static char *dump_rows(const struct many *many, size_t first, size_t end, uint32_t columns)
{
	AUTO(json_auto_unref) json_t *given = json_array();

	for (size_t i = first; i < end; i++) {
		if (many->faulty[i] ||
		    (columns && columns_of(many->call->resource, many->rows[i]) != columns))
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
	store_sql_take(sql, dump_rows(many, 0, many->n, 0));
	text_addf(&sql->sql, GIVEN "select f.i_, f.kind, f.place from (", resource->table);
	for (size_t i = 0; i < resource->n_fields; i++)
		if (resource->fields[i].flags & FIELD_UNIQUE)
			add_unique_checks(resource, &resource->fields[i], i, sql);
	if (strcmp(resource->keys[0], "id") != 0)
		add_unique_checks(resource, NULL, resource->n_fields, sql);
	for (size_t i = 0; i < resource->n_rules; i++)
		text_addf(&sql->sql,
		          "select n.i_, %d, %zu from g as n where not coalesce((%s), false)"
		          " union all ",
		          RULE, i, resource->rules[i].holds);
	if (store_below_owner(many->call)) {
		text_addf(&sql->sql, "select n.i_, %d, 0 from g as n where ", OWNERS);
		store_add_text(sql, resource->owners_only, ":row", "n");
		text_add(&sql->sql, " union all ");
	}
	text_add(&sql->sql, "select 0 as i_, 0 as kind, 0 as place where false) as f order by "
	                    "f.i_, f.kind, f.place");
}

/* How a unique field is called; the keys by the last of them, which tells rows apart. */
static const char *blamed(const struct resource *resource, size_t place)
{
	return place < resource->n_fields ? resource->fields[place].name
	                                  : resource->keys[resource_key_count(resource) - 1];
}

static void read_check(struct many *many, const struct tx_result *result, size_t at)
{
	const struct resource *resource = many->call->resource;
	size_t row = strtoul(tx_value(result, 0, at, 0), NULL, 10);
	unsigned long kind = strtoul(tx_value(result, 0, at, 1), NULL, 10);
	size_t place = strtoul(tx_value(result, 0, at, 2), NULL, 10);

	switch (kind) {
	case TWICE:
		add_fault(many, row, ERROR_CONFLICT, blamed(resource, place),
		          "is the same as in an earlier row");
		break;
	case TAKEN:
		add_fault(many, row, ERROR_CONFLICT, blamed(resource, place), "is taken already");
		break;
	case RULE:
		add_fault(many, row, resource->rules[place].code, resource->rules[place].field,
		          resource->rules[place].message);
		break;
	default:
		add_fault(many, row, ERROR_FORBIDDEN, resource->keys[0],
		          "only an owner may do this");
	}
}

static enum error_code check_in_database(struct many *many, struct tx *tx, struct error *err)
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

/* --- the inserts -------------------------------------------------------------------------------
 */

static void build_insert(const struct many *many, size_t first, size_t end, uint32_t columns,
                         struct store_sql *sql)
{
	struct store_call call = *many->call;
	const struct resource *resource = call.resource;

	call.show_secrets = true;
	text_addf(&sql->name, "%s.many_%x", resource->name, columns);
	store_sql_take(sql, dump_rows(many, first, end, columns));
	text_addf(&sql->sql, GIVEN ", w as (insert into %s as e (", resource->table,
	          resource->table);
	for (int values = 0; values < 2; values++) {
		const char *comma = "";

		for (size_t i = 0; i < resource->n_fields; i++) {
			if (!(columns & 1u << i))
				continue;
			text_addf(&sql->sql, "%s%s%s", comma, values ? "n." : "",
			          resource->fields[i].name);
			comma = ", ";
		}
		text_add(&sql->sql, values ? " from g as n order by n.i_" : ") select ");
	}
	text_add(&sql->sql, " returning e.*");
	if (resource->written)
		text_addf(&sql->sql, ", %s as effect_", resource->written);
	text_add(&sql->sql, ") select row_to_json(r) from (select ");
	store_add_columns(&call, true, sql);
	text_add(&sql->sql, " from w as e) as r");
}

/* Adds to made, a JSON array of which the bracket is still open; made NULL: only tried. */
static enum error_code insert_rows(const struct many *many, struct tx *tx, size_t first, size_t end,
                                   struct text *made, struct error *err)
{
	const struct resource *resource = many->call->resource;
	AUTO(auto_free) bool *done = calloc(end + 1, sizeof(*done));
	enum error_code code = done ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);

	for (size_t i = first; !code && i < end; i++) {
		AUTO(store_sql_clear) struct store_sql sql = {0};
		AUTO(tx_result_auto_free) struct tx_result *result = NULL;
		uint32_t columns = columns_of(resource, many->rows[i]);
		struct tx_statement insert;

		if (done[i] || many->faulty[i])
			continue;
		for (size_t k = i; k < end; k++)
			done[k] |= columns_of(resource, many->rows[k]) == columns;
		build_insert(many, first, end, columns, &sql);
		code = store_sql_ready(&sql, &insert, err);
		if (!code)
			code = tx_exec(tx, &insert, 1, &result, err);
		for (size_t k = 0; !code && made && k < tx_rows(result, 0); k++) {
			text_add(made, made->length > 1 ? ",\n" : "");
			text_add(made, tx_value(result, 0, k, 0));
		}
	}
	return code;
}

/* A unit of work that never commits: how the rows in [first, end) would do. */
static enum error_code try_rows(const struct many *many, size_t first, size_t end,
                                struct error *err)
{
	const struct tx_scope scope = store_scope(many->call, true);
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	enum error_code code = tx_open(many->call->db, &scope, &tx, err);

	return code ? code : insert_rows(many, tx, first, end, NULL, err);
}

/* What a constraint refuses is refused for all rows at once: halves are tried until one row is
 * left. *ret_found false: it is none of them (somebody else wrote what they collide with). */
static enum error_code find_refused(struct many *many, bool *ret_found, struct error *err)
{
	size_t first = 0, end = many->n;
	struct error fault = {0};
	enum error_code code = ERROR_OK;

	while (end - first > 1) {
		size_t middle = first + (end - first) / 2;

		code = try_rows(many, first, middle, &fault);
		if (code && !is_fault(code))
			break;
		if (code)
			end = middle;
		else
			first = middle;
	}
	/* The last half was known by its neighbour only. */
	if (end - first == 1)
		code = try_rows(many, first, end, &fault);
	*ret_found = is_fault(code);
	if (*ret_found) {
		add_fault(many, first, code, fault.field, fault.message);
		return ERROR_OK;
	}
	if (code && err)
		*err = fault;
	return code;
}

/* --- all of it ---------------------------------------------------------------------------------
 */

/* What people call the new rows, for the audit log. */
static char *dump_names(const struct many *many)
{
	const struct resource *resource = many->call->resource;
	const char *name = resource->natural ? resource->natural : resource->keys[0];
	AUTO(json_auto_unref) json_t *names = json_array();
	AUTO(json_auto_unref) json_t *after = NULL;

	for (size_t i = 0; i < many->n; i++)
		if (json_array_append(names, json_object_get(many->rows[i], name)))
			return NULL;
	after = json_pack("{s:I,s:O}", "rows", (json_int_t)many->n, name, names);
	return after ? json_dumps(after, JSON_COMPACT) : NULL;
}

static enum error_code tell(const struct many *many, struct tx *tx, const char *tenant,
                            const struct text *made, struct error *err)
{
	const struct store_call *call = many->call;
	const struct resource *resource = call->resource;
	AUTO(auto_free) char *after = dump_names(many);
	struct audit_entry entry = {.actor = &call->actor,
	                            .action = "import",
	                            .resource = resource->name,
	                            .after = after};
	struct store_once_texts texts;
	struct tx_statement told[3];
	size_t n = 0;

	if (!after)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (resource->write_door == TX_TENANT) {
		told[n++] = audit_tenant(&entry);
		told[n++] = event_change(resource->name, "", entry.action);
	} else if (resource->audited_by) {
		told[n++] = audit_change(&entry, tenant);
	} else {
		told[n++] = audit_installation(&entry);
	}
	if (call->once)
		told[n++] = store_once_keep(call->once, resource->write_door == TX_TENANT,
		                            text_string(made), &texts);
	return tx_exec(tx, told, n, NULL, err);
}

static enum error_code write_rows(struct many *many, bool dry_run, struct text *made,
                                  struct error *err)
{
	const struct store_call *call = many->call;
	const struct tx_scope scope = store_scope(call, true);
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	char tenant[UUID_TEXT_MAX];
	struct tx_statement lock = event_lock(uuid_format(&call->tenant, tenant));
	enum error_code code = tx_open(call->db, &scope, &tx, err);

	if (!code && resource_in_tenant(call->resource))
		code = tx_exec(tx, &lock, 1, NULL, err);
	if (!code)
		code = check_in_database(many, tx, err);
	if (!code)
		code = insert_rows(many, tx, 0, many->n, made, err);
	if (is_fault(code)) {
		enum error_code searched;
		bool found = false;

		tx_abort(TAKE(tx));
		searched = find_refused(many, &found, err);
		return found ? ERROR_OK : searched ? searched : code;
	}
	text_add(made, "]");
	if (!code && made->failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code || dry_run || many->n_faults)
		return code;
	code = tell(many, tx, tenant, made, err);
	return code ? code : tx_commit(TAKE(tx), err);
}

static enum error_code create_many(struct many *many, bool dry_run, struct text *ret_rows,
                                   struct error *err)
{
	AUTO(text_clear) struct text made = {0};
	enum error_code code = check_rows(many, err);

	text_add(&made, "[");
	if (!code)
		code = resolve_rows(many, err);
	if (!code)
		code = write_rows(many, dry_run, &made, err);
	if (code)
		return code;
	if (many->n_faults) {
		qsort(many->faults, many->n_kept, sizeof(*many->faults), compare_faults);
		return error_set(err, ERROR_INVALID, "rows", "%zu faults; nothing was created",
		                 many->n_faults);
	}
	text_reset(ret_rows);
	text_add(ret_rows, dry_run ? "[]" : text_string(&made));
	return ret_rows->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code store_create_many(const struct store_call *call, json_t *const *rows, size_t n,
                                  bool dry_run, struct store_fault *ret_faults, size_t faults_max,
                                  size_t *ret_n_faults, struct text *ret_rows, struct error *err)
{
	AUTO(auto_free) bool *faulty = calloc(n + 1, sizeof(*faulty));
	struct many many = {.call = call,
	                    .rows = rows,
	                    .n = n,
	                    .faulty = faulty,
	                    .faults = ret_faults,
	                    .faults_max = faults_max};
	bool in_tenant = call->resource->write_door == TX_TENANT, found = false;
	const struct uuid keys = in_tenant ? call->tenant : (struct uuid){0};
	enum error_code code = ERROR_OK;

	*ret_n_faults = 0;
	if (!faulty)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (call->resource->create)
		return error_set(err, ERROR_INTERNAL, NULL, NULL);
	if (!n || n > STORE_MANY_MAX)
		return error_set(err, n ? ERROR_TOO_LARGE : ERROR_MISSING, "rows",
		                 "must be 1 to %d", STORE_MANY_MAX);
	if (call->once)
		code = store_once_find(call->db, &keys, call->once, &found, ret_rows, err);
	if (code || found)
		return code;
	code = create_many(&many, dry_run, ret_rows, err);
	*ret_n_faults = many.n_faults;
	/* The same request, sent twice at once, may have been quicker. */
	if (code && call->once &&
	    !store_once_find(call->db, &keys, call->once, &found, ret_rows, NULL) && found) {
		*ret_n_faults = 0;
		return ERROR_OK;
	}
	return code;
}
