#include "sip/track.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "sip/track_private.h"

enum {
	AGAIN_S = 10, /* what has failed is tried again after so long */
	NICE = 5,     /* encoding may wait, media may not */
};

/* ---- any thread ---- */

static void track_free(struct track *track)
{
	const size_t n = (track->length + TRACK_BLOCK - 1) / TRACK_BLOCK;

	for (size_t i = 0; track->blocks && i < n; i++)
		free(track->blocks[i]);
	free(track->blocks);
	free(track);
}

struct track *track_ref(struct track *track)
{
	atomic_fetch_add_explicit(&track->refs, 1, memory_order_relaxed);
	return track;
}

void track_unref(struct track *track)
{
	if (track && atomic_fetch_sub_explicit(&track->refs, 1, memory_order_acq_rel) == 1) {
		pthread_mutex_lock(&track->tracks->lock);
		track->tracks->figures.bytes -= track->bytes;
		pthread_mutex_unlock(&track->tracks->lock);
		track_free(track);
	}
}

enum audio_codec track_codec(const struct track *track)
{
	return track->codec;
}

enum track_state track_state(const struct track *track)
{
	return atomic_load_explicit(&track->state, memory_order_acquire);
}

size_t track_ready(const struct track *track)
{
	return atomic_load_explicit(&track->ready, memory_order_acquire);
}

size_t track_length(const struct track *track)
{
	return track_ready(track) > 0 ? track->length : 0;
}

const uint8_t *track_frame(const struct track *track, size_t frame, size_t *ret_n)
{
	const struct block *block = track->blocks[frame / TRACK_BLOCK];
	const size_t i = frame % TRACK_BLOCK, begins = i ? block->ends[i - 1] : 0;

	*ret_n = block->ends[i] - begins;
	return block->bytes + begins;
}

size_t track_place(struct track *track, int64_t tick)
{
	int64_t began = 0;

	if (atomic_compare_exchange_strong(&track->began, &began, tick + 1))
		return 0;
	/* Another media thread may have been at it a moment before. */
	return tick + 1 > began ? (size_t)(tick + 1 - began) % track->length : 0;
}

/* ---- what is kept, under the lock ---- */

void track_count(struct track *track, size_t bytes)
{
	track->tracks->figures.bytes += bytes - track->bytes;
	track->bytes = bytes;
}

static void list_add(struct tracks *tracks, struct track *track)
{
	track->newer = NULL;
	track->older = tracks->newest;
	*(tracks->newest ? &tracks->newest->newer : &tracks->oldest) = track;
	tracks->newest = track;
}

static void list_remove(struct tracks *tracks, struct track *track)
{
	*(track->newer ? &track->newer->older : &tracks->newest) = track->older;
	*(track->older ? &track->older->newer : &tracks->oldest) = track->newer;
}

/* Nobody but the list has it: nobody can come by it while the lock is held. */
static bool unheard(const struct track *track)
{
	return atomic_load_explicit(&track->refs, memory_order_acquire) == 1;
}

/* Drops what nobody hears, the longest unheard first, until so much more has room. */
bool tracks_make_room(struct tracks *tracks, size_t bytes)
{
	struct track *track = tracks->oldest;

	while (track && tracks->figures.bytes + bytes > tracks->bytes_max) {
		struct track *newer = track->newer;

		if (unheard(track)) {
			list_remove(tracks, track);
			tracks->figures.tracks--;
			track_count(track, 0);
			track_free(track);
		}
		track = newer;
	}
	return tracks->figures.bytes + bytes <= tracks->bytes_max;
}

/* ---- the worker's thread ---- */

static void *worker(void *arg)
{
	struct tracks *tracks = arg;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	pthread_mutex_lock(&tracks->lock);
	while (!tracks->closing) {
		struct job *job = tracks->jobs;

		if (!job) {
			pthread_cond_wait(&tracks->wanted, &tracks->lock);
			continue;
		}
		tracks->jobs = job->next;
		if (!tracks->jobs)
			tracks->jobs_end = &tracks->jobs;
		pthread_mutex_unlock(&tracks->lock);
		const bool again = job_turn(job);
		pthread_mutex_lock(&tracks->lock);
		if (again) {
			job->next = NULL;
			*tracks->jobs_end = job;
			tracks->jobs_end = &job->next;
		}
	}
	pthread_mutex_unlock(&tracks->lock);
	return NULL;
}

/* ---- on the loop's thread ---- */

static bool is_of(const struct track *track, enum audio_codec codec,
                  const struct voice_sound *sound)
{
	return track->codec == codec && track->kind == sound->kind &&
	       (sound->kind != VOICE_TONE || track->tone == sound->tone) &&
	       (sound->kind != VOICE_FILE || strcmp(track->directory, sound->directory) == 0);
}

