/* The relay with real sockets. */
#include <unistd.h>

#include "base/clock.h"
#include "media_fixture.h"
#include "unit.h"

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
	media_settle();
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

	mb->end = receive_within(phone->rtp, mb->buf, mb->size, 2000);
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
	assert_int_equal(receive_within(f->pb.rtcp, bytes, sizeof(bytes), 1000), sizeof(report));
	assert_memory_equal(bytes, report, sizeof(report));

	assert_int_equal(media_leg_remote(f->b, &to), ERROR_OK);
	media_settle();
	send_from(f->pa.rtp, media_leg_port(f->a), report, sizeof(report));
	assert_int_equal(receive_within(f->pb.rtp, bytes, sizeof(bytes), 1000), sizeof(report));
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
	assert_int_equal(receive_within(f->pb.rtp, bytes, sizeof(bytes), 100), 0);
	assert_int_equal(receive_within(f->pb.rtcp, bytes, sizeof(bytes), 10), 0);
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
		media_settle();
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
		media_settle();
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
	media_settle();
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
	media_settle();
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
	fixture_media(&f, 1);
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
	fixture_media(&f, 1);
	phone_open(&f.pb, "127.0.0.1", 0x22222222);
	assert_int_equal(media_leg_open(f.media, NULL, NULL, count_silence, &silences, &f.a, NULL),
	                 0);
	assert_int_equal(media_leg_open(f.media, NULL, f.a, count_silence, &others, &f.b, NULL), 0);
	phone_is_at(f.b, &f.pb);
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
	media_settle();
	assert_int_equal(media_leg_open(media, NULL, NULL, NULL, NULL, &more, &err), ERROR_OK);
	media_close(media); /* with legs open and one closed but not dispatched */
}

/* The loop may be awake for another leg, and then takes the end of this one in the instant it is
 * told: it frees the leg beside the thread that told. */
static void a_leg_is_not_touched_by_its_thread_once_it_has_told_its_end(void **state)
{
	/* As many ports as there are legs: on a busy machine none may have come back yet. */
	struct media_config config = {.port_least = 43100, .port_most = 45499, .threads = 1};
	struct media *media = NULL;
	struct media_leg *leg = NULL;

	(void)state;
	sa_set_str(&config.address, "127.0.0.1", 0);
	assert_int_equal(media_open(&config, &media, NULL), ERROR_OK);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(media_leg_open(media, NULL, NULL, NULL, NULL, &leg, NULL), 0);
		media_leg_close(&leg);
		for (int64_t until_us = clock_monotonic_us() + 1500;
		     clock_monotonic_us() < until_us;)
			media_dispatch(media);
	}
	media_close(media);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(relays_both_ways_and_counts, media_setup,
	                                        media_teardown),
		cmocka_unit_test_setup_teardown(who_takes_over_goes_on_where_the_other_was,
	                                        media_setup, media_teardown),
		cmocka_unit_test_setup_teardown(relays_rtcp_beside_and_muxed, media_setup,
	                                        media_teardown),
		cmocka_unit_test_setup_teardown(drops_what_is_no_rtp, media_setup, media_teardown),
		cmocka_unit_test_setup_teardown(bridges_plain_and_srtp, media_setup,
	                                        media_teardown),
		cmocka_unit_test_setup_teardown(a_new_key_one_way_leaves_the_other_way, media_setup,
	                                        media_teardown),
		cmocka_unit_test_setup_teardown(srtp_carries_more_sources_than_one_context,
	                                        media_setup, media_teardown),
		cmocka_unit_test_setup_teardown(forged_srtp_is_refused, media_setup,
	                                        media_teardown),
		cmocka_unit_test(silence_is_told_as_long_as_it_lasts),
		cmocka_unit_test(who_is_silent_alone_is_told_apart),
		cmocka_unit_test(ports_run_out_and_come_back),
		cmocka_unit_test(a_leg_is_not_touched_by_its_thread_once_it_has_told_its_end),
	};

	if (libre_init())
		return 1;
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();
	return failed;
}
