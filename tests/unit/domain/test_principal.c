/* Who is behind a secret, against a real PostgreSQL: what a session and a token give, how long an
 * answer is kept, and what is answered while the database is away. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/random.h"
#include "domain/principal.h"
#include "fixture.h"
#include "unit.h"

static struct fixture *fixture;
static struct uuid tenants[2];

enum { VALUE_MAX = 256 };

static void sql(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char value[VALUE_MAX];

/* As the superuser; the first value of the last statement is left in value. */
static void sql(const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	value[0] = '\0';
	if (strncmp(text, "select", 6) == 0)
		postgres_sql(fixture->postgres, text, value, sizeof(value));
	else
		postgres_sql(fixture->postgres, text, NULL, 0);
}

static int setup(void **state)
{
	struct error err;
	char ids[2][UUID_TEXT_MAX];

	assert_int_equal(random_open(&err), ERROR_OK);
	assert_int_equal(fixture_setup(state), 0);
	fixture = *state;
	tenants[0] = fixture_tenant(fixture, "one.pbx.test");
	tenants[1] = fixture_tenant(fixture, "two.pbx.test");
	for (size_t i = 0; i < 2; i++)
		uuid_format(&tenants[i], ids[i]);
	sql("insert into public.users (email, password_hash, global_role) values"
	    " ('ann@pbx.test', "
	    "'$argon2id$v=19$m=1,t=1,p=1$aaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaa',"
	    "  'agent'),"
	    " ('op@pbx.test', '$argon2id$v=19$m=1,t=1,p=1$aaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaa',"
	    "  'admin');"
	    "insert into public.user_tenants select id, '%s', 'admin' from public.users"
	    " where email = 'ann@pbx.test'",
	    ids[0]);
	return 0;
}

static struct principals *open_principals(void)
{
	struct principals *principals;

	assert_int_equal(principals_open(fixture->db, &principals, NULL), ERROR_OK);
	return principals;
}

static enum error_code find(struct principals *principals, const char *secret, bool away,
                            struct principal **ret)
{
	const struct principal_question question = {
		.secret = secret, .address = "192.0.2.1", .away_allowed = away};

	return principals_find(principals, &question, ret, NULL);
}

static void expect(struct principals *principals, const char *secret, bool away,
                   enum error_code wanted)
{
	struct principal *principal = NULL;

	assert_int_equal(find(principals, secret, away, &principal), wanted);
	principal_unref(principal);
}

static void make_session(const char *email, char secret[static SECRET_TEXT_MAX])
{
	uint8_t hash[SECRET_HASH_BYTES];
	char text[SECRET_HASH_TEXT_MAX];

	secret_make(SECRET_SESSION, secret);
	secret_hash(secret, hash);
	sql("insert into public.sessions (user_id, secret_hash, created_at, last_used_at,"
	    " expires_at) select id, '%s', now() - interval '1 hour', now() - interval '1 hour',"
	    " now() + interval '11 hours' from public.users where email = '%s'",
	    secret_hash_text(hash, text), email);
}

/* tenant NULL: an operator's. */
static void make_token(const char *email, const struct uuid *tenant, const char *role,
                       char secret[static SECRET_TEXT_MAX])
{
	uint8_t hash[SECRET_HASH_BYTES];
	char text[SECRET_HASH_TEXT_MAX], id[UUID_TEXT_MAX];

	secret_make(SECRET_TOKEN, secret);
	secret_hash(secret, hash);
	sql("insert into public.tokens (user_id, name, secret_hash, tenant_id, role) select id,"
	    " 'test', '%s', nullif('%s', '')::uuid, nullif('%s', '')::public.tenant_role"
	    " from public.users where email = '%s'",
	    secret_hash_text(hash, text), tenant ? uuid_format(tenant, id) : "", tenant ? role : "",
	    email);
}

