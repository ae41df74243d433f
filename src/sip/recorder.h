/*
 * Recordings of calls: what both phones say, into a file of the tenant, by threads that never block
 * media.
 *
 * The media thread copies each packet of a tapped bridge into a ring (sip/tap.h); a thread of the
 * recorder's decodes it, puts both sides on one clock (audio/record_side.h), mixes them or keeps
 * them apart (stereo: the caller left), and writes the file (sip/recorder_place.h says where). A
 * full ring or disk costs recording, never media: what is lost is counted, the outcome says so, and
 * an alarm is raised (log, metrics). Functions here: the loop's thread.
 */
#ifndef CENTREX_SIP_RECORDER_H
#define CENTREX_SIP_RECORDER_H

#include "sip/leg.h"

struct recorder;  /* engine->recorder */
struct recording; /* one call's */

enum recording_format { RECORDING_WAV, RECORDING_OPUS };

struct recording_wanted {
	struct uuid tenant, call; /* call: uuid_at(); the file's day is its */
	enum recording_format format;
	bool stereo;
};

enum recording_outcome {
	RECORDING_WHOLE,   /* "recorded" */
	RECORDING_PARTIAL, /* "partial": something of it is missing */
	RECORDING_FAILED,  /* "failed": there is no file */
};
const char *recording_outcome_slug(enum recording_outcome outcome);

/* What an engine that died left is mended and gets its name, by a thread, meanwhile. */
MUST_CHECK enum error_code recorder_open(struct engine *engine, struct recorder **ret_recorder,
                                         struct error *err);
/* Finishes every file and tells all that wait; before media_close. NULL is allowed. */
void recorder_close(struct recorder *recorder);

/* Begins a recording; nothing goes into it before recording_tap. Never waits for the disk. */
MUST_CHECK enum error_code recording_begin(struct recorder *recorder,
                                           const struct recording_wanted *wanted,
                                           struct recording **ret_recording);
/* The two legs that talk from now on (bridged just now); again after hold, a transfer or another
 * description. Between two taps there is silence in the file. The codecs are taken from each
 * leg->remote. */
MUST_CHECK enum error_code recording_tap(struct recording *recording, const struct leg *caller,
                                         const struct leg *callee);
void recording_untap(struct recording *recording);
/* Relative to the tenant's directory: "recordings/2026/11/23/<call>.wav"; for
 * cdrs.recording_path. */
const char *recording_path(const struct recording *recording);
/* Ends it. done (NULL: nobody waits): once the file is whole on disk, or is not (the loop; after
 * RECORDING_PATIENCE_MS at most, then PARTIAL, and the file goes on being finished). The pointer
 * becomes NULL, which is allowed. */
enum { RECORDING_PATIENCE_MS = 2000 };
typedef void recording_done_h(enum recording_outcome outcome, void *arg);
void recording_end(struct recording **recording, recording_done_h *done, void *arg);

struct recorder_figures {
	size_t recording;
	uint64_t written, failed; /* files: whole, and partial or none */
	uint64_t lost_packets;    /* the ring was full */
	bool failing;             /* the alarm: the last file could not be written whole */
};
void recorder_figures(const struct recorder *recorder, struct recorder_figures *ret_figures);

#endif
