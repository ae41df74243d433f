#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "web/server_internal.h"

enum {
	BACKLOG = 1024,
	CONNECTION_MEMORY = 32 * 1024, /* libmicrohttpd's, for head and buffers of one request */
	IDLE_S = 60,                   /* without a byte either way */
	LONG_WORKERS = 4,
	HASH_WORKERS = 2,
	SWITCH_WORKERS = 4,   /* for what is not in memory yet, where no other work is done */
	RECORD_WORKERS = 128, /* wait together for what they wrote to be safe */
	QUEUE_EACH = 64,      /* waiting requests for each thread */
	POLL_US = 10000,
	GOODBYE_US = 2000000, /* for the last answers to get out */
	PEM_MAX = 256 * 1024,
};

static void keep_fault(void *cls, const char *format, va_list args)
{
	struct server *server = cls;

	/* While it starts: why it does not. Its own threads complain of what clients do. */
	if (pthread_equal(server->opener, pthread_self()))
		vsnprintf(server->fault, sizeof(server->fault), format, args);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
	struct server *server = cls;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = info ? clients_add(server->clients, info->connect_fd) : NULL;
	} else {
		clients_remove(server->clients, *context);
		*context = NULL;
	}
}

/* The router and the query want the target as it was sent. */
static size_t leave_escaped(void *cls, struct MHD_Connection *mhd, char *text)
{
	(void)cls;
	(void)mhd;
	return strlen(text);
}

static enum error_code make_address(const char *text, uint16_t port,
                                    struct sockaddr_storage *ret_address, socklen_t *ret_length,
                                    struct error *err)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
		memcpy(ret_address, &four, sizeof(four));
		*ret_length = sizeof(four);
	} else if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
		memcpy(ret_address, &six, sizeof(six));
		*ret_length = sizeof(six);
	} else {
		return error_set(err, ERROR_INVALID, "web-address", "must be an IP address");
	}
	return ERROR_OK;
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
	return ntohs(address->ss_family == AF_INET
	                     ? ((const struct sockaddr_in *)address)->sin_port
	                     : ((const struct sockaddr_in6 *)address)->sin6_port);
}

/* The first finds out whether the port is free, which with SO_REUSEPORT it always seems to be for
 * other programs of the same user; from then on it shares it. */
