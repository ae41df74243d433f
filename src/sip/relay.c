#include "sip/relay.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>

#include "sip/media_thread.h"
#include "sip/tap.h"

enum {
	RTP_HEADER_LEAST = 12,
	RTCP_HEADER_LEAST = 8,
	RTCP_TYPE_LEAST = 192, /* RFC 5761 section 4 */
	RTCP_TYPE_MOST = 223,
	DRAIN_MOST = 64, /* packets looked at when a latch closes */
};

static uint16_t read_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t read_u32(const uint8_t *bytes)
{
	return (uint32_t)read_u16(bytes) << 16 | read_u16(bytes + 2);
}

static void count(_Atomic uint64_t *counter, uint64_t n)
{
	/* One writer: no locked instruction needed. */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
	                      memory_order_relaxed);
}

/* Version 2 and long enough. Sets the kind by its type: RTCP may come on the RTP port. */
static bool packet_kind(const uint8_t *bytes, size_t n, enum relay_kind *kind)
{
	if (n < RTCP_HEADER_LEAST || bytes[0] >> 6 != 2)
		return false;
	if (bytes[1] >= RTCP_TYPE_LEAST && bytes[1] <= RTCP_TYPE_MOST) {
		*kind = RELAY_RTCP;
		return true;
	}
	*kind = RELAY_RTP;
	return n >= RTP_HEADER_LEAST;
}

static void unlatch(struct relay_socket *socket)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	if (socket->connected)
		(void)connect(socket->descriptor, &none, sizeof(none));
	socket->connected = socket->latched = false;
	socket->likely_packets = 0;
}

/* From now on the kernel drops what others send. */
static void latch_for_good(struct relay_socket *socket)
{
	socket->connected = connect(socket->descriptor, &socket->to.u.sa, socket->to.len) == 0;
	if (!socket->connected)
		return;

	/* What strangers sent before connect is still queued, and recv would take it for the
	 * phone's: drop what is there. A phone's packet among it is lost as on any network. */
	uint8_t bytes[1];
	for (int i = 0; i < DRAIN_MOST; i++) {
		if (recv(socket->descriptor, bytes, sizeof(bytes), MSG_DONTWAIT) < 0)
			break;
	}
}

/* A packet from a source that may not be the socket's yet. */
struct arrival {
	struct sa source;
	uint32_t ssrc;
	bool proved; /* by SRTP */
	int64_t now_us;
};

static void latch(struct relay_socket *socket, const struct arrival *arrival)
{
	const struct sa *source = &arrival->source;

	if (socket->latched && sa_cmp(source, &socket->to, SA_ALL))
		return;
	socket->likely_packets = 0;
	socket->latched = true;
	socket->latch_us = arrival->now_us;
	socket->to = *source;
	if (socket->kind == RELAY_RTP)
		socket->leg->heard_from = *source;
	/* One that only was the first to speak may still be a stranger, and the phone, deaf behind
	 * its connect, never heard. */
	if (arrival->proved || sa_cmp(source, &socket->offered, SA_ALL))
		latch_for_good(socket);
}

/* One by one: two who send at once do not keep each other from being counted. */
static bool stranger_counted(struct relay_socket *socket, const struct arrival *arrival)
{
	const bool same = socket->likely_packets && socket->likely_ssrc == arrival->ssrc &&
	                  sa_cmp(&arrival->source, &socket->likely, SA_ALL);

	if (!same && socket->likely_packets &&
	    arrival->now_us - socket->likely_us <= LATCH_GAP_MS * 1000LL)
		return false;
	if (!same) {
		socket->likely = arrival->source;
		socket->likely_ssrc = arrival->ssrc;
		socket->likely_packets = 0;
	}
	socket->likely_us = arrival->now_us;
	return ++socket->likely_packets >= LATCH_PACKETS;
}

/* May this source be the phone? See media.h for the rule. */
static bool source_believed(const struct media_leg *leg, struct relay_socket *socket,
                            const struct arrival *arrival)
{
	const struct sa *source = &arrival->source;

	if (arrival->proved || sa_cmp(source, &socket->offered, SA_ALL))
		return true;
	if (socket->latched)
		return sa_cmp(source, &socket->to, SA_ALL);
	if (leg->stream.known && leg->stream.ssrc == arrival->ssrc)
		return true;

	/* A phone that is silent (muted, or held) still listens, and whoever takes its place hears
	 * what it would: once it has spoken, silence is a reason to look at another port only. */
	if (sa_isset(&leg->heard_from, SA_ADDR) && !sa_cmp(source, &leg->heard_from, SA_ADDR) &&
	    !sa_cmp(source, &leg->offered, SA_ADDR) && !sa_cmp(source, &leg->signalled, SA_ADDR))
		return false;
	if (socket->kind == RELAY_RTP && sa_cmp(source, &leg->heard_from, SA_ALL))
		return true;
	return stranger_counted(socket, arrival);
}

