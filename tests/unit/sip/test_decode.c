#include <re.h>
#include <time.h>

#include "oom.h"
#include "sip/address.h"
#include "sip/decode.h"
#include "sip/dispatch.h"
#include "unit.h"

/* Decodes a copy that ends where the message ends, so that a sanitizer sees a read behind it. */
static int decode_n(const char *text, size_t n, struct sip_msg **ret_msg)
{
	struct mbuf *mb = mbuf_alloc(n ? n : 1);
	int err = mbuf_write_mem(mb, (const uint8_t *)text, n);

	*ret_msg = NULL;
	mb->pos = 0;
	if (!err)
		err = sip_msg_decode(ret_msg, mb);
	mem_deref(mb);
	return err;
}

static struct sip_msg *good(const char *text)
{
	struct sip_msg *msg;
	int err = decode_n(text, strlen(text), &msg);

	if (err)
		fail_msg("error %d: %s", err, text);
	return msg;
}

#define VIA "Via: SIP/2.0/UDP 192.0.2.1:5066;branch=z9hG4bKa;rport\r\n"
#define REST                                                                                       \
	"From: <sip:a@b.test>;tag=f\r\nTo: <sip:b@b.test>\r\nCall-ID: c@d\r\nCSeq: 7 REGISTER\r\n"
#define START "REGISTER sip:b.test SIP/2.0\r\n"
#define CLOSE "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

static void reads_what_libre_keeps_ready(void **state)
{
	struct sip_msg *msg = good("INVITE sip:102@b.test:5070;transport=tcp SIP/2.0\r\n" VIA
	                           "v: SIP/2.0/TCP [2001:db8::1]:5061 ;branch=z9hG4bKb, "
	                           "SIP / 2.0 / TLS host.test;branch=x\r\n"
	                           "f: \"A, \\\"B\\\" <x>\" <sip:101@b.test;x=1>;tag=88\r\n"
	                           "To:sip:102@b.test;tag=99\r\n"
	                           "Call-ID  : one@two\r\nCSeq: 4711\r\n INVITE\r\n"
	                           "Contact: <sip:a,b@h.test>;q=0.5, \"C, D\" <sip:c@h.test>\r\n"
	                           "c: application/sdp;x=y\r\nX-Strange:\r\nl: 4\r\n\r\nbody");

	(void)state;
	assert_true(msg->req);
	assert_int_equal(pl_strcmp(&msg->met, "INVITE"), 0);
	assert_int_equal(pl_strcmp(&msg->uri.user, "102"), 0);
	assert_int_equal(msg->uri.port, 5070);
	assert_int_equal(pl_strcmp(&msg->uri.params, ";transport=tcp"), 0);
	assert_int_equal(pl_strcmp(&msg->via.sentby, "192.0.2.1:5066"), 0);
	assert_int_equal(sa_port(&msg->via.addr), 5066);
	assert_int_equal(pl_strcmp(&msg->via.branch, "z9hG4bKa"), 0);
	assert_int_equal(sip_msg_hdr_count(msg, SIP_HDR_VIA), 3);
	assert_int_equal(pl_strcmp(&msg->from.dname, "A, \\\"B\\\" <x>"), 0);
	assert_int_equal(pl_strcmp(&msg->from.uri.user, "101"), 0);
	assert_int_equal(pl_strcmp(&msg->from.tag, "88"), 0);
	assert_int_equal(pl_strcmp(&msg->to.tag, "99"), 0);
	assert_int_equal(pl_strcmp(&msg->callid, "one@two"), 0);
	assert_int_equal(msg->cseq.num, 4711);
	assert_int_equal(pl_strcmp(&msg->cseq.met, "INVITE"), 0);
	assert_int_equal(sip_msg_hdr_count(msg, SIP_HDR_CONTACT), 2);
	assert_int_equal(pl_strcmp(&msg->ctyp.subtype, "sdp"), 0);
	assert_int_equal(mbuf_get_left(msg->mb), 4);
	assert_non_null(sip_msg_xhdr(msg, "X-Strange"));
	assert_int_equal(dispatch_check(msg), 0);
	mem_deref(msg);
}

static void answers_are_read_too(void **state)
{
	struct sip_msg *msg = good("SIP/2.0 180 Ringing now\r\n" VIA REST "\r\n");

	(void)state;
	assert_false(msg->req);
	assert_int_equal(msg->scode, 180);
	assert_int_equal(pl_strcmp(&msg->reason, "Ringing now"), 0);
	mem_deref(msg);
}

