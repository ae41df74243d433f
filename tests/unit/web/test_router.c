#include "oom.h"
#include "unit.h"
#include "web/routes.h"

static const struct route rows[] = {
	{.method = WEB_GET,    .path = "/a"                       },
	{.method = WEB_POST,   .path = "/a"                       },
	{.method = WEB_GET,    .path = "/a/{id}"                  },
	{.method = WEB_DELETE, .path = "/a/{id}"                  },
	{.method = WEB_POST,   .path = "/a/import"                },
	{.method = WEB_GET,    .path = "/t/{tenant}/b/{one}/{two}"},
	{.method = WEB_GET,    .path = "/t/{tenant}/{any}"        },
	{.method = WEB_GET,    .path = "/t/x/y/z"                 },
};
static const struct route_table table = {rows, COUNT_OF(rows)};
static const struct route_table *const all[] = {&table};

static int set_up(void **state)
{
	struct routes *routes = NULL;

	assert_int_equal(routes_make(all, 1, &routes, NULL), ERROR_OK);
	*state = routes;
	return 0;
}

static int tear_down(void **state)
{
	routes_close(*state);
	return 0;
}

static void a_path_finds_its_row(void **state)
{
	static const struct {
		enum web_method method;
		const char *path;
		int row; /* -1: none */
		const char *values[3];
	} cases[] = {
		{WEB_GET,    "/a",                             0,  {NULL}         },
		{WEB_POST,   "/a",                             1,  {NULL}         },
		{WEB_GET,    "/%61",                           0,  {NULL}         },
		{WEB_GET,    "/a/7",                           2,  {"7"}          },
		{WEB_DELETE, "/a/7%20%C3%A4",                  3,  {"7 \xc3\xa4"} },
		{WEB_GET,    "/a/+",                           2,  {"+"}          },
		{WEB_POST,   "/a/import",                      4,  {NULL}         },
		{WEB_GET,    "/a/import",                      2,  {"import"}     },
		{WEB_GET,    "/t/x/b/1/2",                     5,  {"x", "1", "2"}},
		{WEB_GET,    "/t/x/q",                         6,  {"x", "q"}     },
		{WEB_GET,    "/t/x/y",                         6,  {"x", "y"}     },
		{WEB_GET,    "/t/x/y/z",                       7,  {NULL}         },
		{WEB_GET,    "/t/x/y/a",                       -1, {NULL}         },
		{WEB_GET,    "/a/",                            -1, {NULL}         },
		{WEB_GET,    "//a",                            -1, {NULL}         },
		{WEB_GET,    "/a//",                           -1, {NULL}         },
		{WEB_GET,    "/",                              -1, {NULL}         },
		{WEB_GET,    "",			       -1, {NULL}         },
		{WEB_GET,    "a",                              -1, {NULL}         },
		{WEB_GET,    "*",                              -1, {NULL}         },
		{WEB_GET,    "/A",                             -1, {NULL}         },
		{WEB_GET,    "/a/..",                          -1, {NULL}         },
		{WEB_GET,    "/a/%2e%2E",                      -1, {NULL}         },
		{WEB_GET,    "/a/.",                           -1, {NULL}         },
		{WEB_GET,    "/a/x%2fy",                       -1, {NULL}         },
		{WEB_GET,    "/a/x%00y",                       -1, {NULL}         },
		{WEB_GET,    "/a/%ff",                         -1, {NULL}         },
		{WEB_GET,    "/a/%",                           -1, {NULL}         },
		{WEB_GET,    "/1/2/3/4/5/6/7/8/9/10/11/12/13", -1, {NULL}         },
	};
	struct route_match match;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		size_t n = 0;

		print_message("%s\n", cases[i].path);
		routes_match(*state, cases[i].method, cases[i].path, &match);
		if (cases[i].row < 0) {
			assert_null(match.route);
			continue;
		}
		assert_ptr_equal(match.route, &rows[cases[i].row]);
		for (; n < 3 && cases[i].values[n]; n++)
			assert_string_equal(match.parameters[n].value, cases[i].values[n]);
		assert_int_equal(match.n, n);
	}
	routes_match(*state, WEB_GET, "/t/x/b/1/2", &match);
	assert_int_equal(match.parameters[1].name_length, 3);
	assert_memory_equal(match.parameters[1].name, "one", 3);
}

