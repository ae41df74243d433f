#include "audio/record_side.h"

#include <string.h>

#include "audio/resample.h"

enum {
	SEQUENCE_JUMP = 1000, /* further from what is expected, it is counted anew */
	OLD_AT_LEAST = 32,    /* so far behind it is no duplicate of a network's */
	OLD_RUN = 4,          /* of them one after the other: the phone has begun anew */
	DRIFT_PACKETS = 128,  /* looked at together */
	DRIFT_MS = 20,        /* earlier or later than this, all of them: followed */
	FOLLOW_EACH = 4,      /* packets: by one sample */
};

struct held {
	struct record_packet packet; /* payload: ours */
	uint8_t *payload;
};

struct record_side {
	unsigned rate;
	struct record_side_counts counts;

	/* The source. */
	bool known;
	uint32_t ssrc;
	uint16_t expected;
	uint16_t old_next; /* sequence number that would go on a run of old ones */
	unsigned old_run;
	size_t n_held;
	struct held held[RECORD_HELD_MAX]; /* by sequence number */

	/* Where the next packet belongs. */
	bool anchored;
	enum audio_codec codec;
	uint32_t timestamp; /* of the last packet of sound */
	int64_t position;   /* its */
	int64_t lateness;   /* least of arrival - position, of n_lateness packets */
	unsigned n_lateness;
	int shift; /* samples to make up for */

	/* The sound that goes on: at the codec's rate in, at ours out. */
	bool going;
	int64_t heard_us;
	int64_t ends; /* position where what came in ends */
	int64_t at;   /* position of what comes out next */
	struct audio_decoder *decoders[AUDIO_CODEC_COUNT];
	struct resampler *resamplers[AUDIO_CODEC_COUNT];

	/* A ring: positions from `base` on. */
	int64_t base;
	size_t room;
	int16_t *samples;
	int16_t decoded[AUDIO_SAMPLES_MAX + RECORD_HELD_MAX];
};

enum error_code record_side_new(unsigned rate, struct record_side **ret_side)
{
	AUTO(auto_free) struct record_side *side = calloc(1, sizeof(*side));

	if (!side)
		return ERROR_MEMORY;
	side->rate = rate;
	side->room = (size_t)rate * RECORD_WINDOW_MS / 1000;
	side->samples = calloc(side->room, sizeof(*side->samples));
	if (!side->samples)
		return ERROR_MEMORY;
	*ret_side = TAKE(side);
	return ERROR_OK;
}

void record_side_free(struct record_side *side)
{
	if (!side)
		return;
	for (size_t i = 0; i < side->n_held; i++)
		free(side->held[i].payload);
	for (size_t i = 0; i < AUDIO_CODEC_COUNT; i++) {
		audio_decoder_free(side->decoders[i]);
		resampler_free(side->resamplers[i]);
	}
	free(side->samples);
	free(side);
}

static int64_t samples_of_ms(const struct record_side *side, int64_t ms)
{
	return side->rate * ms / 1000;
}

/* ---- into the ring ---- */

static void place(struct record_side *side, const int16_t *samples, size_t n)
{
	for (size_t i = 0; i < n; i++, side->at++) {
		if (side->at >= side->base && side->at < side->base + (int64_t)side->room)
			side->samples[(uint64_t)side->at % side->room] = samples[i];
	}
}

/* What comes in was at the codec's rate; samples NULL: the end of it. */
static void place_resampled(struct record_side *side, struct resampler *resampler,
                            const int16_t *samples, size_t n)
{
	int16_t out[RESAMPLE_CHUNK];
	size_t used, made;

	do {
		made = resampler_add(resampler, samples, n, &used, out);
		/* Its delay comes out again at the end, which may be a sample longer. */
		if (side->at + (int64_t)made > side->ends)
			made = side->ends > side->at ? (size_t)(side->ends - side->at) : 0;
		place(side, out, made);
		samples = samples ? samples + used : NULL;
		n -= samples ? used : n;
	} while ((n && used) || made == RESAMPLE_CHUNK);
}

