#include <string.h>

#include "unit.h"
#include "web/cursor.h"

static void a_cursor_says_where_its_list_ended(void **state)
{
	static const struct {
		const char *order, *after;
	} rows[] = {
		{NULL,         "1"                     },
		{"",           "1"                     },
		{"-name",      "[\"a:b\",\"\xc3\xa4\"]"},
		{"start_time", "::"                    },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text cursor = {0};
		char plain[CURSOR_MAX];
		const char *after = NULL;

		cursor_write(rows[i].order, rows[i].after, &cursor);
		assert_false(cursor.failed);
		assert_int_equal(strspn(cursor.data, "0123456789abcdefghijklmnopqrstuvwxyz"
		                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"),
		                 cursor.length);
		assert_int_equal(cursor_read(cursor.data, rows[i].order, plain, &after, NULL), 0);
		assert_string_equal(after, rows[i].after);
	}
}

static void a_cursor_of_another_order_or_none_is_refused(void **state)
{
	static const struct {
		const char *cursor, *order;
	} rows[] = {
		{"bmFtZTox",     NULL   }, /* name:1 */
		{"bmFtZTox",     "-name"},
		{"bmFtZTox",     "nam"  },
		{"bmFtZTo",      "name" }, /* name: */
		{"bmFtZQ",       "name" }, /* name */
		{"bmFtZTox==",   "name" },
		{"bmFtZTo=",     "name" },
		{"bmFtZTr/",     "name" }, /* not for URLs */
		{"bmFtZTr_",     "name" }, /* name:\xff */
		{"bmFtZToAAAAA", "name" }, /* nothing behind the colon */
		{"",             ""     },
		{"bmFtZTox bm",  "name" },
	};
	char plain[CURSOR_MAX];
	const char *after = "unchanged";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct error err;

		print_message("%s\n", rows[i].cursor);
		assert_int_equal(cursor_read(rows[i].cursor, rows[i].order, plain, &after, &err),
		                 ERROR_INVALID);
		assert_string_equal(err.field, "cursor");
	}
	assert_string_equal(after, "unchanged");
	assert_int_equal(cursor_read("bmFtZTox", "name", plain, &after, NULL), ERROR_OK);
	assert_string_equal(after, "1");
}

static void a_cursor_of_any_length_fits_or_is_refused(void **state)
{
	char cursor[2 * CURSOR_MAX], plain[CURSOR_MAX];
	const char *after;
	size_t fits = 0;

	(void)state;
	/* OjEx...: ":11...", four characters for three bytes. */
	for (size_t n = 4; n < sizeof(cursor); n += 4) {
		for (size_t i = 0; i < n; i += 4)
			memcpy(cursor + i, i ? "MTEx" : "OjEx", 4);
		cursor[n] = '\0';
		if (cursor_read(cursor, NULL, plain, &after, NULL) != ERROR_OK)
			continue;
		fits++;
		assert_int_equal(strlen(after), n / 4 * 3 - 1);
	}
	assert_int_equal(fits, (CURSOR_MAX - 1) / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cursor_says_where_its_list_ended),
		cmocka_unit_test(a_cursor_of_another_order_or_none_is_refused),
		cmocka_unit_test(a_cursor_of_any_length_fits_or_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
