/*
 * Inside of media: a leg, and the way of a packet through it. Nothing outside of media includes
 * this. Functions here are called on the leg's media thread.
 */
#ifndef CENTREX_SIP_RELAY_H
#define CENTREX_SIP_RELAY_H

#include <stdatomic.h>

#include "sip/media.h"
#include "sip/media_play.h"
#include "sip/relay_out.h"

enum {
	RELAY_PACKET_MAX = 2048, /* longer datagrams are no RTP of a phone */
	RELAY_ROOM = 64,         /* for SRTP's tag */
	LATCH_PACKETS = 5,
	LATCH_GAP_MS = 100, /* a stranger that pauses for longer makes room for another */
	PROBATION_MS = 5000,
	RELATCH_MS = 3000,
	RELAY_CONTEXTS = 4, /* of SRTP a direction: libre's hold 8 sources each */
};

enum relay_kind { RELAY_RTP, RELAY_RTCP, RELAY_KINDS };

struct relay_socket {
	struct media_leg *leg;
	int descriptor;
	enum relay_kind kind;
	bool latched;      /* `to` is where the phone was heard */
	bool connected;    /* and the kernel lets only that in */
	int64_t latch_us;  /* monotonic: since when */
	struct sa offered; /* as its SDP says; not set: not known */
	struct sa to;      /* where packets go; not set: nowhere */
	struct sa likely;  /* a stranger that is sending */
	unsigned likely_packets;
	uint32_t likely_ssrc;
	int64_t likely_us; /* monotonic: its last packet */
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

struct media_thread; /* sip/media_thread.h */

struct media_leg {
	/* Set by open, read by both threads. */
	struct media *media;
	uint16_t port;
	/* The loop's. */
	struct media_thread *thread; /* where it is once all commands are performed */
	media_silence_h *silenceh;   /* NULL once closed */
	void *arg;
	media_played_h *playedh;
	void *played_arg;
	unsigned serial; /* of what is played to it now */
	unsigned moves;  /* how often it was sent to another thread */
	/* The media thread's. */
	struct relay_socket sockets[RELAY_KINDS];
	struct media_leg *peer;
	struct tap *tap; /* NULL: nobody records */
	unsigned tap_side;
	struct sa signalled,
		offered;      /* the phone's SIP address; its SDP's; not set: not known yet */
	struct sa heard_from; /* where it was learnt to be; not set: nowhere yet */
	bool mux, quiet, deaf;
	struct media_keys keys;
	/* The first NULL: plain. Another is begun when one is full. */
	struct srtp *receive[RELAY_CONTEXTS], *send[RELAY_CONTEXTS];
	bool proved;      /* a packet has passed `receive` */
	bool broken;      /* SRTP was agreed and has no contexts: deaf and dumb */
	int64_t heard_us; /* monotonic: last good packet, or opened */
	int64_t told_us;  /* monotonic: its silence was told */
	struct play_listener play;
	struct relay_stream stream;
	struct relay_out out;             /* to the phone */
	struct media_leg *next, **before; /* of the thread */
	/* Counted on the media thread, read anywhere. */
	_Atomic uint64_t packets, bytes, sent_packets, sent_bytes, lost, refused;
	atomic_uint left; /* how often it has left a thread: who takes it next waits for that */
	/* Under media's lock: waiting to be told to the loop. */
	unsigned events;
	unsigned played; /* the serial of what is over */
	bool played_whole;
	struct media_leg *event_next;
};

/* One datagram from the socket through the leg to its peer. */
void relay_receive(struct media_thread *thread, struct relay_socket *in);

/* To its phone, over RTP's socket or RTCP's; the packet is changed. from: whose RTCP it is; NULL:
 * RTP that we play. */
void relay_send(struct media_leg *to, const struct media_leg *from, enum relay_kind kind,
                struct mbuf *packet, int64_t now_us);

/* New signalled address: learns anew when it differs from the last one signalled. */
void relay_remote(struct media_leg *leg, const struct media_remote *remote);

/* Replaces the contexts whose key is another; NULL: plain. */
void relay_secure(struct media_leg *leg, const struct media_keys *keys);

/* Opens the latch of a leg that has been silent, closes one for good (called about once a second).
 */
void relay_rest(struct media_leg *leg, int64_t now_us);

#endif