static void a_session_is_its_user(void **state)
{
	struct principals *principals = open_principals();
	char secret[SECRET_TEXT_MAX];
	struct principal *principal;

	(void)state;
	make_session("ann@pbx.test", secret);
	assert_int_equal(find(principals, secret, false, &principal), ERROR_OK);
	assert_string_equal(principal->email, "ann@pbx.test");
	assert_false(principal->operator_);
	assert_int_equal(principal->kind, ACTOR_SESSION);
	assert_int_equal(principal_access(principal, &tenants[0]), ACCESS_ADMIN);
	assert_int_equal(principal_access(principal, &tenants[1]), ACCESS_NONE);
	principal_unref(principal);
	/* The first use in a minute is written, the idle time begins anew. */
	sql("select (expires_at - last_used_at = interval '12 hours' and last_used_at > now() -"
	    " interval '1 minute' and address = '192.0.2.1')::text from public.sessions");
	assert_string_equal(value, "true");
	principals_close(principals);
}

static void a_session_used_every_day_ends_after_30_days(void **state)
{
	struct principals *principals = open_principals();
	char secret[SECRET_TEXT_MAX];

	(void)state;
	sql("delete from public.sessions");
	make_session("ann@pbx.test", secret);
	sql("update public.sessions set created_at = now() - interval '29 days 20 hours',"
	    " last_used_at = now() - interval '2 hours', expires_at = now() + interval '3 hours'");
	expect(principals, secret, false, ERROR_OK);
	sql("select (expires_at = created_at + interval '30 days')::text from public.sessions"
	    " order by created_at limit 1");
	assert_string_equal(value, "true");
	principals_forget(principals);
	sql("update public.sessions set last_used_at = now() - interval '2 minutes'");
	expect(principals, secret, false, ERROR_OK);
	sql("select bool_and(expires_at = created_at + interval '30 days')::text"
	    " from public.sessions where created_at < now() - interval '29 days'");
	assert_string_equal(value, "true");
	sql("update public.sessions set created_at = now() - interval '30 days', expires_at = "
	    "now()");
	principals_forget(principals);
	expect(principals, secret, false, ERROR_UNAUTHENTICATED);
	principals_close(principals);
}

static void a_token_gives_the_lesser_of_its_role_and_the_membership(void **state)
{
	struct principals *principals = open_principals();
	char mine[SECRET_TEXT_MAX], more[SECRET_TEXT_MAX], other[SECRET_TEXT_MAX];
	struct principal *principal;

	(void)state;
	make_token("ann@pbx.test", &tenants[0], "agent", mine);
	make_token("ann@pbx.test", &tenants[0], "owner", more);
	make_token("ann@pbx.test", &tenants[1], "agent", other);
	assert_int_equal(find(principals, mine, false, &principal), ERROR_OK);
	assert_int_equal(principal->kind, ACTOR_TOKEN);
	assert_int_equal(principal_access(principal, &tenants[0]), ACCESS_AGENT);
	principal_unref(principal);
	assert_int_equal(find(principals, more, false, &principal), ERROR_OK);
	assert_int_equal(principal_access(principal, &tenants[0]), ACCESS_ADMIN);
	principal_unref(principal);
	expect(principals, other, false, ERROR_UNAUTHENTICATED);
	principals_close(principals);
}

static void an_operators_token_without_a_tenant_is_an_operator(void **state)
{
	struct principals *principals = open_principals();
	char all[SECRET_TEXT_MAX], one[SECRET_TEXT_MAX];
	struct principal *principal;

	(void)state;
	make_token("op@pbx.test", NULL, NULL, all);
	make_token("op@pbx.test", &tenants[0], "admin", one);
	assert_int_equal(find(principals, all, false, &principal), ERROR_OK);
	assert_int_equal(principal_access(principal, &tenants[1]), ACCESS_OPERATOR);
	principal_unref(principal);
	assert_int_equal(find(principals, one, false, &principal), ERROR_OK);
	assert_int_equal(principal_access(principal, &tenants[0]), ACCESS_ADMIN);
	assert_int_equal(principal_access(principal, &tenants[1]), ACCESS_NONE);
	principal_unref(principal);
	sql("update public.users set global_role = 'agent' where email = 'op@pbx.test'");
	principals_forget(principals);
	expect(principals, all, false, ERROR_UNAUTHENTICATED);
	sql("update public.users set global_role = 'admin' where email = 'op@pbx.test'");
	principals_close(principals);
}

