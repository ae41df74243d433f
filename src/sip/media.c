#include "sip/media.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sodium.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/media_thread.h"

enum {
	BIND_TRIES = 64, /* ports that another program holds are passed over */
	THREADS_MAX = 64,
	TRAFFIC_CLASS = 0xb8, /* expedited forwarding (RFC 3246) */
};

void media_dispatch(struct media *media)
{
	for (;;) {
		pthread_mutex_lock(&media->lock);
		struct media_leg *leg = media->events;
		const unsigned events = leg ? leg->events : 0;
		if (leg) {
			leg->events = 0;
			media->events = leg->event_next;
			if (!media->events)
				media->events_end = &media->events;
		}
		pthread_mutex_unlock(&media->lock);

		if (!leg)
			return;
		if (events & MEDIA_EVENT_CLOSED)
			free(leg);
		else if ((events & MEDIA_EVENT_SILENT) && leg->silenceh)
			leg->silenceh(leg->arg);
	}
}

static void wake_handler(int flags, void *arg)
{
	struct media *media = arg;
	uint64_t n;

	(void)flags;
	(void)!read(media->wake, &n, sizeof(n));
	media_dispatch(media);
}

enum error_code media_open(const struct media_config *config, struct media **ret_media,
                           struct error *err)
{
	const unsigned n = config->threads < 1             ? 1
	                   : config->threads > THREADS_MAX ? THREADS_MAX
	                                                   : config->threads;
	struct media *media = calloc(1, sizeof(*media) + n * sizeof(media->threads[0]));
	enum error_code code;

	if (!media)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	media->config = *config;
	pthread_mutex_init(&media->lock, NULL);
	media->events_end = &media->events;
	media->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	code = media->wake < 0 ? error_errno(err, "start media") : ERROR_OK;
	if (!code)
		code = ports_open(config->port_least, config->port_most, randombytes_random(),
		                  &media->ports, err);
	for (unsigned i = 0; i < n && !code; i++)
		code = media_thread_start(media, &media->threads[i], err);
	if (!code && fd_listen(media->wake, FD_READ, wake_handler, media))
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code) {
		media_close(media);
		return code;
	}
	*ret_media = media;
	return ERROR_OK;
}

void media_close(struct media *media)
{
	if (!media)
		return;
	if (media->wake >= 0)
		fd_close(media->wake);
	for (unsigned i = 0; i < media->n_threads; i++)
		media_thread_join(&media->threads[i]);
	media_dispatch(media); /* frees what was closed before */
	for (unsigned i = 0; i < media->n_threads; i++)
		media_thread_clear(&media->threads[i]);
	if (media->wake >= 0)
		close(media->wake);
	ports_close(media->ports);
	pthread_mutex_destroy(&media->lock);
	free(media);
}

