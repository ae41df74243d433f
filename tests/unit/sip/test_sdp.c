#include "oom.h"
#include "sip/sdp.h"
#include "unit.h"

#define HEAD  "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
#define AUDIO "m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n"
#define KEY   "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"

static struct sdp *must_read(const char *body)
{
	struct sdp *sdp = NULL;
	struct error err = {0};
	const enum error_code code = sdp_read(body, strlen(body), false, &sdp, &err);

	if (code)
		fail_msg("%s: %s", err.message, body);
	return sdp;
}

/* body, expected code */
static const struct {
	const char *name;
	const char *body;
	enum error_code code;
} bodies[] = {
	{"plain",		       HEAD AUDIO,						     ERROR_OK       },
	{"line feeds only",
         "v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nc=IN IP4 1.2.3.4\nt=0 0\n"
         "m=audio 4000 RTP/AVP 0\n",                                                                    ERROR_OK       },
	{"no end of the last line",     HEAD "m=audio 4000 RTP/AVP 0",                                  ERROR_OK       },
	{"address of the stream",
         "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n"
         "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 1.2.3.4\r\n",                                              ERROR_OK       },
	{"IPv6",
         "v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\n"
         "m=audio 4000 RTP/AVP 0\r\n",                                                                  ERROR_OK       },
	{"second audio",                HEAD "m=audio 0 RTP/AVP 0\r\n" AUDIO,                           ERROR_OK       },
	{"empty",		       "",							     ERROR_INVALID  },
	{"not SDP",		     "hello",							ERROR_INVALID  },
	{"version 1",                   "v=1\r\n",						      ERROR_INVALID  },
	{"no origin",                   "v=0\r\ns=-\r\nc=IN IP4 1.2.3.4\r\n" AUDIO,                     ERROR_INVALID  },
	{"no address",                  "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\n" AUDIO,               ERROR_INVALID  },
	{"truncated in m=",             HEAD "m=audio 40",                                              ERROR_INVALID  },
	{"truncated in the formats",    HEAD "m=audio 4000 RTP/AVP ",                                   ERROR_INVALID  },
	{"truncated in a line",         HEAD AUDIO "a",						 ERROR_INVALID  },
	{"truncated between CR and LF", HEAD AUDIO "a=sendrecv\r",                                      ERROR_INVALID  },
	{"port 65536",                  HEAD "m=audio 65536 RTP/AVP 0\r\n",                             ERROR_INVALID  },
	{"port of many digits",         HEAD "m=audio 99999999999999999999 RTP/AVP 0\r\n",              ERROR_INVALID  },
	{"negative port",               HEAD "m=audio -1 RTP/AVP 0\r\n",                                ERROR_INVALID  },
	{"format 128",                  HEAD "m=audio 4000 RTP/AVP 128\r\n",                            ERROR_INVALID  },
	{"format is a word",            HEAD "m=audio 4000 RTP/AVP PCMA\r\n",                           ERROR_INVALID  },
	{"address is a name",           "v=0\r\no=- 1 1 IN IP4 a\r\ns=-\r\nc=IN IP4 a.test\r\n" AUDIO,
         ERROR_INVALID												 },
	{"IP6 of another kind",         "v=0\r\no=- 1 1 IN IP4 a\r\ns=-\r\nc=IN IP6 1.2.3.4\r\n" AUDIO,
         ERROR_INVALID												 },
	{"control character",           HEAD AUDIO "a=fmtp:8 \x01\r\n",                                 ERROR_INVALID  },
	{"a carriage return inside",    HEAD AUDIO "a=fmtp:8 x\ry\r\n",                                 ERROR_INVALID  },
	{"not UTF-8",                   HEAD AUDIO "a=fmtp:8 \xff\xfe\r\n",                             ERROR_INVALID  },
	{"no streams",                  HEAD,							   ERROR_NOT_FOUND},
	{"port 0",		      HEAD "m=audio 0 RTP/AVP 8\r\n",                                 ERROR_NOT_FOUND},
	{"video only",                  HEAD "m=video 4000 RTP/AVP 31\r\n",                             ERROR_NOT_FOUND},
	{"DTLS only",                   HEAD "m=audio 4000 UDP/TLS/RTP/SAVPF 111\r\n",                  ERROR_NOT_FOUND},
	{"SRTP without a key",          HEAD "m=audio 4000 RTP/SAVP 8\r\n",                             ERROR_NOT_FOUND},
	{"SRTP of another suite",
         HEAD "m=audio 4000 RTP/SAVP 8\r\n"
              "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" KEY "\r\n",
         ERROR_NOT_FOUND											       },
	{"SRTP with a short key",
         HEAD "m=audio 4000 RTP/SAVP 8\r\n"
              "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abcd\r\n",                                     ERROR_NOT_FOUND},
	{"SRTP with a key index",
         HEAD "m=audio 4000 RTP/SAVP 8\r\n"
              "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY "|1:4\r\n",
         ERROR_NOT_FOUND											       },
	{"nine streams",                HEAD AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO,
         ERROR_TOO_LARGE											       },
};

