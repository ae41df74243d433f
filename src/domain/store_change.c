/*
 * A change of one row, in one statement behind the lock that orders its writers. Its parts:
 *   o  the earlier answer to the same Idempotency-Key     s  the row as it is shown since
 *   b  the row as it was, and what forbids the change     d  the entry of the audit log
 *   n  the values given, of an update with its keys       a, v, t, i, x  audit, event, trimming,
 * key w  the write and at last what came of it, or why nothing did. In read committed it sees what
 * the writer before it committed, since it begins after the lock was given.
 */
#include <stdio.h>
#include <string.h>

#include "domain/audit.h"
#include "domain/event.h"
#include "domain/store_parts.h"

/* The columns of the answer. */
enum { SHOWN, VERSION, FOUND, SAME, ALLOWED, EARLIER, EARLIER_SAME, EARLIER_STATUS, RULES };

static bool in_body(const struct field *field, const json_t *body)
{
	return body && field_is_column(field) && json_object_get(body, field->name);
}

/* Whether the last of the rows of which one has to remain is out of reach. */
static bool keeps_last(const struct store_call *call)
{
	return call->resource->remains && call->actor.kind != ACTOR_COMMAND &&
	       call->actor.access < ACCESS_OPERATOR && !store_below_owner(call);
}

/* The rules a change is under, and what they speak of. */
struct rules {
	const struct resource_rule *rows;
	size_t n;
	const char *over;
};

static struct rules rules_of(const struct store_change *change)
{
	const struct resource *resource = change->call->resource;

	if (!change->body)
		return (struct rules){resource->keeps, resource->n_keeps, "b"};
	return (struct rules){resource->rules, resource->n_rules, change->key ? "n, b" : "n"};
}

/* What the same SQL is called: all that varies is in it (store_add_where adds the rest). */
static void add_name(const struct store_change *change, struct store_sql *sql)
{
	const struct store_call *call = change->call;
	unsigned mask = 0;

	for (size_t i = 0; i < call->resource->n_fields; i++)
		if (in_body(&call->resource->fields[i], change->body))
			mask |= 1u << i;
	text_addf(&sql->name, "%s.%s_%x%s%s%s%s%s", call->resource->name, change->action, mask,
	          change->show_secrets ? "_secrets" : "", call->if_match ? "_if" : "",
	          store_below_owner(call) ? "_below" : "", keeps_last(call) ? "_keeps" : "",
	          change->once ? "_once" : "");
}

/* "a, b, c", each behind before. */
static void add_body_columns(const struct store_change *change, const char *before,
                             struct store_sql *sql)
{
	const struct resource *resource = change->call->resource;
	const char *comma = "";

	for (size_t i = 0; i < resource->n_fields; i++) {
		if (!in_body(&resource->fields[i], change->body))
			continue;
		text_addf(&sql->sql, "%s%s%s", comma, before, resource->fields[i].name);
		comma = ", ";
	}
}

/* False for the last row of those of which one has to remain. The tenant's lock is held. */
static void add_not_last(const struct store_call *call, struct store_sql *sql)
{
	const struct resource *resource = call->resource;

	text_add(&sql->sql, "not (");
	store_add_text(sql, resource->remains, ":row", "e");
	text_addf(&sql->sql,
	          " and not exists (select from %s as x where x.%s = e.%s and x.%s <> e.%s and ",
	          resource->table, resource->tenant_column, resource->tenant_column,
	          resource->keys[0], resource->keys[0]);
	store_add_text(sql, resource->remains, ":row", "x");
	text_add(&sql->sql, "))");
}

/* An update may leave such a row one of them. */
static void add_still_one(const struct store_change *change, struct store_sql *sql)
{
	if (!change->body || !keeps_last(change->call))
		return;
	text_add(&sql->sql, " or (select coalesce(");
	store_add_text(sql, change->call->resource->remains, ":row", "n");
	text_add(&sql->sql, ", true) from n)");
}

