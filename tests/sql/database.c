#include "database.h"

#include "base/random.h"
#include "db/migrate.h"
#include "db/provision.h"
#include "unit.h"

int database_setup(void **state)
{
	struct database *database = calloc(1, sizeof(*database));
	const struct migrate_options options = {0};
	struct provision tenant = {.id = uuid_random(), .name = "Acme", .domain = "acme.pbx.test"};
	struct migrate_counts counts;
	struct db_config config = {0};
	struct error err;

	assert_non_null(database);
	assert_int_equal(random_open(&err), ERROR_OK);
	database->postgres = postgres_new();
	config.owner = postgres_owner(database->postgres);
	assert_int_equal(db_open(&config, &database->db, &err), ERROR_OK);
	if (migrate_run(database->db, &options, &counts, &err) ||
	    provision_create(database->db, &tenant, NULL, &err))
		fail_msg("%s %s %s", err.field, err.message, err.detail);
	database->tenant = tenant.id;
	schema_name(&tenant.id, database->schema);
	*state = database;
	return 0;
}

int database_teardown(void **state)
{
	struct database *database = *state;

	db_close(database->db);
	postgres_free(database->postgres);
	free(database);
	return 0;
}

void database_exec(PGconn *pg, const char *sql, PGresult **ret)
{
	PGresult *result = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(pg));
	if (ret)
		*ret = result;
	else
		PQclear(result);
}

PGconn *database_connect(const struct database *database)
{
	PGconn *pg = PQconnectdb(postgres_superuser(database->postgres));
	char sql[128];

	if (PQstatus(pg) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(pg));
	snprintf(sql, sizeof(sql), "set search_path = %s", database->schema);
	database_exec(pg, sql, NULL);
	return pg;
}

char *database_read(const char *path)
{
	const char *source = getenv("CENTREX_SOURCE");
	char whole[512];
	char *bytes;
	long size;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", source ? source : ".", path);
	file = fopen(whole, "re");
	if (!file)
		fail_msg("cannot read %s", whole);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	assert_true(size >= 0);
	rewind(file);
	bytes = calloc(1, (size_t)size + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
	fclose(file);
	return bytes;
}
