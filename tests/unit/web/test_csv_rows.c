#include "oom.h"
#include "unit.h"
#include "web/csv_rows.h"

static const struct field **extension_fields(size_t *ret_n)
{
	static const struct field *fields[CSV_COLUMNS_MAX];
	const struct resource *resource = resource_find("extension");

	*ret_n = 0;
	for (size_t i = 0; i < resource->n_fields; i++)
		if (field_settable(&resource->fields[i], RESOURCE_CREATE))
			fields[(*ret_n)++] = &resource->fields[i];
	return fields;
}

static enum error_code read_n(const char *csv, size_t length, struct csv_rows *ret,
                              struct error *err)
{
	size_t n;
	const struct field *const *fields = extension_fields(&n);

	return csv_rows_read(csv, length, fields, n, ret, err);
}

/* The objects, or where there are faults these, as JSON. */
static void assert_read(const char *csv, const char *expected)
{
	AUTO(csv_rows_clear) struct csv_rows rows = {0};
	AUTO(text_clear) struct text faults = {0};
	AUTO(auto_free) char *objects = NULL;
	struct error err;

	if (read_n(csv, strlen(csv), &rows, &err)) {
		assert_string_equal(err.message, expected);
		return;
	}
	csv_rows_faults(&rows, LANGUAGE_EN, &faults);
	objects = json_dumps(rows.objects, JSON_COMPACT);
	assert_string_equal(faults.length ? text_string(&faults) : objects, expected);
}

#define N      "extension_number"
#define ROW(n) "{\"" N "\":\"" n "\"}"
#define FAULT(row, field, message)                                                                 \
	"{\"row\":" #row ",\"field\":\"" field "\",\"message\":\"" message "\"}"
#define DIGITS "must be 2 to 5 digits"
#define QUOTE  "a quote stands where none may, or is not closed"

static void test_what_spreadsheets_write(void **state)
{
	(void)state;
	assert_read(N "\n101\n102\n", "[" ROW("101") "," ROW("102") "]");
	assert_read("\xef\xbb\xbf" N "\r\n101\r\n102", "[" ROW("101") "," ROW("102") "]");
	assert_read(N ";context\n101;\n", "[" ROW("101") "]");
	assert_read("context\t" N "\n\t101\n", "[" ROW("101") "]");
	assert_read("\"" N "\",\"context\"\r\"101\",\"a\"\r",
	            "[{\"" N "\":\"101\",\"context\":\"a\"}]");
	assert_read(N ",,\n101,,\n,,\n\n 102 ,,\n", "[" ROW("101") "," ROW("102") "]");
	assert_read(N, "[]");
}

static void test_rows_are_counted_as_shown(void **state)
{
	(void)state;
	assert_read(N "\r\n\r\n101\r\n1\r\n", FAULT(4, N, DIGITS));
	assert_read(N "\n\n\n1", FAULT(4, N, DIGITS));
	assert_read(N ",context\n101,\"a\nb\"\n1,\n",
	            FAULT(2, "context",
	                  "must be 1 to 80 letters, digits, dots, "
	                  "hyphens or underscores") ",\n" FAULT(3, N, DIGITS));
}

static void test_faults(void **state)
{
	(void)state;
	assert_read(N ",context\n,a\n", FAULT(2, N, "is required"));
	assert_read(N "\n101,a\n", FAULT(2, "", "has more cells than the first row has names"));
	assert_read(N "\n101,,\n", "[" ROW("101") "]");
	assert_read(N "," N "\n1,2\n", FAULT(1, N, "is named twice"));
	assert_read("number\n1\n",
	            FAULT(1, "number", "there is no such field") ",\n" FAULT(1, N, "is required"));
	assert_read(N "\n1\"01\n", FAULT(2, "", QUOTE));
	assert_read(N "\n\"101\n", FAULT(2, "", QUOTE));
	assert_read("", "has no first row with the names of fields");
	assert_read("\n101\n", "has no first row with the names of fields");
	assert_read(N "\n\xff\n", "must be UTF-8 without NUL");
}

static void test_bounds(void **state)
{
	AUTO(text_clear) struct text csv = {0};
	AUTO(csv_rows_clear) struct csv_rows rows = {0};
	struct error err;

	(void)state;
	text_add(&csv, N "\n");
	for (int i = 0; i < CSV_ROWS_MAX; i++)
		text_add(&csv, "x\n");
	assert_int_equal(read_n(csv.data, csv.length, &rows, &err), ERROR_OK);
	assert_int_equal(rows.n, CSV_ROWS_MAX);
	assert_int_equal(rows.n_faults, CSV_ROWS_MAX);
	text_add(&csv, "101\n");
	assert_int_equal(read_n(csv.data, csv.length, &rows, &err), ERROR_TOO_LARGE);
	text_reset(&csv);
	text_add(&csv, N);
	for (int i = 0; i < CSV_COLUMNS_MAX; i++)
		text_add_char(&csv, ',');
	assert_int_equal(read_n(csv.data, csv.length, &rows, &err), ERROR_TOO_LARGE);
}

static enum error_code read_all(void *csv)
{
	AUTO(csv_rows_clear) struct csv_rows rows = {0};

	return read_n(csv, strlen(csv), &rows, NULL);
}

static void test_no_memory(void **state)
{
	(void)state;
	/* jansson and the regular expressions of the C library say no in their own words. */
	assert_true(oom_check_any(read_all, N ",context\n101,a\n102,b c\n1\"\n") > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_spreadsheets_write),
		cmocka_unit_test(test_rows_are_counted_as_shown),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