static void stream_count(struct media_leg *leg, const uint8_t *bytes)
{
	struct relay_stream *stream = &leg->stream;
	const uint32_t ssrc = read_u32(bytes + 8);
	const uint16_t seq = read_u16(bytes + 2);
	uint64_t lost = 0;

	if (!stream->known || stream->ssrc != ssrc) {
		const uint64_t before = atomic_load_explicit(&leg->lost, memory_order_relaxed);

		*stream = (struct relay_stream){.ssrc = ssrc,
		                                .known = true,
		                                .highest = seq,
		                                .first = seq,
		                                .lost_before = before};
	}
	if ((uint16_t)(seq - stream->highest) < 0x8000) {
		if (seq < stream->highest)
			stream->cycles += 65536;
		stream->highest = seq;
	}
	stream->received++;

	const uint64_t expected = (uint64_t)stream->cycles + stream->highest - stream->first + 1;
	if (expected > stream->received)
		lost = expected - stream->received;
	atomic_store_explicit(&leg->lost, stream->lost_before + lost, memory_order_relaxed);
}

static void contexts_clear(struct srtp *contexts[static RELAY_CONTEXTS])
{
	for (int i = 0; i < RELAY_CONTEXTS; i++)
		contexts[i] = mem_deref(contexts[i]);
}

typedef int transform_h(struct srtp *context, struct mbuf *packet);

/* One context knows 8 sources and refuses a ninth (ENOSR), and a phone may take a new one each time
 * it resumes. A context is never begun anew: its streams count how often their sequence numbers
 * have turned over, and without that a keystream would be used twice. */
static int transform(struct srtp *contexts[static RELAY_CONTEXTS], enum srtp_suite suite,
                     const uint8_t *key, transform_h *handler, struct mbuf *packet)
{
	const size_t start = packet->pos;
	int failed = ENOSR;

	for (int i = 0; i < RELAY_CONTEXTS && failed == ENOSR; i++) {
		if (!contexts[i] && srtp_alloc(&contexts[i], suite, key, MEDIA_KEY_SIZE, 0))
			return ENOMEM;
		packet->pos = start;
		failed = handler(contexts[i], packet);
	}
	return failed;
}

static bool unprotect(struct media_leg *leg, enum relay_kind kind, struct mbuf *packet)
{
	const int failed = transform(leg->receive, leg->keys.suite, leg->keys.receive,
	                             kind == RELAY_RTP ? srtp_decrypt : srtcp_decrypt, packet);

	if (!failed) {
		leg->proved = true;
		return true;
	}
	/* libre keeps a stream for each SSRC it saw, proved or not. Until the phone has been heard
	 * anyone may send here, so start again rather than let strangers fill them. */
	if (!leg->proved) {
		struct srtp *fresh = NULL;

		if (!srtp_alloc(&fresh, leg->keys.suite, leg->keys.receive, MEDIA_KEY_SIZE, 0)) {
			contexts_clear(leg->receive);
			leg->receive[0] = fresh;
		}
	}
	return false;
}

void relay_send(struct media_leg *to, const struct media_leg *from, enum relay_kind kind,
                struct mbuf *packet, int64_t now_us)
{
	struct relay_socket *out = &to->sockets[kind == RELAY_RTCP && to->mux ? RELAY_RTP : kind];
	ssize_t sent;

	if (to->broken || !sa_isset(&out->to, SA_ALL))
		return;
	if (kind == RELAY_RTP)
		relay_out_rtp(&to->out, mbuf_buf(packet), now_us);
	else if (from)
		relay_out_rtcp(&to->out, &from->out, mbuf_buf(packet), mbuf_get_left(packet));
	if (to->send[0] && transform(to->send, to->keys.suite, to->keys.send,
	                             kind == RELAY_RTP ? srtp_encrypt : srtcp_encrypt, packet))
		return;

