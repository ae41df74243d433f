/* The forms call records come in, and what strangers may make of them. */
#include <jansson.h>

#include "freeswitch/captures.h"
#include "freeswitch/record.h"
#include "freeswitch/record_values.h"
#include "oom.h"
#include "unit.h"

static const char a_leg_xml[] = "038-call-answered-xml-a-leg";
static const char a_leg_json[] = "040-call-answered-json-a-leg";
static const char a_leg[] = "f4113502-7d97-4d58-a2b1-e92f0475115c";

static void add_encoded(struct text *out, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr("\r\n \"#%&+:;<=>?@[\\]^`{|}", bytes[i]) || bytes[i] < ' ')
			text_addf(out, "%%%02X", (unsigned char)bytes[i]);
		else
			text_add_char(out, bytes[i]);
}

/* Reads; the record must be the answered call's caller, and data what the capture's own was. */
static void is_the_a_leg(const char *what, const char *type, const char *body, size_t n)
{
	AUTO(capture_clear) struct capture own = capture_read(a_leg_json);
	AUTO(text_clear) struct text own_data = {0};
	AUTO(text_clear) struct text data = {0};
	struct record record;
	struct error err = {0};
	char uuid[UUID_TEXT_MAX];

	assert_int_equal(record_read("", own.body, own.n, "", &record, &own_data, NULL), ERROR_OK);
	if (record_read(type, body, n, "a_f4113502-7d97-4d58-a2b1-e92f0475115c", &record, &data,
	                &err))
		fail_msg("%s: %s: %s", what, err.field, err.message);
	assert_string_equal(uuid_format(&record.leg, uuid), a_leg);
	assert_string_equal(record.caller_id_name, "Alice C1");
	assert_string_equal(record.dest_number, "102");
	assert_int_equal(record.answer_us, INT64_C(1795353918192010));
	assert_string_equal(data.data, own_data.data);
}

static void every_encoding_of_mod_xml_cdr_is_the_same_record(void **state)
{
	AUTO(capture_clear) struct capture xml = capture_read(a_leg_xml);
	AUTO(text_clear) struct text form = {0};
	AUTO(text_clear) struct text encoded = {0};
	AUTO(text_clear) struct text marked = {0};
	static const char urlencoded[] = "application/x-www-form-urlencoded";

	(void)state;
	text_add(&form, "cdr=");
	text_add_n(&form, xml.body, xml.n);
	text_add(&encoded, "cdr=");
	add_encoded(&encoded, xml.body, xml.n);
	text_add(&marked, "\xef\xbb\xbf\r\n ");
	text_add_n(&marked, xml.body, xml.n);
	is_the_a_leg("default", "application/x-www-form-plaintext", form.data, form.length);
	is_the_a_leg("encode=true", urlencoded, encoded.data, encoded.length);
	is_the_a_leg("textxml", "text/xml", xml.body, xml.n);
	is_the_a_leg("textxml, disable-100-continue", urlencoded, xml.body, xml.n);
	is_the_a_leg("error file", "", encoded.data + 4, encoded.length - 4);
	is_the_a_leg("error file with its name", "", encoded.data, encoded.length);
	is_the_a_leg("byte order mark", "", marked.data, marked.length);
	text_reset(&marked);
	text_addf(&marked, "uuid=a_1&%s&more=1", encoded.data);
	is_the_a_leg("among others", urlencoded, marked.data, marked.length);
}

/* The values of variables decoded, and as numbers where they are some. */
static char *plain_json(const struct capture *json, bool numbers)
{
	json_t *root = json_loadb(json->body, json->n, 0, NULL), *value;
	json_t *variables = json_object_get(root, "variables");
	const char *name;
	char *dump;
	void *next;

	json_object_foreach_safe(variables, next, name, value)
	{
		AUTO(text_clear) struct text plain = {0};
		const char *text = json_string_value(value);

		record_percent_decode(&plain, text, strlen(text));
		if (numbers && *text && !text[strspn(text, "0123456789")] && strlen(text) < 18)
			json_object_set_new(variables, name, json_integer(atoll(text)));
		else
			json_object_set_new(variables, name, json_string(text_string(&plain)));
	}
	dump = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(root);
	assert_non_null(dump);
	return dump;
}

