/*
 * Session descriptions (RFC 4566) as a two-leg switch needs them: what a phone said, strictly
 * read; what we say to a phone, written from what the other phone said (RFC 3264).
 *
 * One audio stream goes through: its codecs (numbers, rtpmap, fmtp, telephone-event among them),
 * packet times and direction are passed on; addresses, ports, keys and the o= line are ours.
 * Every other stream is refused in its place. Attributes not known here are not passed on.
 */
#ifndef CENTREX_SIP_SDP_H
#define CENTREX_SIP_SDP_H

#include <re.h>

#include "base/text.h"
#include "sip/media.h"

enum {
	SDP_BODY_MAX = 8192,
	SDP_STREAMS_MAX = 8,
	SDP_FORMATS_MAX = 32,
	SDP_ATTRIBUTES_MAX = 64,
	SDP_CRYPTO_MAX = 4,
	SDP_KEY_SIZE = MEDIA_KEY_SIZE,
};

struct sdp_crypto {
	unsigned tag;
	enum srtp_suite suite;
	uint8_t key[SDP_KEY_SIZE];
};

struct sdp_stream {
	struct pl type;      /* "audio" */
	struct pl transport; /* "RTP/AVP" */
	struct pl formats;   /* "8 0 101" */
	uint16_t port;
};

/* One description, read. Immutable; libre's reference count (mem_ref, mem_deref). */
struct sdp {
	size_t n_streams;
	struct sdp_stream streams[SDP_STREAMS_MAX];
	size_t audio;   /* the stream that is used */
	struct sa rtp;  /* not set: 0.0.0.0, the hold of RFC 2543 (the direction says so too) */
	struct sa rtcp; /* not set: one port up */
	int family;     /* AF_INET, AF_INET6 */
	bool mux;
	bool secure;            /* RTP/SAVP: crypto is not empty */
	enum sdp_dir direction; /* as its owner sees it: bit 0, it receives; bit 1, it sends */
	size_t n_crypto;
	struct sdp_crypto crypto[SDP_CRYPTO_MAX]; /* those we can do, in its order */
	size_t n_attributes;
	struct pl
		attributes[SDP_ATTRIBUTES_MAX]; /* of the audio, to pass on: "rtpmap:8 PCMA/8000" */
	size_t n;
	char body[];
};

/* ERROR_INVALID: not a description; ERROR_TOO_LARGE; ERROR_NOT_FOUND: no audio stream that can be
 * used; ERROR_MEMORY. prefer_secure: of several audio streams take RTP/SAVP. */
MUST_CHECK enum error_code sdp_read(const char *body, size_t n, bool prefer_secure,
                                    struct sdp **ret_sdp, struct error *err);

/* Our side towards one phone, for as long as its dialog lasts. */
struct sdp_local {
	struct sa address; /* what the phone shall send to; its port is that of RTP */
	bool secure;       /* offer RTP/SAVP */
	uint64_t id, version;
	struct sdp_crypto own[2]; /* our keys, one for each suite; random from the start */
	struct sdp *shape;        /* the phone's last offer: its streams must stay in place */
	struct text last;         /* the body sent last */
};

void sdp_local_init(struct sdp_local *local, const struct sa *address, bool secure);
void sdp_local_clear(struct sdp_local *local);

/* What to offer this phone, given what the other said. The text is local->last: valid until the
 * next call. o= counts up only when something changed (RFC 3264 section 8). */
MUST_CHECK enum error_code sdp_offer(struct sdp_local *local, const struct sdp *other);

/* What to answer to this phone's offer. ERROR_NOT_FOUND: the other refused the audio, or no key of
 * the offer can be used. */
MUST_CHECK enum error_code sdp_answer(struct sdp_local *local, struct sdp *offer,
                                      const struct sdp *other);

/* The SRTP keys agreed, from the phone's side of it; false: plain. For an answer to our offer the
 * phone's tag must be one of ours, else ERROR_INVALID. */
MUST_CHECK enum error_code sdp_keys(const struct sdp_local *local, const struct sdp *phone,
                                    bool phone_answered, struct media_keys *ret_keys,
                                    bool *ret_secure);

#endif
