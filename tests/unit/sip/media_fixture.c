#include "media_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

static int udp_socket(uint16_t port, const char *address)
{
	struct sa local;
	const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(descriptor >= 0);
	assert_int_equal(sa_set_str(&local, address, port), 0);
	assert_int_equal(bind(descriptor, &local.u.sa, local.len), 0);
	return descriptor;
}

void phone_open(struct phone *phone, const char *address, uint32_t ssrc)
{
	struct sa *sa = &phone->rtp_address;

	phone->rtp = udp_socket(0, address);
	phone->rtcp = udp_socket(0, address);
	sa->len = sizeof(sa->u);
	assert_int_equal(getsockname(phone->rtp, &sa->u.sa, &sa->len), 0);
	phone->ssrc = ssrc;
	phone->seq = 65534; /* wraps at once */
}

void phone_close(struct phone *phone)
{
	close(phone->rtp);
	close(phone->rtcp);
	mem_deref(phone->send);
	mem_deref(phone->receive);
}

void send_from(int descriptor, uint16_t port, const void *bytes, size_t n)
{
	struct sa to;

	sa_set_str(&to, "127.0.0.1", port);
	assert_int_equal(sendto(descriptor, bytes, n, 0, &to.u.sa, to.len), n);
}

void phone_speak(struct phone *phone, uint16_t port)
{
	struct mbuf *mb = mbuf_alloc(512);
	const struct rtp_header header = {.ver = 2,
	                                  .pt = 8,
	                                  .seq = phone->seq++,
	                                  .ts = 160U * phone->seq,
	                                  .ssrc = phone->ssrc};

	assert_int_equal(rtp_hdr_encode(mb, &header), 0);
	/* Who speaks stands in the payload, too: to who hears, all are one source. */
	mbuf_write_u32(mb, htonl(phone->ssrc));
	for (int i = 4; i < 160; i++)
		mbuf_write_u8(mb, (uint8_t)i);
	mb->pos = 0;
	if (phone->send)
		assert_int_equal(srtp_encrypt(phone->send, mb), 0);
	send_from(phone->rtp, port, mbuf_buf(mb), mbuf_get_left(mb));
	mem_deref(mb);
}

size_t receive_within(int descriptor, uint8_t *bytes, size_t size, int wait_ms)
{
	struct pollfd poll_for = {.fd = descriptor, .events = POLLIN};

	if (poll(&poll_for, 1, wait_ms) != 1)
		return 0;
	const ssize_t n = recv(descriptor, bytes, size, 0);
	return n < 0 ? 0 : (size_t)n;
}

bool phone_hears(struct phone *phone, uint32_t ssrc, int wait_ms)
{
	struct mbuf *mb = mbuf_alloc(2048);
	struct rtp_header header;
	bool heard = false;

	mb->end = receive_within(phone->rtp, mb->buf, mb->size, wait_ms);
	if (mb->end && phone->receive)
		assert_int_equal(srtp_decrypt(phone->receive, mb), 0);
	if (mb->end) {
		assert_int_equal(rtp_hdr_decode(&header, mb), 0);
		assert_int_equal(mbuf_get_left(mb), 160);
		heard = ntohl(mbuf_read_u32(mb)) == ssrc;
		for (int i = 4; i < 160; i++)
			assert_int_equal(mbuf_read_u8(mb), i);
		assert_true(phone->heard == 0 || header.ssrc == phone->heard);
		phone->heard = header.ssrc;
	}
	mem_deref(mb);
	return heard;
}

void phone_is_at(struct media_leg *leg, const struct phone *phone)
{
	struct media_remote to = {.rtp = phone->rtp_address, .signalled = phone->rtp_address};

	to.rtcp = to.rtp;
	to.rtcp.len = sizeof(to.rtcp.u);
	assert_int_equal(getsockname(phone->rtcp, &to.rtcp.u.sa, &to.rtcp.len), 0);
	assert_int_equal(media_leg_remote(leg, &to), ERROR_OK);
}

void media_settle(void)
{
	usleep(30000); /* the media thread performs commands at once; this is ample */
}

void fixture_media(struct fixture *f, unsigned silence_s)
{
	struct media_config config = {.port_least = PORT_LEAST,
	                              .port_most = PORT_MOST,
	                              .threads = 2,
	                              .silence_s = silence_s};

	sa_set_str(&config.address, "127.0.0.1", 0);
	assert_int_equal(media_open(&config, &f->media, NULL), ERROR_OK);
}

int media_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fixture_media(f, 0);
	phone_open(&f->pa, "127.0.0.1", 0x11111111);
	phone_open(&f->pb, "127.0.0.1", 0x22222222);
	assert_int_equal(media_leg_open(f->media, NULL, NULL, NULL, NULL, &f->a, NULL), ERROR_OK);
	assert_int_equal(media_leg_open(f->media, NULL, f->a, NULL, NULL, &f->b, NULL), ERROR_OK);
	phone_is_at(f->a, &f->pa);
	phone_is_at(f->b, &f->pb);
	assert_int_equal(media_bridge(f->a, f->b), ERROR_OK);
	media_settle();
	*state = f;
	return 0;
}

int media_teardown(void **state)
{
	struct fixture *f = *state;

	media_leg_close(&f->a);
	media_leg_close(&f->b);
	media_settle();
	media_dispatch(f->media);
	media_close(f->media);
	phone_close(&f->pa);
	phone_close(&f->pb);
	free(f);
	return 0;
}
