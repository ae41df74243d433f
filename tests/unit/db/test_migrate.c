/* Migrations that are not ours: applied, refused, failing, held up, by two at once. */
#include <libpq-fe.h>
#include <pthread.h>

#include "base/random.h"
#include "db/migrate.h"
#include "db/provision.h"
#include "postgres.h"
#include "unit.h"

enum { TENANTS = 6, FAILED_MAX = 8 };

static struct postgres *postgres;
static struct db *db;
static struct uuid tenants[TENANTS];

static const char *const colour[] = {"alter table queues add column colour text", NULL};
static const char *const shade[] = {
	"alter table queues add column shade text",
	"create table shades (id integer, constraint shades_pkey primary key (id))",
	"grant select on shades to :\"tenant\"", NULL};
static const char *const broken[] = {"alter table queues add column half text",
                                     "alter table nowhere add column x text", NULL};

/* What the binary has, and further ones. */
struct plan {
	struct script tenant[32];
	struct migrate_scripts scripts;
};

static void plan_init(struct plan *plan, size_t n, const struct script *further)
{
	*plan = (struct plan){0};
	assert_true(tenant_migration_count + n <= COUNT_OF(plan->tenant));
	for (size_t i = 0; i < tenant_migration_count; i++)
		plan->tenant[i] = tenant_migrations[i];
	for (size_t i = 0; i < n; i++) {
		plan->tenant[tenant_migration_count + i] = further[i];
		plan->tenant[tenant_migration_count + i].version +=
			(unsigned)tenant_migration_count;
	}
	plan->scripts = (struct migrate_scripts){
		.public_migrations = public_migrations,
		.n_public = public_migration_count,
		.tenant_migrations = plan->tenant,
		.n_tenant = tenant_migration_count + n,
		.public_flat = &public_schema,
	};
}

#define CHECKSUM(digit)                                                                            \
	digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit  \
		digit

/* Versions count from what the binary has. */
static const struct script colour_step = {1, "colour", CHECKSUM("aaaa"), 1, colour};
static const struct script shade_step = {2, "shade", CHECKSUM("bbbb"), 3, shade};
static const char *const once[] = {"create table once (x integer)", NULL};
static const char *const late[] = {"alter table queues add column late text", NULL};
static const struct script broken_step = {3, "broken", CHECKSUM("cccc"), 2, broken};

static const struct script once_step = {4, "once", CHECKSUM("eeee"), 1, once};
static const struct script late_step = {5, "late", CHECKSUM("ffff"), 1, late};

struct steps {
	unsigned n, failed, last_total;
	char first[64];
	char message[ERROR_MESSAGE_MAX];
};

static void note(const struct migrate_step *step, void *arg)
{
	struct steps *steps = arg;

	if (!step->domain)
		return;
	if (!steps->n++)
		snprintf(steps->first, sizeof(steps->first), "%s", step->domain);
	steps->last_total = step->total;
	if (step->err) {
		steps->failed++;
		snprintf(steps->message, sizeof(steps->message), "%s", step->err->message);
	}
}

static void assert_answer(const char *sql, const char *wanted)
{
	char answer[128];

	postgres_sql(postgres, sql, answer, sizeof(answer));
	assert_string_equal(answer, wanted);
}

static enum error_code migrate(const struct plan *plan, const char *canary,
                               struct migrate_counts *ret_counts, struct steps *ret_steps,
                               struct error *err)
{
	const struct migrate_options options = {
		.scripts = plan ? &plan->scripts : NULL,
		.canary = canary,
		.parallel = 2,
		.lock_timeout_ms = 50,
		.step = note,
		.arg = ret_steps,
	};

	*ret_steps = (struct steps){0};
	return migrate_run(db, &options, ret_counts, err);
}

/* How many tenants are so many steps further than the binary's. */
static void assert_tenants_at(unsigned further, const char *count)
{
	char sql[128];

	/* The public schema counts its own. */
	snprintf(sql, sizeof(sql),
	         "select count(*) from public.schema_versions "
	         "where schema_name <> 'public' and version = %u",
	         (unsigned)tenant_migration_count + further);
	assert_answer(sql, count);
}

/* A fresh database with six tenants as the binary makes them. */
static int start(void **state)
{
	struct db_config config = {0};
	struct migrate_counts counts;
	struct steps steps;
	struct error err;

	(void)state;
	assert_int_equal(random_open(&err), ERROR_OK);
	postgres = postgres_new();
	config.owner = postgres_owner(postgres);
	assert_int_equal(db_open(&config, &db, &err), ERROR_OK);
	assert_int_equal(migrate(NULL, NULL, &counts, &steps, &err), ERROR_OK);
	for (unsigned i = 0; i < TENANTS; i++) {
		char domain[32];
		struct provision tenant = {.id = uuid_random(), .name = "T", .domain = domain};

		snprintf(domain, sizeof(domain), "t%u.pbx.test", i);
		assert_int_equal(provision_create(db, &tenant, NULL, &err), ERROR_OK);
		tenants[i] = tenant.id;
	}
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(db);
	postgres_free(postgres);
	return 0;
}

