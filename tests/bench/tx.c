/*
 * What a unit of work costs: a read by key through tx_run (role and schema set, pipelined), against
 * the same statement qualified and prepared on plain connections of a login that may read every
 * table. The same server, the same 16 connections and threads; rounds alternate; medians.
 *
 *   bench_tx [tenants a connection, default 1] [seconds a round, default 2] [rounds, 5]
 *
 * Prints rates (per second) and processor time of one (both ends together, which other work on the
 * machine disturbs less); tests/bench/tx.mjs makes the ratios.
 */
#include "db/tx.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit/postgres.h"
#include "unit/unit.h"

enum { THREADS = DB_SLOTS, TENANTS_MAX = 1000, ROUNDS_MAX = 99, SQL_MAX = 256 };

struct bench {
	struct postgres *postgres;
	struct db *db;
	size_t n_tenants; /* a thread */
	struct uuid tenants[THREADS][TENANTS_MAX];
	PGconn *plain[THREADS];
	atomic_bool stop;
	atomic_ulong done;
	bool with_tx;
};

struct worker {
	struct bench *bench;
	unsigned number;
	pthread_t thread;
};

static void must(enum error_code code, const struct error *err)
{
	if (code == ERROR_OK)
		return;
	fprintf(stderr, "bench: %s %s\n", err->message, err->detail);
	exit(1);
}

static void make_tenant(struct bench *bench, const struct uuid *tenant)
{
	const struct tx_scope scope = {.door = TX_OWNER, .tenant = *tenant};
	struct tx_statement statements[8] = {0};
	char hex[UUID_HEX_MAX], role[48], sql[8][SQL_MAX];
	struct error err;
	size_t n = 0;

	snprintf(role, sizeof(role), "tenant_%s", uuid_format_hex(tenant, hex));
	snprintf(sql[n++], SQL_MAX, "create role %s nologin", role);
	snprintf(sql[n++], SQL_MAX, "create schema %s", role);
	snprintf(sql[n++], SQL_MAX, "grant %s to centrex_app_%02u", role, db_slot(tenant));
	snprintf(sql[n++], SQL_MAX, "grant usage on schema %s to %s, centrex_public", role, role);
	snprintf(sql[n++], SQL_MAX,
	         "create table extensions (id uuid primary key default gen_random_uuid(),"
	         " extension_number text unique, auth_password text)");
	snprintf(sql[n++], SQL_MAX,
	         "insert into extensions (extension_number, auth_password)"
	         " select i, repeat('x', 24) from generate_series(100, 299) i");
	snprintf(sql[n++], SQL_MAX, "grant select on extensions to %s, centrex_public", role);
	for (size_t i = 0; i < n; i++)
		statements[i].sql = sql[i];
	must(tx_run(bench->db, &scope, statements, n, NULL, &err), &err);
}

static void run_tx(struct worker *worker, const struct uuid *tenant, const char *number)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	const struct tx_statement statement = {
		"bench_find",
		"select id, auth_password from extensions where extension_number = $1",
		1,
		{number}};
	struct error err;

	must(tx_run(worker->bench->db, &scope, &statement, 1, &result, &err), &err);
	if (tx_rows(result, 0) != 1)
		abort();
}

static void run_plain(struct worker *worker, size_t tenant, const char *number)
{
	PGconn *pg = worker->bench->plain[worker->number];
	char name[24];
	PGresult *result;

	snprintf(name, sizeof(name), "p%zu", tenant);
	result = PQexecPrepared(pg, name, 1, &number, NULL, NULL, 0);
	if (PQntuples(result) != 1) {
		fprintf(stderr, "bench: %s\n", PQerrorMessage(pg));
		exit(1);
	}
	PQclear(result);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct bench *bench = worker->bench;
	char number[8];

	for (size_t i = 0; !bench->stop; i++) {
		size_t tenant = i % bench->n_tenants;

		snprintf(number, sizeof(number), "%zu", 100 + i % 200);
		if (bench->with_tx)
			run_tx(worker, &bench->tenants[worker->number][tenant], number);
		else
			run_plain(worker, tenant, number);
		bench->done++;
	}
	return NULL;
}

