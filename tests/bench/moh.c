/*
 * What it costs to play to many: bench_moh SIDE CODEC LISTENERS SECONDS, or bench_moh sink
 *
 * SIDE centrex: one media thread with so many legs that hear the music of our own; srtp: the same,
 * encrypted; plain: one thread that sends as many packets as long from connected sockets, all it
 * does. A further call goes through the thread of the media meanwhile, whose delay is measured.
 * Nobody keeps what arrives: the sinks' filter drops it, so that only sending is paid for. `sink`
 * is one for other programs: it says its port, and for each line of its input how much came.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "sip/media.h"
#include "sip/track.h"

enum {
	SINKS = 64,
	HEADER = 12,
	TICK_US = 20000,
	PROBE_US = 4000,
	PROBES_MAX = 100000,
	FILES = 65536,
};

struct options {
	const char *side;
	enum audio_codec codec;
	unsigned listeners, seconds;
};

static void fail(const char *what)
{
	fprintf(stderr, "bench_moh: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_socket(struct sa *ret_address)
{
	const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	sa_set_str(ret_address, "127.0.0.1", 0);
	if (descriptor < 0 || bind(descriptor, &ret_address->u.sa, ret_address->len))
		fail("open a socket");
	ret_address->len = sizeof(ret_address->u);
	if (getsockname(descriptor, &ret_address->u.sa, &ret_address->len))
		fail("open a socket");
	return descriptor;
}

struct sink {
	int socket;
	struct sa address;
};

static void open_sinks(struct sink *sinks, int n)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = {.len = 1, .filter = &drop};

	for (int i = 0; i < n; i++) {
		sinks[i].socket = open_socket(&sinks[i].address);
		if (setsockopt(sinks[i].socket, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		               sizeof(program)))
			fail("attach a filter");
	}
}

static int sink_main(void)
{
	struct sink sink;
	char line[64];

	open_sinks(&sink, 1);
	printf("{\"port\":%u}\n", sa_port(&sink.address));
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		uint32_t figures[SK_MEMINFO_VARS];
		socklen_t n = sizeof(figures);

		if (getsockopt(sink.socket, SOL_SOCKET, SO_MEMINFO, figures, &n))
			fail("read the sink");
		printf("{\"came\":%u}\n", figures[SK_MEMINFO_DROPS]);
		fflush(stdout);
	}
	return 0;
}

static int64_t cpu_us(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL +
	       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* What all threads but this one have used. */
static int64_t others_us(void)
{
	return cpu_us(RUSAGE_SELF) - cpu_us(RUSAGE_THREAD);
}

/* ---- plain ---- */

struct plain {
	const struct options *options;
	const struct sink *sinks;
	const struct track *track;
	atomic_bool stop;
	atomic_ullong sent;
};

static void *plain_main(void *arg)
{
	struct plain *plain = arg;
	const unsigned n = plain->options->listeners;
	int *sockets = calloc(n, sizeof(*sockets));
	uint8_t packet[HEADER + AUDIO_PAYLOAD_MAX] = {0x80};

	for (unsigned i = 0; i < n; i++) {
		struct sa own;
		const struct sa *sink = &plain->sinks[i % SINKS].address;

		sockets[i] = open_socket(&own);
		if (connect(sockets[i], &sink->u.sa, sink->len))
			fail("connect");
	}
	int64_t at_us = clock_monotonic_us();

	for (size_t tick = 0; !atomic_load(&plain->stop); tick++) {
		size_t bytes;
		const uint8_t *frame =
			track_frame(plain->track, tick % track_length(plain->track), &bytes);

		memcpy(packet + HEADER, frame, bytes);
		for (unsigned i = 0; i < n; i++)
			(void)!send(sockets[i], packet, HEADER + bytes,
			            MSG_DONTWAIT | MSG_NOSIGNAL);
		atomic_fetch_add(&plain->sent, n);
		at_us += TICK_US;
		const int64_t left_us = at_us - clock_monotonic_us();
		if (left_us > 0)
			usleep((useconds_t)left_us);
	}
	free(sockets);
	return NULL;
}