static enum error_code bind_socket(struct reactor *reactor, const struct server_config *config,
                                   bool first, uint16_t *port, struct error *err)
{
	struct sockaddr_storage address;
	socklen_t length;
	int on = 1, defer_s = 1;
	enum error_code code = make_address(config->address, *port, &address, &length, err);

	if (code != ERROR_OK)
		return code;
	reactor->socket = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (reactor->socket < 0)
		return error_errno(err, "open a socket");
	setsockopt(reactor->socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!first)
		setsockopt(reactor->socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(reactor->socket, (struct sockaddr *)&address, length) != 0) {
		if (errno == EADDRINUSE)
			return error_set(err, ERROR_BUSY, config->port_name,
			                 "%u of %s is in use by another program", *port,
			                 config->address);
		return error_errno(err, "listen on %s port %u", config->address, *port);
	}
	setsockopt(reactor->socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (config->faces & SERVER_SWITCHES)
		setsockopt(reactor->socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer_s,
		           sizeof(defer_s));
	length = sizeof(address);
	if (getsockname(reactor->socket, (struct sockaddr *)&address, &length) != 0)
		return error_errno(err, "read a socket's address");
	*port = port_of(&address);
	return ERROR_OK;
}

/* A socket for each reactor: the kernel deals the connections out, where one that all share wakes
 * all of them for each, and the first takes ten at a time. */
static enum error_code open_sockets(struct server *server, const struct server_config *config,
                                    struct error *err)
{
	enum error_code code = ERROR_OK;

	server->port = config->port;
	for (size_t i = 0; i < server->n_reactors && code == ERROR_OK; i++)
		code = bind_socket(&server->reactors[i], config, i == 0, &server->port, err);
	for (size_t i = 0; i < server->n_reactors && code == ERROR_OK; i++)
		if (listen(server->reactors[i].socket, BACKLOG) != 0)
			code = error_errno(err, "listen on %s port %u", config->address,
			                   server->port);
	return code;
}

static enum error_code read_pem(const char *path, struct text *out, struct error *err)
{
	AUTO(auto_close) int file = open(path, O_RDONLY | O_CLOEXEC);
	char block[4096];
	ssize_t n;

	if (file < 0)
		return error_set(err, ERROR_INVALID, "web-tls-certificate",
		                 "cannot open %.150s: %s", path, strerror(errno));
	while ((n = read(file, block, sizeof(block))) > 0 && out->length <= PEM_MAX)
		text_add_n(out, block, (size_t)n);
	if (n < 0 || out->length > PEM_MAX)
		return error_set(err, ERROR_INVALID, "web-tls-certificate", "%.150s is no PEM file",
		                 path);
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static unsigned setting(const struct server *server, enum config_setting which)
{
	return (unsigned)config_number(server->web->config, which);
}

/* Of one reactor. */
static enum error_code start_daemon(struct server *server, struct reactor *reactor, const char *pem,
                                    struct error *err)
{
	unsigned most = setting(server, CONFIG_WEB_CONNECTIONS_MOST) / (unsigned)server->n_reactors;
	/* Switches are few, and each asks for all its phones. */
	unsigned of_one = server->faces & SERVER_PEOPLE ? most / 2 : 0;
	/* A switch's new connection has its question in it (defer): read at once, not when epoll
	 * says so. */
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
	                 MHD_USE_ERROR_LOG | (pem ? MHD_USE_TLS : 0) |
	                 (server->faces & SERVER_SWITCHES ? MHD_USE_TURBO : 0);
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY,    0, (void *)(uintptr_t)pem          },
		{MHD_OPTION_HTTPS_MEM_CERT,   0, (void *)(uintptr_t)pem          },
		{MHD_OPTION_HTTPS_PRIORITIES, 0,
	         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
		{MHD_OPTION_END,              0, NULL                            },
	};

	reactor->daemon = MHD_start_daemon(
		flags, server->port, NULL, NULL, exchange_on_request, server,
		MHD_OPTION_EXTERNAL_LOGGER, keep_fault, server, MHD_OPTION_LISTEN_SOCKET,
		reactor->socket, MHD_OPTION_URI_LOG_CALLBACK, exchange_on_uri, server,
		MHD_OPTION_NOTIFY_COMPLETED, exchange_on_completed, server,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_escaped, server, MHD_OPTION_CONNECTION_LIMIT, most,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, of_one, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_ARRAY, pem ? tls : tls + COUNT_OF(tls) - 1, MHD_OPTION_END);
	if (reactor->daemon)
		return ERROR_OK;
	server->fault[strcspn(server->fault, "\n")] = '\0';
	if (pem)
		return error_set(err, ERROR_INVALID, "web-tls-certificate",
		                 "must hold a key and its certificates: %.180s", server->fault);
	return error_set(err, ERROR_IO, NULL, "cannot start HTTP: %.200s", server->fault);
}

static enum error_code open_parts(struct server *server, const struct server_config *config,
                                  struct error *err)
{
	AUTO(text_clear) struct text pem = {0};
	bool people = server->faces & SERVER_PEOPLE, switches = server->faces & SERVER_SWITCHES;
	unsigned database = people ? setting(server, CONFIG_WEB_WORKERS) : SWITCH_WORKERS;
	unsigned longs = people ? LONG_WORKERS : 0, hashes = people ? HASH_WORKERS : 0;
	unsigned records = switches ? RECORD_WORKERS : 0;
	const struct workers_config workers = {
		.classes = {[WORKER_DATABASE] = {database, database * QUEUE_EACH},
	                    [WORKER_LONG] = {longs, longs},
	                    [WORKER_HASHES] = {hashes, hashes * QUEUE_EACH},
	                    [WORKER_RECORDS] = {records, records * QUEUE_EACH}},
	};
	enum error_code code = ERROR_OK;

	server->tls = config->tls_file && config->tls_file[0];
	if (server->tls)
		code = read_pem(config->tls_file, &pem, err);
	if (code == ERROR_OK)
		code = open_sockets(server, config, err);
	if (code == ERROR_OK)
		code = clients_open(&server->clients, err);
	if (code == ERROR_OK)
		code = workers_open(&workers, &server->workers, err);
	if (people)
		server->web->workers = server->workers;
	if (switches)
		server->web->switch_workers = server->workers;
	for (size_t i = 0; i < server->n_reactors && code == ERROR_OK; i++)
		code = start_daemon(server, &server->reactors[i],
		                    server->tls ? text_string(&pem) : NULL, err);
	return code;
}

enum error_code server_open(const struct server_config *config, struct server **ret_server,
                            struct error *err)
{
	struct server *server = calloc(1, sizeof(*server));
	enum error_code code;

	if (!server)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	server->web = config->web;
	server->faces = config->faces;
	server->opener = pthread_self();
	server->n_reactors = setting(server, CONFIG_WEB_THREADS);
	for (size_t i = 0; i < REACTORS_MAX; i++)
		server->reactors[i].socket = -1;
	code = open_parts(server, config, err);
	if (code != ERROR_OK) {
		server_close(server, 0);
		return code;
	}
	*ret_server = server;
	return ERROR_OK;
}

uint16_t server_port(const struct server *server)
{
	return server->port;
}

/* Waits until nobody counts any more, or it is time. */
static void wait_for(const _Atomic unsigned *count, int64_t until_us)
{
	while (atomic_load(count) && clock_monotonic_us() < until_us)
		usleep(POLL_US);
}

/* libmicrohttpd ends the process when it is stopped while a connection is suspended: every stream
 * is ended and every worker done before. */
static void stop_daemons(struct server *server, unsigned drain_s)
{
	int64_t now_us = clock_monotonic_us();

	atomic_store(&server->stopping, true);
	for (size_t i = 0; i < server->n_reactors; i++)
		if (server->reactors[i].daemon)
			(void)MHD_quiesce_daemon(server->reactors[i].daemon);
	wait_for(&server->running, now_us + drain_s * 1000000LL);
	atomic_store(&server->ending, true);
	clients_end_streams(server->clients);
	workers_close(TAKE(server->workers));
	wait_for(&server->open, clock_monotonic_us() + GOODBYE_US);
	for (size_t i = 0; i < server->n_reactors; i++)
		if (server->reactors[i].daemon)
			MHD_stop_daemon(server->reactors[i].daemon);
}

void server_close(struct server *server, unsigned drain_s)
{
	if (!server)
		return;
	if (server->reactors[0].daemon)
		stop_daemons(server, drain_s);
	workers_close(server->workers);
	clients_close(server->clients);
	for (size_t i = 0; i < server->n_reactors; i++)
		if (server->reactors[i].socket >= 0)
			close(server->reactors[i].socket);
	free(server);
}
