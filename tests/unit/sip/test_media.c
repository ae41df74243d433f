/* The relay with real sockets: two "phones" are UDP sockets of this test. */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/media.h"
#include "sip/relay.h"
#include "unit.h"

enum { LEAST = 42000, MOST = 42999 };

struct phone {
	int rtp, rtcp;
	struct sa rtp_address;
	uint16_t seq;
	uint32_t ssrc;
	uint32_t heard; /* the source of all it has heard; 0: nothing yet */
	struct srtp *send, *receive;
};

struct fixture {
	struct media *media;
	struct media_leg *a, *b;
	struct phone pa, pb;
};

static int udp_socket(uint16_t port, const char *address)
{
	struct sa local;
	const int descriptor = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(descriptor >= 0);
	assert_int_equal(sa_set_str(&local, address, port), 0);
	assert_int_equal(bind(descriptor, &local.u.sa, local.len), 0);
	return descriptor;
}

static void phone_open(struct phone *phone, const char *address, uint32_t ssrc)
{
	struct sa *sa = &phone->rtp_address;

	phone->rtp = udp_socket(0, address);
	phone->rtcp = udp_socket(0, address);
	sa->len = sizeof(sa->u);
	assert_int_equal(getsockname(phone->rtp, &sa->u.sa, &sa->len), 0);
	phone->ssrc = ssrc;
	phone->seq = 65534; /* wraps at once */
}

static void phone_close(struct phone *phone)
{
	close(phone->rtp);
	close(phone->rtcp);
	mem_deref(phone->send);
	mem_deref(phone->receive);
}

static void send_from(int descriptor, uint16_t port, const void *bytes, size_t n)
{
	struct sa to;

	sa_set_str(&to, "127.0.0.1", port);
	assert_int_equal(sendto(descriptor, bytes, n, 0, &to.u.sa, to.len), n);
}

static void phone_speak(struct phone *phone, uint16_t port)
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

/* The number of bytes that came within wait_ms; 0: none. */
static size_t receive(int descriptor, uint8_t *bytes, size_t size, int wait_ms)
{
	struct pollfd poll_for = {.fd = descriptor, .events = POLLIN};

	if (poll(&poll_for, 1, wait_ms) != 1)
		return 0;
	const ssize_t n = recv(descriptor, bytes, size, 0);
	return n < 0 ? 0 : (size_t)n;
}

static bool phone_hears(struct phone *phone, uint32_t ssrc, int wait_ms)
{
	struct mbuf *mb = mbuf_alloc(2048);
	struct rtp_header header;
	bool heard = false;

	mb->end = receive(phone->rtp, mb->buf, mb->size, wait_ms);
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

static void remote(struct media_leg *leg, const struct phone *phone)
{
	struct media_remote to = {.rtp = phone->rtp_address, .signalled = phone->rtp_address};

	to.rtcp = to.rtp;
	to.rtcp.len = sizeof(to.rtcp.u);
	assert_int_equal(getsockname(phone->rtcp, &to.rtcp.u.sa, &to.rtcp.len), 0);
	assert_int_equal(media_leg_remote(leg, &to), ERROR_OK);
}

static void settle(void)
{
	usleep(30000); /* the media thread performs commands at once; this is ample */
}

static void open_media(struct fixture *f, unsigned silence_s)
{
	struct media_config config = {
		.port_least = LEAST, .port_most = MOST, .threads = 2, .silence_s = silence_s};

	sa_set_str(&config.address, "127.0.0.1", 0);
	assert_int_equal(media_open(&config, &f->media, NULL), ERROR_OK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	open_media(f, 0);
	phone_open(&f->pa, "127.0.0.1", 0x11111111);
	phone_open(&f->pb, "127.0.0.1", 0x22222222);
	assert_int_equal(media_leg_open(f->media, NULL, NULL, NULL, NULL, &f->a, NULL), ERROR_OK);
	assert_int_equal(media_leg_open(f->media, NULL, f->a, NULL, NULL, &f->b, NULL), ERROR_OK);
	remote(f->a, &f->pa);
	remote(f->b, &f->pb);
	assert_int_equal(media_bridge(f->a, f->b), ERROR_OK);
	settle();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	media_leg_close(&f->a);
	media_leg_close(&f->b);
	settle();
	media_dispatch(f->media);
	media_close(f->media);
	phone_close(&f->pa);
	phone_close(&f->pb);
	free(f);
	return 0;
}

static void relays_both_ways_and_counts(void **state)
{
	struct fixture *f = *state;
	struct media_counters counters;

	for (int i = 0; i < 5; i++) {
		phone_speak(&f->pa, media_leg_port(f->a));
		assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
		phone_speak(&f->pb, media_leg_port(f->b));
		assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));
	}
	f->pa.seq = (uint16_t)(f->pa.seq + 3); /* three lost on the way */
	phone_speak(&f->pa, media_leg_port(f->a));
	assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
	settle();
	media_leg_counters(f->a, &counters);
	assert_int_equal(counters.packets, 6);
	assert_int_equal(counters.bytes, 6 * 172);
	assert_int_equal(counters.lost, 3);
	assert_int_equal(counters.sent_packets, 5);
	assert_int_equal(counters.refused, 0);
}

