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

static struct directory *open_directory_of(bool warm)
{
	const struct directory_config config = {
		.db = fixture->db, .db_config = &fixture->config, .warm = warm};
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

static struct directory *open_directory(void)
{
	return open_directory_of(false);
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

static bool add_bytes(struct snapshot *snapshot, void *arg)
{
	size_t *sum = arg;

	sum[0]++;
	sum[1] += snapshot->bytes;
	return true;
}

static bool only_one(struct snapshot *snapshot, void *arg)
{
	*(struct snapshot **)arg = snapshot_ref(snapshot);
	return false;
}

static void each_tenant_in_memory_is_shown(void **state)
{
	struct directory *directory = open_directory();
	size_t sum[2] = {0};
	struct directory_counts counts;
	struct snapshot *kept = NULL;

	(void)state;
	assert_true(directory_each(directory, add_bytes, sum));
	assert_int_equal(sum[0], 0);
	assert_int_equal(find(directory, "one.pbx.test"), ERROR_OK);
	assert_int_equal(find(directory, "two.pbx.test"), ERROR_OK);
	assert_true(directory_each(directory, add_bytes, sum));
	directory_counts(directory, &counts);
	assert_int_equal(sum[0], 2);
	assert_int_equal(counts.tenants, 2);
	assert_int_equal(counts.bytes, sum[1]);
	assert_false(counts.warm);
	assert_true(directory_each(directory, only_one, &kept));
	directory_close(directory);
	assert_non_null(kept->domain);
	snapshot_unref(kept);
}

static void a_warm_directory_has_every_tenant_unasked(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "warm.pbx.test"), later;
	struct uuid name = fixture_extension(fixture, &tenant, "101");
	struct directory *directory = open_directory_of(true);
	struct directory_counts counts;
	struct snapshot *snapshot;

	(void)state;
	WAIT_FOR((directory_counts(directory, &counts), counts.warm));
	assert_int_equal(extensions_of(directory, "warm.pbx.test"), 1);
	assert_non_null(peek(directory, "one.pbx.test"));
	assert_int_equal(directory_peek_auth_username(directory, &name, &snapshot), DIRECTORY_HIT);
	assert_string_equal(snapshot->domain, "warm.pbx.test");
	snapshot_unref(snapshot);
	/* Also what comes later, a tenant or a phone. */
	later = fixture_tenant(fixture, "warmer.pbx.test");
	WAIT_FOR(peek(directory, "warmer.pbx.test"));
	name = fixture_extension(fixture, &later, "102");
	WAIT_FOR(extensions_of(directory, "warmer.pbx.test") == 1);
	assert_int_equal(directory_peek_auth_username(directory, &name, &snapshot), DIRECTORY_HIT);
	snapshot_unref(snapshot);
	assert_int_equal(provision_drop(fixture->db, &later, NULL), ERROR_OK);
	WAIT_FOR(!peek(directory, "warmer.pbx.test"));
	directory_counts(directory, &counts);
	assert_true(counts.warm);
	directory_close(directory);
}

static void warming_goes_on_when_the_database_is_back(void **state)
{
	const struct directory_config config = {
		.db = fixture->db, .db_config = &fixture->config, .warm = true};
	struct directory *directory;
	struct directory_counts counts;

	(void)state;
	postgres_kill(fixture->postgres);
	assert_int_equal(directory_open(&config, &directory, NULL), ERROR_OK);
	usleep(700000); /* it has tried in vain */
	directory_counts(directory, &counts);
	assert_false(counts.warm);
	assert_int_equal(counts.tenants, 0);
	postgres_start(fixture->postgres);
	WAIT_FOR((directory_counts(directory, &counts), counts.warm));
	assert_non_null(peek(directory, "warm.pbx.test"));
	directory_close(directory);
}

/* Its tables are locked, or worse: it comes by itself once they can be read, and meanwhile the
 * others are loaded and hear of changes. */
static void one_that_cannot_be_loaded_holds_up_no_other(void **state)
{
	struct uuid broken = fixture_tenant(fixture, "a-broken.pbx.test");
	struct uuid other = fixture_tenant(fixture, "other.pbx.test");
	const struct tx_scope owner = {.door = TX_OWNER, .tenant = broken};
	const struct tx_statement away = {.sql = "alter table settings rename to away"};
	const struct tx_statement back = {.sql = "alter table away rename to settings"};
	struct directory *directory;
	struct directory_counts counts;

	(void)state;
	assert_int_equal(tx_run(fixture->db, &owner, &away, 1, NULL, NULL), ERROR_OK);
	directory = open_directory_of(true);
	WAIT_FOR((directory_counts(directory, &counts), counts.warm));
	assert_true(counts.failures > 0);
	assert_null(peek(directory, "a-broken.pbx.test"));
	fixture_extension(fixture, &other, "101");
	WAIT_FOR(extensions_of(directory, "other.pbx.test") == 1);
	assert_int_equal(tx_run(fixture->db, &owner, &back, 1, NULL, NULL), ERROR_OK);
	WAIT_FOR(peek(directory, "a-broken.pbx.test"));
	directory_close(directory);
}

/* What the engine takes for a queue without a row of settings is what a new row has. */
static void a_new_queue_behaves_as_one_of_the_release_before(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "defaults.pbx.test");
	struct directory *directory = open_directory();
	struct snapshot *snapshot;

