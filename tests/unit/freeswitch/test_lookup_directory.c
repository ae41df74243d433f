/* Who FreeSWITCH lets in, and what it hears of whom. */
#include "fixture.h"
#include "unit.h"

/* sip_auth: user, domain asked, method, To and From. */
struct log_in {
	const char *user, *domain, *method, *to_user, *to_host, *from_user, *from_host;
	const char *realm; /* NULL: the domain */
};

static enum lookup_result log_in(const struct log_in *row)
{
	char form[2048];

	snprintf(form, sizeof(form),
	         "section=directory&tag_name=domain&key_name=name&key_value=%s&action=sip_auth"
	         "&sip_auth_username=%s&sip_auth_realm=%s&sip_to_user=%s&sip_to_host=%s"
	         "&sip_from_user=%s&sip_from_host=%s&sip_auth_method=%s&key=id&user=%s&domain=%s",
	         row->domain, row->user, row->realm ? row->realm : row->domain, row->to_user,
	         row->to_host, row->from_user, row->from_host, row->method, row->user, row->domain);
	return fixture_ask(LOOKUP_DIRECTORY, form);
}

static void assert_not_found(enum lookup_result result)
{
	assert_int_equal(result, LOOKUP_NOT_FOUND);
	assert_string_equal(text_string(&fixture.document),
	                    "<document type=\"freeswitch/xml\"><section name=\"result\">"
	                    "<result status=\"not found\"/></section></document>\n");
}

#define C1 "cust1.pbx.test"
#define C2 "cust2.pbx.test"