/* Nanoseconds on a processor, from schedstat. */
static double process_ns(long pid)
{
	char path[64];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/schedstat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

/* Ours and the server's processor time so far. */
static double used_us(struct bench *bench)
{
	struct timespec own;
	double ns = 0;
	char path[64];
	FILE *file;
	long pid;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", postgres_pid(bench->postgres),
	         postgres_pid(bench->postgres));
	file = fopen(path, "r");
	while (file && fscanf(file, "%ld", &pid) == 1)
		ns += process_ns(pid);
	if (file)
		fclose(file);
	return ns / 1e3 + (double)own.tv_sec * 1e6 + (double)own.tv_nsec / 1e3;
}

struct round {
	double rate;   /* transactions a second */
	double cpu_us; /* processor time of one, ours and the server's */
};

static struct round run_round(struct bench *bench, bool with_tx, unsigned seconds)
{
	struct worker workers[THREADS];
	int64_t begin_us = clock_monotonic_us();
	double before_us = used_us(bench);

	bench->with_tx = with_tx;
	bench->stop = false;
	bench->done = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.bench = bench, .number = i};
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
	}
	sleep(seconds);
	bench->stop = true;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	return (struct round){
		.rate = (double)bench->done * 1e6 / (double)(clock_monotonic_us() - begin_us),
		.cpu_us = (used_us(bench) - before_us) / (double)bench->done,
	};
}

static void open_plain(struct bench *bench, unsigned i)
{
	char conninfo[SQL_MAX], sql[SQL_MAX], hex[UUID_HEX_MAX], name[24];

	snprintf(conninfo, sizeof(conninfo), "host=%s dbname=centrex user=centrex_public",
	         postgres_directory(bench->postgres));
	bench->plain[i] = PQconnectdb(conninfo);
	for (size_t t = 0; t < bench->n_tenants; t++) {
		snprintf(name, sizeof(name), "p%zu", t);
		snprintf(sql, sizeof(sql),
		         "select id, auth_password from tenant_%s.extensions"
		         " where extension_number = $1",
		         uuid_format_hex(&bench->tenants[i][t], hex));
		PQclear(PQprepare(bench->plain[i], name, sql, 0, NULL));
	}
}

static void bench_open(struct bench *bench)
{
	struct db_config config = {.connections_per_login = 1};
	struct error err;

	bench->postgres = postgres_new();
	config.owner = postgres_owner(bench->postgres);
	must(db_open(&config, &bench->db, &err), &err);
	for (unsigned i = 0; i < THREADS; i++) {
		for (size_t t = 0; t < bench->n_tenants; t++) {
			bench->tenants[i][t] = uuid_random();
			bench->tenants[i][t].bytes[15] = (uint8_t)i;
			make_tenant(bench, &bench->tenants[i][t]);
		}
		open_plain(bench, i);
	}
	postgres_sql(bench->postgres, "vacuum analyze", NULL, 0);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct round median(const struct round *rounds, size_t n)
{
	double rates[ROUNDS_MAX], cpus[ROUNDS_MAX];

	for (size_t i = 0; i < n; i++) {
		rates[i] = rounds[i].rate;
		cpus[i] = rounds[i].cpu_us;
	}
	qsort(rates, n, sizeof(rates[0]), compare);
	qsort(cpus, n, sizeof(cpus[0]), compare);
	return (struct round){rates[n / 2], cpus[n / 2]};
}

static size_t argument(int argc, char **argv, int i, size_t otherwise, size_t most)
{
	size_t value = argc > i ? strtoul(argv[i], NULL, 10) : otherwise;

	return value < 1 ? 1 : value > most ? most : value;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct round tx[ROUNDS_MAX], plain[ROUNDS_MAX];
	unsigned seconds = (unsigned)argument(argc, argv, 2, 2, 60);
	size_t rounds = argument(argc, argv, 3, 5, ROUNDS_MAX);

	bench.n_tenants = argument(argc, argv, 1, 1, TENANTS_MAX);
	bench_open(&bench);
	for (int warm = 0; warm < 2; warm++)
		(void)run_round(&bench, warm, 1);
	for (size_t i = 0; i < rounds; i++) {
		plain[i] = run_round(&bench, false, seconds);
		tx[i] = run_round(&bench, true, seconds);
	}
	plain[0] = median(plain, rounds);
	tx[0] = median(tx, rounds);
	printf("{\"plain\": %.0f, \"tx\": %.0f, \"plain_cpu_us\": %.1f, \"tx_cpu_us\": %.1f}\n",
	       plain[0].rate, tx[0].rate, plain[0].cpu_us, tx[0].cpu_us);
	for (unsigned i = 0; i < THREADS; i++)
		PQfinish(bench.plain[i]);
	db_close(bench.db);
	postgres_free(bench.postgres);
	return 0;
}
