#include "sip/media.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sodium.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sip/relay.h"

enum {
	EVENTS_MAX = 128, /* taken from epoll at once */
	REST_MS = 1000,   /* how often silence is looked for */
	GATHER_US = 1000, /* between two looks at the sockets */
	BIND_TRIES = 64,  /* ports that another program holds are passed over */
	THREADS_MAX = 64,
	TRAFFIC_CLASS = 0xb8, /* expedited forwarding (RFC 3246) */
};

struct media {
	struct media_config config;
	struct ports *ports;
	int wake; /* to the loop */
	unsigned n_threads;
	struct media_thread threads[];
};

enum media_command_kind {
	COMMAND_ADD,
	COMMAND_REMOTE,
	COMMAND_SECURE,
	COMMAND_BRIDGE,
	COMMAND_CLOSE,
	COMMAND_STOP
};

struct media_command {
	struct media_command *next;
	enum media_command_kind kind;
	struct media_leg *leg, *other;
	bool has_keys;
	union {
		struct media_remote remote;
		struct media_keys keys;
	};
};

static void wake(int descriptor)
{
	const uint64_t one = 1;

	(void)!write(descriptor, &one, sizeof(one));
}

static void woken(int descriptor)
{
	uint64_t n;

	(void)!read(descriptor, &n, sizeof(n));
}

/* ---- the media thread ---- */

static void tell_loop(struct media_leg *leg, enum relay_event event)
{
	struct media_thread *thread = leg->thread;

	pthread_mutex_lock(&thread->lock);
	const bool waiting = leg->events != 0;
	leg->events |= event;
	if (!waiting) {
		leg->event_next = NULL;
		*thread->events_end = leg;
		thread->events_end = &leg->event_next;
	}
	pthread_mutex_unlock(&thread->lock);
	wake(leg->media->wake);
}

static void bridge(struct media_leg *a, struct media_leg *b)
{
	if (a->peer)
		a->peer->peer = NULL;
	if (b && b->peer)
		b->peer->peer = NULL;
	a->peer = b;
	if (b)
		b->peer = a;
}

static void leg_add(struct media_thread *thread, struct media_leg *leg)
{
	for (int i = 0; i < RELAY_KINDS; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &leg->sockets[i]};

		(void)epoll_ctl(thread->epoll, EPOLL_CTL_ADD, leg->sockets[i].descriptor, &event);
	}
	leg->heard_us = thread->now_us;
	leg->next = thread->legs;
	leg->before = &thread->legs;
	if (leg->next)
		leg->next->before = &leg->next;
	thread->legs = leg;
}

/* The sockets close here, so epoll forgets them; the loop frees the memory. */
static void leg_remove(struct media_leg *leg)
{
	bridge(leg, NULL);
	relay_secure(leg, NULL);
	for (int i = 0; i < RELAY_KINDS; i++)
		close(leg->sockets[i].descriptor);
	ports_give(leg->media->ports, leg->port);
	if (leg->before) {
		*leg->before = leg->next;
		if (leg->next)
			leg->next->before = leg->before;
	}
}

static bool perform(struct media_thread *thread, struct media_command *command)
{
	struct media_leg *leg = command->leg;

	switch (command->kind) {
	case COMMAND_ADD:
		leg_add(thread, leg);
		break;
	case COMMAND_REMOTE:
		relay_remote(leg, &command->remote);
		leg->told = false;
		leg->heard_us = thread->now_us;
		break;
	case COMMAND_SECURE:
		relay_secure(leg, command->has_keys ? &command->keys : NULL);
		break;
	case COMMAND_BRIDGE:
		bridge(leg, command->other);
		break;
	case COMMAND_CLOSE:
		leg_remove(leg);
		tell_loop(leg, RELAY_CLOSED);
		break;
	case COMMAND_STOP:
		return false;
	}
	return true;
}

static void command_free(struct media_command *command)
{
	sodium_memzero(command, sizeof(*command)); /* may hold keys */
	free(command);
}

