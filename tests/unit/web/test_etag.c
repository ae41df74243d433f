#include <string.h>

#include "unit.h"
#include "web/etag.h"

#define FORTY "0123456789012345678901234567890123456789"

/* The header of the request at hand, in the place of the connection's. */
static const char *header;

const char *__wrap_request_header(const struct request *request, const char *name);
const char *__wrap_request_header(const struct request *request, const char *name)
{
	(void)request;
	(void)name;
	return header;
}

static void one_strong_tag_is_asked_for(void **state)
{
	static const struct {
		const char *header;
		enum error_code code;
		const char *tag; /* NULL: none is asked for */
	} rows[] = {
		{NULL,                  ERROR_OK,      NULL      },
		{"*",                   ERROR_OK,      NULL      },
		{"\"0123abcd\"",        ERROR_OK,      "0123abcd"},
		{"\"\"",                ERROR_OK,      ""        },
		{"\"" FORTY FORTY "\"", ERROR_OK,      "none"    },
		{"W/\"0123\"",          ERROR_INVALID, NULL      },
		{"\"0123\", \"4567\"",  ERROR_INVALID, NULL      },
		{"\"0123",              ERROR_INVALID, NULL      },
		{"0123",                ERROR_INVALID, NULL      },
		{"\"",                  ERROR_INVALID, NULL      },
		{"",                    ERROR_INVALID, NULL      },
	};
	const struct request request = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char buffer[STORE_ETAG_MAX];
		const char *tag = NULL;

		header = rows[i].header;
		print_message("%s\n", header ? header : "none");
		assert_int_equal(etag_required(&request, buffer, &tag, NULL), rows[i].code);
		if (rows[i].tag)
			assert_string_equal(tag, rows[i].tag);
		else
			assert_null(tag);
	}
}

static void what_the_client_has_is_not_sent_again(void **state)
{
	static const struct {
		const char *header;
		enum web_method method;
		unsigned status; /* 0: the handler's */
	} rows[] = {
		{NULL,               WEB_GET,   0  },
		{"\"abc\"",          WEB_GET,   304},
		{"W/\"abc\"",        WEB_GET,   304},
		{"*",                WEB_GET,   304},
		{"\"x\", W/\"abc\"", WEB_GET,   304},
		{"\"x\",\"y\"",      WEB_GET,   0  },
		{"\"ab\"",           WEB_GET,   0  },
		{"\"abcd\"",         WEB_GET,   0  },
		{"abc",              WEB_GET,   0  },
		{"\"abc",            WEB_GET,   0  },
		{"",                 WEB_GET,   0  },
		{"\"abc\"",          WEB_PATCH, 0  },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct route route = {.method = rows[i].method};
		const struct request request = {.route = &route};
		struct reply reply = {.file = -1};

		header = rows[i].header;
		print_message("%s\n", header ? header : "none");
		text_add(&reply.body, "body");
		etag_answer(&request, "abc", &reply);
		assert_int_equal(reply.status, rows[i].status);
		assert_int_equal(reply.body.length, rows[i].status == 304 ? 0 : 4);
		assert_int_equal(reply.n_headers, 1);
		assert_string_equal(reply.headers[0].value, "\"abc\"");
		reply_clear(&reply);
	}
}

static void a_text_has_the_tag_of_what_is_in_it(void **state)
{
	AUTO(text_clear) struct text text = {0};
	char empty[STORE_ETAG_MAX], one[STORE_ETAG_MAX], again[STORE_ETAG_MAX];

	(void)state;
	etag_of(&text, empty);
	text_add(&text, "1");
	etag_of(&text, one);
	etag_of(&text, again);
	assert_string_equal(one, again);
	assert_string_not_equal(one, empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_strong_tag_is_asked_for),
		cmocka_unit_test(what_the_client_has_is_not_sent_again),
		cmocka_unit_test(a_text_has_the_tag_of_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
