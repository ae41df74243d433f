/* Every rule of the schema accepted at its edges and broken: constraints.txt. */
#include "database.h"
#include "unit.h"

enum { NAME_SIZE = 64, CONSTRAINTS_MAX = 512 };

/* The rows constraints.txt speaks of. */
static const char rows[] =
	"insert into public.users (id, email, password_hash) select ('00000000-0000-4000-8000-"
	"00000000000' || n)::uuid, e, '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$"
	"AAAAAAAAAAAAAAAAAAAAAA' from (values (1, 'one@pbx.test'), (2, 'two@pbx.test')) v (n, e);"
	"insert into public.user_tenants select u.id, t.id from public.users u, public.tenants t "
	"where u.email = 'one@pbx.test';"
	"insert into extensions (id, extension_number, auth_password, user_id) values "
	"('00000000-0000-4000-8000-000000000001', '101', repeat('x', 24), "
	"'00000000-0000-4000-8000-000000000001'), "
	"('00000000-0000-4000-8000-000000000002', '102', repeat('x', 24), null);"
	"insert into queues (id, name) values ('00000000-0000-4000-8000-000000000001', 'q');"
	"insert into queue_members values ('00000000-0000-4000-8000-000000000001', "
	"'00000000-0000-4000-8000-000000000001');"
	"insert into numbers (id, number, extension_id) values "
	"('00000000-0000-4000-8000-000000000001', '5550100', "
	"'00000000-0000-4000-8000-000000000001');"
	"insert into agents (extension_id) values ('00000000-0000-4000-8000-000000000001');"
	"insert into queue_settings (queue_id) select id from queues;"
	"insert into queue_calls (id, cdr_id, queue_id, joined_at, left_at, answered_at, ended_at, "
	"outcome, wait_ms) values ('00000000-0000-4000-8000-000000000001', "
	"'00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', "
	"'2026-01-01T00:00:00Z', '2026-01-01T00:00:05Z', '2026-01-01T00:00:05Z', "
	"'2026-01-01T00:00:10Z', 'answered', 5000);"
	"insert into queue_offers (id, queue_call_id, queue_id, agent_id, extension, offered_at, "
	"answered_at, ended_at, outcome) values ('00000000-0000-4000-8000-000000000001', "
	"'00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', "
	"'00000000-0000-4000-8000-000000000001', '101', '2026-01-01T00:00:00Z', "
	"'2026-01-01T00:00:05Z', '2026-01-01T00:00:10Z', 'answered');"
	"insert into queue_quarters values ('2026-01-01T00:00:00Z', "
	"'00000000-0000-4000-8000-000000000001', 1, 1, 0, 0, 1, 0, 0, 0, 0, 0);"
	"insert into queue_agent_days (day, queue_id, agent_id) select '2026-01-01', "
	"id, id from queues;"
	"insert into queue_decisions (at, queue_id, decision) select now(), id, 'joined' from "
	"queues;"
	"insert into agent_states (extension_id, extension, status, state, since) select "
	"extension_id, '101', status, state, now() from agents;"
	"insert into settings (name, value) values ('ring_s', '30');"
	"insert into registrations (id, extension_id, contact, received_address, received_port, "
	"transport, call_id, cseq, expires_at) values ('00000000-0000-4000-8000-000000000001', "
	"'00000000-0000-4000-8000-000000000001', 'sip:101@192.0.2.1', '192.0.2.1', 5060, 'udp', "
	"'c', 1, now() + interval '1 hour');"
	"insert into cdrs (id, start_time, answer_time, end_time, duration) values "
	"('00000000-0000-4000-8000-000000000001', '2026-01-01T00:00:00Z', "
	"'2026-01-01T00:00:05Z', '2026-01-01T00:00:10Z', 10);"
	"insert into cdr_details (cdr_id, disposition) values "
	"('00000000-0000-4000-8000-000000000001', 'answered');"
	"insert into cdr_legs (id, cdr_id, role, start_time, answer_time, end_time) values "
	"('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001', 'agent', "
	"'2026-01-01T00:00:00Z', '2026-01-01T00:00:05Z', '2026-01-01T00:00:10Z');"
	"insert into media_files (id, category, original_name, file_path) values "
	"('00000000-0000-4000-8000-000000000001', 'moh', 'a.wav', 'a.wav');"
	"insert into media_details (media_id, sha256, bytes, format, sample_rate, channels, "
	"duration_ms) values ('00000000-0000-4000-8000-000000000001', repeat('0', 64), 1, 'wav', "
	"8000, 1, 1000);"
	"insert into calls (id, state, started_at) values "
	"('00000000-0000-4000-8000-000000000001', 'ringing', now());"
	"insert into events (kind, data) values ('change', '{}');"
	"insert into audit_log (id, actor_kind, action, resource) values "
	"('00000000-0000-4000-8000-000000000001', 'command', 'create', 'queue');"
	"insert into public.audit_log select * from audit_log;"
	"insert into idempotency_keys (actor, key, request_hash, status, answer) values "
	"('00000000-0000-4000-8000-000000000001', 'k', decode(repeat('00', 32), 'hex'), 201, '{}');"
	"insert into public.idempotency_keys select * from idempotency_keys;"
	"insert into public.sessions (id, user_id, secret_hash, expires_at) select id, id, "
	"decode(repeat('01', 32), 'hex'), now() + interval '1 day' from public.users where email = "
	"'one@pbx.test';"
	"insert into public.tokens (id, user_id, name, secret_hash) select id, id, 'a', "
	"decode(repeat('02', 32), 'hex') from public.users where email = 'one@pbx.test';"
	"insert into public.invitations (id, user_id, secret_hash, expires_at) select id, id, "
	"decode(repeat('03', 32), 'hex'), now() + interval '1 day' from public.users where email = "
	"'one@pbx.test';"
	"insert into public.nodes (name, kind, started_at) values ('n', 'web', now());"
	"insert into public.isolation_reports (id, outcome, leaks) values "
	"('00000000-0000-4000-8000-000000000001', 'leaked', 1);"
	"insert into public.migration_failures (schema_name, version, code, message) select "
	"schema_name, 1, 'busy', 'm' from public.tenants;"
	"insert into public.node_tenants (kind, node, tenant_id) select 'web', 'n', id from "
	"public.tenants;"
	"insert into public.dead_letters (fingerprint, reason, body) values "
	"(decode(repeat('00', 32), 'hex'), 'no_tenant', 'x')";

