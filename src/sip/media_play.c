#include "sip/media_play.h"

#include <sodium.h>
#include <string.h>

#include "sip/media_thread.h"
#include "sip/track.h"

enum {
	TICK_US = AUDIO_FRAME_MS * 1000,
	HEADER = 12, /* RFC 3550 section 5.1 */
	/* Sent before the relay gets its turn: a call must not wait for thousands who hear music.
	 */
	TURN = 64,
	LATE = 5, /* ticks that are made up for */
};

struct play_channel {
	struct play_channel *next, **before;
	struct track *track; /* NULL: it is over; silence */
	const struct track *silence;
	bool once;
	size_t place; /* once: the next frame */
	struct media_leg *listeners;
};

static bool channel_is_of(const struct play_channel *channel, const struct media_sound *sound)
{
	return channel->track == sound->track && channel->once == sound->once;
}

/* Where all who hear the sound hear it. What is heard once is for one, who goes on hearing it when
 * he is told again: the phone has only asked for something else meanwhile. */
static struct play_channel *channel_find(struct play *play, const struct play_listener *listener,
                                         const struct media_sound *sound)
{
	struct play_channel *channel = play->channels;

	if (listener->channel && channel_is_of(listener->channel, sound))
		return listener->channel;
	while (channel && (sound->once || !channel_is_of(channel, sound)))
		channel = channel->next;
	return channel;
}

/* Takes the reference to the track. */
static struct play_channel *channel_new(struct play *play, const struct media_sound *sound)
{
	struct play_channel *channel = calloc(1, sizeof(*channel));

	if (!channel) {
		track_unref(sound->track);
		return NULL;
	}
	channel->track = sound->track;
	channel->silence = sound->silence;
	channel->once = sound->once;
	channel->next = play->channels;
	channel->before = &play->channels;
	if (channel->next)
		channel->next->before = &channel->next;
	play->channels = channel;
	return channel;
}

static void channel_free(struct play_channel *channel)
{
	*channel->before = channel->next;
	if (channel->next)
		channel->next->before = channel->before;
	track_unref(channel->track);
	free(channel);
}

void play_begin(struct media_thread *thread, struct media_leg *leg, const struct media_sound *sound,
                unsigned serial)
{
	struct play_listener *listener = &leg->play;
	struct play_channel *channel = channel_find(&thread->play, listener, sound);

	if (channel && channel == listener->channel) { /* it goes on */
		track_unref(sound->track);
		listener->payload_type = sound->payload_type;
		listener->serial = serial;
		return;
	}
	const int64_t before = thread->now_us / TICK_US - 1;
	if (!thread->play.channels && thread->play.tick < before)
		thread->play.tick = before; /* what nobody was to hear is not late */
	play_end(leg);
	listener->serial = serial;
	if (channel)
		track_unref(sound->track);
	else
		channel = channel_new(&thread->play, sound);
	if (!channel) {
		media_tell_played(leg, false);
		return;
	}
	listener->channel = channel;
	listener->payload_type = sound->payload_type;
	listener->marker = true;
	listener->next = channel->listeners;
	listener->before = &channel->listeners;
	if (listener->next)
		listener->next->play.before = &listener->next;
	channel->listeners = leg;
	if (!listener->begun) {
		randombytes_buf(&listener->ssrc, sizeof(listener->ssrc));
		listener->timestamp = randombytes_random();
		/* Half of the numbers are left before they turn over (RFC 3711 section 3.3.1). */
		listener->sequence = (uint16_t)randombytes_uniform(0x8000);
		listener->begun = true;
		listener->tick = before;
	}
}

void play_end(struct media_leg *leg)
{
	struct play_listener *listener = &leg->play;
	struct play_channel *channel = listener->channel;

	if (!channel)
		return;
	*listener->before = listener->next;
	if (listener->next)
		listener->next->play.before = listener->before;
	listener->channel = NULL;
	if (!channel->listeners)
		channel_free(channel);
}

