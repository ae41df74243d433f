/*
 * Inside of media: what a media thread owns, and the packet path. Nothing but media.c and relay.c
 * includes this.
 */
#ifndef CENTREX_SIP_RELAY_H
#define CENTREX_SIP_RELAY_H

#include <pthread.h>
#include <stdatomic.h>

#include "sip/media.h"
#include "sip/ports.h"

enum {
	RELAY_PACKET_MAX = 2048, /* longer datagrams are no RTP of a phone */
	RELAY_ROOM = 64,         /* for SRTP's tag */
	LATCH_PACKETS = 5,
	RELATCH_MS = 3000,
	RELAY_CONTEXTS = 4, /* of SRTP a direction: libre's hold 8 sources each */
};

enum relay_kind { RELAY_RTP, RELAY_RTCP, RELAY_KINDS };

struct relay_socket {
	struct media_leg *leg;
	int descriptor;
	enum relay_kind kind;
	bool connected;   /* latched: the kernel lets only `to` in */
	struct sa to;     /* where packets go; not set: nowhere */
	struct sa likely; /* a stranger that is sending */
	unsigned likely_packets;
	uint32_t likely_ssrc;
};

/* Received RTP of one source, for `lost`. */
struct relay_stream {
	uint32_t ssrc;
	bool known;
	uint16_t highest;
	uint32_t cycles; /* times 65536 */
	uint32_t first;
	uint64_t received;
	uint64_t lost_before; /* of earlier sources */
};

enum relay_event { RELAY_SILENT = 1, RELAY_CLOSED = 2 };

struct media_thread;

struct media_leg {
	/* Set by open, read by both threads. */
	struct media *media;
	struct media_thread *thread;
	uint16_t port;
	/* The loop's. */
	media_silence_h *silenceh; /* NULL once closed */
	void *arg;
	/* The media thread's. */
	struct relay_socket sockets[RELAY_KINDS];
	struct media_leg *peer;
	struct sa signalled,
		offered;      /* the phone's SIP address; its SDP's; not set: not known yet */
	struct sa heard_from; /* where it was learnt to be; not set: nowhere yet */
	bool mux, quiet, told;
	struct media_keys keys;
	/* The first NULL: plain. Another is begun when one is full. */
	struct srtp *receive[RELAY_CONTEXTS], *send[RELAY_CONTEXTS];
	bool proved;      /* a packet has passed `receive` */
	bool broken;      /* SRTP was agreed and has no contexts: deaf and dumb */
	int64_t heard_us; /* monotonic: last good packet, or opened */
	struct relay_stream stream;
	struct media_leg *next, **before; /* of the thread */
	/* Counted on the media thread, read anywhere. */
	_Atomic uint64_t packets, bytes, sent_packets, sent_bytes, lost, refused;
	/* Under the thread's lock: waiting to be told to the loop. */
	unsigned events;
	struct media_leg *event_next;
};

struct media_thread {
	pthread_t id;
	struct media *media;
	int epoll, wake;
	bool started;
	pthread_mutex_t lock; /* commands and events */
	struct media_command *commands, **commands_end;
	struct media_leg *events, **events_end;
	atomic_uint n_legs;
	/* The thread's own. */
	struct media_leg *legs;
	struct mbuf *packet;
	int64_t now_us;
};

/* One datagram from the socket through the leg to its peer. */
void relay_receive(struct media_thread *thread, struct relay_socket *in);

/* New signalled address: learns anew when it differs from the last one signalled. */
void relay_remote(struct media_leg *leg, const struct media_remote *remote);

/* Replaces the contexts whose key is another; NULL: plain. */
void relay_secure(struct media_leg *leg, const struct media_keys *keys);

/* Opens the latch of a leg that has been silent (called about once a second). */
void relay_rest(struct media_leg *leg, int64_t now_us);

#endif
