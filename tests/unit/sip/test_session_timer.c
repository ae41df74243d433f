#include "message.h"
#include "sip/session_timer.h"
#include "unit.h"

#define INVITE                                                                                     \
	"INVITE sip:102@a SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: "                 \
	"<sip:1@a>;tag=1\r\n"                                                                      \
	"To: <sip:2@a>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
#define OK200                                                                                      \
	"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:1@a>;tag=1\r\n"        \
	"To: <sip:2@a>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"

static void answers_what_is_asked(void **state)
{
	static const struct {
		const char *headers;
		bool taken;
		unsigned interval_s;
		bool we_refresh, announced;
		const char *reply;
	} rows[] = {
		{"",							    true,  1800,  true,  false, ""							 },
		{"Supported: timer\r\n",                                        true,  1800,  true,  true,
	         "Session-Expires: 1800;refresher=uas\r\n"													     },
		{"Supported: 100rel, timer\r\nSession-Expires: 600\r\n",        true,  600,   false, true,
	         "Require: timer\r\nSession-Expires: 600;refresher=uac\r\n"											    },
		{"Session-Expires: 600\r\n",                                    true,  600,   true,  true,
	         "Session-Expires: 600;refresher=uas\r\n"													      },
		{"k: timer\r\nx: 90;refresher=uas\r\n",                         true,  90,    true,  true,
	         "Session-Expires: 90;refresher=uas\r\n"													       },
		{"Supported: timer\r\nSession-Expires: 3600;refresher=uac\r\n", true,  3600,  false,
	         true,										      "Require: timer\r\nSession-Expires: 3600;refresher=uac\r\n"},
		{"Session-Expires: 99999999\r\n",                               true,  86400, true,  true,
	         "Session-Expires: 86400;refresher=uas\r\n"													    },
		{"Session-Expires: 89\r\n",                                     false, 0,     false, false, ""                                                         },
		{"Session-Expires: 0\r\n",                                      false, 0,     false, false, ""                                                         },
		{"Session-Expires: soon\r\n",                                   true,  1800,  true,  false, ""                                                         },
		{"Session-Expires: 99999999999999999999\r\n",                   true,  1800,  true,  false, ""                                                         },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text text = {0};
		struct session_timer timer = {0};

		text_addf(&text, INVITE "%s\r\n", rows[i].headers);
		struct sip_msg *msg = message_read(text.data);
		assert_non_null(msg);
		assert_int_equal(session_timer_answer(msg, &timer), rows[i].taken);
		mem_deref(msg);
		if (!rows[i].taken)
			continue;
		assert_int_equal(timer.interval_s, rows[i].interval_s);
		assert_int_equal(timer.we_refresh, rows[i].we_refresh);
		assert_int_equal(timer.announced, rows[i].announced);
		text_reset(&text);
		session_timer_write(&timer, &text);
		assert_string_equal(text.length ? text.data : "", rows[i].reply);
	}
}

static void reads_what_was_agreed(void **state)
{
	static const struct {
		const char *headers;
		unsigned interval_s;
		bool we_refresh, announced;
		unsigned delay_s;
	} rows[] = {
		{"",					1800, true,  false, 900 },
		{"Session-Expires: 1800;refresher=uac\r\n", 1800, true,  true,  900 },
		{"Session-Expires: 1800;refresher=uas\r\n", 1800, false, true,  1768},
		{"Session-Expires: 90;refresher=uas\r\n",   90,   false, true,  60  },
		{"Session-Expires: 30;refresher=uas\r\n",   1800, true,  false, 900 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text text = {0};

		text_addf(&text, OK200 "%s\r\n", rows[i].headers);
		struct sip_msg *msg = message_read(text.data);
		const struct session_timer timer = session_timer_agreed(msg);
		mem_deref(msg);
		assert_int_equal(timer.interval_s, rows[i].interval_s);
		assert_int_equal(timer.we_refresh, rows[i].we_refresh);
		assert_int_equal(timer.announced, rows[i].announced);
		assert_int_equal(session_timer_delay_s(&timer), rows[i].delay_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_what_is_asked),
		cmocka_unit_test(reads_what_was_agreed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