/* What has failed long ago is made anew. */
static bool stale(const struct track *track)
{
	const enum track_state state = track_state(track);

	return (state == TRACK_MISSING || state == TRACK_FULL) &&
	       clock_monotonic_us() -
	                       atomic_load_explicit(&track->failed_us, memory_order_relaxed) >
	               AGAIN_S * 1000000LL;
}

static struct track *find(struct tracks *tracks, enum audio_codec codec,
                          const struct voice_sound *sound)
{
	for (struct track *track = tracks->newest; track; track = track->older) {
		if (is_of(track, codec, sound))
			return track;
	}
	return NULL;
}

/* Begins a new one, before what is already being made: somebody waits for its beginning. */
static struct track *begin(struct tracks *tracks, enum audio_codec codec,
                           const struct voice_sound *sound)
{
	struct job *job = job_new(tracks, codec, sound);

	if (!job)
		return NULL;
	job->next = tracks->jobs;
	if (!job->next)
		tracks->jobs_end = &job->next;
	tracks->jobs = job;
	pthread_cond_signal(&tracks->wanted);
	tracks->figures.tracks++;
	track_count(job->track, sizeof(*job->track));
	list_add(tracks, job->track); /* with the one reference */
	return job->track;
}

enum error_code track_get(struct tracks *tracks, enum audio_codec codec,
                          const struct voice_sound *sound, struct track **ret_track)
{
	struct track *old = NULL, *track;

	pthread_mutex_lock(&tracks->lock);
	track = find(tracks, codec, sound);
	if (track)
		list_remove(tracks, track);
	if (track && stale(track)) {
		tracks->figures.tracks--;
		old = TAKE(track);
	}
	if (track)
		list_add(tracks, track);
	else
		track = begin(tracks, codec, sound);
	if (track)
		*ret_track = track_ref(track);
	pthread_mutex_unlock(&tracks->lock);
	track_unref(old);
	return track ? ERROR_OK : ERROR_MEMORY;
}

const struct track *track_silence(const struct tracks *tracks, enum audio_codec codec)
{
	return tracks->silence[codec];
}

/* At once, here: something must be there to send before anything else is ready. */
static enum error_code make_silence(struct tracks *tracks)
{
	const struct voice_sound silence = {.kind = VOICE_SILENCE};

	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		struct job *job = job_new(tracks, (enum audio_codec)i, &silence);

		if (!job)
			return ERROR_MEMORY;
		tracks->silence[i] = job->track;
		while (job_turn(job))
			;
		if (track_state(tracks->silence[i]) != TRACK_WHOLE)
			return ERROR_MEMORY;
	}
	return ERROR_OK;
}

enum error_code tracks_open(const char *media, size_t bytes_max, struct tracks **ret_tracks,
                            struct error *err)
{
	struct tracks *tracks = calloc(1, sizeof(*tracks));

	if (!tracks)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	pthread_mutex_init(&tracks->lock, NULL);
	pthread_cond_init(&tracks->wanted, NULL);
	tracks->jobs_end = &tracks->jobs;
	tracks->bytes_max = bytes_max;
	tracks->media = strdup(media);
	if (!tracks->media || make_silence(tracks)) {
		tracks_close(tracks);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	errno = pthread_create(&tracks->thread, NULL, worker, tracks);
	if (errno) {
		const enum error_code code = error_errno(err, "start the thread of sounds");

		tracks_close(tracks);
		return code;
	}
	tracks->started = true;
	*ret_tracks = tracks;
	return ERROR_OK;
}

void tracks_close(struct tracks *tracks)
{
	if (!tracks)
		return;
	if (tracks->started) {
		pthread_mutex_lock(&tracks->lock);
		tracks->closing = true;
		pthread_cond_signal(&tracks->wanted);
		pthread_mutex_unlock(&tracks->lock);
		pthread_join(tracks->thread, NULL);
	}
	while (tracks->jobs) {
		struct job *job = tracks->jobs;

		tracks->jobs = job->next;
		job_free(job);
	}
	while (tracks->newest) {
		struct track *track = tracks->newest;

		list_remove(tracks, track);
		track_unref(track);
	}
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++)
		track_unref(tracks->silence[i]);
	pthread_cond_destroy(&tracks->wanted);
	pthread_mutex_destroy(&tracks->lock);
	free(tracks->media);
	free(tracks);
}

void tracks_figures(struct tracks *tracks, struct tracks_figures *ret_figures)
{
	pthread_mutex_lock(&tracks->lock);
	*ret_figures = tracks->figures;
	pthread_mutex_unlock(&tracks->lock);
}
