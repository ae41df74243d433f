/* Events to many listeners, against a real PostgreSQL: in order, each once, only to who may know.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "domain/event.h"
#include "domain/fixture.h"
#include "unit.h"
#include "web/hub.h"
#include "web/stream_server.h"

enum { WRITERS = 4, EVENTS_EACH = 100, LISTENERS = 12, TEXT_MAX = 1 << 20 };

/* People: what the test says of them holds. */
static _Atomic bool ended;

struct principal *__wrap_principal_ref(struct principal *principal);
struct principal *__wrap_principal_ref(struct principal *principal)
{
	return principal;
}

void __wrap_principal_unref(struct principal *principal);
void __wrap_principal_unref(struct principal *principal)
{
	(void)principal;
}

enum error_code __wrap_principals_again(struct principals *principals,
                                        const struct principal *principal,
                                        struct principal **ret_principal, struct error *err);
enum error_code __wrap_principals_again(struct principals *principals,
                                        const struct principal *principal,
                                        struct principal **ret_principal, struct error *err)
{
	(void)principals;
	(void)err;
	if (atomic_load(&ended))
		return ERROR_UNAUTHENTICATED;
	*ret_principal = (struct principal *)principal;
	return ERROR_OK;
}

static struct principal *person(const struct uuid *tenant, enum access access)
{
	struct principal *person = calloc(1, sizeof(*person) + sizeof(*person->memberships));

	person->user = uuid_random();
	person->n_memberships = 1;
	person->memberships[0] = (struct membership){.tenant = *tenant, .access = access};
	return person;
}

/* A listener and all it has been sent. */
struct listener {
	struct stream *stream;
	struct principal *who;
	char *text;
	size_t n;
	bool over;
};

static void nothing(void *arg)
{
	(void)arg;
}

static void join(struct hub *hub, const struct uuid *tenant, enum access access, const char *last,
                 struct listener *ret_listener)
{
	struct principal *who = person(tenant, access);
	const struct hub_join join = {.tenant = *tenant,
	                              .who = who,
	                              .resumes = last != NULL,
	                              .last = last ? strtoll(last, NULL, 10) : 0};
	struct stream *stream = NULL;
	struct error err;

	if (hub_join(hub, &join, &stream, &err) != ERROR_OK)
		fail_msg("join: %s %s", err.message, err.detail);
	*ret_listener = (struct listener){
		.stream = stream_hold(stream), .who = who, .text = calloc(1, TEXT_MAX)};
	stream_unref(stream);
}

static void leave(struct listener *listener)
{
	stream_detach(listener->stream);
	stream_let_go(listener->stream);
	free(listener->text);
}

static void take(struct listener *listener)
{
	ptrdiff_t n;

	while (!listener->over && listener->n < TEXT_MAX - 4096) {
		n = stream_read(listener->stream, listener->text + listener->n, 4095, nothing,
		                nothing, NULL);
		if (n == STREAM_WAITING)
			return;
		listener->over = n < 0;
		listener->n += n > 0 ? (size_t)n : 0;
		listener->text[listener->n] = '\0';
	}
}

/* Until the words have come so often. */
static void wait_for(struct listener *listener, const char *words, size_t times)
{
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		take(listener);
		n = 0;
		for (const char *at = listener->text; (at = strstr(at, words)); at++)
			n++;
		if (n >= times || (listener->over && times == 0))
			break;
		usleep(10000);
	}
	if (n != times)
		fail_msg("%s: %zu times, not %zu:\n%s", words, n, times, listener->text);
}

static void wait_for_end(struct listener *listener)
{
	for (int i = 0; i < 2000 && !listener->over; i++) {
		take(listener);
		usleep(10000);
	}
	assert_true(listener->over);
}

static void add(const struct fixture *fixture, const struct uuid *tenant, enum event_kind kind,
                const char *data)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	char id[UUID_TEXT_MAX];
	const struct tx_statement statements[] = {event_lock(uuid_format(tenant, id)),
	                                          event_add(kind, data)};
	struct error err;

	if (tx_run(fixture->db, &scope, statements, COUNT_OF(statements), NULL, &err) != ERROR_OK)
		fail_msg("event: %s %s", err.message, err.detail);
}

static struct hub *start(const struct fixture *fixture)
{
	struct hub *hub;

	atomic_store(&ended, false);
	assert_int_equal(hub_open(fixture->db, NULL, &hub, NULL), ERROR_OK);
	return hub;
}

struct writer {
	const struct fixture *fixture;
	struct hub *hub;
	struct uuid tenant;
	pthread_t thread;
};

static void *write_events(void *arg)
{
	struct writer *writer = arg;

	for (int i = 0; i < EVENTS_EACH; i++) {
		add(writer->fixture, &writer->tenant, EVENT_CHANGE,
		    "{\"resource\":\"queue\",\"id\":\"x\",\"action\":\"update\"}");
		hub_changed(writer->hub, &writer->tenant);
	}
	return NULL;
}

/* The ids after `event: change`, in order, each greater than the one before. */
static void check_order(const struct listener *listener)
{
	long long before = 0, id;

	for (const char *at = listener->text; (at = strstr(at, "\nid: ")); at++) {
		id = strtoll(at + 5, NULL, 10);
		if (id <= before && before)
			fail_msg("%lld after %lld", id, before);
		before = id;
	}
}

