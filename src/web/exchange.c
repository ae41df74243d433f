/*
 * One request from its request line to its last byte sent, as libmicrohttpd calls: the reactor
 * reads head and body, a worker does the work while the connection is suspended, the reactor sends.
 *
 * Stages: HEAD (-> GATE -> GATED) -> BODY -> WORKING -> DONE -> SENT, or HEAD -> DRAIN -> SENT.
 * While a worker has it (GATE, WORKING) the connection is suspended, and nobody else touches the
 * exchange.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/principal.h"
#include "web/metrics.h"
#include "web/server_internal.h"
#include "web/switches.h"

enum {
	DRAIN_MAX = 16 * 1024 * 1024, /* of a refused body, so that the client sees the answer */
	KEEP_S = 75,                  /* between two requests */
	PATH_SHOWN_MAX = 200,
	BODY_SMALL = 64 * 1024,
	BODIES_MAX = 512 * 1024 * 1024, /* bytes of larger ones in memory, of a server */
};

/* inet_ntop goes through sprintf. */
static void write_four(const unsigned char bytes[static 4], char *out)
{
	for (int i = 0; i < 4; i++) {
		unsigned n = bytes[i];

		if (n >= 100)
			*out++ = (char)('0' + n / 100);
		if (n >= 10)
			*out++ = (char)('0' + n / 10 % 10);
		*out++ = (char)('0' + n % 10);
		*out++ = i < 3 ? '.' : '\0';
	}
}

static void set_address(struct request *request, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)address;

	if (!address)
		return;
	if (address->sa_family == AF_INET)
		write_four((const unsigned char *)&four->sin_addr, request->address);
	else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		write_four(&six->sin6_addr.s6_addr[12], request->address);
	else
		inet_ntop(AF_INET6, &six->sin6_addr, request->address, sizeof(request->address));
}

struct last_field {
	const char *name, *value; /* value: NULL where there is none */
};

static enum MHD_Result keep_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
	struct last_field *last = cls;

	(void)kind;
	if (strcasecmp(name, last->name) == 0)
		last->value = value;
	return MHD_YES;
}

/* Some proxies add a line of their own behind the client's: the last one is the proxy's. */
static const char *proxy_field(const struct exchange *exchange, const char *name)
{
	struct last_field last = {.name = name};

	MHD_get_connection_values(exchange->view.mhd, MHD_HEADER_KIND, keep_field, &last);
	return last.value;
}

/* The last address of X-Forwarded-For is the one the proxy saw; what stands before it, anybody may
 * have written. */
static void believe_proxy(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	const char *proxy = config_text(exchange->server->web->config, CONFIG_WEB_PROXY);
	unsigned char packed[sizeof(struct in6_addr)];
	const char *list, *last, *scheme;

	if (!proxy[0] || strcmp(proxy, request->address) != 0)
		return;
	list = proxy_field(exchange, "X-Forwarded-For");
	scheme = proxy_field(exchange, "X-Forwarded-Proto");
	if (scheme && strcasecmp(scheme, "https") == 0)
		request->secure = true;
	if (!list)
		return;
	last = strrchr(list, ',');
	last = last ? last + 1 : list;
	last += strspn(last, " \t");
	if (strlen(last) < sizeof(request->address) &&
	    (inet_pton(AF_INET, last, packed) == 1 || inet_pton(AF_INET6, last, packed) == 1))
		snprintf(request->address, sizeof(request->address), "%s", last);
}

/* From the kernel many at a time: a call for each costs more than the rest of its request's head.
 */
static void make_id(char id[static REQUEST_ID_MAX])
{
	enum { BYTES = (REQUEST_ID_MAX - 1) / 2, AT_ONCE = 256 };
	static _Thread_local unsigned char stock[AT_ONCE * BYTES];
	static _Thread_local size_t left;

	if (!left) {
		randombytes_buf(stock, sizeof(stock));
		left = AT_ONCE;
	}
	sodium_bin2hex(id, REQUEST_ID_MAX, stock + --left * BYTES, BYTES);
}

