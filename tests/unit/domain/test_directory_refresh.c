/* A tenant's picture is made anew when somebody asks for it, whatever was heard of changes. */
#include <unistd.h>

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

static size_t extensions_of(struct directory *directory, const struct uuid *tenant)
{
	struct snapshot *snapshot;
	size_t n;

	assert_int_equal(directory_find_tenant(directory, tenant, &snapshot, NULL), ERROR_OK);
	n = snapshot->n_extensions;
	snapshot_unref(snapshot);
	return n;
}

/* Without a listener nothing is refreshed: what is asked for by renew is new, and all is behind. */
static void a_tenant_is_renewed_on_demand(void **state)
{
	struct uuid tenant = fixture_tenant(fixture, "renewed.pbx.test");
	const struct directory_config deaf = {.db = fixture->db};
	struct directory *directory, *hearing;
	const struct directory_config hears = {.db = fixture->db, .db_config = &fixture->config};
	struct snapshot *snapshot;
	struct error err;

	(void)state;
	assert_int_equal(directory_open(&deaf, &directory, &err), ERROR_OK);
	assert_int_equal(directory_open(&hears, &hearing, &err), ERROR_OK);
	assert_int_equal(extensions_of(directory, &tenant), 0);
	fixture_extension(fixture, &tenant, "101");
	assert_int_equal(extensions_of(directory, &tenant), 0);
	assert_true(directory_is_behind(directory, &tenant));
	assert_int_equal(directory_renew_tenant(directory, &tenant, &snapshot, &err), ERROR_OK);
	assert_int_equal(snapshot->n_extensions, 1);
	snapshot_unref(snapshot);
	assert_int_equal(extensions_of(directory, &tenant), 1);

	assert_true(directory_is_behind(hearing, &tenant)); /* not in memory */
	assert_int_equal(directory_renew_tenant(hearing, &tenant, &snapshot, &err),
	                 ERROR_NOT_FOUND);
	assert_int_equal(extensions_of(hearing, &tenant), 1);
	for (int i = 0; i < 1000 && directory_is_behind(hearing, &tenant); i++)
		usleep(10000);
	assert_false(directory_is_behind(hearing, &tenant));
	directory_close(hearing);
	directory_close(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_is_renewed_on_demand),
	};

	return cmocka_run_group_tests(tests, group_setup, fixture_teardown);
}