static struct rtp_header next_header(struct phone *phone)
{
	struct mbuf *mb = mbuf_alloc(2048);
	struct rtp_header header = {0};

	mb->end = receive(phone->rtp, mb->buf, mb->size, 2000);
	assert_int_equal(rtp_hdr_decode(&header, mb), 0);
	mem_deref(mb);
	return header;
}

/* 3 packets of one source, then of another whose time and numbers lie before. */
static void who_takes_over_goes_on_where_the_other_was(void **state)
{
	struct fixture *f = *state;
	struct rtp_header last, header;

	phone_speak(&f->pb, media_leg_port(f->b)); /* where b is */
	assert_true(phone_hears(&f->pa, f->pb.ssrc, 2000));
	f->pa.seq = 1000;
	phone_speak(&f->pa, media_leg_port(f->a));
	last = next_header(&f->pb);
	assert_int_equal(last.seq, 1000);
	for (uint16_t i = 1; i <= 3; i++) {
		if (i == 1) {
			f->pa.ssrc++;
			f->pa.seq = 5;
		}
		phone_speak(&f->pa, media_leg_port(f->a));
		header = next_header(&f->pb);
		assert_int_equal(header.ssrc, last.ssrc);
		assert_int_equal(header.seq, 1000 + i);
		assert_true((int32_t)(header.ts - last.ts) >= 160);
		last = header;
	}
}

static void relays_rtcp_beside_and_muxed(void **state)
{
	struct fixture *f = *state;
	const uint8_t report[8] = {0x80, 201, 0, 1, 1, 2, 3, 4};
	uint8_t bytes[64];
	struct media_remote to = {
		.rtp = f->pb.rtp_address, .signalled = f->pb.rtp_address, .mux = true};

	send_from(f->pa.rtcp, (uint16_t)(media_leg_port(f->a) + 1), report, sizeof(report));
	assert_int_equal(receive(f->pb.rtcp, bytes, sizeof(bytes), 1000), sizeof(report));
	assert_memory_equal(bytes, report, sizeof(report));

	assert_int_equal(media_leg_remote(f->b, &to), ERROR_OK);
	settle();
	send_from(f->pa.rtp, media_leg_port(f->a), report, sizeof(report));
	assert_int_equal(receive(f->pb.rtp, bytes, sizeof(bytes), 1000), sizeof(report));
}

static void a_stranger_cannot_take_over(void **state)
{
	struct fixture *f = *state;
	struct phone stranger = {0};
	struct media_counters counters;

	/* Before the phone speaks: a stranger needs several packets in a row. */
	phone_open(&stranger, "127.0.0.2", 0x33333333);
	for (int i = 0; i < 4; i++)
		phone_speak(&stranger, media_leg_port(f->a));
	assert_false(phone_hears(&f->pb, stranger.ssrc, 100));

	/* Once the phone has spoken it is deaf to any other. */
	phone_speak(&f->pa, media_leg_port(f->a));
	assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
	for (int i = 0; i < 20; i++)
		phone_speak(&stranger, media_leg_port(f->a));
	assert_false(phone_hears(&f->pb, stranger.ssrc, 100));
	media_leg_counters(f->a, &counters);
	assert_int_equal(counters.packets, 1);
	assert_int_equal(counters.refused, 4);
	phone_close(&stranger);
}