static void test_step_by_step(void **state)
{
	const struct script further[] = {colour_step, shade_step};
	struct migrate_status status;
	struct migrate_counts counts;
	struct steps steps;
	struct error err;
	struct plan plan;

	(void)state;
	plan_init(&plan, 1, further);
	assert_int_equal(migrate_status(db, &plan.scripts, &status, &err), ERROR_OK);
	assert_int_equal(status.n_behind, TENANTS);
	assert_int_equal(status.behind[0].version, tenant_migration_count);
	migrate_status_clear(&status);
	assert_int_equal(migrate(&plan, "t9.pbx.test", &counts, &steps, &err), ERROR_NOT_FOUND);
	assert_int_equal(migrate(&plan, "T3.pbx.test", &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, TENANTS);
	assert_string_equal(steps.first, "t3.pbx.test");
	assert_int_equal(steps.n, TENANTS);
	assert_int_equal(steps.last_total, TENANTS);
	assert_answer("select count(*) from pg_attribute where attname = 'colour'", "6");
	/* The next one needs no second look at the first. */
	plan_init(&plan, 2, further);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, TENANTS);
	assert_tenants_at(2, "6");
	assert_answer("select count(*) from pg_class c, aclexplode(c.relacl) a where relname = "
	              "'shades' and a.grantee::regrole::text = c.relnamespace::regnamespace::text",
	              "6");
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.behind, 0);
}

static void test_changed(void **state)
{
	struct script further[] = {colour_step, shade_step};
	struct migrate_counts counts;
	struct steps steps;
	struct error err;
	struct plan plan;

	(void)state;
	further[0].checksum = CHECKSUM("dddd");
	plan_init(&plan, 2, further);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_CONFLICT);
	assert_non_null(strstr(err.message, "_colour.sql was changed"));
	/* An older binary touches nothing. */
	assert_int_equal(migrate(NULL, NULL, &counts, &steps, &err), ERROR_CONFLICT);
	assert_non_null(strstr(err.message, "newer centrex"));
	assert_int_equal(steps.n, 0);
}

/* One tenant lacks what the step wants; it is left whole, the others go on. */
static void test_one_fails(void **state)
{
	const struct script further[] = {colour_step, shade_step, broken_step};
	struct migrate_counts counts;
	struct steps steps;
	struct error err;
	char schema[64], hex[UUID_HEX_MAX], sql[256];
	struct plan plan;

	(void)state;
	for (unsigned i = 0; i < TENANTS; i++) {
		snprintf(schema, sizeof(schema), "tenant_%s", uuid_format_hex(&tenants[i], hex));
		snprintf(sql, sizeof(sql),
		         "create table %s.nowhere (y text); alter table %s.nowhere "
		         "owner to centrex_owner",
		         schema, schema);
		if (i != 2)
			postgres_sql(postgres, sql, NULL, 0);
	}
	plan_init(&plan, 3, further);
	/* As the canary it keeps all others as they are. */
	assert_int_not_equal(migrate(&plan, "t2.pbx.test", &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, 0);
	assert_int_equal(counts.failed, 1);
	assert_tenants_at(3, "0");
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, TENANTS - 1);
	assert_int_equal(counts.failed, 1);
	assert_int_equal(steps.failed, 1);
	assert_answer("select count(*) from pg_attribute where attname = 'half'", "5");
	snprintf(schema, sizeof(schema), "tenant_%s", uuid_format_hex(&tenants[2], hex));
	snprintf(sql, sizeof(sql),
	         "create table %s.nowhere (y text); alter table %s.nowhere owner to centrex_owner",
	         schema, schema);
	postgres_sql(postgres, sql, NULL, 0);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.behind, 1);
	assert_int_equal(counts.done, 1);
}

struct rival {
	struct plan plan;
	struct migrate_counts counts;
	enum error_code code;
};

static void *run_rival(void *arg)
{
	struct rival *rival = arg;
	struct steps steps;
	struct error err;

	rival->code = migrate(&rival->plan, NULL, &rival->counts, &steps, &err);
	return NULL;
}

/* Two runs at once: each step is taken once, and neither run calls that a failure. */
static void test_two_at_once(void **state)
{
	const struct script further[] = {colour_step, shade_step, broken_step, once_step};
	struct rival rivals[2] = {0};
	pthread_t threads[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		plan_init(&rivals[i].plan, 4, further);
		assert_int_equal(pthread_create(&threads[i], NULL, run_rival, &rivals[i]), 0);
	}
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(rivals[i].code, ERROR_OK);
		assert_int_equal(rivals[i].counts.failed, 0);
	}
	assert_answer("select count(*) from pg_class where relname = 'once'", "6");
	assert_tenants_at(4, "6");
}

