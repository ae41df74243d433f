/*
 * Media: RTP and RTCP of every leg, relayed by threads of their own.
 *
 * A leg is one pair of UDP sockets (RTP on the even port, RTCP on the next) facing one phone. Two
 * legs that are bridged hear each other; a leg knows nothing of calls, so that a transfer is
 * "bridge it with another". Each function here is called on the loop's thread, returns at once, and
 * takes effect on the media thread in the order called.
 *
 * Where a leg sends to: the address of its SDP, until packets arrive. It then learns ("latches")
 * their source, and drops everything else, so that nobody who guesses a port can listen in or
 * speak. A source is believed at once when it is the address and port of the SDP, where the phone
 * was heard last, the stream heard before (SSRC) or proved by SRTP. Any other (a phone behind NAT,
 * or a stranger beside it: the IP address tells nothing) must send LATCH_PACKETS of one SSRC while
 * nobody of those speaks; these but the last are dropped, 80 ms of sound, lest a caller hear a
 * stranger. For PROBATION_MS it then gives way to the SDP's address and port at once; after that,
 * and for all others from the start, the kernel drops what others send (connect(2)). It is learnt
 * anew after media_leg_remote with another address; after RELATCH_MS of silence too, but then the
 * phone may have another port only.
 */
#ifndef CENTREX_SIP_MEDIA_H
#define CENTREX_SIP_MEDIA_H

#include <re.h>

#include "base/error.h"

struct media;
struct media_leg;
struct track;
struct tap; /* sip/tap.h */

struct media_config {
	struct sa address; /* to bind; the port is ignored */
	uint16_t port_least;
	uint16_t port_most;
	unsigned threads;
	unsigned silence_s; /* 0: silence is never reported */
};

enum media_silence {
	MEDIA_SILENT_BOTH,  /* so is the leg it is bridged with: told for each of the two */
	MEDIA_SILENT_ALONE, /* the other speaks, or there is none and we play to it */
};

/* The leg has heard nothing from its phone for silence_s, and the phone had not said that it would
 * be quiet. Told on the loop's thread, again after each further silence_s. */
typedef void(media_silence_h)(enum media_silence silence, void *arg);

enum { MEDIA_KEY_SIZE = 30 }; /* 16 bytes key, 14 salt (RFC 4568 section 6.1) */

struct media_keys {
	enum srtp_suite suite; /* SRTP_AES_CM_128_HMAC_SHA1_80 or _32 */
	uint8_t receive[MEDIA_KEY_SIZE];
	uint8_t send[MEDIA_KEY_SIZE];
};

struct media_remote {
	struct sa rtp;       /* not set: send nothing (hold by 0.0.0.0, or not known yet) */
	struct sa rtcp;      /* not set: rtp's port + 1 */
	struct sa signalled; /* where the phone's SIP comes from */
	bool mux;            /* RTCP on the RTP port (RFC 5761) */
	bool quiet;          /* on hold: silence is what was agreed */
	bool deaf;           /* it wants to hear nothing: nothing is played to it */
};

struct media_counters {
	uint64_t packets, bytes; /* received from the phone: RTP, payload with headers */
	uint64_t sent_packets, sent_bytes;
	uint64_t lost;    /* RFC 3550 appendix A.3: expected less received, never below 0 */
	uint64_t refused; /* not RTP, a wrong source, or failed SRTP */
};

MUST_CHECK enum error_code media_open(const struct media_config *config, struct media **ret_media,
                                      struct error *err);
/* Ends the threads and every leg still open. */
void media_close(struct media *media);

/* A leg on the thread of `like`, which may be NULL: the least busy one. own (may be NULL): the
 * address of ours its phone knows, to bind where config.address means all. ERROR_BUSY: no port
 * left, but those that are kept: of eight pairs one, and 64 at most. */
MUST_CHECK enum error_code media_leg_open(struct media *media, const struct sa *own,
                                          const struct media_leg *like, media_silence_h *silenceh,
                                          void *arg, struct media_leg **ret_leg, struct error *err);
/* The same, also from those. */
MUST_CHECK enum error_code media_leg_open_kept(struct media *media, const struct sa *own,
                                               const struct media_leg *like,
                                               media_silence_h *silenceh, void *arg,
                                               struct media_leg **ret_leg, struct error *err);
/* Pointer to NULL. Its handler is not called again; its ports are given back a moment later. */
void media_leg_close(struct media_leg **leg);

uint16_t media_leg_port(const struct media_leg *leg); /* RTP; RTCP is one more */

MUST_CHECK enum error_code media_leg_remote(struct media_leg *leg,
                                            const struct media_remote *remote);
/* NULL: plain RTP. The same keys again change nothing (the streams go on). */
MUST_CHECK enum error_code media_leg_secure(struct media_leg *leg, const struct media_keys *keys);
/* Whatever they were bridged with before is alone now; b NULL: a is alone. What was played to them
 * ends. Where they are on two threads, b comes onto that of a. */
MUST_CHECK enum error_code media_bridge(struct media_leg *a, struct media_leg *b);

struct media_sound {
	struct track *track;         /* sip/track.h; a reference is taken */
	const struct track *silence; /* of the same codec; as long as the media */
	uint8_t payload_type;
	bool once; /* from its beginning; else where all who hear it are */
};
/* What was played once has been sent to its end (whole), or what is played cannot be: silence
 * follows. On the loop's thread; not after another play, a stop or a bridge. */
typedef void(media_played_h)(bool whole, void *arg);
/* Sends the track to a leg that is alone, instead of what it heard before. */
MUST_CHECK enum error_code media_leg_play(struct media_leg *leg, const struct media_sound *sound,
                                          media_played_h *playedh, void *arg);
void media_leg_stop(struct media_leg *leg);
/* Two that were bridged just now are heard by the tap, `a` as its side 0, until their bridge ends
 * or another tap takes its place; NULL: by none. Each RTP packet they are believed to have sent
 * goes into it, decrypted. */
MUST_CHECK enum error_code media_tap(struct media_leg *a, struct media_leg *b, struct tap *tap);

void media_leg_counters(const struct media_leg *leg, struct media_counters *ret_counters);

unsigned media_legs(const struct media *media); /* open, for metrics and tests */

/* What the threads reported; the loop calls it by itself, a test without a loop by hand. */
void media_dispatch(struct media *media);

#endif
