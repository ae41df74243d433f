/*
 * Posts forms to an HTTP server on this machine and measures: two threads, epoll, as many
 * connections as wanted, each with one request at a time. "new": a connection for each request,
 * closed by this side once the answer is whole, as FreeSWITCH's mod_xml_curl does; "kept": the same
 * connections all the time.
 *
 *   load_form PORT PATH FILE SECONDS CONNECTIONS new|kept [RATE]
 *   load_form PORT records FILE SECONDS CONNECTIONS new|kept
 *
 * FILE: one form a line, of which each request takes a random one; or a record a line, its path,
 * its content type and its body between tabs (a vertical tab is a line's end in it): those are
 * taken in turn, and each "########" in them is the number of the turn in hexadecimal, which starts
 * at the environment's FIRST and no request of the run has twice with the same line. The
 * environment's CREDENTIALS (name:password) are sent. RATE: requests a second over all connections,
 * evenly spaced; without it, as many as there are answers. Prints JSON: requests, bad (no 200, or
 * no answer), seconds, rate, mean_bytes (of the answers, heads included), and the latencies'
 * p50_us, p99_us, most_us from the connect to the answer's last byte (with RATE: from when the
 * request was due).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	THREADS = 2,
	ANSWER_MAX = 64 * 1024,
	HEAD_MAX = 1024,
	EVENTS = 64,
	LATENCIES = 4 * 1024 * 1024, /* of a thread */
	MARKS_MAX = 256,
};

#define MARK "########"

struct form {
	char *request; /* head and body */
	size_t length;
	size_t marks[MARKS_MAX]; /* where a turn's number goes */
	size_t n_marks;
};

struct connection {
	int socket;
	bool busy;
	const struct form *form;
	const char *request;
	char *own;                       /* room for a request with numbers */
	size_t sent, received, expected; /* expected: 0 until the head is whole */
	int64_t begun_ns;
	char *answer;
};

/* What the threads share, fixed before they start. */
static struct {
	struct sockaddr_in address;
	struct form *forms;
	size_t n_forms, longest;
	bool kept, in_turn;
	uint64_t first;      /* turn */
	int64_t interval_ns; /* RATE: of a thread */
	int64_t begun_ns, until_ns;
} plan;

/* One thread's. */
struct load {
	pthread_t thread;
	struct connection *connections;
	size_t n_connections;
	int64_t due_ns;
	int epoll;
	uint64_t first, begun; /* turn; requests that were begun */
	uint64_t requests, bad, bytes;
	uint32_t *latencies_us;
	uint64_t random;
};

static _Thread_local struct load *load;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "load_form: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* xorshift64: fast, and the same forms in each run. */
static uint64_t next_random(void)
{
	load->random ^= load->random << 13;
	load->random ^= load->random >> 7;
	load->random ^= load->random << 17;
	return load->random;
}

static void encode_base64(const char *text, char *out)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i += 3) {
		uint32_t bits = (uint32_t)(unsigned char)text[i] << 16;

		bits |= i + 1 < n ? (uint32_t)(unsigned char)text[i + 1] << 8 : 0;
		bits |= i + 2 < n ? (uint32_t)(unsigned char)text[i + 2] : 0;
		*out++ = letters[bits >> 18];
		*out++ = letters[bits >> 12 & 63];
		*out++ = i + 1 < n ? letters[bits >> 6 & 63] : '=';
		*out++ = i + 2 < n ? letters[bits & 63] : '=';
	}
	*out = '\0';
}

static void find_marks(struct form *form)
{
	const char *at = form->request, *end = form->request + form->length;

	while (plan.in_turn && (at = memmem(at, (size_t)(end - at), MARK, strlen(MARK)))) {
		if (form->n_marks == MARKS_MAX)
			fail("too many numbers in a record");
		form->marks[form->n_marks++] = (size_t)(at - form->request);
		at += strlen(MARK);
	}
}

/* The fields mod_xml_curl and mod_xml_cdr send. */
static void add_form(const char *path, const char *port, const char *type, const char *body,
                     size_t n)
{
	struct form *form;
	char credentials[512] = "";
	const char *plain = getenv("CREDENTIALS");

	if (plain && strlen(plain) < 300)
		encode_base64(plain, credentials);
	plan.forms = realloc(plan.forms, (plan.n_forms + 1) * sizeof(*plan.forms));
	if (!plan.forms)
		fail("memory");
	form = &plan.forms[plan.n_forms++];
	*form = (struct form){.request = malloc(HEAD_MAX + n)};
	if (!form->request)
		fail("memory");
	form->length = (size_t)snprintf(
		form->request, HEAD_MAX,
		"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nAuthorization: Basic %s\r\n"
		"User-Agent: freeswitch-xml/1.0\r\nAccept: */*\r\nContent-Length: %zu\r\n"
		"Content-Type: %s\r\n\r\n",
		path, port, credentials, n, type);
	memcpy(form->request + form->length, body, n);
	form->length += n;
	if (form->length > plan.longest)
		plan.longest = form->length;
	find_marks(form);
}

