#include "sip/recorder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "audio/codec.h"
#include "base/clock.h"
#include "base/condition.h"
#include "base/log.h"
#include "base/text.h"
#include "sip/recorder_private.h"

static const enum record_format formats[] = {
	[RECORDING_WAV] = RECORD_WAV,
	[RECORDING_OPUS] = RECORD_OPUS,
};

const char *recording_outcome_slug(enum recording_outcome outcome)
{
	static const char *const slugs[] = {
		[RECORDING_WHOLE] = "recorded",
		[RECORDING_PARTIAL] = "partial",
		[RECORDING_FAILED] = "failed",
	};

	return slugs[outcome];
}

/* ---- what a description says ---- */

static enum audio_codec codec_of_name(struct pl name)
{
	if (name.l > 2 && memcmp(name.p + name.l - 2, "/1", 2) == 0)
		name.l -= 2; /* one channel, which is the usual */
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		if (!pl_strcasecmp(&name, audio_codec_facts((enum audio_codec)i)->rtpmap))
			return (enum audio_codec)i;
	}
	return RECORD_NO_SOUND;
}

/* "rtpmap:8 PCMA/8000" */
static void read_rtpmap(const struct pl *attribute, uint8_t codecs[static RECORDER_TYPES])
{
	struct pl number, name;

	if (re_regex(attribute->p, attribute->l, "rtpmap:[0-9]+ [^ ]+", &number, &name) ||
	    number.p != attribute->p + strlen("rtpmap:") || pl_u32(&number) >= RECORDER_TYPES)
		return;
	codecs[pl_u32(&number)] = (uint8_t)codec_of_name(name);
}

static void read_types(const struct sdp *sdp, uint8_t codecs[static RECORDER_TYPES])
{
	for (size_t i = 0; sdp && i < sdp->n_attributes; i++)
		read_rtpmap(&sdp->attributes[i], codecs);
}

/* A phone sends with the numbers it was told, which its own description repeats, as a rule. */
static void types_of(const struct leg *sends, const struct leg *receives,
                     uint8_t codecs[static RECORDER_TYPES])
{
	memset(codecs, RECORD_NO_SOUND, RECORDER_TYPES);
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		const int type = audio_codec_facts((enum audio_codec)i)->payload_type;

		if (type >= 0)
			codecs[type] = (uint8_t)i;
	}
	read_types(sends->remote, codecs);
	read_types(sends->told ? sends->told : receives->remote, codecs);
}

/* The first codec of what the callee answered is what both speak: of more than G.711 more is kept.
 */
static unsigned rate_of(const struct leg *callee, const uint8_t codecs[static RECORDER_TYPES])
{
	struct pl formats_left, word;

	if (!callee->remote)
		return 8000;
	formats_left = callee->remote->streams[callee->remote->audio].formats;
	while (formats_left.l && !re_regex(formats_left.p, formats_left.l, "[0-9]+", &word)) {
		const uint32_t type = pl_u32(&word);
		const uint8_t codec = type < RECORDER_TYPES ? codecs[type] : RECORD_NO_SOUND;

		if (codec != RECORD_NO_SOUND)
			return audio_codec_facts((enum audio_codec)codec)->rate > 8000 ? 16000
			                                                               : 8000;
		pl_advance(&formats_left, word.p + word.l - formats_left.p);
	}
	return 8000;
}

/* ---- a recording ---- */

static struct recorder_thread *thread_choose(struct recorder *recorder)
{
	struct recorder_thread *least = &recorder->threads[0];

	for (unsigned i = 1; i < recorder->n_threads; i++) {
		if (atomic_load(&recorder->threads[i].n) < atomic_load(&least->n))
			least = &recorder->threads[i];
	}
	return least;
}

enum error_code recording_begin(struct recorder *recorder, const struct recording_wanted *wanted,
                                struct recording **ret_recording)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (!recording)
		return ERROR_MEMORY;
	recording->recorder = recorder;
	recording->thread = thread_choose(recorder);
	recording->place = (struct recorder_place){
		.tenant = wanted->tenant,
		.call = wanted->call,
		.format = formats[wanted->format],
	};
	recording->stereo = wanted->stereo;
	recording->start_us = clock_monotonic_us();
	recorder_place_path(&recording->place, recording->path);
	recording->fresh_end = &recording->fresh;
	recording->descriptor = -1;
	tmr_init(&recording->patience);
	list_append(&recorder->list, &recording->le, recording);

	atomic_fetch_add(&recording->thread->n, 1);
	pthread_mutex_lock(&recording->thread->lock);
	recording->next = recording->thread->fresh;
	recording->thread->fresh = recording;
	pthread_cond_signal(&recording->thread->changed);
	pthread_mutex_unlock(&recording->thread->lock);
	*ret_recording = recording;
	return ERROR_OK;
}

