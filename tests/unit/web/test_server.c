/* A server with rows of its own, and clients that send bytes. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/log.h"
#include "unit.h"
#include "web/gate.h"
#include "web/routes.h"
#include "web/server.h"
#include "web/stream.h"
#include "wire.h"

enum { WAIT_MS = 20000, EXPORT_BYTES = 5 * 1000 * 1000, UPLOAD_MAX = 100 * 1000 };

/* What handlers and tests tell each other. */
static struct {
	pthread_mutex_t held; /* /held waits for it */
	_Atomic unsigned inside;
	_Atomic unsigned gone; /* streams whose client left */
	struct stream *_Atomic events;
	_Atomic bool refuse; /* the gate does */
} shared = {.held = PTHREAD_MUTEX_INITIALIZER};

enum error_code __wrap_gate_check(struct request *request, struct reply *reply, struct error *err);

enum error_code __wrap_gate_check(struct request *request, struct reply *reply, struct error *err)
{
	(void)request;
	(void)reply;
	return shared.refuse ? error_set(err, ERROR_UNAUTHENTICATED, NULL, NULL) : ERROR_OK;
}

static enum error_code hello(struct request *request, struct reply *reply, struct error *err)
{
	const char *name = request_query(request, "name");

	(void)err;
	text_addf(&reply->body, "hello %s", name ? name : "you");
	return ERROR_OK;
}

static enum error_code hold(struct request *request, struct reply *reply, struct error *err)
{
	(void)request;
	(void)err;
	shared.inside++;
	pthread_mutex_lock(&shared.held);
	pthread_mutex_unlock(&shared.held);
	text_add(&reply->body, "held");
	return ERROR_OK;
}

/* EXPORT_BYTES, or with ?cut= half of them, or with ?endless= until the client leaves. */
static enum error_code send_rows(struct request *request, struct reply *reply, struct error *err)
{
	static const char block[1000] = "row";
	bool cut = request_query(request, "cut"), endless = request_query(request, "endless");
	struct stream *stream = NULL;
	enum error_code code = stream_new(&stream, err);
	size_t left = cut ? EXPORT_BYTES / 2 : EXPORT_BYTES;

	if (code != ERROR_OK)
		return code;
	reply->stream = stream_ref(stream);
	request_begin_answer(request, reply);
	while (code == ERROR_OK && (endless || left)) {
		code = stream_write(stream, block, sizeof(block), err);
		left -= sizeof(block);
	}
	if (code == ERROR_OK && !cut)
		stream_finish(stream);
	if (code != ERROR_OK)
		shared.gone++;
	stream_unref(stream);
	return code;
}

static enum error_code events(struct request *request, struct reply *reply, struct error *err)
{
	struct stream *stream = NULL;
	enum error_code code = stream_new(&stream, err);

	(void)request;
	if (code != ERROR_OK)
		return code;
	reply->stream = stream_ref(stream);
	stream_unref(atomic_exchange(&shared.events, stream));
	return ERROR_OK;
}

/* The file's bytes, counted and summed. */
static enum error_code upload(struct request *request, struct reply *reply, struct error *err)
{
	unsigned char block[4096];
	unsigned long count = 0, sum = 0;
	ssize_t n;

	(void)err;
	while ((n = read(request->body_file, block, sizeof(block))) > 0)
		for (ssize_t i = 0; i < n; i++, count++)
			sum += block[i];
	text_addf(&reply->body, "%lu bytes, %lu, %zu", count, sum, request->body_bytes);
	return ERROR_OK;
}

static enum error_code file(struct request *request, struct reply *reply, struct error *err)
{
	int ten = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_int_equal(write(ten, "0123456789", 10), 10);
	return reply_file(reply, ten, "audio/wav", "\"tag\"", request_header(request, "Range"),
	                  request_header(request, "If-Range"), err);
}

static enum error_code fault(struct request *request, struct reply *reply, struct error *err)
{
	(void)err;
	reply_header(reply, "Location", "/%s", request_query(request, "name"));
	text_add(&reply->body, "not to be seen");
	return ERROR_OK;
}

static const struct field echo_fields[] = {
	{.name = "word", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1, .most = 10},
};
static const struct shape echo_shape = {"Echo", echo_fields, COUNT_OF(echo_fields), false};

static enum error_code echo(struct request *request, struct reply *reply, struct error *err)
{
	(void)err;
	text_addf(&reply->body, "%s", json_string_value(json_object_get(request->json, "word")));
	return ERROR_OK;
}

