#include <fcntl.h>
#include <unistd.h>

#include "base/config.h"
#include "base/config_value.h"
#include "oom.h"
#include "unit.h"

/* A directory of its own per test, as state directory; the environment without CENTREX_. */
struct place {
	char directory[64];
	char file[96];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	snprintf(place->directory, sizeof(place->directory), "/tmp/centrex-config-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(place->file, sizeof(place->file), "%s/centrex.conf", place->directory);
	unsetenv("CENTREX_CONFIG");
	unsetenv("CENTREX_SIP_PORT");
	unsetenv("CENTREX_DATABASE");
	setenv("CENTREX_STATE", place->directory, 1);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;

	unlink(place->file);
	assert_int_equal(rmdir(place->directory), 0);
	free(place);
	return 0;
}

static void write_bytes(const char *path, const char *bytes, size_t n)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, bytes, n), n);
	close(file);
}

static void write_file(const struct place *place, const char *content)
{
	write_bytes(place->file, content, strlen(content));
}

enum { ARGUMENTS_MAX = 8 };

/* argv from words with one space between. */
static int split(char *words, char **argv)
{
	char *rest = words;
	int argc = 0;

	while (argc < ARGUMENTS_MAX && (argv[argc] = strsep(&rest, " ")))
		argc++;
	argv[argc] = NULL;
	return argc;
}

static struct config *load(const char *line)
{
	AUTO(auto_free) char *words = strdup(line);
	char *argv[ARGUMENTS_MAX + 1];
	int argc = split(words, argv);
	struct config *config = NULL;
	struct error err = {0};

	if (config_load(&argc, argv, &config, &err))
		fail_msg("%s: %s", err.field, err.message);
	return config;
}

static void refuse(const char *line, const char *field, const char *message)
{
	AUTO(auto_free) char *words = strdup(line);
	char *argv[ARGUMENTS_MAX + 1];
	int argc = split(words, argv);
	struct config *config = NULL;
	struct error err = {0};

	assert_int_not_equal(config_load(&argc, argv, &config, &err), ERROR_OK);
	assert_null(config);
	assert_string_equal(err.field, field);
	assert_string_equal(err.message, message);
}

static void expect_origin(const struct config *config, enum config_setting setting,
                          const char *expected)
{
	AUTO(text_clear) struct text origin = {0};

	config_origin(config, setting, &origin);
	assert_string_equal(text_string(&origin), expected);
}

static void test_defaults(void **state)
{
	struct place *place = *state;
	AUTO(config_auto_free) struct config *config = load("centrex");

	assert_string_equal(config_text(config, CONFIG_STATE), place->directory);
	assert_int_equal(config_number(config, CONFIG_SIP_PORT), 5060);
	assert_string_equal(config_text(config, CONFIG_SIP_ADDRESS), "127.0.0.1");
	assert_false(config_switch(config, CONFIG_SIP_INVITE_UNREGISTERED));
	assert_null(config_file(config));
	expect_origin(config, CONFIG_SIP_PORT, "default");
	expect_origin(config, CONFIG_STATE, "environment CENTREX_STATE");
}

static void test_precedence(void **state)
{
	struct place *place = *state;
	AUTO(text_clear) struct text where = {0};
	struct config *config;

	write_file(place, "# phones\n\n  sip-port = 5070  \r\n");
	config = load("centrex");
	assert_int_equal(config_number(config, CONFIG_SIP_PORT), 5070);
	text_addf(&where, "%s line 3", place->file);
	expect_origin(config, CONFIG_SIP_PORT, text_string(&where));
	config_free(config);

	setenv("CENTREX_SIP_PORT", "5080", 1);
	config = load("centrex");
	assert_int_equal(config_number(config, CONFIG_SIP_PORT), 5080);
	expect_origin(config, CONFIG_SIP_PORT, "environment CENTREX_SIP_PORT");
	config_free(config);

	config = load("centrex --sip-port 5090 --sip-port=5091");
	assert_int_equal(config_number(config, CONFIG_SIP_PORT), 5091);
	expect_origin(config, CONFIG_SIP_PORT, "flag --sip-port");
	config_free(config);
}

