/*
 * RTP load: both ends of many calls. Standard input has one line a leg, "LOCAL REMOTE": send from
 * port LOCAL to port REMOTE of 127.0.0.1. Legs come in pairs: what leg 2k sends should reach leg
 * 2k+1 and the other way round. Each leg sends a packet of 20 ms G.711 fifty times a second, spread
 * evenly over the 20 ms.
 *
 *   load_rtp SECONDS < legs
 *
 * Prints one JSON line: packets sent and received, and the generator's own lateness, which must
 * stay far below 20 ms for the figures to mean anything.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LEGS_MAX = 8192, PACKET_BYTES = 172, INTERVAL_NS = 20000000 };

struct leg {
	int socket;
	uint16_t sequence;
	uint64_t received;
};

struct load {
	struct leg legs[LEGS_MAX];
	unsigned n;
	unsigned seconds;
	uint64_t sent;
	int64_t late_most_ns;
	int epoll;
	volatile bool stop;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool open_leg(struct leg *leg, unsigned local, unsigned remote)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)local)};
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)remote)};

	own.sin_addr.s_addr = peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	leg->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	return leg->socket >= 0 && bind(leg->socket, (struct sockaddr *)&own, sizeof(own)) == 0 &&
	       connect(leg->socket, (struct sockaddr *)&peer, sizeof(peer)) == 0;
}

static void *receive_all(void *arg)
{
	struct load *load = arg;
	struct epoll_event events[256];

	while (!load->stop) {
		int n = epoll_wait(load->epoll, events, 256, 50);

		for (int i = 0; i < n; i++) {
			struct leg *leg = events[i].data.ptr;
			uint8_t packet[2048];

			while (recv(leg->socket, packet, sizeof(packet), 0) > 0)
				leg->received++;
		}
	}
	return NULL;
}

static void send_one(struct load *load, unsigned index)
{
	struct leg *leg = &load->legs[index];
	uint8_t packet[PACKET_BYTES] = {0x80, 8};
	uint32_t stamp = htonl((uint32_t)leg->sequence * 160), ssrc = htonl(0x10000 + index);
	uint16_t sequence = htons(leg->sequence++);

	memcpy(packet + 2, &sequence, 2);
	memcpy(packet + 4, &stamp, 4);
	memcpy(packet + 8, &ssrc, 4);
	memset(packet + 12, 0xd5, sizeof(packet) - 12); /* silence in A-law */
	if (send(leg->socket, packet, sizeof(packet), 0) > 0)
		load->sent++;
}

static void send_all(struct load *load)
{
	int64_t begin = now_ns();
	uint64_t total = (uint64_t)load->seconds * 50 * load->n;

	for (uint64_t i = 0; i < total;) {
		int64_t due = begin + (int64_t)(i * INTERVAL_NS / load->n);
		int64_t now = now_ns();

		if (now < due) {
			struct timespec pause = {.tv_nsec =
			                                 due - now > 1000000 ? 1000000 : due - now};

			nanosleep(&pause, NULL);
			continue;
		}
		if (now - due > load->late_most_ns)
			load->late_most_ns = now - due;
		send_one(load, (unsigned)(i++ % load->n));
	}
}

int main(int argc, char **argv)
{
	static struct load load;
	struct rlimit files = {.rlim_cur = LEGS_MAX + 64, .rlim_max = LEGS_MAX + 64};
	unsigned local, remote;
	uint64_t received = 0;
	pthread_t receiver;

	if (argc != 2) {
		fprintf(stderr, "load_rtp SECONDS < legs\n");
		return 2;
	}
	load.seconds = (unsigned)atoi(argv[1]);
	load.epoll = epoll_create1(0);
	setrlimit(RLIMIT_NOFILE, &files);
	while (load.n < LEGS_MAX && scanf("%u %u", &local, &remote) == 2) {
		struct leg *leg = &load.legs[load.n++];
		struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = leg};

		if (!open_leg(leg, local, remote) ||
		    epoll_ctl(load.epoll, EPOLL_CTL_ADD, leg->socket, &event) < 0) {
			fprintf(stderr, "leg %u -> %u: %s\n", local, remote, strerror(errno));
			return 1;
		}
	}
	if (!load.n || pthread_create(&receiver, NULL, receive_all, &load))
		return 1;
	send_all(&load);
	usleep(200000); /* what is still on its way */
	load.stop = true;
	pthread_join(receiver, NULL);
	for (unsigned i = 0; i < load.n; i++)
		received += load.legs[i].received;
	printf("{\"legs\":%u,\"sent\":%llu,\"received\":%llu,\"late_most_ms\":%.1f}\n", load.n,
	       (unsigned long long)load.sent, (unsigned long long)received,
	       (double)load.late_most_ns / 1e6);
	return 0;
}
