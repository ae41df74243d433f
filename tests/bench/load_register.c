/*
 * REGISTER load over UDP: each phone asks, is challenged, and asks again with digest, as a phone
 * does after a restart. A window of phones is under way at any time, so that the server is never
 * idle and never flooded; what is lost is sent again after half a second.
 *
 *   load_register PORT DOMAINS FIRST COUNT WINDOW
 *
 * DOMAINS: comma-separated; phone i belongs to the domain i % n. Its user name is
 * 00000000-0000-4000-8000-1000<10000000+i>, its number 10000 + i / n, its password
 * password-of-the-phone-<10000000+i>. Prints one JSON line.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_sip.h"

enum { WINDOW_MAX = 1024, DOMAINS_MAX = 64, MESSAGE_MAX = 2048, RESEND_MS = 500 };

struct phone {
	unsigned index;
	unsigned cseq;
	bool busy;
	bool answering; /* the challenge has come */
	char nonce[LOAD_NONCE_MAX];
	uint64_t sent_ms;
};

struct load {
	int socket;
	unsigned port;
	unsigned first, count, next, done, failed, resent;
	unsigned window;
	char *domains[DOMAINS_MAX];
	unsigned n_domains;
	unsigned run; /* makes this run's Call-IDs differ from others' */
	struct phone phones[WINDOW_MAX];
};

static void send_register(struct load *load, unsigned slot)
{
	struct phone *phone = &load->phones[slot];
	const char *domain = load->domains[phone->index % load->n_domains];
	unsigned number = 10000 + phone->index / load->n_domains;
	char header[1024] = "", message[MESSAGE_MAX], uri[256];
	int n;

	snprintf(uri, sizeof(uri), "sip:%s", domain);
	if (phone->answering) /* the challenge */
		load_authorization(phone->index, domain, "REGISTER", uri, phone->nonce, header,
		                   sizeof(header));
	n = snprintf(message, sizeof(message),
	             "REGISTER sip:%s SIP/2.0\r\n"
	             "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%u.%u.%u.%u;rport\r\n"
	             "Max-Forwards: 70\r\n"
	             "From: <sip:%u@%s>;tag=%u%u\r\n"
	             "To: <sip:%u@%s>\r\n"
	             "Call-ID: %u.%u@bench\r\n"
	             "CSeq: %u REGISTER\r\n"
	             "Contact: <sip:%u@127.0.0.1:%u>\r\n"
	             "Expires: 3600\r\n"
	             "User-Agent: load_register\r\n"
	             "%s"
	             "Content-Length: 0\r\n\r\n",
	             domain, load->port, slot, phone->index, phone->cseq, load->run, number, domain,
	             load->run, phone->index, number, domain, phone->index, load->run, phone->cseq,
	             number, load->port, header);
	phone->sent_ms = load_now_us() / 1000;
	load_send(load->socket, message, (size_t)n);
}

static void start_next(struct load *load, unsigned slot)
{
	struct phone *phone = &load->phones[slot];

	phone->busy = load->next < load->count;
	if (!phone->busy)
		return;
	phone->index = load->first + load->next++;
	phone->cseq = 1;
	phone->answering = false;
	send_register(load, slot);
}

static void receive(struct load *load, char *message)
{
	const char *branch = strstr(message, "branch=z9hG4bK");
	unsigned slot, index, cseq, run;
	struct phone *phone;

	if (!branch ||
	    sscanf(branch, "branch=z9hG4bK%u.%u.%u.%u", &slot, &index, &cseq, &run) != 4 ||
	    slot >= load->window || run != load->run)
		return;
	phone = &load->phones[slot];
	if (!phone->busy || phone->index != index || phone->cseq != cseq)
		return; /* the answer to one that was sent again */
	if (strncmp(message, "SIP/2.0 100", 11) == 0)
		return;
	if (strncmp(message, "SIP/2.0 401", 11) == 0 && !phone->answering &&
	    load_nonce(message, phone->nonce)) {
		phone->answering = true;
		phone->cseq++;
		send_register(load, slot);
		return;
	}
	if (strncmp(message, "SIP/2.0 200", 11) != 0 && load->failed++ == 0)
		fprintf(stderr, "%s\n", message);
	load->done++;
	start_next(load, slot);
}

static void resend_late(struct load *load)
{
	uint64_t now = load_now_us() / 1000;

	for (unsigned i = 0; i < load->window; i++)
		if (load->phones[i].busy && now - load->phones[i].sent_ms > RESEND_MS) {
			load->resent++;
			send_register(load, i);
		}
}

static void run(struct load *load)
{
	uint64_t looked = load_now_us() / 1000;

	for (unsigned i = 0; i < load->window; i++)
		start_next(load, i);
	while (load->done < load->count) {
		struct pollfd poll_fd = {.fd = load->socket, .events = POLLIN};
		char message[LOAD_MESSAGE_MAX];
		ssize_t n = recv(load->socket, message, sizeof(message) - 1, MSG_DONTWAIT);

		if (n > 0) {
			message[n] = '\0';
			receive(load, message);
		} else
			poll(&poll_fd, 1, 50);
		if (load_now_us() / 1000 - looked > 100) {
			looked = load_now_us() / 1000;
			resend_late(load);
		}
	}
}

int main(int argc, char **argv)
{
	static struct load load;
	uint64_t begin;
	double seconds;

	if (argc != 6) {
		fprintf(stderr, "load_register PORT DOMAINS FIRST COUNT WINDOW\n");
		return 2;
	}
	for (char *save = NULL, *name = strtok_r(argv[2], ",", &save);
	     name && load.n_domains < DOMAINS_MAX; name = strtok_r(NULL, ",", &save))
		load.domains[load.n_domains++] = name;
	load.first = (unsigned)atoi(argv[3]);
	load.count = (unsigned)atoi(argv[4]);
	load.window = (unsigned)atoi(argv[5]) < WINDOW_MAX ? (unsigned)atoi(argv[5]) : WINDOW_MAX;
	load.run = (unsigned)getpid();
	load.socket = load_socket((unsigned)atoi(argv[1]), &load.port);
	begin = load_now_us() / 1000;
	run(&load);
	seconds = (double)(load_now_us() / 1000 - begin) / 1000;
	printf("{\"registered\":%u,\"failed\":%u,\"resent\":%u,\"seconds\":%.3f,\"rate\":%.0f}\n",
	       load.done - load.failed, load.failed, load.resent, seconds, load.done / seconds);
	return load.failed ? 1 : 0;
}
