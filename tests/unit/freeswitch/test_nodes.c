/* The list of event sockets. */
#include "freeswitch/nodes.h"
#include "unit.h"

static void nodes_are_names_hosts_and_ports(void **state)
{
	static const char list[] =
		" fs1=10.0.0.5:8021, fs-2.a_b=[fd00::6]:9,\tfs3=Switch.example fs4=[::1] ";
	static const struct node_address expected[] = {
		{"fs1",      "10.0.0.5",       8021},
		{"fs-2.a_b", "fd00::6",        9   },
		{"fs3",      "Switch.example", 8021},
		{"fs4",      "::1",            8021},
	};
	struct nodes nodes;

	(void)state;
	assert_int_equal(nodes_parse(list, &nodes, NULL), ERROR_OK);
	assert_int_equal(nodes.n, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_string_equal(nodes.items[i].name, expected[i].name);
		assert_string_equal(nodes.items[i].host, expected[i].host);
		assert_int_equal(nodes.items[i].port, expected[i].port);
	}
	assert_ptr_equal(nodes_find(&nodes, "fs3"), &nodes.items[2]);
	assert_null(nodes_find(&nodes, "fs"));
	assert_int_equal(nodes_parse("", &nodes, NULL), ERROR_OK);
	assert_int_equal(nodes.n, 0);
}

static void a_bad_node_is_named(void **state)
{
	static const char *const bad[] = {
		"10.0.0.5:8021", "=10.0.0.5",      "FS1=10.0.0.5",    "fs 1=10.0.0.5",
		"fs1=",          "fs1=:8021",      "fs1=10.0.0.5:",   "fs1=10.0.0.5:0",
		"fs1=h:65536",   "fs1=h:8021x",    "fs1=h:-1",        "fs1=fd00::6",
		"fs1=[fd00::6",  "fs1=[fd00::6]8", "fs1=[10.0.0.5]",  "fs1=[]:8021",
		"fs1=h/8021",    "fs1=a=b",        "fs1=h:000008021", "fs1=h;b",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct nodes nodes;
		struct error err = {0};

		if (nodes_parse(bad[i], &nodes, &err) != ERROR_INVALID)
			fail_msg("taken: %s", bad[i]);
		if (!strstr(err.message, bad[i] + (strncmp(bad[i], "fs ", 3) == 0 ? 3 : 0)) &&
		    !strstr(err.message, "'fs'"))
			fail_msg("%s is not named: %s", bad[i], err.message);
	}
}

static void a_name_is_of_one_node_and_at_most_64_characters(void **state)
{
	char longest[100], longer[100], many[5000] = "";
	struct nodes nodes;
	struct error err = {0};

	(void)state;
	assert_int_equal(nodes_parse("fs1=a fs2=b fs1=c", &nodes, &err), ERROR_INVALID);
	assert_string_equal(err.message, "names 'fs1' twice");
	snprintf(longest, sizeof(longest), "%064d=h", 0);
	snprintf(longer, sizeof(longer), "%065d=h", 0);
	assert_int_equal(nodes_parse(longest, &nodes, NULL), ERROR_OK);
	assert_int_equal(nodes_parse(longer, &nodes, NULL), ERROR_INVALID);
	for (unsigned i = 0; i <= NODES_MAX; i++) {
		if (i == NODES_MAX)
			assert_int_equal(nodes_parse(many, &nodes, NULL), ERROR_OK);
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "n%u=h ", i);
	}
	assert_int_equal(nodes_parse(many, &nodes, NULL), ERROR_TOO_LARGE);
	memset(many, 'a', sizeof(many) - 1);
	assert_int_equal(nodes_parse(many, &nodes, NULL), ERROR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_are_names_hosts_and_ports),
		cmocka_unit_test(a_bad_node_is_named),
		cmocka_unit_test(a_name_is_of_one_node_and_at_most_64_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
