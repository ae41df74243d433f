/* The store against a real PostgreSQL: the resource table is the catalogue's, and the rules across
 * tables hold when two write at once. */
#include <pthread.h>
#include <stdio.h>

#include "base/random.h"
#include "db/migrate.h"
#include "domain/password.h"
#include "domain/store.h"
#include "domain/tenant.h"
#include "domain/user.h"
#include "postgres.h"
#include "unit.h"

static struct postgres *postgres;
static struct db *db;
static struct tenant tenant;

static struct store_call call_of(const char *name)
{
	return (struct store_call){.db = db, .resource = resource_find(name), .tenant = tenant.id};
}

static enum error_code create(const char *name, struct text *row, struct error *err, json_t *body)
{
	const struct store_call call = call_of(name);
	enum error_code code;

	assert_non_null(body);
	code = store_create(&call, body, row, err);
	json_decref(body);
	return code;
}

/* The column of a row just made, as text. */
static void column_of(const struct text *row, const char *column, char *value, size_t size)
{
	json_t *json = json_loads(text_string(row), 0, NULL);

	assert_non_null(json_string_value(json_object_get(json, column)));
	snprintf(value, size, "%s", json_string_value(json_object_get(json, column)));
	json_decref(json);
}

static int setup(void **state)
{
	static struct db_config config;
	const struct migrate_options options = {0};
	AUTO(text_clear) struct text row = {0};
	struct migrate_counts counts;
	struct error err;

	(void)state;
	assert_int_equal(random_open(&err), ERROR_OK);
	postgres = postgres_new();
	config = (struct db_config){.owner = postgres_owner(postgres)};
	assert_int_equal(db_open(&config, &db, &err), ERROR_OK);
	if (migrate_run(db, &options, &counts, &err))
		fail_msg("%s: %s (%s)", err.field, err.message, err.detail);
	assert_int_equal(create("tenant", &row, &err,
	                        json_pack("{ssss}", "name", "Acme", "domain", "acme.example")),
	                 ERROR_OK);
	assert_int_equal(tenant_find(db, "ACME.example", &tenant, &err), ERROR_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(db);
	postgres_free(postgres);
	return 0;
}

/* --- the table is the catalogue's ------------------------------------------------------------ */

static const char *const sql_types[] = {
	[FIELD_TEXT] = "text",   [FIELD_INTEGER] = "int4",     [FIELD_UUID] = "uuid",
	[FIELD_CHOICE] = "enum", [FIELD_TIME] = "timestamptz", [FIELD_JSON] = "jsonb",
	[FIELD_SWITCH] = "bool",
};

static void schema_of(const struct resource *resource, char schema[static 64], const char **table)
{
	char hex[UUID_HEX_MAX];

	if (strncmp(resource->table, "public.", 7) == 0) {
		snprintf(schema, 64, "public");
		*table = resource->table + 7;
	} else {
		snprintf(schema, 64, "tenant_%s", uuid_format_hex(&tenant.id, hex));
		*table = resource->table;
	}
}

/* "id uuid not null, ..." as the table says it and as PostgreSQL does. */
static void test_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_resources; i++) {
		const struct resource *resource = &resources[i];
		AUTO(text_clear) struct text ours = {0};
		char schema[64], sql[1024], theirs[4096] = "";
		const char *table;

		schema_of(resource, schema, &table);
		for (size_t k = 0; k < resource->n_fields; k++) {
			const struct field *field = &resource->fields[k];

			if (field_is_column(field))
				text_addf(&ours, "%s%s %s%s", ours.length ? ", " : "", field->name,
				          sql_types[field->type],
				          field->flags & FIELD_NULLABLE ? "" : " not null");
		}
		snprintf(sql, sizeof(sql),
		         "select string_agg(format('%%s %%s%%s', a.attname, case"
		         " when t.typtype = 'e' or exists (select from pg_constraint k where"
		         " k.conrelid = a.attrelid and k.contype = 'c' and k.conkey = "
		         "array[a.attnum]"
		         " and pg_get_constraintdef(k.oid) ~ '^CHECK ..\\w+ = ANY') then 'enum'"
		         " when t.typname in ('inet', 'bytea') then 'text' when t.typname = 'int8' "
		         "then 'int4'"
		         " else t.typname end,"
		         " case when a.attnotnull then ' not null' end), ', ' order by a.attnum)"
		         " from pg_attribute a join pg_type t on t.oid = a.atttypid"
		         " where a.attrelid = '%s.%s'::regclass and a.attnum > 0"
		         " and not a.attisdropped",
		         schema, table);
		postgres_sql(postgres, sql, theirs, sizeof(theirs));
		assert_string_equal(text_string(&ours), theirs);
	}
}

