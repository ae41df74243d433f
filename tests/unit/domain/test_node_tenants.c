/* How many phones tenants have on a node, over a real PostgreSQL: two processes of one name. */
#include <unistd.h>

#include "domain/node.h"
#include "domain/node_tenants.h"
#include "fixture.h"
#include "unit.h"

static struct fixture *fixture;
static struct uuid tenant;
static struct node *node;

static int group_setup(void **state)
{
	const struct node_config config = {.kind = "sip", .name = "one"};
	struct node_config with_db = config;

	if (fixture_setup(state))
		return -1;
	fixture = *state;
	tenant = fixture_tenant(fixture, "acme.pbx.test");
	with_db.db = fixture->db;
	return node_open(&with_db, &node, NULL) ? -1 : 0;
}

static int group_teardown(void **state)
{
	node_close(node);
	return fixture_teardown(state);
}

static struct node_tenants *start(void)
{
	struct node_tenants *tenants;

	assert_int_equal(node_tenants_open(fixture->db, "sip", "one", &tenants, NULL), ERROR_OK);
	return tenants;
}

static long phones(void)
{
	char value[32] = "";

	postgres_sql(fixture->postgres,
	             "select coalesce(sum(registrations), 0) from public.node_tenants", value,
	             sizeof(value));
	return strtol(value, NULL, 10);
}

/* Thirty seconds at most. */
static void become(long expected)
{
	for (int i = 0; i < 1500 && phones() != expected; i++)
		usleep(20000);
	assert_int_equal(phones(), expected);
}

static void one_that_ends_takes_nothing_of_its_successor_along(void **state)
{
	struct node_tenants *before = start(), *after;

	(void)state;
	node_tenants_phone(before, &tenant, 1);
	become(1);
	usleep(2000); /* the later one is later */
	after = start();
	for (int i = 0; i < 3; i++)
		node_tenants_phone(after, &tenant, 1);
	become(3);
	node_tenants_close(before);
	assert_int_equal(phones(), 3);
	node_tenants_close(after);
	assert_int_equal(phones(), 0);
}

static void what_one_that_ends_still_counts_is_not_believed(void **state)
{
	struct node_tenants *before = start(), *after;

	(void)state;
	node_tenants_phone(before, &tenant, 1);
	become(1); /* it has removed what was there, and will not again */
	usleep(2000);
	after = start();
	for (int i = 0; i < 3; i++)
		node_tenants_phone(after, &tenant, 1);
	become(3);
	node_tenants_phone(before, &tenant, 1);
	node_tenants_phone(after, &tenant, 1);
	become(4);
	node_tenants_close(before);
	assert_int_equal(phones(), 4);
	node_tenants_close(after);
	assert_int_equal(phones(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_ends_takes_nothing_of_its_successor_along),
		cmocka_unit_test(what_one_that_ends_still_counts_is_not_believed),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
