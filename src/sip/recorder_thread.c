/* The recorder's threads: from the rings into files. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/condition.h"
#include "sip/recorder_packet.h"
#include "sip/recorder_private.h"

enum {
	TICK_MS = 100,
	UPDATE_MS = 2000, /* a crash costs at most so much */
};

void recorder_tap_free(struct recorder_tap *tap)
{
	if (!tap)
		return;
	tap_unref(tap->tap);
	free(tap);
}

static void trouble(struct recorder *recorder, const struct error *why)
{
	pthread_mutex_lock(&recorder->lock);
	recorder->trouble = true;
	recorder->why = *why;
	pthread_mutex_unlock(&recorder->lock);
	(void)mqueue_push(recorder->bell, 0, NULL);
}

static void fail(struct recording *recording, const struct error *why)
{
	if (recording->failed)
		return;
	recording->failed = why->code;
	trouble(recording->recorder, why);
}

/* ---- the file ---- */

static enum error_code open_file(struct recording *recording, struct error *err)
{
	const struct record_form form = {.format = recording->place.format,
	                                 .rate = recording->rate,
	                                 .channels = recording->stereo ? 2 : 1};
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < TAP_SIDES && !code; i++)
		code = record_side_new(form.rate, &recording->sides[i]);
	recording->out = calloc((RECORDER_OUT_FRAMES + RECORD_BLOCK_MAX) * form.channels,
	                        sizeof(*recording->out));
	if (code || !recording->out)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	recording->mix = (struct record_mix){.stereo = recording->stereo, .block = form.rate / 100};
	code = recorder_place_create(recording->recorder->media, &recording->place,
	                             &recording->descriptor, err);
	return code ? code : record_file_open(recording->descriptor, &form, &recording->file, err);
}

static void write_out(struct recording *recording)
{
	struct error err;

	if (!recording->failed && recording->n_out &&
	    record_file_write(recording->file, recording->out, recording->n_out, &err))
		fail(recording, &err);
	recording->n_out = 0;
}

/* Both sides up to a moment, in whole blocks. */
static void advance(struct recording *recording, int64_t until_us)
{
	const size_t block = recording->mix.block, channels = recording->stereo ? 2 : 1;
	const int64_t until = (until_us - recording->start_us) * recording->rate / 1000000;
	int16_t one[RECORD_BLOCK_MAX], two[RECORD_BLOCK_MAX];

	while (recording->taken + (int64_t)block <= until) {
		record_side_take(recording->sides[0], one, block);
		record_side_take(recording->sides[1], two, block);
		recording->n_out += record_mix_add(&recording->mix, one, two,
		                                   recording->out + recording->n_out * channels);
		recording->taken += (int64_t)block;
		if (recording->n_out >= RECORDER_OUT_FRAMES)
			write_out(recording);
	}
}

/* ---- one recording ---- */

static void take_packet(struct recording *recording, const struct recorder_tap *tap,
                        const struct tap_packet *from)
{
	struct record_packet packet = {.arrived_us = from->arrived_us - recording->start_us};
	uint8_t type;

	if (!recorder_packet_read(from->bytes, from->n, &packet, &type))
		return;
	packet.codec = (enum audio_codec)tap->payloads.codec[from->side][type];
	/* After a wait for the disk much may have come: by its own time, not by ours. */
	advance(recording, from->arrived_us - RECORD_BEHIND_MS * 1000LL);
	record_side_put(recording->sides[from->side], &packet);
}

/* The ring was full: this thread could not follow. */
static void lose(struct recording *recording, uint64_t packets)
{
	struct error err;

	if (!packets)
		return;
	if (!recording->lost) {
		error_fill(&err, ERROR_TIMEOUT, NULL, "the disk, or this machine, is too slow");
		trouble(recording->recorder, &err);
	}
	recording->lost += packets;
	atomic_fetch_add_explicit(&recording->recorder->lost_packets, packets,
	                          memory_order_relaxed);
}

static void drain(struct recording *recording, struct tap_packet *packet)
{
	while (recording->taps) {
		struct recorder_tap *tap = recording->taps;
		const bool over = tap_is_over(tap->tap);

		while (tap_take(tap->tap, packet)) {
			if (!recording->failed)
				take_packet(recording, tap, packet);
		}
		lose(recording, tap_lost(tap->tap));
		if (!over && !tap->next)
			return;
		recording->taps = tap->next;
		recorder_tap_free(tap);
		for (size_t i = 0; i < TAP_SIDES && recording->sides[i]; i++)
			record_side_flush(recording->sides[i]);
	}
}

static void update(struct recording *recording, int64_t now_us)
{
	struct error err;

	if (recording->failed || !recording->file ||
	    now_us - recording->updated_us < UPDATE_MS * 1000LL)
		return;
	recording->updated_us = now_us;
	if (record_file_update(recording->file, &err))
		fail(recording, &err);
}

static void end(struct recording *recording)
{
	struct error err;

	if (recording->file) {
		/* A block that has begun is written whole. */
		advance(recording, recording->ended_us + 9999);
		write_out(recording);
		recording->n_out = record_mix_end(&recording->mix, recording->out);
		write_out(recording);
		if (record_file_finish(TAKE(recording->file), &err))
			fail(recording, &err);
	}
	for (size_t i = 0; i < TAP_SIDES; i++) {
		record_side_free(recording->sides[i]);
		recording->sides[i] = NULL;
	}
	free(TAKE(recording->out));
}