	const uint8_t *bytes = mbuf_buf(packet);
	const size_t n = mbuf_get_left(packet);
	if (out->connected)
		sent = send(out->descriptor, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		sent = sendto(out->descriptor, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL, &out->to.u.sa,
		              out->to.len);
	if (sent > 0 && kind == RELAY_RTP) {
		count(&to->sent_packets, 1);
		count(&to->sent_bytes, (uint64_t)sent);
	}
}

static ssize_t receive(struct relay_socket *in, struct mbuf *packet, struct sa *source)
{
	ssize_t n;

	mbuf_rewind(packet);
	if (in->connected)
		return recv(in->descriptor, packet->buf, RELAY_PACKET_MAX,
		            MSG_DONTWAIT | MSG_TRUNC);

	sa_init(source, AF_UNSPEC);
	source->len = sizeof(source->u);
	n = recvfrom(in->descriptor, packet->buf, RELAY_PACKET_MAX, MSG_DONTWAIT | MSG_TRUNC,
	             &source->u.sa, &source->len);
	return n;
}

void relay_receive(struct media_thread *thread, struct relay_socket *in)
{
	struct media_leg *leg = in->leg;
	struct mbuf *packet = thread->packet;
	enum relay_kind kind = RELAY_RTP;
	struct arrival arrival = {.now_us = thread->now_us};

	const ssize_t n = receive(in, packet, &arrival.source);
	if (n < 0) /* nothing there, or an ICMP error, which is now taken off the socket */
		return;
	if (n > RELAY_PACKET_MAX || !packet_kind(packet->buf, (size_t)n, &kind) ||
	    (kind == RELAY_RTP && in->kind == RELAY_RTCP)) {
		count(&leg->refused, 1);
		return;
	}
	packet->end = (size_t)n;

	arrival.ssrc = read_u32(packet->buf + (kind == RELAY_RTP ? 8 : 4));
	arrival.proved = leg->receive[0] != NULL;
	/* Before the phone has said where it is there is nobody to be believed. */
	if (leg->broken || !sa_isset(&leg->signalled, SA_ADDR) ||
	    (leg->receive[0] && !unprotect(leg, kind, packet)) ||
	    (!in->connected && !source_believed(leg, in, &arrival))) {
		count(&leg->refused, 1);
		return;
	}
	if (!in->connected)
		latch(in, &arrival);

	leg->heard_us = thread->now_us;
	if (kind == RELAY_RTP) {
		count(&leg->packets, 1);
		count(&leg->bytes, (uint64_t)n);
		stream_count(leg, packet->buf);
		if (leg->tap)
			tap_put(leg->tap, leg->tap_side, leg->heard_us, packet->buf, packet->end);
	}
	if (leg->peer)
		relay_send(leg->peer, leg, kind, packet, thread->now_us);
}

void relay_remote(struct media_leg *leg, const struct media_remote *remote)
{
	const bool moved = !sa_cmp(&remote->rtp, &leg->offered, SA_ALL);
	struct relay_socket *rtp = &leg->sockets[RELAY_RTP], *rtcp = &leg->sockets[RELAY_RTCP];

	leg->signalled = remote->signalled;
	leg->mux = remote->mux;
	leg->quiet = remote->quiet;
	leg->deaf = remote->deaf;
	if (!sa_isset(&remote->rtp, SA_ALL)) {
		sa_init(&rtp->to, AF_UNSPEC);
		sa_init(&rtcp->to, AF_UNSPEC);
		sa_init(&rtp->offered, AF_UNSPEC);
		sa_init(&rtcp->offered, AF_UNSPEC);
		sa_init(&leg->offered, AF_UNSPEC);
		unlatch(rtp);
		unlatch(rtcp);
		return;
	}
	if (!moved)
		return;

	leg->offered = remote->rtp;
	sa_init(&leg->heard_from, AF_UNSPEC);
	unlatch(rtp);
	unlatch(rtcp);
	rtp->to = remote->rtp;
	rtcp->to = remote->rtcp;
	if (!sa_isset(&rtcp->to, SA_ALL)) {
		rtcp->to = remote->rtp;
		sa_set_port(&rtcp->to, (uint16_t)(sa_port(&remote->rtp) + 1));
	}
	rtp->offered = rtp->to;
	rtcp->offered = rtcp->to;
}

/* The first context of a key; the present ones stay when the key is the same. */
static bool begin(struct srtp *contexts[static RELAY_CONTEXTS], bool same, enum srtp_suite suite,
                  const uint8_t *key)
{
	if (same)
		return true;
	contexts_clear(contexts);
	return srtp_alloc(&contexts[0], suite, key, MEDIA_KEY_SIZE, 0) == 0;
}

void relay_secure(struct media_leg *leg, const struct media_keys *keys)
{
	const struct media_keys *old = &leg->keys;
	const bool going = keys && leg->receive[0] && leg->send[0] && keys->suite == old->suite;
	const bool same_receive =
		going && !sodium_memcmp(keys->receive, old->receive, sizeof(old->receive));
	const bool same_send = going && !sodium_memcmp(keys->send, old->send, sizeof(old->send));

	if (!same_receive)
		leg->proved = false;
	leg->broken = false;
	if (keys && begin(leg->receive, same_receive, keys->suite, keys->receive) &&
	    begin(leg->send, same_send, keys->suite, keys->send)) {
		leg->keys = *keys;
		return;
	}
	contexts_clear(leg->receive);
	contexts_clear(leg->send);
	sodium_memzero(&leg->keys, sizeof(leg->keys));
	leg->broken = keys != NULL; /* never fall back to plain */
}

void relay_rest(struct media_leg *leg, int64_t now_us)
{
	const bool silent = now_us - leg->heard_us >= RELATCH_MS * 1000LL;

	for (int i = 0; i < RELAY_KINDS; i++) {
		struct relay_socket *socket = &leg->sockets[i];

		/* The phone's NAT may have given it another port; packets go on to the last one
		 * known. */
		if (silent)
			unlatch(socket);
		else if (socket->latched && !socket->connected &&
		         now_us - socket->latch_us >= PROBATION_MS * 1000LL)
			latch_for_good(socket);
	}
}
