#include <string.h>

#include "sip/name.h"
#include "unit.h"

static const char *read_name(const char *display, size_t n, char *buffer)
{
	const struct pl pl = {.p = display, .l = n};

	name_read(&pl, buffer);
	return buffer;
}

static void reads(void **state)
{
	static const struct {
		const char *display, *name;
	} rows[] = {
		{"",			    ""			   },
		{"Ada Lovelace",                "Ada Lovelace"               },
		{"  Ada \t ",                   "Ada"                        },
		{"\\\"Bob\\\" \\\\o/",          "\"Bob\" \\o/"               },
		{"trailing\\",                  "trailing\\"                 },
		{"Zo\xc3\xab \xf0\x9f\x93\x9e", "Zo\xc3\xab \xf0\x9f\x93\x9e"},
		{"A\r\n B\\\r\\\nC",            "A BC"                       },
		{"bell\a\x7f\x1b[31m",          "bell[31m"                   },
		{"\xe2\x80\xaeX01",             "X01"                        },
		{"\xc2\x85 x\xe2\x80\xa8y",     "xy"                         },
		{"\xe2\x82\xac",                "\xe2\x82\xac"               },
		{"\xff\xfe",                    ""                           },
		{"caf\xe9",                     ""                           },
		{"\xed\xa0\x80",                ""                           },
	};
	char name[NAME_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(read_name(rows[i].display, strlen(rows[i].display), name),
		                    rows[i].name);
	assert_string_equal(read_name("a\0b", 3, name), "");
	assert_string_equal(read_name(NULL, 0, name), "");
}

static void is_bounded(void **state)
{
	char display[1024], name[NAME_MAX_BYTES];

	(void)state;
	memset(display, 'x', sizeof(display));
	assert_int_equal(strlen(read_name(display, sizeof(display), name)), NAME_CHARACTERS);
	for (size_t i = 0; i < sizeof(display); i += 4)
		memcpy(display + i, "\xf0\x9f\x93\x9e", 4);
	assert_int_equal(strlen(read_name(display, sizeof(display), name)), 4 * NAME_CHARACTERS);
	memset(display, '\r', sizeof(display));
	assert_string_equal(read_name(display, sizeof(display), name), "");
}

static void writes(void **state)
{
	AUTO(text_clear) struct text out = {0};

	(void)state;
	name_write("\"Bob\" \\o/ Zo\xc3\xab", &out);
	assert_string_equal(text_string(&out), "\"\\\"Bob\\\" \\\\o/ Zo\xc3\xab\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