/* The sound ends here: what the resampler has inside is its last. */
static void stop_going(struct record_side *side)
{
	struct resampler *resampler = side->going ? side->resamplers[side->codec] : NULL;

	side->going = false;
	if (!resampler)
		return;
	place_resampled(side, resampler, NULL, 0);
	resampler_reset(resampler);
}

static bool prepare(struct record_side *side, enum audio_codec codec)
{
	const unsigned rate = audio_codec_facts(codec)->rate;

	if (!side->decoders[codec] && audio_decoder_new(codec, &side->decoders[codec]))
		return false;
	return rate == side->rate || side->resamplers[codec] ||
	       resampler_new(rate, side->rate, &side->resamplers[codec]) == ERROR_OK;
}

/* So many samples of our rate more or fewer, from those that were decoded. */
static size_t stretch(struct record_side *side, size_t n, int shift)
{
	const unsigned rate = audio_codec_facts(side->codec)->rate;
	const size_t one = rate > side->rate ? rate / side->rate : 1;

	for (; shift > 0; shift--)
		for (size_t i = 0; i < one; i++, n++)
			side->decoded[n] = side->decoded[n - 1];
	return shift < 0 && n > 2 * one ? n - one : n;
}

static void sound(struct record_side *side, const struct record_packet *packet, int64_t position,
                  int shift)
{
	const unsigned rate = audio_codec_facts(packet->codec)->rate;
	const int64_t gap = position - side->ends;
	size_t n = audio_decode(side->decoders[packet->codec], packet->payload, packet->n,
	                        side->decoded);

	if (!n) {
		side->counts.bad++;
		return;
	}
	n = stretch(side, n, shift);
	/* A sample is what rounding makes of timestamps. */
	if (!side->going || gap < -1 || gap > 1) {
		stop_going(side);
		side->at = side->ends = position;
	}
	if (side->ends + (int64_t)(n * side->rate / rate) <= side->base)
		side->counts.late++;
	side->ends += (int64_t)(n * side->rate / rate);
	side->going = true;
	side->heard_us = packet->arrived_us;
	if (side->resamplers[packet->codec])
		place_resampled(side, side->resamplers[packet->codec], side->decoded, n);
	else
		place(side, side->decoded, n);
}

/* ---- where a packet belongs ---- */

static void anchor(struct record_side *side, const struct record_packet *packet, int64_t arrived)
{
	stop_going(side);
	side->anchored = true;
	side->codec = packet->codec;
	side->position = arrived;
	side->n_lateness = 0;
	side->counts.anchors++;
}

/* A clock that runs at another speed moves all arrivals to one side: they are followed by a sample
 * now and then, which nobody hears, until they are there again. */
static int follow(struct record_side *side, int64_t arrived)
{
	const int64_t lateness = arrived - side->position;
	const int64_t most = samples_of_ms(side, DRIFT_MS);
	const unsigned rate = audio_codec_facts(side->codec)->rate;
	const int unit = rate < side->rate ? (int)(side->rate / rate) : 1;

	if (!side->n_lateness || lateness < side->lateness)
		side->lateness = lateness;
	if (++side->n_lateness >= DRIFT_PACKETS) {
		side->n_lateness = 0;
		side->shift = side->lateness > most    ? (int)most / 2 / unit
		              : side->lateness < -most ? -((int)most / 2) / unit
		                                       : 0;
	}
	if (side->n_lateness % FOLLOW_EACH)
		return 0;
	return side->shift > 0 ? 1 : side->shift < 0 ? -1 : 0;
}

static void play(struct record_side *side, const struct record_packet *packet)
{
	const int64_t arrived = packet->arrived_us * side->rate / 1000000;
	int shift = 0;

	if (packet->codec == RECORD_NO_SOUND || !prepare(side, packet->codec))
		return;
	if (side->anchored && packet->codec == side->codec) {
		const int64_t ticks = (int32_t)(packet->timestamp - side->timestamp);

		side->position += ticks * side->rate / audio_codec_facts(packet->codec)->clock;
	}
	if (!side->anchored || packet->codec != side->codec ||
	    llabs(side->position - arrived) > samples_of_ms(side, RECORD_JUMP_MS))
		anchor(side, packet, arrived);
	else
		shift = follow(side, arrived);
	side->timestamp = packet->timestamp;
	sound(side, packet, side->position, shift);
	if (shift) {
		const unsigned rate = audio_codec_facts(side->codec)->rate;

		side->position += shift * (rate < side->rate ? (int)(side->rate / rate) : 1);
		side->shift -= shift;
	}
}