/* A table somebody holds: waited for a moment only, a few times, then reported. */
static void test_held(void **state)
{
	const struct script further[] = {colour_step, shade_step, broken_step, once_step,
	                                 late_step};
	PGconn *holder = PQconnectdb(postgres_superuser(postgres));
	char sql[128], hex[UUID_HEX_MAX];
	struct migrate_counts counts;
	struct steps steps;
	struct error err;
	struct plan plan;

	(void)state;
	plan_init(&plan, 5, further);
	snprintf(sql, sizeof(sql), "begin; lock table tenant_%s.queues in share mode",
	         uuid_format_hex(&tenants[1], hex));
	PQclear(PQexec(holder, sql));
	assert_int_equal(PQtransactionStatus(holder), PQTRANS_INTRANS);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, TENANTS - 1);
	assert_int_equal(counts.failed, 1);
	assert_non_null(strstr(steps.message, "holds this"));
	PQfinish(holder);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, 1);
}

/* Call records of a release before the search: more than one step of the fill takes. */
static void test_fill(void **state)
{
	enum { FILLED = 4 }; /* the version whose step fills */
	char schema[64], hex[UUID_HEX_MAX], sql[768];
	struct migrate_counts counts;
	struct steps steps;
	struct error err;
	struct plan plan;

	(void)state;
	snprintf(schema, sizeof(schema), "tenant_%s", uuid_format_hex(&tenants[0], hex));
	snprintf(sql, sizeof(sql),
	         "set search_path = %s; insert into cdrs (start_time, end_time, duration)"
	         " select now(), now(), 0 from generate_series(1, 5001);"
	         " insert into cdr_details (cdr_id, disposition) select id, 'failed' from cdrs;"
	         " update public.schema_versions set version = 3 where schema_name = '%s'",
	         schema, schema);
	postgres_sql(postgres, sql, NULL, 0);
	plan_init(&plan, 0, NULL);
	plan.scripts.n_tenant = FILLED; /* what came later is there, and is not made again */
	/* What the tests before this one have recorded is no newer binary's here. */
	snprintf(sql, sizeof(sql),
	         "delete from public.schema_migrations where kind = 'tenant' and version > %d;"
	         " update public.schema_versions set version = %d"
	         " where schema_name <> 'public' and schema_name <> '%s'",
	         FILLED, FILLED, schema);
	postgres_sql(postgres, sql, NULL, 0);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, 1);
	snprintf(sql, sizeof(sql),
	         "select (select sum(calls) from %s.cdr_quarters) || ' ' || count(start_time)"
	         " from %s.cdr_details",
	         schema, schema);
	assert_answer(sql, "5001 5001");
}

/* An index over call records cannot be made for now: what the step before it locked is free, and
 * done. */
static void test_long_step_alone(void **state)
{
	enum { BEFORE = 6, INDEXED = 8 }; /* 7 alters agents, 8 makes the index */
	PGconn *holder = PQconnectdb(postgres_superuser(postgres));
	char schema[64], hex[UUID_HEX_MAX], sql[768];
	struct migrate_counts counts;
	struct steps steps;
	struct error err;
	struct plan plan;

	(void)state;
	snprintf(schema, sizeof(schema), "tenant_%s", uuid_format_hex(&tenants[1], hex));
	snprintf(sql, sizeof(sql),
	         "alter table %s.agents drop column call_id, drop column ready_at;"
	         " drop index %s.cdr_details_recording_idx;"
	         " delete from public.schema_migrations where kind = 'tenant' and version > %d;"
	         " update public.schema_versions set version = case schema_name when '%s' then %d"
	         " else %d end where schema_name <> 'public'",
	         schema, schema, INDEXED, schema, BEFORE, INDEXED);
	postgres_sql(postgres, sql, NULL, 0);
	plan_init(&plan, 0, NULL);
	plan.scripts.n_tenant = INDEXED;
	snprintf(sql, sizeof(sql), "begin; lock table %s.cdr_details in row exclusive mode",
	         schema);
	PQclear(PQexec(holder, sql));
	assert_int_equal(PQtransactionStatus(holder), PQTRANS_INTRANS);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.failed, 1);
	snprintf(sql, sizeof(sql),
	         "select version from public.schema_versions where schema_name = '%s'", schema);
	assert_answer(sql, "7");
	PQfinish(holder);
	assert_int_equal(migrate(&plan, NULL, &counts, &steps, &err), ERROR_OK);
	assert_int_equal(counts.done, 1);
	assert_answer(sql, "8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_step_by_step),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_one_fails),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_long_step_alone),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