static void a_path_without_the_method_says_which_it_has(void **state)
{
	struct route_match match;

	routes_match(*state, WEB_PUT, "/a/import", &match);
	assert_null(match.route);
	assert_int_equal(match.allowed, 1u << WEB_GET | 1u << WEB_POST | 1u << WEB_DELETE);
	routes_match(*state, WEB_PUT, "/nothing", &match);
	assert_int_equal(match.allowed, 0);
}

static void a_path_as_long_as_may_be(void **state)
{
	char path[ROUTE_PATH_MAX + 1];
	struct route_match match;

	memset(path, 'x', sizeof(path));
	memcpy(path, "/a/", 3);
	path[ROUTE_PATH_MAX - 1] = '\0';
	routes_match(*state, WEB_GET, path, &match);
	assert_ptr_equal(match.route, &rows[2]);
	path[ROUTE_PATH_MAX - 1] = 'x';
	path[ROUTE_PATH_MAX] = '\0';
	routes_match(*state, WEB_GET, path, &match);
	assert_null(match.route);
}

static void a_row_that_stands_twice_is_refused(void **state)
{
	static const struct route twice[] = {
		{.method = WEB_GET, .path = "/a/{id}"   },
		{.method = WEB_GET, .path = "/a/{other}"},
	};
	static const struct route_table bad = {twice, COUNT_OF(twice)};
	const struct route_table *tables[] = {&bad};
	struct routes *routes = NULL;

	(void)state;
	assert_int_equal(routes_make(tables, 1, &routes, NULL), ERROR_INTERNAL);
}

/* What a screen on a wall reads of a tenant, and nothing else (docs/adr/0092). */
static bool is_for_screens(const struct route *route)
{
	static const char *const rests[] = {"/events", "/preferences", "/queues/figures",
	                                    "/queues/statistics"};
	const char *const rest = strstr(route->path, "{tenant}") + strlen("{tenant}");

	for (size_t i = 0; i < COUNT_OF(rests); i++)
		if (route->method == WEB_GET && strcmp(rest, rests[i]) == 0)
			return true;
	return false;
}

static void the_product_has_its_rows(void **state)
{
	struct routes *routes = NULL;
	struct route_match match;

	(void)state;
	assert_int_equal(routes_open(&routes, NULL), ERROR_OK);
	for (size_t i = 0; i < routes_count(routes); i++) {
		const struct route *route = routes_at(routes, i);

		print_message("%s %s\n", web_method_name(route->method), route->path);
		assert_non_null(route->handle);
		assert_non_null(route->summary);
		assert_non_null(route->tag);
		routes_match(routes, route->method, route->path, &match);
		assert_ptr_equal(match.route, route);
		/* What is in a tenant is never for everybody. */
		if (strstr(route->path, "{tenant}"))
			assert_true(route->access >=
			            (is_for_screens(route) ? ACCESS_BOARD : ACCESS_AGENT));
	}
	routes_match(routes, WEB_PATCH, "/api/v1/tenants/t/queue-members/a/b", &match);
	assert_non_null(match.route);
	assert_string_equal(match.route->resource->name, "queue-member");
	routes_match(routes, WEB_POST, "/api/v1/tenants/t/extensions/101/rotate-credentials",
	             &match);
	assert_non_null(match.route);
	assert_non_null(match.route->action);
	routes_close(routes);
}

static enum error_code make(void *arg)
{
	struct routes *routes = NULL;
	enum error_code code = routes_make(arg, 1, &routes, NULL);

	if (code == ERROR_OK)
		routes_close(routes);
	return code;
}

static void without_memory_nothing_is_lost(void **state)
{
	(void)state;
	oom_check(make, (void *)(uintptr_t)all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_path_finds_its_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_path_without_the_method_says_which_it_has, set_up,
	                                        tear_down),
		cmocka_unit_test_setup_teardown(a_path_as_long_as_may_be, set_up, tear_down),
		cmocka_unit_test(a_row_that_stands_twice_is_refused),
		cmocka_unit_test(the_product_has_its_rows),
		cmocka_unit_test(without_memory_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