/* One row: what dispatch_check says of a request that can be read. */
static const struct {
	uint16_t status;
	const char *text;
} checks[] = {
	{0,   START VIA REST CLOSE							    },
	{0,   "\r\n\r\n" START VIA REST CLOSE						 },
	{0,   "REGISTER sip:b.test SIP/2.0\n" VIA REST "Max-Forwards: 70\n\n"                 },
	{400, START VIA "To: <sip:b@b.test>\r\nCall-ID: c\r\nCSeq: 7 REGISTER\r\n\r\n"        },
	{400, START VIA "From: <sip:b@b.test>\r\nCall-ID: c\r\nCSeq: 7 REGISTER\r\n\r\n"      },
	{400, START VIA "From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCSeq: 7 REGISTER\r\n\r\n"  },
	{400, START VIA "From: <sip:a@b>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\n\r\n"        },
	{400, START VIA REST "From: <sip:c@d>;tag=2\r\n\r\n"                                  },
	{400, START VIA REST "t: <sip:c@d>\r\n\r\n"                                           },
	{400, START VIA REST "i: again\r\n\r\n"					       },
	{400, START VIA REST "Content-Length: -5\r\n\r\n"                                     },
	{400, START VIA REST "Content-Length: 9999999999999999999\r\n\r\n"                    },
	{400, START VIA REST "Content-Length: 10\r\n\r\nshort"                                },
	{400, START VIA REST "Content-Length: 0\r\nl: 0\r\n\r\n"                              },
	{400, START VIA REST "Max-Forwards: many\r\n\r\n"                                     },
	{400, "OPTIONS sip:b.test SIP/2.0\r\n" VIA REST "\r\n"                                },
	{400,
         START VIA "From: <sip:a@b\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 7 REGISTER\r\n\r\n"},
	{400, START VIA "From: <sip:a@b>\r\nTo: \"b\r\nCall-ID: c\r\nCSeq: 7 REGISTER\r\n\r\n"},
	{400,
         START VIA "From: <sip:a@b>\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 7REGISTER\r\n\r\n"},
	{400, START VIA "From: <sip:a@b>\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 4294967296 "
                        "REGISTER\r\n\r\n"                                       },
	{400, START "Via: SIP/2.0/UDP 192.0.2.1\r\n" REST "\r\n"                              },
	{416, "REGISTER http://b.test/ SIP/2.0\r\n" VIA REST "\r\n"                           },
	{505, "REGISTER sip:b.test SIP/7.0\r\n" VIA REST "\r\n"                               },
};

static void requests_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		struct sip_msg *msg = good(checks[i].text);

		if (dispatch_check(msg) != checks[i].status)
			fail_msg("%u for: %s", dispatch_check(msg), checks[i].text);
		mem_deref(msg);
	}
}

static const char *const rubbish[] = {
	"\r\n\r\n\r\n",
	"hello\r\n\r\n",
	START "\r\n",
	START "no colon here\r\n\r\n",
	START " folded: first\r\n" VIA REST "\r\n",
	START ": empty name\r\n" VIA REST "\r\n",
	START VIA REST "X: a\rb\r\n\r\n",
	"REGISTER  sip:b.test SIP/2.0\r\n" VIA REST "\r\n",
	"REG<STER sip:b.test SIP/2.0\r\n" VIA REST "\r\n",
	"REGISTER sip:b\"b SIP/2.0\r\n" VIA REST "\r\n",
	"REGISTER b.test SIP/2.0\r\n" VIA REST "\r\n",
	"REGISTER sip:b.test HTTP/1.1\r\n" VIA REST "\r\n",
	"SIP/2.0 99 Low\r\n" VIA REST "\r\n",
	"SIP/2.0 700 High\r\n" VIA REST "\r\n",
	"SIP/2.0 2000 Long\r\n" VIA REST "\r\n",
	"SIP/2.0 200 OK\r\n" VIA "\r\n",
	"SIP/2.0 200 OK\r\n" VIA REST "To: <sip:x@y>\r\n\r\n",
	START "Via: SIP/2.0/UDP\r\n" REST "\r\n",
	START "Via: SIP/2.0/UDP [::1;branch=a\r\n" REST "\r\n",
	START "Via: SIP/2.0/UDP h:99999;branch=a\r\n" REST "\r\n",
};

static void rubbish_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rubbish); i++) {
		struct sip_msg *msg;

		if (decode_n(rubbish[i], strlen(rubbish[i]), &msg) == 0)
			fail_msg("accepted: %s", rubbish[i]);
	}
}

static void a_nul_is_refused(void **state)
{
	static const char text[] = START VIA REST "Subject: a\0b\r\n\r\n";
	struct sip_msg *msg;

	(void)state;
	assert_int_equal(decode_n(text, sizeof(text) - 1, &msg), EBADMSG);
}

static void a_part_wants_more(void **state)
{
	static const char text[] = START VIA REST CLOSE;
	struct sip_msg *msg;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++)
		assert_int_equal(decode_n(text, n, &msg), ENODATA);
}

