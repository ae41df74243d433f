/*
 * Recordings of calls: what both phones say, into a file of the tenant, by a thread that never
 * blocks media.
 *
 * The media thread copies each packet of a tapped bridge into a ring; the recorder's thread decodes
 * it, puts both sides on one clock (RTP timestamps, with the time of arrival where they jump; gaps
 * are silence), mixes them or keeps them apart (stereo: the caller left), and writes
 * <media directory>/<schema>/recordings/<YYYY>/<MM>/<DD>/<call>.wav|.opus, made as .part and
 * renamed when whole. A full ring or disk costs recording, never media: what is lost is counted,
 * the outcome says so, and an alarm is raised (log, metrics). Functions here: the loop's thread.
 */
#ifndef CENTREX_SIP_RECORDER_H
#define CENTREX_SIP_RECORDER_H

#include "sip/leg.h"

struct recorder;  /* engine->recorder */
struct recording; /* one call's */

enum recording_format { RECORDING_WAV, RECORDING_OPUS };

struct recording_wanted {
	struct uuid tenant, call;
	enum recording_format format;
	bool stereo;
	int64_t start_us; /* unix time: the folder's day */
};

enum recording_outcome {
	RECORDING_WHOLE,   /* "recorded" */
	RECORDING_PARTIAL, /* "partial": something of it is missing */
	RECORDING_FAILED,  /* "failed": there is no file */
};

MUST_CHECK enum error_code recorder_open(struct engine *engine, struct recorder **ret_recorder,
                                         struct error *err);
/* Finishes every file; before media_close. NULL is allowed. */
void recorder_close(struct recorder *recorder);

/* Begins a file; nothing goes into it before recording_tap. Never waits for the disk. */
MUST_CHECK enum error_code recording_begin(struct recorder *recorder,
                                           const struct recording_wanted *wanted,
                                           struct recording **ret_recording);
/* The two legs that talk from now on (bridged just now); again after a transfer. Between two taps
 * (hold, a queue) there is silence in the file. The codec is taken from each leg->remote. */
MUST_CHECK enum error_code recording_tap(struct recording *recording, struct leg *caller,
                                         struct leg *callee);
void recording_untap(struct recording *recording);
/* Relative to the tenant's directory: "recordings/2026/11/23/<call>.wav"; for
 * cdrs.recording_path. */
const char *recording_path(const struct recording *recording);
/* Ends it. done: once the file is whole on disk, or is not (the loop; 2 s at most, then PARTIAL
 * and the file goes on being finished). The pointer becomes NULL. */
typedef void recording_done_h(enum recording_outcome outcome, void *arg);
void recording_end(struct recording **recording, recording_done_h *done, void *arg);

struct recorder_figures {
	size_t recording;
	uint64_t written, failed, lost_packets;
	bool failing; /* the alarm: the last file could not be written whole */
};
void recorder_figures(const struct recorder *recorder, struct recorder_figures *ret_figures);

#endif
