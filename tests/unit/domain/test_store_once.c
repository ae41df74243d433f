/* The same request sent again, against a real PostgreSQL: one after the other, and two at once. */
#include <stdio.h>

#include "store_fixture.h"

enum { ROUNDS = 21 };

static void the_same_request_is_answered_as_before(void **state)
{
	struct store_once once = {.key = "k", .request_hash = {7}, .status = 201};
	struct store_call call = call_of("extension");
	AUTO(text_clear) struct text first = {0};
	AUTO(text_clear) struct text again = {0};
	struct error err = {0};

	(void)state;
	once.actor = ann.user;
	call.once = &once;
	must(create(&call, json_pack("{ss}", "extension_number", "101"), &first, &err), &err);
	assert_false(once.replayed);
	once.status = 0;
	must(create(&call, json_pack("{ss}", "extension_number", "101"), &again, &err), &err);
	assert_true(once.replayed);
	assert_int_equal(once.status, 201);
	assert_string_equal(text_string(&first), text_string(&again));
	assert_value("select count(*) from extensions", "1");
	assert_value("select count(*) from audit_log", "1");
	once.request_hash[0]++;
	assert_int_equal(create(&call, json_pack("{ss}", "extension_number", "102"), &again, &err),
	                 ERROR_KEY_REUSED);
	assert_value("select count(*) from extensions", "1");
	once.actor.bytes[0]++;
	once.replayed = false;
	must(create(&call, json_pack("{ss}", "extension_number", "102"), &again, &err), &err);
	assert_false(once.replayed);
}

static void a_key_is_free_again_after_a_day(void **state)
{
	struct store_once once = {.key = "k", .request_hash = {7}, .status = 201};
	struct store_call call = call_of("queue");
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	call.once = &once;
	must(create(&call, json_pack("{ss}", "name", "Sales"), &row, &err), &err);
	fixture_sql(fixture, &tenant,
	            "insert into idempotency_keys (actor, key, request_hash, status, answer) select"
	            " actor, 'k' || i, request_hash, status, answer from idempotency_keys,"
	            " generate_series(1, 3) i");
	fixture_sql(fixture, &tenant,
	            "update idempotency_keys set created_at = now() - interval '25 hours'");
	once.request_hash[0]++;
	must(create(&call, json_pack("{ss}", "name", "Support"), &row, &err), &err);
	assert_false(once.replayed);
	assert_value("select count(*) from queues", "2");
	assert_value("select string_agg(key, ' ') from idempotency_keys", "k");
	must(create(&call, json_pack("{ss}", "name", "Sales"), &row, &err), &err);
	assert_true(once.replayed);
}

static void what_was_refused_keeps_no_key(void **state)
{
	struct store_once once = {.key = "k", .request_hash = {7}, .status = 201};
	struct store_call call = call_of("extension");
	AUTO(text_clear) struct text row = {0};
	struct error err = {0};

	(void)state;
	fixture_extension(fixture, &tenant, "101");
	call.once = &once;
	assert_int_equal(create(&call, json_pack("{ss}", "extension_number", "101"), &row, &err),
	                 ERROR_CONFLICT);
	assert_value("select count(*) from idempotency_keys", "0");
}

static void *rival_create(void *arg)
{
	struct rival *rival = arg;
	const char *name = rival->call.resource->name;
	json_t *body = NULL;

	if (strcmp(name, "queue") == 0)
		body = json_pack("{ss}", "name", rival->value);
	else if (strcmp(name, "tenant") == 0)
		body = json_pack("{ssss}", "name", "A", "domain", rival->value);
	else
		body = json_pack("{ssss}", "email", rival->value, "password", "long enough");
	pthread_barrier_wait(rival->start);
	rival->code = create(&rival->call, body, &rival->row, &rival->err);
	return NULL;
}

/* In a tenant, in the installation, and with a schema of its own. */
static void of_two_equal_requests_at_once_one_is_done_and_both_answered(void **state)
{
	static const char *const names[] = {"queue", "user", "tenant"};
	static const char *const forms[] = {"Queue %d", "r%d@x.example", "r%d.example"};

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		size_t which = (size_t)round % COUNT_OF(names);
		struct rival rivals[2] = {0};
		char key[16];

		snprintf(key, sizeof(key), "race %d", round);
		for (int i = 0; i < 2; i++) {
			rivals[i].call = call_of(names[which]);
			rivals[i].once =
				(struct store_once){.actor = ann.user, .key = key, .status = 201};
			rivals[i].call.once = &rivals[i].once;
			snprintf(rivals[i].value, sizeof(rivals[i].value), forms[which], round);
		}
		race(rivals, rival_create);
		for (int i = 0; i < 2; i++)
			must(rivals[i].code, &rivals[i].err);
		assert_int_equal(rivals[0].once.replayed + rivals[1].once.replayed, 1);
		assert_string_equal(text_string(&rivals[0].row), text_string(&rivals[1].row));
		text_clear(&rivals[0].row);
		text_clear(&rivals[1].row);
	}
	assert_value("select count(*) = count(distinct name) from queues", "t");
}

#define TEST(test) cmocka_unit_test_setup(test, store_tenant)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_request_is_answered_as_before),
		TEST(a_key_is_free_again_after_a_day),
		TEST(what_was_refused_keeps_no_key),
		TEST(of_two_equal_requests_at_once_one_is_done_and_both_answered),
	};

	return cmocka_run_group_tests(tests, store_setup, fixture_teardown);
}
