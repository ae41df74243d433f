/*
 * Inside of media: its threads, and what the loop asks of them. Nothing outside of media includes
 * this.
 *
 * A leg is on one media thread at a time. The loop pushes commands to it, which are performed in
 * their order; the thread tells the loop by events.
 */
#ifndef CENTREX_SIP_MEDIA_THREAD_H
#define CENTREX_SIP_MEDIA_THREAD_H

#include <pthread.h>

#include "sip/ports.h"
#include "sip/relay.h"

struct media_thread {
	pthread_t id;
	struct media *media;
	int epoll, wake;
	bool started;
	pthread_mutex_t lock; /* commands */
	struct media_command *commands, **commands_end;
	atomic_uint n_legs; /* the loop's count */
	/* The thread's own. */
	struct media_command *begun; /* taken, and not performed yet */
	struct play play;
	struct media_leg *legs;
	struct mbuf *packet;
	int64_t now_us;
};

struct media {
	struct media_config config;
	struct ports *ports;
	int wake;             /* to the loop */
	pthread_mutex_t lock; /* events */
	struct media_leg *events, **events_end;
	unsigned n_threads;
	struct media_thread threads[];
};

enum media_command_kind {
	COMMAND_ADD,
	COMMAND_REMOTE,
	COMMAND_SECURE,
	COMMAND_BRIDGE,
	COMMAND_PLAY,
	COMMAND_QUIT,   /* no longer play */
	COMMAND_LEAVE,  /* for `to` */
	COMMAND_ARRIVE, /* once it has left the other */
	COMMAND_TAP,
	COMMAND_CLOSE,
	COMMAND_STOP
};

struct media_command {
	struct media_command *next;
	enum media_command_kind kind;
	struct media_leg *leg, *other;
	struct media_thread *to;
	bool has_keys;
	unsigned n; /* PLAY: serial; ARRIVE: how often it must have left */
	union {
		struct media_remote remote;
		struct media_keys keys;
		struct media_sound sound;
		struct tap *tap;
	};
};

/* What a leg has to tell: bits of media_leg.events. */
enum media_event {
	MEDIA_EVENT_SILENT_BOTH = 1,
	MEDIA_EVENT_SILENT_ALONE = 2,
	MEDIA_EVENT_PLAYED = 4,
	MEDIA_EVENT_CLOSED = 8,
};

/* ---- on the loop's thread ---- */

MUST_CHECK enum error_code media_thread_start(struct media *media, struct media_thread *thread,
                                              struct error *err);
/* Ends it, after what was asked of it before. */
void media_thread_join(struct media_thread *thread);
/* Closes the legs it still had, and frees what it held. */
void media_thread_clear(struct media_thread *thread);

/* NULL: no memory. */
struct media_command *media_command_new(enum media_command_kind kind, struct media_leg *leg);
/* Takes the command. */
void media_command_push(struct media_thread *thread, struct media_command *command);

/* ---- on a media thread ---- */

void media_tell(struct media_leg *leg, enum media_event event);
/* What it was hearing is over. */
void media_tell_played(struct media_leg *leg, bool whole);
/* Relays what has come meanwhile. */
void media_thread_relay(struct media_thread *thread);

#endif
