/* Every named query is prepared where it runs: behind its door, with that login's rights. */
#include "database.h"
#include "db/queries.h"
#include "unit.h"

static PGconn *connect_as(const struct database *database, const char *login)
{
	char conninfo[512];
	PGconn *pg;

	snprintf(conninfo, sizeof(conninfo), "host=%s dbname=centrex user=%s",
	         postgres_directory(database->postgres), login);
	pg = PQconnectdb(conninfo);
	if (PQstatus(pg) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(pg));
	return pg;
}

static PGconn *connect_door(const struct database *database, enum tx_door door)
{
	char login[DB_LOGIN_MAX], sql[256];
	PGconn *pg;

	if (door != TX_TENANT)
		return connect_as(database, door == TX_PUBLIC ? "centrex_public" : "centrex_owner");
	pg = connect_as(database, db_login_name(db_slot(&database->tenant), login));
	snprintf(sql, sizeof(sql), "set search_path = %s, pg_temp", database->schema);
	database_exec(pg, sql, NULL);
	snprintf(sql, sizeof(sql), "set role %s", database->schema);
	database_exec(pg, sql, NULL);
	return pg;
}

/* The number of parameters that PostgreSQL sees is the one that TX_QUERY checks. */
static bool prepare(PGconn *pg, const struct query_text *query)
{
	PGresult *result = PQprepare(pg, query->name, query->sql, 0, NULL);
	bool prepared = PQresultStatus(result) == PGRES_COMMAND_OK;

	if (!prepared)
		fprintf(stderr, "# %s: %s", query->name, PQerrorMessage(pg));
	PQclear(result);
	if (!prepared)
		return false;
	result = PQdescribePrepared(pg, query->name);
	prepared = PQnparams(result) == (int)query->n_values;
	if (!prepared)
		fprintf(stderr, "# %s: %d values, %zu named\n", query->name, PQnparams(result),
		        query->n_values);
	PQclear(result);
	return prepared;
}

static void test_every_query(void **state)
{
	PGconn *doors[] = {
		[TX_TENANT] = connect_door(*state, TX_TENANT),
		[TX_PUBLIC] = connect_door(*state, TX_PUBLIC),
		[TX_OWNER] = connect_door(*state, TX_OWNER),
	};
	unsigned failed = 0;

	assert_true(query_count > 20);
	for (size_t i = 0; i < query_count; i++)
		failed += !prepare(doors[query_texts[i].door], &query_texts[i]);
	for (size_t i = 0; i < COUNT_OF(doors); i++)
		PQfinish(doors[i]);
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_query),
	};

	return cmocka_run_group_tests(tests, database_setup, database_teardown);
}