struct seen {
	size_t n;
	struct {
		char name[NAME_SIZE];
		bool broken, accepted;
	} of[CONSTRAINTS_MAX];
};

static size_t seen_row(struct seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->n; i++)
		if (strcmp(seen->of[i].name, name) == 0)
			return i;
	assert_true(seen->n < CONSTRAINTS_MAX);
	snprintf(seen->of[seen->n].name, NAME_SIZE, "%s", name);
	return seen->n++;
}

static bool is_sqlstate(const char *name)
{
	return strlen(name) == 5 && name[0] >= '0' && name[0] <= '9';
}

static const char *refusal(const PGresult *result, const char *wanted)
{
	const char *field = PQresultErrorField(
		result, is_sqlstate(wanted) ? PG_DIAG_SQLSTATE : PG_DIAG_CONSTRAINT_NAME);

	return field ? field : PQresultErrorMessage(result);
}

/* One line of the file; true when it did what its sign says. */
static bool try_line(PGconn *pg, const char *name, char sign, const char *sql, unsigned line)
{
	ExecStatusType status;
	bool as_wanted;
	PGresult *result;

	database_exec(pg, "savepoint one", NULL);
	result = PQexec(pg, sql);
	status = PQresultStatus(result);
	if (sign == '+')
		as_wanted = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	else
		as_wanted = status == PGRES_FATAL_ERROR && strcmp(refusal(result, name), name) == 0;
	if (!as_wanted)
		fprintf(stderr, "# constraints.txt:%u: %s: %s\n#   %s\n", line, name,
		        status == PGRES_FATAL_ERROR ? refusal(result, name) : "was accepted", sql);
	PQclear(result);
	database_exec(pg, "rollback to one", NULL);
	return as_wanted;
}