static void test_many(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "many.test");
	struct hub *hub = start(fixture);
	struct listener listeners[LISTENERS];
	struct writer writers[WRITERS];
	struct hub_counts counts;

	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){fixture, hub, tenant, 0};
		pthread_create(&writers[i].thread, NULL, write_events, &writers[i]);
	}
	/* Each resumes from before the first event, some while they are written. */
	for (int i = 0; i < LISTENERS; i++) {
		join(hub, &tenant, ACCESS_ADMIN, "0", &listeners[i]);
		usleep(20000);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	for (int i = 0; i < LISTENERS; i++) {
		wait_for(&listeners[i], "event: change\n", WRITERS * EVENTS_EACH);
		check_order(&listeners[i]);
	}
	hub_counts(hub, &counts);
	assert_int_equal(counts.streams, LISTENERS);
	assert_int_equal(counts.cut_off, 0);
	hub_stop(hub);
	for (int i = 0; i < LISTENERS; i++) {
		wait_for_end(&listeners[i]);
		leave(&listeners[i]);
		free(listeners[i].who);
	}
	hub_close(hub);
}

static void test_agent(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "agent.test");
	struct hub *hub = start(fixture);
	struct listener agent, admin;
	char sql[400], id[UUID_TEXT_MAX], email[64];

	join(hub, &tenant, ACCESS_AGENT, NULL, &agent);
	join(hub, &tenant, ACCESS_ADMIN, NULL, &admin);
	/* His extension, given to him after he began to listen. */
	uuid_format(&agent.who->user, id);
	snprintf(email, sizeof(email), "%.8s@agent.test", id);
	snprintf(sql, sizeof(sql),
	         "insert into public.users (id, email, password_hash) values ('%s', '%s', "
	         "'$argon2id$v=19$m=1,t=1,p=1$aaaaaaaaaaaaaaaa$aaaaaaaaaaaaaaaaaaaaaa')",
	         id, email);
	postgres_sql(fixture->postgres, sql, NULL, 0);
	fixture_extension(fixture, &tenant, "101");
	snprintf(sql, sizeof(sql), "update extensions set user_id = '%s'", id);
	fixture_sql(fixture, &tenant, sql);
	add(fixture, &tenant, EVENT_CALL, "{\"state\":\"1\",\"from\":\"101\",\"to\":\"102\"}");
	add(fixture, &tenant, EVENT_CALL, "{\"state\":\"2\",\"from\":\"102\",\"to\":\"103\"}");
	add(fixture, &tenant, EVENT_CALL,
	    "{\"state\":\"3\",\"from\":\"101\",\"direction\":\"inbound\",\"to\":\"103\"}");
	add(fixture, &tenant, EVENT_CALL,
	    "{\"state\":\"4\",\"from\":\"9\",\"answered_by\":\"101\"}");
	add(fixture, &tenant, EVENT_CALL, "{\"state\":\"5\",\"from\":9,\"answered_by\":null}");
	add(fixture, &tenant, EVENT_REGISTRATION, "{\"extension\":\"102\"}");
	add(fixture, &tenant, EVENT_REGISTRATION, "{\"extension\":\"101\"}");
	add(fixture, &tenant, EVENT_CHANGE, "{\"resource\":\"setting\",\"id\":\"a\"}");
	add(fixture, &tenant, EVENT_CHANGE, "{\"resource\":\"nonsense\",\"id\":\"a\"}");
	add(fixture, &tenant, EVENT_CHANGE, "{\"resource\":\"audit\",\"id\":\"a\"}");
	add(fixture, &tenant, EVENT_CHANGE, "{\"resource\":\"extension\",\"id\":\"z\"}");
	hub_changed(hub, &tenant);
	wait_for(&agent, "\"z\"", 1);
	wait_for(&admin, "\"z\"", 1);
	wait_for(&agent, "event: call\n", 2);
	assert_non_null(strstr(agent.text, "\"state\": \"1\""));
	assert_non_null(strstr(agent.text, "\"state\": \"4\""));
	wait_for(&agent, "event: registration\n", 1);
	wait_for(&agent, "event: change\n", 1);
	wait_for(&admin, "event: call\n", 5);
	wait_for(&admin, "event: change\n", 3); /* the audit log is the owner's */
	atomic_store(&ended, true);
	hub_recheck(hub);
	wait_for_end(&agent);
	wait_for_end(&admin);
	hub_close(hub);
	leave(&agent);
	leave(&admin);
	free(agent.who);
	free(admin.who);
}

/* Who takes nothing is cut off, and no one else hears less for it. */
static void test_slow(void **state)
{
	const struct fixture *fixture = *state;
	struct uuid tenant = fixture_tenant(fixture, "slow.test");
	struct hub *hub = start(fixture);
	struct listener slow, quick;
	struct hub_counts counts = {0};
	char *data = malloc(9000);

	snprintf(data, 9000, "{\"resource\":\"queue\",\"id\":\"%08000d\"}", 0);
	join(hub, &tenant, ACCESS_ADMIN, NULL, &slow);
	join(hub, &tenant, ACCESS_ADMIN, NULL, &quick);
	for (size_t i = 1; i <= 60; i++) {
		add(fixture, &tenant, EVENT_CHANGE, data);
		hub_changed(hub, &tenant);
		wait_for(&quick, "event: change\n", i);
	}
	hub_counts(hub, &counts);
	assert_int_equal(counts.cut_off, 1);
	assert_int_equal(counts.streams, 1);
	wait_for_end(&slow);
	hub_close(hub);
	leave(&slow);
	leave(&quick);
	free(slow.who);
	free(quick.who);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_agent),
		cmocka_unit_test(test_slow),
	};

	return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
