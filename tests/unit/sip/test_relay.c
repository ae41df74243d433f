/* Whom a leg believes to be its phone (sip/media.h). */
#include <unistd.h>

#include "media_fixture.h"
#include "unit.h"

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

/* The phone is heard from its first packet on and hears the other; the stranger sends on, for
 * nothing. */
static void has_its_stream(struct fixture *f, struct phone *stranger)
{
	phone_speak(&f->pa, media_leg_port(f->a));
	assert_true(phone_hears(&f->pb, f->pa.ssrc, 1000));
	for (int i = 0; i < 20; i++)
		phone_speak(stranger, media_leg_port(f->a));
	assert_false(phone_hears(&f->pb, stranger->ssrc, 100));
	phone_speak(&f->pb, media_leg_port(f->b));
	assert_true(phone_hears(&f->pa, f->pb.ssrc, 1000));
}

/* A phone of an ended call sends on, from the same NAT as the phone that has the port now. */
static void a_stranger_at_the_same_address_takes_nothing(void **state)
{
	struct fixture *f = *state;
	struct phone stranger = {0};

	phone_open(&stranger, "127.0.0.1", 0x33333333);
	for (int i = 1; i < LATCH_PACKETS; i++)
		phone_speak(&stranger, media_leg_port(f->a));
	assert_false(phone_hears(&f->pb, stranger.ssrc, 100));
	has_its_stream(f, &stranger);
	phone_close(&stranger);
}

static void a_stranger_who_was_first_gives_way_to_the_phone(void **state)
{
	struct fixture *f = *state;
	struct phone stranger = {0};

	phone_open(&stranger, "127.0.0.1", 0x33333333);
	for (int i = 0; i < LATCH_PACKETS; i++)
		phone_speak(&stranger, media_leg_port(f->a));
	assert_true(phone_hears(&f->pb, stranger.ssrc, 1000)); /* it might have been a NAT */
	has_its_stream(f, &stranger);
	phone_close(&stranger);
}

static void two_who_send_at_once_do_not_keep_each_other_out(void **state)
{
	struct fixture *f = *state;
	struct phone one = {0}, other = {0};
	struct media_counters counters;

	phone_open(&one, "127.0.0.3", 0x33333333);
	phone_open(&other, "127.0.0.4", 0x44444444);
	media_leg_counters(f->a, &counters);
	for (int i = 0; i < 100 && counters.packets == 0; i++) {
		phone_speak(&one, media_leg_port(f->a));
		phone_speak(&other, media_leg_port(f->a));
		usleep(5000);
		media_leg_counters(f->a, &counters);
	}
	assert_true(counters.packets > 0);
	phone_close(&one);
	phone_close(&other);
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
	phone_is_at(f->a, &f->pb);
	phone_is_at(f->a, &f->pa);
	media_settle();
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

	/* Another port of the same NAT is believed, after a while. */
	phone_open(&moved, "127.0.0.1", 0x44444444);
	for (int i = 1; i < LATCH_PACKETS; i++)
		phone_speak(&moved, media_leg_port(f->a));
	assert_false(phone_hears(&f->pb, moved.ssrc, 100));
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
	phone_is_at(leg, &f->pa);
	assert_int_equal(media_bridge(leg, f->b), ERROR_OK);
	media_settle();
	phone_speak(&stranger, media_leg_port(leg));
	assert_false(phone_hears(&f->pb, stranger.ssrc, 100));
	media_leg_close(&leg);
	phone_close(&stranger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_stranger_cannot_take_over, media_setup,
	                                        media_teardown),
		cmocka_unit_test_setup_teardown(a_stranger_at_the_same_address_takes_nothing,
	                                        media_setup, media_teardown),
		cmocka_unit_test_setup_teardown(a_stranger_who_was_first_gives_way_to_the_phone,
	                                        media_setup, media_teardown),
		cmocka_unit_test_setup_teardown(two_who_send_at_once_do_not_keep_each_other_out,
	                                        media_setup, media_teardown),
		cmocka_unit_test_setup_teardown(learns_a_phone_behind_nat, media_setup,
	                                        media_teardown),
		cmocka_unit_test_setup_teardown(silence_lets_no_stranger_in, media_setup,
	                                        media_teardown),
		cmocka_unit_test_setup_teardown(nobody_is_heard_before_the_phone_is_known,
	                                        media_setup, media_teardown),
	};

	if (libre_init())
		return 1;
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();
	return failed;
}
