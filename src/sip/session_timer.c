#include "sip/session_timer.h"

enum { LATE_S = 32 };

struct session_timer session_timer_default(void)
{
	return (struct session_timer){.interval_s = SESSION_USUAL_S, .we_refresh = true};
}

void session_timer_ask(struct text *headers)
{
	text_addf(headers, "Session-Expires: %d\r\nMin-SE: %d\r\n", SESSION_USUAL_S,
	          SESSION_LEAST_S);
}

static bool has_timer(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return !pl_strcasecmp(&header->val, "timer");
}

static bool supports(const struct sip_msg *msg)
{
	return sip_msg_hdr_apply(msg, true, SIP_HDR_SUPPORTED, has_timer, NULL) ||
	       sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, has_timer, NULL);
}

/* "1800;refresher=uac". False: none, or not understood. */
static bool read_expires(const struct sip_msg *msg, unsigned *ret_interval_s, struct pl *refresher)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
	struct pl seconds, params;

	*refresher = pl_null;
	if (!header || re_regex(header->val.p, header->val.l, "[0-9]+[^]*", &seconds, &params) ||
	    seconds.l > 9)
		return false;
	*ret_interval_s = pl_u32(&seconds);
	(void)msg_param_decode(&params, "refresher", refresher);
	return true;
}

bool session_timer_answer(const struct sip_msg *msg, struct session_timer *ret_timer)
{
	struct session_timer timer = session_timer_default();
	struct pl refresher;
	unsigned interval_s;

	if (read_expires(msg, &interval_s, &refresher)) {
		if (interval_s < SESSION_LEAST_S)
			return false;
		timer.interval_s = interval_s > SESSION_MOST_S ? SESSION_MOST_S : interval_s;
		timer.announced = true;
		timer.we_refresh =
			pl_isset(&refresher) ? !pl_strcasecmp(&refresher, "uas") : !supports(msg);
	} else if (supports(msg)) {
		timer.announced = true;
	}
	*ret_timer = timer;
	return true;
}

void session_timer_write(const struct session_timer *timer, struct text *headers)
{
	if (!timer->announced)
		return;
	if (!timer->we_refresh)
		text_add(headers, "Require: timer\r\n");
	text_addf(headers, "Session-Expires: %u;refresher=%s\r\n", timer->interval_s,
	          timer->we_refresh ? "uas" : "uac");
}

struct session_timer session_timer_agreed(const struct sip_msg *msg)
{
	struct session_timer timer = session_timer_default();
	struct pl refresher;
	unsigned interval_s;

	if (read_expires(msg, &interval_s, &refresher) && interval_s >= SESSION_LEAST_S) {
		timer.interval_s = interval_s > SESSION_MOST_S ? SESSION_MOST_S : interval_s;
		timer.announced = true;
		timer.we_refresh = pl_strcasecmp(&refresher, "uas") != 0;
	}
	return timer;
}

unsigned session_timer_delay_s(const struct session_timer *timer)
{
	const unsigned third = timer->interval_s / 3;

	if (timer->we_refresh)
		return timer->interval_s / 2;
	return timer->interval_s - (third < LATE_S ? third : LATE_S);
}
