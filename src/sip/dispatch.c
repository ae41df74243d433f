#include "sip/dispatch.h"

#include <arpa/inet.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "sip/address.h"
#include "sip/call.h"
#include "sip/emergency.h"
#include "sip/filter.h"
#include "sip/guard.h"
#include "sip/registrar.h"
#include "sip/reply.h"

typedef void method_h(struct engine *engine, const struct sip_msg *msg);

struct method {
	const char *name;
	method_h *handler; /* NULL: known, and not ours: 405 */
	bool in_dialog;    /* without a dialog it belongs to nothing: 481 */
};

static void on_options(struct engine *engine, const struct sip_msg *msg);
static void on_stray(struct engine *engine, const struct sip_msg *msg);

/* The methods. Those of a dialog are answered 481 by calls when there is none. */
static const struct method methods[] = {
	{"REGISTER",  registrar_request, false},
	{"OPTIONS",   on_options,        false},
	{"INVITE",    calls_request,     false},
	{"ACK",       calls_request,     true },
	{"BYE",       calls_request,     true },
	{"CANCEL",    on_stray,          true },
	{"PRACK",     calls_request,     true },
	{"UPDATE",    calls_request,     true },
	{"INFO",      calls_request,     true },
	{"REFER",     calls_request,     true },
	{"NOTIFY",    calls_request,     true },
	{"SUBSCRIBE", NULL,              false},
	{"PUBLISH",   NULL,              false},
	{"MESSAGE",   NULL,              false},
};

/* Option tags we understand in Require (RFC 3261 section 8.2.2.3). */
static const char *const supported[] = {"timer", "replaces", "norefersub"};

static const struct method *method_find(const struct pl *name)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (pl_strcmp(name, methods[i].name) == 0)
			return &methods[i];
	return NULL;
}

static void add_allow(struct text *headers)
{
	const char *between = "Allow: ";

	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		if (!methods[i].handler)
			continue;
		text_addf(headers, "%s%s", between, methods[i].name);
		between = ", ";
	}
	text_add(headers, "\r\n");
}

static void add_supported(struct text *headers)
{
	for (size_t i = 0; i < COUNT_OF(supported); i++)
		text_addf(headers, "%s%s", i ? ", " : "Supported: ", supported[i]);
	text_add(headers, "\r\n");
}

static void on_options(struct engine *engine, const struct sip_msg *msg)
{
	AUTO(text_clear) struct text headers = {0};

	if (pl_isset(&msg->to.tag)) {
		calls_request(engine, msg);
		return;
	}
	add_allow(&headers);
	add_supported(&headers);
	text_add(&headers, "Accept: application/sdp\r\n");
	if (!headers.failed)
		reply_headers(engine, msg, engine->draining ? 503 : 200, headers.data);
}

/* What only makes sense inside something that we do not know. An ACK is never answered. */
static void on_stray(struct engine *engine, const struct sip_msg *msg)
{
	engine_count(engine, SIP_COUNT_STRAY);
	if (pl_strcmp(&msg->met, "ACK") != 0)
		reply_status(engine, msg, 481);
}

static bool all_digits(const struct pl *pl)
{
	for (size_t i = 0; i < pl->l; i++)
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return false;
	return pl->l > 0 && pl->l < 10;
}

static bool one_each(const struct sip_msg *msg)
{
	static const enum sip_hdrid single[] = {SIP_HDR_TO, SIP_HDR_FROM, SIP_HDR_CALL_ID,
	                                        SIP_HDR_CSEQ};

	for (size_t i = 0; i < COUNT_OF(single); i++)
		if (sip_msg_hdr_count(msg, single[i]) != 1)
			return false;
	return sip_msg_hdr_count(msg, SIP_HDR_MAX_FORWARDS) <= 1 &&
	       sip_msg_hdr_count(msg, SIP_HDR_CONTENT_LENGTH) <= 1 &&
	       sip_msg_hdr_count(msg, SIP_HDR_VIA) >= 1;
}

uint16_t dispatch_check(const struct sip_msg *msg)
{
	if (!one_each(msg) || !pl_isset(&msg->callid) || !pl_isset(&msg->from.auri) ||
	    !pl_isset(&msg->to.auri) || !pl_isset(&msg->via.branch))
		return 400;
	if (pl_strcasecmp(&msg->ver, "SIP/2.0") != 0)
		return 505;
	if (pl_cmp(&msg->cseq.met, &msg->met) != 0 || msg->cseq.num > INT32_MAX)
		return 400;
	if (pl_isset(&msg->clen) && !all_digits(&msg->clen))
		return 400;
	if (pl_isset(&msg->clen) && pl_u32(&msg->clen) > mbuf_get_left(msg->mb))
		return 400; /* RFC 3261 section 18.3: the body is cut short */
	if (pl_isset(&msg->maxfwd) && !all_digits(&msg->maxfwd))
		return 400;
	if (pl_strcasecmp(&msg->uri.scheme, "sip") != 0 &&
	    pl_strcasecmp(&msg->uri.scheme, "sips") != 0)
		return 416;
	return 0;
}

static bool is_supported(const struct pl *tag)
{
	for (size_t i = 0; i < COUNT_OF(supported); i++)
		if (pl_strcasecmp(tag, supported[i]) == 0)
			return true;
	return false;
}