enum error_code recording_tap(struct recording *recording, const struct leg *caller,
                              const struct leg *callee)
{
	struct recorder_tap *tap = calloc(1, sizeof(*tap));
	enum error_code code = tap ? ERROR_OK : ERROR_MEMORY;

	if (!code && !(tap->tap = tap_new()))
		code = ERROR_MEMORY;
	if (!code)
		code = caller->media && callee->media
		               ? media_tap(caller->media, callee->media, tap->tap)
		               : ERROR_INVALID;
	if (code) {
		recorder_tap_free(tap);
		return code;
	}
	types_of(caller, callee, tap->payloads.codec[0]);
	types_of(callee, caller, tap->payloads.codec[1]);
	recording_untap(recording);
	recording->tapped = tap_ref(tap->tap);

	pthread_mutex_lock(&recording->thread->lock);
	if (!recording->rate)
		recording->rate = rate_of(callee, tap->payloads.codec[1]);
	*recording->fresh_end = tap;
	recording->fresh_end = &tap->next;
	pthread_mutex_unlock(&recording->thread->lock);
	return ERROR_OK;
}

void recording_untap(struct recording *recording)
{
	if (!recording->tapped)
		return;
	tap_close(recording->tapped);
	tap_unref(TAKE(recording->tapped));
}

const char *recording_path(const struct recording *recording)
{
	return recording->path;
}

static void tell(struct recording *recording, enum recording_outcome outcome)
{
	recording_done_h *done = TAKE(recording->done);

	tmr_cancel(&recording->patience);
	if (done)
		done(outcome, recording->arg);
}

static void on_impatient(void *arg)
{
	tell(arg, RECORDING_PARTIAL);
}

void recording_end(struct recording **pointer, recording_done_h *done, void *arg)
{
	struct recording *recording = TAKE(*pointer);

	if (!recording)
		return;
	recording_untap(recording);
	recording->done = done;
	recording->arg = arg;
	if (done)
		tmr_start(&recording->patience, RECORDING_PATIENCE_MS, on_impatient, recording);
	pthread_mutex_lock(&recording->thread->lock);
	recording->ended = true;
	recording->ended_us = clock_monotonic_us();
	pthread_mutex_unlock(&recording->thread->lock);
}

/* ---- what the threads tell ---- */

static void alarm_raise(struct recorder *recorder, const struct error *why)
{
	recorder->failed_us = clock_monotonic_us();
	if (recorder->failing)
		return;
	recorder->failing = true;
	log_error("recorder", "recordings cannot be written, calls go on", why);
}

/* One that began after the trouble: what was written before proves nothing. */
static void alarm_lower(struct recorder *recorder, const struct recording *recording)
{
	if (!recorder->failing || recording->start_us < recorder->failed_us)
		return;
	recorder->failing = false;
	log_event(LOG_INFO, "recorder", "recordings are written again",
	          LOG_NUMBER("failed", recorder->failed));
}

static void on_finished(struct recorder *recorder, struct recording *recording)
{
	if (recording->outcome == RECORDING_WHOLE) {
		recorder->written++;
		alarm_lower(recorder, recording);
	} else if (recording->failed || recording->lost) {
		recorder->failed++;
	}
	tell(recording, recording->outcome);
	list_unlink(&recording->le);
	for (struct recorder_tap *tap = recording->fresh, *next; tap; tap = next) {
		next = tap->next;
		recorder_tap_free(tap);
	}
	free(recording);
}

static void on_bell(int id, void *data, void *arg)
{
	struct recorder *recorder = arg;
	struct recording *finished;
	struct error why;
	bool trouble;
	unsigned recovered;

	(void)id;
	(void)data;
	pthread_mutex_lock(&recorder->lock);
	finished = TAKE(recorder->finished);
	recorder->finished_end = &recorder->finished;
	trouble = recorder->trouble;
	recorder->trouble = false;
	why = recorder->why;
	recovered = recorder->recovered;
	recorder->recovered = 0;
	pthread_mutex_unlock(&recorder->lock);

	if (recovered)
		log_event(LOG_INFO, "recorder", "recordings of an earlier run are kept",
		          LOG_NUMBER("recordings", recovered));
	if (trouble)
		alarm_raise(recorder, &why);
	while (finished) {
		struct recording *next = finished->next;

		on_finished(recorder, finished);
		finished = next;
	}
}

