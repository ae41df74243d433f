/* Registrations of a FreeSWITCH, with rows that are the test's own. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "domain/registration.h"
#include "fake_switch.h"
#include "unit.h"

#define PHONE(subclass, user, host)                                                                \
	"Event-Name: CUSTOM\nEvent-Subclass: sofia::" subclass "\nfrom-user: " user                \
	"\nfrom-host: " host "\n"
#define AT(contact, call_id)                                                                       \
	"contact: %%22Al%%22%%20<" contact ">\ncall-id: " call_id                                  \
	"\nnetwork-ip: 192.0.2.7\nnetwork-port: 5070\nstatus: Registered(UDP)\n"                   \
	"expires: 300\nuser-agent: Test%%201\n"
#define REGISTER_101(contact, call_id)                                                             \
	PHONE("register", CUST1_101, "cust1.pbx.test") AT(contact, call_id)
#define UNREGISTER_101(contact, call_id)                                                           \
	PHONE("unregister", CUST1_101, "cust1.pbx.test") AT(contact, call_id)

#define TITLE "\nRegistrations:\n====\n"
#define LISTED(user, host, contact, call_id, status)                                               \
	"Call-ID:    \t" call_id "\nUser:       \t" user "@" host "\nContact:    \t\"\" <" contact \
	">\nAgent:      \tTest 2\nStatus:     \t" status                                           \
	"(unknown) EXP(2026-11-22 13:26:00) EXPSECS(60)\nPing-Status:\tReachable\n"                \
	"Ping-Time:\t0.00\nHost:       \tvm\nIP:         \t2001:db8::7\nPort:       \t5060\n"      \
	"Auth-User:  \tx\nAuth-Realm: \ty\nMWI-Account:\tz@y\n\n"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct text told; /* what was written */
static atomic_bool away;
static struct registration rows[2]; /* of an earlier process, in cust1 */
static size_t n_rows;
static void *part;

static int set_up(void **state)
{
	int failed = fake_set_up(state);

	away = false;
	n_rows = 0;
	part = fake_open(&fs_phones);
	return failed;
}

static int tear_down(void **state)
{
	fs_phones.close(part);
	text_clear(&told);
	return fake_tear_down(state);
}

#define event(...) fake_event(&fs_phones, part, __VA_ARGS__)

/* Within ten seconds. */
static void becomes(const char *expected)
{
	bool same = false;

	for (int i = 0; i < 1000 && !same; i++) {
		usleep(10000);
		pthread_mutex_lock(&mutex);
		same = strcmp(text_string(&told), expected) == 0;
		pthread_mutex_unlock(&mutex);
	}
	pthread_mutex_lock(&mutex);
	assert_string_equal(text_string(&told), expected);
	text_reset(&told);
	pthread_mutex_unlock(&mutex);
}

/* Somewhere in it, within ten seconds. */
static void comes(const char *part_of_it)
{
	bool there = false;

	for (int i = 0; i < 1000 && !there; i++) {
		usleep(10000);
		pthread_mutex_lock(&mutex);
		there = strstr(text_string(&told), part_of_it);
		pthread_mutex_unlock(&mutex);
	}
	assert_true(there);
}

static void stays(const char *expected)
{
	usleep(100000);
	becomes(expected);
}

/* ---- the rows ---- */

const char *__wrap_config_text(const struct config *config, unsigned id)
{
	(void)config;
	(void)id;
	return "internal";
}

enum error_code __wrap_registration_write(struct db *db, const struct uuid *tenant,
                                          const char *node, const struct registration *written,
                                          size_t n, struct error *err)
{
	enum error_code code = away ? ERROR_UNAVAILABLE : ERROR_OK;

	(void)db;
	(void)err;
	assert_string_equal(node, "fs1");
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < n && code == ERROR_OK; i++) {
		const struct registration *row = &written[i];

		if (row->removed)
			text_addf(&told, "%02x -%s;", tenant->bytes[0], row->contact);
		else
			text_addf(&told, "%02x +%s %s:%u %s %s %d;", tenant->bytes[0], row->contact,
			          row->received_address, row->received_port, row->transport,
			          row->user_agent,
			          (int)((row->expires_at - clock_unix_us() / 1000000 + 5) / 10));
	}
	pthread_mutex_unlock(&mutex);
	return code;
}

