/*
 * Agents and callers of queues over UDP: every agent answers at once, talks for a while and hangs
 * up; every caller calls again as soon as his call has ended, so that somebody always waits.
 * Measured: calls offered, and the time from an agent's BYE to the next INVITE at his phone.
 *
 *   load_queue PORT TENANTS FIRST COUNT AGENTS QUEUES CALLERS TALK_MS SECONDS
 *
 * Of TENANTS tenants (bench<i>.pbx.test) those from FIRST on, COUNT of them, each with AGENTS
 * agents and QUEUES queues named q0, q1, ..., CALLERS callers at each queue. Phone i is number
 * 10000 + i / TENANTS of tenant i % TENANTS; a tenant's first AGENTS phones are its agents, the
 * next one calls. TALK_MS: on average. Prints one JSON line.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load_sip.h"

enum {
	TEXT_MAX = 320,
	SAMPLES_MAX = 4 << 20,
	RESEND_US = 500000,
	STARTS_A_TICK = 20,
	TICK_US = 20000,
	FINISH_US = 3000000,
	UNREGISTER_CSEQ = 1000
};

enum state { IDLE, ASKING, PROVING, UP, ENDING };

struct party {
	unsigned tenant, index, queue; /* index: of the phone; queue: of a caller */
	unsigned round, cseq;
	enum state state;
	uint64_t sent_us, end_us, freed_us;
	char nonce[LOAD_NONCE_MAX];
	char call_id[TEXT_MAX], remote[TEXT_MAX], target[TEXT_MAX], local[TEXT_MAX];
};

static struct load {
	int socket;
	unsigned port, run, tenants, first, count, n_agents, n_queues, n_callers, talk_ms;
	struct party *agents, *callers;
	size_t agents_total, callers_total;
	uint64_t *samples;
	size_t n_samples;
	uint64_t offers, answers, failed;
	unsigned expires;
	bool measuring, finishing;
} load;

/* ---- messages ---- */

/* The value of the header (its first line), trimmed; "" when it is not there. */
static void header(const char *message, const char *name, char ret_value[static TEXT_MAX])
{
	char start[64];
	const char *line;
	size_t n;

	snprintf(start, sizeof(start), "\r\n%s: ", name);
	line = strcasestr(message, start);
	ret_value[0] = '\0';
	if (!line)
		return;
	line += strlen(start);
	n = strcspn(line, "\r");
	snprintf(ret_value, TEXT_MAX, "%.*s", (int)(n < TEXT_MAX ? n : TEXT_MAX - 1), line);
}