/* True: it has ended. */
static bool work(struct recording *recording, bool ended, struct tap_packet *packet, int64_t now_us)
{
	struct error err;

	if (recording->taps && !recording->file && !recording->failed && open_file(recording, &err))
		fail(recording, &err);
	drain(recording, packet);
	if (ended) {
		end(recording);
		return true;
	}
	if (!recording->file)
		return false;
	for (size_t i = 0; i < TAP_SIDES; i++)
		record_side_tick(recording->sides[i], now_us - recording->start_us);
	advance(recording, now_us - RECORD_BEHIND_MS * 1000LL);
	write_out(recording);
	update(recording, now_us);
	return false;
}

/* ---- the threads ---- */

static void hand_on(struct recording *recording, struct recording ***list_end)
{
	struct recorder *recorder = recording->recorder;

	pthread_mutex_lock(&recorder->lock);
	recording->next = NULL;
	**list_end = recording;
	*list_end = &recording->next;
	pthread_cond_signal(&recorder->changed);
	pthread_mutex_unlock(&recorder->lock);
}

/* What the loop has asked for; true: it was ended. The thread's lock is held. */
static bool take_asked(struct recording *recording)
{
	struct recorder_tap **last = &recording->taps;

	while (*last)
		last = &(*last)->next;
	*last = recording->fresh;
	recording->fresh = NULL;
	recording->fresh_end = &recording->fresh;
	return recording->ended;
}

static void work_all(struct recorder_thread *thread, struct tap_packet *packet)
{
	struct recording **at = &thread->recordings;

	while (*at) {
		struct recording *recording = *at;

		pthread_mutex_lock(&thread->lock);
		const bool ended = take_asked(recording);
		pthread_mutex_unlock(&thread->lock);
		if (work(recording, ended, packet, clock_monotonic_us())) {
			*at = recording->next;
			atomic_fetch_sub(&thread->n, 1);
			hand_on(recording, &thread->recorder->to_finish_end);
		} else {
			at = &recording->next;
		}
	}
}

void *recorder_thread_main(void *arg)
{
	struct recorder_thread *thread = arg;
	struct tap_packet packet;
	bool stopping = false;

	while (!stopping || thread->recordings) {
		const int64_t next_us = clock_monotonic_us() + TICK_MS * 1000LL;

		pthread_mutex_lock(&thread->lock);
		while (!thread->stopping && !thread->fresh) {
			if (!thread->recordings)
				pthread_cond_wait(&thread->changed, &thread->lock);
			else if (!condition_wait(&thread->changed, &thread->lock, next_us))
				break;
		}
		while (thread->fresh) {
			struct recording *recording = thread->fresh;

			thread->fresh = recording->next;
			recording->next = thread->recordings;
			thread->recordings = recording;
		}
		stopping = thread->stopping;
		pthread_mutex_unlock(&thread->lock);
		work_all(thread, &packet);
	}
	return NULL;
}

/* Waits for the disk, which the others must not. */
static void finish(struct recording *recording)
{
	struct recorder *recorder = recording->recorder;
	bool any = false;
	struct error err;

	recording->outcome =
		recording->failed || recording->lost ? RECORDING_PARTIAL : RECORDING_WHOLE;
	if (recording->descriptor >= 0 &&
	    record_file_repair(recording->descriptor, recording->place.format, &any, &err))
		fail(recording, &err);
	if (any && recorder_place_publish(recorder->media, &recording->place, recording->descriptor,
	                                  &err)) {
		fail(recording, &err);
		recording->outcome = RECORDING_FAILED;
	} else if (!any) {
		recording->outcome = RECORDING_FAILED;
		if (recording->descriptor >= 0)
			recorder_place_drop(recorder->media, &recording->place);
	}
	if (recording->descriptor >= 0)
		close(recording->descriptor);
}

static void recover(struct recorder *recorder)
{
	struct error err;
	unsigned n = 0;

	if (recorder_place_recover(recorder->media, &n, &err))
		trouble(recorder, &err);
	pthread_mutex_lock(&recorder->lock);
	recorder->recovered = n;
	pthread_mutex_unlock(&recorder->lock);
	if (n)
		(void)mqueue_push(recorder->bell, 0, NULL);
}

void *recorder_finisher_main(void *arg)
{
	struct recorder *recorder = arg;

	recover(recorder);
	for (;;) {
		struct recording *recording;

		pthread_mutex_lock(&recorder->lock);
		while (!recorder->to_finish && !recorder->stopping)
			pthread_cond_wait(&recorder->changed, &recorder->lock);
		recording = recorder->to_finish;
		if (recording)
			recorder->to_finish = recording->next;
		if (!recorder->to_finish)
			recorder->to_finish_end = &recorder->to_finish;
		pthread_mutex_unlock(&recorder->lock);
		if (!recording)
			return NULL;
		finish(recording);
		hand_on(recording, &recorder->finished_end);
		(void)mqueue_push(recorder->bell, 0, NULL);
	}
}
