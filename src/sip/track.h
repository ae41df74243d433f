/*
 * Sounds as they are sent: encoded once for each codec, whoever hears them, and kept in memory.
 *
 * A track is begun on the loop's thread and encoded by a worker thread, a piece of each that is
 * wanted in turn; what is ready can be sent while the rest is still being made. What nobody hears
 * stays, until its room is needed. A media file never changes under its name (domain/media.h): a
 * replaced one has another directory, and the old track is dropped when room is needed.
 */
#ifndef CENTREX_SIP_TRACK_H
#define CENTREX_SIP_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audio/codec.h"
#include "audio/tone.h"

enum { TRACK_DIRECTORY_MAX = 96 }; /* "<schema>/<id>" */

enum voice_kind {
	VOICE_SILENCE, /* frames of silence: the phone must not think us dead */
	VOICE_DEFAULT, /* the project's own music (audio/melody.h) */
	VOICE_FILE,    /* an audio file of the tenant */
	VOICE_TONE,
};

struct voice_sound {
	enum voice_kind kind;
	enum audio_tone tone;
	const char *directory; /* FILE: struct sound's, below the media directory; copied */
};

enum track_state {
	TRACK_COMING,
	TRACK_WHOLE,
	TRACK_MISSING, /* the file is not there, is none of ours, or broke off */
	TRACK_FULL,    /* no memory is left for it */
};

struct tracks;
struct track;

/* media: the media directory, copied; bytes_max: of all tracks together. */
MUST_CHECK enum error_code tracks_open(const char *media, size_t bytes_max,
                                       struct tracks **ret_tracks, struct error *err);
/* No reference may be left. NULL is allowed. */
void tracks_close(struct tracks *tracks);

/* One reference. On the loop's thread. ERROR_MEMORY; whatever else is wrong its state says. */
MUST_CHECK enum error_code track_get(struct tracks *tracks, enum audio_codec codec,
                                     const struct voice_sound *sound, struct track **ret_track);
/* A frame of silence; as long as `tracks`. */
const struct track *track_silence(const struct tracks *tracks, enum audio_codec codec);

/* ---- on any thread ---- */

struct track *track_ref(struct track *track);
void track_unref(struct track *track); /* NULL is allowed */

enum audio_codec track_codec(const struct track *track);
enum track_state track_state(const struct track *track);
/* How many frames of 20 ms can be sent; with TRACK_WHOLE all there are. */
size_t track_ready(const struct track *track);
/* How many there will be; 0: not known before the first is ready. */
size_t track_length(const struct track *track);
/* One that is ready; AUDIO_PAYLOAD_MAX bytes at most. */
const uint8_t *track_frame(const struct track *track, size_t frame, size_t *ret_n);

/* Which frame all who hear it hear at this tick (of 20 ms); the first who asks hears the beginning.
 * Only once something is ready. */
size_t track_place(struct track *track, int64_t tick);

struct tracks_figures {
	size_t tracks, bytes;
	uint64_t encoded, failed; /* tracks, since the start */
};
void tracks_figures(struct tracks *tracks, struct tracks_figures *ret_figures);

#endif