static bool add_unsupported(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct text *list = arg;

	(void)msg;
	if (!is_supported(&header->val) && list->length < 256) {
		text_add(list, list->length ? ", " : "Unsupported: ");
		text_add_n(list, header->val.p, header->val.l);
	}
	return false;
}

/* True when it asked for something we cannot do, and was told. */
static bool refuse_required(struct engine *engine, const struct sip_msg *msg)
{
	AUTO(text_clear) struct text headers = {0};

	sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, add_unsupported, &headers);
	if (headers.length == 0 && !headers.failed)
		return false;
	text_add(&headers, "\r\n");
	if (!headers.failed)
		reply_headers(engine, msg, 420, headers.data);
	return true;
}

/* An answer goes where the topmost Via says: never to a third party (maddr), RFC 3261 18.2.2. */
static bool names_third_party(const struct sip_msg *msg)
{
	struct pl maddr;
	struct sa address;

	if (!address_param(&msg->via.params, "maddr", &maddr))
		return false;
	return sa_set(&address, &maddr, 0) != 0 || !sa_cmp(&address, &msg->src, SA_ADDR);
}

static void refuse_method(struct engine *engine, const struct sip_msg *msg, uint16_t status)
{
	AUTO(text_clear) struct text headers = {0};

	engine_count(engine, SIP_COUNT_UNKNOWN_METHOD);
	add_allow(&headers);
	if (!headers.failed)
		reply_headers(engine, msg, status, headers.data);
}

void dispatch_log_ban(const struct sa *source, const char *why)
{
	char address[64] = "";

	(void)re_snprintf(address, sizeof(address), "%j", source);
	log_event(LOG_WARNING, "sip", "address banned", LOG_TEXT("address", address),
	          LOG_TEXT("because", why));
}

/* A connection that brought rubbish is not worth keeping; of a datagram nothing is left. */
static void hang_up(const struct sip_msg *msg)
{
	struct tcp_conn *connection = sip_msg_tcpconn(msg);

	if (connection)
		(void)shutdown(tcp_conn_fd(connection), SHUT_RDWR);
}

/* Of a banned address only calls for help are heard, and few of them: its phones may be others than
 * those that it is banned for. Right credentials end the ban, so that the call can go on. */
static bool is_banned(struct engine *engine, const struct sip_msg *msg, int64_t now_s)
{
	if (guard_check(engine->guard, &msg->src, now_s) != GUARD_BANNED)
		return false;
	return !emergency_invite(msg) ||
	       guard_try_banned(engine->guard, &msg->src, now_s) != GUARD_PASS;
}

/* True: go on. */
static bool admit(struct engine *engine, const struct sip_msg *msg)
{
	int64_t now_s = clock_monotonic_us() / 1000000;
	bool is_ack = pl_strcmp(&msg->met, "ACK") == 0;

	/* Most datagrams of banned addresses ended in the filter. */
	if (is_banned(engine, msg, now_s)) {
		engine_count(engine, SIP_COUNT_BANNED);
		if (!is_ack) /* it may be that of a call for help, challenged */
			hang_up(msg);
		return false;
	}
	uint16_t status = names_third_party(msg) ? 400 : dispatch_check(msg);

	if (status) {
		bool holds = registrar_holds_address(engine->registrar, &msg->src);

		engine_count(engine, SIP_COUNT_MALFORMED);
		if (!is_ack && !names_third_party(msg))
			reply_status(engine, msg, status);
		if (status == 400)
			hang_up(msg);
		if (guard_malformed(engine->guard, &msg->src, holds, now_s) == GUARD_BAN)
			dispatch_log_ban(&msg->src, "malformed messages");
		return false;
	}
	if (pl_isset(&msg->maxfwd) && pl_u32(&msg->maxfwd) == 0 &&
	    pl_strcmp(&msg->met, "OPTIONS") != 0 && pl_strcmp(&msg->met, "REGISTER") != 0) {
		engine_count(engine, SIP_COUNT_TOO_MANY_HOPS);
		if (!is_ack)
			reply_status(engine, msg, 483);
		return false;
	}
	return true;
}

void dispatch_request(struct engine *engine, const struct sip_msg *msg)
{
	if (filter_greeting(engine->filter, msg) || !admit(engine, msg))
		return;
	const struct method *method = method_find(&msg->met);

	if (!method || !method->handler) {
		refuse_method(engine, msg, method ? 405 : 501);
		return;
	}
	/* RFC 3261 section 8.2.2.3: not of ACK and CANCEL. */
	if (pl_strcmp(&msg->met, "ACK") != 0 && pl_strcmp(&msg->met, "CANCEL") != 0 &&
	    refuse_required(engine, msg))
		return;
	/* RFC 3261 section 18.3: what follows the body in a datagram is none of it. */
	if (pl_isset(&msg->clen))
		msg->mb->end = msg->mb->pos + pl_u32(&msg->clen);
	engine_count(engine, SIP_COUNT_REQUESTS);
	method->handler(engine, msg);
}

static bool on_request(const struct sip_msg *msg, void *arg)
{
	dispatch_request(arg, msg);
	return true;
}

static bool on_response(const struct sip_msg *msg, void *arg)
{
	if (!calls_response(arg, msg))
		engine_count(arg, SIP_COUNT_STRAY);
	return true;
}

enum error_code dispatch_open(struct engine *engine, struct error *err)
{
	if (sip_listen(NULL, engine->sip, true, on_request, engine) != 0 ||
	    sip_listen(NULL, engine->sip, false, on_response, engine) != 0)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return ERROR_OK;
}
