/* The directory over a real PostgreSQL: what it knows, how soon it knows better, who waits. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/provision.h"
#include "domain/directory.h"
#include "fixture.h"
#include "unit.h"

static struct fixture *fixture;

static int group_setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	fixture = *state;
	return 0;
}

static struct directory *open_directory(void)
{
	const struct directory_config config = {.db = fixture->db, .db_config = &fixture->config};
	struct directory_counts counts = {0};
	struct directory *directory;
	struct error err;

	if (directory_open(&config, &directory, &err) != ERROR_OK)
		fail_msg("%s", err.message);
	for (int i = 0; i < 500 && !counts.listening; i++) {
		usleep(10000);
		directory_counts(directory, &counts);
	}
	assert_true(counts.listening);
	return directory;
}

/* Forgets the snapshot at once; what it was is only compared. */
static struct snapshot *peek(struct directory *directory, const char *domain)
{
	struct snapshot *snapshot = NULL;

	if (directory_peek_domain(directory, domain, &snapshot) != DIRECTORY_HIT)
		return NULL;
	snapshot_unref(snapshot);
	return snapshot;
}

static enum error_code find(struct directory *directory, const char *domain)
{
	struct snapshot *snapshot;
	enum error_code code = directory_find_domain(directory, domain, &snapshot, NULL);

	if (code == ERROR_OK)
		snapshot_unref(snapshot);
	return code;
}

static enum error_code find_name(struct directory *directory, const struct uuid *name,
                                 const char *number)
{
	struct snapshot *snapshot;
	enum error_code code = directory_find_auth_username(directory, name, &snapshot, NULL);

	if (code == ERROR_OK) {
		assert_string_equal(snapshot_by_auth_username(snapshot, name)->number, number);
		snapshot_unref(snapshot);
	}
	return code;
}

static size_t extensions_of(struct directory *directory, const char *domain)
{
	struct snapshot *snapshot;
	size_t n;

	if (directory_peek_domain(directory, domain, &snapshot) != DIRECTORY_HIT)
		return SIZE_MAX;
	n = snapshot->n_extensions;
	snapshot_unref(snapshot);
	return n;
}

#define WAIT_FOR(condition)                                                                        \
	do {                                                                                       \
		int tries_ = 0;                                                                    \
		while (!(condition) && tries_++ < 1000)                                            \
			usleep(10000);                                                             \
		assert_true(condition);                                                            \
	} while (0)

static void a_domain_in_any_case(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "one.pbx.test");
	struct directory *directory = open_directory();
	struct snapshot *first, *second;

	(void)state;
	fixture_extension(fixture, &tenant, "101");
	assert_null(peek(directory, "one.pbx.test"));
	assert_int_equal(directory_find_domain(directory, "ONE.pbx.Test.", &first, NULL), ERROR_OK);
	assert_true(uuid_equal(&first->tenant, &tenant));
	assert_int_equal(directory_peek_domain(directory, "one.PBX.test", &second), DIRECTORY_HIT);
	assert_ptr_equal(first, second);
	snapshot_unref(second);
	assert_int_equal(directory_find_tenant(directory, &tenant, &second, NULL), ERROR_OK);
	assert_ptr_equal(first, second);
	snapshot_unref(second);
	directory_close(directory);
	assert_int_equal(first->n_extensions, 1); /* outlives the directory */
	snapshot_unref(first);
}