static void an_answer_is_kept_until_something_changes(void **state)
{
	struct principals *principals = open_principals();
	char secret[SECRET_TEXT_MAX];
	struct principal *principal;

	(void)state;
	make_session("ann@pbx.test", secret);
	expect(principals, secret, false, ERROR_OK);
	sql("delete from public.sessions");
	expect(principals, secret, false, ERROR_OK);
	principals_forget_tenant(principals, &tenants[1]); /* not one of hers */
	expect(principals, secret, false, ERROR_OK);
	principals_forget_tenant(principals, &tenants[0]);
	expect(principals, secret, false, ERROR_UNAUTHENTICATED);

	make_session("ann@pbx.test", secret);
	assert_int_equal(find(principals, secret, false, &principal), ERROR_OK);
	sql("delete from public.sessions");
	principals_forget_one(principals, principal);
	expect(principals, secret, false, ERROR_UNAUTHENTICATED);
	assert_int_equal(principal_access(principal, &tenants[0]), ACCESS_ADMIN); /* ours still */
	principal_unref(principal);
	principals_close(principals);
}

static void what_is_no_secret_is_refused_without_the_database(void **state)
{
	static const char *const texts[] = {
		"",
		"ctx_",
		"ctx_short",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'a",
		"ctx_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xff",
	};
	struct principals *principals;

	(void)state;
	assert_int_equal(principals_open(NULL, &principals, NULL), ERROR_OK);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		expect(principals, texts[i], true, ERROR_UNAUTHENTICATED);
	principals_close(principals);
}

static void what_was_seen_serves_lookups_while_the_database_is_away(void **state)
{
	struct principals *principals = open_principals();
	char seen[SECRET_TEXT_MAX], unseen[SECRET_TEXT_MAX];

	(void)state;
	make_session("ann@pbx.test", seen);
	make_session("ann@pbx.test", unseen);
	expect(principals, seen, false, ERROR_OK);
	postgres_kill(fixture->postgres);
	principals_forget(principals);
	expect(principals, seen, false, ERROR_UNAVAILABLE);
	expect(principals, seen, true, ERROR_OK);
	expect(principals, unseen, true, ERROR_UNAVAILABLE);
	postgres_start(fixture->postgres);
	principals_forget(principals); /* as the listener says that it is back */
	expect(principals, unseen, false, ERROR_OK);
	expect(principals, seen, false, ERROR_OK);
	principals_close(principals);
}

struct crowd {
	struct principals *principals;
	char secrets[4][SECRET_TEXT_MAX];
	atomic_bool stop;
	atomic_ulong found;
};

static void *ask(void *arg)
{
	struct crowd *crowd = arg;

	for (unsigned i = 0; !atomic_load(&crowd->stop); i++) {
		struct principal *principal = NULL;

		if (find(crowd->principals, crowd->secrets[i % 4], true, &principal) == ERROR_OK) {
			if (principal_access(principal, &tenants[0]) != ACCESS_ADMIN)
				abort();
			atomic_fetch_add(&crowd->found, 1);
		}
		principal_unref(principal);
	}
	return NULL;
}

static void many_threads_ask_while_everything_is_forgotten(void **state)
{
	struct crowd crowd = {.principals = open_principals()};
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(crowd.secrets); i++)
		make_session("ann@pbx.test", crowd.secrets[i]);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask, &crowd), 0);
	for (int i = 0; i < 100; i++) {
		principals_forget(crowd.principals);
		usleep(2000);
		principals_forget_tenant(crowd.principals, &tenants[0]);
	}
	atomic_store(&crowd.stop, true);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	assert_true(atomic_load(&crowd.found) > 0);
	principals_close(crowd.principals);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_its_user),
		cmocka_unit_test(a_session_used_every_day_ends_after_30_days),
		cmocka_unit_test(a_token_gives_the_lesser_of_its_role_and_the_membership),
		cmocka_unit_test(an_operators_token_without_a_tenant_is_an_operator),
		cmocka_unit_test(an_answer_is_kept_until_something_changes),
		cmocka_unit_test(what_is_no_secret_is_refused_without_the_database),
		cmocka_unit_test(what_was_seen_serves_lookups_while_the_database_is_away),
		cmocka_unit_test(many_threads_ask_while_everything_is_forgotten),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
