/* The bytes of FreeSWITCH's event socket, and events. */
#include "freeswitch/esl.h"
#include "freeswitch/esl_frame.h"
#include "unit.h"

static void feed(struct esl_reader *reader, const char *bytes, size_t n)
{
	while (n) {
		size_t room, part;
		char *to = esl_reader_room(reader, &room);

		assert_non_null(to);
		part = n < room ? n : room;
		memcpy(to, bytes, part);
		esl_reader_add(reader, part);
		bytes += part;
		n -= part;
	}
}

static const char conversation[] =
	"Content-Type: auth/request\n\n"
	"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
	"\n\nContent-Type: api/response\r\nContent-Length: 4\r\n\r\ntrue"
	"Content-Length: 44\nContent-Type: text/event-plain\n\n"
	"Event-Name: CUSTOM\nCC-Agent: 101%40a.test\n\n\n"
	"Content-Type: log/data\nContent-Length: 3\n\nabc"
	"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
	"Content-Type: api/response\nContent-Length: 0\n\n"
	"Content-Type: text/disconnect-notice\nContent-Length: 5\n\nbye\n\n";

static const struct {
	enum esl_kind kind;
	const char *body;
} spoken[] = {
	{ESL_AUTH_REQUEST, ""						},
        {ESL_REPLY,        "+OK accepted"                                    },
	{ESL_REPLY,        "true"					    },
        {ESL_EVENT,        "Event-Name: CUSTOM\nCC-Agent: 101%40a.test\n\n\n"},
	{ESL_OTHER,        "abc"					     },
        {ESL_REJECTED,     "Access Denied, go away.\n"                       },
	{ESL_REPLY,        ""						},
        {ESL_GOODBYE,      "bye\n\n"                                         },
};

static void frames_come_out_whole_however_the_bytes_arrive(void **state)
{
	(void)state;
	for (size_t step = 1; step < sizeof(conversation); step++) {
		struct esl_reader reader = {0};
		size_t seen = 0;

		for (size_t at = 0; at < sizeof(conversation) - 1; at += step) {
			size_t left = sizeof(conversation) - 1 - at;
			struct esl_frame frame;
			bool whole = true;

			feed(&reader, conversation + at, left < step ? left : step);
			for (;;) {
				assert_int_equal(esl_reader_next(&reader, &frame, &whole, NULL),
				                 ERROR_OK);
				if (!whole)
					break;
				assert_true(seen < COUNT_OF(spoken));
				assert_int_equal(frame.kind, spoken[seen].kind);
				assert_string_equal(frame.body, spoken[seen].body);
				assert_int_equal(frame.n, strlen(spoken[seen].body));
				seen++;
			}
		}
		assert_int_equal(seen, COUNT_OF(spoken));
		esl_reader_clear(&reader);
	}
}

static enum error_code read_all(const char *bytes, size_t n)
{
	struct esl_reader reader = {0};
	struct esl_frame frame;
	enum error_code code;
	bool whole = true;

	feed(&reader, bytes, n);
	do
		code = esl_reader_next(&reader, &frame, &whole, NULL);
	while (code == ERROR_OK && whole);
	esl_reader_clear(&reader);
	return code;
}