/* ---- the recorder ---- */

static enum error_code start_threads(struct recorder *recorder, unsigned n, struct error *err)
{
	for (unsigned i = 0; i < n; i++) {
		struct recorder_thread *thread = &recorder->threads[i];

		thread->recorder = recorder;
		pthread_mutex_init(&thread->lock, NULL);
		condition_init(&thread->changed);
		recorder->n_threads++;
		errno = pthread_create(&thread->id, NULL, recorder_thread_main, thread);
		if (errno)
			return error_errno(err, "start a recorder's thread");
		thread->started = true;
	}
	errno = pthread_create(&recorder->finisher, NULL, recorder_finisher_main, recorder);
	if (errno)
		return error_errno(err, "start a recorder's thread");
	recorder->finisher_started = true;
	return ERROR_OK;
}

enum error_code recorder_open(struct engine *engine, struct recorder **ret_recorder,
                              struct error *err)
{
	const int64_t threads = config_number(engine->config, CONFIG_MEDIA_THREADS);
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	AUTO(text_clear) struct text media = {0};
	enum error_code code = ERROR_OK;

	text_addf(&media, "%s/media", config_text(engine->config, CONFIG_STATE));
	if (!recorder || media.failed) {
		free(recorder);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	recorder->engine = engine;
	recorder->media = text_take(&media);
	recorder->to_finish_end = &recorder->to_finish;
	recorder->finished_end = &recorder->finished;
	pthread_mutex_init(&recorder->lock, NULL);
	condition_init(&recorder->changed);
	list_init(&recorder->list);
	/* web makes it too. Where it cannot be made, calls go on and recordings fail. */
	(void)mkdir(recorder->media, 0700);
	if (mqueue_alloc(&recorder->bell, on_bell, recorder))
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!code)
		code = start_threads(recorder,
		                     threads < RECORDER_THREADS_MAX ? (unsigned)threads
		                                                    : RECORDER_THREADS_MAX,
		                     err);
	if (code) {
		recorder_close(recorder);
		return code;
	}
	*ret_recorder = recorder;
	return ERROR_OK;
}

static void stop(bool *stopping, pthread_mutex_t *lock, pthread_cond_t *changed)
{
	pthread_mutex_lock(lock);
	*stopping = true;
	pthread_cond_signal(changed);
	pthread_mutex_unlock(lock);
}

void recorder_close(struct recorder *recorder)
{
	struct le *le;

	if (!recorder)
		return;
	LIST_FOREACH(&recorder->list, le)
	{
		struct recording *recording = le->data;

		recording_untap(recording);
		pthread_mutex_lock(&recording->thread->lock);
		if (!recording->ended)
			recording->ended_us = clock_monotonic_us();
		recording->ended = true;
		pthread_mutex_unlock(&recording->thread->lock);
	}
	for (unsigned i = 0; i < recorder->n_threads; i++) {
		struct recorder_thread *thread = &recorder->threads[i];

		stop(&thread->stopping, &thread->lock, &thread->changed);
		if (thread->started)
			pthread_join(thread->id, NULL);
		pthread_cond_destroy(&thread->changed);
		pthread_mutex_destroy(&thread->lock);
	}
	stop(&recorder->stopping, &recorder->lock, &recorder->changed);
	if (recorder->finisher_started)
		pthread_join(recorder->finisher, NULL);
	if (recorder->bell)
		on_bell(0, NULL, recorder);
	mem_deref(recorder->bell);
	pthread_cond_destroy(&recorder->changed);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder->media);
	free(recorder);
}

void recorder_figures(const struct recorder *recorder, struct recorder_figures *ret_figures)
{
	*ret_figures = (struct recorder_figures){
		.recording = list_count(&recorder->list),
		.written = recorder->written,
		.failed = recorder->failed,
		.lost_packets = atomic_load_explicit(&recorder->lost_packets, memory_order_relaxed),
		.failing = recorder->failing,
	};
}