static int bind_udp(const struct sa *address, uint16_t port)
{
	const int traffic_class = TRAFFIC_CLASS;
	struct sa local = *address;
	const int descriptor = socket(sa_af(address), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (descriptor < 0)
		return -1;
	(void)setsockopt(descriptor, sa_af(address) == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP,
	                 sa_af(address) == AF_INET6 ? IPV6_TCLASS : IP_TOS, &traffic_class,
	                 sizeof(traffic_class));
	sa_set_port(&local, port);
	if (bind(descriptor, &local.u.sa, local.len)) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* Takes ports until a pair of them can be bound. */
static enum error_code bind_pair(struct media *media, const struct sa *address,
                                 struct media_leg *leg, struct error *err)
{
	for (int i = 0; i < BIND_TRIES; i++) {
		const uint16_t port = ports_take(media->ports);

		if (port == 0)
			break;
		const int rtp = bind_udp(address, port);
		const int rtcp = rtp < 0 ? -1 : bind_udp(address, (uint16_t)(port + 1));
		if (rtcp >= 0) {
			leg->port = port;
			leg->sockets[RELAY_RTP].descriptor = rtp;
			leg->sockets[RELAY_RTCP].descriptor = rtcp;
			return ERROR_OK;
		}
		if (rtp >= 0)
			close(rtp);
		ports_give(media->ports, port);
		if (errno == EMFILE || errno == ENFILE)
			return error_errno(err, "open a media socket");
	}
	return error_set(err, ERROR_BUSY, NULL, "no media port is free");
}

static struct media_thread *thread_choose(struct media *media, const struct media_leg *like)
{
	struct media_thread *least = like ? like->thread : &media->threads[0];

	for (unsigned i = 1; !like && i < media->n_threads; i++) {
		if (atomic_load(&media->threads[i].n_legs) < atomic_load(&least->n_legs))
			least = &media->threads[i];
	}
	return least;
}

enum error_code media_leg_open(struct media *media, const struct sa *own,
                               const struct media_leg *like, media_silence_h *silenceh, void *arg,
                               struct media_leg **ret_leg, struct error *err)
{
	const bool anywhere = own && sa_isset(own, SA_ADDR) && sa_is_any(&media->config.address);
	const struct sa *address = anywhere ? own : &media->config.address;
	struct media_leg *leg = calloc(1, sizeof(*leg));
	AUTO(auto_free) struct media_command *command = media_command_new(COMMAND_ADD, leg);
	enum error_code code;

	code = leg && command ? bind_pair(media, address, leg, err)
	                      : error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code) {
		free(leg);
		return code;
	}
	leg->media = media;
	leg->thread = thread_choose(media, like);
	leg->silenceh = silenceh;
	leg->arg = arg;
	for (int i = 0; i < RELAY_KINDS; i++) {
		leg->sockets[i].leg = leg;
		leg->sockets[i].kind = (enum relay_kind)i;
	}
	atomic_fetch_add(&leg->thread->n_legs, 1);
	media_command_push(leg->thread, TAKE(command));
	*ret_leg = leg;
	return ERROR_OK;
}

void media_leg_close(struct media_leg **leg)
{
	struct media_leg *closing = TAKE(*leg);
	struct media_command *command;

	if (!closing)
		return;
	closing->silenceh = NULL;
	atomic_fetch_sub(&closing->thread->n_legs, 1);
	command = media_command_new(COMMAND_CLOSE, closing);
	if (command) /* else it is closed with the engine */
		media_command_push(closing->thread, command);
}

uint16_t media_leg_port(const struct media_leg *leg)
{
	return leg->port;
}

enum error_code media_leg_remote(struct media_leg *leg, const struct media_remote *remote)
{
	struct media_command *command = media_command_new(COMMAND_REMOTE, leg);

	if (!command)
		return ERROR_MEMORY;
	command->remote = *remote;
	media_command_push(leg->thread, command);
	return ERROR_OK;
}

enum error_code media_leg_secure(struct media_leg *leg, const struct media_keys *keys)
{
	struct media_command *command = media_command_new(COMMAND_SECURE, leg);

	if (!command)
		return ERROR_MEMORY;
	command->has_keys = keys != NULL;
	if (keys)
		command->keys = *keys;
	media_command_push(leg->thread, command);
	return ERROR_OK;
}

enum error_code media_bridge(struct media_leg *a, struct media_leg *b)
{
	struct media_command *command;

	if (b && a->thread != b->thread)
		return ERROR_INTERNAL;
	command = media_command_new(COMMAND_BRIDGE, a);
	if (!command)
		return ERROR_MEMORY;
	command->other = b;
	media_command_push(a->thread, command);
	return ERROR_OK;
}

void media_leg_counters(const struct media_leg *leg, struct media_counters *ret_counters)
{
	*ret_counters = (struct media_counters){
		.packets = atomic_load_explicit(&leg->packets, memory_order_relaxed),
		.bytes = atomic_load_explicit(&leg->bytes, memory_order_relaxed),
		.sent_packets = atomic_load_explicit(&leg->sent_packets, memory_order_relaxed),
		.sent_bytes = atomic_load_explicit(&leg->sent_bytes, memory_order_relaxed),
		.lost = atomic_load_explicit(&leg->lost, memory_order_relaxed),
		.refused = atomic_load_explicit(&leg->refused, memory_order_relaxed),
	};
}

unsigned media_legs(const struct media *media)
{
	unsigned n = 0;

	for (unsigned i = 0; i < media->n_threads; i++)
		n += atomic_load(&media->threads[i].n_legs);
	return n;
}