static const struct route_parameter any[] = {
	{"name",    FIELD_TEXT, ""},
        {"cut",     FIELD_TEXT, ""},
        {"endless", FIELD_TEXT, ""}
};

#define ROW(m, p, h, ...)                                                                          \
	{                                                                                          \
		.method = (m), .path = (p), .handle = (h), .parameters = any,                      \
		.n_parameters = COUNT_OF(any), .answer_type = "text/plain", __VA_ARGS__            \
	}

static const struct route rows[] = {
	ROW(WEB_GET, "/hello", hello),
	ROW(WEB_GET, "/inline", hello, .flags = ROUTE_INLINE),
	ROW(WEB_GET, "/held", hold),
	ROW(WEB_GET, "/export", send_rows, .flags = ROUTE_LONG | ROUTE_STREAM),
	ROW(WEB_GET, "/long", hold, .flags = ROUTE_LONG),
	ROW(WEB_GET, "/events", events, .flags = ROUTE_STREAM),
	ROW(WEB_POST, "/upload", upload, .flags = ROUTE_BODY_FILE | ROUTE_LONG,
            .body_max_bytes = UPLOAD_MAX),
	ROW(WEB_POST, "/echo", echo, .body = &echo_shape),
	ROW(WEB_GET, "/file", file),
	ROW(WEB_GET, "/fault", fault),
};
static const struct route_table table = {rows, COUNT_OF(rows)};
static const struct route_table *const tables[] = {&table};

struct fixture {
	char state[64];
	struct web web;
	struct config *config;
	struct server *server;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char *argv[] = {(char *)"web",         (char *)"--web-workers", (char *)"1",
	                (char *)"--log-level", (char *)"error",         NULL};
	int argc = 5;
	char path[80];

	snprintf(fixture->state, sizeof(fixture->state), "/tmp/centrex-web-XXXXXX");
	assert_non_null(mkdtemp(fixture->state));
	snprintf(path, sizeof(path), "%s/tmp", fixture->state);
	assert_int_equal(mkdir(path, 0700), 0);
	setenv("CENTREX_STATE", fixture->state, 1);
	assert_int_equal(config_load(&argc, argv, &fixture->config, NULL), ERROR_OK);
	log_settings(fixture->config);
	fixture->web.config = fixture->config;
	assert_int_equal(routes_make(tables, 1, &fixture->web.routes, NULL), ERROR_OK);
	const struct server_config config = {
		.web = &fixture->web, .faces = SERVER_PEOPLE, .address = "127.0.0.1"};

	assert_int_equal(server_open(&config, &fixture->server, NULL), ERROR_OK);
	assert_true(server_port(fixture->server) > 0);
	shared.inside = shared.gone = 0;
	shared.refuse = false;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	char path[80];

	server_close(fixture->server, 1);
	stream_unref(atomic_exchange(&shared.events, NULL));
	routes_close(fixture->web.routes);
	config_free(fixture->config);
	snprintf(path, sizeof(path), "%s/tmp", fixture->state);
	assert_int_equal(rmdir(path), 0); /* uploads left nothing */
	assert_int_equal(rmdir(fixture->state), 0);
	free(fixture);
	return 0;
}

static int dial(const struct fixture *fixture)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons(server_port(fixture->server))};
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	assert_int_equal(connect(s, (struct sockaddr *)&address, sizeof(address)), 0);
	return s;
}

#define END " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

/* The whole answer to one request on a connection of its own; the caller clears it. */
static struct text ask(const struct fixture *fixture, const char *request)
{
	struct text out = {0};
	int s = dial(fixture);

	say(s, request);
	hear(s, NULL, &out);
	close(s);
	text_add(&out, "");
	return out;
}

static void expect(const struct fixture *fixture, const char *request, const char *status,
                   const char *has)
{
	AUTO(text_clear) struct text out = ask(fixture, request);
	char line[64];

	snprintf(line, sizeof(line), "HTTP/1.1 %s ", status);
	print_message("%.60s: %.60s\n", request, text_string(&out));
	assert_int_equal(strncmp(text_string(&out), line, strlen(line)), 0);
	if (has)
		assert_non_null(strstr(text_string(&out), has));
}