enum error_code __wrap_registration_read(struct db *db, const struct uuid *tenant, const char *node,
                                         struct registration_list *ret_list, struct error *err)
{
	(void)db;
	(void)node;
	(void)err;
	*ret_list = (struct registration_list){.rows = calloc(2, sizeof(rows[0]))};
	if (!uuid_equal(tenant, &fixture.cust1.tenant))
		return ERROR_OK;
	memcpy(ret_list->rows, rows, sizeof(rows));
	ret_list->n = n_rows;
	return ERROR_OK;
}

/* ---- tests ---- */

static void test_comes_and_goes(void **state)
{
	(void)state;
	event(REGISTER_101("sip:101@192.0.2.7:5070;a=b", "c1"));
	becomes("c1 +sip:101@192.0.2.7:5070;a=b 192.0.2.7:5070 udp Test 1 30;");
	event(REGISTER_101("sip:101@192.0.2.7:5070;a=b", "c1"));
	stays(""); /* within the same second: nothing new */
	event(PHONE("register", CUST1_101,
	            "cust1.pbx.test") "contact: <sip:tls>\ncall-id: c2\n"
	                              "network-ip: ::1\nnetwork-port: 5061\nstatus: "
	                              "Registered(TLS-NAT)\nexpires: 60\n");
	becomes("c1 +sip:tls ::1:5061 tls  6;");
	event(UNREGISTER_101("sip:101@192.0.2.7:5070;a=b", "c1"));
	becomes("c1 -sip:101@192.0.2.7:5070;a=b;");
	event(UNREGISTER_101("sip:101@192.0.2.7:5070;a=b", "c1"));
	stays("");
	/* A connection that closed. */
	event("Event-Name: CUSTOM\nEvent-Subclass: sofia::unregister\nfrom-user: 101\n"
	      "from-host: x\ncall-id: c2\nreason: socket-disconnection\n");
	becomes("c1 -sip:tls;");
}

static void test_expires(void **state)
{
	(void)state;
	event(REGISTER_101("sip:a", "c1"));
	becomes("c1 +sip:a 192.0.2.7:5070 udp Test 1 30;");
	event("Event-Name: CUSTOM\nEvent-Subclass: sofia::expire\nuser: " CUST1_101
	      "\nhost: cust1.pbx.test\ncontact: %%22%%22 <sip:a>\ncall-id: c1\n");
	becomes("c1 -sip:a;");
}

static void test_strangers(void **state)
{
	AUTO(text_clear) struct text figures = {0};

	(void)state;
	event(PHONE("register", CUST2_101, "cust1.pbx.test") AT("sip:a", "c1"));
	event(PHONE("register", "4da06285-9231-4a3e-ad88-3e82824f2999", "nobody.test")
	              AT("sip:b", "c2"));
	event(PHONE("register", "101", "cust1.pbx.test") AT("sip:c", "c3"));
	event(PHONE("register", CUST1_101,
	            "cust1.pbx.test") "contact: <sip:d>\ncall-id: c4\n"
	                              "network-ip: nowhere\nnetwork-port: 5061\n");
	event(PHONE("register", CUST1_101,
	            "cust1.pbx.test") "contact: <sip:d>\ncall-id: c4\n"
	                              "network-ip: 192.0.2.7\nnetwork-port: 70000\n");
	event("Event-Name: CUSTOM\nEvent-Subclass: sofia::register\n");
	/* By its user: the phone says another domain. */
	event(PHONE("register", CUST2_101, "192.0.2.1") AT("sip:e", "c5"));
	becomes("c2 +sip:e 192.0.2.7:5070 udp Test 1 30;");
	fs_phones.figures(part, &figures);
	assert_string_equal(text_string(&figures), ",\"phones\":1,\"phone_events\":7,"
	                                           "\"phones_of_nobody\":2,\"phones_broken\":4");
}

/* Phones of a user of one tenant under the other's domain, beside his own. */
static void test_strangers_in_a_batch(void **state)
{
	(void)state;
	fixture.state = FIXTURE_AWAY;
	event(REGISTER_101("sip:own", "c1"));
	event(PHONE("register", CUST1_102, "cust2.pbx.test") AT("sip:stray", "c2"));
	stays("");
	fixture.state = FIXTURE_LOADED;
	becomes("c1 +sip:own 192.0.2.7:5070 udp Test 1 30;");
	stays("");
}

