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
#include <errno.h>
#include <poll.h>
#include <re.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW_MAX = 1024, DOMAINS_MAX = 64, MESSAGE_MAX = 2048, RESEND_MS = 500 };

struct phone {
	unsigned index;
	unsigned cseq;
	bool busy;
	bool answering; /* the challenge has come */
	char nonce[512];
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

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void hex_md5(char ret_hex[static 33], const char *text)
{
	uint8_t digest[16];

	md5((const uint8_t *)text, strlen(text), digest);
	for (int i = 0; i < 16; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

/* The Authorization header, or nothing before the challenge. */
static void authorization(const struct phone *phone, const char *domain, char *ret_text,
                          size_t size)
{
	char text[1024], ha1[33], ha2[33], response[33];
	unsigned id = 10000000 + phone->index;

	ret_text[0] = '\0';
	if (!phone->answering)
		return;
	snprintf(text, sizeof(text), "00000000-0000-4000-8000-1000%u:%s:password-of-the-phone-%u",
	         id, domain, id);
	hex_md5(ha1, text);
	snprintf(text, sizeof(text), "REGISTER:sip:%s", domain);
	hex_md5(ha2, text);
	snprintf(text, sizeof(text), "%s:%s:00000001:0a4f113b:auth:%s", ha1, phone->nonce, ha2);
	hex_md5(response, text);
	snprintf(ret_text, size,
	         "Authorization: Digest username=\"00000000-0000-4000-8000-1000%u\", realm=\"%s\", "
	         "nonce=\"%s\", uri=\"sip:%s\", response=\"%s\", algorithm=MD5, "
	         "cnonce=\"0a4f113b\", qop=auth, nc=00000001\r\n",
	         id, domain, phone->nonce, domain, response);
}

static void send_register(struct load *load, unsigned slot)
{
	struct phone *phone = &load->phones[slot];
	const char *domain = load->domains[phone->index % load->n_domains];
	unsigned number = 10000 + phone->index / load->n_domains;
	char header[1024], message[MESSAGE_MAX];
	int n;

	authorization(phone, domain, header, sizeof(header));
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
	phone->sent_ms = now_ms();
	if (send(load->socket, message, (size_t)n, 0) < 0 && errno != EAGAIN &&
	    errno != ECONNREFUSED) {
		perror("send");
		exit(1);
	}
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

/* The value of nonce="..." of an MD5 challenge (a SHA-256 one may stand beside it). */
static bool read_nonce(const char *message, char ret_nonce[static 512])
{
	const char *line = message;

	while ((line = strcasestr(line, "\r\nWWW-Authenticate:"))) {
		const char *end = strstr(line + 2, "\r\n");
		const char *nonce = strcasestr(line, "nonce=\"");
		const char *other = strcasestr(line, "SHA-256");
		size_t n;

		line += 2;
		if (!end || !nonce || nonce > end || (other && other < end))
			continue;
		nonce += 7;
		n = strcspn(nonce, "\"");
		if (n >= 512)
			return false;
		memcpy(ret_nonce, nonce, n);
		ret_nonce[n] = '\0';
		return true;
	}
	return false;
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
	    read_nonce(message, phone->nonce)) {
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
	uint64_t now = now_ms();

	for (unsigned i = 0; i < load->window; i++)
		if (load->phones[i].busy && now - load->phones[i].sent_ms > RESEND_MS) {
			load->resent++;
			send_register(load, i);
		}
}

static void run(struct load *load)
{
	uint64_t looked = now_ms();

	for (unsigned i = 0; i < load->window; i++)
		start_next(load, i);
	while (load->done < load->count) {
		struct pollfd poll_fd = {.fd = load->socket, .events = POLLIN};
		char message[4096];
		ssize_t n = recv(load->socket, message, sizeof(message) - 1, MSG_DONTWAIT);

		if (n > 0) {
			message[n] = '\0';
			receive(load, message);
		} else
			poll(&poll_fd, 1, 50);
		if (now_ms() - looked > 100) {
			looked = now_ms();
			resend_late(load);
		}
	}
}

int main(int argc, char **argv)
{
	static struct load load;
	struct sockaddr_in server = {.sin_family = AF_INET}, own = {.sin_family = AF_INET};
	socklen_t size = sizeof(own);
	uint64_t begin;
	double seconds;

	if (argc != 6) {
		fprintf(stderr, "load_register PORT DOMAINS FIRST COUNT WINDOW\n");
		return 2;
	}
	server.sin_port = htons((uint16_t)atoi(argv[1]));
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (char *save = NULL, *name = strtok_r(argv[2], ",", &save);
	     name && load.n_domains < DOMAINS_MAX; name = strtok_r(NULL, ",", &save))
		load.domains[load.n_domains++] = name;
	load.first = (unsigned)atoi(argv[3]);
	load.count = (unsigned)atoi(argv[4]);
	load.window = (unsigned)atoi(argv[5]) < WINDOW_MAX ? (unsigned)atoi(argv[5]) : WINDOW_MAX;
	load.run = (unsigned)getpid();
	load.socket = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(load.socket, SOL_SOCKET, SO_RCVBUF, &(int){4 << 20}, sizeof(int));
	if (load.socket < 0 || bind(load.socket, (struct sockaddr *)&own, sizeof(own)) < 0 ||
	    connect(load.socket, (struct sockaddr *)&server, sizeof(server)) < 0 ||
	    getsockname(load.socket, (struct sockaddr *)&own, &size) < 0) {
		perror("load_register");
		return 1;
	}
	load.port = ntohs(own.sin_port);
	begin = now_ms();
	run(&load);
	seconds = (double)(now_ms() - begin) / 1000;
	printf("{\"registered\":%u,\"failed\":%u,\"resent\":%u,\"seconds\":%.3f,\"rate\":%.0f}\n",
	       load.done - load.failed, load.failed, load.resent, seconds, load.done / seconds);
	return load.failed ? 1 : 0;
}
