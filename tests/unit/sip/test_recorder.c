/* Recordings of two "phones" that are UDP sockets of this test, through the relay. */
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/codec.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/files.h"
#include "base/log.h"
#include "heard.h"
#include "sip/recorder.h"
#include "sip/recorder_place.h"
#include "unit.h"

enum { FRAME = 160, PACKETS = 20, RATE = 8000 };

struct phone {
	int rtp;
	struct media_leg *media;
	struct leg leg;
	struct audio_encoder *encoder;
	double hz;
	uint16_t sequence;
	uint32_t timestamp, ssrc;
	size_t at;
};

struct fixture {
	char state[64];
	struct config *config;
	struct engine engine;
	struct phone one, two;
	struct uuid tenant;
	bool done;
	enum recording_outcome outcome;
};

/* The disk, when a test wants it slow. */
static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER;

enum error_code __real_record_file_write(struct record_file *file, const int16_t *samples,
                                         size_t frames, struct error *err);
enum error_code __real_recorder_place_publish(const char *media, const struct recorder_place *place,
                                              int file, struct error *err);

enum error_code __wrap_record_file_write(struct record_file *file, const int16_t *samples,
                                         size_t frames, struct error *err)
{
	pthread_mutex_lock(&disk);
	pthread_mutex_unlock(&disk);
	return __real_record_file_write(file, samples, frames, err);
}

enum error_code __wrap_recorder_place_publish(const char *media, const struct recorder_place *place,
                                              int file, struct error *err)
{
	pthread_mutex_lock(&disk);
	pthread_mutex_unlock(&disk);
	return __real_recorder_place_publish(media, place, file, err);
}

/* ---- phones ---- */

static struct sdp *describe(void)
{
	static const char body[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
				   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
				   "m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 PCMA/8000\r\n"
				   "a=rtpmap:101 telephone-event/8000\r\n";
	struct sdp *sdp = NULL;

	assert_int_equal(sdp_read(body, strlen(body), false, &sdp, NULL), ERROR_OK);
	return sdp;
}

static void phone_open(struct fixture *f, struct phone *phone, struct media_leg *like, double hz)
{
	struct media_remote remote = {0};
	struct sa *sa = &remote.rtp;

	phone->rtp = socket(AF_INET, SOCK_DGRAM, 0);
	sa_set_str(sa, "127.0.0.1", 0);
	assert_int_equal(bind(phone->rtp, &sa->u.sa, sa->len), 0);
	assert_int_equal(getsockname(phone->rtp, &sa->u.sa, &sa->len), 0);
	remote.signalled = remote.rtp;
	assert_int_equal(
		media_leg_open(f->engine.media, NULL, like, NULL, NULL, &phone->media, NULL),
		ERROR_OK);
	assert_int_equal(media_leg_remote(phone->media, &remote), ERROR_OK);
	phone->leg = (struct leg){.media = phone->media, .remote = describe()};
	assert_int_equal(audio_encoder_new(AUDIO_PCMA, &phone->encoder), ERROR_OK);
	phone->hz = hz;
	phone->ssrc = (uint32_t)hz;
}

static void phone_close(struct phone *phone)
{
	media_leg_close(&phone->media);
	mem_deref(phone->leg.remote);
	audio_encoder_free(phone->encoder);
	close(phone->rtp);
}

static void phone_speak(struct phone *phone, uint8_t type)
{
	uint8_t packet[12 + AUDIO_PAYLOAD_MAX] = {0x80, type};
	int16_t samples[FRAME];
	struct sa to;
	size_t n;

	for (size_t i = 0; i < FRAME; i++, phone->at++)
		samples[i] =
			(int16_t)lrint(8000 * sin(2 * M_PI * phone->hz * (double)phone->at / RATE));
	n = audio_encode(phone->encoder, samples, packet + 12);
	packet[2] = (uint8_t)(phone->sequence >> 8);
	packet[3] = (uint8_t)phone->sequence++;
	for (int i = 0; i < 4; i++) {
		packet[4 + i] = (uint8_t)(phone->timestamp >> (24 - 8 * i));
		packet[8 + i] = (uint8_t)(phone->ssrc >> (24 - 8 * i));
	}
	phone->timestamp += FRAME;
	sa_set_str(&to, "127.0.0.1", media_leg_port(phone->media));
	assert_int_equal(sendto(phone->rtp, packet, 12 + n, 0, &to.u.sa, to.len), 12 + n);
}

/* Both speak for so long, as phones do. */
static void talk(struct fixture *f, unsigned packets, uint8_t type)
{
	for (unsigned i = 0; i < packets; i++) {
		phone_speak(&f->one, type);
		phone_speak(&f->two, type);
		usleep(20000);
	}
}

/* ---- the loop ---- */

static void on_stop(void *arg)
{
	(void)arg;
	re_cancel();
}

static void on_done(enum recording_outcome outcome, void *arg)
{
	struct fixture *f = arg;

	f->done = true;
	f->outcome = outcome;
	re_cancel();
}

static void run_until_done(struct fixture *f)
{
	struct tmr stop;

	tmr_init(&stop);
	tmr_start(&stop, 20000, on_stop, NULL);
	if (!f->done)
		(void)re_main(NULL);
	tmr_cancel(&stop);
	assert_true(f->done);
}

static struct recording *begin(struct fixture *f, enum recording_format format, bool stereo,
                               struct uuid *ret_call)
{
	struct recording_wanted wanted = {.tenant = f->tenant,
	                                  .call = uuid_at(clock_unix_us() / 1000),
	                                  .format = format,
	                                  .stereo = stereo};
	struct recording *recording = NULL;