static void add_before(const struct store_change *change, struct store_sql *sql)
{
	const struct store_call *call = change->call;
	char version[STORE_VERSION_MAX];

	text_add(&sql->sql, "b as materialized (select ");
	for (size_t i = 0; i < change->key->n; i++)
		text_addf(&sql->sql, "e.%s, ", call->resource->keys[i]);
	if (call->resource->tenant_column)
		text_addf(&sql->sql, "e.%s, ", call->resource->tenant_column);
	text_add(&sql->sql, "to_json(e)::text as stored_, ");
	if (store_below_owner(call)) {
		text_add(&sql->sql, "not (");
		store_add_text(sql, call->resource->owners_only, ":row", "e");
		text_add(&sql->sql, ")");
	} else if (keeps_last(call)) {
		add_not_last(call, sql);
	} else {
		text_add(&sql->sql, "true");
	}
	text_add(&sql->sql, " as allowed_, ");
	if (call->if_match) {
		snprintf(version, sizeof(version), "%s", call->if_match);
		store_add_version(sql, "to_json(e)::text");
		text_addf(&sql->sql, " = $%zu", store_sql_value(sql, version));
	} else {
		text_add(&sql->sql, "true");
	}
	text_addf(&sql->sql, " as same_ from %s as e", call->resource->table);
	store_add_where(call, change->key, sql);
	text_add(&sql->sql, "), ");
}

static void add_set(const struct store_change *change, struct store_sql *sql)
{
	const struct resource *resource = change->call->resource;
	const char *comma = "";

	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];

		if (field->flags & FIELD_TOUCHED)
			text_addf(&sql->sql, "%s%s = now()", comma, field->name);
		else if (field->touched_by && json_object_get(change->body, field->touched_by))
			text_addf(&sql->sql,
			          "%1$s%2$s = case when e.%3$s is distinct from n.%3$s then now()"
			          " else e.%2$s end",
			          comma, field->name, field->touched_by);
		else if (in_body(field, change->body))
			text_addf(&sql->sql, "%s%s = n.%s", comma, field->name, field->name);
		else
			continue;
		comma = ", ";
	}
}

static void add_conditions(const struct store_change *change, struct store_sql *sql)
{
	const struct resource *resource = change->call->resource;
	const struct rules rules = rules_of(change);

	for (size_t i = 0; change->key && i < change->key->n; i++)
		text_addf(&sql->sql, " and e.%s = b.%s", resource->keys[i], resource->keys[i]);
	/* The same key may be another tenant's row, too: a person belongs to several. */
	if (change->key && resource->tenant_column)
		text_addf(&sql->sql, " and e.%s = b.%s", resource->tenant_column,
		          resource->tenant_column);
	if (change->key) {
		text_add(&sql->sql, " and b.same_ and (b.allowed_");
		add_still_one(change, sql);
		text_add(&sql->sql, ")");
	}
	if (change->body && store_below_owner(change->call)) {
		text_add(&sql->sql, " and coalesce(not (");
		store_add_text(sql, resource->owners_only, ":row", "n");
		text_add(&sql->sql, "), true)");
	}
	if (change->once)
		text_add(&sql->sql, " and not exists (select from o)");
	for (size_t i = 0; i < rules.n; i++) {
		text_add(&sql->sql, " and (");
		store_add_text(sql, rules.rows[i].holds, ":nth", "1");
		text_add(&sql->sql, ")");
	}
}

/* What n is made of; NULL: no memory. */
static char *dump_values(const struct store_change *change)
{
	AUTO(json_auto_unref) json_t *values = json_copy((json_t *)change->body);

	for (size_t i = 0; change->key && i < change->key->n; i++)
		if (json_object_set_new(values, change->call->resource->keys[i],
		                        json_string(change->key->values[i])))
			return NULL;
	return values ? json_dumps(values, RESOURCE_JSON) : NULL;
}

static void add_write(const struct store_change *change, struct store_sql *sql)
{
	const struct resource *resource = change->call->resource;
	const char *effect = change->body ? resource->written : resource->deleted;

	if (change->body)
		text_addf(&sql->sql,
		          "n as materialized (select * from"
		          " jsonb_populate_record(null::%s, $%zu::jsonb)), ",
		          resource->table, store_sql_take(sql, dump_values(change)));
	if (!change->key) {
		text_addf(&sql->sql, "w as (insert into %s as e (", resource->table);
		add_body_columns(change, "", sql);
		text_add(&sql->sql, ") select ");
		add_body_columns(change, "n.", sql);
		text_add(&sql->sql, " from n where true");
	} else if (change->body) {
		text_addf(&sql->sql, "w as (update %s as e set ", resource->table);
		add_set(change, sql);
		text_add(&sql->sql, " from b, n where true");
	} else {
		text_addf(&sql->sql, "w as (delete from %s as e using b where true",
		          resource->table);
	}
	add_conditions(change, sql);
	text_add(&sql->sql, " returning e.*, public.row_json(e)::text as stored_");
	if (effect)
		text_addf(&sql->sql, ", %s as effect_", effect);
	text_add(&sql->sql, ")");
}