static struct client *client_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void *exchange_on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	struct server *server = cls;
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->server = server;
	exchange->target = uri ? strdup(uri) : NULL;
	exchange->view.mhd = mhd;
	exchange->client = client_of(mhd);
	exchange->begun_us = clock_monotonic_us();
	exchange->reply.file = -1;
	exchange->request.web = server->web;
	exchange->request.connection = &exchange->view;
	exchange->request.body_file = -1;
	exchange->request.body = "";
	exchange->request.secure = server->tls;
	atomic_init(&exchange->refs, 1);
	atomic_init(&exchange->stage, STAGE_HEAD);
	make_id(exchange->request.id);
	set_address(&exchange->request, mhd);
	exchange->request.actor = (struct actor){.address = exchange->request.address,
	                                         .request_id = exchange->request.id};
	atomic_fetch_add(&server->open, 1);
	return exchange;
}

static void drop_body(struct exchange *exchange)
{
	text_clear(&exchange->body);
	atomic_fetch_sub(&exchange->server->bodies, exchange->counted);
	exchange->counted = 0;
}

void exchange_unref(struct exchange *exchange)
{
	struct request *request = &exchange->request;

	if (atomic_fetch_sub(&exchange->refs, 1) != 1)
		return;
	principal_unref(request->who);
	json_decref(request->json);
	if (request->body_file >= 0)
		close(request->body_file);
	reply_clear(&exchange->reply);
	url_query_clear(&exchange->view.query);
	/* It may have held a password. */
	if (exchange->body.data)
		sodium_memzero(exchange->body.data, exchange->body.length);
	drop_body(exchange);
	free(exchange->target);
	free(exchange);
}

/* On a worker, or on the reactor for ROUTE_INLINE. */
static void run(struct job *job)
{
	struct exchange *exchange =
		(struct exchange *)((char *)job - offsetof(struct exchange, job));
	struct server *server = exchange->server;

	enum exchange_stage next =
		atomic_load(&exchange->stage) == STAGE_GATE ? STAGE_GATED : STAGE_DONE;

	exchange_work(exchange);
	atomic_fetch_sub(&server->running, 1);
	if (!exchange->begun_early) {
		atomic_store(&exchange->stage, next);
		MHD_resume_connection(exchange->view.mhd);
	}
	exchange_unref(exchange);
}

/* The gate only looks something up, whatever comes after it. Waiting for what takes long, it would
 * keep the client from sending; refused for a full queue, the client would be cut off before it has
 * sent a large body, and many never read the answer then. */
static enum worker_class class_of(const struct route *route, enum exchange_stage stage)
{
	if (stage == STAGE_GATE)
		return WORKER_DATABASE;
	if (route->flags & ROUTE_HASHES)
		return WORKER_HASHES;
	if (route->flags & ROUTE_RECORDS)
		return WORKER_RECORDS;
	return route->flags & ROUTE_LONG ? WORKER_LONG : WORKER_DATABASE;
}

/* False: no worker has room. */
static bool hand_over(struct exchange *exchange, enum exchange_stage stage)
{
	struct server *server = exchange->server;

	exchange->job.run = run;
	atomic_store(&exchange->stage, stage);
	atomic_fetch_add(&exchange->refs, 1);
	atomic_fetch_add(&server->running, 1);
	if (exchange->client)
		client_set_deadline(exchange->client, INT64_MAX);
	/* Before anybody can resume it. */
	MHD_suspend_connection(exchange->view.mhd);
	if (workers_add(server->workers, class_of(exchange->request.route, stage), &exchange->job))
		return true;
	atomic_fetch_sub(&server->running, 1);
	atomic_fetch_sub(&exchange->refs, 1);
	error_set(&exchange->err, ERROR_UNAVAILABLE, NULL, "too much to do; try again");
	exchange_problem(exchange);
	atomic_store(&exchange->stage, STAGE_DONE);
	MHD_resume_connection(exchange->view.mhd);
	return false;
}

/* More than is read for nothing, or the client waits for "100 Continue". */
static bool drains(const struct exchange *exchange)
{
	const char *length = request_header(&exchange->request, "Content-Length");

	return !request_header(&exchange->request, "Expect") &&
	       !(length && strtoull(length, NULL, 10) > DRAIN_MAX);
}

/* Refused before the handler: the client is answered once it has sent what it wants to send, or at
 * once, and the connection closed. */
static enum MHD_Result refuse(struct exchange *exchange)
{
	if (!exchange->reply.is_problem)
		exchange_problem(exchange);
	if (!drains(exchange))
		return exchange_send(exchange);
	drop_body(exchange);
	atomic_store(&exchange->stage, STAGE_DRAIN);
	return MHD_YES;
}

static enum MHD_Result begin_work(struct exchange *exchange)
{
	struct request *request = &exchange->request;