	f->done = false;
	assert_int_equal(recording_begin(f->engine.recorder, &wanted, &recording), ERROR_OK);
	assert_int_equal(recording_tap(recording, &f->one.leg, &f->two.leg), ERROR_OK);
	if (ret_call)
		*ret_call = wanted.call;
	return recording;
}

/* ---- files ---- */

static void tenant_path(const struct fixture *f, const char *below, char path[static 256])
{
	char hex[UUID_HEX_MAX];

	snprintf(path, 256, "%s/media/tenant_%s/%s", f->state, uuid_format_hex(&f->tenant, hex),
	         below);
}

/* Samples of a channel; the WAV's header is 44 bytes. */
static size_t read_wav(const struct fixture *f, const char *below, unsigned channels,
                       unsigned channel, int16_t *samples, size_t most)
{
	char path[256];
	uint8_t header[44];
	int16_t frame[2];
	uint32_t bytes;
	size_t n = 0;
	FILE *file;

	tenant_path(f, below, path);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fread(header, 1, sizeof(header), file), sizeof(header));
	assert_memory_equal(header, "RIFF", 4);
	assert_int_equal(header[22], channels);
	memcpy(&bytes, header + 40, 4);
	while (n < most && n < bytes / 2 / channels && fread(frame, 2, channels, file) == channels)
		samples[n++] = frame[channel];
	assert_int_equal(n, bytes / 2 / channels);
	fclose(file);
	return n;
}

/* How strong a frequency is where it is strongest: on a busy machine packets come late, and what is
 * between them is silence. */
static double strongest(const int16_t *samples, size_t n, double hz)
{
	double most = 0;

	for (size_t at = 0; at + 4 * FRAME <= n; at += FRAME)
		most = fmax(most, strength(samples + at, 4 * FRAME, RATE, hz));
	return most;
}

static unsigned mode_of(const struct fixture *f, const char *below)
{
	char path[256];
	struct stat status;

	tenant_path(f, below, path);
	return lstat(path, &status) == 0 ? status.st_mode & 07777 : 0;
}

static unsigned entries(const struct fixture *f, const char *below)
{
	char path[256];
	const struct dirent *entry;
	unsigned n = 0;
	DIR *directory;

	tenant_path(f, below, path);
	directory = opendir(path);
	while (directory && (entry = readdir(directory)))
		n += entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	return n;
}

