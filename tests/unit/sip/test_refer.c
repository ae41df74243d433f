#include <string.h>

#include "sip/refer.h"
#include "unit.h"

static void reads_replaces(void **state)
{
	static const char *const same[] = {
		"a@b;to-tag=1;from-tag=2",
		" a@b ; to-tag = 1 ; from-tag = 2 ",
		"a@b;from-tag=2;to-tag=1",
		"a@b;x=y;FROM-TAG=2;flag;To-Tag=1",
	};
	struct replaces replaces;
	struct pl value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		pl_set_str(&value, same[i]);
		assert_true(replaces_read(&value, &replaces));
		assert_string_equal(replaces.call_id, "a@b");
		assert_string_equal(replaces.to_tag, "1");
		assert_string_equal(replaces.from_tag, "2");
		assert_false(replaces.early_only);
	}
	pl_set_str(&value, "a;to-tag=1;from-tag=2;early-only");
	assert_true(replaces_read(&value, &replaces));
	assert_true(replaces.early_only);
}

static void refuses_replaces(void **state)
{
	static const char *const bad[] = {
		"",
		";to-tag=1;from-tag=2",
		"a",
		"a;to-tag=1",
		"a;from-tag=1",
		"a;to-tag=;from-tag=2",
		"a;to-tag;from-tag=2",
		"a;to-tag=1;to-tag=1;from-tag=2",
		"a;to-tag=1;from-tag=2;from-tag=3",
		"a;to-tag=1;from-tag=2;early-only;early-only",
		"a;to-tag=1;from-tag=2;early-only=yes",
		"a b;to-tag=1;from-tag=2",
		"a;to-tag=1;from-tag=2;",
		"a\x01;to-tag=1;from-tag=2",
		"a;to-tag=\xff;from-tag=2",
	};
	char call_id[DIALOG_CALL_ID_MAX + 32];
	struct replaces replaces;
	struct pl value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		pl_set_str(&value, bad[i]);
		if (replaces_read(&value, &replaces))
			fail_msg("taken: %s", bad[i]);
	}
	memset(call_id, 'x', sizeof(call_id));
	(void)re_snprintf(call_id + DIALOG_CALL_ID_MAX, 32, ";to-tag=1;from-tag=2");
	pl_set_str(&value, call_id);
	assert_false(replaces_read(&value, &replaces));
	value.p++;
	value.l--;
	assert_true(replaces_read(&value, &replaces));
}

static void reads_refer_to(void **state)
{
	static const struct {
		const char *value, *user, *host;
	} rows[] = {
		{"sip:102@acme.test",                                     "102", "acme.test"},
		{"<sip:102@acme.test>",                                   "102", "acme.test"},
		{"\"Ada\" <sips:102@acme.test:5061;user=phone>;x=y",      "102", "acme.test"},
		{"<sip:%2a45@acme.test;method=INVITE>",                   "*45", "acme.test"},
		{"<sip:acme.test>",				       "",    "acme.test"},
		{"<sip:7@192.0.2.1:5060>",                                "7",   "192.0.2.1"},
		{"<sip:102@acme.test?Referred-By=%3csip:1@acme.test%3e>", "102", "acme.test"},
	};
	struct refer refer;
	struct pl value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		pl_set_str(&value, rows[i].value);
		assert_int_equal(refer_read(&value, &refer), 0);
		assert_string_equal(refer.user, rows[i].user);
		assert_int_equal(pl_strcmp(&refer.host, rows[i].host), 0);
		assert_false(refer.has_replaces);
		assert_int_equal(refer.af == AF_INET, rows[i].user[0] == '7');
	}
	pl_set_str(&value, "<sip:102@acme.test?Replaces=12%40b%3Bto-tag%3D1%3Bfrom-tag%3D2"
	                   "&Require=replaces>");
	assert_int_equal(refer_read(&value, &refer), 0);
	assert_true(refer.has_replaces);
	assert_string_equal(refer.replaces.call_id, "12@b");
	assert_string_equal(refer.replaces.to_tag, "1");
	assert_string_equal(refer.replaces.from_tag, "2");
}

static void refuses_refer_to(void **state)
{
	static const struct {
		const char *value;
		uint16_t status;
	} rows[] = {
		{"",							  400},
		{"102",						       400},
		{"<sip:102@acme.test",					400},
		{"<sip:1%zz@acme.test>",                                      400},
		{"<sip:1%00@acme.test>",                                      400},
		{"<sip:1@acme.test>;;",                                       400},
		{"<sip:1@acme.test?Replaces=a>",                              400},
		{"<sip:1@acme.test?Replaces=a%3bto-tag%3d1%3bfrom-tag%3d2"
	         "&Replaces=a%3bto-tag%3d1%3bfrom-tag%3d2>", 400},
		{"<sip:1@acme.test?Replaces=%>",                              400},
		{"<tel:102>",						 416},
		{"<http://acme.test/>",                                       416},
		{"<sip:1@acme.test;method=BYE>",                              403},
		{"<sip:1@acme.test?Call-ID=x>",                               403},
		{"<sip:1@acme.test?body=x>",                                  403},
		{"<sip:1@acme.test?Require=100rel>",                          403},
		{"<sip:1@acme.test?>",					403},
		{"<sip:1@acme.test?Replaces=a%3bto-tag%3d1%3bfrom-tag%3d2&>", 403},
	};
	struct refer refer;
	struct pl value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		pl_set_str(&value, rows[i].value);
		if (refer_read(&value, &refer) != rows[i].status)
			fail_msg("%s: %u", rows[i].value, refer_read(&value, &refer));
	}
}

static void is_bounded(void **state)
{
	AUTO(text_clear) struct text text = {0};
	struct refer refer;
	struct pl value;

	(void)state;
	text_add(&text, "<sip:");
	for (int i = 0; i < REFER_USER_MAX; i++)
		text_add(&text, "1");
	text_add(&text, "@acme.test>");
	pl_set_str(&value, text.data);
	assert_int_equal(refer_read(&value, &refer), 400);
	text_reset(&text);
	text_add(&text, "<sip:1@acme.test?Replaces=");
	for (int i = 0; i < 700; i++)
		text_add(&text, "a");
	text_add(&text, "%3bto-tag%3d1%3bfrom-tag%3d2>");
	pl_set_str(&value, text.data);
	assert_int_equal(refer_read(&value, &refer), 400);
}

static void reads_refer_sub(void **state)
{
	static const struct {
		const char *value;
		bool valid, wanted;
	} rows[] = {
		{"true",       true,  true },
		{" False ; x", true,  false},
		{"",           false, false},
		{"no",         false, false},
	};
	struct pl value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool wanted = false;

		pl_set_str(&value, rows[i].value);
		assert_int_equal(refer_sub_read(&value, &wanted), rows[i].valid);
		assert_int_equal(wanted, rows[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_replaces), cmocka_unit_test(refuses_replaces),
		cmocka_unit_test(reads_refer_to), cmocka_unit_test(refuses_refer_to),
		cmocka_unit_test(is_bounded),     cmocka_unit_test(reads_refer_sub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