static void learns_a_phone_behind_nat(void **state)
{
	struct fixture *f = *state;
	struct phone elsewhere = {0};

	/* Its SDP says one address, its packets come from another network. */
	phone_open(&elsewhere, "127.0.0.3", 0x44444444);
	for (int i = 0; i < 5; i++)
		phone_speak(&elsewhere, media_leg_port(f->a));
	assert_true(phone_hears(&f->pb, elsewhere.ssrc, 1000));
	phone_speak(&f->pb, media_leg_port(f->b));
	assert_true(phone_hears(&elsewhere, f->pb.ssrc, 1000));

	/* A re-INVITE with a new address is believed again. */
	remote(f->a, &f->pb);
	remote(f->a, &f->pa);
	settle();
	phone_speak(&f->pb, media_leg_port(f->b));
	assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));
	phone_close(&elsewhere);
}

static void silence_lets_no_stranger_in(void **state)
{
	struct fixture *f = *state;
	struct phone stranger = {0}, moved = {0};

	phone_speak(&f->pa, media_leg_port(f->a));
	assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
	usleep((RELATCH_MS + 2200) * 1000);

	/* A muted phone listens on: what it hears does not go to whoever sends there. */
	phone_open(&stranger, "127.0.0.4", 0x33333333);
	for (int i = 0; i < 20; i++)
		phone_speak(&stranger, media_leg_port(f->a));
	assert_false(phone_hears(&f->pb, stranger.ssrc, 100));
	phone_speak(&f->pb, media_leg_port(f->b));
	assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));

	/* Another port of the same NAT is believed. */
	phone_open(&moved, "127.0.0.1", 0x44444444);
	phone_speak(&moved, media_leg_port(f->a));
	assert_true(phone_hears(&f->pb, moved.ssrc, 1000));
	phone_close(&stranger);
	phone_close(&moved);
}

static void nobody_is_heard_before_the_phone_is_known(void **state)
{
	struct fixture *f = *state;
	struct phone stranger = {0};
	struct media_counters counters = {0};
	struct media_leg *leg = NULL;

	/* While the phone rings somebody tries every port; the SSRC he used is no better known
	 * when the phone has answered. */
	assert_int_equal(media_leg_open(f->media, NULL, f->a, NULL, NULL, &leg, NULL), ERROR_OK);
	phone_open(&stranger, "127.0.0.4", 0x33333333);
	for (int i = 0; i < 20; i++)
		phone_speak(&stranger, media_leg_port(leg));
	for (int i = 0; i < 500 && counters.refused < 20; i++) {
		usleep(10000);
		media_leg_counters(leg, &counters);
	}
	assert_int_equal(counters.refused, 20);
	remote(leg, &f->pa);
	assert_int_equal(media_bridge(leg, f->b), ERROR_OK);
	settle();
	phone_speak(&stranger, media_leg_port(leg));
	assert_false(phone_hears(&f->pb, stranger.ssrc, 100));
	media_leg_close(&leg);
	phone_close(&stranger);
}

static void drops_what_is_no_rtp(void **state)
{
	struct fixture *f = *state;
	struct media_counters counters;
	uint8_t bytes[3000] = {0};
	const size_t sizes[] = {0, 1, 7, 11, 12, 2049, 3000};

	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		send_from(f->pa.rtp, media_leg_port(f->a), bytes, sizes[i]);
	bytes[0] = 0x80; /* RTP's version, too short */
	send_from(f->pa.rtp, media_leg_port(f->a), bytes, 11);
	send_from(f->pa.rtcp, (uint16_t)(media_leg_port(f->a) + 1), bytes, 100); /* RTP there */
	assert_int_equal(receive(f->pb.rtp, bytes, sizeof(bytes), 100), 0);
	assert_int_equal(receive(f->pb.rtcp, bytes, sizeof(bytes), 10), 0);
	media_leg_counters(f->a, &counters);
	assert_int_equal(counters.packets, 0);
	assert_int_equal(counters.refused, COUNT_OF(sizes) + 2);
}

static void secure_with(struct media_leg *leg, struct phone *phone, enum srtp_suite suite)
{
	struct media_keys keys = {.suite = suite};

	rand_bytes(keys.receive, sizeof(keys.receive));
	rand_bytes(keys.send, sizeof(keys.send));
	phone->send = mem_deref(phone->send);
	phone->receive = mem_deref(phone->receive);
	assert_int_equal(srtp_alloc(&phone->send, suite, keys.receive, MEDIA_KEY_SIZE, 0), 0);
	assert_int_equal(srtp_alloc(&phone->receive, suite, keys.send, MEDIA_KEY_SIZE, 0), 0);
	assert_int_equal(media_leg_secure(leg, &keys), ERROR_OK);
	/* The same keys again (a re-INVITE) must not restart the streams. */
	assert_int_equal(media_leg_secure(leg, &keys), ERROR_OK);
}