static void unknown_names_are_remembered(void **state)
{
	struct directory *directory = open_directory();
	struct uuid nobody = uuid_random();
	struct snapshot *snapshot;
	char longest[300];

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(directory_peek_domain(directory, "none.test", &snapshot), DIRECTORY_ASK);
	assert_int_equal(find(directory, "none.test"), ERROR_NOT_FOUND);
	assert_int_equal(directory_peek_domain(directory, "NONE.test", &snapshot),
	                 DIRECTORY_ABSENT);
	assert_int_equal(directory_peek_auth_username(directory, &nobody, &snapshot),
	                 DIRECTORY_ASK);
	assert_int_equal(find_name(directory, &nobody, ""), ERROR_NOT_FOUND);
	assert_int_equal(directory_peek_auth_username(directory, &nobody, &snapshot),
	                 DIRECTORY_ABSENT);
	assert_int_equal(directory_find_tenant(directory, &nobody, &snapshot, NULL),
	                 ERROR_NOT_FOUND);
	/* What can be no domain is not asked for. */
	assert_int_equal(directory_peek_domain(directory, "", &snapshot), DIRECTORY_ABSENT);
	assert_int_equal(directory_peek_domain(directory, ".", &snapshot), DIRECTORY_ABSENT);
	assert_int_equal(directory_peek_domain(directory, "a b", &snapshot), DIRECTORY_ABSENT);
	assert_int_equal(directory_peek_domain(directory, "\xc3\xa4.test", &snapshot),
	                 DIRECTORY_ABSENT);
	assert_int_equal(directory_peek_domain(directory, longest, &snapshot), DIRECTORY_ABSENT);
	assert_int_equal(find(directory, longest), ERROR_NOT_FOUND);
	/* A tenant made meanwhile is not absent. */
	fixture_tenant(fixture, "none.test");
	WAIT_FOR(directory_peek_domain(directory, "none.test", &snapshot) == DIRECTORY_ASK);
	assert_int_equal(find(directory, "none.test"), ERROR_OK);
	directory_close(directory);
}

static void a_phone_is_found_by_its_name(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "two.pbx.test");
	struct uuid name = fixture_extension(fixture, &tenant, "101");
	struct directory *directory = open_directory();
	struct snapshot *snapshot;
	char sql[300], text[UUID_TEXT_MAX];
	struct uuid later, rotated = uuid_random();

	(void)state;
	assert_int_equal(directory_peek_auth_username(directory, &name, &snapshot), DIRECTORY_ASK);
	assert_int_equal(find_name(directory, &name, "101"), ERROR_OK);
	assert_int_equal(directory_peek_auth_username(directory, &name, &snapshot), DIRECTORY_HIT);
	assert_string_equal(snapshot->domain, "two.pbx.test");
	snapshot_unref(snapshot);
	/* Added a moment ago, whether its notification has come or not. */
	later = fixture_extension(fixture, &tenant, "102");
	assert_int_equal(find_name(directory, &later, "102"), ERROR_OK);
	/* Rotated: the old name is nobody's. */
	rotated.bytes[6] = (uint8_t)((rotated.bytes[6] & 0x0f) | 0x40);
	snprintf(sql, sizeof(sql),
	         "update extensions set auth_username = '%s' where extension_number = '101'"
	         " and public.claim_auth_username(id, '%s')",
	         uuid_format(&rotated, text), text);
	fixture_sql(fixture, &tenant, sql);
	WAIT_FOR(find_name(directory, &name, "101") == ERROR_NOT_FOUND);
	assert_int_equal(find_name(directory, &rotated, "101"), ERROR_OK);
	directory_close(directory);
}

static void changes_arrive_by_themselves(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "three.pbx.test");
	struct directory *directory = open_directory();
	struct snapshot *before;
	struct directory_counts counts;

	(void)state;
	assert_int_equal(directory_find_domain(directory, "three.pbx.test", &before, NULL),
	                 ERROR_OK);
	fixture_extension(fixture, &tenant, "101");
	WAIT_FOR(extensions_of(directory, "three.pbx.test") == 1);
	assert_int_equal(before->n_extensions, 0); /* whoever holds the old one keeps it */
	snapshot_unref(before);
	/* A burst is a few loads, not one each. */
	for (int i = 0; i < 50; i++) {
		char number[8];

		snprintf(number, sizeof(number), "%d", 200 + i);
		fixture_extension(fixture, &tenant, number);
	}
	WAIT_FOR(extensions_of(directory, "three.pbx.test") == 51);
	directory_counts(directory, &counts);
	print_message("# %lu loads\n", (unsigned long)counts.loads);
	assert_in_range(counts.loads, 3, 30);
	directory_close(directory);
}