static size_t add_body(char *message, size_t n, bool described)
{
	char body[256] = "";

	if (described)
		snprintf(body, sizeof(body),
		         "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		         "m=audio 9 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n");
	return n + (size_t)snprintf(message + n, LOAD_MESSAGE_MAX - n,
	                            "%sContent-Length: %zu\r\n\r\n%s",
	                            described ? "Content-Type: application/sdp\r\n" : "",
	                            strlen(body), body);
}

/* tag: ours, for a request that opens a dialog. */
static void reply(const char *request, const char *status, const char *tag, bool described)
{
	char message[LOAD_MESSAGE_MAX], from[TEXT_MAX], to[TEXT_MAX], id[TEXT_MAX], cseq[TEXT_MAX];
	const char *line = request;
	size_t n = (size_t)snprintf(message, sizeof(message), "SIP/2.0 %s\r\n", status);

	while ((line = strcasestr(line, "\r\nVia: "))) {
		const size_t length = strcspn(line + 2, "\r");

		n += (size_t)snprintf(message + n, sizeof(message) - n, "%.*s\r\n", (int)length,
		                      line + 2);
		line += 2;
	}
	header(request, "From", from);
	header(request, "To", to);
	header(request, "Call-ID", id);
	header(request, "CSeq", cseq);
	n += (size_t)snprintf(message + n, sizeof(message) - n,
	                      "From: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
	                      "Contact: <sip:load@127.0.0.1:%u>\r\n",
	                      from, to,
	                      strstr(to, ";tag=") ? "" : ";tag=", strstr(to, ";tag=") ? "" : tag,
	                      id, cseq, load.port);
	n = add_body(message, n, described);
	load_send(load.socket, message, n);
}

/* kind: 'R' register, 'C' a caller's, 'A' an agent's; slot: in its table. */
static void request(const char *method, char kind, size_t slot, const struct party *party,
                    const char *uri, const char *to, const char *authorization, bool described)
{
	char message[LOAD_MESSAGE_MAX];
	size_t n = (size_t)snprintf(
		message, sizeof(message),
		"%s %s SIP/2.0\r\nVia: SIP/2.0/UDP "
		"127.0.0.1:%u;branch=z9hG4bK%c.%zu.%u.%u.%u;rport\r\n"
		"Max-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
		"Contact: <sip:%u@127.0.0.1:%u>;expires=%u\r\n%s",
		method, uri, load.port, kind, slot, party->round, party->cseq, load.run,
		party->local, to, party->call_id, party->cseq, method,
		10000 + party->index / load.tenants, load.port, load.expires, authorization);

	n = add_body(message, n, described);
	load_send(load.socket, message, n);
}

static const char *domain_of(const struct party *party, char ret_text[static 64])
{
	snprintf(ret_text, 64, "bench%u.pbx.test", party->tenant);
	return ret_text;
}

/* ---- a phone registers ---- */

static void register_phone(struct party *party, size_t slot)
{
	char domain[64], uri[96], line[1024] = "";

	snprintf(uri, sizeof(uri), "sip:%s", domain_of(party, domain));
	if (party->state == PROVING)
		load_authorization(party->index, domain, "REGISTER", uri, party->nonce, line,
		                   sizeof(line));
	snprintf(party->call_id, TEXT_MAX, "r%u.%u@bench", party->index, load.run);
	snprintf(party->local, TEXT_MAX, "<sip:%u@%s>;tag=%u", 10000 + party->index / load.tenants,
	         domain, load.run);
	party->sent_us = load_now_us();
	char to[TEXT_MAX];
	snprintf(to, TEXT_MAX, "<sip:%u@%s>", 10000 + party->index / load.tenants, domain);
	request("REGISTER", 'R', slot, party, uri, to, line, false);
}

/* ---- callers ---- */

static void call(struct party *party, size_t slot)
{
	char domain[64], uri[128], to[160], line[1024] = "";

	snprintf(uri, sizeof(uri), "sip:q%u@%s", party->queue, domain_of(party, domain));
	snprintf(to, sizeof(to), "<%s>", uri);
	if (party->state != PROVING) {
		party->state = ASKING;
		party->cseq = 1;
		snprintf(party->call_id, TEXT_MAX, "c%zu.%u.%u@bench", slot, party->round,
		         load.run);
		snprintf(party->local, TEXT_MAX, "<sip:%u@%s>;tag=%zu.%u",
		         10000 + party->index / load.tenants, domain, slot, party->round);
	} else {
		load_authorization(party->index, domain, "INVITE", uri, party->nonce, line,
		                   sizeof(line));
	}
	party->sent_us = load_now_us();
	request("INVITE", 'C', slot, party, uri, to, line, true);
}

static void call_again(struct party *party, size_t slot)
{
	party->round++;
	party->state = IDLE;
	call(party, slot);
}

static void read_target(const char *message, struct party *party)
{
	char contact[TEXT_MAX];
	const char *open;

	header(message, "Contact", contact);
	open = strchr(contact, '<');
	if (open)
		snprintf(party->target, TEXT_MAX, "%.*s", (int)strcspn(open + 1, ">"), open + 1);
}

static void caller_answered(struct party *party, size_t slot, const char *message, unsigned status)
{
	char to[TEXT_MAX], uri[128], domain[64];
	const bool asking = party->state == ASKING;

	if (status < 200)
		return;
	header(message, "To", to);
	snprintf(uri, sizeof(uri), "sip:q%u@%s", party->queue, domain_of(party, domain));
	if (status < 300)
		read_target(message, party);
	request("ACK", 'C', slot, party, status < 300 ? party->target : uri, to, "", false);
	if (status == 401 && asking && load_nonce(message, party->nonce)) {
		party->state = PROVING;
		party->cseq++;
		call(party, slot);
	} else if (status < 300) {
		party->state = UP;
		snprintf(party->remote, TEXT_MAX, "%s", to);
	} else if (party->state != UP) {
		if (load.failed++ == 0)
			fprintf(stderr, "%s\n", message);
		party->state = ENDING; /* called again by the clock */
	}
}

/* ---- agents ---- */

static void offered(const char *message)
{
	unsigned number = 0, tenant = 0;
	char to[TEXT_MAX], from[TEXT_MAX], tag[64], id[TEXT_MAX];
	struct party *agent;
	size_t slot;

	header(message, "To", to);
	if (sscanf(to, "<sip:%u@bench%u.", &number, &tenant) != 2 || number < 10000 ||
	    tenant < load.first || tenant >= load.first + load.count ||
	    number - 10000 >= load.n_agents) {
		reply(message, "404 Not Found", "none", false);
		return;
	}
	slot = (size_t)(tenant - load.first) * load.n_agents + number - 10000;
	agent = &load.agents[slot];
	header(message, "Call-ID", id);
	if (agent->state == UP || agent->state == ENDING) {
		if (strcmp(id, agent->call_id) != 0) { /* not the same again */
			reply(message, "486 Busy Here", "busy", false);
			return;
		}
	} else {
		agent->round++;
		agent->state = UP;
		agent->cseq = 1;
		snprintf(agent->call_id, TEXT_MAX, "%s", id);
		if (load.measuring)
			load.offers++;
		if (load.measuring && agent->freed_us && load.n_samples < SAMPLES_MAX)
			load.samples[load.n_samples++] = load_now_us() - agent->freed_us;
		agent->end_us =
			load_now_us() + (uint64_t)load.talk_ms * (500 + (uint64_t)(rand() % 1000));
	}
	header(message, "From", from);
	snprintf(agent->remote, TEXT_MAX, "%s", from);
	snprintf(tag, sizeof(tag), "a%zux%u", slot, agent->round);
	snprintf(agent->local, TEXT_MAX, "%.200s;tag=%s", to, tag);
	read_target(message, agent);
	reply(message, "180 Ringing", tag, false);
	reply(message, "200 OK", tag, true);
}

static void hang_up(struct party *agent, size_t slot)
{
	if (agent->state == UP) {
		agent->state = ENDING;
		agent->cseq++;
		agent->freed_us = load_now_us();
	}
	agent->sent_us = load_now_us();
	request("BYE", 'A', slot, agent, agent->target, agent->remote, "", false);
}

/* ---- what comes ---- */

static void on_bye(const char *message)
{
	char id[TEXT_MAX], to[TEXT_MAX];
	unsigned round, run;
	size_t slot;

	reply(message, "200 OK", "", false);
	header(message, "Call-ID", id);
	if (sscanf(id, "c%zu.%u.%u@bench", &slot, &round, &run) == 3 && run == load.run &&
	    slot < load.callers_total && load.callers[slot].round == round) {
		if (!load.finishing)
			call_again(&load.callers[slot], slot);
		return;
	}
	header(message, "To", to);
	const char *tag = strstr(to, ";tag=a");
	if (tag && sscanf(tag, ";tag=a%zux%u", &slot, &round) == 2 && slot < load.agents_total &&
	    load.agents[slot].round == round) {
		load.agents[slot].state = IDLE;
		load.agents[slot].freed_us = load_now_us();
	}
}

static void on_response(const char *message)
{
	const char *branch = strstr(message, "branch=z9hG4bK");
	unsigned status = (unsigned)atoi(message + 8), round, cseq, run;
	struct party *party;
	size_t slot;
	char kind;

	if (!branch ||
	    sscanf(branch, "branch=z9hG4bK%c.%zu.%u.%u.%u", &kind, &slot, &round, &cseq, &run) !=
	            5 ||
	    run != load.run)
		return;
	if (kind == 'C' && slot < load.callers_total) {
		party = &load.callers[slot];
		if (party->round == round && party->cseq == cseq &&
		    strcasestr(message, " INVITE\r\n"))
			caller_answered(party, slot, message, status);
		return;
	}
	if (slot >= load.agents_total + load.count)
		return;
	party = &load.agents[slot];
	if (kind == 'A' && party->round == round && status >= 200)
		party->state = IDLE;
	if (kind != 'R' || party->cseq != cseq || status < 200)
		return;
	if (status == 401 && party->state == ASKING && load_nonce(message, party->nonce)) {
		party->state = PROVING;
		party->cseq++;
		register_phone(party, slot);
		return;
	}
	if (status >= 300 && load.failed++ == 0)
		fprintf(stderr, "%s\n", message);
	party->state = IDLE;
	party->sent_us = 0;
}

static void receive(const char *message)
{
	if (strncmp(message, "SIP/2.0 ", 8) == 0) {
		on_response(message);
	} else if (strncmp(message, "INVITE ", 7) == 0) {
		char to[TEXT_MAX];

		header(message, "To", to);
		if (strstr(to, ";tag="))
			reply(message, "200 OK", "", true);
		else
			offered(message);
	} else if (strncmp(message, "BYE ", 4) == 0) {
		on_bye(message);
	} else if (strncmp(message, "ACK ", 4) != 0) {
		reply(message, "200 OK", "load", false);
	}
}

static bool receive_some(void)
{
	struct pollfd poll_fd = {.fd = load.socket, .events = POLLIN};
	char message[LOAD_MESSAGE_MAX];
	bool any = false;

	poll(&poll_fd, 1, 2);
	for (int i = 0; i < 512; i++) {
		const ssize_t n = recv(load.socket, message, sizeof(message) - 1, MSG_DONTWAIT);

		if (n <= 0)
			break;
		message[n] = '\0';
		receive(message);
		any = true;
	}
	return any;
}

/* ---- the clock ---- */

static void register_all(void)
{
	const size_t total = load.agents_total + load.count;
	size_t next = 0, done = 0;

	while (done < total) {
		const uint64_t now = load_now_us();

		done = 0;
		for (size_t i = 0; i < next; i++) {
			if (load.agents[i].state == IDLE)
				done++;
			else if (now - load.agents[i].sent_us > RESEND_US)
				register_phone(&load.agents[i], i);
		}
		for (; next < total && next - done < 64; next++) {
			load.agents[next].state = ASKING;
			load.agents[next].cseq = load.expires ? 1 : UNREGISTER_CSEQ;
			register_phone(&load.agents[next], next);
		}
		receive_some();
	}
}

static void tick(size_t *started)
{
	const uint64_t now = load_now_us();

	for (size_t i = 0; i < STARTS_A_TICK && *started < load.callers_total; i++, ++*started)
		call(&load.callers[*started], *started);
	for (size_t i = 0; i < load.agents_total; i++) {
		struct party *agent = &load.agents[i];

		if ((agent->state == UP && agent->end_us <= now) ||
		    (agent->state == ENDING && now - agent->sent_us > RESEND_US))
			hang_up(agent, i);
	}
	for (size_t i = 0; i < *started; i++) {
		struct party *caller = &load.callers[i];

		if (caller->state != UP && now - caller->sent_us > 2 * RESEND_US) {
			if (caller->state == ENDING)
				call_again(caller, i);
			else
				call(caller, i);
		}
	}
}

static void run_for(unsigned seconds, size_t *started, bool measuring)
{
	const uint64_t end = load_now_us() + (uint64_t)seconds * 1000000;
	uint64_t ticked = 0;

	load.measuring = measuring;
	while (load_now_us() < end || *started < load.callers_total) {
		receive_some();
		if (load_now_us() - ticked < TICK_US)
			continue;
		ticked = load_now_us();
		tick(started);
	}
	load.measuring = false;
}

/* Leaves nothing behind at the server: everybody hangs up, then the phones go. */
static void finish(void)
{
	const uint64_t end = load_now_us() + FINISH_US;

	load.finishing = true;
	while (load_now_us() < end) {
		for (size_t i = 0; i < load.agents_total; i++)
			if (load.agents[i].state == UP)
				hang_up(&load.agents[i], i);
		for (size_t i = 0; i < load.callers_total; i++) {
			struct party *caller = &load.callers[i];

			if (caller->state != UP)
				continue;
			caller->state = IDLE;
			caller->cseq++;
			request("BYE", 'C', i, caller, caller->target, caller->remote, "", false);
		}
		receive_some();
	}
	load.expires = 0;
	register_all();
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static double at(double share)
{
	const size_t i = (size_t)((double)load.n_samples * share);

	return load.n_samples ? (double)load.samples[i < load.n_samples ? i : i - 1] / 1000 : 0;
}

static void lay_out(void)
{
	load.agents_total = (size_t)load.count * load.n_agents;
	load.callers_total = (size_t)load.count * load.n_queues * load.n_callers;
	/* Behind the agents: who calls, one a tenant. */
	load.agents = calloc(load.agents_total + load.count, sizeof(*load.agents));
	load.callers = calloc(load.callers_total + 1, sizeof(*load.callers));
	load.samples = calloc(SAMPLES_MAX, sizeof(*load.samples));
	if (!load.agents || !load.callers || !load.samples)
		exit(1);
	for (size_t i = 0; i < load.agents_total + load.count; i++) {
		const bool agent = i < load.agents_total;
		const size_t t = agent ? i / load.n_agents : i - load.agents_total;
		const size_t n = agent ? i % load.n_agents : load.n_agents;

		load.agents[i].tenant = load.first + (unsigned)t;
		load.agents[i].index = (unsigned)n * load.tenants + load.first + (unsigned)t;
	}
	for (size_t i = 0; i < load.callers_total; i++) { /* the queues in turn */
		const size_t queue = i % ((size_t)load.count * load.n_queues);
		struct party *caller = &load.callers[i];

		caller->tenant = load.first + (unsigned)(queue % load.count);
		caller->queue = (unsigned)(queue / load.count);
		caller->index = load.n_agents * load.tenants + caller->tenant;
	}
}

int main(int argc, char **argv)
{
	unsigned values[9] = {0};
	size_t started = 0;

	if (argc != 10) {
		fprintf(stderr, "load_queue PORT TENANTS FIRST COUNT AGENTS QUEUES CALLERS TALK_MS "
		                "SECONDS\n");
		return 2;
	}
	for (int i = 1; i < argc; i++)
		values[i - 1] = (unsigned)atoi(argv[i]);
	load.tenants = values[1];
	load.first = values[2];
	load.count = values[3];
	load.n_agents = values[4];
	load.n_queues = values[5];
	load.n_callers = values[6];
	load.talk_ms = values[7];
	load.expires = 3600;
	load.run = (unsigned)getpid();
	load.socket = load_socket(values[0], &load.port);
	lay_out();
	register_all();
	run_for(2 + load.talk_ms / 500, &started, false);
	run_for(values[8], &started, true);
	finish();
	qsort(load.samples, load.n_samples, sizeof(*load.samples), by_value);
	printf("{\"offers\":%llu,\"rate\":%.1f,\"samples\":%zu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
	       "\"most_ms\":%.2f,\"failed\":%llu}\n",
	       (unsigned long long)load.offers, (double)load.offers / values[8], load.n_samples,
	       at(0.5), at(0.99), at(1), (unsigned long long)load.failed);
	return 0;
}
