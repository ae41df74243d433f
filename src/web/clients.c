#include "web/clients.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/condition.h"
#include "web/stream_server.h"

enum { SWEEP_US = 1000000 };

struct client {
	struct client *next, *before;
	int socket;
	_Atomic int64_t deadline_us;
	struct stream *stream; /* a reference; under the lock */
};

struct clients {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct client *first;
	bool stopping;
	pthread_t thread;
};

static bool hung_up(int socket)
{
	char byte;
	ssize_t n = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void look_at(struct client *client, int64_t now_us)
{
	if (atomic_load_explicit(&client->deadline_us, memory_order_relaxed) <= now_us) {
		shutdown(client->socket, SHUT_RDWR);
		client_set_deadline(client, INT64_MAX);
	}
	if (client->stream && hung_up(client->socket))
		stream_break(client->stream);
}

static void *sweep(void *arg)
{
	struct clients *clients = arg;

	pthread_mutex_lock(&clients->lock);
	while (!clients->stopping) {
		int64_t now_us = clock_monotonic_us();

		for (struct client *c = clients->first; c; c = c->next)
			look_at(c, now_us);
		condition_wait(&clients->wake, &clients->lock, now_us + SWEEP_US);
	}
	pthread_mutex_unlock(&clients->lock);
	return NULL;
}

enum error_code clients_open(struct clients **ret_clients, struct error *err)
{
	struct clients *clients = calloc(1, sizeof(*clients));

	if (!clients)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	pthread_mutex_init(&clients->lock, NULL);
	condition_init(&clients->wake);
	if (pthread_create(&clients->thread, NULL, sweep, clients) != 0) {
		free(clients);
		return error_set(err, ERROR_IO, NULL, "cannot start a thread");
	}
	*ret_clients = clients;
	return ERROR_OK;
}

void clients_close(struct clients *clients)
{
	if (!clients)
		return;
	pthread_mutex_lock(&clients->lock);
	clients->stopping = true;
	pthread_cond_signal(&clients->wake);
	pthread_mutex_unlock(&clients->lock);
	pthread_join(clients->thread, NULL);
	pthread_cond_destroy(&clients->wake);
	pthread_mutex_destroy(&clients->lock);
	free(clients);
}

struct client *clients_add(struct clients *clients, int socket)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->socket = socket;
	client_set_deadline(client, clock_monotonic_us() + CLIENT_HEAD_S * 1000000LL);
	pthread_mutex_lock(&clients->lock);
	client->next = clients->first;
	if (client->next)
		client->next->before = client;
	clients->first = client;
	pthread_mutex_unlock(&clients->lock);
	return client;
}

void clients_remove(struct clients *clients, struct client *client)
{
	if (!client)
		return;
	pthread_mutex_lock(&clients->lock);
	if (client->next)
		client->next->before = client->before;
	if (client->before)
		client->before->next = client->next;
	else
		clients->first = client->next;
	pthread_mutex_unlock(&clients->lock);
	stream_let_go(client->stream);
	free(client);
}

void client_set_deadline(struct client *client, int64_t at_us)
{
	atomic_store_explicit(&client->deadline_us, at_us, memory_order_relaxed);
}

void client_set_stream(struct clients *clients, struct client *client, struct stream *stream)
{
	struct stream *old;

	pthread_mutex_lock(&clients->lock);
	old = client->stream;
	client->stream = stream ? stream_hold(stream) : NULL;
	pthread_mutex_unlock(&clients->lock);
	stream_let_go(old);
}

void clients_end_streams(struct clients *clients)
{
	pthread_mutex_lock(&clients->lock);
	for (struct client *c = clients->first; c; c = c->next)
		if (c->stream)
			stream_break(c->stream);
	pthread_mutex_unlock(&clients->lock);
}