/* ---- the fixture ---- */

static void open_recorder(struct fixture *f)
{
	assert_int_equal(recorder_open(&f->engine, &f->engine.recorder, NULL), ERROR_OK);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct media_config media = {.port_least = 43000, .port_most = 43999, .threads = 2};
	char *argv[] = {"test", "--state", f->state, "--media-threads", "2", NULL};
	int argc = 5;

	snprintf(f->state, sizeof(f->state), "/tmp/centrex-recorder-XXXXXX");
	assert_non_null(mkdtemp(f->state));
	log_configure(LOG_LEVEL_COUNT, LOG_PLAIN);
	assert_int_equal(config_load(&argc, argv, &f->config, NULL), ERROR_OK);
	f->engine.config = f->config;
	f->tenant = uuid_random();
	sa_set_str(&media.address, "127.0.0.1", 0);
	assert_int_equal(media_open(&media, &f->engine.media, NULL), ERROR_OK);
	open_recorder(f);
	phone_open(f, &f->one, NULL, 440);
	phone_open(f, &f->two, f->one.media, 1000);
	assert_int_equal(media_bridge(f->one.media, f->two.media), ERROR_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	phone_close(&f->one);
	phone_close(&f->two);
	recorder_close(f->engine.recorder);
	media_close(f->engine.media);
	config_free(f->config);
	assert_int_equal(files_remove(f->state, NULL), ERROR_OK);
	free(f);
	return 0;
}

/* ---- tests ---- */

static void each_side_has_its_channel(void **state)
{
	struct fixture *f = *state;
	struct recording *recording = begin(f, RECORDING_WAV, true, NULL);
	struct recorder_figures figures;
	int16_t samples[RATE * 4];
	char path[128];

	snprintf(path, sizeof(path), "%s", recording_path(recording));
	talk(f, PACKETS, 96);
	recorder_figures(f->engine.recorder, &figures);
	assert_int_equal(figures.recording, 1);
	assert_int_equal(mode_of(f, path), 0);
	recording_end(&recording, on_done, f);
	assert_null(recording);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_WHOLE);
	assert_int_equal(mode_of(f, path), 0600);
	assert_int_equal(mode_of(f, "recordings"), 0700);
	assert_int_equal(entries(f, "recordings"), 1); /* the year */
	for (unsigned channel = 0; channel < 2; channel++) {
		const size_t n = read_wav(f, path, 2, channel, samples, sizeof(samples) / 2);

		assert_in_range(n, PACKETS * FRAME - FRAME, sizeof(samples) / 2 - 1);
		assert_true(strongest(samples, n, channel ? 1000 : 440) > 0.95);
		assert_true(strongest(samples, n, channel ? 440 : 1000) < 0.1);
	}
	recorder_figures(f->engine.recorder, &figures);
	assert_int_equal(figures.recording, 0);
	assert_int_equal(figures.written, 1);
	assert_int_equal(figures.failed, 0);
}

static void mixed_both_are_in_one(void **state)
{
	struct fixture *f = *state;
	struct recording *recording = begin(f, RECORDING_WAV, false, NULL);
	int16_t samples[RATE * 4];
	char path[128];

	snprintf(path, sizeof(path), "%s", recording_path(recording));
	talk(f, PACKETS, 8); /* its static number */
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_WHOLE);
	const size_t n = read_wav(f, path, 1, 0, samples, sizeof(samples) / 2);
	assert_true(strongest(samples, n, 440) > 0.4);
	assert_true(strongest(samples, n, 1000) > 0.4);
}