static void what_is_no_event_socket_is_told_at_once(void **state)
{
	static const struct {
		const char *bytes;
		enum error_code code;
	} rows[] = {
		{"HTTP/1.1 400 Bad Request\nContent-Length: 0\n\n",             ERROR_INVALID  },
		{"SSH-2.0-OpenSSH_9.2\r\n\r\n",                                 ERROR_INVALID  },
		{": no name\n\n",					       ERROR_INVALID  },
		{"Content-Type: api/response\nContent-Length: -1\n\n",          ERROR_INVALID  },
		{"Content-Type: api/response\nContent-Length: 1x\n\n",          ERROR_INVALID  },
		{"Content-Type: api/response\nContent-Length:\n\n",             ERROR_INVALID  },
		{"Content-Length: 67108865\n\n",                                ERROR_TOO_LARGE},
		{"Content-Length: 99999999999999999999999999\n\n",              ERROR_TOO_LARGE},
		{"Content-Type: text/event-plain\nContent-Length: 1048577\n\n", ERROR_TOO_LARGE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(read_all(rows[i].bytes, strlen(rows[i].bytes)), rows[i].code);
}

static void a_head_has_its_limits(void **state)
{
	AUTO(auto_free) char *bytes = malloc(ESL_HEAD_MAX + 2);
	size_t n = 0;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'a', ESL_HEAD_MAX + 1);
	assert_int_equal(read_all(bytes, ESL_HEAD_MAX), ERROR_OK);
	assert_int_equal(read_all(bytes, ESL_HEAD_MAX + 1), ERROR_TOO_LARGE);
	for (int i = 0; i <= ESL_LINES_MAX; i++)
		n += (size_t)snprintf(bytes + n, ESL_HEAD_MAX - n, "a: b\n");
	bytes[n++] = '\n';
	assert_int_equal(read_all(bytes, n), ERROR_TOO_LARGE);
	assert_int_equal(read_all(bytes + 5, n - 5), ERROR_OK);
}

static void a_long_answer_comes_whole_and_leaves_no_memory_behind(void **state)
{
	enum { N = 3 * 1000 * 1000 };
	struct esl_reader reader = {0};
	struct esl_frame frame;
	AUTO(auto_free) char *body = malloc(N);
	char head[100];
	size_t room;
	bool whole;

	(void)state;
	assert_non_null(body);
	memset(body, 'x', N);
	snprintf(head, sizeof(head), "Content-Type: api/response\nContent-Length: %d\n\n", N);
	feed(&reader, head, strlen(head));
	feed(&reader, body, N);
	assert_int_equal(esl_reader_next(&reader, &frame, &whole, NULL), ERROR_OK);
	assert_true(whole);
	assert_int_equal(frame.n, N);
	assert_memory_equal(frame.body, body, N);
	assert_non_null(esl_reader_room(&reader, &room));
	assert_true(reader.room < N);
	esl_reader_clear(&reader);
}

static void an_event_has_its_headers_decoded(void **state)
{
	static const char text[] = "Event-Subclass: callcenter%3A%3Ainfo\r\n"
				   "CC-Agent: 101%40cust1.pbx.test\n"
				   "CC-Agent: second\n"
				   "Odd: 100%, %zz %4 %00%\n"
				   "Empty:\n"
				   "no colon\n"
				   "Name: M%C3%BCller%0a2\n"
				   "\n"
				   "Body: not a header\n";
	struct esl_event *event = esl_event_new(text, strlen(text));

	(void)state;
	assert_non_null(event);
	assert_string_equal(esl_header(event, "Event-Subclass"), "callcenter::info");
	assert_string_equal(esl_header(event, "cc-agent"), "101@cust1.pbx.test");
	assert_string_equal(esl_header(event, "Odd"), "100%, %zz %4 %00%");
	assert_string_equal(esl_header(event, "Empty"), "");
	assert_string_equal(esl_header(event, "Name"), "M\xc3\xbcller\n2");
	assert_null(esl_header(event, "Body"));
	assert_null(esl_header(event, "no colon"));
	esl_event_free(event);
}

static void what_is_no_event_is_none(void **state)
{
	(void)state;
	assert_null(esl_event_new("", 0));
	assert_null(esl_event_new("\nEvent-Name: A\n", 15));
	assert_null(esl_event_new("nothing\n", 8));
	esl_event_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_out_whole_however_the_bytes_arrive),
		cmocka_unit_test(what_is_no_event_socket_is_told_at_once),
		cmocka_unit_test(a_head_has_its_limits),
		cmocka_unit_test(a_long_answer_comes_whole_and_leaves_no_memory_behind),
		cmocka_unit_test(an_event_has_its_headers_decoded),
		cmocka_unit_test(what_is_no_event_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
