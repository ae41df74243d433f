/* Searches of call records find what their filters say, whichever index answers them. */
#include <inttypes.h>
#include <string.h>

#include "domain/cdr_search_parts.h"
#include "domain/cdr_statistics.h"
#include "fixture.h"
#include "oom.h"
#include "unit.h"

static struct fixture *fixture;
static struct uuid acme, bell;

static int setup(void **state)
{
	fixture_setup(state);
	fixture = *state;
	acme = fixture_tenant(fixture, "acme.pbx.test");
	bell = fixture_tenant(fixture, "bell.pbx.test");
	return 0;
}

static enum error_code count_row(const char *const *columns, void *arg, struct error *err)
{
	(void)columns;
	(void)err;
	++*(unsigned *)arg;
	return ERROR_OK;
}

/* How many calls the filter has, page by page. */
static unsigned count(const struct uuid *tenant, const struct cdr_filter *filter, bool oldest_first)
{
	char after[CDR_CURSOR_MAX], next[CDR_CURSOR_MAX] = "";
	unsigned n = 0, pages = 0;
	struct error err = {0};

	do {
		const struct cdr_page page = {
			.as_json = pages % 2,
			.oldest_first = oldest_first,
			.limit = 40,
			.after = *next ? after : NULL,
		};

		memcpy(after, next, sizeof(after));
		if (cdr_search(fixture->db, tenant, filter, &page, count_row, &n, next, &err))
			fail_msg("%s: %s (%s)", err.field, err.message, err.detail);
		assert_true(pages++ < 1000);
	} while (*next);
	return n;
}

/* The lists of the program are those of public.cdr_class(): a call is found by its direction,
 * disposition and length, at the edge of every class. */
static void classes_are_those_of_the_database(void **state)
{
	static const int32_t lengths[] = {0,   1,   29,  30,   59,   60,   119,  120,      299,
	                                  300, 899, 900, 1799, 1800, 3599, 3600, INT32_MAX};
	struct cdr_filter filter = CDR_FILTER_ALL;

	(void)state;
	fixture_sql(
		fixture, &bell,
		"insert into cdrs (start_time, end_time, duration, caller_id_name, context)"
		" select now(), now(), l, o, i from unnest(array[0, 1, 29, 30, 59, 60, 119, 120,"
		" 299, 300, 899, 900, 1799, 1800, 3599, 3600, 2147483647]) as l,"
		" unnest(array['internal', 'inbound', 'outbound']) as i, unnest(array["
		"'answered', 'no_answer', 'busy', 'declined', 'cancelled', 'failed']) as o");
	fixture_sql(fixture, &bell,
	            "insert into cdr_details (cdr_id, direction, disposition, start_time, class,"
	            " caller, dest, name, duration) select id, context, caller_id_name, start_time,"
	            " public.cdr_class(context, caller_id_name, duration), '', '', '', duration"
	            " from cdrs");
	assert_int_equal(
		fixture_number(fixture, &bell, "select count(distinct class) from cdr_details"),
		CDR_CLASSES);
	for (unsigned i = 0; i < CDR_DIRECTION_COUNT; i++)
		for (unsigned o = 0; o < CDR_DISPOSITION_COUNT; o++)
			for (size_t l = 0; l < COUNT_OF(lengths); l++) {
				filter.directions = 1u << i;
				filter.dispositions = 1u << o;
				filter.duration_least = filter.duration_most = lengths[l];
				assert_int_equal(count(&bell, &filter, l % 2), 1);
			}
	assert_int_equal(count(&bell, &CDR_FILTER_ALL, false),
	                 CDR_DIRECTION_COUNT * CDR_DISPOSITION_COUNT * COUNT_OF(lengths));
}

/* What is common is found by the order of time, what is rare by its own index: more calls than the
 * window between the two has. */
