#include <libpq-fe.h>

#include "db/result.h"
#include "db/row.h"
#include "oom.h"
#include "unit.h"

struct phone {
	struct uuid id;
	char number[6];
	const char *context;
	int64_t calls;
	unsigned ring_s;
	bool on;
	int64_t seen_us;
};

static const struct row_column columns[] = {
	ROW_COLUMN(struct phone, id, UUID),           ROW_COLUMN_NULL(struct phone, number, CHARS),
	ROW_COLUMN_NULL(struct phone, context, VIEW), ROW_COLUMN(struct phone, calls, NUMBER),
	ROW_COLUMN(struct phone, ring_s, UNSIGNED),   ROW_COLUMN(struct phone, on, SWITCH),
	ROW_COLUMN_NULL(struct phone, seen_us, TIME),
};

enum { COLUMNS = COUNT_OF(columns) };

static const char *const good[COLUMNS] = {"5f0c7d1e-0000-4000-8000-00000000000a",
                                          "12345",
                                          "default",
                                          "-9223372036854775808",
                                          "4294967295",
                                          "t",
                                          "2026-11-22 10:00:00.5+00"};

/* A result as libpq would give it, with rows of these values. */
static struct tx_result *make_result(size_t rows, const char *const *values)
{
	struct tx_result *result = result_new(1);
	PGresAttDesc attributes[COLUMNS] = {0};
	PGresult *made = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

	assert_non_null(result);
	for (size_t i = 0; i < COLUMNS; i++) {
		/* libpq copies the name. */
		memcpy(&attributes[i].name, &columns[i].name, sizeof(char *));
		attributes[i].typlen = -1;
	}
	assert_true(PQsetResultAttrs(made, COLUMNS, attributes));
	for (size_t row = 0; row < rows; row++)
		for (size_t i = 0; i < COLUMNS; i++) {
			char *copy = values[i] ? strdup(values[i]) : NULL;

			assert_true(PQsetvalue(made, (int)row, (int)i, copy,
			                       copy ? (int)strlen(copy) : -1));
			free(copy);
		}
	result->results[0] = made;
	return result;
}

static void test_good(void **state)
{
	AUTO(tx_result_auto_free) struct tx_result *result = make_result(2, good);
	AUTO(auto_free) struct phone *phones = NULL;
	struct phone phone;
	size_t n = 0;

	(void)state;
	assert_int_equal(row_read(result, 0, 1, columns, COLUMNS, &phone, NULL), ERROR_OK);
	assert_int_equal(phone.id.bytes[15], 0x0a);
	assert_string_equal(phone.number, "12345");
	assert_string_equal(phone.context, "default");
	assert_true(phone.calls == INT64_MIN);
	assert_int_equal(phone.ring_s, UINT32_MAX);
	assert_true(phone.on);
	assert_int_equal(phone.seen_us, 1795341600500000);
	assert_int_equal(row_read(result, 0, 2, columns, COLUMNS, &phone, NULL), ERROR_NOT_FOUND);
	assert_int_equal(
		row_read_all(result, 0, columns, COLUMNS, sizeof(phone), &phones, &n, NULL),
		ERROR_OK);
	assert_int_equal(n, 2);
	assert_string_equal(phones[1].number, "12345");
}

static void test_null(void **state)
{
	const char *values[COLUMNS];
	struct phone phone;

	(void)state;
	for (size_t i = 0; i < COLUMNS; i++) {
		struct tx_result *result;
		struct error err;
		enum error_code code;

		memcpy(values, good, sizeof(values));
		values[i] = NULL;
		result = make_result(1, values);
		memset(&phone, 0x55, sizeof(phone));
		code = row_read(result, 0, 0, columns, COLUMNS, &phone, &err);
		assert_int_equal(code, columns[i].null_allowed ? ERROR_OK : ERROR_INTERNAL);
		if (code != ERROR_OK)
			assert_string_equal(err.field, columns[i].name);
		tx_result_free(result);
	}
	assert_int_equal(phone.seen_us, 0);
}