static void public_sql(const char *sql)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .writes = true};
	const struct tx_statement statement = {.sql = sql};
	struct error err;

	if (tx_run(fixture->db, &scope, &statement, 1, NULL, &err) != ERROR_OK)
		fail_msg("%s: %s %s", sql, err.message, err.detail);
}

static void a_tenant_moves_to_another_domain_and_goes(void **state)
{
	struct uuid four = fixture_tenant(fixture, "four.pbx.test");
	struct uuid five = fixture_tenant(fixture, "five.pbx.test");
	struct directory *directory = open_directory();
	struct snapshot *snapshot;
	struct error err;

	(void)state;
	assert_int_equal(find(directory, "four.pbx.test"), ERROR_OK);
	assert_int_equal(find(directory, "five.pbx.test"), ERROR_OK);
	public_sql("update tenants set domain = 'old.pbx.test' where domain = 'four.pbx.test'");
	WAIT_FOR(peek(directory, "old.pbx.test"));
	assert_null(peek(directory, "four.pbx.test"));
	assert_int_equal(find(directory, "four.pbx.test"), ERROR_NOT_FOUND);
	/* Another takes the name over. */
	public_sql("update tenants set domain = 'four.pbx.test' where domain = 'five.pbx.test'");
	WAIT_FOR(peek(directory, "four.pbx.test"));
	assert_int_equal(directory_peek_domain(directory, "four.pbx.test", &snapshot),
	                 DIRECTORY_HIT);
	assert_true(uuid_equal(&snapshot->tenant, &five));
	snapshot_unref(snapshot);
	if (provision_drop(fixture->db, &four, &err) != ERROR_OK)
		fail_msg("%s %s", err.message, err.detail);
	WAIT_FOR(!peek(directory, "old.pbx.test"));
	assert_int_equal(find(directory, "old.pbx.test"), ERROR_NOT_FOUND);
	assert_int_equal(directory_find_tenant(directory, &four, &snapshot, NULL), ERROR_NOT_FOUND);
	directory_close(directory);
}

static void the_old_picture_serves_while_the_database_is_away(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "six.pbx.test");
	struct uuid name = fixture_extension(fixture, &tenant, "101");
	struct directory *directory = open_directory();
	struct directory_counts counts;
	struct snapshot *snapshot;

	(void)state;
	assert_int_equal(find_name(directory, &name, "101"), ERROR_OK);
	postgres_kill(fixture->postgres);
	WAIT_FOR((directory_counts(directory, &counts), !counts.listening));
	assert_int_equal(find(directory, "six.pbx.test"), ERROR_OK);
	assert_int_equal(directory_peek_auth_username(directory, &name, &snapshot), DIRECTORY_HIT);
	snapshot_unref(snapshot);
	assert_int_equal(find(directory, "one.pbx.test"), ERROR_UNAVAILABLE);
	assert_int_equal(find(directory, "never.heard.test"), ERROR_UNAVAILABLE);
	assert_int_equal(directory_peek_domain(directory, "never.heard.test", &snapshot),
	                 DIRECTORY_ASK);
	postgres_start(fixture->postgres);
	WAIT_FOR((directory_counts(directory, &counts), counts.listening && !counts.stale));
	/* A change nobody hears of; then the listener's connection is lost and comes back. */
	postgres_sql(
		fixture->postgres,
		"do $$ declare s text; begin select schema_name into s from public.tenants where"
		" domain = 'six.pbx.test'; execute format('insert into %I.extensions"
		" (extension_number, auth_password) values (''102'', ''password-0123456789-0'')',"
		" s); end $$",
		NULL, 0);
	postgres_sql(fixture->postgres,
	             "select pg_terminate_backend(pid) from pg_stat_activity where query ilike"
	             " 'listen%'",
	             NULL, 0);
	WAIT_FOR(extensions_of(directory, "six.pbx.test") == 2);
	assert_int_equal(find(directory, "one.pbx.test"), ERROR_OK);
	WAIT_FOR((directory_counts(directory, &counts), counts.stale == 0));
	directory_close(directory);
}