static void test_hostile_words(void **state)
{
	char contact[1100];

	(void)state;
	event(PHONE("register", CUST1_101,
	            "cust1.pbx.test") "contact: <sip:%%ff%%0a\"\\x>\ncall-id: %%01<>&\nnetwork-ip: "
	                              "192.0.2.7\n"
	                              "network-port: 1\nuser-agent: <script>%%c3%%bc\nexpires: "
	                              "99999999999999999999\n");
	becomes("c1 +sip:??\"\\x 192.0.2.7:1 udp <script>?? 31536000;");
	memset(contact, 'a', sizeof(contact) - 1);
	contact[sizeof(contact) - 1] = '\0';
	event(PHONE("register", CUST1_101,
	            "cust1.pbx.test") "contact: <sip:%s>\ncall-id: c\n"
	                              "network-ip: 192.0.2.7\nnetwork-port: 1\n",
	      contact);
	stays("");
}

static void test_listed(void **state)
{
	(void)state;
	rows[0] = (struct registration){.contact = "sip:listed"};
	rows[1] = (struct registration){.contact = "sip:old"};
	assert_true(uuid_parse(CUST1_101, &rows[0].auth_username));
	rows[1].auth_username = rows[0].auth_username;
	n_rows = 2;
	fake_up(&fs_phones, part, true);
	fake_answer("sofia status profile internal reg", "Invalid Profile!\n");
	stays("");
	fs_phones.tick(part, clock_monotonic_us() + INT64_C(7000000));
	fake_answer("sofia status profile internal reg",
	            TITLE LISTED(CUST1_101, "cust1.pbx.test", "sip:listed", "<a&\"b>",
	                         "Registered(TCP)")
	                    LISTED("101", "cust1.pbx.test", "sip:x", "d",
	                           "Registered(UDP)") "Total items returned: 2\n====\n");
	becomes("c1 +sip:listed 2001:db8::7:5060 tcp Test 2 6;c1 -sip:old;");
	/* The second list: what an event said meanwhile is newer, in both directions. */
	event(REGISTER_101("sip:new", "c1"));
	becomes("c1 +sip:new 192.0.2.7:5070 udp Test 1 30;");
	fs_phones.tick(part, clock_monotonic_us() + INT64_C(14000000));
	fake_answer("sofia status profile internal reg",
	            TITLE LISTED(CUST1_101, "cust1.pbx.test", "sip:listed", "<a&\"b>",
	                         "Registered(TCP)") "Total items returned: 1\n");
	stays("");
	fs_phones.tick(part, clock_monotonic_us() + INT64_C(14000000));
	assert_string_equal(fake_next(), "");
	/* The connection was lost, and so was a phone. */
	fake_up(&fs_phones, part, true);
	fake_answer("sofia status", TITLE "Total items returned: 0\n");
	becomes("c1 -sip:listed;");
	fake_lose();
}

static void test_no_memory_for_the_tenants(void **state)
{
	(void)state;
	rows[0] = (struct registration){.contact = "sip:old"};
	assert_true(uuid_parse(CUST1_101, &rows[0].auth_username));
	n_rows = 1;
	fixture.no_memory = true;
	fake_up(&fs_phones, part, true);
	fake_answer("sofia status profile internal reg", TITLE "Total items returned: 0\n====\n");
	stays("");
	fixture.no_memory = false;
	becomes("c1 -sip:old;");
}

static void test_database_away(void **state)
{
	(void)state;
	away = true;
	for (int i = 0; i < 50; i++) {
		event(REGISTER_101("sip:a", "c1"));
		event(UNREGISTER_101("sip:a", "c1"));
		event(PHONE("register", CUST2_101, "cust2.pbx.test") AT("sip:b", "c%d"), i);
	}
	event(REGISTER_101("sip:c", "c1"));
	stays("");
	away = false;
	/* In an order that failures make. */
	comes("c1 -sip:a;");
	comes("c2 +sip:b ");
	comes("c1 +sip:c ");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_comes_and_goes), TEST(test_expires),
		TEST(test_strangers),      TEST(test_strangers_in_a_batch),
		TEST(test_hostile_words),  TEST(test_listed),
		TEST(test_database_away),  TEST(test_no_memory_for_the_tenants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
