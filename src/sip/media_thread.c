#include "sip/media_thread.h"

#include <errno.h>
#include <sodium.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "sip/tap.h"

enum {
	EVENTS_MAX = 128, /* taken from epoll at once */
	REST_MS = 1000,   /* how often silence is looked for */
	GATHER_US = 1000, /* between two looks at the sockets */
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

static void tell(struct media_leg *leg, enum media_event event)
{
	struct media *media = leg->media;
	const bool waiting = leg->events != 0;

	leg->events |= event;
	if (!waiting) {
		leg->event_next = NULL;
		*media->events_end = leg;
		media->events_end = &leg->event_next;
	}
}

/* From the unlock on the leg may be gone: the loop, awake for another one, may have taken this
 * event, and frees a leg that tells that it is closed. */
void media_tell(struct media_leg *leg, enum media_event event)
{
	struct media *media = leg->media;

	pthread_mutex_lock(&media->lock);
	tell(leg, event);
	pthread_mutex_unlock(&media->lock);
	wake(media->wake);
}

void media_tell_played(struct media_leg *leg, bool whole)
{
	struct media *media = leg->media;

	pthread_mutex_lock(&media->lock);
	leg->played = leg->play.serial;
	leg->played_whole = whole;
	tell(leg, MEDIA_EVENT_PLAYED);
	pthread_mutex_unlock(&media->lock);
	wake(media->wake);
}

static void tap_set(struct media_leg *leg, unsigned side, struct tap *tap)
{
	struct tap *before = leg->tap;

	leg->tap = tap ? tap_ref(tap) : NULL;
	leg->tap_side = side;
	tap_unref(before);
}

static void tap_pair(struct media_leg *a, struct media_leg *b, struct tap *tap)
{
	const bool bridged = a->peer == b;

	tap_set(a, 0, bridged ? tap : NULL);
	tap_set(b, 1, bridged ? tap : NULL);
}

/* What a tap hears are two on one thread: alone, a leg may come onto another. */
static void part(struct media_leg *leg)
{
	if (!leg || !leg->peer)
		return;
	tap_pair(leg, leg->peer, NULL);
	leg->peer->peer = NULL;
	leg->peer = NULL;
}

static void bridge(struct media_leg *a, struct media_leg *b)
{
	play_end(a);
	if (b)
		play_end(b);
	if (b && a->peer == b)
		return;
	part(a);
	part(b);
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

static void leg_unlink(struct media_leg *leg)
{
	if (!leg->before)
		return;
	*leg->before = leg->next;
	if (leg->next)
		leg->next->before = leg->before;
	leg->before = NULL;
}

/* The sockets close here, so epoll forgets them; the loop frees the memory. */
static void leg_remove(struct media_leg *leg)
{
	bridge(leg, NULL);
	relay_secure(leg, NULL);
	for (int i = 0; i < RELAY_KINDS; i++)
		close(leg->sockets[i].descriptor);
	ports_give(leg->media->ports, leg->port);
	leg_unlink(leg);
}

/* From here on it is the other thread's. */
static void leg_leave(struct media_thread *thread, struct media_leg *leg, struct media_thread *to)
{
	bridge(leg, NULL);
	for (int i = 0; i < RELAY_KINDS; i++)
		(void)epoll_ctl(thread->epoll, EPOLL_CTL_DEL, leg->sockets[i].descriptor, NULL);
	leg_unlink(leg);
	atomic_fetch_add_explicit(&leg->left, 1, memory_order_release);
	wake(to->wake);
}

static bool perform(struct media_thread *thread, struct media_command *command)
{
	struct media_leg *leg = command->leg;

	switch (command->kind) {
	case COMMAND_ADD:
	case COMMAND_ARRIVE:
		leg_add(thread, leg);
		break;
	case COMMAND_LEAVE:
		leg_leave(thread, leg, command->to);
		break;
	case COMMAND_REMOTE:
		relay_remote(leg, &command->remote);
		leg->heard_us = thread->now_us;
		break;
	case COMMAND_SECURE:
		relay_secure(leg, command->has_keys ? &command->keys : NULL);
		break;
	case COMMAND_BRIDGE:
		bridge(leg, command->other);
		break;
	case COMMAND_PLAY:
		if (leg->peer) /* two streams at once would be noise */
			bridge(leg, NULL);
		play_begin(thread, leg, &command->sound, command->n);
		break;
	case COMMAND_QUIT:
		play_end(leg);
		break;
	case COMMAND_TAP:
		tap_pair(leg, command->other, command->tap);
		tap_unref(command->tap);
		break;
	case COMMAND_CLOSE:
		leg_remove(leg);
		media_tell(leg, MEDIA_EVENT_CLOSED);
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

/* Behind a leg that is still on its way everything waits: commands are performed in their order. */
static bool must_wait(const struct media_command *command)
{
	return command->kind == COMMAND_ARRIVE &&
	       atomic_load_explicit(&command->leg->left, memory_order_acquire) != command->n;
}

static bool perform_all(struct media_thread *thread)
{
	struct media_command **end = &thread->begun;
	bool go_on = true;

	while (*end)
		end = &(*end)->next;
	pthread_mutex_lock(&thread->lock);
	*end = thread->commands;
	thread->commands = NULL;
	thread->commands_end = &thread->commands;
	pthread_mutex_unlock(&thread->lock);

	while (thread->begun && !must_wait(thread->begun)) {
		struct media_command *command = thread->begun;

		thread->begun = command->next;
		go_on = perform(thread, command) && go_on;
		command_free(command);
	}
	return go_on;
}

static bool leg_silent(const struct media_leg *leg, int64_t before_us)
{
	return !leg->quiet && leg->heard_us < before_us;
}

/* Is its silence to be told, and as what? 0: no. */
static unsigned silence_of(const struct media_leg *leg, int64_t before_us)
{
	if (!leg_silent(leg, before_us) || leg->told_us >= before_us)
		return 0;
	if (!leg->peer)
		return leg->play.channel ? MEDIA_EVENT_SILENT_ALONE : 0;
	return leg_silent(leg->peer, before_us) ? MEDIA_EVENT_SILENT_BOTH
	                                        : MEDIA_EVENT_SILENT_ALONE;
}

static void rest(struct media_thread *thread)
{
	const int64_t silence_us = thread->media->config.silence_s * 1000000LL;

	for (struct media_leg *leg = thread->legs; leg; leg = leg->next) {
		relay_rest(leg, thread->now_us);
		const unsigned event =
			silence_us > 0 ? silence_of(leg, thread->now_us - silence_us) : 0;
		if (event == 0)
			continue;
		leg->told_us = thread->now_us;
		media_tell(leg, event);
	}
}

/* Falling asleep and waking for every packet costs more than the packet: let a few come together.
 * A phone sends one in 20 ms and plays them from a buffer of several, so nobody hears it. */
static void gather(void)
{
	nanosleep(&(const struct timespec){.tv_nsec = GATHER_US * 1000L}, NULL);
}

/* What has come, at most EVENTS_MAX; how much, and whether there are commands. */
static int relay_ready(struct media_thread *thread, int wait_ms, bool *ret_commanded)
{
	struct epoll_event events[EVENTS_MAX];
	const int n = epoll_wait(thread->epoll, events, EVENTS_MAX, wait_ms);

	thread->now_us = clock_monotonic_us();
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr)
			relay_receive(thread, events[i].data.ptr);
		else
			*ret_commanded = true;
	}
	return n;
}

void media_thread_relay(struct media_thread *thread)
{
	bool commanded; /* it will be said again */

	(void)relay_ready(thread, 0, &commanded);
}

static void *thread_main(void *arg)
{
	struct media_thread *thread = arg;
	int64_t rested_us = clock_monotonic_us();

	for (;;) {
		const int play_ms = play_wait_ms(thread, clock_monotonic_us());
		bool commanded = false;
		const int n = relay_ready(thread, play_ms < 0 ? REST_MS : play_ms, &commanded);

		/* After the batch: a command may close a socket the batch still names. */
		if (commanded) {
			woken(thread->wake);
			if (!perform_all(thread))
				return NULL;
		}
		play_run(thread);
		if (thread->now_us - rested_us >= REST_MS * 1000LL) {
			rested_us = thread->now_us;
			rest(thread);
		}
		if (n < EVENTS_MAX)
			gather();
	}
}

/* ---- on the loop's thread ---- */

void media_command_push(struct media_thread *thread, struct media_command *command)
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

struct media_command *media_command_new(enum media_command_kind kind, struct media_leg *leg)
{
	struct media_command *command = calloc(1, sizeof(*command));

	if (command) {
		command->kind = kind;
		command->leg = leg;
	}
	return command;
}

enum error_code media_thread_start(struct media *media, struct media_thread *thread,
                                   struct error *err)
{
	struct epoll_event event = {.events = EPOLLIN};

	thread->media = media;
	thread->epoll = thread->wake = -1;
	thread->commands_end = &thread->commands;
	thread->now_us = clock_monotonic_us();
	pthread_mutex_init(&thread->lock, NULL);
	media->n_threads++;

	thread->packet = mbuf_alloc(RELAY_PACKET_MAX + RELAY_ROOM);
	thread->play.packet = mbuf_alloc(RELAY_PACKET_MAX);
	if (!thread->packet || !thread->play.packet)
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

void media_thread_join(struct media_thread *thread)
{
	struct media_command *stop = NULL;

	if (!thread->started)
		return;
	while (!(stop = media_command_new(COMMAND_STOP, NULL)))
		usleep(1000); /* out of memory: nothing better can be done at the end */
	media_command_push(thread, stop);
	pthread_join(thread->id, NULL);
	for (struct media_leg *leg = thread->legs; leg; leg = leg->next) {
		leg->silenceh = NULL;
		leg->playedh = NULL;
	}
}

void media_thread_clear(struct media_thread *thread)
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
	mem_deref(thread->play.packet);
	pthread_mutex_destroy(&thread->lock);
}
