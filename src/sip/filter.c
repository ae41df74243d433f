#include "sip/filter.h"

#include "base/clock.h"
#include "base/log.h"
#include "sip/dispatch.h"
#include "sip/emergency.h"
#include "sip/guard.h"
#include "sip/listen.h"
#include "sip/registrar.h"

enum {
	LAYER = 10, /* among libre's helpers of a socket; ours is the only one */
	RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024,
	GREETING_MAX = 48,
};

struct listener {
	struct filter *filter;
	struct sa address;
	struct udp_sock *socket;
	struct udp_helper *helper;
};

struct filter {
	struct engine *engine;
	char greeting[GREETING_MAX]; /* Call-ID of our own OPTIONS: nobody else can know it */
	size_t n;
	struct listener listeners[LISTEN_ADDRESSES_MAX];
};

enum error_code filter_open(struct engine *engine, struct filter **ret_filter, struct error *err)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	char uuid_text[UUID_TEXT_MAX];
	struct uuid uuid = uuid_random();

	if (!filter)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	filter->engine = engine;
	(void)re_snprintf(filter->greeting, sizeof(filter->greeting), "self-%s",
	                  uuid_format(&uuid, uuid_text));

	struct sa addresses[LISTEN_ADDRESSES_MAX];
	size_t n = listen_addresses(config_text(engine->config, CONFIG_SIP_ADDRESS), addresses);

	for (size_t i = 0; i < n; i++) {
		struct listener *listener = &filter->listeners[filter->n++];

		listener->filter = filter;
		listener->address = addresses[i];
		sa_set_port(&listener->address, engine->ports.udp);
	}
	*ret_filter = filter;
	return ERROR_OK;
}

void filter_close(struct filter *filter)
{
	if (!filter)
		return;
	for (size_t i = 0; i < filter->n; i++) {
		mem_deref(filter->listeners[i].helper);
		mem_deref(filter->listeners[i].socket);
	}
	free(filter);
}

static bool is_stun(const uint8_t *bytes, size_t n)
{
	static const uint8_t cookie[] = {0x21, 0x12, 0xa4, 0x42}; /* RFC 5389 section 6 */

	return n >= 20 && bytes[0] < 2 && memcmp(bytes + 4, cookie, sizeof(cookie)) == 0;
}

/* Only white space and NUL: what phones send to keep a NAT's binding open. */
static bool is_keep_alive(const uint8_t *bytes, size_t n)
{
	if (n > 8)
		return false;
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != '\r' && bytes[i] != '\n' && bytes[i] != ' ' && bytes[i] != 0)
			return false;
	return true;
}

static void count_bad(struct engine *engine, enum sip_count count, const struct sa *source)
{
	bool holds = registrar_holds_address(engine->registrar, source);

	engine_count(engine, count);
	if (guard_malformed(engine->guard, source, holds, clock_monotonic_us() / 1000000) ==
	    GUARD_BAN)
		dispatch_log_ban(source, "messages that are no SIP");
}

/* Answered the same each time it comes; an OPTIONS inside a dialog has its number there. */
static bool stateless(const struct sip_msg *msg)
{
	return msg->req && (pl_strcmp(&msg->met, "REGISTER") == 0 ||
	                    (pl_strcmp(&msg->met, "OPTIONS") == 0 && !pl_isset(&msg->to.tag)));
}

/* True: dealt with, libre does not see it. */
static bool on_datagram(struct sa *source, struct mbuf *mb, void *arg)
{
	struct listener *listener = arg;
	struct engine *engine = listener->filter->engine;
	size_t start = mb->pos;
	struct sip_msg *msg;

	if (guard_check(engine->guard, source, clock_monotonic_us() / 1000000) == GUARD_BANNED &&
	    !emergency_datagram((const char *)mbuf_buf(mb), mbuf_get_left(mb))) {
		engine_count(engine, SIP_COUNT_BANNED);
		return true;
	}
	if (is_keep_alive(mbuf_buf(mb), mbuf_get_left(mb)))
		return true;
	if (is_stun(mbuf_buf(mb), mbuf_get_left(mb)))
		return false;
	if (mbuf_get_left(mb) >= FILTER_DATAGRAM_MAX) {
		count_bad(engine, SIP_COUNT_TOO_LARGE, source);
		return true;
	}
	if (sip_msg_decode(&msg, mb) != 0) {
		count_bad(engine, SIP_COUNT_MALFORMED, source);
		return true;
	}
	bool taken = stateless(msg);

	if (taken) {
		msg->sock = mem_ref(listener->socket);
		msg->src = *source;
		msg->dst = listener->address;
		msg->tp = SIP_TRANSP_UDP;
		dispatch_request(engine, msg);
	} else {
		mb->pos = start;
	}
	mem_deref(msg);
	return taken;
}

