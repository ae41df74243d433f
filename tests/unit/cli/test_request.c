#include <stdio.h>

#include "cli/exit.h"
#include "cli/request.h"
#include "oom.h"
#include "unit.h"

enum { WORDS_MAX = 16 };

/* A command line, its words apart by single blanks, as argv. */
static int split(const char *line, char *words, char *argv[static WORDS_MAX])
{
	int argc = 0;

	snprintf(words, 256, "%s", line);
	for (char *rest = words, *word; (word = strsep(&rest, " "));)
		argv[argc++] = word;
	return argc;
}

static enum error_code parse(const char *line, struct request *request, struct error *err)
{
	static char words[256];
	static char *argv[WORDS_MAX];

	return request_parse(split(line, words, argv), argv, request, err);
}

static void test_understood(void **state)
{
	AUTO(request_clear) struct request request = {0};
	struct error err;

	(void)state;
	assert_int_equal(
		parse("queue-member update --tenant=a.example -- sales --101", &request, &err),
		ERROR_OK);
	assert_string_equal(request.keys[0], "sales");
	assert_string_equal(request.keys[1], "--101");
	assert_string_equal(request.options[OPTION_TENANT], "a.example");
	request_clear(&request);
	assert_int_equal(
		parse("queue_member update q --level=7 e --tier 2 --tenant t", &request, &err),
		ERROR_OK);
	assert_int_equal(json_integer_value(json_object_get(request.values, "level")), 7);
	assert_int_equal(json_integer_value(json_object_get(request.values, "tier")), 2);
	request_clear(&request);
	assert_int_equal(parse("extension rotate-credentials 101 --tenant t", &request, &err),
	                 ERROR_OK);
	assert_string_equal(request.action->name, "rotate-credentials");
	request_clear(&request);
	assert_int_equal(parse("user update a@b.example --password", &request, &err), ERROR_OK);
	assert_true(request.ask_input);
}

static void test_refused(void **state)
{
	static const struct {
		const char *line;
		enum error_code code;
		const char *field;
	} lines[] = {
		{"extension",					ERROR_USAGE,     ""             },
		{"extension fly",				    ERROR_USAGE,     ""             },
		{"extension list --tenant",                          ERROR_MISSING,   "tenant"       },
		{"extension list --tenant --json",                   ERROR_MISSING,   "tenant"       },
		{"extension list",				   ERROR_MISSING,   "tenant"       },
		{"extension list --=x",                              ERROR_USAGE,     ""             },
		{"extension list ---- x",                            ERROR_USAGE,     "--"           },
		{"extension show 101 --context x",                   ERROR_USAGE,     "context"      },
		{"extension update 101 --id x --tenant t",           ERROR_READ_ONLY, "id"           },
		{"setting update a --name b --tenant t",             ERROR_READ_ONLY, "name"         },
		{"user create --password-hash x",                    ERROR_USAGE,     "password-hash"},
		{"user list --password x",                           ERROR_USAGE,     "password"     },
		{"tenant list --tenant x",                           ERROR_USAGE,     "tenant"       },
		{"tenant show",				      ERROR_MISSING,   "domain"       },
		{"tenant show a.example b.example",                  ERROR_USAGE,     ""             },
		{"extension create --extension-number 1 --tenant t", ERROR_INVALID,
	         "extension_number"								  },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct request request = {0};
		struct error err = {0};

		assert_int_equal(parse(lines[i].line, &request, &err), lines[i].code);
		assert_string_equal(err.field, lines[i].field);
		assert_null(request.values);
	}
}

static enum error_code parse_line(void *arg)
{
	struct request request = {0};
	enum error_code code = parse(arg, &request, NULL);

	request_clear(&request);
	return code;
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_true(oom_check(parse_line, "queue create --tenant t --name a --strategy ring-all") >
	            3);
	assert_true(oom_check(parse_line, "queue list --tenant t --name a") > 2);
}

static void test_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(exit_status(ERROR_OK), EXIT_DONE);
	assert_int_equal(exit_status(ERROR_INVALID), EXIT_USAGE);
	assert_int_equal(exit_status(ERROR_NOT_FOUND), EXIT_NOT_FOUND);
	assert_int_equal(exit_status(ERROR_CONFLICT), EXIT_CONFLICT);
	assert_int_equal(exit_status(ERROR_UNAVAILABLE), EXIT_UNAVAILABLE);
	assert_int_equal(exit_status(ERROR_FORBIDDEN), EXIT_FORBIDDEN);
	assert_int_equal(exit_status(ERROR_CODE_COUNT), EXIT_FAILED);
	for (unsigned code = 1; code < ERROR_CODE_COUNT; code++)
		assert_true(exit_status(code) != EXIT_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_understood),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_exit_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