static void reads_or_says_why_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct sdp *sdp = NULL;
		struct error err = {0};
		const enum error_code code =
			sdp_read(bodies[i].body, strlen(bodies[i].body), false, &sdp, &err);

		if (code != bodies[i].code)
			fail_msg("%s: %s (%s)", bodies[i].name, error_slug(code), err.message);
		if (code) {
			assert_null(sdp);
			assert_string_equal(err.field, "sdp");
		}
		mem_deref(sdp);
	}
}

static void refuses_what_is_huge(void **state)
{
	AUTO(text_clear) struct text body = {0};
	struct sdp *sdp = NULL;

	(void)state;
	text_add(&body, HEAD AUDIO);
	for (int i = 0; i < 65; i++)
		text_add(&body, "a=fmtp:8 x\r\n");
	assert_int_equal(sdp_read(body.data, body.length, false, &sdp, NULL), ERROR_INVALID);
	while (body.length <= SDP_BODY_MAX)
		text_add(&body, "a=other\r\n");
	assert_int_equal(sdp_read(body.data, body.length, false, &sdp, NULL), ERROR_TOO_LARGE);
	/* NUL inside */
	assert_int_equal(sdp_read(HEAD AUDIO "\0", sizeof(HEAD AUDIO), false, &sdp, NULL),
	                 ERROR_INVALID);
	assert_null(sdp);
}

static void reads_every_prefix(void **state)
{
	static const char whole[] = HEAD AUDIO
		"a=fmtp:101 0-15\r\na=rtcp:4001 IN IP4 192.0.2.9\r\na=sendonly\r\n"
		"m=audio 5000 RTP/SAVP 8\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" KEY
		"|2^31\r\n";

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		char *copy = malloc(n + 1); /* exactly n bytes: a sanitizer sees one too many */
		struct sdp *sdp = NULL;

		memcpy(copy, whole, n);
		if (sdp_read(copy, n, true, &sdp, NULL) == ERROR_OK)
			mem_deref(sdp);
		free(copy);
	}
}

static void keeps_what_matters(void **state)
{
	struct sdp *sdp;

	(void)state;
	sdp = must_read(HEAD "a=sendonly\r\nm=video 6000 RTP/AVP 31\r\n" AUDIO
	                     "a=rtcp:4005 IN IP4 192.0.2.9\r\na=rtcp-mux\r\na=candidate:1 x\r\n"
	                     "a=ptime:20\r\na=fmtp:101 0-16\r\n");
	assert_int_equal(sdp->n_streams, 2);
	assert_int_equal(sdp->audio, 1);
	assert_int_equal(sa_port(&sdp->rtp), 4000);
	assert_int_equal(sa_port(&sdp->rtcp), 4005);
	assert_int_equal(sdp->direction, SDP_SENDONLY);
	assert_true(sdp->mux);
	assert_false(sdp->secure);
	assert_int_equal(sdp->n_attributes, 3);
	mem_deref(sdp);

	sdp = must_read("v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n" AUDIO);
	assert_false(sa_isset(&sdp->rtp, SA_ADDR));
	assert_int_equal(sdp->direction, SDP_SENDONLY);
	mem_deref(sdp);
}