/* The same columns as store_show gives. */
static void add_shown(const struct store_change *change, struct store_sql *sql)
{
	struct store_call call = *change->call;

	call.show_secrets = change->show_secrets;
	text_add(&sql->sql,
	         ", s as materialized (select row_to_json(r)::text as shown from (select ");
	store_add_columns(&call, true, sql);
	text_add(&sql->sql, " from w as e) as r)");
}

/* A stored row for the audit log: secrets masked, what is hidden left out unless it was written. */
static void add_masked(const struct store_change *change, const char *row, bool after,
                       struct store_sql *sql)
{
	const struct resource *resource = change->call->resource;
	AUTO(text_clear) struct text masks = {0};

	text_addf(&sql->sql, "%s.stored_::jsonb", row);
	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];

		if (!field_is_column(field) || !(field->flags & (FIELD_HIDDEN | FIELD_SECRET)))
			continue;
		if (field->flags & FIELD_HIDDEN)
			text_addf(&sql->sql, " - '%s'", field->name);
		if ((field->flags & FIELD_SECRET) || (after && in_body(field, change->body)))
			text_addf(&masks, "%s\"%s\":\"" AUDIT_MASK "\"", masks.length ? "," : "",
			          field->name);
	}
	if (masks.length)
		text_addf(&sql->sql, " || '{%s}'::jsonb", text_string(&masks));
	sql->sql.failed |= masks.failed;
}

static void add_actor(const struct actor *actor, struct store_sql *sql)
{
	struct audit_actor texts;

	audit_actor(actor, &texts);
	text_addf(&sql->sql, "$%zu::text as actor_kind, ", store_sql_value(sql, texts.kind));
	text_addf(&sql->sql, "nullif($%zu, '')::uuid as actor_id, ",
	          store_sql_value(sql, texts.user ? texts.user : ""));
	text_addf(&sql->sql, "left($%zu, 254) as actor_name, ", store_sql_value(sql, texts.name));
	text_addf(&sql->sql, "left($%zu, 45) as address, ", store_sql_value(sql, texts.address));
	text_addf(&sql->sql, "left($%zu, 64) as request_id, ",
	          store_sql_value(sql, texts.request_id));
}

static void add_entry(const struct store_change *change, struct store_sql *sql)
{
	const struct resource *resource = change->call->resource;

	text_add(&sql->sql, ", d as materialized (select ");
	add_actor(&change->call->actor, sql);
	text_addf(&sql->sql, "'%s'::text as action, '%s'::text as resource, left(", change->action,
	          resource->name);
	for (size_t i = 0; i < resource_key_count(resource); i++)
		text_addf(&sql->sql, "%sw.%s::text", i ? " || '/' || " : "", resource->keys[i]);
	text_add(&sql->sql, ", 254) as resource_id, ");
	if (change->key)
		add_masked(change, "b", false, sql);
	else
		text_add(&sql->sql, "null::jsonb");
	text_add(&sql->sql, " as before, ");
	if (change->body)
		add_masked(change, "w", true, sql);
	else
		text_add(&sql->sql, "null::jsonb");
	text_addf(&sql->sql, " as after from w%s)", change->key ? ", b" : "");
}

#define EVENT_DATA                                                                                 \
	"jsonb_build_object('resource', d.resource, 'id', d.resource_id, 'action', d.action)"

/* The trimming is event_add's of sql/queries/audit.sql. */
static void add_told(const struct store_change *change, struct store_sql *sql)
{
	static const char columns[] =
		"actor_kind, actor_id, actor_name, address, request_id, action,"
		" resource, resource_id, before, after";
	bool tenants = change->call->resource->write_door == TX_TENANT;

	if (!tenants && change->call->resource->audited_by)
		return;
	text_addf(&sql->sql, ", a as (insert into %s (%s) select %s from d)",
	          tenants ? "audit_log" : "public.audit_log", columns, columns);
	if (tenants)
		text_add(&sql->sql,
		         ", v as (insert into events (kind, data) select 'change', " EVENT_DATA
		         " from d), t as (delete from events as e where e.id in"
		         " (select l.id from events as l order by l.id limit 4)"
		         " and exists (select from w) and (e.at < now() - interval '1 day'"
		         " or e.id < (select max(l.id) from events as l) - 10000))");
}

static const char *keys_table(const struct store_call *call)
{
	return call->resource->write_door == TX_TENANT ? "idempotency_keys"
	                                               : "public.idempotency_keys";
}

