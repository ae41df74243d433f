/* Letters as e-mail: nothing a stranger wrote becomes a header or a second letter. */
#include "mail/message.h"
#include "oom.h"
#include "unit.h"

static const int64_t at_us = INT64_C(1795348800000000); /* 2026-11-22 12:00:00 UTC */

static enum error_code write_letter(const char *to, const char *subject, const char *from,
                                    const char *body, struct text *out, struct error *err)
{
	const struct letter letter = {.to = to, .subject = subject, .body = body};

	return message_write(&letter, from, at_us, "id", out, err);
}

static void a_letter_is_headers_and_base64(void **state)
{
	AUTO(text_clear) struct text out = {0};
	struct error err;

	(void)state;
	assert_int_equal(write_letter("ann@one.test", "You are invited", "noreply@pbx.test",
	                              "Hello,\n.\nlink\n", &out, &err),
	                 ERROR_OK);
	assert_string_equal(text_string(&out), "From: <noreply@pbx.test>\r\n"
	                                       "To: <ann@one.test>\r\n"
	                                       "Subject: You are invited\r\n"
	                                       "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
	                                       "Message-ID: <id@pbx.test>\r\n"
	                                       "MIME-Version: 1.0\r\n"
	                                       "Content-Type: text/plain; charset=utf-8\r\n"
	                                       "Content-Transfer-Encoding: base64\r\n"
	                                       "Auto-Submitted: auto-generated\r\n"
	                                       "\r\n"
	                                       "SGVsbG8sDQouDQpsaW5rDQo=\r\n");
}

static void names_and_subjects_of_any_language_are_encoded(void **state)
{
	AUTO(text_clear) struct text out = {0};
	struct error err;

	(void)state;
	assert_int_equal(write_letter("ann@one.test",
	                              "Grüße aus Zürich, über eine längere Betreffzeile hinweg",
	                              "Zürich, Büro <noreply@pbx.test>", "x", &out, &err),
	                 ERROR_OK);
	assert_non_null(strstr(text_string(&out),
	                       "From: =?UTF-8?B?WsO8cmljaCwgQsO8cm8=?= <noreply@pbx.test>\r\n"));
	assert_non_null(strstr(text_string(&out), "Subject: =?UTF-8?B?"));
	assert_non_null(strstr(text_string(&out), "?=\r\n =?UTF-8?B?"));
	for (const char *line = text_string(&out); *line;) {
		size_t n = strcspn(line, "\r\n");

		assert_true(n <= 78);
		line += n;
		line += strspn(line, "\r\n");
	}
}

static void what_could_be_more_than_it_says_is_refused(void **state)
{
	static const struct {
		const char *to, *subject, *from, *field;
	} rows[] = {
		{"a@b.test\r\nBcc: all@b.test", "x",                    "n@p.test",                "to"     },
		{"a@b.test, c@d.test",          "x",                    "n@p.test",                "to"     },
		{"a@b.test>\r\nRCPT TO:<x@y",   "x",                    "n@p.test",                "to"     },
		{"<a@b.test>",                  "x",                    "n@p.test",                "to"     },
		{"a b@c.test",                  "x",                    "n@p.test",                "to"     },
		{"a@b@c.test",                  "x",                    "n@p.test",                "to"     },
		{"@c.test",                     "x",                    "n@p.test",                "to"     },
		{"a@",			  "x",                    "n@p.test",                "to"     },
		{"",			    "x",                    "n@p.test",                "to"     },
		{"\xc3\xa4@b.test",             "x",                    "n@p.test",                "to"     },
		{"a@b.test",                    "x\r\nBcc: all@b.test", "n@p.test",                "subject"},
		{"a@b.test",                    "x\n",                  "n@p.test",                "subject"},
		{"a@b.test",                    "\xff",                 "n@p.test",                "subject"},
		{"a@b.test",                    "x",                    "n",                       "from"   },
		{"a@b.test",                    "x",                    "N <n@p.test",             "from"   },
		{"a@b.test",                    "x",                    "N <n@p.test> <o@p.test>", "from"   },
		{"a@b.test",                    "x",                    "N\r\nX: y <n@p.test>",    "from"   },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text out = {0};
		struct error err;

		if (write_letter(rows[i].to, rows[i].subject, rows[i].from, "x", &out, &err) !=
		    ERROR_INVALID)
			fail_msg("%zu: %s", i, text_string(&out));
		assert_string_equal(err.field, rows[i].field);
		assert_int_equal(out.length, 0);
	}
}

static void a_body_cannot_end_the_letter(void **state)
{
	AUTO(text_clear) struct text out = {0};
	struct error err;

	(void)state;
	assert_int_equal(write_letter("a@b.test", "x", "n@p.test",
	                              "a\r\n.\r\nMAIL FROM:<x@y.test>\r\n\nBcc: z@y.test\n", &out,
	                              &err),
	                 ERROR_OK);
	assert_null(strstr(text_string(&out), "\r\n.\r\n"));
	assert_null(strstr(text_string(&out), "MAIL"));
	assert_null(strstr(text_string(&out), "Bcc"));
}

static enum error_code write_one(void *arg)
{
	AUTO(text_clear) struct text out = {0};

	(void)arg;
	return write_letter("a@b.test", "Grüße", "N <n@p.test>", "a\nb\n", &out, NULL);
}

static void no_memory_is_said(void **state)
{
	(void)state;
	oom_check(write_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_letter_is_headers_and_base64),
		cmocka_unit_test(names_and_subjects_of_any_language_are_encoded),
		cmocka_unit_test(what_could_be_more_than_it_says_is_refused),
		cmocka_unit_test(a_body_cannot_end_the_letter),
		cmocka_unit_test(no_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