/* Unless what is there is too much already: 16 KB of head, or 256 headers. */
static void the_head_is_bounded(void **state)
{
	enum { SIZE = 70000 };
	static char text[SIZE];
	struct sip_msg *msg;

	(void)state;
	memset(text, 'a', SIZE);
	memcpy(text, START, strlen(START));
	assert_int_equal(decode_n(text, DECODE_HEAD_MAX - 1, &msg), ENODATA);
	assert_int_equal(decode_n(text, SIZE, &msg), EBADMSG);
	for (size_t i = strlen(START); i + 5 < 4000; i += 5)
		memcpy(text + i, "x:y\r\n", 5);
	memcpy(text + 3995, "\r\n\r\n", 4);
	assert_int_equal(decode_n(text, 3999, &msg), EBADMSG);
}

/* A header's name is the whole name: libre's hash of it is the same for some others. */
static void a_name_with_the_same_hash_is_another(void **state)
{
	char name[8] = "Xaaaaaa";
	char text[512];
	struct sip_msg *msg;

	(void)state;
	for (int i = 0; (hash_joaat_ci(name, 7) & 0xfff) != SIP_HDR_FROM; i++)
		for (int n = i, k = 1; k < 7; k++, n /= 26)
			name[k] = (char)('a' + n % 26);
	(void)re_snprintf(text, sizeof(text), START VIA REST "%s: <sip:evil@x.test>\r\n\r\n", name);
	msg = good(text);
	assert_int_equal(dispatch_check(msg), 0);
	assert_int_equal(pl_strcmp(&msg->from.uri.user, "a"), 0);
	mem_deref(msg);
}

/* The worst of what libre's readers took seconds for. */
static void nothing_takes_long(void **state)
{
	static const char fill[] = "a;< \"\\,:@";
	struct timespec before, after;

	(void)state;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	for (size_t f = 0; f < sizeof(fill) - 1; f++) {
		char text[16000];
		struct sip_msg *msg;
		size_t n = (size_t)re_snprintf(text, sizeof(text), "%s", START VIA "From: ");

		memset(text + n, fill[f], 15000);
		memcpy(text + n + 15000, "\r\n\r\n", 4);
		(void)decode_n(text, n + 15004, &msg);
		mem_deref(msg);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	int64_t took_us =
		(after.tv_sec - before.tv_sec) * 1000000 + (after.tv_nsec - before.tv_nsec) / 1000;

	assert_true(took_us < 100000); /* with sanitizers; 1 ms without */
}

static enum error_code decode_once(void *arg)
{
	struct sip_msg *msg;
	struct mbuf *mb = mbuf_alloc(512);

	if (!mb)
		return ERROR_MEMORY;
	int err = mbuf_write_mem(mb, arg, strlen(arg));

	mb->pos = 0;
	if (!err)
		err = sip_msg_decode(&msg, mb);
	if (!err)
		mem_deref(msg);
	mem_deref(mb);
	return err ? ERROR_MEMORY : ERROR_OK;
}

static void memory_may_be_refused(void **state)
{
	char text[] = START VIA REST CLOSE;

	(void)state;
	assert_true(oom_check(decode_once, text) > 0);
}

static void uris(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"sip:a.test",                 true },
		{"sips:u:p@a.test:5061;x?h=1", true },
		{"sip:[::1]:5060",             true },
		{"sip:101@192.0.2.1",          true },
		{"tel:+4912345",               true },
		{"sip:",                       false},
		{"sip",			false},
		{":a",			 false},
		{"",			   false},
		{"sip:a b",                    false},
		{"sip:a:port",                 false},
		{"sip:a:65536",                false},
		{"sip:a:",                     false},
		{"sip:[::1",                   false},
		{"sip:[a]",                    false},
		{"sip:u@",                     false},
		{"sip:a\xc3\xa4@b",            false},
		{"<sip:a>",                    false},
		{"sip:a/b",                    false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct uri uri;
		struct pl text;

		pl_set_str(&text, rows[i].text);
		if (address_uri(&text, &uri) != rows[i].good)
			fail_msg("%s", rows[i].text);
	}
}

static void parameters(void **state)
{
	struct pl params = PL(";a=1; B = \"x;y\";c;d=2"), value;

	(void)state;
	assert_true(address_params_valid(&params));
	assert_true(address_param(&params, "b", &value));
	assert_int_equal(pl_strcmp(&value, "x;y"), 0);
	assert_true(address_param(&params, "c", &value));
	assert_int_equal(value.l, 0);
	assert_false(address_param(&params, "y", &value));
	assert_true(address_param(&params, "D", &value));
	assert_int_equal(pl_strcmp(&value, "2"), 0);
	pl_set_str(&params, ";a=;b");
	assert_false(address_params_valid(&params));
	pl_set_str(&params, ";a=\"open");
	assert_false(address_params_valid(&params));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_libre_keeps_ready),
		cmocka_unit_test(answers_are_read_too),
		cmocka_unit_test(requests_are_checked),
		cmocka_unit_test(rubbish_is_refused),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(a_part_wants_more),
		cmocka_unit_test(the_head_is_bounded),
		cmocka_unit_test(a_name_with_the_same_hash_is_another),
		cmocka_unit_test(nothing_takes_long),
		cmocka_unit_test(memory_may_be_refused),
		cmocka_unit_test(uris),
		cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
