#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "db/pool.h"
#include "oom.h"
#include "unit.h"

static void test_slot(void **state)
{
	struct uuid id;

	(void)state;
	assert_true(uuid_parse("00000000-0000-4000-8000-0000000000f7", &id));
	assert_int_equal(db_slot(&id), 7);
	assert_true(uuid_parse("ffffffff-ffff-4fff-8fff-fffffffffff0", &id));
	assert_int_equal(db_slot(&id), 0);
}

static void test_login(void **state)
{
	char name[DB_LOGIN_MAX], password[DB_PASSWORD_MAX];
	uint8_t secret[DB_SECRET_BYTES];

	(void)state;
	assert_string_equal(db_login_name(7, name), "centrex_app_07");
	assert_string_equal(db_login_name(15, name), "centrex_app_15");
	assert_string_equal(db_login_name(DB_SLOTS, name), "centrex_public");
	for (uint8_t i = 0; i < DB_SECRET_BYTES; i++)
		secret[i] = i;
	/* Reckoned by another program: installations depend on it. */
	db_login_password(secret, "centrex_app_07", password);
	assert_string_equal(password,
	                    "ea36eddc6f46fcb7652784958f481c47e142861ee88e3cc24db8efa02ef83d31");
}

static const char *option(const struct connection_options *options, const char *name)
{
	for (size_t i = 0; i < options->n; i++)
		if (strcmp(options->names[i], name) == 0)
			return options->values[i];
	return NULL;
}

/* The owner's own password, given in the URL, goes to the owner's login only. */
static void test_options(void **state)
{
	static const uint8_t secret[DB_SECRET_BYTES] = {1};
	struct db_config config = pool_defaults(&(struct db_config){
		.owner = "postgresql://boss:hunter2@db.example.com/centrex?keepalives_idle=7"});
	struct connection_options options;

	(void)state;
	for (int with = 0; with < 2; with++) {
		config.secret = with ? secret : NULL;
		assert_int_equal(pool_options(&config, POOL_OWNER, &options, NULL), ERROR_OK);
		assert_string_equal(option(&options, "user"), "boss");
		assert_string_equal(option(&options, "password"), "hunter2");
		assert_string_equal(option(&options, "keepalives_idle"), "7");
		connection_options_clear(&options);
		assert_int_equal(pool_options(&config, 3, &options, NULL), ERROR_OK);
		assert_string_equal(option(&options, "user"), "centrex_app_03");
		assert_int_equal(strlen(option(&options, "password")), with ? 64 : 0);
		assert_string_equal(option(&options, "dbname"), "centrex");
		connection_options_clear(&options);
	}
}

static enum error_code open_db(void *arg)
{
	struct db *db = NULL;
	enum error_code code = db_open(arg, &db, NULL);

	db_close(db);
	return code;
}

static void test_oom(void **state)
{
	static const uint8_t secret[DB_SECRET_BYTES] = {1};
	struct db_config config = {.owner = "host=/tmp user=u password=p", .secret = secret};

	(void)state;
	assert_true(oom_check(open_db, &config) > POOL_COUNT);
}

enum { WAITERS = 3 };

struct taker {
	pthread_t thread;
	struct db *db;
	enum error_code code;
	atomic_bool done;
};

static void *take(void *arg)
{
	struct taker *taker = arg;
	struct connection *connection;

	taker->code = pool_take(taker->db, POOL_PUBLIC, &connection, NULL);
	atomic_store(&taker->done, true);
	return NULL;
}

static void start(struct taker *taker, struct db *db)
{
	*taker = (struct taker){.db = db};
	assert_int_equal(pthread_create(&taker->thread, NULL, take, taker), 0);
}

static struct db_counts counts_of(struct db *db)
{
	struct db_counts counts;

	db_counts(db, &counts);
	return counts;
}

/* Accepts, as far as its client can see, and says nothing. */
static int listen_silently(const char *directory, char path[static 96])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, 96, "%s/.s.PGSQL.5432", directory);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server, 16), 0);
	return server;
}

/* The one connection there may be gets no answer: all who waited for its place hear that, and none
 * waits on for a place that is free. */
static void everybody_who_waits_hears_that_the_server_is_silent(void **state)
{
	char directory[] = "/tmp/centrex-pool-XXXXXX", owner[96], path[96];
	struct db_config config = {.owner = owner,
	                           .connections_per_login = 1,
	                           .connect_timeout_ms = 1000,
	                           .statement_timeout_ms = 8000};
	struct taker first, waiters[WAITERS];
	struct db *db;
	int server;

	(void)state;
	assert_non_null(mkdtemp(directory));
	server = listen_silently(directory, path);
	snprintf(owner, sizeof(owner), "host=%s user=u password=p", directory);
	assert_int_equal(db_open(&config, &db, NULL), ERROR_OK);
	start(&first, db);
	while (!counts_of(db).open && !atomic_load(&first.done))
		sched_yield();
	for (int i = 0; i < WAITERS; i++)
		start(&waiters[i], db);
	pthread_join(first.thread, NULL);
	assert_int_equal(first.code, ERROR_UNAVAILABLE);
	for (int i = 0; i < WAITERS; i++) {
		pthread_join(waiters[i].thread, NULL);
		assert_int_equal(waiters[i].code, ERROR_UNAVAILABLE);
	}
	assert_int_equal(counts_of(db).timed_out, 0);
	db_close(db);
	close(server);
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slot),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_oom),
		cmocka_unit_test(everybody_who_waits_hears_that_the_server_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