static void bridges_plain_and_srtp(void **state)
{
	struct fixture *f = *state;
	const enum srtp_suite suites[] = {SRTP_AES_CM_128_HMAC_SHA1_80,
	                                  SRTP_AES_CM_128_HMAC_SHA1_32};

	for (size_t i = 0; i < COUNT_OF(suites); i++) {
		secure_with(f->b, &f->pb, suites[i]);
		settle();
		for (int n = 0; n < 5; n++) {
			phone_speak(&f->pa, media_leg_port(f->a));
			assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
			phone_speak(&f->pb, media_leg_port(f->b));
			assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));
		}
	}
}

/* A phone takes a new key for what it sends (as many do at a hold): what it receives goes on, with
 * the count of turned sequence numbers, which its own context still has. */
static void a_new_key_one_way_leaves_the_other_way(void **state)
{
	struct fixture *f = *state;
	struct media_keys keys = {.suite = SRTP_AES_CM_128_HMAC_SHA1_80};

	rand_bytes(keys.receive, sizeof(keys.receive));
	rand_bytes(keys.send, sizeof(keys.send));
	assert_int_equal(srtp_alloc(&f->pb.receive, keys.suite, keys.send, MEDIA_KEY_SIZE, 0), 0);
	for (int round = 0; round < 3; round++) {
		keys.receive[0]++;
		f->pb.send = mem_deref(f->pb.send);
		assert_int_equal(
			srtp_alloc(&f->pb.send, keys.suite, keys.receive, MEDIA_KEY_SIZE, 0), 0);
		assert_int_equal(media_leg_secure(f->b, &keys), ERROR_OK);
		settle();
		for (int n = 0; n < 5; n++) { /* the first round passes 65535 */
			phone_speak(&f->pa, media_leg_port(f->a));
			assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
			phone_speak(&f->pb, media_leg_port(f->b));
			assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));
		}
	}
}

/* The test's own context has libre's limit too. */
static void renew(struct srtp **context, const uint8_t *key)
{
	*context = mem_deref(*context);
	assert_int_equal(srtp_alloc(context, SRTP_AES_CM_128_HMAC_SHA1_80, key, MEDIA_KEY_SIZE, 0),
	                 0);
}

/* A new SSRC at each resume, and at the end the first one again. */
static void srtp_carries_more_sources_than_one_context(void **state)
{
	struct fixture *f = *state;
	struct media_keys keys = {.suite = SRTP_AES_CM_128_HMAC_SHA1_80};
	const uint32_t a = f->pa.ssrc, b = f->pb.ssrc;

	rand_bytes(keys.receive, sizeof(keys.receive));
	rand_bytes(keys.send, sizeof(keys.send));
	assert_int_equal(media_leg_secure(f->b, &keys), ERROR_OK);
	settle();
	f->pa.seq = f->pb.seq = 100;
	for (uint32_t i = 0; i < 20; i++) {
		if (i % 8 == 0) {
			renew(&f->pb.receive, keys.send);
			renew(&f->pb.send, keys.receive);
		}
		f->pa.ssrc = a + i % 19;
		f->pb.ssrc = b + i % 19;
		phone_speak(&f->pa, media_leg_port(f->a));
		assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
		phone_speak(&f->pb, media_leg_port(f->b));
		assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));
	}
}

static void forged_srtp_is_refused(void **state)
{
	struct fixture *f = *state;
	struct phone forger = {0};

	secure_with(f->b, &f->pb, SRTP_AES_CM_128_HMAC_SHA1_80);
	settle();
	/* Plain packets of many sources before the phone's first: none passes, and they do not use
	 * up the streams libre has. */
	phone_open(&forger, "127.0.0.1", 0x55555555);
	for (int i = 0; i < 30; i++) {
		forger.ssrc++;
		phone_speak(&forger, media_leg_port(f->b));
	}
	assert_false(phone_hears(&f->pa, forger.ssrc, 100));
	phone_speak(&f->pb, media_leg_port(f->b));
	assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));
	phone_close(&forger);
}

