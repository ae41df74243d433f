/* What phones hear of what is played to them: each phone is a UDP socket of this test. */
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sip/media.h"
#include "sip/track.h"
#include "unit.h"

enum { LEAST = 43000, MOST = 43999, PHONES = 3, PAYLOAD_TYPE = 8, FRAME = 160 };

struct heard {
	struct rtp_header header;
	size_t n;
	uint8_t payload[256];
};

struct phone {
	int socket;
	struct sa address;
	struct media_leg *leg;
	struct srtp *receive;
	int played, unplayed, silent;
};

struct fixture {
	struct tracks *tracks;
	struct media *media;
	struct phone phones[PHONES];
};

static void on_played(bool whole, void *arg)
{
	struct phone *phone = arg;

	*(whole ? &phone->played : &phone->unplayed) += 1;
}

static void on_silence(enum media_silence silence, void *arg)
{
	struct phone *phone = arg;

	assert_int_equal(silence, MEDIA_SILENT_ALONE);
	phone->silent++;
}

static void tell_remote(const struct phone *phone, bool quiet, bool deaf)
{
	const struct media_remote remote = {
		.rtp = phone->address, .signalled = phone->address, .quiet = quiet, .deaf = deaf};

	assert_int_equal(media_leg_remote(phone->leg, &remote), ERROR_OK);
}

static void phone_open(struct fixture *f, struct phone *phone)
{
	struct sa *address = &phone->address;

	phone->socket = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(sa_set_str(address, "127.0.0.1", 0), 0);
	assert_int_equal(bind(phone->socket, &address->u.sa, address->len), 0);
	address->len = sizeof(address->u);
	assert_int_equal(getsockname(phone->socket, &address->u.sa, &address->len), 0);
	assert_int_equal(media_leg_open(f->media, NULL, NULL, on_silence, phone, &phone->leg, NULL),
	                 ERROR_OK);
	tell_remote(phone, false, false);
}

/* The legs are on two threads by turns. */
static int setup_with(void **state, unsigned silence_s)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct media_config config = {
		.port_least = LEAST, .port_most = MOST, .threads = 2, .silence_s = silence_s};

	sa_set_str(&config.address, "127.0.0.1", 0);
	assert_int_equal(tracks_open("/nowhere", 64 << 20, &f->tracks, NULL), ERROR_OK);
	assert_int_equal(media_open(&config, &f->media, NULL), ERROR_OK);
	for (int i = 0; i < PHONES; i++)
		phone_open(f, &f->phones[i]);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, 0);
}

static int setup_silence(void **state)
{
	return setup_with(state, 1);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < PHONES; i++) {
		media_leg_close(&f->phones[i].leg);
		close(f->phones[i].socket);
		mem_deref(f->phones[i].receive);
	}
	media_close(f->media);
	tracks_close(f->tracks);
	free(f);
	return 0;
}

static struct track *get(struct fixture *f, const struct voice_sound *sound)
{
	struct track *track;

	assert_int_equal(track_get(f->tracks, AUDIO_PCMA, sound, &track), ERROR_OK);
	return track;
}

static void play(struct fixture *f, struct phone *phone, struct track *track, bool once)
{
	const struct media_sound sound = {.track = track,
	                                  .silence = track_silence(f->tracks, AUDIO_PCMA),
	                                  .payload_type = PAYLOAD_TYPE,
	                                  .once = once};

	assert_int_equal(media_leg_play(phone->leg, &sound, on_played, phone), ERROR_OK);
}

static bool hear(struct phone *phone, struct heard *heard, int wait_ms)
{
	struct pollfd poll_for = {.fd = phone->socket, .events = POLLIN};
	struct mbuf *mb;

	if (poll(&poll_for, 1, wait_ms) != 1)
		return false;
	mb = mbuf_alloc(2048);
	const ssize_t n = recv(phone->socket, mb->buf, mb->size, 0);
	assert_true(n > 0);
	mb->end = (size_t)n;
	if (phone->receive)
		assert_int_equal(srtp_decrypt(phone->receive, mb), 0);
	assert_int_equal(rtp_hdr_decode(&heard->header, mb), 0);
	heard->n = mbuf_get_left(mb);
	assert_true(heard->n <= sizeof(heard->payload));
	memcpy(heard->payload, mbuf_buf(mb), heard->n);
	mem_deref(mb);
	return true;
}