static void what_is_not_tapped_is_silence(void **state)
{
	struct fixture *f = *state;
	struct recording *recording = begin(f, RECORDING_WAV, true, NULL);
	int16_t samples[RATE * 4];
	char path[128];
	size_t n, silent = 0;

	snprintf(path, sizeof(path), "%s", recording_path(recording));
	talk(f, PACKETS, 96);
	recording_untap(recording);
	talk(f, PACKETS, 96);
	assert_int_equal(recording_tap(recording, &f->one.leg, &f->two.leg), ERROR_OK);
	talk(f, PACKETS, 96);
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_WHOLE);
	n = read_wav(f, path, 2, 0, samples, sizeof(samples) / 2);
	assert_in_range(n, 3 * PACKETS * FRAME - FRAME, sizeof(samples) / 2 - 1);
	for (size_t i = 0; i < n; i++)
		silent += abs(samples[i]) < 10;
	assert_in_range(silent, (PACKETS - 4) * FRAME, n - PACKETS * FRAME);
	assert_true(strongest(samples, n / 3, 440) > 0.95);
	assert_true(strongest(samples + n - n / 3, n / 3, 440) > 0.95);
}

static void opus_is_written_too(void **state)
{
	struct fixture *f = *state;
	struct recording *recording = begin(f, RECORDING_OPUS, true, NULL);
	char path[128];

	snprintf(path, sizeof(path), "%s", recording_path(recording));
	assert_string_equal(path + strlen(path) - 5, ".opus");
	talk(f, PACKETS, 96);
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_WHOLE);
	assert_int_equal(mode_of(f, path), 0600);
}

static void a_disk_that_refuses_costs_the_recording_and_raises_the_alarm(void **state)
{
	struct fixture *f = *state;
	struct recording *recording;
	struct recorder_figures figures;
	char path[256];

	tenant_path(f, "", path);
	path[strlen(path) - 1] = '\0';
	close(open(path, O_CREAT | O_WRONLY, 0600)); /* a file where a directory should be */
	recording = begin(f, RECORDING_WAV, false, NULL);
	talk(f, PACKETS, 96);
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_FAILED);
	recorder_figures(f->engine.recorder, &figures);
	assert_true(figures.failing);
	assert_int_equal(figures.failed, 1);

	unlink(path);
	recording = begin(f, RECORDING_WAV, false, NULL);
	talk(f, PACKETS, 96);
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_WHOLE);
	recorder_figures(f->engine.recorder, &figures);
	assert_false(figures.failing);
	assert_int_equal(figures.written, 1);
}

static void a_symbolic_link_is_not_followed(void **state)
{
	struct fixture *f = *state;
	struct recording *recording;
	char path[256], elsewhere[128];

	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", f->state);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	tenant_path(f, "", path);
	assert_int_equal(mkdir(path, 0700), 0);
	tenant_path(f, "recordings", path);
	assert_int_equal(symlink(elsewhere, path), 0);
	recording = begin(f, RECORDING_WAV, false, NULL);
	talk(f, 2, 96);
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_FAILED);
	assert_int_equal(rmdir(elsewhere), 0); /* empty */
}

/* Media goes on while the writer stands still, and the outcome tells what was lost. */
static void a_slow_disk_costs_packets_and_never_media(void **state)
{
	struct fixture *f = *state;
	struct recording *recording = begin(f, RECORDING_WAV, false, NULL);
	struct recorder_figures figures;
	struct media_counters counters;
	unsigned sent = 0;

	talk(f, PACKETS, 96);
	pthread_mutex_lock(&disk);
	while (sent < 900) { /* the ring holds 700 */
		for (int i = 0; i < 5; i++, sent++)
			phone_speak(&f->one, 96);
		usleep(8000);
	}
	for (int i = 0; i < 20000; i++) {
		media_leg_counters(f->two.media, &counters);
		if (counters.sent_packets >= sent)
			break;
		usleep(1000);
	}
	pthread_mutex_unlock(&disk);
	/* The disk standing still. Of those before, one may have met the closing latch (relay.c).
	 */
	assert_true(counters.sent_packets >= sent);
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_PARTIAL);
	recorder_figures(f->engine.recorder, &figures);
	assert_true(figures.lost_packets > 0);
	assert_true(figures.failing);
}