/* The values of a key begin at the $ number that comes back: actor, key, hash, status. */
static size_t add_earlier(const struct store_change *change, struct store_sql *sql)
{
	const struct store_once *once = change->once;
	struct store_once_texts texts;
	size_t at;

	store_once_text(once, &texts);
	at = store_sql_value(sql, texts.actor);
	store_sql_value(sql, once->key);
	store_sql_value(sql, texts.hash);
	store_sql_value(sql, texts.status);
	text_addf(&sql->sql,
	          "o as materialized (select k.answer, k.status, k.request_hash = $%zu::bytea as"
	          " same from %s as k where k.actor = $%zu::uuid and k.key = $%zu::text"
	          " and k.created_at > now() - interval '1 day'), ",
	          at + 2, keys_table(change->call), at, at + 1);
	return at;
}

/* Keeps the answer, in place of one that is over a day old, and takes other old ones with it. */
static void add_key(const struct store_change *change, size_t at, struct store_sql *sql)
{
	const char *table = keys_table(change->call);

	text_addf(&sql->sql,
	          ", i as (insert into %s as k (actor, key, request_hash, status, answer)"
	          " select $%zu::uuid, $%zu::text, $%zu::bytea, $%zu::integer, s.shown from s"
	          " on conflict (actor, key) do update set request_hash = excluded.request_hash,"
	          " status = excluded.status, answer = excluded.answer, created_at = now())",
	          table, at, at + 1, at + 2, at + 3);
	text_addf(&sql->sql,
	          ", x as (delete from %s as k using (select l.actor, l.key from %s as l"
	          " where l.created_at < now() - interval '1 day' order by l.created_at limit 4)"
	          " as old where k.actor = old.actor and k.key = old.key"
	          " and (k.actor, k.key) <> ($%zu::uuid, $%zu::text))",
	          table, table, at, at + 1);
}

static void add_outcome(const struct store_change *change, struct store_sql *sql)
{
	const struct store_call *call = change->call;
	const struct resource *resource = call->resource;
	const struct rules rules = rules_of(change);
	char tenant[UUID_TEXT_MAX];

	text_addf(&sql->sql, " select %s, (select ",
	          change->body ? "(select s.shown from s)" : "(select '' from w)");
	store_add_version(sql, "w.stored_");
	text_add(&sql->sql, " from w), ");
	text_add(&sql->sql, change->key ? "exists (select from b), (select b.same_ from b), "
	                                : "true, true, ");
	text_add(&sql->sql, change->key ? "(coalesce((select b.allowed_ from b), true)" : "(true");
	if (change->key)
		add_still_one(change, sql);
	text_add(&sql->sql, ")");
	if (change->body && store_below_owner(call)) {
		text_add(&sql->sql, " and coalesce((select not (");
		store_add_text(sql, resource->owners_only, ":row", "n");
		text_add(&sql->sql, ") from n), true)");
	}
	text_add(&sql->sql, change->once ? ", (select o.answer from o), (select o.same from o),"
	                                   " (select o.status from o)"
	                                 : ", null, null, null");
	for (size_t i = 0; i < rules.n; i++) {
		text_add(&sql->sql,
		         ", case when not exists (select from w) then (select coalesce((");
		store_add_text(sql, rules.rows[i].holds, ":nth", "1");
		text_addf(&sql->sql, "), false) from %s) end", rules.over);
	}
	if (resource->audited_by)
		text_addf(&sql->sql,
		          ", (select public.record_change($%zu::uuid, to_jsonb(d), " EVENT_DATA
		          ") from d)",
		          store_sql_value(sql, uuid_format(&change->tenant, tenant)));
}

static void build(const struct store_change *change, struct store_sql *sql)
{
	size_t key_at = 0;

	add_name(change, sql);
	text_add(&sql->sql, "with ");
	if (change->once)
		key_at = add_earlier(change, sql);
	if (change->key)
		add_before(change, sql);
	add_write(change, sql);
	if (change->body)
		add_shown(change, sql);
	add_entry(change, sql);
	add_told(change, sql);
	if (change->once)
		add_key(change, key_at, sql);
	add_outcome(change, sql);
}

