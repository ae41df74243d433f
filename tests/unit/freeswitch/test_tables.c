/* mod_callcenter's tables: what a tenant wants, what FreeSWITCH lists, and the commands between. */
#include "freeswitch/tables.h"
#include "unit.h"

#define HEAD                                                                                       \
	"name|instance_id|uuid|type|contact|status|state|max_no_answer|wrap_up_time|"              \
	"reject_delay_time|busy_delay_time|no_answer_delay_time|talk_time\n"
#define OWN(number) "[leg_timeout=60]user/" number "@a.test"

/* A tenant of two extensions, and queues made by each test. */
static struct extension phones[] = {{.number = "101"}, {.number = "102"}};
static const struct queue_member first[] = {
	{&phones[0], 1, 1}
};
static const struct queue_member both[] = {
	{&phones[0], 1, 1},
        {&phones[1], 1, 2}
};

static void want(const struct queue *queues, size_t n, struct tables *ret_tables)
{
	const struct snapshot snapshot = {.domain = "a.test", .queues = queues, .n_queues = n};
	size_t left_out;

	assert_int_equal(tables_want(&snapshot, 60, ret_tables, &left_out, NULL), ERROR_OK);
}

struct said {
	struct text text;
	size_t n, loads;
};

static bool hear(const char *command, bool loads, void *arg)
{
	struct said *said = arg;

	text_addf(&said->text, "%s\n", command);
	said->n++;
	said->loads += loads;
	return true;
}

static void differ(const struct tables *have, const struct tables *wanted, const char *commands)
{
	struct said said = {0};

	assert_true(tables_differ(have, wanted, hear, &said));
	assert_string_equal(text_string(&said.text), commands);
	text_clear(&said.text);
}

static void between(const struct queue *old, size_t n_old, const struct queue *new, size_t n_new,
                    const char *commands)
{
	struct tables have = {0}, wanted = {0};

	want(old, n_old, &have);
	want(new, n_new, &wanted);
	differ(&have, &wanted, commands);
	differ(&wanted, &wanted, "");
	tables_clear(&have);
	tables_clear(&wanted);
}

static const struct queue none[1];
static const struct queue sales = {.name = "Sales", .members = both, .n_members = 2};
static const struct queue sales_alone = {.name = "Sales", .members = first, .n_members = 1};
static const struct queue turns = {
	.name = "Sales", .strategy = QUEUE_ROUND_ROBIN, .members = both, .n_members = 2};
static const struct queue patient = {
	.name = "Sales", .members = both, .n_members = 2, .settings = {.max_wait_time = 600}};
static const struct queue front = {.name = "Front desk", .members = first, .n_members = 1};

static void a_queue_that_is_missing_or_different_is_loaded_and_nothing_else(void **state)
{
	(void)state;
	between(none, 0, &sales, 1, "callcenter_config queue load Sales@a.test\n");
	between(&sales, 1, &turns, 1, "callcenter_config queue load Sales@a.test\n");
	between(&sales, 1, &patient, 1, "callcenter_config queue load Sales@a.test\n");
	between(none, 0, &front, 1, "callcenter_config queue load 'Front desk@a.test'\n");
}

static void a_member_more_is_an_agent_and_a_tier(void **state)
{
	(void)state;
	between(&sales_alone, 1, &sales, 1,
	        "callcenter_config agent add 102@a.test Callback\n"
	        "callcenter_config agent set contact 102@a.test " OWN(
			"102") "\n"
	                       "callcenter_config agent set max_no_answer 102@a.test 0\n"
	                       "callcenter_config agent set wrap_up_time 102@a.test 2\n"
	                       "callcenter_config agent set reject_delay_time 102@a.test 3\n"
	                       "callcenter_config agent set busy_delay_time 102@a.test 3\n"
	                       "callcenter_config agent set no_answer_delay_time 102@a.test 3\n"
	                       "callcenter_config tier add Sales@a.test 102@a.test 1 2\n");
}

static void an_agent_that_is_one_already_gets_the_tier_alone(void **state)
{
	static const struct queue old[] = {
		{.name = "A",     .members = first, .n_members = 1},
		{.name = "B"},
	};
	static const struct queue new[] = {
		{.name = "A", .members = first, .n_members = 1},
		{.name = "B", .members = first, .n_members = 1},
	};

	(void)state;
	between(old, 2, new, 2, "callcenter_config tier add B@a.test 101@a.test 1 1\n");
	between(new, 2, old, 2, "callcenter_config tier del B@a.test 101@a.test\n");
}

static void another_place_in_the_queue_is_one_command(void **state)
{
	static const struct queue_member moved[] = {
		{&phones[0], 1, 1},
                {&phones[1], 3, 2}
        };
	static const struct queue later = {.name = "Sales", .members = moved, .n_members = 2};

	(void)state;
	between(&sales, 1, &later, 1,
	        "callcenter_config tier set level Sales@a.test 102@a.test 3\n");
}

static void what_is_gone_goes_with_the_fewest_commands(void **state)
{
	(void)state;
	/* The agent takes its tiers along. */
	between(&sales, 1, &sales_alone, 1, "callcenter_config agent del 102@a.test\n");
	between(&sales, 1, none, 0,
	        "callcenter_config agent del 101@a.test\n"
	        "callcenter_config agent del 102@a.test\n"
	        "callcenter_config queue unload Sales@a.test\n");
}

