/*
 * The codecs two phones have agreed on, from their descriptions (RFC 3264): whether what one sends
 * is what the other understands, and a description cut down to what suits another phone. Pure.
 */
#ifndef CENTREX_SIP_SDP_CODECS_H
#define CENTREX_SIP_SDP_CODECS_H

#include "sip/sdp.h"

struct sdp_codec {
	unsigned number; /* payload type */
	struct pl name;  /* as in rtpmap: "PCMA/8000"; not set: not known */
};

/* The audio's formats in their order; how many. The names point into the description. */
size_t sdp_codecs(const struct sdp *sdp, struct sdp_codec ret_codecs[static SDP_FORMATS_MAX]);
/* Same name, clock and channels (RFC 3551: "PCMA/8000" is "pcma/8000/1"). */
bool sdp_codec_same(const struct sdp_codec *a, const struct sdp_codec *b);
/* The one of these that is the same; NULL: none. */
const struct sdp_codec *sdp_codec_find(const struct sdp_codec *codecs, size_t n,
                                       const struct sdp_codec *wanted);
bool sdp_codec_is_events(const struct sdp_codec *codec);    /* telephone-event */
bool sdp_codec_is_auxiliary(const struct sdp_codec *codec); /* carries no speech by itself */

/* One phone's state after an exchange: what it said, what it was told, and who answered. */
struct sdp_agreed {
	const struct sdp *phone, *told;
	bool phone_answered;
};
/* What phone a sends, b takes, and the other way round, numbers included; both may speak. */
bool sdp_fit(const struct sdp_agreed *a, const struct sdp_agreed *b);

enum sdp_pick {
	SDP_PICK_ALL,   /* all formats of it, as they are; wanted is NULL */
	SDP_PICK_FIRST, /* those that `wanted` has too come first */
	SDP_PICK_ONLY,  /* only those that `wanted` has too */
};
/* A copy with formats picked in the order of `sdp`, and another direction. ERROR_NOT_FOUND: no
 * speech is left. mem_deref() it. */
MUST_CHECK enum error_code sdp_pick(const struct sdp *sdp, enum sdp_pick pick,
                                    const struct sdp *wanted, enum sdp_dir direction,
                                    struct sdp **ret_sdp);

/* How the one who answers sees what the other offered: sendonly becomes recvonly. */
enum sdp_dir sdp_mirrored(enum sdp_dir direction);

#endif
