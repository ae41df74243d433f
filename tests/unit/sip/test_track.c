/* Tracks from real files, made and kept as the engine does. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/wav.h"
#include "base/files.h"
#include "oom.h"
#include "sip/track.h"
#include "unit.h"

enum { ROOMY = 64 << 20 };

static const struct voice_sound file = {.kind = VOICE_FILE, .directory = "tenant_a/one"};

struct fixture {
	char directory[64];
	struct tracks *tracks;
};

static void open_tracks(struct fixture *f, size_t bytes_max)
{
	assert_int_equal(tracks_open(f->directory, bytes_max, &f->tracks, NULL), ERROR_OK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128];

	snprintf(f->directory, sizeof(f->directory), "/tmp/centrex-track-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(path, sizeof(path), "%s/tenant_a", f->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tracks_close(f->tracks);
	assert_int_equal(files_remove(f->directory, NULL), ERROR_OK);
	free(f);
	return 0;
}

/* A rendition of one media file: each sample says where it stands. */
static void write_wav(const struct fixture *f, const char *directory, unsigned rate, size_t n)
{
	char path[160];
	struct wav_writer wav = {.rate = rate, .channels = 1};

	snprintf(path, sizeof(path), "%s/%s", f->directory, directory);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%u.wav", f->directory, directory, rate);
	wav.file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_true(wav.file >= 0);
	for (size_t i = 0; i < n; i++) {
		const int16_t sample = (int16_t)(i / (rate / 50) * 16);

		assert_int_equal(wav_write(&wav, &sample, 1, NULL), ERROR_OK);
	}
	assert_int_equal(wav_finish(&wav, NULL), ERROR_OK);
	close(wav.file);
}

static struct track *get(struct fixture *f, enum audio_codec codec, const struct voice_sound *sound)
{
	struct track *track;

	assert_int_equal(track_get(f->tracks, codec, sound, &track), ERROR_OK);
	return track;
}

static enum track_state await(const struct track *track)
{
	for (int i = 0; i < 3000 && track_state(track) == TRACK_COMING; i++)
		usleep(10000);
	return track_state(track);
}

static void a_file_is_there_frame_by_frame(void **state)
{
	struct fixture *f = *state;
	struct audio_decoder *decoder;
	static int16_t samples[AUDIO_SAMPLES_MAX];
	struct track *track;

	open_tracks(f, ROOMY);
	write_wav(f, "tenant_a/one", 8000, 160 * 33 + 7); /* the last frame is not full */
	track = get(f, AUDIO_PCMA, &file);
	assert_int_equal(await(track), TRACK_WHOLE);
	assert_int_equal(track_length(track), 34);
	assert_int_equal(track_ready(track), 34);
	assert_int_equal(track_codec(track), AUDIO_PCMA);
	assert_int_equal(audio_decoder_new(AUDIO_PCMA, &decoder), ERROR_OK);
	for (size_t i = 0; i < 34; i++) {
		size_t n;
		const uint8_t *frame = track_frame(track, i, &n);

		assert_int_equal(n, 160);
		assert_int_equal(audio_decode(decoder, frame, n, samples), 160);
		assert_in_range(samples[0], i < 1 ? 0 : i * 16 - 8 - i, i * 16 + 8 + i);
		if (i == 33) /* behind the end there is silence */
			assert_in_range(samples[7] + 8, 0, 16);
	}
	audio_decoder_free(decoder);
	track_unref(track);
}

static void each_codec_has_its_rendition(void **state)
{
	struct fixture *f = *state;
	static const unsigned rates[] = {8000, 16000, 48000};

	open_tracks(f, ROOMY);
	for (size_t i = 0; i < COUNT_OF(rates); i++)
		write_wav(f, "tenant_a/one", rates[i], rates[i]);
	for (int codec = 0; codec < AUDIO_CODEC_COUNT; codec++) {
		struct track *track = get(f, (enum audio_codec)codec, &file);

		assert_int_equal(await(track), TRACK_WHOLE);
		assert_int_equal(track_length(track), 50);
		track_unref(track);
	}
}

static void it_is_made_once_for_all(void **state)
{
	struct fixture *f = *state;
	struct track *one, *two, *other;
	struct tracks_figures figures;

	open_tracks(f, ROOMY);
	write_wav(f, "tenant_a/one", 8000, 8000);
	one = get(f, AUDIO_PCMA, &file);
	two = get(f, AUDIO_PCMA, &file);
	other = get(f, AUDIO_PCMU, &file);
	assert_ptr_equal(one, two);
	assert_ptr_not_equal(one, other);
	assert_int_equal(await(one), TRACK_WHOLE);
	assert_int_equal(await(other), TRACK_WHOLE);
	tracks_figures(f->tracks, &figures);
	assert_int_equal(figures.tracks, 2);
	assert_int_equal(figures.encoded, 2 + AUDIO_CODEC_COUNT); /* and silence */
	assert_int_equal(figures.failed, 0);
	assert_in_range(figures.bytes, 5 * 8000, 6 * 8000); /* silence is a second too */
	track_unref(one);
	track_unref(two);
	track_unref(other);
	/* It stays, for the next who hears it. */
	two = get(f, AUDIO_PCMA, &file);
	assert_int_equal(track_state(two), TRACK_WHOLE);
	track_unref(two);
}