static void must_hear(struct phone *phone, struct heard *heard)
{
	assert_true(hear(phone, heard, 5000));
	assert_int_equal(heard->n, FRAME);
	assert_int_equal(heard->header.pt, PAYLOAD_TYPE);
}

/* Whatever has come until now. */
static void forget(struct phone *phone)
{
	struct heard heard;

	while (hear(phone, &heard, 0))
		;
}

/* Until nothing comes any more. */
static void await_quiet(struct phone *phone)
{
	struct heard heard;

	for (int i = 0; i < 200; i++) {
		if (!hear(phone, &heard, 100))
			return;
	}
	fail_msg("it goes on");
}

static bool is_frame(const struct heard *heard, const struct track *track, size_t frame)
{
	size_t n;
	const uint8_t *payload = track_frame(track, frame, &n);

	return n == heard->n && memcmp(payload, heard->payload, n) == 0;
}

/* Which frame it is; frames are all different. */
static size_t frame_of(const struct heard *heard, const struct track *track)
{
	for (size_t i = 0; i < track_ready(track); i++) {
		if (is_frame(heard, track, i))
			return i;
	}
	fail_msg("no frame of the track");
	return 0;
}

static void await_whole(const struct track *track)
{
	for (int i = 0; i < 1000 && track_state(track) == TRACK_COMING; i++)
		usleep(10000);
	assert_int_equal(track_state(track), TRACK_WHOLE);
}

static void await(struct fixture *f, const int *what)
{
	for (int i = 0; i < 500 && *what == 0; i++) {
		usleep(10000);
		media_dispatch(f->media);
	}
	assert_int_equal(*what, 1);
}

/* One in a row: sequence and time go on, the mark is at the beginning. */
static void all_hear_the_same(void **state)
{
	struct fixture *f = *state;
	struct track *music = get(f, &(struct voice_sound){.kind = VOICE_DEFAULT});
	struct heard heard = {0}, before = {0};
	size_t places[PHONES] = {0};

	await_whole(music);
	for (int i = 0; i < PHONES; i++) {
		play(f, &f->phones[i], music, false);
		must_hear(&f->phones[i], &heard); /* one after the other */
		assert_true(heard.header.m);
	}
	for (int i = 0; i < PHONES; i++)
		forget(&f->phones[i]);
	for (int k = 0; k < 10; k++) {
		for (int i = 0; i < PHONES; i++) {
			must_hear(&f->phones[i], &heard);
			assert_false(heard.header.m);
			const size_t place = frame_of(&heard, music);
			if (k > 0)
				assert_int_equal(place, places[i] + 1);
			places[i] = place;
			/* The threads wake one after the other. */
			assert_in_range(places[i] + 2 - places[0], 0, 4);
			if (i > 0)
				continue;
			if (k > 0) {
				assert_int_equal(heard.header.seq, before.header.seq + 1);
				assert_int_equal(heard.header.ts, before.header.ts + FRAME);
				assert_int_equal(heard.header.ssrc, before.header.ssrc);
			}
			before = heard;
		}
	}
	track_unref(music);
}

static void once_is_heard_from_its_beginning_to_its_end(void **state)
{
	struct fixture *f = *state;
	struct phone *phone = &f->phones[0];
	struct track *tone =
		get(f, &(struct voice_sound){.kind = VOICE_TONE, .tone = TONE_RECORDED});
	const struct track *silence = track_silence(f->tracks, AUDIO_PCMA);
	struct heard heard;

	await_whole(tone);
	/* Who hears it again and again does not move where `once` begins. */
	play(f, &f->phones[1], tone, false);
	must_hear(&f->phones[1], &heard);
	play(f, phone, tone, true);
	for (size_t i = 0; i < track_length(tone); i++) {
		must_hear(phone, &heard);
		assert_true(is_frame(&heard, tone, i));
	}
	assert_int_equal(phone->played, 0);
	await(f, &phone->played);
	must_hear(phone, &heard);
	assert_true(is_frame(&heard, silence, 0));
	assert_int_equal(phone->unplayed, 0);
	track_unref(tone);
}