static void what_cannot_be_said_is_left_out_and_of_two_names_the_first_counts(void **state)
{
	static const struct queue queues[] = {
		{.name = "${system(id)}", .members = both, .n_members = 2},
		{.name = "Sales",                       .members = first,                        .n_members = 1},
		{.name = "Sales",         .strategy = QUEUE_ROUND_ROBIN},
	};
	const struct snapshot snapshot = {.domain = "a.test", .queues = queues, .n_queues = 3};
	struct tables tables;
	size_t left_out;

	(void)state;
	assert_int_equal(tables_want(&snapshot, 60, &tables, &left_out, NULL), ERROR_OK);
	assert_int_equal(left_out, 2);
	assert_int_equal(tables.of[TABLE_QUEUES].n, 1);
	assert_string_equal(tables.of[TABLE_QUEUES].rows[0].fields[1], "ring-all");
	assert_int_equal(tables.of[TABLE_AGENTS].n, 1);
	tables_clear(&tables);
	assert_int_equal(tables_want(NULL, 60, &tables, &left_out, NULL), ERROR_OK);
	assert_int_equal(tables.of[TABLE_QUEUES].n, 0);
}

/* --- lists ---------------------------------------------------------------------------------- */

struct kept {
	struct rows rows;
	enum table table;
};

static bool keep(const char *const *fields, void *arg)
{
	struct kept *kept = arg;

	assert_int_equal(rows_add(&kept->rows, kept->table, fields, NULL), ERROR_OK);
	return true;
}

static enum error_code list(enum table table, const char *answer, struct tables *ret_tables)
{
	struct kept kept = {.table = table};
	struct error err = {0};
	enum error_code code = tables_read(table, answer, strlen(answer), keep, &kept, &err);

	*ret_tables = (struct tables){0};
	ret_tables->of[table] = kept.rows;
	rows_sort(&ret_tables->of[table], table);
	return code;
}

static void lists_are_read_by_the_names_of_their_columns(void **state)
{
	struct tables tables;

	(void)state;
	assert_int_equal(list(TABLE_AGENTS,
	                      HEAD "102@a.test|single_box||Callback|" OWN(
				      "102") "|Available|Waiting|0|2|3|4|5|77\n"
	                                     "101@a.test|single_box||Callback|(null)|Logged "
	                                     "Out|Waiting|1|2|3|4|5|0\n"
	                                     "+OK\n",
	                      &tables),
	                 ERROR_OK);
	assert_int_equal(tables.of[TABLE_AGENTS].n, 2);
	assert_string_equal(tables.of[TABLE_AGENTS].rows[0].fields[0], "101@a.test");
	assert_string_equal(tables.of[TABLE_AGENTS].rows[0].fields[1], "");
	assert_string_equal(tables.of[TABLE_AGENTS].rows[1].fields[1], OWN("102"));
	assert_string_equal(tables.of[TABLE_AGENTS].rows[1].fields[6], "5");
	tables_clear(&tables);
	assert_int_equal(list(TABLE_TIERS,
	                      "position|queue|level|agent|state|more\n7|Q@a|2|1@a|Ready|x\n+OK\n",
	                      &tables),
	                 ERROR_OK);
	assert_string_equal(tables.of[TABLE_TIERS].rows[0].fields[2], "2");
	assert_string_equal(tables.of[TABLE_TIERS].rows[0].fields[3], "7");
	tables_clear(&tables);
}

static void a_bar_in_a_contact_is_part_of_it(void **state)
{
	struct tables tables;

	(void)state;
	assert_int_equal(list(TABLE_AGENTS,
	                      HEAD
	                      "bob|single_box||Callback|user/1|user/2|user/3|On Break|Idle|0|2|"
	                      "3|4|5|77\n"
	                      "short|row\n"
	                      "+OK\n"
	                      "+OK\n",
	                      &tables),
	                 ERROR_OK);
	assert_int_equal(tables.of[TABLE_AGENTS].n, 1);
	assert_string_equal(tables.of[TABLE_AGENTS].rows[0].fields[1], "user/1|user/2|user/3");
	assert_string_equal(tables.of[TABLE_AGENTS].rows[0].fields[2], "0");
	tables_clear(&tables);
	/* Where no text is free, such a row is nobody's. */
	assert_int_equal(list(TABLE_TIERS,
	                      "queue|agent|state|level|position\nQ|x|1|Ready|1|1\n+OK\n", &tables),
	                 ERROR_OK);
	assert_int_equal(tables.of[TABLE_TIERS].n, 0);
	tables_clear(&tables);
}

static void what_is_no_list_is_told(void **state)
{
	static const char *const bad[] = {
		"",
		"-ERR callcenter_config Command not found!\n",
		"-USAGE: \n\tcallcenter_config\n",
		"name|strategy\nx|y\n+OK\n",
		"queue|agent|state|level|position\nQ|1|Ready|1|1\n",
	};
	struct tables tables;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(list(TABLE_TIERS, bad[i], &tables), ERROR_INVALID);
	tables_clear(&tables);
	assert_int_equal(list(TABLE_TIERS, "+OK\n", &tables), ERROR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_that_is_missing_or_different_is_loaded_and_nothing_else),
		cmocka_unit_test(a_member_more_is_an_agent_and_a_tier),
		cmocka_unit_test(an_agent_that_is_one_already_gets_the_tier_alone),
		cmocka_unit_test(another_place_in_the_queue_is_one_command),
		cmocka_unit_test(what_is_gone_goes_with_the_fewest_commands),
		cmocka_unit_test(what_cannot_be_said_is_left_out_and_of_two_names_the_first_counts),
		cmocka_unit_test(lists_are_read_by_the_names_of_their_columns),
		cmocka_unit_test(a_bar_in_a_contact_is_part_of_it),
		cmocka_unit_test(what_is_no_list_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