/* ---- Centrex ---- */

struct centrex {
	struct media *media;
	struct media_leg **legs;
	/* The call that goes through meanwhile. */
	struct media_leg *call[2];
	int phones[2];
	struct sa addresses[2];
};

static void remote(struct media_leg *leg, const struct sa *address)
{
	const struct media_remote to = {.rtp = *address, .signalled = *address};

	if (media_leg_remote(leg, &to))
		fail("set an address");
}

static void speak(const struct sink *sink, const struct media_leg *leg)
{
	const uint8_t packet[HEADER] = {0x80, 8};
	struct sa to;

	sa_set_str(&to, "127.0.0.1", media_leg_port(leg));
	if (sendto(sink->socket, packet, sizeof(packet), 0, &to.u.sa, to.len) < 0)
		fail("speak");
}

static void centrex_open(struct centrex *centrex, const struct options *options,
                         const struct tracks *tracks, struct track *track,
                         const struct sink sinks[static SINKS])
{
	const struct media_sound sound = {.track = track,
	                                  .silence = track_silence(tracks, options->codec),
	                                  .payload_type = 96};
	const struct media_keys keys = {.suite = SRTP_AES_CM_128_HMAC_SHA1_80};
	struct media_config config = {.port_least = 10000, .port_most = 29999, .threads = 1};
	struct error err;

	sa_set_str(&config.address, "127.0.0.1", 0);
	centrex->legs = calloc(options->listeners, sizeof(struct media_leg *));
	if (media_open(&config, &centrex->media, &err))
		fail("start media");
	for (unsigned i = 0; i < options->listeners; i++) {
		struct media_leg **leg = &centrex->legs[i];

		if (media_leg_open(centrex->media, NULL, NULL, NULL, NULL, leg, &err))
			fail("open a leg");
		remote(*leg, &sinks[i % SINKS].address);
		if (!strcmp(options->side, "srtp") && media_leg_secure(*leg, &keys))
			fail("secure a leg");
		if (media_leg_play(*leg, &sound, NULL, NULL))
			fail("play");
		usleep((useconds_t)(1000000 / options->listeners)); /* nobody calls all at once */
		/* As a phone would, so that the leg knows it. */
		if (strcmp(options->side, "srtp"))
			speak(&sinks[i % SINKS], *leg);
	}
	for (int i = 0; i < 2; i++) {
		centrex->phones[i] = open_socket(&centrex->addresses[i]);
		if (media_leg_open(centrex->media, NULL, NULL, NULL, NULL, &centrex->call[i], &err))
			fail("open a leg");
		remote(centrex->call[i], &centrex->addresses[i]);
	}
	if (media_bridge(centrex->call[0], centrex->call[1]))
		fail("bridge");
}

static unsigned long long centrex_sent(const struct centrex *centrex, unsigned listeners)
{
	unsigned long long sent = 0;

	for (unsigned i = 0; i < listeners; i++) {
		struct media_counters counters;

		media_leg_counters(centrex->legs[i], &counters);
		sent += counters.sent_packets;
	}
	return sent;
}

/* How long one packet of the call takes; 0: it was lost. */
static int64_t probe(const struct centrex *centrex, uint16_t sequence)
{
	uint8_t packet[HEADER + 160] = {0x80, 8, (uint8_t)(sequence >> 8), (uint8_t)sequence};
	struct pollfd poll_for = {.fd = centrex->phones[1], .events = POLLIN};
	struct sa to;
	const int64_t began_us = clock_monotonic_us();

	sa_set_str(&to, "127.0.0.1", media_leg_port(centrex->call[0]));
	if (sendto(centrex->phones[0], packet, sizeof(packet), 0, &to.u.sa, to.len) < 0)
		return 0;
	while (poll(&poll_for, 1, 200) == 1) {
		uint8_t came[2048];

		if (recv(centrex->phones[1], came, sizeof(came), 0) > 4 && came[2] == packet[2] &&
		    came[3] == packet[3])
			return clock_monotonic_us() - began_us;
	}
	return 0;
}