static void test_takes_only_its_flags(void **state)
{
	char line[] = "centrex cdr list --sip-port 5090 --json --sip-invite-unregistered -- --user";
	char *argv[ARGUMENTS_MAX + 4];
	struct config *config = NULL;
	int argc = 0;
	char *rest = line;

	(void)state;
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	assert_int_equal(config_load(&argc, argv, &config, NULL), ERROR_OK);
	assert_int_equal(argc, 6);
	assert_string_equal(argv[2], "list");
	assert_string_equal(argv[3], "--json");
	assert_string_equal(argv[4], "--");
	assert_string_equal(argv[5], "--user");
	assert_null(argv[6]);
	assert_true(config_switch(config, CONFIG_SIP_INVITE_UNREGISTERED));
	config_free(config);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *line, *field, *message;
	} rows[] = {
		{"centrex --sip-port 65536",                             "sip-port",
	         "must be a whole number from 0 to 65535 (flag --sip-port)"                                                              },
		{"centrex --sip-port -1",                                "sip-port",
	         "must be a whole number from 0 to 65535 (flag --sip-port)"                                                              },
		{"centrex --sip-port=99999999999999999999",              "sip-port",
	         "must be a whole number from 0 to 65535 (flag --sip-port)"                                                              },
		{"centrex --sip-port 5o60",                              "sip-port",
	         "must be a whole number from 0 to 65535 (flag --sip-port)"                                                              },
		{"centrex --sip-port=",                                  "sip-port",                "must not be empty (flag --sip-port)"},
		{"centrex --sip-port",                                   "sip-port",                "--sip-port needs a value"           },
		{"centrex --state --json",                               "state",                   "--state needs a value"              },
		{"centrex --sip-address localhost",                      "sip-address",
	         "must be an IP address such as 127.0.0.1 or ::1 (flag --sip-address)"                                                   },
		{"centrex --log-level loud",                             "log-level",
	         "must be one of: debug info warning error (flag --log-level)"                                                           },
		{"centrex --log-level inf",                              "log-level",
	         "must be one of: debug info warning error (flag --log-level)"                                                           },
		{"centrex --sip-invite-unregistered=maybe",              "sip-invite-unregistered",
	         "must be yes or no (flag --sip-invite-unregistered)"                                                                    },
		{"centrex --rtp-port-least 20000 --rtp-port-most 20001", "rtp-port-least",
	         "must be at least 3 below rtp-port-most (a call needs four ports) "
	         "(flag --rtp-port-least)"											       },
		{"centrex --sip-port 5061",                              "sip-tls-port",
	         "must not be sip-port, which is 5061 too"									       },
		{"centrex --user a\nb",                                  "user",
	         "must not contain control characters (flag --user)"								     },
		{"centrex --user \xff",                                  "user",                    "is not UTF-8 text (flag --user)"    },
		{"centrex --config /nonexistent/c",                      "",
	         "cannot read the settings file /nonexistent/c: No such file or directory"                                               },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		refuse(rows[i].line, rows[i].field, rows[i].message);
}

static void test_bad_files(void **state)
{
	static const struct {
		const char *content, *field, *message; /* %s: the file */
	} rows[] = {
		{"sip-port 5\n",                     "config",   "%s line 1: must be name = value"                        },
		{"\nsipport = 5\n",                  "sipport",  "%s line 2: there is no such setting"                    },
		{"sip-port = 5070\nsip-port = 5071", "sip-port",
	         "stands twice in %s (lines 1 and 2)"								     },
		{"sip-port = x",                     "sip-port", "must be a whole number from 0 to 65535 (%s line 1)"     },
		{"state = /x",                       "state",    "cannot be set in the file that stands in it (%s line 1)"},
		{"= 5",			      "",         "%s line 1: there is no such setting"                    },
	};
	struct place *place = *state;
	AUTO(text_clear) struct text nul = {0};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text message = {0};
		const char *gap = strstr(rows[i].message, "%s");

		text_add_n(&message, rows[i].message, (size_t)(gap - rows[i].message));
		text_addf(&message, "%s%s", place->file, gap + 2);
		write_file(place, rows[i].content);
		refuse("centrex", rows[i].field, text_string(&message));
	}
	write_bytes(place->file, "sip-port = 5\0", 13);
	text_addf(&nul, "%s contains a NUL", place->file);
	refuse("centrex", "config", text_string(&nul));
}

static void test_large(void **state)
{
	struct place *place = *state;
	size_t n = 1000 * 1000;
	AUTO(auto_free) char *content = malloc(n);
	AUTO(auto_free) char *line = malloc(6000);
	AUTO(text_clear) struct text message = {0};

	memset(content, '\n', n);
	write_bytes(place->file, content, n);
	text_addf(&message, "%s is larger than 262144 bytes", place->file);
	refuse("centrex", "config", text_string(&message));
	unlink(place->file);
	snprintf(line, 6000, "centrex --user %05000d", 1);
	refuse(line, "user", "is longer than 4096 bytes (flag --user)");
}

static void test_reload(void **state)
{
	struct place *place = *state;
	AUTO(config_auto_free) struct config *config = NULL;
	AUTO(config_auto_free) struct config *again = NULL;
	struct config *bad = NULL;
	struct error err;

	write_file(place, "sip-port = 5070\ndrain-s = 1\n");
	config = load("centrex --sip-port 5091");
	write_file(place, "sip-port = 5072\ndrain-s = 2\n");
	assert_int_equal(config_reload(config, &again, NULL), ERROR_OK);
	assert_int_equal(config_number(again, CONFIG_SIP_PORT), 5091);
	assert_int_equal(config_number(again, CONFIG_DRAIN_S), 2);
	assert_int_equal(config_number(config, CONFIG_DRAIN_S), 1);
	write_file(place, "drain-s = soon\n");
	assert_int_equal(config_reload(config, &bad, &err), ERROR_INVALID);
	assert_string_equal(err.field, "drain-s");
}