static void what_is_missing_is_silence_and_told(void **state)
{
	struct fixture *f = *state;
	struct phone *phone = &f->phones[0];
	struct track *file =
		get(f, &(struct voice_sound){.kind = VOICE_FILE, .directory = "tenant_x/y"});
	struct heard heard;

	play(f, phone, file, true);
	await(f, &phone->unplayed);
	must_hear(phone, &heard);
	assert_true(is_frame(&heard, track_silence(f->tracks, AUDIO_PCMA), 0));
	assert_int_equal(phone->played, 0);
	track_unref(file);
}

static void a_stream_goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;
	struct phone *phone = &f->phones[0];
	struct track *one = get(f, &(struct voice_sound){.kind = VOICE_SILENCE});
	struct track *two = get(f, &(struct voice_sound){.kind = VOICE_DEFAULT});
	struct heard first = {0}, heard;

	play(f, phone, one, false);
	must_hear(phone, &first);
	media_leg_stop(phone->leg);
	await_quiet(phone);
	play(f, phone, two, false);
	must_hear(phone, &heard);
	assert_true(heard.header.m);
	assert_int_equal(heard.header.ssrc, first.header.ssrc);
	assert_in_range((uint16_t)(heard.header.seq - first.header.seq), 1, 20);
	/* The time that has gone by has. */
	assert_in_range(heard.header.ts - first.header.ts, 5 * FRAME, 500 * FRAME);
	assert_int_equal((heard.header.ts - first.header.ts) % FRAME, 0);
	track_unref(one);
	track_unref(two);
}

static void the_deaf_hear_nothing(void **state)
{
	struct fixture *f = *state;
	struct phone *phone = &f->phones[0];
	struct track *music = get(f, &(struct voice_sound){.kind = VOICE_DEFAULT});
	struct heard heard;

	tell_remote(phone, true, true);
	play(f, phone, music, false);
	assert_false(hear(phone, &heard, 200));
	tell_remote(phone, false, false);
	must_hear(phone, &heard);
	track_unref(music);
}

static void speak(struct phone *phone, uint16_t sequence)
{
	uint8_t packet[12 + FRAME] = {0x80, PAYLOAD_TYPE, (uint8_t)(sequence >> 8),
	                              (uint8_t)sequence};
	struct sa to;

	sa_set_str(&to, "127.0.0.1", media_leg_port(phone->leg));
	assert_int_equal(sendto(phone->socket, packet, sizeof(packet), 0, &to.u.sa, to.len),
	                 sizeof(packet));
}

/* A phone says nothing but zeros, which is no silence of ours. */
static bool is_said(const struct heard *heard)
{
	return heard->payload[0] == 0 && heard->payload[1] == 0;
}

/* Until `two` hears what `one` says, and not what we play. What is said while
 * legs are on their way goes to whom they had then, or is lost. */
static void await_bridge(struct phone *one, struct phone *two)
{
	struct heard heard = {.payload = {1}};

	for (uint16_t i = 0; i < 200 && !is_said(&heard); i++) {
		speak(one, i);
		while (!is_said(&heard) && hear(two, &heard, 50))
			;
	}
	assert_true(is_said(&heard));
}

/* What one says now is the next that the other hears, and all of it. */
static void assert_bridged(struct phone *one, struct phone *two)
{
	struct heard heard, before = {0};

	await_bridge(one, two);
	await_quiet(two);
	for (uint16_t i = 1000; i < 1005; i++) {
		speak(one, i);
		must_hear(two, &heard);
		assert_true(is_said(&heard));
		if (i > 1000) {
			assert_int_equal(heard.header.seq, (uint16_t)(before.header.seq + 1));
			assert_int_equal(heard.header.ssrc, before.header.ssrc);
		}
		before = heard;
	}
	assert_false(hear(two, &heard, 50));
}

