#include "store_fixture.h"

#include <stdio.h>

#include "base/random.h"

struct fixture *fixture;
struct uuid tenant;

const struct actor ann = {
	.kind = ACTOR_SESSION,
	.user = {{1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}},
	.name = "ann@acme.example",
	.address = "192.0.2.7",
	.request_id = "0123456789abcdef",
	.access = ACCESS_OWNER,
};

int store_setup(void **state)
{
	assert_int_equal(random_open(NULL), ERROR_OK);
	fixture_setup(state);
	fixture = *state;
	return 0;
}

int store_tenant(void **state)
{
	static int n;
	char domain[32];

	(void)state;
	snprintf(domain, sizeof(domain), "t%d.example", n++);
	tenant = fixture_tenant(fixture, domain);
	return 0;
}

struct store_call call_of(const char *name)
{
	struct store_call call = {.db = fixture->db, .resource = resource_find(name), .actor = ann};

	if (resource_in_tenant(call.resource))
		call.tenant = tenant;
	return call;
}

enum error_code create(const struct store_call *call, json_t *body, struct text *row,
                       struct error *err)
{
	enum error_code code = store_create(call, body, row, err);

	json_decref(body);
	return code;
}

void must(enum error_code code, const struct error *err)
{
	if (code)
		fail_msg("%s: %s (%s)", err->field, err->message, err->detail);
}

enum error_code update(const struct store_call *call, const char *key, json_t *body,
                       struct text *row, struct error *err)
{
	const char *const keys[] = {key};
	enum error_code code = store_update(call, keys, body, row, err);

	json_decref(body);
	return code;
}

void assert_value(const char *sql, const char *expected)
{
	char value[1024];

	fixture_value(fixture, &tenant, sql, value, sizeof(value));
	assert_string_equal(value, expected);
}

void assert_public(const char *sql, const char *expected)
{
	char value[1024] = "";

	postgres_sql(fixture->postgres, sql, value, sizeof(value));
	assert_string_equal(value, expected);
}

void race(struct rival rivals[static 2], void *(*run)(void *))
{
	pthread_barrier_t start;
	pthread_t threads[2];

	pthread_barrier_init(&start, NULL, 2);
	for (size_t i = 0; i < 2; i++) {
		rivals[i].start = &start;
		assert_int_equal(pthread_create(&threads[i], NULL, run, &rivals[i]), 0);
	}
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
}