struct crowd {
	struct directory *directory;
	struct uuid tenants[4], names[4];
	atomic_bool stop;
	atomic_ulong hits;
};

static void *look_up(void *arg)
{
	static const char *const domains[] = {"a.crowd.test", "b.crowd.test", "c.crowd.test",
	                                      "d.crowd.test", "e.crowd.test"};
	struct crowd *crowd = arg;

	for (unsigned i = 0; !atomic_load(&crowd->stop); i++) {
		const char *domain = domains[i % COUNT_OF(domains)];
		struct snapshot *snapshot;

		if (directory_peek_domain(crowd->directory, domain, &snapshot) == DIRECTORY_HIT) {
			if (strcmp(snapshot->domain, domain) ||
			    (*domain != 'e' && !snapshot->n_extensions))
				abort();
			snapshot_unref(snapshot);
			atomic_fetch_add(&crowd->hits, 1);
		} else if (directory_find_domain(crowd->directory, domain, &snapshot, NULL) ==
		           ERROR_OK) {
			snapshot_unref(snapshot);
		}
		if (directory_find_auth_username(crowd->directory, &crowd->names[i % 4], &snapshot,
		                                 NULL) == ERROR_OK) {
			if (!snapshot_by_auth_username(snapshot, &crowd->names[i % 4]))
				abort();
			snapshot_unref(snapshot);
		}
		if (i % 64 == 0)
			usleep(500);
	}
	return NULL;
}

static void many_threads_while_everything_changes(void **state)
{
	struct crowd crowd = {.directory = open_directory()};
	pthread_t threads[6];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(crowd.tenants); i++) {
		char domain[] = "a.crowd.test";

		domain[0] = (char)('a' + (int)i);
		crowd.tenants[i] = fixture_tenant(fixture, domain);
		crowd.names[i] = fixture_extension(fixture, &crowd.tenants[i], "100");
	}
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_create(&threads[i], NULL, look_up, &crowd);
	for (unsigned i = 0; i < 120; i++) {
		char number[8];

		snprintf(number, sizeof(number), "%u", 101 + i);
		fixture_extension(fixture, &crowd.tenants[i % 4], number);
		if (i % 40 == 20) {
			struct uuid brief = fixture_tenant(fixture, "e.crowd.test");

			fixture_extension(fixture, &brief, "100");
			usleep(20000);
			assert_int_equal(provision_drop(fixture->db, &brief, NULL), ERROR_OK);
		}
	}
	WAIT_FOR(extensions_of(crowd.directory, "a.crowd.test") == 31);
	WAIT_FOR(!peek(crowd.directory, "e.crowd.test"));
	atomic_store(&crowd.stop, true);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	print_message("# %lu hits\n", atomic_load(&crowd.hits));
	assert_true(atomic_load(&crowd.hits) > 100);
	directory_close(crowd.directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_in_any_case),
		cmocka_unit_test(unknown_names_are_remembered),
		cmocka_unit_test(a_phone_is_found_by_its_name),
		cmocka_unit_test(changes_arrive_by_themselves),
		cmocka_unit_test(a_tenant_moves_to_another_domain_and_goes),
		cmocka_unit_test(the_old_picture_serves_while_the_database_is_away),
		cmocka_unit_test(many_threads_while_everything_changes),
	};

	return cmocka_run_group_tests(tests, group_setup, fixture_teardown);
}