static void test_broken(void **state)
{
	static const struct {
		size_t column;
		const char *value;
	} rows[] = {
		{0, "5f0c7d1e"                      },
		{0, ""			      },
		{1, "123456"                        },
		{3, ""			      },
		{3, "1x"			    },
		{3, " 1"			    },
		{3, "+1"			    },
		{3, "-"			     },
		{3, "9223372036854775808"           },
		{4, "-1"			    },
		{4, "4294967296"                    },
		{4, "1.0"			   },
		{5, "true"			  },
		{5, ""			      },
		{5, "T"			     },
		{6, "infinity"                      },
		{6, "2026-11-22 10:00:00+02"        },
		{6, "2026-02-30 10:00:00+00"        },
		{6, "2026-11-22T10:00:00+00"        },
		{6, "2026-11-22 10:00:00"           },
		{6, "2026-11-22 10:00:00.+00"       },
		{6, "2026-11-22 24:00:00+00"        },
		{6, "2026-11-22 10:00:00.1234567+00"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *values[COLUMNS];
		struct tx_result *result;
		struct phone phone, *phones = NULL;
		struct error err;
		size_t n;

		memcpy(values, good, sizeof(values));
		values[rows[i].column] = rows[i].value;
		result = make_result(1, values);
		if (row_read(result, 0, 0, columns, COLUMNS, &phone, &err) != ERROR_INTERNAL)
			fail_msg("\"%s\" was taken", rows[i].value);
		assert_string_equal(err.field, columns[rows[i].column].name);
		assert_int_equal(
			row_read_all(result, 0, columns, COLUMNS, sizeof(phone), &phones, &n, &err),
			ERROR_INTERNAL);
		assert_null(phones);
		tx_result_free(result);
	}
}

/* The query and the table drifted apart. */
static void test_other_columns(void **state)
{
	AUTO(tx_result_auto_free) struct tx_result *result = make_result(1, good);
	struct row_column changed[COLUMNS];
	struct phone phone;
	struct error err;

	(void)state;
	memcpy(changed, columns, sizeof(changed));
	assert_int_equal(row_read(result, 0, 0, columns, COLUMNS - 1, &phone, &err),
	                 ERROR_INTERNAL);
	assert_int_equal(row_read(result, 1, 0, columns, COLUMNS, &phone, &err), ERROR_INTERNAL);
	changed[2].name = "contexts";
	assert_int_equal(row_read(result, 0, 0, changed, COLUMNS, &phone, &err), ERROR_INTERNAL);
	assert_string_equal(err.field, "contexts");
	changed[2].name = "context";
	changed[4].type = ROW_NUMBER;
	assert_int_equal(row_read(result, 0, 0, changed, COLUMNS, &phone, &err), ERROR_INTERNAL);
	assert_string_equal(err.field, "ring_s");
}

static void test_times(void **state)
{
	int64_t us = 0;

	(void)state;
	assert_true(row_parse_time("1970-01-01 00:00:00+00", &us));
	assert_int_equal(us, 0);
	assert_true(row_parse_time("1969-12-31 23:59:59.999999+00", &us));
	assert_int_equal(us, -1);
	assert_true(row_parse_time("2024-02-29 12:34:56.000001+00", &us));
	assert_int_equal(us, 1709210096000001);
}

static enum error_code read_all(void *arg)
{
	AUTO(auto_free) struct phone *phones = NULL;
	size_t n;

	return row_read_all(arg, 0, columns, COLUMNS, sizeof(struct phone), &phones, &n, NULL);
}

static void test_oom(void **state)
{
	AUTO(tx_result_auto_free) struct tx_result *result = make_result(3, good);

	(void)state;
	assert_true(oom_check(read_all, result) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),   cmocka_unit_test(test_null),
		cmocka_unit_test(test_broken), cmocka_unit_test(test_other_columns),
		cmocka_unit_test(test_times),  cmocka_unit_test(test_oom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
