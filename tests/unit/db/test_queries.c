/* Every named query is prepared against the migrated schema, behind the door it names. */
#include <libpq-fe.h>

#include "db/migrate.h"
#include "db/provision.h"
#include "db/queries.h"
#include "postgres.h"
#include "unit.h"

static void setup(struct postgres *postgres, const struct provision *tenant)
{
	const struct db_config config = {.owner = postgres_owner(postgres)};
	struct migrate_counts counts;
	struct db *db = NULL;
	struct error err;

	assert_int_equal(db_open(&config, &db, NULL), ERROR_OK);
	if (migrate_run(db, &(struct migrate_options){0}, &counts, &err) != ERROR_OK ||
	    provision_create(db, tenant, NULL, &err) != ERROR_OK)
		fail_msg("%s %s", err.message, err.detail);
	db_close(db);
}

/* As db/unit.c sets the door, in one session for all queries of the door. */
static PGconn *open_door(struct postgres *postgres, enum tx_door door, const char *schema)
{
	char conninfo[512], sql[256];
	PGconn *pg;

	snprintf(conninfo, sizeof(conninfo), "host=%s dbname=centrex user=%s",
	         postgres_directory(postgres),
	         door == TX_PUBLIC  ? "centrex_public"
	         : door == TX_OWNER ? "centrex_owner"
	                            : "super");
	pg = PQconnectdb(conninfo);
	assert_int_equal(PQstatus(pg), CONNECTION_OK);
	snprintf(sql, sizeof(sql), "set search_path = %s, pg_temp; set role %s",
	         door == TX_TENANT ? schema : "public", door == TX_TENANT ? schema : "none");
	PQclear(PQexec(pg, sql));
	return pg;
}

static void check_query(PGconn *pg, const struct query_text *query)
{
	char explain[16384];
	PGresult *result = PQprepare(pg, query->name, query->sql, 0, NULL);
	const char *values[TX_VALUES_MAX] = {NULL};

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", query->name, PQerrorMessage(pg));
	PQclear(result);
	result = PQdescribePrepared(pg, query->name);
	if ((size_t)PQnparams(result) != query->n_values)
		fail_msg("%s: %d values, %zu in the table", query->name, PQnparams(result),
		         query->n_values);
	PQclear(result);
	/* The plan's rights are checked when it starts: explain starts it and runs nothing. */
	snprintf(explain, sizeof(explain), "explain %s", query->sql);
	result = PQexecParams(pg, explain, (int)query->n_values, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", query->name, PQerrorMessage(pg));
	PQclear(result);
}

static void test_queries(void **state)
{
	struct postgres *postgres = postgres_new();
	const struct provision tenant = {uuid_random(), "A", "a.example.com", NULL, NULL};
	PGconn *doors[3];
	char hex[UUID_HEX_MAX], schema[48];

	(void)state;
	setup(postgres, &tenant);
	snprintf(schema, sizeof(schema), "tenant_%s", uuid_format_hex(&tenant.id, hex));
	for (unsigned door = 0; door < COUNT_OF(doors); door++)
		doors[door] = open_door(postgres, door, schema);
	assert_true(query_count > 0);
	for (size_t i = 0; i < query_count; i++)
		check_query(doors[query_texts[i].door], &query_texts[i]);
	for (unsigned door = 0; door < COUNT_OF(doors); door++)
		PQfinish(doors[door]);
	postgres_free(postgres);
}

/* The table itself: names in order, no empty text, the empty row behind the last. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < query_count; i++) {
		assert_true(query_texts[i].sql[0]);
		assert_true(query_texts[i].n_values <= TX_VALUES_MAX);
		if (i)
			assert_true(strcmp(query_texts[i - 1].name, query_texts[i].name) < 0);
	}
	assert_null(query_texts[query_count].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