static void takes_the_secure_stream_when_asked(void **state)
{
	static const char body[] =
		HEAD AUDIO "m=audio 5000 RTP/SAVP 8\r\n"
			   "a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:" KEY "|2^20\r\n";
	struct sdp *sdp = NULL;

	(void)state;
	assert_int_equal(sdp_read(body, strlen(body), false, &sdp, NULL), ERROR_OK);
	assert_int_equal(sdp->audio, 0);
	mem_deref(sdp);
	assert_int_equal(sdp_read(body, strlen(body), true, &sdp, NULL), ERROR_OK);
	assert_int_equal(sdp->audio, 1);
	assert_true(sdp->secure);
	assert_int_equal(sdp->n_crypto, 1);
	assert_int_equal(sdp->crypto[0].tag, 3);
	assert_int_equal(sdp->crypto[0].suite, SRTP_AES_CM_128_HMAC_SHA1_32);
	mem_deref(sdp);
}

static void local_at(struct sdp_local *local, uint16_t port, bool secure)
{
	struct sa address;

	sa_set_str(&address, "198.51.100.7", port);
	sdp_local_init(local, &address, secure);
}

static void assert_has(const struct sdp_local *local, const char *part)
{
	if (!strstr(text_string(&local->last), part))
		fail_msg("no %s in\n%s", part, text_string(&local->last));
}

static void assert_has_not(const struct sdp_local *local, const char *part)
{
	if (strstr(text_string(&local->last), part))
		fail_msg("%s in\n%s", part, text_string(&local->last));
}

static void offers_the_audio_alone_and_answers_in_place(void **state)
{
	struct sdp *offer =
		must_read(HEAD "m=video 6000 RTP/AVP 31 34\r\na=rtpmap:31 H261/90000\r\n" AUDIO
	                       "a=fmtp:101 0-15\r\na=ice-ufrag:x\r\na=rtcp-mux\r\n"
	                       "m=application 7000 UDP/BFCP *\r\n");
	struct sdp *answer = must_read(HEAD "m=audio 9000 RTP/AVP 8 101\r\na=recvonly\r\n");
	struct sdp_local to_b, to_a;

	(void)state;
	local_at(&to_b, 20000, false);
	local_at(&to_a, 20002, false);
	assert_int_equal(sdp_offer(&to_b, offer), ERROR_OK);
	assert_has(&to_b, "m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n"
	                  "a=fmtp:101 0-15\r\na=sendrecv\r\n");
	assert_has(&to_b, "c=IN IP4 198.51.100.7\r\n");
	assert_has_not(&to_b, "video");
	assert_has_not(&to_b, "ice");
	assert_has_not(&to_b, "mux");
	assert_has_not(&to_b, "192.0.2.1");

	assert_int_equal(sdp_answer(&to_a, offer, answer), ERROR_OK);
	assert_has(&to_a, "m=video 0 RTP/AVP 31 34\r\nm=audio 20002 RTP/AVP 8 101\r\n"
	                  "a=rtcp-mux\r\na=recvonly\r\nm=application 0 UDP/BFCP *\r\n");

	/* When we offer to that phone later its streams stay in place. */
	assert_int_equal(sdp_offer(&to_a, answer), ERROR_OK);
	assert_has(&to_a, "m=video 0 RTP/AVP 31 34\r\nm=audio 20002 ");
	sdp_local_clear(&to_a);
	sdp_local_clear(&to_b);
	mem_deref(offer);
	mem_deref(answer);
}

static void counts_the_version_when_something_changed(void **state)
{
	struct sdp *one = must_read(HEAD AUDIO), *hold = must_read(HEAD AUDIO "a=sendonly\r\n");
	struct sdp_local local;
	char origin[64], expected[128];

	(void)state;
	local_at(&local, 20000, false);
	assert_int_equal(sdp_offer(&local, one), ERROR_OK);
	snprintf(origin, sizeof(origin), "o=centrex %llu ", (unsigned long long)local.id);
	snprintf(expected, sizeof(expected), "%s1 IN IP4 198.51.100.7\r\n", origin);
	assert_has(&local, expected);
	assert_int_equal(sdp_offer(&local, one), ERROR_OK);
	assert_has(&local, expected);
	assert_int_equal(sdp_offer(&local, hold), ERROR_OK);
	snprintf(expected, sizeof(expected), "%s2 IN IP4 198.51.100.7\r\n", origin);
	assert_has(&local, expected);
	sdp_local_clear(&local);
	mem_deref(one);
	mem_deref(hold);
}

