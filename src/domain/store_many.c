/*
 * Many rows at once: one unit of work behind the lock that orders the tenant's writers, with an
 * insert for each set of columns that the rows have. What is wrong with them: store_many_check.c.
 */
#include "domain/store_many.h"

#include <stdlib.h>
#include <string.h>

#include "domain/event.h"

static int compare_faults(const void *a, const void *b)
{
	const struct store_fault *one = a, *other = b;

	return one->row < other->row ? -1 : one->row > other->row;
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
	store_sql_take(sql, many_dump(many, first, end, columns));
	text_addf(&sql->sql, MANY_GIVEN ", w as (insert into %s as e (", resource->table,
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
		uint32_t columns = many_columns(resource, many->rows[i]);
		struct tx_statement insert;

		if (done[i] || many->faulty[i])
			continue;
		for (size_t k = i; k < end; k++)
			done[k] |= many_columns(resource, many->rows[k]) == columns;
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
		if (code && !many_is_fault(code))
			break;
		if (code)
			end = middle;
		else
			first = middle;
	}
	/* The last half was known by its neighbour only. */
	if (end - first == 1)
		code = try_rows(many, first, end, &fault);
	*ret_found = many_is_fault(code);
	if (*ret_found) {
		many_fault(many, first, code, fault.field, fault.message);
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
		code = many_check_in_database(many, tx, err);
	if (!code)
		code = insert_rows(many, tx, 0, many->n, made, err);
	if (many_is_fault(code)) {
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
	enum error_code code = many_check(many, err);

	text_add(&made, "[");
	if (!code)
		code = many_resolve(many, err);
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