static bool perform_all(struct media_thread *thread)
{
	bool go_on = true;

	pthread_mutex_lock(&thread->lock);
	struct media_command *command = thread->commands;
	thread->commands = NULL;
	thread->commands_end = &thread->commands;
	pthread_mutex_unlock(&thread->lock);

	while (command) {
		struct media_command *next = command->next;

		go_on = perform(thread, command) && go_on;
		command_free(command);
		command = next;
	}
	return go_on;
}

static bool leg_silent(const struct media_leg *leg, int64_t before_us)
{
	return !leg->quiet && leg->heard_us < before_us;
}

static void rest(struct media_thread *thread)
{
	const int64_t silence_us = thread->media->config.silence_s * 1000000LL;
	const int64_t before_us = thread->now_us - silence_us;

	for (struct media_leg *leg = thread->legs; leg; leg = leg->next) {
		relay_rest(leg, thread->now_us);
		if (silence_us == 0 || leg->told || !leg->peer || !leg_silent(leg, before_us) ||
		    !leg_silent(leg->peer, before_us))
			continue;
		leg->told = true;
		tell_loop(leg, RELAY_SILENT);
	}
}

/* Falling asleep and waking for every packet costs more than the packet: let a few come together.
 * A phone sends one in 20 ms and plays them from a buffer of several, so nobody hears it. */
static void gather(void)
{
	nanosleep(&(const struct timespec){.tv_nsec = GATHER_US * 1000L}, NULL);
}

static void *thread_main(void *arg)
{
	struct media_thread *thread = arg;
	struct epoll_event events[EVENTS_MAX];
	int64_t rested_us = clock_monotonic_us();

	for (;;) {
		const int n = epoll_wait(thread->epoll, events, EVENTS_MAX, REST_MS);
		bool commanded = false;

		thread->now_us = clock_monotonic_us();
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				relay_receive(thread, events[i].data.ptr);
			else
				commanded = true;
		}
		/* After the batch: a command may close a socket the batch still names. */
		if (commanded) {
			woken(thread->wake);
			if (!perform_all(thread))
				return NULL;
		}
		if (thread->now_us - rested_us >= REST_MS * 1000LL) {
			rested_us = thread->now_us;
			rest(thread);
		}
		if (n < EVENTS_MAX)
			gather();
	}
}

/* ---- the loop's thread ---- */

static void command_push(struct media_thread *thread, struct media_command *command)
{
	command->next = NULL;
	pthread_mutex_lock(&thread->lock);
	const bool first = thread->commands == NULL;
	*thread->commands_end = command;
	thread->commands_end = &command->next;
	pthread_mutex_unlock(&thread->lock);
	if (first)
		wake(thread->wake);
}

static struct media_command *command_new(enum media_command_kind kind, struct media_leg *leg)
{
	struct media_command *command = calloc(1, sizeof(*command));

	if (command) {
		command->kind = kind;
		command->leg = leg;
	}
	return command;
}

void media_dispatch(struct media *media)
{
	for (unsigned i = 0; i < media->n_threads; i++) {
		struct media_thread *thread = &media->threads[i];

		for (;;) {
			pthread_mutex_lock(&thread->lock);
			struct media_leg *leg = thread->events;
			const unsigned events = leg ? leg->events : 0;
			if (leg) {
				leg->events = 0;
				thread->events = leg->event_next;
				if (!thread->events)
					thread->events_end = &thread->events;
			}
			pthread_mutex_unlock(&thread->lock);

			if (!leg)
				break;
			if (events & RELAY_CLOSED)
				free(leg);
			else if ((events & RELAY_SILENT) && leg->silenceh)
				leg->silenceh(leg->arg);
		}
	}
}

static void wake_handler(int flags, void *arg)
{
	struct media *media = arg;

	(void)flags;
	woken(media->wake);
	media_dispatch(media);
}

static enum error_code thread_start(struct media *media, struct media_thread *thread,
                                    struct error *err)
{
	struct epoll_event event = {.events = EPOLLIN};