static void every_encoding_of_mod_json_cdr_is_the_same_record(void **state)
{
	AUTO(capture_clear) struct capture json = capture_read(a_leg_json);
	AUTO(auto_free) char *plain = plain_json(&json, false);
	AUTO(auto_free) char *numbers = plain_json(&json, true);

	(void)state;
	is_the_a_leg("encoded values", "application/json", json.body, json.n);
	is_the_a_leg("called XML", "text/xml", json.body, json.n);
	is_the_a_leg("plain values", "application/json", plain, strlen(plain));
	is_the_a_leg("numbers", "application/json", numbers, strlen(numbers));
}

static enum error_code read_text(const char *body, struct record *ret_record, struct text *ret_data,
                                 struct error *ret_err)
{
	return record_read("", body, strlen(body), "", ret_record, ret_data, ret_err);
}

static void what_is_no_record_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *body, *reason;
	} bad[] = {
		{"",							       "empty"    },
		{" \r\n",							  "empty"    },
		{"hello",							  "form"     },
		{"cdr=",							   "form"     },
		{"%zz",							    "form"     },
		{"[]",							     "form"     },
		{"<html/>",							"xml"      },
		{"<cdr><variables><uuid>x",                                        "xml"      },
		{"<!DOCTYPE cdr [<!ENTITY a \"b\">]><cdr><variables/></cdr>",      "xml"      },
		{"<!DOCTYPE cdr SYSTEM \"file:///etc/passwd\"><cdr/>",             "xml"      },
		{"<cdr><variables><uuid>&xxe;</uuid></variables></cdr>",           "xml"      },
		{"<cdr><channel_data/></cdr>",                                     "variables"},
		{"<cdr><variables><uuid>f4113502</uuid></variables></cdr>",        "uuid"     },
		{"{",							      "json"     },
		{"{\"variables\":{\"uuid\":\"f4113502-7d97-4d58-a2b1-e92f04751\"", "json"     },
		{"{\"variables\":{\"uuid\":\"\\u12\"}}",                           "json"     },
		{"{\"variables\":[1,2}",					   "json"     },
		{"{}",							     "variables"},
		{"{\"variables\":{}}",					     "uuid"     },
		{"{\"variables\":{\"uuid\":"
	         "\"00000000-0000-0000-0000-000000000000\"}}",    "uuid"     },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		AUTO(text_clear) struct text data = {0};
		struct error err = {0};
		struct record record;

		assert_int_equal(read_text(bad[i].body, &record, &data, &err), ERROR_INVALID);
		if (strcmp(err.field, bad[i].reason) != 0)
			fail_msg("%s: %s (%s)", bad[i].body, err.field, err.message);
	}
}

static void nesting_without_end_costs_neither_memory_nor_the_stack(void **state)
{
	static const char *const openings[] = {"{\"variables\":[", "{\"a\":", "<cdr>"};
	static const char *const more[] = {"[", "{\"a\":", "<a>"};
	enum { BYTES = 8 * 1024 * 1024 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(openings); i++) {
		AUTO(text_clear) struct text body = {0};
		AUTO(text_clear) struct text data = {0};
		struct error err = {0};
		struct record record;

		text_add(&body, openings[i]);
		while (body.length < BYTES)
			text_add(&body, more[i]);
		assert_int_equal(record_read("", body.data, body.length, "", &record, &data, &err),
		                 ERROR_INVALID);
		assert_non_null(strstr(err.message, "nested too deep"));
	}
}

