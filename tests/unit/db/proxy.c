#include "proxy.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"

enum { PAIRS = 64, CHUNK = 65536, DIRECTORY_BYTES = 64, POLL_MS = 5 };

/* fd[0]: the client, fd[1]: the server. */
struct pair {
	int fd[2];
	int last; /* who spoke last */
};

struct proxy {
	pthread_t thread;
	char directory[DIRECTORY_BYTES];
	struct sockaddr_un server;
	int listener;
	atomic_bool stop, frozen, cut;
	atomic_uint round_trips;
	struct pair pairs[PAIRS];
	char chunk[CHUNK];
};

static void set_path(struct sockaddr_un *address, const char *directory)
{
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "%s/.s.PGSQL.5432", directory);
}

static void close_pair(struct pair *pair)
{
	for (int side = 0; side < 2; side++)
		if (pair->fd[side] >= 0)
			close(pair->fd[side]);
	*pair = (struct pair){
		.fd = {-1, -1}
        };
}

static void accept_one(struct proxy *proxy)
{
	int client = accept(proxy->listener, NULL, NULL);
	int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	for (int i = 0; i < PAIRS && client >= 0; i++) {
		struct pair *pair = &proxy->pairs[i];

		if (pair->fd[0] >= 0)
			continue;
		*pair = (struct pair){
			.fd = {client, server},
                          .last = 1
                };
		if (connect(server, (struct sockaddr *)&proxy->server, sizeof(proxy->server)) != 0)
			close_pair(pair);
		return;
	}
	close(client);
	close(server);
}

static void pass(struct proxy *proxy, struct pair *pair, int side)
{
	ssize_t n = read(pair->fd[side], proxy->chunk, sizeof(proxy->chunk));

	if (side == 0 && n > 0 && pair->last == 1)
		proxy->round_trips++;
	pair->last = side;
	for (ssize_t sent = 0; n > 0 && sent < n;) {
		ssize_t m = send(pair->fd[!side], proxy->chunk + sent, (size_t)(n - sent),
		                 MSG_NOSIGNAL);

		if (m <= 0)
			n = 0;
		else
			sent += m;
	}
	if (n <= 0)
		close_pair(pair);
}

static void *proxy_run(void *arg)
{
	struct proxy *proxy = arg;

	while (!proxy->stop) {
		struct pollfd fds[1 + 2 * PAIRS] = {
			{.fd = proxy->listener, .events = POLLIN}
                };

		if (atomic_exchange(&proxy->cut, false))
			for (int i = 0; i < PAIRS; i++)
				close_pair(&proxy->pairs[i]);
		for (int i = 0; i < 2 * PAIRS; i++)
			fds[1 + i] = (struct pollfd){
				.fd = proxy->frozen ? -1 : proxy->pairs[i / 2].fd[i % 2],
				.events = POLLIN};
		if (poll(fds, 1 + 2 * PAIRS, POLL_MS) <= 0)
			continue;
		for (int i = 0; i < 2 * PAIRS; i++)
			if (fds[1 + i].revents && proxy->pairs[i / 2].fd[i % 2] == fds[1 + i].fd)
				pass(proxy, &proxy->pairs[i / 2], i % 2);
		if (fds[0].revents)
			accept_one(proxy);
	}
	return NULL;
}

struct proxy *proxy_new(const char *directory)
{
	struct proxy *proxy = calloc(1, sizeof(*proxy));
	struct sockaddr_un own = {0};

	assert_non_null(proxy);
	for (int i = 0; i < PAIRS; i++)
		proxy->pairs[i] = (struct pair){
			.fd = {-1, -1}
                };
	snprintf(proxy->directory, sizeof(proxy->directory), "/tmp/centrex-proxy-XXXXXX");
	assert_non_null(mkdtemp(proxy->directory));
	set_path(&own, proxy->directory);
	set_path(&proxy->server, directory);
	proxy->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(proxy->listener, (struct sockaddr *)&own, sizeof(own)), 0);
	assert_int_equal(listen(proxy->listener, PAIRS), 0);
	assert_int_equal(pthread_create(&proxy->thread, NULL, proxy_run, proxy), 0);
	return proxy;
}

void proxy_free(struct proxy *proxy)
{
	struct sockaddr_un own;

	proxy->stop = true;
	pthread_join(proxy->thread, NULL);
	for (int i = 0; i < PAIRS; i++)
		close_pair(&proxy->pairs[i]);
	close(proxy->listener);
	set_path(&own, proxy->directory);
	unlink(own.sun_path);
	rmdir(proxy->directory);
	free(proxy);
}

const char *proxy_directory(const struct proxy *proxy)
{
	return proxy->directory;
}

unsigned proxy_round_trips(struct proxy *proxy)
{
	return atomic_exchange(&proxy->round_trips, 0);
}

void proxy_freeze(struct proxy *proxy, int frozen)
{
	proxy->frozen = frozen;
	/* The thread takes notice within one poll. */
	usleep(3 * POLL_MS * 1000);
}

void proxy_cut(struct proxy *proxy)
{
	proxy->cut = true;
	while (proxy->cut)
		usleep(1000);
	usleep(2 * POLL_MS * 1000);
}
