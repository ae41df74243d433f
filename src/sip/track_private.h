/* Inside of tracks: shared by track.c (what is kept) and track_make.c (how it is made). */
#ifndef CENTREX_SIP_TRACK_PRIVATE_H
#define CENTREX_SIP_TRACK_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "sip/track.h"

enum { TRACK_BLOCK = 10 /* frames that become ready together */ };

struct block {
	uint16_t ends[TRACK_BLOCK]; /* of each frame, in `bytes` */
	uint8_t bytes[];
};

struct track {
	struct tracks *tracks;
	atomic_uint refs;
	enum audio_codec codec;
	enum voice_kind kind;
	enum audio_tone tone;
	char directory[TRACK_DIRECTORY_MAX];

	/* Written by who encodes, before `ready` says that they may be read. */
	size_t length;
	struct block **blocks;
	atomic_size_t ready;
	_Atomic enum track_state state;
	_Atomic int64_t failed_us; /* monotonic */
	_Atomic int64_t began;     /* the tick of its first frame, plus 1; 0: not yet */

	/* Under the lock of all. */
	size_t bytes; /* counted for it */
	struct track *newer, *older;
};

/* A track that is being made. */
struct job {
	struct job *next;
	struct track *track;
	struct audio_encoder *encoder;
	unsigned rate;
	size_t samples, done; /* all there are; frames made of them */
	int file;             /* -1: none */
};

struct tracks {
	char *media;
	size_t bytes_max;
	struct track *silence[AUDIO_CODEC_COUNT];
	bool started;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wanted;
	bool closing;
	struct track *newest, *oldest;
	struct job *jobs, **jobs_end;
	struct tracks_figures figures;
};

/* Under the lock: so much is counted for it from now on. */
void track_count(struct track *track, size_t bytes);
/* Under the lock: drops what nobody hears, the longest unheard first, until so much more has room.
 */
bool tracks_make_room(struct tracks *tracks, size_t bytes);

/* ---- track_make.c ---- */

/* A track with one reference, and the job that makes it, which has another. NULL: no memory. */
struct job *job_new(struct tracks *tracks, enum audio_codec codec, const struct voice_sound *sound);
/* Makes some of it; true: it wants another turn, else it is freed. */
bool job_turn(struct job *job);
void job_free(struct job *job);

#endif