	(void)state;
	fixture_sql(fixture, &tenant, "insert into queues (name) values ('new'), ('old')");
	fixture_sql(fixture, &tenant,
	            "select public.keep_queue_settings(id) from queues where name = 'new'");
	assert_int_equal(directory_find_tenant(directory, &tenant, &snapshot, NULL), ERROR_OK);
	assert_int_equal(snapshot->n_queues, 2);
	assert_memory_equal(&snapshot->queues[0].settings, &snapshot->queues[1].settings,
	                    sizeof(struct queue_settings));
	snapshot_unref(snapshot);
	directory_close(directory);
}

/* By id, by name where two have it the older; without regard to which comes first in the table. */
static void queues_play_what_their_tenant_said(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "music.pbx.test");
	struct directory *directory = open_directory();
	static const struct {
		const char *queue, *sound;
		enum queue_music music;
	} rows[] = {
		{"by id",   "00000000-0000-4000-8000-0000000000b1", MUSIC_SOUND  },
		{"by name", "00000000-0000-4000-8000-0000000000b2", MUSIC_SOUND  },
		{"default", NULL,				   MUSIC_DEFAULT},
		{"gone",    NULL,				   MUSIC_DEFAULT},
		{"silence", NULL,				   MUSIC_SILENCE},
		{"spoken",  NULL,				   MUSIC_DEFAULT},
		{"unsaid",  NULL,				   MUSIC_DEFAULT},
	};
	struct snapshot *snapshot;
	char text[UUID_TEXT_MAX];

	(void)state;
	fixture_extension(fixture, &tenant, "101");
	fixture_extension(fixture, &tenant, "11");
	fixture_sql(fixture, &tenant,
	            "insert into media_files (id, category, original_name, file_path, uploaded_at)"
	            " values ('00000000-0000-4000-8000-0000000000b1', 'moh', 'a.wav', 'b1', now()),"
	            " ('00000000-0000-4000-8000-0000000000b2', 'moh', 'a.wav', 'b2',"
	            " now() - interval '1 day'),"
	            " ('00000000-0000-4000-8000-0000000000b3', 'ivr', 'spoken.wav', 'b3', now()),"
	            " ('00000000-0000-4000-8000-0000000000b4', 'moh', 'silence', 'b4', now())");
	fixture_sql(fixture, &tenant,
	            "insert into queues (name, strategy, moh_sound) values ('unsaid', 'ring-all', "
	            "null),"
	            " ('by name', 'round-robin', 'a.wav'), ('default', 'ring-all', 'default'),"
	            " ('by id', 'ring-all', '00000000-0000-4000-8000-0000000000B1'),"
	            " ('silence', 'ring-all', 'silence'), ('gone', 'ring-all', 'gone.wav'),"
	            " ('spoken', 'ring-all', 'spoken.wav')");
	fixture_sql(
		fixture, &tenant,
		"insert into queue_members (queue_id, extension_id, tier, level) select q.id, e.id,"
		" case e.extension_number when '11' then 1 else 2 end, 1"
		" from queues q, extensions e where q.name in ('by id', 'silence')");
	fixture_sql(fixture, &tenant,
	            "insert into numbers (number, queue_id, media_id) select '800', q.id, "
	            "null::uuid from"
	            " queues q where q.name = 'silence' union all select '900', null,"
	            " '00000000-0000-4000-8000-0000000000b3'::uuid");
	assert_int_equal(directory_find_tenant(directory, &tenant, &snapshot, NULL), ERROR_OK);
	assert_int_equal(snapshot->n_queues, COUNT_OF(rows));
	assert_int_equal(snapshot->n_sounds, 4);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct queue *queue = &snapshot->queues[i];

		assert_string_equal(queue->name, rows[i].queue);
		assert_int_equal(queue->music, rows[i].music);
		if (rows[i].sound)
			assert_string_equal(uuid_format(&queue->sound->id, text), rows[i].sound);
		else
			assert_null(queue->sound);
	}
	assert_int_equal(snapshot->queues[0].n_members, 2);
	assert_string_equal(snapshot->queues[0].members[0].extension->number, "11");
	assert_string_equal(snapshot->queues[4].members[1].extension->number, "101");
	assert_int_equal(snapshot->queues[1].strategy, QUEUE_ROUND_ROBIN);
	assert_ptr_equal(snapshot_number(snapshot, "800")->queue, &snapshot->queues[4]);
	assert_string_equal(snapshot_number(snapshot, "900")->sound->name, "spoken.wav");
	snapshot_unref(snapshot);
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
		cmocka_unit_test(each_tenant_in_memory_is_shown),
		cmocka_unit_test(a_warm_directory_has_every_tenant_unasked),
		cmocka_unit_test(warming_goes_on_when_the_database_is_back),
		cmocka_unit_test(one_that_cannot_be_loaded_holds_up_no_other),
		cmocka_unit_test(a_new_queue_behaves_as_one_of_the_release_before),
		cmocka_unit_test(queues_play_what_their_tenant_said),
		cmocka_unit_test(many_threads_while_everything_changes),
	};

	return cmocka_run_group_tests(tests, group_setup, fixture_teardown);
}