static void handlers_answer_inline_and_on_workers(void **state)
{
	expect(*state, "GET /hello?name=a%20b" END, "200", "\r\n\r\nhello a b");
	expect(*state, "GET /inline?name=x" END, "200", "\r\n\r\nhello x");
	expect(*state, "GET http://a.test/inline?name=x" END, "200", "\r\n\r\nhello x");
	expect(*state, "GET /hello?other=1" END, "400", "\"field\":\"other\"");
	expect(*state, "GET /hello?name=1&name=2" END, "400", "\"field\":\"name\"");
	expect(*state, "BREW /hello" END, "501", "problem+json");
	expect(*state, "GET /fault?name=x%0d%0aSet-Cookie:1" END, "500", "\"code\":\"internal\"");
	shared.refuse = true;
	expect(*state, "GET /hello" END, "401", "WWW-Authenticate: Bearer");
}

static void a_port_that_is_taken_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct server_config config = {.web = &fixture->web,
	                                     .faces = SERVER_PEOPLE,
	                                     .address = "127.0.0.1",
	                                     .port = server_port(fixture->server),
	                                     .port_name = "web-port"};
	struct workers *workers = fixture->web.workers;
	struct server *second = NULL;
	struct error err;

	/* Also by ourselves, who share it between our reactors. */
	assert_int_equal(server_open(&config, &second, &err), ERROR_BUSY);
	assert_string_equal(err.field, "web-port");
	assert_null(second);
	fixture->web.workers = workers;
	expect(fixture, "GET /hello?name=x" END, "200", "hello x");
}

static void head_is_get_without_the_body(void **state)
{
	AUTO(text_clear) struct text out = ask(*state, "HEAD /hello" END);

	assert_non_null(strstr(out.data, "Content-Length: 9"));
	assert_string_equal(strstr(out.data, "\r\n\r\n"), "\r\n\r\n");
	AUTO(text_clear) struct text none = ask(*state, "HEAD /export?endless=1" END);

	assert_string_equal(strstr(none.data, "\r\n\r\n"), "\r\n\r\n");
	for (int64_t until = clock_monotonic_us() + WAIT_MS * 1000; shared.gone == 0;) {
		assert_true(clock_monotonic_us() < until);
		usleep(1000);
	}
}

static void a_json_body_is_checked_before_the_handler(void **state)
{
	static const struct {
		const char *type, *body, *status, *has;
	} cases[] = {
		{"application/json",                "{\"word\":\"x\"}",                "200", "\r\n\r\nx"   },
		{"application/json; charset=utf-8", "{\"word\":\"x\"}",                "200", "\r\n\r\nx"   },
		{"text/plain",                      "{\"word\":\"x\"}",                "415", "Content-Type"},
		{"application/jsonx",               "{\"word\":\"x\"}",                "415", "Content-Type"},
		{"application/json",                "{\"word\":\"x\",\"word\":\"y\"}", "400", "body"        },
		{"application/json",                "{\"word\":7}",                    "400", "word"        },
		{"application/json",                "{\"other\":7}",                   "400", "other"       },
		{"application/json",                "{}",                              "400", "word"        },
		{"application/json",                "",                                "400", "body"        },
		{"application/json",                "[",                               "400", "body"        },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char request[512];

		snprintf(request, sizeof(request),
		         "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: "
		         "%s\r\nContent-Length: %zu\r\n\r\n%s",
		         cases[i].type, strlen(cases[i].body), cases[i].body);
		expect(*state, request, cases[i].status, cases[i].has);
	}
}

static void a_stream_is_sent_whole_and_says_so(void **state)
{
	AUTO(text_clear) struct text whole = ask(*state, "GET /export" END);
	AUTO(text_clear) struct text cut = ask(*state, "GET /export?cut=1" END);

	assert_true(whole.length > EXPORT_BYTES);
	assert_memory_equal(whole.data + whole.length - 5, "0\r\n\r\n", 5);
	assert_true(cut.length > EXPORT_BYTES / 2 && cut.length < EXPORT_BYTES);
	assert_memory_not_equal(cut.data + cut.length - 5, "0\r\n\r\n", 5);
}

static void a_writer_learns_that_its_client_hung_up(void **state)
{
	AUTO(text_clear) struct text out = {0};
	int s = dial(*state);

	say(s, "GET /export?endless=1" END);
	hear(s, "row", &out);
	close(s);
	for (int64_t until = clock_monotonic_us() + WAIT_MS * 1000; shared.gone == 0;) {
		assert_true(clock_monotonic_us() < until);
		usleep(1000);
	}
}

