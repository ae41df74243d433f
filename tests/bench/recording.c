/*
 * What a recorded call costs beside its relaying: bench_recording CODEC FORMAT CHANNELS SECONDS
 *
 * Both sides of a call of so many seconds go through the ring, are put on one clock, mixed or kept
 * apart, and written to a file in the temporary directory, as fast as it goes. CPU time, by thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "audio/record_file.h"
#include "audio/record_mix.h"
#include "sip/recorder_packet.h"
#include "sip/tap.h"

enum { HEADER = 12, SIDES = 2, FRAMES_MOST = 960, LISTENED = 500 };

static void fail(const char *what)
{
	fprintf(stderr, "bench_recording: %s\n", what);
	exit(1);
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

struct bench {
	enum audio_codec codec;
	struct record_form form;
	unsigned seconds;
	uint8_t packets[LISTENED][HEADER + AUDIO_PAYLOAD_MAX];
	size_t lengths[LISTENED];
	int64_t put_ns, record_ns;
};

static enum audio_codec codec_of(const char *name)
{
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		const char *rtpmap = audio_codec_facts((enum audio_codec)i)->rtpmap;

		if (strncasecmp(rtpmap, name, strlen(name)) == 0)
			return (enum audio_codec)i;
	}
	fail("no such codec");
	return AUDIO_CODEC_COUNT;
}

/* Ten seconds of something that is no silence. */
static void encode(struct bench *bench)
{
	const unsigned rate = audio_codec_facts(bench->codec)->rate;
	struct audio_encoder *encoder;
	int16_t pcm[FRAMES_MOST];
	uint32_t noise = 1;

	if (audio_encoder_new(bench->codec, &encoder))
		fail("out of memory");
	for (size_t i = 0; i < LISTENED; i++) {
		for (size_t k = 0; k < rate / 50; k++) {
			noise = noise * 1664525 + 1013904223;
			pcm[k] = (int16_t)((int)(k * 40 % 8000) - 4000 + (int)(noise >> 22));
		}
		bench->lengths[i] = HEADER + audio_encode(encoder, pcm, bench->packets[i] + HEADER);
		bench->packets[i][0] = 0x80;
	}
	audio_encoder_free(encoder);
}

static void put(struct bench *bench, struct tap *tap, uint32_t number, unsigned side)
{
	uint8_t *packet = bench->packets[number % LISTENED];
	const uint32_t timestamp = number * (audio_codec_facts(bench->codec)->clock / 50);

	packet[2] = (uint8_t)(number >> 8);
	packet[3] = (uint8_t)number;
	for (int i = 0; i < 4; i++)
		packet[4 + i] = (uint8_t)(timestamp >> (24 - 8 * i));
	const int64_t began = cpu_ns();

	tap_put(tap, side, number * INT64_C(20000), packet, bench->lengths[number % LISTENED]);
	bench->put_ns += cpu_ns() - began;
}

static void take(struct bench *bench, struct tap *tap, struct record_side *const *sides)
{
	static struct tap_packet from;
	struct record_packet packet;
	uint8_t type;

	while (tap_take(tap, &from)) {
		packet.arrived_us = from.arrived_us;
		if (!recorder_packet_read(from.bytes, from.n, &packet, &type))
			fail("a packet is broken");
		packet.codec = bench->codec;
		record_side_put(sides[from.side], &packet);
	}
}

/* 100 ms, as the recorder's thread does it. */
static void write_tick(struct bench *bench, struct record_side *const *sides,
                       struct record_mix *mix, struct record_file *file)
{
	int16_t one[RECORD_BLOCK_MAX], two[RECORD_BLOCK_MAX], out[24 * RECORD_BLOCK_MAX];
	size_t n = 0;

	for (int i = 0; i < 10; i++) {
		record_side_take(sides[0], one, mix->block);
		record_side_take(sides[1], two, mix->block);
		n += record_mix_add(mix, one, two, out + n * bench->form.channels);
	}
	if (record_file_write(file, out, n, NULL))
		fail("cannot write");
}

static void record(struct bench *bench)
{
	struct record_side *sides[SIDES];
	struct record_mix mix = {.stereo = bench->form.channels == 2,
	                         .block = bench->form.rate / 100};
	char name[] = "/tmp/centrex-bench-XXXXXX";
	const int descriptor = mkstemp(name);
	struct tap *tap = tap_new();
	struct record_file *file;

	if (descriptor < 0 || unlink(name) || !tap ||
	    record_side_new(bench->form.rate, &sides[0]) ||
	    record_side_new(bench->form.rate, &sides[1]) ||
	    record_file_open(descriptor, &bench->form, &file, NULL))
		fail("cannot begin");
	for (uint32_t number = 0; number < bench->seconds * 50; number++) {
		for (unsigned side = 0; side < SIDES; side++)
			put(bench, tap, number, side);
		if (number % 5 != 4)
			continue;
		const int64_t began = cpu_ns();

		take(bench, tap, sides);
		if (number > 25)
			write_tick(bench, sides, &mix, file);
		bench->record_ns += cpu_ns() - began;
	}
	if (record_file_finish(file, NULL))
		fail("cannot write");
	for (unsigned side = 0; side < SIDES; side++)
		record_side_free(sides[side]);
	tap_unref(tap);
	close(descriptor);
}

int main(int argc, char **argv)
{
	static struct bench bench;

	if (argc != 5)
		fail("CODEC wav|opus 1|2 SECONDS");
	bench.codec = codec_of(argv[1]);
	bench.form.format = strcmp(argv[2], "opus") == 0 ? RECORD_OPUS : RECORD_WAV;
	bench.form.channels = atoi(argv[3]) == 2 ? 2 : 1;
	bench.form.rate = audio_codec_facts(bench.codec)->rate > 8000 ? 16000 : 8000;
	bench.seconds = (unsigned)atoi(argv[4]);
	encode(&bench);
	record(&bench);
	/* What taking the time costs is in put_ns: an upper bound. */
	printf("{\"put_us\":%.3f,\"cpu_us\":%.1f}\n",
	       (double)bench.put_ns / 1000 / bench.seconds / 100,
	       (double)bench.record_ns / 1000 / bench.seconds);
	return 0;
}
