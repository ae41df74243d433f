/* What the settings freeswitch-* must be. */
#include "freeswitch/settings.h"
#include "unit.h"

static enum error_code check(const char *first, const char *second, struct error *ret_err)
{
	AUTO(auto_free) char *a = strdup(first);
	AUTO(auto_free) char *b = strdup(second);
	char program[] = "centrex";
	char *argv[] = {program, a, b, NULL};
	int argc = 3;
	AUTO(config_auto_free) struct config *config = NULL;

	if (config_load(&argc, argv, &config, ret_err))
		fail_msg("%s %s: %s", first, second, ret_err->message);
	return freeswitch_settings_check(config, ret_err);
}

static void what_works_is_taken(void **state)
{
	static const char *const good[] = {
		"--freeswitch-credentials=",
		"--freeswitch-credentials=fs:0123456789abcde\"",
		"--freeswitch-credentials=fs:with:colons:in:it&<more>",
		"--freeswitch-from=10.0.0.0/8",
		"--freeswitch-url=",
		"--freeswitch-url=http://10.0.0.2:8081",
		"--freeswitch-url=https://[fd00::2]:8081",
		"--freeswitch-nodes=",
		"--freeswitch-event-password=ClueCon",
		"--freeswitch-credentials=fs:short",
		"--freeswitch-profile=phones_2",
		"--freeswitch-media=/srv/media of ours",
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		if (check(good[i], "--log-level=info", &err))
			fail_msg("%s: %s", good[i], err.message);
	assert_int_equal(check("--freeswitch-nodes=fs1=h",
	                       "--freeswitch-event-password=0123456789abcdef", &err),
	                 ERROR_OK);
}

static void what_does_not_is_refused_with_the_setting_and_the_rule(void **state)
{
	static const struct {
		const char *flag, *field, *rule;
	} bad[] = {
		{"--freeswitch-credentials=fs",                         "freeswitch-credentials",    "name:password"   },
		{"--freeswitch-credentials=:0123456789abcdef",          "freeswitch-credentials",
	         "name:password"										       },
		{"--freeswitch-credentials=fs:",                        "freeswitch-credentials",    "name:password"   },
		{"--freeswitch-credentials=fs:0123456789 abcdef",       "freeswitch-credentials",
	         "without blanks"										      },
		{"--freeswitch-credentials=f\xc3\xbc:0123456789abcdef", "freeswitch-credentials",
	         "ASCII"											       },
		{"--freeswitch-from=10.0.0.0/8 here",                   "freeswitch-from",           "'here'"          },
		{"--freeswitch-from= ",                                 "freeswitch-from",           "10.0.0.0/8"      },
		{"--freeswitch-url=10.0.0.2:8081",                      "freeswitch-url",            "http://"         },
		{"--freeswitch-url=ftp://10.0.0.2",                     "freeswitch-url",            "http://"         },
		{"--freeswitch-url=http://",                            "freeswitch-url",            "a host"          },
		{"--freeswitch-url=http://h/freeswitch",                "freeswitch-url",            "without a path"  },
		{"--freeswitch-url=http://a:b@h",                       "freeswitch-url",            "without a path"  },
		{"--freeswitch-url=http://profile:8081",                "freeswitch-url",            "'file:'"         },
		{"--freeswitch-url=http://a<b",                         "freeswitch-url",            "without a path"  },
		{"--freeswitch-nodes=fs1",                              "freeswitch-nodes",          "'fs1'"           },
		{"--freeswitch-nodes=fs1=h",                            "freeswitch-event-password", "freeswitch-nodes"},
		{"--freeswitch-event-password=two words",               "freeswitch-event-password",
	         "without blanks"										      },
		{"--freeswitch-profile=a/b",                            "freeswitch-profile",        "letters"         },
		{"--freeswitch-media=media",                            "freeswitch-media",          "absolute"        },
		{"--freeswitch-media=/a${b}",                           "freeswitch-media",          "without"         },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (!check(bad[i].flag, "--log-level=info", &err))
			fail_msg("taken: %s", bad[i].flag);
		assert_string_equal(err.field, bad[i].field);
		if (!strstr(err.message, bad[i].rule) ||
		    (err.code == ERROR_INVALID && !strstr(err.message, "(flag --freeswitch-")))
			fail_msg("%s: %s", bad[i].flag, err.message);
	}
}

static void a_password_is_not_in_the_message(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(check("--freeswitch-credentials=fs:open sesame",
	                       "--freeswitch-event-password=ClueCon", &err),
	                 ERROR_INVALID);
	assert_null(strstr(err.message, "sesame"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_works_is_taken),
		cmocka_unit_test(what_does_not_is_refused_with_the_setting_and_the_rule),
		cmocka_unit_test(a_password_is_not_in_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