static void add_record(const char *port, char *line, size_t n)
{
	char *type = strchr(line, '\t'), *body = type ? strchr(type + 1, '\t') : NULL;

	if (!body)
		fail("a record has no path and type");
	*type++ = *body++ = '\0';
	for (char *at = body; (at = strchr(at, '\v'));)
		*at = '\n';
	add_form(line, port, type, body, n - (size_t)(body - line));
}

static void read_forms(const char *path, const char *port, const char *file)
{
	FILE *in = fopen(file, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (!in)
		fail(file);
	while ((n = getline(&line, &room, in)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		if (plan.in_turn)
			add_record(port, line, (size_t)n);
		else
			add_form(path, port, "application/x-www-form-urlencoded", line, (size_t)n);
	}
	free(line);
	fclose(in);
	if (!plan.n_forms)
		fail("no form");
}

static void watch(struct connection *c, uint32_t events, int how)
{
	struct epoll_event event = {.events = events, .data.ptr = c};

	if (epoll_ctl(load->epoll, how, c->socket, &event) != 0)
		fail("epoll");
}

static void dial(struct connection *c)
{
	int on = 1;

	c->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->socket < 0)
		fail("socket");
	setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* as libcurl */
	if (connect(c->socket, (struct sockaddr *)&plan.address, sizeof(plan.address)) != 0 &&
	    errno != EINPROGRESS)
		fail("connect");
	watch(c, EPOLLIN | EPOLLOUT | EPOLLET, EPOLL_CTL_ADD);
}

static void hang_up(struct connection *c)
{
	close(c->socket);
	c->socket = -1;
}

static void send_more(struct connection *c)
{
	while (c->busy && c->sent < c->form->length) {
		ssize_t n = send(c->socket, c->request + c->sent, c->form->length - c->sent,
		                 MSG_NOSIGNAL);

		if (n < 0)
			return; /* later, or the answer's end tells */
		c->sent += (size_t)n;
	}
}

/* The next record, with its turn's number. */
static void take_turn(struct connection *c)
{
	uint64_t i = load->begun++;
	char number[sizeof(MARK)];

	c->form = &plan.forms[i % plan.n_forms];
	snprintf(number, sizeof(number), "%08x",
	         (unsigned)(load->first + i / plan.n_forms * THREADS));
	memcpy(c->own, c->form->request, c->form->length);
	for (size_t k = 0; k < c->form->n_marks; k++)
		memcpy(c->own + c->form->marks[k], number, strlen(MARK));
	c->request = c->own;
}

static void begin(struct connection *c, int64_t at_ns)
{
	c->busy = true;
	if (plan.in_turn) {
		take_turn(c);
	} else {
		c->form = &plan.forms[next_random() % plan.n_forms];
		c->request = c->form->request;
	}
	c->sent = c->received = c->expected = 0;
	c->begun_ns = at_ns;
	if (c->socket < 0)
		dial(c); /* its first byte goes when it is writable */
	else
		send_more(c);
}

static void end(struct connection *c, bool good)
{
	int64_t us = (now_ns() - c->begun_ns) / 1000;

	if (load->requests < LATENCIES)
		load->latencies_us[load->requests] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
	load->requests++;
	load->bad += !good;
	load->bytes += c->received;
	c->busy = false;
	if (!plan.kept || !good)
		hang_up(c);
	if (!plan.interval_ns)
		begin(c, now_ns());
}

/* Length of head and body together, 0: the head is not whole. */
static size_t expected(const struct connection *c)
{
	const char *end = memmem(c->answer, c->received, "\r\n\r\n", 4);
	size_t body = 0;

	if (!end)
		return 0;
	for (const char *line = c->answer; line < end; line = strstr(line, "\r\n") + 2)
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			body = strtoul(line + 15, NULL, 10);
	return (size_t)(end + 4 - c->answer) + body;
}

static void receive(struct connection *c)
{
	while (c->socket >= 0) {
		ssize_t n = recv(c->socket, c->answer + c->received, ANSWER_MAX - c->received, 0);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			if (c->busy)
				end(c, false);
			else
				hang_up(c);
			return;
		}
		c->received += (size_t)n;
		c->answer[c->received] = '\0';
		if (!c->expected)
			c->expected = expected(c);
		if (c->expected && c->received >= c->expected) {
			end(c, strncmp(c->answer, "HTTP/1.1 200 ", 13) == 0);
			return; /* what the next one brings is another event */
		}
	}
}