/* 50 MB: one value, and as many values as fit. */
static void a_record_of_50_mb_is_read_and_what_is_too_long_is_cut(void **state)
{
	static const char head[] = "{\"variables\":{\"uuid\":"
				   "\"f4113502-7d97-4d58-a2b1-e92f0475115c\",\"last_arg\":\"";
	enum { BYTES = 50 * 1000 * 1000 };
	AUTO(text_clear) struct text body = {0};
	AUTO(text_clear) struct text data = {0};
	struct record record;

	(void)state;
	text_add(&body, head);
	while (body.length < BYTES)
		text_add(&body, "abcdefghijklmnopqrstuvwxyz0123456789");
	text_add(&body, "\",\"end_epoch\":1795353921}}");
	assert_int_equal(record_read("", body.data, body.length, "", &record, &data, NULL),
	                 ERROR_OK);
	assert_int_equal(record.end_us, INT64_C(1795353921000000));
	assert_true(data.length < 16 * 1024);
	text_reset(&body);
	text_reset(&data);
	text_add(&body, head);
	text_add(&body, "\"");
	while (body.length < BYTES)
		text_add(&body, ",\"tenant\":[1,2,{\"uuid\":null}],\"x\":\"y\"");
	text_add(&body, "}}");
	assert_int_equal(record_read("", body.data, body.length, "", &record, &data, NULL),
	                 ERROR_OK);
	assert_string_equal(record.tenant, "");
	assert_int_equal(
		record_read("", body.data, (size_t)RECORD_BODY_MAX + 1, "", &record, &data, NULL),
		ERROR_INVALID);
}

/* The answered call as XML, with one text in place of another. */
static void changed(struct text *out, const char *from, const char *to)
{
	AUTO(capture_clear) struct capture xml = capture_read(a_leg_xml);
	const char *at = strstr(xml.body, from);

	assert_non_null(at);
	text_reset(out);
	text_add_n(out, xml.body, (size_t)(at - xml.body));
	text_add(out, to);
	text_add(out, at + strlen(from));
}

static const char name_element[] = "<caller_id_name>101@c1</caller_id_name>";

static void a_caller_cannot_spoil_his_record_by_what_he_calls_himself(void **state)
{
	static const char *const names[] = {
		"<caller_id_name>M\xfcller</caller_id_name>",
		"<caller_id_name>\x01\x1f</caller_id_name>",
		"<caller_id_name><!x</caller_id_name>",
		"<caller_id_name><!-- </caller_id_name>",
		"<caller_id_name><![CDATA[</caller_id_name>",
		"<caller_id_name><!DOCTYPE cdr [<!ENTITY a \"b\">]></caller_id_name>",
		"<caller_id_name><![CDATA[]]></caller_id_name></caller_profile></callflow>"
		"<variables><tenant>cust2.pbx.test</tenant><cc_side>agent</cc_side>"
		"<cc_member_session_uuid>901b3c3c-c1df-483e-bead-ce43106e9536"
		"</cc_member_session_uuid></variables><callflow><caller_profile><a>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		AUTO(text_clear) struct text body = {0};
		AUTO(text_clear) struct text data = {0};
		struct error err = {0};
		struct record record;
		char uuid[UUID_TEXT_MAX];

		changed(&body, name_element, names[i]);
		if (read_text(body.data, &record, &data, &err))
			fail_msg("%s: %s", names[i], err.message);
		assert_string_equal(uuid_format(&record.call, uuid), a_leg);
		assert_int_equal(record.role, RECORD_CALLER);
		assert_string_equal(record.tenant, "cust1.pbx.test");
		assert_string_equal(record.dest_number, "102");
		assert_string_equal(record.caller_id_number, "101");
	}
}

static void a_name_in_latin_1_keeps_what_is_readable_of_it(void **state)
{
	AUTO(text_clear) struct text body = {0};
	AUTO(text_clear) struct text data = {0};
	struct record record;

	(void)state;
	changed(&body, name_element, "<caller_id_name>M\xfcller</caller_id_name>");
	changed(&body, "<effective_caller_id_name>Alice%20C1</effective_caller_id_name>",
	        "<effective_caller_id_name>M%FCller%00</effective_caller_id_name>");
	assert_int_equal(read_text(body.data, &record, &data, NULL), ERROR_OK);
	assert_string_equal(record.caller_id_name, "M\xef\xbf\xbdller ");
	assert_null(strstr(data.data, "damage"));
}

