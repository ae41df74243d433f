#include "sip/call_recording.h"

#include <string.h>

#include "base/log.h"
#include "sip/recorder.h"

enum { BEEP_MOST_MS = 1000 };

/* What the record of a call needs until its recording is on the disk. */
struct ended {
	struct engine *engine;
	struct cdr_end end;
	struct uuid queue;
	char path[128], answered_by[EXTENSION_NUMBER_MAX];
	char *legs, *queue_calls;
};

/* ---- whether ---- */

static const struct queue *queue_of(const struct call *call)
{
	const struct snapshot *snapshot = call->snapshot;

	for (size_t i = 0; i < snapshot->n_queues && !uuid_is_nil(&call->queue); i++) {
		if (uuid_equal(&snapshot->queues[i].id, &call->queue))
			return &snapshot->queues[i];
	}
	return NULL;
}

static bool is_wanted(const struct call *call)
{
	const enum recording_policy policy = call->snapshot->recording;
	const struct queue *queue = queue_of(call);

	if (queue && queue->settings.recording != QUEUE_RECORDING_TENANT)
		return queue->settings.recording == QUEUE_RECORDING_YES;
	return policy == RECORD_ALL || (policy == RECORD_QUEUE_CALLS && !uuid_is_nil(&call->queue));
}

static void begin(struct call *call)
{
	const struct recording_wanted wanted = {
		.tenant = call->snapshot->tenant,
		.call = call->id,
		.format = call->snapshot->recording_opus ? RECORDING_OPUS : RECORDING_WAV,
		.stereo = call->snapshot->recording_stereo,
	};

	call->recording_wanted = true;
	if (recording_begin(call->calls->engine->recorder, &wanted, &call->recording))
		log_event(LOG_ERROR, "recorder", "a call is not recorded: out of memory",
		          LOG_TEXT("tenant", call->snapshot->domain));
	else
		record_recording(call, recording_path(call->recording));
}

/* ---- the announcement ---- */

static void announced(void *arg)
{
	struct call *call = arg;

	tmr_cancel(&call->beep);
	if (!call->beeps)
		return;
	call->beeps = 0;
	if (call->bridge.one && call->bridge.step == BRIDGE_DONE)
		(void)!bridge_media(&call->bridge); /* which tells call_recording_talks */
}

static void on_beeped(bool played, void *arg)
{
	struct leg *leg = arg;
	struct call *call = leg->owner;

	(void)played;
	if (call && call->beeps == 1)
		announced(call);
	else if (call && call->beeps)
		call->beeps--;
}

/* Both are led apart for as long as a beep lasts. */
static bool announce(struct call *call)
{
	const struct voice_sound beep = {.kind = VOICE_TONE, .tone = TONE_RECORDED};
	struct leg *legs[] = {call->caller, call->callee};

	call->announced_to = call->callee;
	if (media_bridge(call->caller->media, NULL))
		return false;
	for (size_t i = 0; i < COUNT_OF(legs); i++)
		call->beeps += voice_play(legs[i], &beep, true, on_beeped, legs[i]) == ERROR_OK;
	if (call->beeps)
		tmr_start(&call->beep, BEEP_MOST_MS, announced, call);
	else
		(void)!media_bridge(call->caller->media, call->callee->media);
	return call->beeps > 0;
}

void call_recording_talks(void *arg)
{
	struct call *call = arg;

	if (!call->caller || !call->callee)
		return;
	tmr_cancel(&call->beep);
	call->beeps = 0;
	if (!call->recording_wanted && is_wanted(call))
		begin(call);
	if (!call->recording)
		return;
	if (call->snapshot->recording_announced && call->announced_to != call->callee &&
	    announce(call))
		return;
	if (recording_tap(call->recording, call->caller, call->callee))
		log_event(LOG_ERROR, "recorder", "a call is not recorded further: out of memory",
		          LOG_TEXT("tenant", call->snapshot->domain));
}

void call_recording_parted(struct call *call, const struct leg *leg)
{
	if (call->announced_to == leg)
		call->announced_to = NULL;
}

/* ---- the record ---- */

static void ended_free(struct ended *ended)
{
	free(ended->legs);
	free(ended->queue_calls);
	free(ended);
}

static char *copy(const char *text, bool *failed)
{
	char *copied = text ? strdup(text) : NULL;

	*failed |= text && !copied;
	return copied;
}

/* NULL: no memory. */
static struct ended *ended_new(const struct call *call, const struct cdr_end *end)
{
	struct ended *ended = calloc(1, sizeof(*ended));
	bool failed = false;

	if (!ended)
		return NULL;
	ended->engine = call->calls->engine;
	ended->end = *end; /* cause and hangup_by are constant texts */
	ended->legs = copy(end->legs_json, &failed);
	ended->queue_calls = copy(end->queue_calls_json, &failed);
	if (failed) {
		ended_free(ended);
		return NULL;
	}
	ended->end.legs_json = ended->legs;
	ended->end.queue_calls_json = ended->queue_calls;
	if (end->queue) {
		ended->queue = *end->queue;
		ended->end.queue = &ended->queue;
	}
	if (end->answered_by) {
		snprintf(ended->answered_by, sizeof(ended->answered_by), "%s", end->answered_by);
		ended->end.answered_by = ended->answered_by;
	}
	snprintf(ended->path, sizeof(ended->path), "%s", recording_path(call->recording));
	return ended;
}

static void on_recorded(enum recording_outcome outcome, void *arg)
{
	struct ended *ended = arg;

	ended->end.recording = recording_outcome_slug(outcome);
	ended->end.recording_path = outcome == RECORDING_FAILED ? NULL : ended->path;
	record_write(ended->engine, &ended->end);
	ended_free(ended);
}

void call_recording_end(struct call *call, const struct cdr_end *end)
{
	struct ended *ended = call->recording ? ended_new(call, end) : NULL;
	struct cdr_end now = *end;

	if (ended) {
		recording_end(&call->recording, on_recorded, ended);
		return;
	}
	/* Without memory to wait for it nobody can say that it is whole. */
	now.recording_path = call->recording ? recording_path(call->recording) : NULL;
	now.recording = call->recording          ? recording_outcome_slug(RECORDING_PARTIAL)
	                : call->recording_wanted ? recording_outcome_slug(RECORDING_FAILED)
	                                         : NULL;
	record_write(call->calls->engine, &now);
}

void call_recording_forget(struct call *call)
{
	tmr_cancel(&call->beep);
	recording_end(&call->recording, NULL, NULL);
}