static void beginnings_are_found_common_or_rare(void **state)
{
	static const struct {
		const char *number, *name, *extension;
		unsigned expected;
	} cases[] = {
		{"+4",            NULL,     NULL,  9000},
                {"+491999",       NULL,     NULL,  1   },
		{"+77",           NULL,     NULL,  3   },
                {"+7",            NULL,     "101", 1   },
		{"+49",           NULL,     "101", 90  },
                {"+49",           NULL,     "102", 90  },
		{NULL,            "old",    NULL,  3   },
                {NULL,            "NEW 12", "101", 1   },
		{NULL,            "new",    NULL,  9000},
                {"+77",           "old 2",  NULL,  1   },
		{"+77",           "new",    NULL,  0   },
                {"+4912\xc3\xa4", NULL,     NULL,  0   },
		{NULL,            "%",      NULL,  0   },
                {"+_9",           NULL,     NULL,  0   },
		{"'; drop",       NULL,     NULL,  0   },
                {"$1",            "\\",     NULL,  0   },
	};

	(void)state;
	fixture_sql(fixture, &acme,
	            "insert into cdrs (start_time, end_time, duration, caller_id_name,"
	            " caller_id_number, dest_number) select at, at, 5, name, caller, dest from ("
	            " select timestamptz '2026-01-01' + i * interval '1 minute' as at,"
	            " 'New ' || i as name, (101 + i % 100)::text as caller, '+491' || i as dest"
	            " from generate_series(1, 9000) as i union all"
	            " select timestamptz '2025-01-01' + i * interval '1 minute', 'OLD ' || i,"
	            " (100 + i)::text, '+77' || i from generate_series(1, 3) as i) as x");
	fixture_sql(
		fixture, &acme,
		"insert into cdr_details (cdr_id, direction, disposition, start_time, class,"
		" caller, dest, name, duration) select id, 'outbound', 'failed', start_time,"
		" public.cdr_class('outbound', 'failed', duration), caller_id_number, dest_number,"
		" lower(caller_id_name), duration from cdrs");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct cdr_filter filter = CDR_FILTER_ALL;

		filter.number = cases[i].number;
		filter.number_prefix = filter.number;
		filter.name = cases[i].name;
		filter.extension = cases[i].extension;
		assert_int_equal(count(&acme, &filter, false), cases[i].expected);
		assert_int_equal(count(&acme, &filter, true), cases[i].expected);
	}
}

static void cursors_of_strangers_are_refused(void **state)
{
	static const char *const cursors[] = {
		"x",
		",",
		"1",
		"1,",
		"-1,00000000-0000-4000-8000-000000000001",
		"1,x",
		"1 ,00000000-0000-4000-8000-000000000001",
		"9999999999999999999,00000000-0000-4000-8000-000000000001",
		"999999999999999999,00000000-0000-4000-8000-000000000001",
		"1,00000000-0000-4000-8000-000000000001'"};
	char next[CDR_CURSOR_MAX];
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cursors); i++) {
		const struct cdr_page page = {.limit = 1, .after = cursors[i]};
		struct error err = {0};

		assert_int_equal(cdr_search(fixture->db, &acme, &CDR_FILTER_ALL, &page, count_row,
		                            &n, next, &err),
		                 ERROR_INVALID);
		assert_string_equal(err.field, "after");
	}
	/* The furthest that has the form is a time like any other. */
	const struct cdr_page page = {
		.limit = 1, .after = "253402300799999999,00000000-0000-4000-8000-000000000001"};
	assert_int_equal(
		cdr_search(fixture->db, &acme, &CDR_FILTER_ALL, &page, count_row, &n, next, NULL),
		ERROR_OK);
	assert_int_equal(n, 1);
}

static enum error_code build(void *arg)
{
	const struct cdr_filter *filter = arg;
	const struct cdr_page page = {.limit = 10};
	AUTO(store_sql_clear) struct store_sql gone = {0};
	struct cdr_search search = {.filter = filter, .page = &page};
	struct tx_statement ready;
	enum error_code code;

	search.values[CDR_VALUE_CLASSES].text = search.classes;
	search.values[CDR_VALUE_OWN].text = filter->own;
	search.values[CDR_VALUE_EXTENSION].text = filter->extension;
	search.values[CDR_VALUE_NUMBER].text = filter->number;
	search.values[CDR_VALUE_ZONE].text = "UTC";
	cdr_search_classes(&search);
	cdr_search_rows(&search);
	code = store_sql_ready(&search.sql, &ready, NULL);
	/* No text of a request stands in it. */
	if (code == ERROR_OK)
		assert_null(strstr(ready.sql, filter->own));
	gone = search.sql;
	return code;
}

static void a_statement_without_memory_is_none(void **state)
{
	struct cdr_filter filter = CDR_FILTER_ALL;

	(void)state;
	filter.own = "10477";
	filter.extension = "10478";
	filter.number = "10479";
	oom_check(build, &filter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_those_of_the_database),
		cmocka_unit_test(beginnings_are_found_common_or_rare),
		cmocka_unit_test(cursors_of_strangers_are_refused),
		cmocka_unit_test(a_statement_without_memory_is_none),
	};

	return cmocka_run_group_tests(tests, setup, fixture_teardown);
}