static void events_wait_and_a_hang_up_ends_them(void **state)
{
	AUTO(text_clear) struct text out = {0};
	int s = dial(*state);

	say(s, "GET /events" END);
	hear(s, "\r\n\r\n", &out);
	assert_true(stream_offer(shared.events, "one", 3));
	hear(s, "one", &out);
	assert_true(stream_offer(shared.events, "two", 3));
	hear(s, "two", &out);
	close(s);
	for (int64_t until = clock_monotonic_us() + WAIT_MS * 1000;
	     !stream_is_closed(shared.events);) {
		assert_true(clock_monotonic_us() < until);
		usleep(1000);
	}
}

static void the_server_stops_with_streams_and_requests_open(void **state)
{
	struct fixture *fixture = *state;
	AUTO(text_clear) struct text out = {0};
	int quiet = dial(fixture), busy = dial(fixture), idle = dial(fixture);

	say(quiet, "GET /events" END);
	hear(quiet, "\r\n\r\n", &out);
	text_reset(&out);
	say(busy, "GET /export?endless=1" END);
	hear(busy, "row", &out);
	say(idle, "GET /hel"); /* never ends */
	server_close(fixture->server, 0);
	fixture->server = NULL;
	assert_int_equal(shared.gone, 1);
	close(quiet);
	close(busy);
	close(idle);
}

static void *close_server(void *arg)
{
	struct fixture *fixture = arg;

	server_close(fixture->server, 10);
	return NULL;
}

static void what_is_under_way_is_answered_before_the_end(void **state)
{
	struct fixture *fixture = *state;
	AUTO(text_clear) struct text out = {0};
	int s = dial(fixture);
	pthread_t closer;

	pthread_mutex_lock(&shared.held);
	say(s, "GET /held" END);
	while (shared.inside == 0)
		usleep(1000);
	assert_int_equal(pthread_create(&closer, NULL, close_server, fixture), 0);
	usleep(50000);
	pthread_mutex_unlock(&shared.held);
	hear(s, NULL, &out);
	assert_non_null(strstr(out.data, "\r\n\r\nheld"));
	pthread_join(closer, NULL);
	fixture->server = NULL;
	close(s);
}

static void a_full_queue_says_so_and_others_are_answered(void **state)
{
	enum { N = 80 };
	struct text answers[N] = {{0}};
	unsigned held = 0, refused = 0;
	int s[N];

	pthread_mutex_lock(&shared.held);
	for (int i = 0; i < N; i++) {
		s[i] = dial(*state);
		say(s[i], "GET /held" END);
	}
	/* One worker, 64 places: some of the 80 are refused while the others wait. */
	expect(*state, "GET /inline" END, "200", "hello");
	expect(*state, "GET /export" END, "200", "row");
	while (refused == 0)
		for (int i = 0; i < N; i++) {
			struct pollfd wait = {.fd = s[i], .events = POLLIN};

			refused += poll(&wait, 1, 0) == 1;
		}
	pthread_mutex_unlock(&shared.held);
	refused = 0;
	for (int i = 0; i < N; i++) {
		hear(s[i], NULL, &answers[i]);
		held += strstr(answers[i].data, "\r\n\r\nheld") != NULL;
		if (strstr(answers[i].data, "HTTP/1.1 503 ")) {
			refused++;
			assert_non_null(strstr(answers[i].data, "Retry-After: "));
		}
		text_clear(&answers[i]);
		close(s[i]);
	}
	assert_int_equal(held + refused, N);
	assert_int_equal(held, 65);
}

#define UPLOAD "POST /upload HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"

static void a_body_goes_to_a_file(void **state)
{
	static char body[UPLOAD_MAX + 1];
	AUTO(text_clear) struct text out = {0};
	int s = dial(*state);
	char chunk[32];

	memset(body, 1, sizeof(body));
	say(s, UPLOAD "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 100; i++) {
		snprintf(chunk, sizeof(chunk), "%x\r\n", UPLOAD_MAX / 100);
		say(s, chunk);
		send_all(s, body, UPLOAD_MAX / 100);
		say(s, "\r\n");
	}
	say(s, "0\r\n\r\n");
	hear(s, NULL, &out);
	assert_non_null(strstr(out.data, "\r\n\r\n100000 bytes, 100000, 100000"));
	close(s);
	expect(*state, UPLOAD "Content-Length: 3\r\n\r\n\x02\x02\x02", "200", "3 bytes, 6, 3");
	expect(*state, UPLOAD "Content-Length: 0\r\n\r\n", "200", "0 bytes, 0, 0");
}