static void a_phone_logs_in_under_an_address_of_its_own_only(void **state)
{
	static const struct {
		struct log_in asked;
		bool found;
	} rows[] = {
		{{CUST1_101, C1, "REGISTER", "101", C1, "101", C1},                              true },
		{{CUST1_101, C1, "REGISTER", CUST1_101, C1, "anybody", C2},                      true },
		{{CUST1_101, C1, "INVITE", "999", C2, "101", C1},                                true },
		{{CUST1_101, C1, "SUBSCRIBE", "102", C1, CUST1_101, C1},                         true },
		{{CUST2_101, C2, "REGISTER", "101", C2, "101", C2},                              true },
		{{CUST1_101, "CUST1.pbx.TEST.", "REGISTER", "101", C1, "101", C1},               true },
 /* of the tenant, but another's */
		{{CUST1_101, C1, "REGISTER", "102", C1, "101", C1},                              false},
		{{CUST1_101, C1, "REGISTER", CUST1_102, C1, "101", C1},                          false},
		{{CUST1_101, C1, "INVITE", "101", C1, "102", C1},                                false},
		{{CUST1_101, C1, "SUBSCRIBE", "101", C1, "102", C1},                             false},
 /* of another tenant */
		{{CUST1_101, C1, "REGISTER", "101", C2, "101", C1},                              false},
		{{CUST1_101, C2, "REGISTER", "101", C2, "101", C2},                              false},
		{{CUST2_101, C1, "REGISTER", "101", C1, "101", C1},                              false},
		{{CUST1_101, C1, "INVITE", "101", C1, "101", C2},                                false},
 /* the number is no name to log in with */
		{{"101", C1, "REGISTER", "101", C1, "101", C1},                                  false},
		{{"102", C1, "INVITE", "102", C1, "102", C1},                                    false},
 /* what was hashed is another domain */
		{{CUST1_101, C1, "REGISTER", "101", C1, "101", C1, C2},                          false},
		{{CUST1_101, C1, "REGISTER", "101", C1, "101", C1, "x"},                         false},
 /* nobody's */
		{{"00000000-0000-0000-0000-000000000000", C1, "REGISTER", "101", C1, "101", C1},
	         false										},
		{{CUST1_101, C1, "", "101", C1, "101", C1},                                      false},
		{{CUST1_101, C1, "REGISTER", "", C1, "101", C1},                                 false},
		{{CUST1_101, C1, "REGISTER", "101", "", "101", C1},                              false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum lookup_result result = log_in(&rows[i].asked);

		if ((result == LOOKUP_FOUND) != rows[i].found)
			fail_msg("row %zu: %d", i, (int)result);
		if (!rows[i].found)
			assert_not_found(result);
	}
}

static void the_answer_has_the_hash_and_never_the_password(void **state)
{
	static const struct log_in own = {CUST1_101, C1, "REGISTER", "101", C1, "101", C1};
	const char *document;

	(void)state;
	assert_int_equal(log_in(&own), LOOKUP_FOUND);
	document = text_string(&fixture.document);
	/* md5("<CUST1_101>:cust1.pbx.test:c1-secret-101-of-some-length") */
	assert_string_equal(fixture_value("param", "a1-hash"), "84245b04ca64278ab222bd4576d01116");
	assert_string_equal(fixture_value("param", "allow-empty-password"), "false");
	assert_non_null(strstr(document, "<user id=\"" CUST1_101 "\" number-alias=\"101\">"));
	assert_non_null(strstr(document, "<domain name=\"" C1 "\">"));
	assert_null(strstr(document, "secret"));
	assert_null(strstr(document, "cacheable"));
	assert_null(strstr(document, "\"password\""));
	assert_string_equal(fixture_value("variable", "user_context"), C1);
	assert_string_equal(fixture_value("variable", "force_transfer_context"), C1);
	assert_string_equal(fixture_value("variable", "tenant"), C1);
	assert_string_equal(fixture_value("variable", "domain_name"), C1);
	assert_string_equal(fixture_value("variable", "sip-force-extension"), CUST1_101);
	assert_string_equal(fixture_value("variable", "extension_uuid"), CUST1_101);
	assert_string_equal(fixture_value("variable", "extension_number"), "101");
	assert_string_equal(fixture_value("variable", "effective_caller_id_number"), "101");
	assert_string_equal(fixture_value("variable", "effective_caller_id_name"), "101");
	assert_string_equal(fixture_value("variable", "presence_id"), "101@" C1);
	assert_string_equal(fixture_value("param", "dial-string"),
	                    "{^^:sip_invite_domain=${dialed_domain}:presence_id=101@" C1 "}"
	                    "${sofia_contact(*/${dialed_user}@${dialed_domain})}");
}

static void a_domain_that_is_nobodys_leads_to_the_tenant_of_the_uuid(void **state)
{
	static const struct log_in by_address = {CUST2_102,   "192.0.2.7", "REGISTER", "102",
	                                         "192.0.2.7", "102",       "192.0.2.7"};
	struct log_in other = by_address;

	(void)state;
	assert_int_equal(log_in(&by_address), LOOKUP_FOUND);
	/* FreeSWITCH looks for the domain it asked for; the call belongs to the tenant. */
	assert_non_null(strstr(fixture.document.data, "<domain name=\"192.0.2.7\">"));
	assert_string_equal(fixture_value("variable", "user_context"), C2);
	assert_string_equal(fixture_value("param", "a1-hash"), "c8fe4ff8b0e586239a5d5712c24a336c");
	other.to_user = "101";
	assert_not_found(log_in(&other));
	other = by_address;
	other.to_host = C2;
	assert_not_found(log_in(&other));
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY,
	                             "section=directory&key_value=nosuch.test&action=user_call"
	                             "&key=id&user=101&domain=nosuch.test"));
}

#define ASK "section=directory&tag_name=domain&key_name=name&key_value=" C1

static void a_user_is_called_by_number_or_uuid(void **state)
{
	static const char *const good[] = {
		"&as_channel=true&action=user_call&key=id&user=102&domain=" C1,
		"&as_channel=true&action=user_call&key=id&user=" CUST1_102 "&domain=" C1,
		"&action=message-count&key=id&user=102&domain=" C1,
		"&action=message-count&key=id&user=x&domain=y&key=number-alias&user=102&domain=" C1,
		"&type=var&key=id&user=102&domain=" C1,
		"&key=id&user=102",
	};
	static const char *const bad[] = {
		"&action=user_call&key=id&user=999&domain=" C1,
		"&action=user_call&key=id&user=" CUST2_101 "&domain=" C1,
		"&action=user_call&key=id&user=&domain=" C1,
		"&action=user_call&user=102&domain=" C1,
		"&action=user_call&key=mailbox&user=102&domain=" C1,
		"&action=user_call&key=id&user=102&domain=" C2,
		"&action=user_call&key=id&user=102&domain=",
		"&action=user_call&key=id&user=%ff&domain=" C1,
		"&action=user_call&key=id&user=10%2&domain=" C1,
		"&action=jsonrpc-authenticate&key=id&user=102&domain=" C1,
		"&action=event_socket_auth&key=id&user=" CUST1_102 "&domain=" C1,
		"&action=sip_auth&key=id&user=" CUST1_102 "&domain=" C1,
		"&purpose=gateways&profile=internal",
	};
	char form[1024];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		snprintf(form, sizeof(form), ASK "%s", good[i]);
		if (fixture_ask(LOOKUP_DIRECTORY, form) != LOOKUP_FOUND)
			fail_msg("%s", form);
		assert_non_null(strstr(fixture.document.data,
		                       "<user id=\"" CUST1_102 "\" number-alias=\"102\">"));
		assert_non_null(fixture_value("param", "a1-hash"));
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		snprintf(form, sizeof(form), ASK "%s", bad[i]);
		assert_not_found(fixture_ask(LOOKUP_DIRECTORY, form));
	}
}