static void what_is_no_file_of_ours_is_missing(void **state)
{
	static const char *const directories[] = {
		"tenant_a/none",   "tenant_a/short",   "tenant_a/strange",
		"tenant_a/linked", "../tenant_a/good",
	};
	struct fixture *f = *state;
	char path[160], target[160];

	open_tracks(f, ROOMY);
	write_wav(f, "tenant_a/good", 8000, 8000);
	write_wav(f, "tenant_a/short", 8000, 8000);
	snprintf(path, sizeof(path), "%s/tenant_a/short/8000.wav", f->directory);
	assert_int_equal(truncate(path, 1000), 0);
	write_wav(f, "tenant_a/strange", 16000, 8000);
	snprintf(target, sizeof(target), "%s/tenant_a/strange/16000.wav", f->directory);
	snprintf(path, sizeof(path), "%s/tenant_a/strange/8000.wav", f->directory);
	assert_int_equal(rename(target, path), 0); /* not of that rate */
	snprintf(path, sizeof(path), "%s/tenant_a/linked", f->directory);
	assert_int_equal(symlink("good", path), 0);
	for (size_t i = 0; i < COUNT_OF(directories); i++) {
		struct track *track =
			get(f, AUDIO_PCMA,
		            &(struct voice_sound){.kind = VOICE_FILE, .directory = directories[i]});

		if (await(track) != TRACK_MISSING)
			fail_msg("%s", directories[i]);
		assert_int_equal(track_ready(track), 0);
		assert_int_equal(track_length(track), 0);
		track_unref(track);
	}
}

static void who_is_not_heard_makes_room(void **state)
{
	struct fixture *f = *state;
	char names[4][32];
	struct track *tracks[4], *again;
	struct tracks_figures figures;
	struct voice_sound sounds[4];

	open_tracks(f, 200000); /* two of them, beside silence */
	for (int i = 0; i < 4; i++) {
		snprintf(names[i], sizeof(names[i]), "tenant_a/%d", i);
		write_wav(f, names[i], 8000, 80000);
		sounds[i] = (struct voice_sound){.kind = VOICE_FILE, .directory = names[i]};
	}
	tracks[0] = get(f, AUDIO_PCMA, &sounds[0]);
	assert_int_equal(await(tracks[0]), TRACK_WHOLE);
	tracks[1] = get(f, AUDIO_PCMA, &sounds[1]);
	assert_int_equal(await(tracks[1]), TRACK_WHOLE);
	tracks[2] = get(f, AUDIO_PCMA, &sounds[2]);
	assert_int_equal(await(tracks[2]), TRACK_FULL);
	/* The project's own is small and always there. */
	again = get(f, AUDIO_PCMA, &(struct voice_sound){.kind = VOICE_TONE, .tone = TONE_DONE});
	assert_int_equal(await(again), TRACK_WHOLE);
	track_unref(again);

	track_unref(tracks[0]);
	tracks[3] = get(f, AUDIO_PCMA, &sounds[3]);
	assert_int_equal(await(tracks[3]), TRACK_WHOLE);
	tracks_figures(f->tracks, &figures);
	assert_in_range(figures.bytes, 160000, 230000);
	/* The second is still heard, and still there. */
	again = get(f, AUDIO_PCMA, &sounds[1]);
	assert_ptr_equal(again, tracks[1]);
	track_unref(again);
	for (int i = 1; i < 4; i++)
		track_unref(tracks[i]);
}

static void all_are_at_one_place(void **state)
{
	struct fixture *f = *state;
	struct track *track;

	open_tracks(f, ROOMY);
	track = get(f, AUDIO_PCMU, &(struct voice_sound){.kind = VOICE_TONE, .tone = TONE_DONE});
	assert_int_equal(await(track), TRACK_WHOLE);
	const size_t length = track_length(track);

	assert_int_equal(track_place(track, 1000), 0);
	assert_int_equal(track_place(track, 1001), 1);
	assert_int_equal(track_place(track, 999), 0); /* a thread that is late */
	assert_int_equal(track_place(track, 1000 + (int64_t)length * 7 + 3), 3);
	track_unref(track);
}

static void *reader(void *arg)
{
	struct track *track = arg;
	uint32_t sum = 0;

	for (size_t i = 0; track_state(track) == TRACK_COMING || i < track_length(track);) {
		if (i >= track_ready(track))
			continue;
		size_t n;
		const uint8_t *frame = track_frame(track, i++, &n);

		for (size_t k = 0; k < n; k++)
			sum += frame[k];
	}
	track_unref(track);
	return (void *)(uintptr_t)sum;
}

static void it_is_read_while_it_is_made(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[4];
	void *sums[4];

	open_tracks(f, ROOMY);
	for (int i = 0; i < 4; i++) {
		struct track *track =
			get(f, AUDIO_G722, &(struct voice_sound){.kind = VOICE_DEFAULT});

		assert_int_equal(pthread_create(&threads[i], NULL, reader, track), 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &sums[i]), 0);
		assert_ptr_equal(sums[i], sums[0]);
	}
	assert_non_null(sums[0]);
}

/* It may end while much is still to be made. */
static void closing_waits_for_nothing(void **state)
{
	struct fixture *f = *state;

	open_tracks(f, ROOMY);
	for (int codec = 0; codec < AUDIO_CODEC_COUNT; codec++)
		track_unref(get(f, (enum audio_codec)codec,
		                &(struct voice_sound){.kind = VOICE_DEFAULT}));
}

static enum error_code open_and_close(void *arg)
{
	struct tracks *tracks = NULL;
	const enum error_code code = tracks_open(arg, ROOMY, &tracks, NULL);

	tracks_close(tracks);
	return code;
}

static void without_memory_there_is_none(void **state)
{
	struct fixture *f = *state;

	assert_true(oom_check(open_and_close, f->directory) > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_is_there_frame_by_frame, setup, teardown),
		cmocka_unit_test_setup_teardown(each_codec_has_its_rendition, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_made_once_for_all, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_of_ours_is_missing, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(who_is_not_heard_makes_room, setup, teardown),
		cmocka_unit_test_setup_teardown(all_are_at_one_place, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_read_while_it_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(closing_waits_for_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_there_is_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