static void agrees_on_keys(void **state)
{
	struct sdp *plain = must_read(HEAD AUDIO), *secure, *back;
	struct sdp_local to_tls, to_answer;
	struct media_keys keys, mirror;
	bool is_secure = false;

	(void)state;
	/* We offer; the phone answers the second suite. Its view is read from our own text. */
	local_at(&to_tls, 20000, true);
	assert_int_equal(sdp_offer(&to_tls, plain), ERROR_OK);
	assert_has(&to_tls, "m=audio 20000 RTP/SAVP 8 0 101\r\n");
	assert_has(&to_tls, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:");
	assert_has(&to_tls, "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:");
	secure = must_read(HEAD "m=audio 9000 RTP/SAVP 8\r\n"
	                        "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" KEY "\r\n");
	assert_int_equal(sdp_keys(&to_tls, secure, true, &keys, &is_secure), ERROR_OK);
	assert_true(is_secure);
	assert_int_equal(keys.suite, SRTP_AES_CM_128_HMAC_SHA1_32);
	assert_memory_equal(keys.receive, secure->crypto[0].key, SDP_KEY_SIZE);
	assert_memory_equal(keys.send, to_tls.own[1].key, SDP_KEY_SIZE);

	/* A plain answer to a secure offer is no agreement, nor is a tag that was not offered. */
	assert_int_equal(sdp_keys(&to_tls, plain, true, &keys, &is_secure), ERROR_INVALID);
	secure->crypto[0].tag = 7;
	assert_int_equal(sdp_keys(&to_tls, secure, true, &keys, &is_secure), ERROR_INVALID);

	/* The phone offers with tag 7; we answer with its tag and our key, and read the same. */
	local_at(&to_answer, 20002, false);
	assert_int_equal(sdp_answer(&to_answer, secure, plain), ERROR_OK);
	assert_has(&to_answer, "a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:");
	assert_int_equal(sdp_keys(&to_answer, secure, false, &keys, &is_secure), ERROR_OK);
	back = must_read(text_string(&to_answer.last));
	assert_int_equal(back->n_crypto, 1);
	assert_memory_equal(back->crypto[0].key, keys.send, SDP_KEY_SIZE);
	mem_deref(back);

	/* Plain both sides: no keys. */
	assert_int_equal(sdp_answer(&to_answer, plain, plain), ERROR_OK);
	assert_int_equal(sdp_keys(&to_answer, plain, false, &mirror, &is_secure), ERROR_OK);
	assert_false(is_secure);
	sdp_local_clear(&to_tls);
	sdp_local_clear(&to_answer);
	mem_deref(plain);
	mem_deref(secure);
}

static enum error_code exchange(void *arg)
{
	struct sdp *offer = NULL, *answer = NULL;
	struct sdp_local a, b;
	const char *body = arg;
	enum error_code code;

	local_at(&a, 20000, true);
	local_at(&b, 20002, true);
	code = sdp_read(body, strlen(body), true, &offer, NULL);
	if (!code)
		code = sdp_offer(&b, offer);
	if (!code)
		code = sdp_read(b.last.data, b.last.length, true, &answer, NULL);
	if (!code)
		code = sdp_answer(&a, offer, answer);
	sdp_local_clear(&a);
	sdp_local_clear(&b);
	mem_deref(offer);
	mem_deref(answer);
	return code;
}

static void survives_without_memory(void **state)
{
	(void)state;
	assert_in_range(oom_check(exchange, HEAD AUDIO), 4, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_or_says_why_not),
		cmocka_unit_test(refuses_what_is_huge),
		cmocka_unit_test(reads_every_prefix),
		cmocka_unit_test(keeps_what_matters),
		cmocka_unit_test(takes_the_secure_stream_when_asked),
		cmocka_unit_test(offers_the_audio_alone_and_answers_in_place),
		cmocka_unit_test(counts_the_version_when_something_changed),
		cmocka_unit_test(agrees_on_keys),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