static void a_domain_alone_is_told_without_its_users(void **state)
{
	(void)state;
	assert_int_equal(fixture_ask(LOOKUP_DIRECTORY, ASK "&domain=" C1 "&purpose=network-list"),
	                 LOOKUP_FOUND);
	assert_non_null(strstr(fixture.document.data, "<domain name=\"" C1 "\"/>"));
	assert_int_equal(fixture_ask(LOOKUP_DIRECTORY, ASK "&domain=" C1), LOOKUP_FOUND);
	assert_int_equal(fixture_ask(LOOKUP_DIRECTORY, ASK), LOOKUP_FOUND);
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY,
	                             "section=directory&tag_name=&key_name=&key_value="
	                             "&purpose=gateways&profile=internal"));
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY, "section=directory"));
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY, ""));
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY, "section=dialplan&key_value=" C1));
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY, "key_value=" C1 "&domain=" C1));
}

static void text_that_freeswitch_would_run_is_never_written(void **state)
{
	static const char *const numbers[] = {"${a}", "1\n2", "a,b", "<&>", ""};
	struct extension bad[] = {fixture.cust1.extensions[0]};
	const struct extension *names[] = {bad};

	(void)state;
	fixture.cust1.extensions = bad;
	fixture.cust1.by_auth_username = names;
	fixture.cust1.n_extensions = 1;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		snprintf(bad[0].number, sizeof(bad[0].number), "%s", numbers[i]);
		assert_not_found(
			fixture_ask(LOOKUP_DIRECTORY, ASK "&key=id&user=" CUST1_101 "&domain=" C1));
	}
	snprintf(bad[0].number, sizeof(bad[0].number), "101");
	fixture.cust1.domain = "${system(id)}";
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY,
	                             "section=directory&key_value=%24%7Bsystem(id)%7D&key=id"
	                             "&user=101&domain=%24%7Bsystem(id)%7D"));
	fixture.cust1.domain = C1;
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY, "section=directory&key_value=a%7Bb&key=id"
	                                               "&user=" CUST1_101 "&domain=a%7Bb"));
	bad[0].auth_password = "";
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY, ASK "&key=id&user=101&domain=" C1));
}

static void what_is_not_in_memory_is_asked_for_or_not_to_be_had(void **state)
{
	static const char form[] = ASK "&key=id&user=101&domain=" C1;

	(void)state;
	fixture.state = FIXTURE_ASK;
	assert_int_equal(lookup_answer(&fixture.lookup, LOOKUP_DIRECTORY, form, strlen(form), false,
	                               &fixture.document),
	                 LOOKUP_ASK);
	assert_int_equal(fixture.document.length, 0);
	assert_int_equal(fixture_ask(LOOKUP_DIRECTORY, form), LOOKUP_FOUND);
	assert_not_found(fixture_ask(LOOKUP_DIRECTORY, "section=directory&key_value=nosuch.test"));
	fixture.state = FIXTURE_AWAY;
	assert_int_equal(fixture_ask(LOOKUP_DIRECTORY, form), LOOKUP_UNAVAILABLE);
	assert_int_equal(fixture.document.length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_phone_logs_in_under_an_address_of_its_own_only,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(the_answer_has_the_hash_and_never_the_password,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(
			a_domain_that_is_nobodys_leads_to_the_tenant_of_the_uuid, fixture_set_up,
			fixture_tear_down),
		cmocka_unit_test_setup_teardown(a_user_is_called_by_number_or_uuid, fixture_set_up,
	                                        fixture_tear_down),
		cmocka_unit_test_setup_teardown(a_domain_alone_is_told_without_its_users,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(text_that_freeswitch_would_run_is_never_written,
	                                        fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_in_memory_is_asked_for_or_not_to_be_had,
	                                        fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
