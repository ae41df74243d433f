#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sndfile.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "audio/record_file.h"
#include "base/base.h"
#include "unit.h"

enum { RATE = 16000, SECONDS = 3 };

static int new_file(void)
{
	char name[] = "/tmp/centrex-record-XXXXXX";
	const int file = mkstemp(name);

	assert_true(file >= 0);
	unlink(name);
	return file;
}

static const struct record_form forms[] = {
	{RECORD_WAV,  8000,  1},
	{RECORD_WAV,  16000, 2},
	{RECORD_OPUS, 8000,  1},
	{RECORD_OPUS, 16000, 2},
};

/* One second: 440 Hz left, 1000 right. */
static enum error_code write_second(struct record_file *file, const struct record_form *form,
                                    unsigned second, struct error *err)
{
	int16_t samples[2 * RATE];

	for (unsigned i = 0; i < form->rate; i++) {
		for (unsigned c = 0; c < form->channels; c++)
			samples[i * form->channels + c] =
				(int16_t)lrint(8000 * sin(2 * M_PI * (c ? 1000 : 440) *
			                                  (second * form->rate + i) / form->rate));
	}
	return record_file_write(file, samples, form->rate, err);
}

/* How many frames a player finds, and what the tone's share of each channel is. */
static sf_count_t play(int file, const struct record_form *form, double strengths[2])
{
	SF_INFO info = {0};
	const int own = dup(file);
	SNDFILE *player;
	float samples[2 * RATE];
	sf_count_t frames = 0, got;

	lseek(own, 0, SEEK_SET);
	player = sf_open_fd(own, SFM_READ, &info, 1);
	if (!player)
		return -1;
	assert_int_equal(info.channels, form->channels);
	strengths[0] = strengths[1] = 0;
	while ((got = sf_readf_float(player, samples, RATE)) > 0) {
		for (unsigned c = 0; c < form->channels && frames == 0; c++) {
			double re = 0, im = 0, power = 0;

			for (sf_count_t i = 0; i < got; i++) {
				const double sample = samples[i * info.channels + c];
				const double at =
					2 * M_PI * (c ? 1000 : 440) * (double)i / info.samplerate;

				re += sample * cos(at);
				im += sample * sin(at);
				power += sample * sample;
			}
			strengths[c] = 2 * (re * re + im * im) / (double)got / power;
		}
		frames += got;
	}
	frames = frames * form->rate / info.samplerate;
	sf_close(player);
	return frames;
}

static void a_file_has_what_was_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct record_form *form = &forms[i];
		const int file = new_file();
		struct record_file *record;
		double strengths[2];
		bool any;

		assert_int_equal(record_file_open(file, form, &record, NULL), ERROR_OK);
		for (unsigned second = 0; second < SECONDS; second++)
			assert_int_equal(write_second(record, form, second, NULL), ERROR_OK);
		assert_int_equal(record_file_finish(record, NULL), ERROR_OK);
		assert_int_equal(play(file, form, strengths), SECONDS * form->rate);
		for (unsigned c = 0; c < form->channels; c++)
			assert_true(strengths[c] > 0.95);
		/* 24 kbit/s a channel, give and take. */
		if (form->format == RECORD_OPUS)
			assert_in_range(lseek(file, 0, SEEK_END), 4000 * form->channels,
			                16000 * form->channels);
		assert_int_equal(record_file_repair(file, form->format, &any, NULL), ERROR_OK);
		assert_true(any);
		assert_int_equal(play(file, form, strengths), SECONDS * form->rate);
		close(file);
	}
}

/* What a crash leaves: the bytes as they are before the end, with what has come after the last
 * update. */
static void what_is_written_can_be_played_without_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct record_form *form = &forms[i];
		const int file = new_file();
		struct record_file *record;
		double strengths[2];
		sf_count_t frames;
		bool any;

		assert_int_equal(record_file_open(file, form, &record, NULL), ERROR_OK);
		for (unsigned second = 0; second < SECONDS; second++) {
			assert_int_equal(write_second(record, form, second, NULL), ERROR_OK);
			if (second == 1)
				assert_int_equal(record_file_update(record, NULL), ERROR_OK);
		}
		frames = play(file, form, strengths);
		assert_in_range(frames, form->rate * (form->format == RECORD_WAV ? 2 : 1),
		                form->rate * SECONDS);
		assert_int_equal(record_file_repair(file, form->format, &any, NULL), ERROR_OK);
		assert_true(any);
		frames = play(file, form, strengths);
		if (form->format == RECORD_WAV)
			assert_int_equal(frames, form->rate * SECONDS);
		(void)!record_file_finish(record, NULL);
		close(file);
	}
}

static void nothing_is_in_a_file_that_has_just_begun(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const int file = new_file();
		struct record_file *record;
		bool any = true;

		assert_int_equal(record_file_repair(file, forms[i].format, &any, NULL), ERROR_OK);
		assert_false(any);
		assert_int_equal(record_file_open(file, &forms[i], &record, NULL), ERROR_OK);
		any = true;
		assert_int_equal(record_file_repair(file, forms[i].format, &any, NULL), ERROR_OK);
		assert_false(any);
		(void)!record_file_finish(record, NULL);
		close(file);
	}
}

/* The limit of a process's files stands for a disk that is full. */
static void a_disk_that_takes_no_more_is_told_once_and_for_good(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		const struct record_form *form = &forms[i];
		struct rlimit limit, small;
		const int file = new_file();
		struct record_file *record;
		enum error_code code = ERROR_OK;
		struct error err;
		double strengths[2];

		assert_int_equal(record_file_open(file, form, &record, NULL), ERROR_OK);
		assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
		small = limit;
		small.rlim_cur =
			form->format == RECORD_OPUS ? 8000 : 2 * form->rate * form->channels * 2;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		for (unsigned second = 0; second < 10 && !code; second++)
			code = write_second(record, form, second, &err);
		assert_int_equal(code, ERROR_TOO_LARGE);
		assert_int_equal(err.code, ERROR_TOO_LARGE);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		assert_int_equal(write_second(record, form, 0, &err), ERROR_TOO_LARGE);
		assert_int_equal(record_file_finish(record, &err), ERROR_TOO_LARGE);
		assert_true(play(file, form, strengths) >= form->rate / 2);
		close(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_what_was_written),
		cmocka_unit_test(what_is_written_can_be_played_without_its_end),
		cmocka_unit_test(nothing_is_in_a_file_that_has_just_begun),
		cmocka_unit_test(a_disk_that_takes_no_more_is_told_once_and_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
