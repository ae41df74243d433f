#include "freeswitch/esl_connect.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A machine that is gone without a word (cable, power) is found out in so long. */
enum { IDLE_S = 15, EVERY_S = 5, PROBES = 3, UNHEARD_MS = 30 * 1000 };

static void set(int descriptor, int level, int option, int value)
{
	(void)setsockopt(descriptor, level, option, &value, sizeof(value));
}

static int make_socket(const struct addrinfo *address)
{
	int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (descriptor < 0)
		return -1;
	set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_S);
	set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, EVERY_S);
	set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
	set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, UNHEARD_MS);
	set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
	return descriptor;
}

static enum error_code refused(int number, struct error *err)
{
	return error_set(err, ERROR_UNAVAILABLE, NULL, "cannot reach its event socket: %s",
	                 strerror(number));
}

static enum error_code connect_to(const struct addrinfo *address, esl_wait_h *wait, void *arg,
                                  int *ret_socket, bool *ret_stop, struct error *err)
{
	AUTO(auto_close) int descriptor = make_socket(address);
	int number = 0;
	socklen_t size = sizeof(number);

	if (descriptor < 0)
		return error_errno(err, "make a socket");
	if (connect(descriptor, address->ai_addr, address->ai_addrlen) < 0) {
		if (errno != EINPROGRESS)
			return refused(errno, err);
		if (!wait(descriptor, ESL_CONNECT_MS, ret_stop, arg))
			return refused(ETIMEDOUT, err);
		if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) < 0)
			number = errno;
		if (number)
			return refused(number, err);
	}
	*ret_socket = descriptor;
	descriptor = -1;
	return ERROR_OK;
}

enum error_code esl_connect(const char *host, uint16_t port, esl_wait_h *wait, void *arg,
                            int *ret_socket, struct error *err)
{
	const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *addresses = NULL;
	char service[8];
	bool stop = false;
	enum error_code code = ERROR_UNAVAILABLE;
	int failed;

	snprintf(service, sizeof(service), "%u", port);
	failed = getaddrinfo(host, service, &wanted, &addresses);
	if (failed)
		return error_set(err, ERROR_UNAVAILABLE, NULL, "cannot find its host: %s",
		                 gai_strerror(failed));
	for (const struct addrinfo *address = addresses; address && code != ERROR_OK && !stop;
	     address = address->ai_next)
		code = connect_to(address, wait, arg, ret_socket, &stop, err);
	freeaddrinfo(addresses);
	return code;
}