static void test_choices(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_resources; i++)
		for (size_t k = 0; k < resources[i].n_fields; k++) {
			const struct field *field = &resources[i].fields[k];
			char schema[64], sql[1024], theirs[1024] = "";
			const char *table;

			if (field->type != FIELD_CHOICE || !field_is_column(field))
				continue;
			schema_of(&resources[i], schema, &table);
			snprintf(sql, sizeof(sql),
			         "select coalesce((select string_agg(e.enumlabel, ' ' order by"
			         " e.enumsortorder) from pg_enum e where e.enumtypid = a.atttypid),"
			         " (select string_agg(m[1], ' ') from pg_constraint k,"
			         " regexp_matches(pg_get_constraintdef(k.oid), "
			         "'''([^'']+)''::text', 'g')"
			         " as m where k.conrelid = a.attrelid and k.contype = 'c'"
			         " and k.conkey = array[a.attnum])) from pg_attribute a"
			         " where a.attrelid = '%s.%s'::regclass and a.attname = '%s'",
			         schema, table, field->name);
			postgres_sql(postgres, sql, theirs, sizeof(theirs));
			assert_string_equal(field->choices, theirs);
		}
}

/* --- names, pages, values --------------------------------------------------------------------- */

static void test_pages_of_equal_names(void **state)
{
	enum { QUEUES = 5 };
	const struct store_call call = call_of("queue");
	AUTO(text_clear) struct text row = {0};
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	AUTO(text_clear) struct text after = {0};
	const char *const keys[] = {"Sales, the \"first\""};
	struct error err;
	char schema[64], sql[256];
	const char *table;
	size_t seen = 0;

	(void)state;
	/* As they may have been made before names had a rule. */
	schema_of(call.resource, schema, &table);
	snprintf(sql, sizeof(sql),
	         "insert into %s.%s (name) select '%s' from generate_series(1, %d)", schema, table,
	         keys[0], QUEUES);
	postgres_sql(postgres, sql, NULL, 0);
	do {
		const struct store_query query = {
			.limit = 2, .after = after.length ? text_string(&after) : NULL};
		json_t *page;

		assert_int_equal(store_list(&call, &query, &rows, &next, &err), ERROR_OK);
		page = json_loads(text_string(&rows), 0, NULL);
		seen += json_array_size(page);
		json_decref(page);
		text_reset(&after);
		text_add(&after, text_string(&next));
	} while (after.length && seen <= QUEUES);
	assert_int_equal(seen, QUEUES);
	assert_int_equal(store_show(&call, keys, &row, &err), ERROR_CONFLICT);
}

static void test_hostile_values_are_values(void **state)
{
	static const char evil[] = "x'; drop table queues; -- $1 \\ \" %s %n \xf0\x9f\x93\x9e";
	const struct store_call call = call_of("tenant");
	AUTO(text_clear) struct text row = {0};
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	const char *const keys[] = {tenant.domain};
	json_t *filter = json_pack("{ss}", "name", evil);
	json_t *body = json_pack("{ss}", "name", evil);
	const struct store_query query = {.filter = filter};
	char name[128];
	struct error err;

	(void)state;
	assert_int_equal(store_update(&call, keys, body, &row, &err), ERROR_OK);
	json_decref(body);
	assert_int_equal(store_show(&call, keys, &row, &err), ERROR_OK);
	column_of(&row, "name", name, sizeof(name));
	assert_string_equal(name, evil);
	assert_int_equal(store_list(&call, &query, &rows, &next, &err), ERROR_OK);
	assert_non_null(strstr(text_string(&rows), "drop table"));
	json_decref(filter);
	filter = json_pack("{ss}", "name = name or name", "x");
	assert_int_equal(
		store_list(&call, &(struct store_query){.filter = filter}, &rows, &next, &err),
		ERROR_UNKNOWN_FIELD);
	json_decref(filter);
}