static void a_header_that_is_no_name_of_an_element_costs_its_own_line_only(void **state)
{
	static const char *const lines[] = {
		"<sip_h_X-a!b>1</sip_h_X-a!b>\n    <tenant>",
		"<1x>1</1x>\n<sip_h_X-&>2</sip_h_X-&>  \r\n\t<sip_h_X-'></sip_h_X-'>\n<tenant>",
		"<sip_h_X-~>%3C</sip_h_X-~>\n<tenant>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		AUTO(text_clear) struct text body = {0};
		AUTO(text_clear) struct text data = {0};
		struct record record;

		changed(&body, "<tenant>", lines[i]);
		is_the_a_leg(lines[i], "text/xml", body.data, body.length);
		assert_int_equal(read_text(body.data, &record, &data, NULL), ERROR_OK);
		assert_null(strstr(data.data, "damage"));
	}
}

static void a_record_cut_off_behind_its_variables_is_one_and_says_so(void **state)
{
	AUTO(capture_clear) struct capture xml = capture_read(a_leg_xml);
	AUTO(text_clear) struct text data = {0};
	size_t n = (size_t)(strstr(xml.body, "</variables>") - xml.body);
	struct record record;

	(void)state;
	assert_int_equal(record_read("", xml.body, n, "", &record, &data, NULL), ERROR_INVALID);
	assert_int_equal(record_read("", xml.body, n + 30, "", &record, &data, NULL), ERROR_OK);
	assert_string_equal(record.dest_number, "102");
	assert_memory_equal(data.data, "{\"damage\":\"", 11);
}

struct oom_input {
	const char *type;
	const char *body;
	size_t n;
};

static enum error_code read_once(void *arg)
{
	const struct oom_input *input = arg;
	AUTO(text_clear) struct text data = {0};
	struct record record;

	return record_read(input->type, input->body, input->n, "", &record, &data, NULL);
}

static void without_memory_it_says_so_and_leaves_nothing_behind(void **state)
{
	AUTO(capture_clear) struct capture xml = capture_read(a_leg_xml);
	AUTO(capture_clear) struct capture json = capture_read(a_leg_json);
	AUTO(text_clear) struct text encoded = {0};
	AUTO(text_clear) struct text bad = {0};

	(void)state;
	text_add(&encoded, "cdr=");
	add_encoded(&encoded, xml.body, xml.n);
	changed(&bad, name_element, "<caller_id_name>M\xfcller</caller_id_name>");
	oom_check(read_once, &(struct oom_input){"", xml.body, xml.n});
	oom_check(read_once, &(struct oom_input){"", json.body, json.n});
	oom_check(read_once, &(struct oom_input){"", encoded.data, encoded.length});
	oom_check(read_once, &(struct oom_input){"", bad.data, bad.length});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_encoding_of_mod_xml_cdr_is_the_same_record),
		cmocka_unit_test(every_encoding_of_mod_json_cdr_is_the_same_record),
		cmocka_unit_test(what_is_no_record_is_refused_with_a_reason),
		cmocka_unit_test(nesting_without_end_costs_neither_memory_nor_the_stack),
		cmocka_unit_test(a_record_of_50_mb_is_read_and_what_is_too_long_is_cut),
		cmocka_unit_test(a_caller_cannot_spoil_his_record_by_what_he_calls_himself),
		cmocka_unit_test(a_name_in_latin_1_keeps_what_is_readable_of_it),
		cmocka_unit_test(a_header_that_is_no_name_of_an_element_costs_its_own_line_only),
		cmocka_unit_test(a_record_cut_off_behind_its_variables_is_one_and_says_so),
		cmocka_unit_test(without_memory_it_says_so_and_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