static void test_export(void **state)
{
	struct place *place = *state;
	AUTO(config_auto_free) struct config *config = NULL;
	AUTO(config_auto_free) struct config *child = NULL;

	write_file(place, "database = postgresql://x/y\n");
	config = load("centrex --sip-port 5091 --database=");
	assert_int_equal(config_export(config, NULL), ERROR_OK);
	child = load("centrex");
	assert_int_equal(config_number(child, CONFIG_SIP_PORT), 5091);
	assert_string_equal(config_text(child, CONFIG_DATABASE), "");
	assert_string_equal(config_text(child, CONFIG_STATE), place->directory);
}

static void test_masks(void **state)
{
	static const char *const rows[][2] = {
		{"",					  ""			       },
		{"postgresql://joe:secret@db/centrex",        "postgresql://joe:***@db/centrex"},
		{"postgresql://joe:se@cr/et@db/centrex",      "postgresql://joe:***@db/centrex"},
		{"postgresql://joe@db/centrex",               "postgresql://joe@db/centrex"    },
		{"postgresql://db:5433/centrex",              "postgresql://db:5433/centrex"   },
		{"postgresql:///c?user=u&password=s%20t&x=1",
	         "postgresql:///c?user=u&password=***&x=1"                                     },
		{"host=db password=secret user=joe",          "host=db password=*** user=joe"  },
		{"host=db password = 'se cr\\'et' user=joe",  "host=db password=*** user=joe"  },
		{"host=db sslpassword=secret",                "host=db sslpassword=***"        },
		{"password='open",                            "password=***"                   },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text shown = {0};

		config_value_mask(rows[i][0], &shown);
		assert_string_equal(text_string(&shown), rows[i][1]);
	}
}

static void test_relative_paths(void **state)
{
	AUTO(config_auto_free) struct config *config = NULL;
	AUTO(text_clear) struct text expected = {0};
	char here[4096];

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	config = load("centrex --state ./some/place//");
	text_addf(&expected, "%s/some/place", here);
	assert_string_equal(config_text(config, CONFIG_STATE), text_string(&expected));
}

/* The supervisor changes its directory before it reloads and before its children load. */
static void test_paths_stay(void **state)
{
	struct place *place = *state;
	AUTO(config_auto_free) struct config *config = NULL;
	AUTO(config_auto_free) struct config *again = NULL;
	AUTO(config_auto_free) struct config *child = NULL;
	AUTO(text_clear) struct text flag = {0};
	AUTO(text_clear) struct text file = {0};
	char here[4096];

	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(place->directory), 0);
	write_file(place, "sip-tls-certificate = tls/own.pem\n");
	setenv("CENTREX_STATE", ".", 1);
	setenv("CENTREX_POSTGRES_BIN", "bin", 1);
	config = load("centrex");
	text_addf(&flag, "%s/bin", place->directory);
	text_addf(&file, "%s/tls/own.pem", place->directory);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(config_reload(config, &again, NULL), ERROR_OK);
	assert_string_equal(config_text(again, CONFIG_POSTGRES_BIN), text_string(&flag));
	assert_string_equal(config_text(again, CONFIG_SIP_TLS_CERTIFICATE), text_string(&file));
	assert_int_equal(config_export(config, NULL), ERROR_OK);
	child = load("centrex");
	assert_string_equal(config_text(child, CONFIG_STATE), config_text(config, CONFIG_STATE));
	assert_string_equal(config_text(child, CONFIG_POSTGRES_BIN), text_string(&flag));
	assert_string_equal(config_text(child, CONFIG_SIP_TLS_CERTIFICATE), text_string(&file));
	unsetenv("CENTREX_POSTGRES_BIN");
	assert_int_equal(chdir(here), 0);
}

static void a_password_of_any_form_is_not_shown(void **state)
{
	AUTO(config_auto_free)
	struct config *config = load("centrex --freeswitch-credentials=fs:opensesame16chars");
	AUTO(text_clear) struct text given = {0}, none = {0};

	(void)state;
	config_show(config, CONFIG_FREESWITCH_CREDENTIALS, &given);
	assert_string_equal(text_string(&given), "***");
	config_show(config, CONFIG_FREESWITCH_EVENT_PASSWORD, &none);
	assert_string_equal(text_string(&none), "");
}

static enum error_code load_once(void *arg)
{
	char flag[] = "--sip-port=5091", name[] = "centrex", path[] = "--state=relative";
	char *argv[] = {name, flag, path, NULL};
	int argc = 3;
	struct config *config = NULL;
	struct config *again = NULL;
	enum error_code code = config_load(&argc, argv, &config, NULL);

	(void)arg;
	if (code == ERROR_OK)
		code = config_reload(config, &again, NULL);
	config_free(again);
	config_free(config);
	return code;
}

static void test_memory(void **state)
{
	(void)state;
	assert_true(oom_check(load_once, NULL) > 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_precedence),
		TEST(test_takes_only_its_flags),
		TEST(test_refusals),
		TEST(test_bad_files),
		TEST(test_large),
		TEST(test_reload),
		TEST(test_export),
		TEST(test_masks),
		TEST(test_relative_paths),
		TEST(test_paths_stay),
		TEST(test_memory),
		TEST(a_password_of_any_form_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