static void test_hash_is_never_shown(void **state)
{
	struct store_call call = call_of("user");
	AUTO(text_clear) struct text row = {0};
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	const char *const keys[] = {"Eve@example.com"};
	const struct store_query query = {0};
	json_t *body = json_pack("{ssss}", "email", "eve@example.com", "password", "correct horse");
	char hash[PASSWORD_HASH_MAX];
	struct error err;

	(void)state;
	call.show_secrets = true;
	assert_int_equal(create("user", &row, &err, body), ERROR_OK);
	assert_null(strstr(text_string(&row), "argon2"));
	assert_null(strstr(text_string(&row), "correct"));
	assert_int_equal(store_show(&call, keys, &row, &err), ERROR_OK);
	assert_null(strstr(text_string(&row), "argon2"));
	assert_int_equal(store_list(&call, &query, &rows, &next, &err), ERROR_OK);
	assert_null(strstr(text_string(&rows), "argon2"));
	postgres_sql(postgres, "select password_hash from users where email = 'eve@example.com'",
	             hash, sizeof(hash));
	assert_true(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
	assert_true(password_matches(hash, "correct horse"));
	assert_false(password_matches(hash, "correct house"));
	assert_int_equal(store_delete(&call, keys, &err), ERROR_OK);
}

static void test_call_record_with_details(void **state)
{
	static const char id[] = "01a2040a-4445-7ced-ba22-41c351772482";
	const struct store_call call = call_of("cdr");
	AUTO(text_clear) struct text row = {0};
	AUTO(text_clear) struct text next = {0};
	AUTO(json_auto_unref) json_t *shown = NULL;
	const struct store_query in = {.from = "2026-01-31T10:00:00Z",
	                               .to = "2026-01-31T10:00:01Z"};
	const struct store_query out = {.from = "2026-01-31T10:00:01Z"};
	const char *const keys[] = {id};
	char schema[64], sql[1024];
	const char *table, *cause;
	struct error err;
	int duration;

	(void)state;
	schema_of(call.resource, schema, &table);
	snprintf(sql, sizeof(sql),
	         "insert into %s.cdrs (id, caller_id_number, dest_number, start_time, end_time,"
	         " duration) values ('%s', '101', '102', '2026-01-31T10:00:00.5Z',"
	         " '2026-01-31T10:00:03Z', 2); insert into %s.cdr_details (cdr_id, disposition,"
	         " cause, legs) values ('%s', 'no_answer', 'timeout', '[{\"phone\": 1}]')",
	         schema, id, schema, id);
	postgres_sql(postgres, sql, NULL, 0);
	assert_int_equal(store_show(&call, keys, &row, &err), ERROR_OK);
	shown = json_loads(text_string(&row), 0, NULL);
	assert_int_equal(json_unpack(shown, "{s:i, s:n, s:{s:s}}", "duration", &duration,
	                             "answer_time", "details", "cause", &cause),
	                 0);
	assert_int_equal(duration, 2);
	assert_string_equal(cause, "timeout");
	assert_int_equal(store_list(&call, &in, &row, &next, &err), ERROR_OK);
	assert_non_null(strstr(text_string(&row), id));
	assert_null(strstr(text_string(&row), "details"));
	assert_int_equal(store_list(&call, &out, &row, &next, &err), ERROR_OK);
	assert_string_equal(text_string(&row), "[]");
}

/* --- two at once ------------------------------------------------------------------------------ */

enum { ROUNDS = 30 };

struct writer {
	const char *resource;
	json_t *body;
	pthread_barrier_t *start;
	enum error_code code;
	struct error err;
};

static void *write_one(void *arg)
{
	struct writer *writer = arg;
	const struct store_call call = call_of(writer->resource);
	AUTO(text_clear) struct text row = {0};

	pthread_barrier_wait(writer->start);
	writer->code = store_create(&call, writer->body, &row, &writer->err);
	return NULL;
}

static void race(struct writer writers[static 2])
{
	pthread_barrier_t start;
	pthread_t threads[2];

	pthread_barrier_init(&start, NULL, 2);
	for (size_t i = 0; i < 2; i++) {
		writers[i].start = &start;
		assert_int_equal(pthread_create(&threads[i], NULL, write_one, &writers[i]), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		json_decref(writers[i].body);
	}
	pthread_barrier_destroy(&start);
}

static void test_extension_and_number_race(void **state)
{
	AUTO(text_clear) struct text row = {0};
	char id[UUID_TEXT_MAX], collisions[16];
	char schema[64], sql[256];
	const char *table;
	struct error err;

	(void)state;
	assert_int_equal(
		create("extension", &row, &err, json_pack("{ss}", "extension_number", "99")),
		ERROR_OK);
	column_of(&row, "id", id, sizeof(id));
	for (int round = 0; round < ROUNDS; round++) {
		char number[8];
		struct writer writers[2] = {{.resource = "extension"}, {.resource = "number"}};

		snprintf(number, sizeof(number), "%d", 300 + round);
		writers[0].body = json_pack("{ss}", "extension_number", number);
		writers[1].body = json_pack("{ssss}", "number", number, "extension_id", id);
		race(writers);
		assert_int_equal((writers[0].code == ERROR_OK) + (writers[1].code == ERROR_OK), 1);
		for (size_t i = 0; i < 2; i++)
			assert_true(writers[i].code == ERROR_OK ||
			            writers[i].code == ERROR_CONFLICT);
	}
	schema_of(resource_find("number"), schema, &table);
	snprintf(sql, sizeof(sql),
	         "select count(*) from %s.numbers n join %s.extensions e"
	         " on e.extension_number = n.number",
	         schema, schema);
	postgres_sql(postgres, sql, collisions, sizeof(collisions));
	assert_string_equal(collisions, "0");
}

struct leaver {
	struct uuid user;
	pthread_barrier_t *start;
	enum error_code code;
	struct error err;
};

static void *leave(void *arg)
{
	const struct store_call call = {.db = db};
	struct leaver *leaver = arg;

	pthread_barrier_wait(leaver->start);
	leaver->code = user_leave(&call, &leaver->user, &tenant.id, &leaver->err);
	return NULL;
}

static void test_assignment_and_leaving_race(void **state)
{
	AUTO(text_clear) struct text row = {0};
	char id[UUID_TEXT_MAX], schema[64], sql[512], strays[16];
	struct leaver leaver;
	const char *table;
	struct error err;
	json_t *user = json_pack("{ssss}", "email", "bob@example.com", "password", "long enough");

	(void)state;
	assert_int_equal(create("user", &row, &err, user), ERROR_OK);
	column_of(&row, "id", id, sizeof(id));
	assert_true(uuid_parse(id, &leaver.user));
	schema_of(resource_find("extension"), schema, &table);
	snprintf(sql, sizeof(sql),
	         "select count(*) from %s.extensions e where e.user_id is not null and not exists"
	         " (select from user_tenants m where m.user_id = e.user_id)",
	         schema);
	for (int round = 0; round < ROUNDS; round++) {
		struct writer writer = {.resource = "extension"};
		pthread_barrier_t start;
		pthread_t threads[2];
		char number[8];

		assert_int_equal(
			create("member", &row, &err,
		               json_pack("{ssss}", "user_id", "BOB@example.com", "role", "agent")),
			ERROR_OK);
		snprintf(number, sizeof(number), "%d", 400 + round);
		writer.body = json_pack("{ssss}", "extension_number", number, "user_id", id);
		pthread_barrier_init(&start, NULL, 2);
		writer.start = leaver.start = &start;
		pthread_create(&threads[0], NULL, write_one, &writer);
		pthread_create(&threads[1], NULL, leave, &leaver);
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], NULL);
		pthread_barrier_destroy(&start);
		json_decref(writer.body);
		assert_int_equal(leaver.code, ERROR_OK);
		assert_true(writer.code == ERROR_OK || writer.code == ERROR_INVALID);
		postgres_sql(postgres, sql, strays, sizeof(strays));
		assert_string_equal(strays, "0");
	}
}

/* What was refused by one rule leaves nothing of another's effect behind. */
static void test_refused_extension_claims_no_name(void **state)
{
	AUTO(text_clear) struct text row = {0};
	char before[16], after[16];
	struct error err;

	(void)state;
	postgres_sql(postgres, "select count(*) from auth_usernames", before, sizeof(before));
	assert_int_equal(create("extension", &row, &err,
	                        json_pack("{ssss}", "extension_number", "55", "user_id",
	                                  "01a2040a-4445-7ced-ba22-41c351772482")),
	                 ERROR_INVALID);
	assert_string_equal(err.field, "user_id");
	assert_string_equal(err.message, "must be a member of the tenant");
	postgres_sql(postgres, "select count(*) from auth_usernames", after, sizeof(after));
	assert_string_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_pages_of_equal_names),
		cmocka_unit_test(test_hostile_values_are_values),
		cmocka_unit_test(test_hash_is_never_shown),
		cmocka_unit_test(test_call_record_with_details),
		cmocka_unit_test(test_extension_and_number_race),
		cmocka_unit_test(test_assignment_and_leaving_race),
		cmocka_unit_test(test_refused_extension_claims_no_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
