/*
 * Inside of the recorder: what recorder.c (the loop) and recorder_thread.c (the rest) share.
 *
 * A recording goes from the loop to a thread (`fresh`), which writes it until it is ended, then to
 * the finisher, which waits for the disk, and back to the loop (`finished`), which frees it.
 */
#ifndef CENTREX_SIP_RECORDER_PRIVATE_H
#define CENTREX_SIP_RECORDER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "audio/record_mix.h"
#include "audio/record_side.h"
#include "sip/recorder.h"
#include "sip/recorder_place.h"
#include "sip/tap.h"

enum {
	RECORDER_THREADS_MAX = 16,
	RECORDER_TYPES = 128,      /* payload types */
	RECORDER_OUT_FRAMES = 2048 /* written together */
};

/* What the payload types of each side mean: enum audio_codec. */
struct recorder_payloads {
	uint8_t codec[TAP_SIDES][RECORDER_TYPES];
};

/* One bridge of a recording. */
struct recorder_tap {
	struct recorder_tap *next;
	struct tap *tap;
	struct recorder_payloads payloads;
};

struct recording {
	/* Set by begin. */
	struct recorder *recorder;
	struct recorder_thread *thread;
	struct recorder_place place;
	bool stereo;
	int64_t start_us; /* monotonic: the file's zero */
	char path[RECORDER_PATH_MAX];
	/* The loop's. */
	struct le le;
	struct tap *tapped; /* the last; NULL: none */
	recording_done_h *done;
	void *arg;
	struct tmr patience;
	/* Under the thread's lock. */
	struct recorder_tap *fresh, **fresh_end;
	unsigned rate; /* 0: not known before the first tap */
	bool ended;
	int64_t ended_us;
	/* The thread's, then the finisher's. */
	struct recording *next;
	struct recorder_tap *taps;
	struct record_side *sides[TAP_SIDES];
	struct record_mix mix;
	struct record_file *file;
	int descriptor; /* -1: no file */
	int64_t taken;  /* frames of each side that were taken */
	int64_t updated_us;
	size_t n_out;
	int16_t *out;
	uint64_t lost;
	enum error_code failed; /* nothing more is written */
	enum recording_outcome outcome;
};

struct recorder_thread {
	pthread_t id;
	struct recorder *recorder;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct recording *fresh;
	bool stopping;
	struct recording *recordings; /* the thread's own */
	atomic_uint n;
};

struct recorder {
	struct engine *engine;
	char *media;
	struct list list; /* of recordings: the loop's */
	struct mqueue *bell;
	uint64_t written, failed; /* the loop's */
	bool failing;             /* the loop's: told */
	int64_t failed_us;        /* the loop's */
	_Atomic uint64_t lost_packets;
	/* Finisher, and what is told to the loop. */
	pthread_t finisher;
	bool finisher_started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stopping;
	struct recording *to_finish, **to_finish_end;
	struct recording *finished, **finished_end;
	bool trouble; /* why: not told yet */
	struct error why;
	unsigned recovered;
	unsigned n_threads;
	struct recorder_thread threads[RECORDER_THREADS_MAX];
};

/* ---- recorder_thread.c ---- */

void *recorder_thread_main(void *thread);
void *recorder_finisher_main(void *recorder);
void recorder_tap_free(struct recorder_tap *tap);

#endif