	request->body = text_string(&exchange->body);
	request->body_bytes = exchange->body.length;
	if (request->body_file >= 0) {
		request->body_bytes = exchange->received;
		(void)lseek(request->body_file, 0, SEEK_SET);
	}
	if (request->route->flags & (ROUTE_INLINE | ROUTE_TRY)) {
		request->on_reactor = true;
		exchange_work(exchange);
		request->on_reactor = false;
		if (!request->ask)
			return exchange_send(exchange);
	}
	(void)hand_over(exchange, STAGE_WORKING);
	return MHD_YES;
}

static bool is_let_in(struct exchange *exchange)
{
	struct request *request = &exchange->request;

	if (!(request->route->flags & ROUTE_SWITCH))
		return true;
	exchange->gated = true;
	return switches_check(request->web->switches, request, &exchange->reply, &exchange->err) ==
	       ERROR_OK;
}

static enum MHD_Result read_head(struct exchange *exchange)
{
	if (exchange->client)
		client_set_deadline(exchange->client,
		                    clock_monotonic_us() + CLIENT_BODY_S * 1000000LL);
	believe_proxy(exchange);
	if (!exchange_read_head(exchange)) {
		if (!cors_preflight(exchange))
			return refuse(exchange);
		atomic_store(&exchange->stage, STAGE_DRAIN);
		return MHD_YES;
	}
	if (atomic_load(&exchange->server->stopping)) {
		error_set(&exchange->err, ERROR_UNAVAILABLE, NULL, "Centrex is stopping");
		return refuse(exchange);
	}
	if (!is_let_in(exchange))
		return refuse(exchange);
	if (exchange->request.route->flags & ROUTE_BODY_FILE) {
		(void)hand_over(exchange, STAGE_GATE);
		return MHD_YES;
	}
	atomic_store(&exchange->stage, STAGE_BODY);
	return exchange->cut && !drains(exchange) ? begin_work(exchange) : MHD_YES;
}

/* A file without a name: gone with its descriptor, however we end. */
static enum error_code open_body_file(struct exchange *exchange)
{
	AUTO(text_clear) struct text directory = {0};
	int file;

	text_addf(&directory, "%s/tmp", config_text(exchange->server->web->config, CONFIG_STATE));
	if (directory.failed)
		return error_set(&exchange->err, ERROR_MEMORY, NULL, NULL);
	file = open(directory.data, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (file < 0)
		return error_errno(&exchange->err, "open a file in %s", directory.data);
	exchange->request.body_file = file;
	return ERROR_OK;
}

/* The gate was asked before the body is read. */
static enum MHD_Result begin_file(struct exchange *exchange)
{
	if (exchange->reply.is_problem)
		return refuse(exchange);
	if (open_body_file(exchange) != ERROR_OK)
		return refuse(exchange);
	if (exchange->client)
		client_set_deadline(exchange->client,
		                    clock_monotonic_us() + CLIENT_BODY_S * 1000000LL);
	atomic_store(&exchange->stage, STAGE_BODY);
	return MHD_YES;
}

/* Room for more of a body in memory: many large ones at once, begun and never ended, would fill it.
 * Small ones are held up by none of that. */
static bool count_body(struct exchange *exchange, size_t n)
{
	_Atomic size_t *bodies = &exchange->server->bodies;

	if (exchange->body.length + n <= BODY_SMALL)
		return true;
	n += exchange->body.length - exchange->counted;
	if (atomic_fetch_add(bodies, n) + n <= BODIES_MAX) {
		exchange->counted += n;
		return true;
	}
	atomic_fetch_sub(bodies, n);
	error_set(&exchange->err, ERROR_UNAVAILABLE, NULL, "too many large requests are under way");
	return false;
}

static bool store(struct exchange *exchange, const char *data, size_t n)
{
	int file = exchange->request.body_file;

	if (file < 0) {
		if (!count_body(exchange, n))
			return false;
		text_add_n(&exchange->body, data, n);
		return !exchange->body.failed ||
		       error_set(&exchange->err, ERROR_MEMORY, NULL, NULL) == ERROR_OK;
	}
	while (n) {
		ssize_t written = write(file, data, n);

		if (written <= 0) {
			if (errno == ENOSPC || errno == EDQUOT)
				error_set(&exchange->err, ERROR_NO_SPACE, NULL, NULL);
			else
				error_errno(&exchange->err, "keep the body");
			return false;
		}
		data += written;
		n -= (size_t)written;
	}
	return true;
}

/* Time goes on only for a body that comes at a fair rate. */
static void grant_time(struct exchange *exchange)
{
	if (exchange->client)
		client_set_deadline(exchange->client,
		                    exchange->begun_us + CLIENT_BODY_S * 1000000LL +
		                            (int64_t)(exchange->received / CLIENT_RATE) * 1000000);
}

static enum MHD_Result read_body(struct exchange *exchange, const char *data, size_t n)
{
	exchange->received += n;
	grant_time(exchange);
	if (atomic_load(&exchange->stage) == STAGE_DRAIN)
		return exchange->received > DRAIN_MAX ? MHD_NO : MHD_YES;
	if (exchange->received > exchange->body_max && exchange->request.route->flags & ROUTE_CUT) {
		exchange->cut = true;
		drop_body(exchange);
	}
	if (exchange->cut)
		return exchange->received > DRAIN_MAX ? MHD_NO : MHD_YES;
	if (exchange->received > exchange->body_max)
		error_set(&exchange->err, ERROR_TOO_LARGE, NULL, "the body is too large");
	else if (store(exchange, data, n))
		return MHD_YES;
	exchange_problem(exchange);
	drop_body(exchange);
	atomic_store(&exchange->stage, STAGE_DRAIN);
	return MHD_YES;
}

enum MHD_Result exchange_on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                    const char *method, const char *version, const char *data,
                                    size_t *data_size, void **context)
{
	struct exchange *exchange = *context;
	size_t n = *data_size;

	(void)cls;
	(void)mhd;
	(void)url;
	if (!exchange)
		return MHD_NO;
	*data_size = 0;
	switch ((enum exchange_stage)atomic_load(&exchange->stage)) {
	case STAGE_HEAD:
		exchange->method = method;
		exchange->version = version;
		return read_head(exchange);
	case STAGE_GATE:
	case STAGE_WORKING:
		return MHD_YES; /* not resumed yet */
	case STAGE_GATED:
		return begin_file(exchange);
	case STAGE_BODY:
		return n ? read_body(exchange, data, n) : begin_work(exchange);
	case STAGE_DRAIN:
		return n ? read_body(exchange, data, n) : exchange_send(exchange);
	case STAGE_DONE:
		return exchange_send(exchange);
	case STAGE_SENT:
		break;
	}
	return MHD_YES;
}

