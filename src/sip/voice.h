/*
 * What a phone hears from us while nobody else speaks to it: music, announcements, tones.
 *
 * To a leg we are then a phone with the codecs of audio/codec.h: voice_describe says what such a
 * phone would answer, and bridge_agree's rules do the rest. Files are read and encoded on a worker
 * thread, once for each file and codec (sip/track.h), and sent by the media threads, all listeners
 * of one file at the same place of it. On the loop's thread.
 */
#ifndef CENTREX_SIP_VOICE_H
#define CENTREX_SIP_VOICE_H

#include "sip/leg.h"
#include "sip/track.h"

struct voices; /* engine->voices: what is in memory */

/* Told once, on the loop: the sound was played to its end, or cannot be (missing, broken). Not
 * after voice_stop, nor once the leg is bridged or closed. */
typedef void voice_done_h(bool played, void *arg);

MUST_CHECK enum error_code voices_open(struct engine *engine, struct voices **ret_voices,
                                       struct error *err);
void voices_close(struct voices *voices); /* after calls_close and media_close */

/* The answer of a phone that is us: the first codec of the offer that we have, at its number, its
 * telephone-event too. offer NULL: what we offer. ERROR_NOT_FOUND: no codec in common.
 * mem_deref() it. */
MUST_CHECK enum error_code voice_describe(const struct sdp *offer, struct sdp **ret_sdp);

/* The leg is alone (not bridged) and hears the sound from now on, instead of what it heard before.
 * once: from its start, one time, then done is called (may be NULL) and silence follows; else
 * again and again, until stopped. leg->remote and leg->told say in which codec. What is not in
 * memory yet starts as soon as its first frames are, with silence until then; a file that is to be
 * heard again and again and cannot be played is replaced by the default music. ERROR_NOT_FOUND: the
 * phone and we have no codec in common. */
MUST_CHECK enum error_code voice_play(struct leg *leg, const struct voice_sound *sound, bool once,
                                      voice_done_h *done, void *arg);
void voice_stop(struct leg *leg);

/* For the queue, hold, a number: what a snapshot's names mean. */
struct voice_sound voice_of_queue(const struct queue *queue);
struct voice_sound voice_of_sound(const struct sound *sound);
struct voice_sound voice_of_hold(const struct snapshot *snapshot);

/* From any thread. */
void voices_figures(const struct voices *voices, struct tracks_figures *ret_figures);

#endif