/* The address in the topmost Via of a request of ours; false for an answer. */
static bool via_address(const struct mbuf *mb, struct sa *ret_address)
{
	static const char start[] = "\r\nVia: SIP/2.0/UDP ";
	struct pl head = {.p = (const char *)mbuf_buf(mb), .l = mbuf_get_left(mb)};
	struct pl host;

	if (head.l > 8 && memcmp(head.p, "SIP/2.0 ", 8) == 0)
		return false;
	const char *via = memmem(head.p, head.l, start, sizeof(start) - 1);

	if (!via)
		return false;
	host.p = via + sizeof(start) - 1;
	const char *end = memchr(host.p, ';', (size_t)(head.p + head.l - host.p));

	host.l = end ? (size_t)(end - host.p) : 0;
	return host.l > 0 && sa_decode(ret_address, host.p, host.l) == 0;
}

static struct listener *listener_at(struct filter *filter, const struct sa *address)
{
	for (size_t i = 0; i < filter->n; i++)
		if (filter->listeners[i].socket &&
		    sa_cmp(&filter->listeners[i].address, address, SA_ADDR))
			return &filter->listeners[i];
	return NULL;
}

/* libre sends every request from the first of its sockets; a phone, and the NAT before it, expects
 * it from the address it registered at: that in Via. Where sip-public-address stands there, the
 * routes choose. An answer leaves from the socket its request came to. */
static bool on_sending(int *err, struct sa *destination, struct mbuf *mb, void *arg)
{
	struct listener *listener = arg;
	struct filter *filter = listener->filter;
	struct listener *right;
	struct sa own;

	if (filter->n < 2 || !via_address(mb, &own))
		return false;
	right = listener_at(filter, &own);
	if (!right && listen_source(filter->engine, destination, &own))
		right = listener_at(filter, &own);
	if (!right || right == listener)
		return false;
	*err = udp_send_helper(right->socket, destination, mb, right->helper);
	return true;
}

size_t filter_greet(struct filter *filter)
{
	size_t waiting = 0;

	for (size_t i = 0; i < filter->n; i++) {
		struct listener *listener = &filter->listeners[i];
		struct mbuf *mb;

		if (listener->socket)
			continue;
		waiting++;
		mb = mbuf_alloc(512);
		if (!mb)
			continue;
		int failed = mbuf_printf(mb,
		                         "OPTIONS sip:%J SIP/2.0\r\n"
		                         "Via: SIP/2.0/UDP %J;branch=z9hG4bK%u;rport\r\n"
		                         "From: <sip:self@%J>;tag=self\r\nTo: <sip:self@%J>\r\n"
		                         "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\n"
		                         "Content-Length: 0\r\n\r\n",
		                         &listener->address, &listener->address, (unsigned)i,
		                         &listener->address, &listener->address, filter->greeting);

		mb->pos = 0;
		if (!failed)
			(void)sip_send(filter->engine->sip, NULL, SIP_TRANSP_UDP,
			               &listener->address, mb);
		mem_deref(mb);
	}
	return waiting;
}

bool filter_greeting(struct filter *filter, const struct sip_msg *msg)
{
	if (!filter || msg->tp != SIP_TRANSP_UDP || pl_strcmp(&msg->callid, filter->greeting) != 0)
		return false;
	for (size_t i = 0; i < filter->n; i++) {
		struct listener *listener = &filter->listeners[i];

		if (listener->socket || !sa_cmp(&listener->address, &msg->dst, SA_ALL))
			continue;
		listener->socket = mem_ref(msg->sock);
		udp_rxsz_set(listener->socket, FILTER_DATAGRAM_MAX);
		/* As much as the kernel allows (net.core.rmem_max); less is no error. */
		(void)udp_sockbuf_set(listener->socket, RECEIVE_BUFFER_BYTES);
		if (udp_register_helper(&listener->helper, listener->socket, LAYER, on_sending,
		                        on_datagram, listener) != 0)
			listener->socket = mem_deref(listener->socket);
	}
	return true;
}