/* A FreeSWITCH asks thousands of times a second. */
static enum log_level level_of(const struct exchange *exchange, unsigned status)
{
	const struct route *route = exchange->request.route;

	return route && route->flags & ROUTE_SWITCH && status < 500 ? LOG_DEBUG : LOG_INFO;
}

static void log_request(const struct exchange *exchange, int64_t duration_us, unsigned status)
{
	const struct request *request = &exchange->request;
	char user[UUID_TEXT_MAX] = "", path[PATH_SHOWN_MAX];

	if (!log_wants(level_of(exchange, status)))
		return;
	snprintf(path, sizeof(path), "%s", exchange->target ? exchange->target : "");
	path[strcspn(path, "?")] = '\0';
	if (request->who)
		uuid_format(&request->who->user, user);
	log_event(level_of(exchange, status), "web", "request", LOG_TEXT("request_id", request->id),
	          LOG_TEXT("address", request->address), LOG_TEXT("method", exchange->method),
	          LOG_TEXT("path", path), LOG_NUMBER("status", status),
	          LOG_NUMBER("duration_us", duration_us), LOG_TEXT("user", user));
}

void exchange_on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                           enum MHD_RequestTerminationCode how)
{
	struct exchange *exchange = *context;
	struct server *server = cls;
	int64_t now_us = clock_monotonic_us();
	unsigned status;

	(void)how;
	if (!exchange)
		return;
	*context = NULL;
	status = exchange->status;
	if (!status) { /* libmicrohttpd's own answer to what is malformed, or the client went */
		const union MHD_ConnectionInfo *info =
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_HTTP_STATUS);

		status = info ? info->http_status : 499;
	}
	log_request(exchange, now_us - exchange->begun_us, status);
	if (server->web->metrics)
		metrics_count(server->web->metrics, exchange->request.route, status,
		              now_us - exchange->begun_us);
	if (exchange->client) {
		client_set_stream(server->clients, exchange->client, NULL);
		client_set_deadline(exchange->client, now_us + KEEP_S * 1000000LL);
	}
	atomic_fetch_sub(&server->open, 1);
	exchange_unref(exchange);
}
