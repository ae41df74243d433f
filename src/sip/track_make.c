#include <errno.h>
#include <string.h>

#include "audio/melody.h"
#include "audio/wav.h"
#include "base/clock.h"
#include "domain/media.h"
#include "sip/track_private.h"

enum {
	A_SECOND = 1000 / AUDIO_FRAME_MS, /* frames */
	TURN = 5,                         /* blocks made of one before the next gets its turn */
	SAMPLES = 48000 / A_SECOND,
	OPUS_BYTES = 110, /* of a frame, about: counted before it is known */
};

struct job *job_new(struct tracks *tracks, enum audio_codec codec, const struct voice_sound *sound)
{
	struct job *job = calloc(1, sizeof(*job));
	struct track *track = calloc(1, sizeof(*track));

	if (!job || !track) {
		free(job);
		free(track);
		return NULL;
	}
	track->tracks = tracks;
	atomic_init(&track->refs, 2);
	track->codec = codec;
	track->kind = sound->kind;
	track->tone = sound->kind == VOICE_TONE ? sound->tone : 0;
	if (sound->kind == VOICE_FILE)
		snprintf(track->directory, sizeof(track->directory), "%s", sound->directory);
	job->track = track;
	job->rate = audio_codec_facts(codec)->rate;
	job->file = -1;
	return job;
}

static size_t job_length(const struct job *job)
{
	const size_t n = job->rate / A_SECOND;

	return (job->samples + n - 1) / n;
}

static size_t bytes_about(const struct track *track, size_t length)
{
	const size_t frame = track->codec == AUDIO_OPUS ? OPUS_BYTES : 8000 / A_SECOND;

	return sizeof(*track) + length * frame +
	       (length + TRACK_BLOCK - 1) / TRACK_BLOCK *
	               (sizeof(struct block) + sizeof(struct block *));
}

static enum track_state open_file(struct job *job)
{
	const struct track *track = job->track;
	struct wav_facts facts;
	char path[TRACK_DIRECTORY_MAX + 16];

	snprintf(path, sizeof(path), "%s/%u.wav", track->directory, job->rate);
	if (media_open_sound(track->tracks->media, path, &job->file, NULL) ||
	    wav_read_facts(job->file, &facts, NULL) || facts.rate != job->rate ||
	    facts.samples == 0)
		return TRACK_MISSING;
	job->samples = facts.samples;
	return TRACK_COMING;
}

/* Finds out how long it will be, and makes room for it. TRACK_COMING: go on. */
static enum track_state job_begin(struct job *job)
{
	struct track *track = job->track;
	struct tracks *tracks = track->tracks;
	enum track_state state = TRACK_COMING;
	bool room = true;

	switch (track->kind) {
	case VOICE_SILENCE:
		job->samples = job->rate;
		break;
	case VOICE_DEFAULT:
		job->samples = audio_melody_length(job->rate);
		break;
	case VOICE_TONE:
		job->samples = audio_tone_length(track->tone, job->rate);
		break;
	case VOICE_FILE:
		state = open_file(job);
		break;
	}
	if (state)
		return state;

	const size_t length = job_length(job);

	pthread_mutex_lock(&tracks->lock);
	/* Ours are few and small: there is always something to play. */
	if (!tracks_make_room(tracks, bytes_about(track, length)))
		room = track->kind != VOICE_FILE;
	if (room)
		track_count(track, bytes_about(track, length));
	pthread_mutex_unlock(&tracks->lock);
	if (!room || audio_encoder_new(track->codec, &job->encoder))
		return TRACK_FULL;
	track->blocks = calloc((length + TRACK_BLOCK - 1) / TRACK_BLOCK, sizeof(struct block *));
	if (!track->blocks)
		return TRACK_FULL;
	track->length = length;
	return TRACK_COMING;
}

/* The next n samples, silence behind the last. False: the file is not what it was. */
static bool job_read(const struct job *job, int16_t *samples, size_t n)
{
	const size_t from = job->done * (job->rate / A_SECOND);
	const size_t there = job->samples - from < n ? job->samples - from : n;

	memset(samples + there, 0, (n - there) * sizeof(*samples));
	switch (job->track->kind) {
	case VOICE_SILENCE:
		memset(samples, 0, n * sizeof(*samples));
		break;
	case VOICE_DEFAULT:
		audio_melody_render(job->rate, from, samples, there);
		break;
	case VOICE_TONE:
		audio_tone_render(job->track->tone, job->rate, from, samples, there);
		break;
	case VOICE_FILE:
		return !wav_read(job->file, from, samples, there, NULL);
	}
	return true;
}

/* TRACK_BLOCK frames, or what is left. */
static enum track_state job_block(struct job *job)
{
	struct track *track = job->track;
	const size_t n = job->rate / A_SECOND, left = track->length - job->done;
	const size_t frames = left < TRACK_BLOCK ? left : TRACK_BLOCK;
	int16_t samples[TRACK_BLOCK * SAMPLES];
	uint8_t bytes[TRACK_BLOCK * AUDIO_PAYLOAD_MAX];
	uint16_t ends[TRACK_BLOCK] = {0};
	size_t at = 0;
	struct block *block;

	if (!job_read(job, samples, frames * n))
		return TRACK_MISSING;
	for (size_t i = 0; i < frames; i++) {
		at += audio_encode(job->encoder, samples + i * n, bytes + at);
		ends[i] = (uint16_t)at;
	}
	block = malloc(sizeof(*block) + at);
	if (!block)
		return TRACK_FULL;
	memcpy(block->ends, ends, sizeof(ends));
	memcpy(block->bytes, bytes, at);
	track->blocks[job->done / TRACK_BLOCK] = block;
	job->done += frames;
	atomic_store_explicit(&track->ready, job->done, memory_order_release);
	return job->done == track->length ? TRACK_WHOLE : TRACK_COMING;
}

void job_free(struct job *job)
{
	audio_encoder_free(job->encoder);
	auto_close(&job->file);
	track_unref(job->track);
	free(job);
}

static size_t bytes_of(const struct track *track)
{
	size_t bytes = bytes_about(track, 0);

	for (size_t i = 0; i * TRACK_BLOCK < track->length; i++) {
		const size_t left = track->length - i * TRACK_BLOCK;

		bytes += sizeof(struct block) + sizeof(struct block *) +
		         track->blocks[i]->ends[left < TRACK_BLOCK ? left - 1 : TRACK_BLOCK - 1];
	}
	return bytes;
}

/* The job is over, well or not. */
static void job_end(struct job *job, enum track_state state)
{
	struct track *track = job->track;
	struct tracks *tracks = track->tracks;

	pthread_mutex_lock(&tracks->lock);
	if (state == TRACK_WHOLE) {
		track_count(track, bytes_of(track));
		tracks->figures.encoded++;
	} else {
		tracks->figures.failed++;
	}
	pthread_mutex_unlock(&tracks->lock);
	atomic_store_explicit(&track->failed_us, clock_monotonic_us(), memory_order_relaxed);
	atomic_store_explicit(&track->state, state, memory_order_release);
	job_free(job);
}

/* The first turn is short: somebody waits for it. */
bool job_turn(struct job *job)
{
	enum track_state state = TRACK_COMING;
	const int blocks = job->encoder ? TURN : 1;

	if (!job->encoder)
		state = job_begin(job);
	for (int i = 0; i < blocks && state == TRACK_COMING; i++)
		state = job_block(job);
	if (state == TRACK_COMING)
		return true;
	job_end(job, state);
	return false;
}