static void run_file(PGconn *pg, struct seen *seen)
{
	char *text = database_read("tests/sql/constraints.txt");
	unsigned line = 0, failed = 0;
	size_t row = 0;
	char *rest = text, *next;

	while ((next = strsep(&rest, "\n")) != NULL) {
		line++;
		if (strncmp(next, "== ", 3) == 0)
			row = seen_row(seen, next + 3);
		if (next[0] != '+' && next[0] != '-')
			continue;
		assert_true(seen->n > 0);
		failed += !try_line(pg, seen->of[row].name, next[0], next + 2, line);
		if (next[0] == '+')
			seen->of[row].accepted = true;
		else
			seen->of[row].broken = true;
	}
	free(text);
	assert_int_equal(failed, 0);
}

/* What the catalogue has and the file does not try. */
static void check_complete(PGconn *pg, const struct database *database, struct seen *seen)
{
	char sql[512];
	unsigned missing = 0;
	PGresult *result;

	snprintf(sql, sizeof(sql),
	         "select conname, contype = 'c' from pg_constraint where connamespace in "
	         "('public'::regnamespace, '%s'::regnamespace) and contype in ('p', 'u', 'c', 'f') "
	         "union select 'users_email_key', false order by 1",
	         database->schema);
	database_exec(pg, sql, &result);
	assert_true(PQntuples(result) > 60);
	for (int i = 0; i < PQntuples(result); i++) {
		size_t row = seen_row(seen, PQgetvalue(result, i, 0));

		if (seen->of[row].broken &&
		    (seen->of[row].accepted || *PQgetvalue(result, i, 1) != 't'))
			continue;
		fprintf(stderr, "# %s is not broken, or not accepted, in constraints.txt\n",
		        seen->of[row].name);
		missing++;
	}
	PQclear(result);
	assert_int_equal(missing, 0);
}

static void test_every_rule(void **state)
{
	const struct database *database = *state;
	PGconn *pg = database_connect(database);
	struct seen *seen = calloc(1, sizeof(*seen));

	assert_non_null(seen);
	database_exec(pg, "begin", NULL);
	database_exec(pg, rows, NULL);
	run_file(pg, seen);
	check_complete(pg, database, seen);
	database_exec(pg, "rollback", NULL);
	free(seen);
	PQfinish(pg);
}

/* A rule of form: sql must return no row; what it returns is shown. */
static void assert_none(PGconn *pg, const char *sql)
{
	PGresult *result;
	int n;

	database_exec(pg, sql, &result);
	n = PQntuples(result);
	for (int i = 0; i < n; i++)
		fprintf(stderr, "# %s\n", PQgetvalue(result, i, 0));
	PQclear(result);
	assert_int_equal(n, 0);
}

/* db/constraint.c reads field and rule from the name; Citus adds _<digits>, refuses the rest. */
static void test_form(void **state)
{
	PGconn *pg = database_connect(*state);

	assert_none(pg,
	            "select c.conname from pg_constraint c join pg_class t on t.oid = c.conrelid "
	            "join pg_namespace n on n.oid = c.connamespace where (n.nspname = 'public' "
	            "or n.nspname ~ '^tenant_') and (c.conname !~ ('^' || t.relname || "
	            "'_(([a-z0-9_]+)_(key|check|fkey)|pkey)$') or c.condeferrable or not "
	            "c.convalidated)");
	/* The column in the name is one of the table's, and the one that the rule is about. */
	assert_none(pg,
	            "select c.conname from pg_constraint c join pg_class t on t.oid = c.conrelid "
	            "join pg_namespace n on n.oid = c.connamespace where (n.nspname = 'public' "
	            "or n.nspname ~ '^tenant_') and c.contype <> 'p' and not exists (select from "
	            "pg_attribute a where a.attrelid = t.oid and a.attnum = any (c.conkey) and "
	            "c.conname ~ ('^' || t.relname || '_' || a.attname || "
	            "'_(key|check|fkey)$'))");
	assert_none(pg, "select t.tgname from pg_trigger t where not t.tgisinternal");
	assert_none(pg,
	            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = "
	            "c.relnamespace where n.nspname ~ '^(tenant_|public$)' and c.relkind = 'r' "
	            "and c.relname not in ('tenants', 'users', 'user_tenants', 'extensions', "
	            "'queues', 'queue_members', 'cdrs', 'media_files') and "
	            "obj_description(c.oid, 'pg_class') is null");
	PQfinish(pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule),
		cmocka_unit_test(test_form),
	};

	return cmocka_run_group_tests(tests, database_setup, database_teardown);
}