	thread->media = media;
	thread->epoll = thread->wake = -1;
	thread->commands_end = &thread->commands;
	thread->events_end = &thread->events;
	thread->now_us = clock_monotonic_us();
	pthread_mutex_init(&thread->lock, NULL);
	media->n_threads++;

	thread->packet = mbuf_alloc(RELAY_PACKET_MAX + RELAY_ROOM);
	if (!thread->packet)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	thread->epoll = epoll_create1(EPOLL_CLOEXEC);
	thread->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (thread->epoll < 0 || thread->wake < 0 ||
	    epoll_ctl(thread->epoll, EPOLL_CTL_ADD, thread->wake, &event))
		return error_errno(err, "start a media thread");

	errno = pthread_create(&thread->id, NULL, thread_main, thread);
	if (errno)
		return error_errno(err, "start a media thread");
	thread->started = true;
	return ERROR_OK;
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
	media->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	code = media->wake < 0 ? error_errno(err, "start media") : ERROR_OK;
	if (!code)
		code = ports_open(config->port_least, config->port_most, randombytes_random(),
		                  &media->ports, err);
	for (unsigned i = 0; i < n && !code; i++)
		code = thread_start(media, &media->threads[i], err);
	if (!code && fd_listen(media->wake, FD_READ, wake_handler, media))
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code) {
		media_close(media);
		return code;
	}
	*ret_media = media;
	return ERROR_OK;
}

static void thread_join(struct media_thread *thread)
{
	struct media_command *stop = NULL;

	if (!thread->started)
		return;
	while (!(stop = command_new(COMMAND_STOP, NULL)))
		usleep(1000); /* out of memory: nothing better can be done at the end */
	command_push(thread, stop);
	pthread_join(thread->id, NULL);
	for (struct media_leg *leg = thread->legs; leg; leg = leg->next)
		leg->silenceh = NULL;
}

static void thread_clear(struct media_thread *thread)
{
	while (thread->legs) {
		struct media_leg *leg = thread->legs;

		leg_remove(leg);
		free(leg);
	}
	if (thread->epoll >= 0)
		close(thread->epoll);
	if (thread->wake >= 0)
		close(thread->wake);
	mem_deref(thread->packet);
	pthread_mutex_destroy(&thread->lock);
}

void media_close(struct media *media)
{
	if (!media)
		return;
	if (media->wake >= 0)
		fd_close(media->wake);
	for (unsigned i = 0; i < media->n_threads; i++)
		thread_join(&media->threads[i]);
	media_dispatch(media); /* frees what was closed before */
	for (unsigned i = 0; i < media->n_threads; i++)
		thread_clear(&media->threads[i]);
	if (media->wake >= 0)
		close(media->wake);
	ports_close(media->ports);
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
	AUTO(auto_free) struct media_command *command = command_new(COMMAND_ADD, leg);
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
	command_push(leg->thread, TAKE(command));
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
	command = command_new(COMMAND_CLOSE, closing);
	if (command) /* else it is closed with the engine */
		command_push(closing->thread, command);
}

uint16_t media_leg_port(const struct media_leg *leg)
{
	return leg->port;
}

enum error_code media_leg_remote(struct media_leg *leg, const struct media_remote *remote)
{
	struct media_command *command = command_new(COMMAND_REMOTE, leg);

	if (!command)
		return ERROR_MEMORY;
	command->remote = *remote;
	command_push(leg->thread, command);
	return ERROR_OK;
}

enum error_code media_leg_secure(struct media_leg *leg, const struct media_keys *keys)
{
	struct media_command *command = command_new(COMMAND_SECURE, leg);

	if (!command)
		return ERROR_MEMORY;
	command->has_keys = keys != NULL;
	if (keys)
		command->keys = *keys;
	command_push(leg->thread, command);
	return ERROR_OK;
}

enum error_code media_bridge(struct media_leg *a, struct media_leg *b)
{
	struct media_command *command;

	if (b && a->thread != b->thread)
		return ERROR_INTERNAL;
	command = command_new(COMMAND_BRIDGE, a);
	if (!command)
		return ERROR_MEMORY;
	command->other = b;
	command_push(a->thread, command);
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