int play_wait_ms(const struct media_thread *thread, int64_t now_us)
{
	const int64_t left_us = (thread->play.tick + 1) * TICK_US - now_us;

	if (!thread->play.channels)
		return -1;
	return left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
}

/* All who hear it are told, and hear silence from now on. */
static void channel_over(struct play_channel *channel, bool whole)
{
	track_unref(TAKE(channel->track));
	for (struct media_leg *leg = channel->listeners; leg; leg = leg->play.next)
		media_tell_played(leg, whole);
}

/* What the channel has to send at this tick. */
static const uint8_t *channel_frame(struct play_channel *channel, int64_t tick, size_t *ret_n)
{
	struct track *track = channel->track;

	if (track) {
		/* The state first: what is whole now has all its frames ready. */
		const enum track_state state = track_state(track);
		const size_t ready = track_ready(track);
		const size_t place = channel->once ? channel->place
		                     : ready > 0   ? track_place(track, tick)
		                                   : 0;

		if (place < ready) {
			channel->place = place + 1;
			return track_frame(track, place, ret_n);
		}
		if (state != TRACK_COMING)
			channel_over(channel, state == TRACK_WHOLE);
	}
	return track_frame(channel->silence, (size_t)tick % track_length(channel->silence), ret_n);
}

static void write_header(uint8_t *bytes, struct play_listener *listener, int64_t tick,
                         unsigned step)
{
	listener->timestamp += (uint32_t)(tick - listener->tick) * step;
	listener->tick = tick;
	bytes[0] = 2 << 6;
	bytes[1] = (uint8_t)((listener->marker ? 0x80 : 0) | listener->payload_type);
	listener->marker = false;
	const uint16_t sequence = htons(listener->sequence++);
	const uint32_t timestamp = htonl(listener->timestamp);

	memcpy(bytes + 2, &sequence, sizeof(sequence));
	memcpy(bytes + 4, &timestamp, sizeof(timestamp));
	memcpy(bytes + 8, &listener->ssrc, sizeof(listener->ssrc));
}

/* Encryption works in place: for that a copy is sent. */
static void send_to(struct media_thread *thread, struct media_leg *leg, int64_t tick, unsigned step)
{
	struct mbuf *packet = thread->play.packet;

	/* Who was stopped and begins again has had this tick's frame. */
	if (leg->deaf || tick <= leg->play.tick)
		return;
	write_header(packet->buf, &leg->play, tick, step);
	packet->pos = 0;
	if (leg->send[0]) {
		mbuf_rewind(thread->packet);
		memcpy(thread->packet->buf, packet->buf, packet->end);
		thread->packet->end = packet->end;
		packet = thread->packet;
	}
	relay_send(leg, NULL, RELAY_RTP, packet, thread->now_us);
}

/* sent: how many since the relay had its turn. */
static void run_channel(struct media_thread *thread, struct play_channel *channel, int64_t tick,
                        unsigned *sent)
{
	const struct audio_codec_facts *facts = audio_codec_facts(track_codec(channel->silence));
	const unsigned step = facts->clock / (1000 / AUDIO_FRAME_MS);
	struct mbuf *packet = thread->play.packet;
	size_t n;
	const uint8_t *frame = channel_frame(channel, tick, &n);

	memcpy(packet->buf + HEADER, frame, n);
	packet->end = HEADER + n;
	for (struct media_leg *leg = channel->listeners; leg; leg = leg->play.next) {
		send_to(thread, leg, tick, step);
		if (++*sent % TURN == 0)
			media_thread_relay(thread);
	}
}

static void run_tick(struct media_thread *thread, int64_t tick, unsigned *sent)
{
	for (struct play_channel *channel = thread->play.channels; channel; channel = channel->next)
		run_channel(thread, channel, tick, sent);
}

void play_run(struct media_thread *thread)
{
	const int64_t now = thread->now_us / TICK_US;
	struct play *play = &thread->play;
	unsigned sent = 0;

	/* A phone's buffer bridges a moment; what is later is better left out. */
	if (now - play->tick > LATE)
		play->tick = now - 1;
	while (play->tick < now)
		run_tick(thread, ++play->tick, &sent);
}
