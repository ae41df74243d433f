/*
 * sql/public.sql and sql/tenant.sql are what the migrations make: the migrations are applied one
 * after the other and the catalogue is written down again (sql/flat.sql). What the flat scripts
 * make must come out the same. With CENTREX_WRITE=1 the files are written (script/schema).
 */
#include "base/text.h"
#include "database.h"
#include "db/migrate.h"
#include "unit.h"

static const char header[] = "-- Written by script/schema from the migrations; a change belongs "
			     "into a new one of those.\n\n";

/* As psql runs it; to be freed. */
static char *describe(const struct database *database, const char *name, const char *schema,
                      const char *path)
{
	const char *source = getenv("CENTREX_SOURCE");
	struct text out = {0};
	char command[1024], bytes[4096];
	FILE *pipe;
	size_t n;

	snprintf(command, sizeof(command),
	         "psql -qAtX -v ON_ERROR_STOP=1 -v schema=%s -v path=%s -f '%s/sql/flat.sql' "
	         "'host=%s user=super dbname=%s'",
	         schema, path, source ? source : ".", postgres_directory(database->postgres), name);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	text_add(&out, header);
	while ((n = fread(bytes, 1, sizeof(bytes), pipe)) > 0)
		text_add_n(&out, bytes, n);
	assert_int_equal(pclose(pipe), 0);
	assert_false(out.failed);
	return text_take(&out);
}

static void write_file(const char *path, const char *text)
{
	const char *source = getenv("CENTREX_SOURCE");
	char whole[512];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", source ? source : ".", path);
	file = fopen(whole, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Says where the two part, which a comparison of whole files does not. */
static void assert_same(const char *what, const char *is, const char *wanted)
{
	size_t i = 0, line = 0;

	while (is[i] && is[i] == wanted[i])
		if (is[i++] == '\n')
			line = i;
	if (is[i] || wanted[i])
		fail_msg("%s differs (script/schema writes it):\n  %.160s\n  %.160s", what,
		         is + line, wanted + line);
}

static void compare(const struct database *database, const char *name, const char *schema,
                    const char *path, const char *file)
{
	char *is = describe(database, name, schema, path);
	char *wanted;

	if (getenv("CENTREX_WRITE"))
		write_file(file, is);
	wanted = database_read(file);
	assert_same(file, is, wanted);
	free(wanted);
	free(is);
}

/* A second database of the cluster, without anything in it. */
static struct db *open_empty(const struct database *database)
{
	struct db_config config = {0};
	char conninfo[512];
	struct error err;
	struct db *db;

	postgres_sql(database->postgres, "create database empty owner centrex_owner", NULL, 0);
	snprintf(conninfo, sizeof(conninfo), "host=%s user=centrex_owner dbname=empty",
	         postgres_directory(database->postgres));
	config.owner = conninfo;
	assert_int_equal(db_open(&config, &db, &err), ERROR_OK);
	return db;
}

static void test_migrations(void **state)
{
	const struct database *database = *state;
	const struct migrate_scripts scripts = {
		.public_migrations = public_migrations,
		.n_public = public_migration_count,
		.tenant_migrations = tenant_migrations,
		.n_tenant = tenant_migration_count,
	};
	const struct migrate_options options = {.scripts = &scripts};
	struct tx_scope scope = {.door = TX_OWNER, .tenant = uuid_random()};
	char schema[SCHEMA_NAME_MAX];
	struct migrate_counts counts;
	struct batch batch = {0};
	struct error err;
	struct db *db = open_empty(database);

	schema_name(&scope.tenant, schema);
	assert_int_equal(migrate_run(db, &options, &counts, &err), ERROR_OK);
	batch_addf(&batch, "create role %s", schema);
	batch_addf(&batch, "create schema %s", schema);
	for (size_t i = 0; i < tenant_migration_count; i++)
		batch_add_script(&batch, &tenant_migrations[i], schema);
	assert_false(batch.failed);
	assert_int_equal(tx_run(db, &scope, batch.rows, batch.n, NULL, &err), ERROR_OK);
	batch_clear(&batch);
	db_close(db);
	compare(database, "empty", "public", "", "sql/public.sql");
	compare(database, "empty", schema, schema, "sql/tenant.sql");
}

static void test_flat(void **state)
{
	const struct database *database = *state;

	if (getenv("CENTREX_WRITE"))
		skip();
	compare(database, "centrex", "public", "", "sql/public.sql");
	compare(database, "centrex", database->schema, database->schema, "sql/tenant.sql");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_migrations),
		cmocka_unit_test(test_flat),
	};

	return cmocka_run_group_tests(tests, database_setup, database_teardown);
}
