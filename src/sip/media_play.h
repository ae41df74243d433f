/*
 * Inside of media: what is played to legs that are alone. Nothing outside of media includes this.
 * Functions here are called on the leg's media thread.
 *
 * Those who hear the same are one channel: each frame of it is put into a packet once, and for each
 * of them only the header is made anew. All media threads count time alike, so that a track is at
 * the same place on each.
 */
#ifndef CENTREX_SIP_MEDIA_PLAY_H
#define CENTREX_SIP_MEDIA_PLAY_H

#include <re.h>

struct media_leg;
struct media_sound;
struct media_thread;
struct play_channel;

/* A leg's; its stream goes on where it was when something else is played later. */
struct play_listener {
	struct play_channel *channel; /* NULL: none */
	struct media_leg *next, **before;
	unsigned serial; /* of the play, for what is told of it */
	bool begun, marker;
	uint8_t payload_type;
	uint16_t sequence;
	uint32_t ssrc, timestamp;
	int64_t tick; /* of `timestamp` */
};

/* A thread's. */
struct play {
	struct play_channel *channels;
	struct mbuf *packet;
	int64_t tick; /* done last */
};

/* Takes the reference to the track. What the leg heard before ends. */
void play_begin(struct media_thread *thread, struct media_leg *leg, const struct media_sound *sound,
                unsigned serial);
void play_end(struct media_leg *leg);

/* How long until something is to be sent; -1: nothing is played. */
int play_wait_ms(const struct media_thread *thread, int64_t now_us);
/* Sends what is due. */
void play_run(struct media_thread *thread);

#endif
