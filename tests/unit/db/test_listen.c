#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/listen.h"
#include "fixture.h"
#include "unit.h"

enum { SEEN = 64, WAIT_S = 10 };

struct heard {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t n;
	enum listen_event events[SEEN];
	char payloads[SEEN][UUID_TEXT_MAX];
};

static void hear(enum listen_event event, const char *payload, void *arg)
{
	struct heard *heard = arg;

	pthread_mutex_lock(&heard->mutex);
	if (heard->n < SEEN) {
		heard->events[heard->n] = event;
		snprintf(heard->payloads[heard->n++], UUID_TEXT_MAX, "%s", payload ? payload : "");
	}
	pthread_cond_signal(&heard->changed);
	pthread_mutex_unlock(&heard->mutex);
}

/* The i-th event, waited for. */
static void expect(struct heard *heard, size_t i, enum listen_event event, const char *payload)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&heard->mutex);
	while (heard->n <= i)
		assert_int_equal(pthread_cond_timedwait(&heard->changed, &heard->mutex, &until), 0);
	assert_int_equal(heard->events[i], event);
	assert_string_equal(heard->payloads[i], payload);
	pthread_mutex_unlock(&heard->mutex);
}

static void test_listen(void **state)
{
	struct fixture *fixture = *state;
	struct heard heard = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0}, {{0}}};
	const struct db_config config = {.owner = postgres_owner(fixture->postgres)};
	struct db *db = fixture_open(fixture, 1, NULL);
	struct tx_scope scope = tenant_scope(&fixture->cust1);
	const struct tx_scope public = {.door = TX_PUBLIC, .writes = true};
	struct listen *listen = NULL;
	char id[UUID_TEXT_MAX];

	uuid_format(&fixture->cust1, id);
	assert_int_equal(listen_open(&config, hear, &heard, &listen, NULL), ERROR_OK);
	expect(&heard, 0, LISTEN_RESTORED, "");
	/* What only reads, and what fails, tells nobody. */
	expect_sql(db, &scope, ERROR_OK, NULL, "select 1", NULL, 0);
	scope.writes = true;
	expect_sql(db, &scope, ERROR_INVALID, NULL, "insert into things values (1000)", NULL, 0);
	expect_sql(db, &scope, ERROR_OK, NULL, "delete from things", NULL, 0);
	expect(&heard, 1, LISTEN_CHANGED, id);
	expect_sql(db, &public, ERROR_OK, NULL, "select 1", NULL, 0);
	expect(&heard, 2, LISTEN_CHANGED, "public");
	postgres_kill(fixture->postgres);
	expect(&heard, 3, LISTEN_LOST, "");
	postgres_start(fixture->postgres);
	expect(&heard, 4, LISTEN_RESTORED, "");
	expect_sql(db, &scope, ERROR_OK, NULL, "delete from things", NULL, 0);
	expect(&heard, 5, LISTEN_CHANGED, id);
	listen_close(listen);
	listen_close(NULL);
	db_close(db);
}

/* A server that is not there when we begin; a close meanwhile does not take long. */
static void test_away(void **state)
{
	const struct db_config config = {.owner = "host=/nonexistent", .connect_timeout_ms = 500};
	struct heard heard = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {0}, {{0}}};
	const struct db_config broken = {.owner = "host='"};
	int64_t begin_us = clock_monotonic_us();
	struct listen *listen = NULL;
	struct error err;

	(void)state;
	assert_int_equal(listen_open(&config, hear, &heard, &listen, NULL), ERROR_OK);
	usleep(300000);
	listen_close(listen);
	assert_true(clock_monotonic_us() - begin_us < 2000000);
	assert_int_equal(heard.n, 0);
	assert_int_equal(listen_open(&broken, hear, &heard, &listen, &err), ERROR_INVALID);
	assert_string_equal(err.field, "database");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_away),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