/* With RATE: what is due goes to connections that are free; what finds none waits, and its time
 * runs. */
static int begin_due(void)
{
	int64_t now = now_ns();

	for (size_t i = 0; plan.interval_ns && load->due_ns <= now;
	     load->due_ns += plan.interval_ns) {
		while (i < load->n_connections && load->connections[i].busy)
			i++;
		if (i == load->n_connections)
			break;
		begin(&load->connections[i], load->due_ns);
	}
	return 1;
}

static void *run(void *arg)
{
	struct epoll_event events[EVENTS];

	load = arg;
	load->due_ns = plan.begun_ns;
	for (size_t i = 0; i < load->n_connections && !plan.interval_ns; i++)
		begin(&load->connections[i], now_ns());
	while (now_ns() < plan.until_ns) {
		int n = epoll_wait(load->epoll, events, EVENTS, begin_due());

		for (int i = 0; i < n; i++) {
			struct connection *c = events[i].data.ptr;

			if (events[i].events & EPOLLOUT)
				send_more(c);
			if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				receive(c);
		}
	}
	return NULL;
}

static void prepare(struct load *one, size_t n_connections, uint64_t seed)
{
	one->random = 88172645463325252U + seed * 7919;
	one->first = plan.first + seed;
	one->n_connections = n_connections;
	one->connections = calloc(n_connections, sizeof(*one->connections));
	one->latencies_us = malloc(LATENCIES * sizeof(*one->latencies_us));
	one->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!one->connections || !one->latencies_us || one->epoll < 0)
		fail("memory");
	for (size_t i = 0; i < n_connections; i++) {
		one->connections[i].socket = -1;
		one->connections[i].answer = malloc(ANSWER_MAX + 1);
		one->connections[i].own = malloc(plan.longest);
		if (!one->connections[i].answer || !one->connections[i].own)
			fail("memory");
	}
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print(const struct load *loads, double seconds)
{
	uint32_t *all = malloc(sizeof(*all) * LATENCIES * THREADS);
	uint64_t requests = 0, bad = 0, bytes = 0;
	size_t n = 0;

	if (!all)
		fail("memory");
	for (const struct load *one = loads; one < loads + THREADS; one++) {
		size_t count = one->requests < LATENCIES ? one->requests : LATENCIES;

		memcpy(all + n, one->latencies_us, count * sizeof(*all));
		n += count;
		requests += one->requests;
		bad += one->bad;
		bytes += one->bytes;
	}
	qsort(all, n, sizeof(*all), by_value);
	printf("{\"requests\":%llu,\"bad\":%llu,\"seconds\":%.3f,\"rate\":%.0f,\"mean_bytes\":%.0f,"
	       "\"p50_us\":%u,\"p99_us\":%u,\"most_us\":%u}\n",
	       (unsigned long long)requests, (unsigned long long)bad, seconds,
	       (double)requests / seconds, requests ? (double)bytes / (double)requests : 0,
	       n ? all[n / 2] : 0, n ? all[n - 1 - n / 100] : 0, n ? all[n - 1] : 0);
	free(all);
}

int main(int argc, char **argv)
{
	static struct load loads[THREADS];

	if (argc < 7) {
		fprintf(stderr,
		        "load_form PORT PATH|records FILE SECONDS CONNECTIONS new|kept [RATE]\n");
		return 2;
	}
	plan.address = (struct sockaddr_in){.sin_family = AF_INET,
	                                    .sin_port = htons((uint16_t)atoi(argv[1])),
	                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	plan.kept = strcmp(argv[6], "kept") == 0;
	plan.interval_ns = argc > 7 ? INT64_C(1000000000) * THREADS / atoi(argv[7]) : 0;
	plan.in_turn = strcmp(argv[2], "records") == 0;
	plan.first = getenv("FIRST") ? strtoull(getenv("FIRST"), NULL, 10) : 0;
	read_forms(argv[2], argv[1], argv[3]);
	for (size_t i = 0; i < THREADS; i++)
		prepare(&loads[i], (size_t)atoi(argv[5]) / THREADS, i);
	plan.begun_ns = now_ns();
	plan.until_ns = plan.begun_ns + atoi(argv[4]) * INT64_C(1000000000);
	for (size_t i = 0; i < THREADS; i++)
		if (pthread_create(&loads[i].thread, NULL, run, &loads[i]) != 0)
			fail("thread");
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(loads[i].thread, NULL);
	print(loads, (double)(now_ns() - plan.begun_ns) / 1e9);
	return 0;
}