struct silences {
	int both, alone;
};

static void count_silence(enum media_silence silence, void *arg)
{
	struct silences *silences = arg;

	*(silence == MEDIA_SILENT_BOTH ? &silences->both : &silences->alone) += 1;
}

/* Looks at what is told until `times` of it were, 10 s at most. */
static void hear_of(struct media *media, const int *told, int times)
{
	for (int i = 0; i < 100 && *told < times; i++) {
		usleep(100000);
		media_dispatch(media);
	}
	assert_int_equal(*told, times);
}

static void silence_is_told_as_long_as_it_lasts(void **state)
{
	struct fixture f = {0};
	struct silences silences = {0};

	(void)state;
	open_media(&f, 1);
	assert_int_equal(media_leg_open(f.media, NULL, NULL, count_silence, &silences, &f.a, NULL),
	                 0);
	assert_int_equal(media_leg_open(f.media, NULL, f.a, NULL, NULL, &f.b, NULL), 0);
	assert_int_equal(media_bridge(f.a, f.b), ERROR_OK);
	hear_of(f.media, &silences.both, 2);
	assert_int_equal(silences.alone, 0);
	media_leg_close(&f.a);
	media_leg_close(&f.b);
	media_close(f.media);
}

static void who_is_silent_alone_is_told_apart(void **state)
{
	struct fixture f = {0};
	struct silences silences = {0}, others = {0};

	(void)state;
	open_media(&f, 1);
	phone_open(&f.pb, "127.0.0.1", 0x22222222);
	assert_int_equal(media_leg_open(f.media, NULL, NULL, count_silence, &silences, &f.a, NULL),
	                 0);
	assert_int_equal(media_leg_open(f.media, NULL, f.a, count_silence, &others, &f.b, NULL), 0);
	remote(f.b, &f.pb);
	assert_int_equal(media_bridge(f.a, f.b), ERROR_OK);
	for (int i = 0; i < 400 && silences.alone == 0; i++) {
		phone_speak(&f.pb, media_leg_port(f.b));
		usleep(20000);
		media_dispatch(f.media);
	}
	assert_int_equal(silences.alone, 1);
	assert_int_equal(silences.both + others.both + others.alone, 0);
	phone_close(&f.pb);
	media_leg_close(&f.a);
	media_leg_close(&f.b);
	media_close(f.media);
}

static void ports_run_out_and_come_back(void **state)
{
	struct media_config config = {.port_least = 43000, .port_most = 43003, .threads = 1};
	struct media *media = NULL;
	struct media_leg *legs[2] = {NULL}, *more = NULL;
	struct error err;

	(void)state;
	sa_set_str(&config.address, "127.0.0.1", 0);
	assert_int_equal(media_open(&config, &media, NULL), ERROR_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(media_leg_open(media, NULL, NULL, NULL, NULL, &legs[i], NULL), 0);
	assert_int_equal(media_leg_open(media, NULL, NULL, NULL, NULL, &more, &err), ERROR_BUSY);
	assert_int_equal(media_legs(media), 2);
	media_leg_close(&legs[0]);
	assert_null(legs[0]);
	settle();
	assert_int_equal(media_leg_open(media, NULL, NULL, NULL, NULL, &more, &err), ERROR_OK);
	media_close(media); /* with legs open and one closed but not dispatched */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(relays_both_ways_and_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(who_takes_over_goes_on_where_the_other_was, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(relays_rtcp_beside_and_muxed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stranger_cannot_take_over, setup, teardown),
		cmocka_unit_test_setup_teardown(learns_a_phone_behind_nat, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_lets_no_stranger_in, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_is_heard_before_the_phone_is_known, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(drops_what_is_no_rtp, setup, teardown),
		cmocka_unit_test_setup_teardown(bridges_plain_and_srtp, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_key_one_way_leaves_the_other_way, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(srtp_carries_more_sources_than_one_context, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(forged_srtp_is_refused, setup, teardown),
		cmocka_unit_test(silence_is_told_as_long_as_it_lasts),
		cmocka_unit_test(who_is_silent_alone_is_told_apart),
		cmocka_unit_test(ports_run_out_and_come_back),
	};

	if (libre_init())
		return 1;
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();
	return failed;
}