static void a_body_over_its_limit_is_refused(void **state)
{
	static char body[UPLOAD_MAX + 1];
	AUTO(text_clear) struct text chunked = {0};
	AUTO(text_clear) struct text told = {0};
	int s = dial(*state);

	say(s, UPLOAD "Transfer-Encoding: chunked\r\n\r\n186a1\r\n");
	send_all(s, body, sizeof(body));
	say(s, "\r\n0\r\n\r\n");
	hear(s, NULL, &chunked);
	assert_int_equal(strncmp(chunked.data, "HTTP/1.1 413 ", 13), 0);
	close(s);
	s = dial(*state);
	say(s, UPLOAD "Content-Length: 100001\r\n\r\n");
	send_all(s, body, sizeof(body));
	hear(s, NULL, &told);
	assert_int_equal(strncmp(told.data, "HTTP/1.1 413 ", 13), 0);
	close(s);
	/* Announced and never sent. */
	expect(*state, UPLOAD "Content-Length: 999999999999\r\n\r\n", "413", NULL);
	expect(*state, UPLOAD "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n", "413",
	       NULL);
}

static void the_gate_is_asked_before_a_body_is_taken(void **state)
{
	AUTO(text_clear) struct text out = {0};
	int s = dial(*state);

	say(s, UPLOAD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	hear(s, "100 Continue\r\n\r\n", &out);
	say(s, "\x01\x01");
	hear(s, NULL, &out);
	assert_non_null(strstr(out.data, "2 bytes, 2"));
	close(s);
	shared.refuse = true;
	expect(*state, UPLOAD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", "401", NULL);
	expect(*state, UPLOAD "Content-Length: 2\r\n\r\nab", "401", NULL);
}

static void the_gate_of_an_upload_does_not_wait_for_long_work(void **state)
{
	enum { LONG_WORKERS = 4 };
	int s[LONG_WORKERS];

	pthread_mutex_lock(&shared.held);
	for (int i = 0; i < LONG_WORKERS; i++) {
		s[i] = dial(*state);
		say(s[i], "GET /long" END);
	}
	while (shared.inside < LONG_WORKERS)
		sched_yield();
	shared.refuse = true;
	expect(*state, UPLOAD "Content-Length: 2\r\n\r\nab", "401", NULL);
	pthread_mutex_unlock(&shared.held);
	for (int i = 0; i < LONG_WORKERS; i++)
		close(s[i]);
}

static void a_part_of_a_file(void **state)
{
	expect(*state, "GET /file" END, "200", "\r\n\r\n0123456789");
	expect(*state,
	       "GET /file HTTP/1.1\r\nHost: a\r\nRange: bytes=2-4\r\nConnection: close\r\n\r\n",
	       "206", "\r\n\r\n234");
	expect(*state,
	       "GET /file HTTP/1.1\r\nHost: a\r\nRange: bytes=20-\r\nConnection: close\r\n\r\n",
	       "416", "Content-Range: bytes */10");
}

static void a_connection_serves_many(void **state)
{
	AUTO(text_clear) struct text out = {0};
	int s = dial(*state);

	for (int i = 0; i < 50; i++)
		say(s, "GET /inline HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: "
		       "a\r\n\r\n");
	say(s, "GET /hello?name=last HTTP/1.1\r\nHost: a\r\n\r\n");
	hear(s, "hello last", &out);
	close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		T(handlers_answer_inline_and_on_workers),
		T(head_is_get_without_the_body),
		T(a_port_that_is_taken_is_refused),
		T(a_json_body_is_checked_before_the_handler),
		T(a_stream_is_sent_whole_and_says_so),
		T(a_writer_learns_that_its_client_hung_up),
		T(events_wait_and_a_hang_up_ends_them),
		T(the_server_stops_with_streams_and_requests_open),
		T(what_is_under_way_is_answered_before_the_end),
		T(a_full_queue_says_so_and_others_are_answered),
		T(a_body_goes_to_a_file),
		T(a_body_over_its_limit_is_refused),
		T(the_gate_is_asked_before_a_body_is_taken),
		T(the_gate_of_an_upload_does_not_wait_for_long_work),
		T(a_part_of_a_file),
		T(a_connection_serves_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