static void who_waits_for_the_end_waits_for_a_moment_only(void **state)
{
	struct fixture *f = *state;
	struct recording *recording = begin(f, RECORDING_WAV, false, NULL);
	char path[128];

	snprintf(path, sizeof(path), "%s", recording_path(recording));
	talk(f, PACKETS, 96);
	pthread_mutex_lock(&disk);
	recording_end(&recording, on_done, f);
	run_until_done(f);
	assert_int_equal(f->outcome, RECORDING_PARTIAL); /* for all that is known */
	assert_int_equal(mode_of(f, path), 0);
	pthread_mutex_unlock(&disk);
	recorder_close(f->engine.recorder);
	assert_int_equal(mode_of(f, path), 0600);
	open_recorder(f);
}

static void closing_finishes_what_is_under_way_and_tells(void **state)
{
	struct fixture *f = *state;
	struct recording *ended = begin(f, RECORDING_WAV, false, NULL);
	struct recording *other = begin(f, RECORDING_WAV, false, NULL);
	char path[128];

	snprintf(path, sizeof(path), "%s", recording_path(other));
	talk(f, PACKETS, 96);
	recording_end(&ended, on_done, f);
	recorder_close(f->engine.recorder);
	assert_true(f->done);
	assert_int_equal(mode_of(f, path), 0600);
	open_recorder(f);
}

static void write_part(const struct fixture *f, const struct uuid *call, bool any, int *ret_locked)
{
	const struct record_form form = {RECORD_WAV, RATE, 1};
	const struct recorder_place place = {f->tenant, *call, RECORD_WAV};
	int16_t samples[RATE] = {1, 2, 3};
	struct record_file *record;
	char media[128];
	int file;

	snprintf(media, sizeof(media), "%s/media", f->state);
	assert_int_equal(recorder_place_create(media, &place, &file, NULL), ERROR_OK);
	assert_int_equal(record_file_open(file, &form, &record, NULL), ERROR_OK);
	if (any)
		assert_int_equal(record_file_write(record, samples, RATE, NULL), ERROR_OK);
	free(record); /* as a crash leaves it */
	if (ret_locked)
		*ret_locked = file;
	else
		close(file);
}

static void what_a_crash_left_is_mended_when_the_engine_starts(void **state)
{
	struct fixture *f = *state;
	const struct uuid broken = uuid_at(clock_unix_us() / 1000),
			  empty = uuid_at(clock_unix_us() / 1000),
			  living = uuid_at(clock_unix_us() / 1000);
	const struct recorder_place place = {f->tenant, broken, RECORD_WAV};
	int16_t samples[RATE * 2];
	char path[RECORDER_PATH_MAX];
	int locked;

	write_part(f, &broken, true, NULL);
	write_part(f, &empty, false, NULL);
	write_part(f, &living, true, &locked);
	assert_int_equal(entries(f, "recordings"), 4); /* the year, too */
	recorder_close(f->engine.recorder);
	open_recorder(f);
	recorder_place_path(&place, path);
	for (int i = 0; i < 60000 && entries(f, "recordings") != 2; i++)
		usleep(1000);
	assert_int_equal(entries(f, "recordings"), 2); /* the year, and what another writes */
	assert_int_equal(read_wav(f, path, 1, 0, samples, RATE * 2), RATE);
	close(locked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_side_has_its_channel, setup, teardown),
		cmocka_unit_test_setup_teardown(mixed_both_are_in_one, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_tapped_is_silence, setup, teardown),
		cmocka_unit_test_setup_teardown(opus_is_written_too, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_disk_that_refuses_costs_the_recording_and_raises_the_alarm, setup,
			teardown),
		cmocka_unit_test_setup_teardown(a_symbolic_link_is_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_slow_disk_costs_packets_and_never_media, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(who_waits_for_the_end_waits_for_a_moment_only,
	                                        setup, teardown),
		cmocka_unit_test_setup_teardown(closing_finishes_what_is_under_way_and_tells, setup,
	                                        teardown),
		cmocka_unit_test_setup_teardown(what_a_crash_left_is_mended_when_the_engine_starts,
	                                        setup, teardown),
	};

	return libre_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
