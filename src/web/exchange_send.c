#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "web/server_internal.h"
#include "web/stream_server.h"

enum { STREAM_BLOCK = 32 * 1024, SEND_S = 60 };

/* Sent with every answer to people. An answer's own field of the same name wins. */
static const struct {
	const char *name, *value;
} security[] = {
	{"X-Content-Type-Options",  "nosniff"                                   },
	{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
	{"Referrer-Policy",         "no-referrer"                               },
	{"Cache-Control",           "no-store"                                  },
};

/* Called on the reactor with the stream's lock held; nothing resumes before we return. */
static void park(void *arg)
{
	struct exchange *exchange = arg;

	MHD_suspend_connection(exchange->view.mhd);
}

static void wake(void *arg)
{
	struct exchange *exchange = arg;

	MHD_resume_connection(exchange->view.mhd);
}

static ssize_t read_stream(void *cls, uint64_t at, char *buffer, size_t room)
{
	struct exchange *exchange = cls;
	ptrdiff_t n;

	(void)at;
	if (atomic_load(&exchange->server->ending))
		stream_break(exchange->reply.stream);
	n = stream_read(exchange->reply.stream, buffer, room, park, wake, exchange);
	if (n == STREAM_END)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == STREAM_BROKEN)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return n;
}

static void end_stream(void *cls)
{
	struct exchange *exchange = cls;

	stream_detach(exchange->reply.stream);
	stream_let_go(TAKE(exchange->reply.stream));
	exchange_unref(exchange);
}

static struct MHD_Response *make_stream(struct exchange *exchange)
{
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, exchange, end_stream);

	if (!response)
		return NULL;
	atomic_fetch_add(&exchange->refs, 1);
	stream_hold(exchange->reply.stream);
	if (exchange->client)
		client_set_stream(exchange->server->clients, exchange->client,
		                  exchange->reply.stream);
	/* The handler's reference is not needed any more. */
	stream_unref(exchange->reply.stream);
	return response;
}

static struct MHD_Response *make_body(struct exchange *exchange)
{
	struct reply *reply = &exchange->reply;
	size_t n = reply->body.length;
	char *bytes;

	if (!n)
		return MHD_create_response_from_buffer(reply->fixed_bytes,
		                                       (void *)(uintptr_t)reply->fixed,
		                                       MHD_RESPMEM_PERSISTENT);
	bytes = text_take(&reply->body);
	struct MHD_Response *response =
		MHD_create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_FREE);

	if (!response)
		free(bytes);
	return response;
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
	struct reply *reply = &exchange->reply;

	/* libmicrohttpd would send the last chunk of a body that HEAD does not have. */
	if (reply->stream && exchange->head) {
		stream_detach(reply->stream);
		stream_unref(TAKE(reply->stream));
	}
	if (reply->stream)
		return make_stream(exchange);
	if (reply->file >= 0) {
		struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(
			reply->file_bytes, reply->file, reply->file_offset);

		if (response)
			reply->file = -1;
		return response;
	}
	return make_body(exchange);
}

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool own_header(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_headers; i++)
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return true;
	return false;
}

static bool is_for_switch(const struct exchange *exchange)
{
	const struct route *route = exchange->request.route;

	return route && route->flags & ROUTE_SWITCH && exchange->status < 300;
}

/* The site of web-cors-origin calls the API; the console's pages are for nobody else. */
static bool is_of_api(const struct exchange *exchange)
{
	const struct route *route = exchange->request.route;

	return !is_for_switch(exchange) && !(route && route->flags & ROUTE_CONSOLE);
}

static bool add_security(const struct exchange *exchange, struct MHD_Response *response)
{
	bool good = true;

	/* No browser reads what is for a switch. */
	for (size_t i = 0; i < COUNT_OF(security) && !is_for_switch(exchange); i++)
		if (!own_header(&exchange->reply, security[i].name))
			good = good && add(response, security[i].name, security[i].value);
	if (exchange->server->tls)
		good = good && add(response, "Strict-Transport-Security", "max-age=31536000");
	return good && add(response, "X-Request-Id", exchange->request.id);
}

static const char *content_type(const struct exchange *exchange)
{
	const struct route *route = exchange->request.route;

	if (exchange->reply.content_type)
		return exchange->reply.content_type;
	return route && route->answer_type ? route->answer_type : "application/json";
}

static bool add_headers(struct exchange *exchange, struct MHD_Response *response, bool empty)
{
	const struct reply *reply = &exchange->reply;
	bool good = true;

	if (!empty)
		good = add(response, "Content-Type", content_type(exchange));
	for (size_t i = 0; i < reply->n_headers; i++)
		good = good && add(response, reply->headers[i].name, reply->headers[i].value);
	if (atomic_load(&exchange->server->stopping))
		good = good && add(response, "Connection", "close");
	good = good && add_security(exchange, response);
	return good && (!is_of_api(exchange) || cors_add(exchange, response));
}

static bool has_body(const struct reply *reply)
{
	return reply->body.length || reply->fixed_bytes || reply->stream || reply->file >= 0;
}

/* What the handler left open, and what failed on the way (out of memory, a header that cannot be
 * sent) as the answer it is. */
static void settle(struct exchange *exchange)
{
	struct reply *reply = &exchange->reply;
	const struct route *route = exchange->request.route;

	if (reply->body.failed || reply->errors.failed) {
		error_set(&exchange->err, ERROR_INTERNAL, NULL, NULL);
		reply_clear(reply);
		exchange_problem(exchange);
	}
	if (!reply->status && route && route->status)
		reply->status = route->status;
	if (!reply->status)
		reply->status = has_body(reply) ? 200 : 204;
	exchange->status = reply->status;
}

static int64_t send_deadline(const struct reply *reply)
{
	uint64_t bytes =
		reply->file >= 0 ? reply->file_bytes : reply->body.length + reply->fixed_bytes;

	if (reply->stream)
		return INT64_MAX; /* the stream's own limit holds */
	return clock_monotonic_us() + SEND_S * 1000000LL + (int64_t)(bytes / CLIENT_RATE) * 1000000;
}

enum MHD_Result exchange_send(struct exchange *exchange)
{
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;
	bool empty;

	settle(exchange);
	atomic_store(&exchange->stage, STAGE_SENT);
	if (exchange->client)
		client_set_deadline(exchange->client, send_deadline(&exchange->reply));
	empty = !has_body(&exchange->reply);
	response = make_response(exchange);
	if (!response)
		return MHD_NO;
	if (add_headers(exchange, response, empty))
		result = MHD_queue_response(exchange->view.mhd, exchange->status, response);
	MHD_destroy_response(response);
	return result;
}
