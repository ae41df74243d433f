/*
 * What a phone hears is one stream to it, whoever speaks: music, an agent, the one it was
 * transferred to. Its source (SSRC), numbers and times go on from those of the first that spoke, so
 * that jitter buffers need not notice the change (many drop a stream that begins anew as late), and
 * an SRTP context sees one source and its turns (RFC 3711 section 3.3.1). Nothing is changed while
 * the first one speaks. Pure.
 */
#ifndef CENTREX_SIP_RELAY_OUT_H
#define CENTREX_SIP_RELAY_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relay_out {
	bool begun;
	uint32_t ssrc; /* by which the phone knows it */
	uint32_t from; /* whose packets it is made of now */
	uint16_t sequence_shift;
	uint32_t time_shift;
	/* The newest that was sent. */
	uint16_t sequence;
	uint32_t time;
	uint32_t step; /* of time in a packet */
	int64_t at_us; /* monotonic */
};

/* RTP of 12 bytes and more, before it is encrypted. */
void relay_out_rtp(struct relay_out *out, uint8_t *bytes, int64_t now_us);
/* RTCP: what its sender says of itself, and of what it hears (`back`: the stream to the sender). */
void relay_out_rtcp(const struct relay_out *out, const struct relay_out *back, uint8_t *bytes,
                    size_t n);

#endif