/* Why nothing was written. */
static enum error_code refusal(const struct store_change *change, const struct tx_result *result,
                               size_t at, struct error *err)
{
	const struct resource *resource = change->call->resource;
	const struct rules rules = rules_of(change);

	if (!store_is_true(tx_value(result, at, 0, FOUND)))
		return store_not_found(change->call, err);
	if (!store_is_true(tx_value(result, at, 0, SAME)))
		return error_set(err, ERROR_PRECONDITION, "if_match",
		                 "the %s was changed meanwhile", resource->name);
	if (!store_is_true(tx_value(result, at, 0, ALLOWED)) && keeps_last(change->call))
		return error_set(err, ERROR_CONFLICT, resource->keys[0], "%s",
		                 resource->remains_rule);
	if (!store_is_true(tx_value(result, at, 0, ALLOWED)))
		return error_set(err, ERROR_FORBIDDEN, resource->keys[0], "only %s may do this",
		                 resource->operators ? "an operator" : "an owner");
	for (size_t i = 0; i < rules.n; i++) {
		const struct resource_rule *rule = &rules.rows[i];
		const char *holds = tx_value(result, at, 0, RULES + i);

		if (holds && !store_is_true(holds))
			return error_set(err, rule->code, rule->field, "%s", rule->message);
	}
	return store_not_found(change->call, err);
}

static enum error_code read_outcome(const struct store_change *change,
                                    const struct tx_result *result, size_t at, struct text *ret_row,
                                    struct error *err)
{
	const char *shown = tx_value(result, at, 0, SHOWN);
	const char *earlier = tx_value(result, at, 0, EARLIER);

	if (earlier)
		return store_replay(change->once, earlier,
		                    store_is_true(tx_value(result, at, 0, EARLIER_SAME)),
		                    tx_value(result, at, 0, EARLIER_STATUS), ret_row, err);
	if (!shown)
		return refusal(change, result, at, err);
	if (!ret_row)
		return ERROR_OK;
	store_etag(change->call, tx_value(result, at, 0, VERSION), shown);
	text_reset(ret_row);
	text_add(ret_row, shown);
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* Where no tenant's lock orders the writers: the row's. */
static enum error_code lock_row(const struct store_change *change, struct store_sql *lock,
                                struct tx_statement *ret_statement, struct error *err)
{
	text_addf(&lock->name, "%s.lock", change->call->resource->name);
	text_addf(&lock->sql, "select 1 from %s as e", change->call->resource->table);
	store_add_where(change->call, change->key, lock);
	text_add(&lock->sql, " for update of e");
	return store_sql_ready(lock, ret_statement, err);
}

enum error_code store_change_run(struct store_change *change, struct text *ret_row,
                                 struct error *err)
{
	const struct store_call *call = change->call;
	const struct resource *resource = call->resource;
	struct tx_scope scope = store_scope(call, true);
	AUTO(store_sql_clear) struct store_sql sql = {0};
	AUTO(store_sql_clear) struct store_sql lock = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement parts[3];
	char tenant[UUID_TEXT_MAX], key[STORE_LOCK_MAX];
	size_t n = 0;
	enum error_code code = ERROR_OK;

	change->tenant = call->tenant;
	/* A tenant's own row. */
	if (resource->audited_by && !resource->tenant_column && change->key &&
	    !uuid_parse(change->key->values[0], &change->tenant))
		return store_not_found(call, err);
	/* Whoever has it in memory hears which tenant it is, also from the command line. */
	scope.tenant = change->tenant;
	build(change, &sql);
	if (!uuid_is_nil(&change->tenant))
		parts[n++] = event_lock(uuid_format(&change->tenant, tenant));
	else if (change->key)
		code = lock_row(change, &lock, &parts[n++], err);
	if (change->once && resource->write_door != TX_TENANT)
		parts[n++] = store_key_lock(change->once, key);
	if (!code)
		code = store_sql_ready(&sql, &parts[n], err);
	if (!code)
		code = tx_run(call->db, &scope, parts, n + 1, &result, err);
	return code ? code : read_outcome(change, result, n, ret_row, err);
}

enum error_code store_change_check(struct store_change *change, struct error *err)
{
	AUTO(store_sql_clear) struct store_sql sql = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code;

	text_addf(&sql.name, "%s.check%s%s", change->call->resource->name,
	          change->call->if_match ? "_if" : "",
	          store_below_owner(change->call) ? "_below"
	          : keeps_last(change->call)      ? "_keeps"
	                                          : "");
	text_add(&sql.sql, "with ");
	add_before(change, &sql);
	text_add(&sql.sql, "w as (select where false) select null, null, exists (select from b),"
	                   " (select b.same_ from b), (select b.allowed_ from b)");
	code = store_run(change->call, false, &sql, &result, err);
	if (code)
		return code;
	for (int column = FOUND; column <= ALLOWED; column++)
		if (!store_is_true(tx_value(result, 0, 0, (size_t)column)))
			return refusal(change, result, 0, err);
	return ERROR_OK;
}