/* ---- both ---- */

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static unsigned long long sent_now(const struct options *options, const struct centrex *centrex,
                                   struct plain *plain)
{
	return centrex->media ? centrex_sent(centrex, options->listeners)
	                      : atomic_load(&plain->sent);
}

static void measure(const struct options *options, const struct centrex *centrex,
                    struct plain *plain)
{
	static int64_t delays[PROBES_MAX];
	size_t n = 0, lost = 0;

	sleep(1); /* begins, and learns where the phones are */
	const unsigned long long sent = sent_now(options, centrex, plain);
	const int64_t used_us = others_us(), began_us = clock_monotonic_us();
	const int64_t until_us = began_us + options->seconds * 1000000LL;

	for (uint16_t i = 0; clock_monotonic_us() < until_us; i++) {
		if (centrex->media && n < PROBES_MAX) {
			const int64_t delay = probe(centrex, i);

			*(delay ? &delays[n] : &delays[PROBES_MAX - 1]) = delay;
			*(delay ? &n : &lost) += 1;
		}
		usleep(PROBE_US);
	}
	const int64_t wall_us = clock_monotonic_us() - began_us;
	const double packets = (double)(sent_now(options, centrex, plain) - sent);
	const double cpu = (double)(others_us() - used_us) / packets;

	qsort(delays, n, sizeof(*delays), compare);
	printf("{\"cpu_us\":%.3f,\"rate\":%.0f,\"expected\":%u,\"delay_p50_us\":%lld,"
	       "\"delay_p99_us\":%lld,\"lost\":%zu}\n",
	       cpu, packets * 1e6 / (double)wall_us, options->listeners * 50,
	       n ? (long long)delays[n / 2] : 0, n ? (long long)delays[n * 99 / 100] : 0, lost);
}

static enum audio_codec codec_named(const char *name)
{
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		const char *rtpmap = audio_codec_facts((enum audio_codec)i)->rtpmap;

		if (!strncasecmp(rtpmap, name, strlen(name)))
			return (enum audio_codec)i;
	}
	errno = EINVAL;
	fail(name);
	return 0;
}

int main(int argc, char **argv)
{
	const struct rlimit files = {FILES, FILES};
	struct tracks *tracks;
	struct track *track;
	struct sink sinks[SINKS];
	struct centrex centrex = {0};
	struct error err;
	pthread_t thread;

	if (argc == 2 && strcmp(argv[1], "sink") == 0)
		return sink_main();
	if (argc != 5) {
		fprintf(stderr,
		        "usage: bench_moh centrex|srtp|plain CODEC LISTENERS SECONDS | sink\n");
		return 2;
	}
	const struct options options = {argv[1], codec_named(argv[2]),
	                                (unsigned)strtoul(argv[3], NULL, 10),
	                                (unsigned)strtoul(argv[4], NULL, 10)};
	struct plain plain = {.options = &options, .sinks = sinks};

	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (libre_init() || tracks_open("/nowhere", 64 << 20, &tracks, &err) ||
	    track_get(tracks, options.codec, &(struct voice_sound){.kind = VOICE_DEFAULT}, &track))
		fail("start");
	while (track_state(track) == TRACK_COMING)
		usleep(10000);
	open_sinks(sinks, SINKS);
	if (strcmp(options.side, "plain") == 0) {
		plain.track = track;
		if (pthread_create(&thread, NULL, plain_main, &plain))
			fail("start a thread");
	} else {
		centrex_open(&centrex, &options, tracks, track, sinks);
	}
	measure(&options, &centrex, &plain);
	if (centrex.media) {
		media_close(centrex.media);
	} else {
		atomic_store(&plain.stop, true);
		pthread_join(thread, NULL);
	}
	track_unref(track);
	tracks_close(tracks);
	libre_close();
	return 0;
}