static void who_hears_music_is_counted_and_may_be_bridged(void **state)
{
	struct fixture *f = *state;
	struct phone *one = &f->phones[0], *two = &f->phones[1];
	struct track *music = get(f, &(struct voice_sound){.kind = VOICE_DEFAULT});
	struct track *tone = get(f, &(struct voice_sound){.kind = VOICE_TONE, .tone = TONE_DONE});
	struct media_counters counters;
	struct heard heard;

	play(f, one, music, false);
	play(f, two, tone, true);
	must_hear(one, &heard);
	must_hear(two, &heard);
	speak(one, 4);
	for (int i = 0; i < 500; i++) {
		media_leg_counters(one->leg, &counters);
		if (counters.packets == 1)
			break;
		usleep(10000);
	}
	assert_int_equal(counters.packets, 1);
	assert_true(counters.sent_packets > 0);

	/* They are on two threads. */
	assert_int_equal(media_bridge(one->leg, two->leg), ERROR_OK);
	assert_bridged(one, two);
	assert_bridged(two, one);
	media_dispatch(f->media);
	assert_int_equal(two->played + two->unplayed, 0);
	assert_int_equal(media_legs(f->media), PHONES);

	/* And away again, to a third who is elsewhere: the second is alone. */
	assert_int_equal(media_bridge(f->phones[2].leg, one->leg), ERROR_OK);
	play(f, two, music, false);
	must_hear(two, &heard);
	await_bridge(one, &f->phones[2]);
	track_unref(music);
	track_unref(tone);
}

static void legs_move_to_and_fro(void **state)
{
	struct fixture *f = *state;
	struct heard heard;

	for (int i = 0; i < 200; i++) {
		const int a = i % PHONES, b = (i + 1) % PHONES;

		assert_int_equal(
			media_bridge(f->phones[i & 1 ? a : b].leg, f->phones[i & 1 ? b : a].leg),
			ERROR_OK);
	}
	assert_int_equal(media_bridge(f->phones[0].leg, f->phones[1].leg), ERROR_OK);
	assert_bridged(&f->phones[0], &f->phones[1]);
	forget(&f->phones[2]);
	speak(&f->phones[0], 2000);
	must_hear(&f->phones[1], &heard);
	assert_false(hear(&f->phones[2], &heard, 50));
}

static void srtp_is_sent_to_whom_it_was_agreed_with(void **state)
{
	struct fixture *f = *state;
	struct phone *secure = &f->phones[0], *plain = &f->phones[2];
	struct track *music = get(f, &(struct voice_sound){.kind = VOICE_DEFAULT});
	struct media_keys keys = {.suite = SRTP_AES_CM_128_HMAC_SHA1_80};
	struct heard heard;

	memset(keys.receive, 1, sizeof(keys.receive));
	memset(keys.send, 2, sizeof(keys.send));
	assert_int_equal(media_leg_secure(secure->leg, &keys), ERROR_OK);
	assert_int_equal(srtp_alloc(&secure->receive, keys.suite, keys.send, MEDIA_KEY_SIZE, 0), 0);
	await_whole(music);
	play(f, secure, music, false);
	play(f, plain, music, false);
	for (int i = 0; i < 5; i++) {
		must_hear(secure, &heard);
		(void)frame_of(&heard, music);
		must_hear(plain, &heard);
		(void)frame_of(&heard, music);
	}
	track_unref(music);
}

static void who_vanishes_while_music_plays_is_told(void **state)
{
	struct fixture *f = *state;
	struct phone *phone = &f->phones[0];
	struct track *music = get(f, &(struct voice_sound){.kind = VOICE_DEFAULT});

	tell_remote(&f->phones[1], true, false); /* on hold: silence was agreed */
	play(f, &f->phones[1], music, false);
	play(f, phone, music, false);
	await(f, &phone->silent);
	assert_int_equal(f->phones[1].silent, 0);
	assert_int_equal(f->phones[2].silent, 0); /* nothing is played to it */
	track_unref(music);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_hear_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(once_is_heard_from_its_beginning_to_its_end, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(what_is_missing_is_silence_and_told, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(a_stream_goes_on_where_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(the_deaf_hear_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(who_hears_music_is_counted_and_may_be_bridged,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(legs_move_to_and_fro, setup, teardown),
		cmocka_unit_test_setup_teardown(srtp_is_sent_to_whom_it_was_agreed_with, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(who_vanishes_while_music_plays_is_told,
	                                        setup_silence, teardown),
	};

	if (libre_init())
		return 1;
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();
	return failed;
}