/* ---- the order of packets ---- */

static void release_first(struct record_side *side)
{
	struct held first = side->held[0];

	side->n_held--;
	memmove(side->held, side->held + 1, side->n_held * sizeof(*side->held));
	side->expected = (uint16_t)(first.packet.sequence + 1);
	first.packet.payload = first.payload;
	play(side, &first.packet);
	free(first.payload);
}

static void release_following(struct record_side *side)
{
	while (side->n_held && side->held[0].packet.sequence == side->expected)
		release_first(side);
}

static void hold(struct record_side *side, const struct record_packet *packet)
{
	size_t i = side->n_held;
	struct held held = {.packet = *packet};

	while (i && (int16_t)(side->held[i - 1].packet.sequence - packet->sequence) > 0)
		i--;
	if (i && side->held[i - 1].packet.sequence == packet->sequence) {
		side->counts.duplicates++;
		return;
	}
	held.payload = malloc(packet->n ? packet->n : 1);
	if (!held.payload)
		return;
	memcpy(held.payload, packet->payload, packet->n);
	memmove(side->held + i + 1, side->held + i, (side->n_held - i) * sizeof(*side->held));
	side->held[i] = held;
	side->n_held++;
	if (side->n_held == RECORD_HELD_MAX) {
		release_first(side);
		release_following(side);
	}
}

static void begin(struct record_side *side, const struct record_packet *packet)
{
	record_side_flush(side);
	side->known = true;
	side->ssrc = packet->ssrc;
	side->expected = packet->sequence;
	side->old_run = 0;
	side->anchored = false;
	side->shift = 0;
}

/* One far behind may be the first after the phone has begun anew; a few in a row are. */
static bool is_anew(struct record_side *side, const struct record_packet *packet)
{
	const int ahead = (int16_t)(packet->sequence - side->expected);

	if (!side->known || packet->ssrc != side->ssrc || abs(ahead) > SEQUENCE_JUMP)
		return true;
	if (ahead > -OLD_AT_LEAST)
		return false;
	side->old_run = side->old_run && packet->sequence == side->old_next ? side->old_run + 1 : 1;
	side->old_next = (uint16_t)(packet->sequence + 1);
	return side->old_run >= OLD_RUN;
}

void record_side_put(struct record_side *side, const struct record_packet *packet)
{
	int ahead;

	side->counts.packets++;
	record_side_tick(side, packet->arrived_us);
	if (is_anew(side, packet))
		begin(side, packet);
	ahead = (int16_t)(packet->sequence - side->expected);
	if (ahead < 0) {
		side->counts.duplicates++;
		return;
	}
	if (ahead > 0) {
		hold(side, packet);
		return;
	}
	side->expected++;
	play(side, packet);
	release_following(side);
}

void record_side_tick(struct record_side *side, int64_t now_us)
{
	while (side->n_held &&
	       now_us - side->held[0].packet.arrived_us > RECORD_REORDER_MS * 1000LL) {
		release_first(side);
		release_following(side);
	}
	/* Before its last sound is too late to be written. */
	if (side->going && now_us - side->heard_us > RECORD_BEHIND_MS / 2 * 1000LL)
		stop_going(side);
}

void record_side_flush(struct record_side *side)
{
	while (side->n_held)
		release_first(side);
	stop_going(side);
}

/* ---- out of it ---- */

void record_side_take(struct record_side *side, int16_t *samples, size_t n)
{
	for (size_t i = 0; i < n; i++, side->base++) {
		int16_t *from = &side->samples[(uint64_t)side->base % side->room];

		samples[i] = *from;
		*from = 0;
	}
}

void record_side_counts(const struct record_side *side, struct record_side_counts *ret_counts)
{
	*ret_counts = side->counts;
}
