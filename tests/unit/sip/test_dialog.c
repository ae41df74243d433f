#include "message.h"
#include "sip/dialog.h"
#include "unit.h"

#define VIA "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
#define IDS "From: \"Alice\" <sip:101@a.test>;tag=alice\r\nTo: <sip:102@a.test>\r\nCall-ID: c1\r\n"

static void a_callee_dialog_is_kept_and_matched(void **state)
{
	struct sip_msg *msg = message_read(
		"INVITE sip:102@a.test SIP/2.0\r\n" VIA IDS "CSeq: 7 INVITE\r\nContact: \"x\" "
		"<sip:101@10.0.0.1:5070;transport=udp>;expires=1\r\n"
		"Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>\r\n\r\n");
	AUTO(text_clear) struct text in = {0};
	struct dialog dialog;

	(void)state;
	assert_int_equal(dialog_accept(&dialog, msg), ERROR_OK);
	assert_string_equal(dialog.target, "sip:101@10.0.0.1:5070;transport=udp");
	assert_string_equal(dialog.route, "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n");
	assert_string_equal(dialog.remote, "<sip:101@a.test>");
	assert_int_equal(sa_port(&dialog.hop), 5070); /* where it came from, not its Contact */
	mem_deref(msg);

	static const struct {
		const char *from, *to, *call_id;
		bool matches;
	} rows[] = {
		{"alice", NULL, "c1", true },
                {"alicE", NULL, "c1", false},
		{"alice", "0",  "c1", false},
                {"alice", NULL, "c2", false},
		{NULL,    NULL, "c1", false},
                {"alice", "",   "c1", false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		text_reset(&in);
		text_addf(&in, "BYE sip:centrex@h SIP/2.0\r\n" VIA "From: <sip:101@a.test>%s%s\r\n",
		          rows[i].from ? ";tag=" : "", rows[i].from ? rows[i].from : "");
		text_addf(&in, "To: <sip:102@a.test>");
		if (!rows[i].to || rows[i].to[0])
			text_addf(&in, ";tag=%s", rows[i].to ? rows[i].to : dialog.local_tag);
		text_addf(&in, "\r\nCall-ID: %s\r\nCSeq: 8 BYE\r\n\r\n", rows[i].call_id);
		msg = message_read(in.data);
		assert_non_null(msg);
		assert_int_equal(dialog_matches(&dialog, msg), rows[i].matches);
		mem_deref(msg);
	}
}

static void requests_come_in_order(void **state)
{
	static const struct {
		unsigned cseq;
		bool in_order;
	} rows[] = {
		{7,  false},
                {6,  false},
                {8,  true },
                {8,  false},
                {20, true },
                {19, false}
        };
	struct sip_msg *msg = message_read("INVITE sip:102@a.test SIP/2.0\r\n" VIA IDS
	                                   "CSeq: 7 INVITE\r\nContact: <sip:101@h>\r\n\r\n");
	struct dialog dialog;

	(void)state;
	assert_int_equal(dialog_accept(&dialog, msg), ERROR_OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		msg->cseq.num = rows[i].cseq;
		assert_int_equal(dialog_in_order(&dialog, msg), rows[i].in_order);
	}
	mem_deref(msg);
}

static void what_cannot_be_kept_is_refused(void **state)
{
	char longer[2000];
	static const char *const bad[] = {
		"", /* no Contact */
		"Contact: *\r\n",
		"Contact: nonsense\r\n",
		"Contact: <sip:a@h\r\n x>\r\n", /* a folded line inside */
		NULL,                           /* a very long one */
	};

	(void)state;
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		AUTO(text_clear) struct text in = {0};
		struct dialog dialog;

		text_add(&in, "INVITE sip:102@a.test SIP/2.0\r\n" VIA IDS "CSeq: 7 INVITE\r\n");
		if (bad[i])
			text_add(&in, bad[i]);
		else
			text_addf(&in, "Contact: <sip:%s@h>\r\n", longer);
		text_add(&in, "\r\n");
		struct sip_msg *msg = message_read(in.data);
		if (msg) /* libre may refuse it by itself */
			assert_int_equal(dialog_accept(&dialog, msg), ERROR_INVALID);
		mem_deref(msg);
	}
}

static void start(struct dialog *dialog)
{
	struct dialog_start start = {.local = "\"101\" <sip:101@a.test>",
	                             .remote = "<sip:102@a.test>",
	                             .target = "sip:102@10.0.0.2",
	                             .transport = SIP_TRANSP_UDP};

	sa_set_str(&start.hop, "192.0.2.9", 5062);
	assert_int_equal(dialog_start(dialog, &start), ERROR_OK);
}

static void a_caller_dialog_learns_from_responses(void **state)
{
	struct dialog dialog;
	struct sip_msg *msg;

	(void)state;
	start(&dialog);
	assert_int_equal(strlen(dialog.local_tag), 16);
	msg = message_read("SIP/2.0 180 Ringing\r\n" VIA IDS "CSeq: 1 INVITE\r\n\r\n");
	assert_int_equal(dialog_progress(&dialog, msg), ERROR_OK); /* no tag: nothing yet */
	assert_string_equal(dialog.remote_tag, "");
	mem_deref(msg);
	msg = message_read("SIP/2.0 200 OK\r\n" VIA IDS "CSeq: 1 INVITE\r\n\r\n");
	assert_int_equal(dialog_progress(&dialog, msg), ERROR_INVALID); /* no dialog without */
	mem_deref(msg);
	msg = message_read("SIP/2.0 200 OK\r\n" VIA "From: <sip:101@a.test>;tag=x\r\n"
	                   "To: <sip:102@a.test>;tag=bob\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n"
	                   "Contact: <sip:bob@10.0.0.2:5099>\r\n"
	                   "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n\r\n");
	assert_int_equal(dialog_progress(&dialog, msg), ERROR_OK);
	assert_string_equal(dialog.remote_tag, "bob");
	assert_string_equal(dialog.target, "sip:bob@10.0.0.2:5099");
	assert_int_equal(sa_port(&dialog.hop), 5062); /* still where it registered from */
	/* RFC 3261 section 12.1.2: in reverse. */
	assert_string_equal(dialog.route, "Route: <sip:p2;lr>\r\nRoute: <sip:p1;lr>\r\n");
	mem_deref(msg);
}

static void writes_its_headers(void **state)
{
	const unsigned hops = 0;
	const struct dialog_request request = {.method = "INFO",
	                                       .hops = &hops,
	                                       .headers = "X: y\r\n",
	                                       .type = "text/plain",
	                                       .body = "hello",
	                                       .n = 5};
	AUTO(text_clear) struct text out = {0};
	AUTO(text_clear) struct text expected = {0};
	struct dialog dialog;

	(void)state;
	start(&dialog);
	dialog_write(&dialog, &request, 9, &out);
	text_addf(&expected,
	          "Max-Forwards: 0\r\nTo: <sip:102@a.test>\r\n"
	          "From: \"101\" <sip:101@a.test>;tag=%s\r\nCall-ID: %s\r\nCSeq: 9 INFO\r\n"
	          "User-Agent: Centrex\r\nX: y\r\nContent-Type: text/plain\r\n"
	          "Content-Length: 5\r\n\r\nhello",
	          dialog.local_tag, dialog.call_id);
	assert_string_equal(out.data, expected.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_callee_dialog_is_kept_and_matched),
		cmocka_unit_test(requests_come_in_order),
		cmocka_unit_test(what_cannot_be_kept_is_refused),
		cmocka_unit_test(a_caller_dialog_learns_from_responses),
		cmocka_unit_test(writes_its_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
