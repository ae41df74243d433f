#include "sip/media.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sodium.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/media_thread.h"
#include "sip/tap.h"
#include "sip/track.h"

enum {
	BIND_TRIES = 64, /* ports that another program holds are passed over */
	THREADS_MAX = 64,
	KEPT_SHARE = 8, /* of so many pairs of ports one is kept for calls for help */
	KEPT_MOST = 64,
	TRAFFIC_CLASS = 0xb8, /* expedited forwarding (RFC 3246) */
};

/* What the threads know of a leg, taken off their list. */
struct news {
	struct media_leg *leg; /* NULL: nothing is new */
	unsigned events, played;
	bool played_whole;
};

static struct news take_news(struct media *media)
{
	struct news news = {0};

	pthread_mutex_lock(&media->lock);
	struct media_leg *leg = media->events;
	if (leg) {
		news = (struct news){leg, leg->events, leg->played, leg->played_whole};
		leg->events = 0;
		media->events = leg->event_next;
		if (!media->events)
			media->events_end = &media->events;
	}
	pthread_mutex_unlock(&media->lock);
	return news;
}

/* A handler may close the leg, which then has none any more; its memory goes later. */
static void tell(const struct news *news)
{
	struct media_leg *leg = news->leg;

	if ((news->events & MEDIA_EVENT_PLAYED) && news->played == leg->serial && leg->playedh)
		TAKE(leg->playedh)(news->played_whole, leg->played_arg);
	if ((news->events & MEDIA_EVENT_SILENT_BOTH) && leg->silenceh)
		leg->silenceh(MEDIA_SILENT_BOTH, leg->arg);
	if ((news->events & MEDIA_EVENT_SILENT_ALONE) && leg->silenceh)
		leg->silenceh(MEDIA_SILENT_ALONE, leg->arg);
}

void media_dispatch(struct media *media)
{
	for (;;) {
		const struct news news = take_news(media);

		if (!news.leg)
			return;
		if (news.events & MEDIA_EVENT_CLOSED)
			free(news.leg);
		else
			tell(&news);
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
static enum error_code bind_pair(struct media *media, const struct sa *address, unsigned keep,
                                 struct media_leg *leg, struct error *err)
{
	for (int i = 0; i < BIND_TRIES; i++) {
		const uint16_t port = ports_take(media->ports, keep);

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

static enum error_code leg_open(struct media *media, const struct sa *own,
                                const struct media_leg *like, unsigned keep,
                                struct media_leg **ret_leg, struct error *err)
{
	const bool anywhere = own && sa_isset(own, SA_ADDR) && sa_is_any(&media->config.address);
	const struct sa *address = anywhere ? own : &media->config.address;
	struct media_leg *leg = calloc(1, sizeof(*leg));
	AUTO(auto_free) struct media_command *command = media_command_new(COMMAND_ADD, leg);
	enum error_code code;

	code = leg && command ? bind_pair(media, address, keep, leg, err)
	                      : error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code) {
		free(leg);
		return code;
	}
	leg->media = media;
	leg->thread = thread_choose(media, like);
	for (int i = 0; i < RELAY_KINDS; i++) {
		leg->sockets[i].leg = leg;
		leg->sockets[i].kind = (enum relay_kind)i;
	}
	atomic_fetch_add(&leg->thread->n_legs, 1);
	media_command_push(leg->thread, TAKE(command));
	*ret_leg = leg;
	return ERROR_OK;
}

static enum error_code open_with(struct media *media, const struct sa *own,
                                 const struct media_leg *like, unsigned keep,
                                 media_silence_h *silenceh, void *arg, struct media_leg **ret_leg,
                                 struct error *err)
{
	const enum error_code code = leg_open(media, own, like, keep, ret_leg, err);

	if (code)
		return code;
	(*ret_leg)->silenceh = silenceh;
	(*ret_leg)->arg = arg;
	return ERROR_OK;
}

enum error_code media_leg_open(struct media *media, const struct sa *own,
                               const struct media_leg *like, media_silence_h *silenceh, void *arg,
                               struct media_leg **ret_leg, struct error *err)
{
	const unsigned share = ports_room(media->ports) / KEPT_SHARE;

	return open_with(media, own, like, share < KEPT_MOST ? share : KEPT_MOST, silenceh, arg,
	                 ret_leg, err);
}

enum error_code media_leg_open_kept(struct media *media, const struct sa *own,
                                    const struct media_leg *like, media_silence_h *silenceh,
                                    void *arg, struct media_leg **ret_leg, struct error *err)
{
	return open_with(media, own, like, 0, silenceh, arg, ret_leg, err);
}

void media_leg_close(struct media_leg **leg)
{
	struct media_leg *closing = TAKE(*leg);
	struct media_command *command;

	if (!closing)
		return;
	closing->silenceh = NULL;
	closing->playedh = NULL;
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

/* Onto the thread of `like`. */
static enum error_code move(struct media_leg *leg, const struct media_leg *like)
{
	struct media_thread *from = leg->thread, *to = like->thread;
	AUTO(auto_free) struct media_command *leave = media_command_new(COMMAND_LEAVE, leg);
	AUTO(auto_free) struct media_command *arrive = media_command_new(COMMAND_ARRIVE, leg);

	if (!leave || !arrive)
		return ERROR_MEMORY;
	leave->to = to;
	arrive->n = ++leg->moves;
	leg->thread = to;
	atomic_fetch_sub(&from->n_legs, 1);
	atomic_fetch_add(&to->n_legs, 1);
	media_command_push(from, TAKE(leave));
	media_command_push(to, TAKE(arrive));
	return ERROR_OK;
}

static void forget_played(struct media_leg *leg)
{
	leg->serial++;
	leg->playedh = NULL;
}

enum error_code media_bridge(struct media_leg *a, struct media_leg *b)
{
	AUTO(auto_free) struct media_command *command = media_command_new(COMMAND_BRIDGE, a);
	enum error_code code = ERROR_OK;

	if (!command)
		return ERROR_MEMORY;
	if (b && a->thread != b->thread)
		code = move(b, a);
	if (code)
		return code;
	forget_played(a);
	if (b)
		forget_played(b);
	command->other = b;
	media_command_push(a->thread, TAKE(command));
	return ERROR_OK;
}

enum error_code media_leg_play(struct media_leg *leg, const struct media_sound *sound,
                               media_played_h *playedh, void *arg)
{
	struct media_command *command = media_command_new(COMMAND_PLAY, leg);

	if (!command)
		return ERROR_MEMORY;
	command->sound = *sound;
	track_ref(sound->track);
	command->n = ++leg->serial;
	leg->playedh = playedh;
	leg->played_arg = arg;
	media_command_push(leg->thread, command);
	return ERROR_OK;
}

void media_leg_stop(struct media_leg *leg)
{
	struct media_command *command = media_command_new(COMMAND_QUIT, leg);

	forget_played(leg);
	if (command) /* else it hears on until it is bridged or closed */
		media_command_push(leg->thread, command);
}

enum error_code media_tap(struct media_leg *a, struct media_leg *b, struct tap *tap)
{
	struct media_command *command;

	if (a->thread != b->thread)
		return ERROR_INTERNAL;
	command = media_command_new(COMMAND_TAP, a);
	if (!command)
		return ERROR_MEMORY;
	command->other = b;
	command->tap = tap ? tap_ref(tap) : NULL;
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
