#include "web/operator_events.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "domain/store.h"
#include "web/hub.h"

enum { TICK_MS = 500, PRINT_MAX = 64 };

static const int64_t second_us = 1000000;

struct listener {
	LIST_ENTRY(listener) in_list;
	struct stream *stream;
	struct principal *who;
	bool greeted;
	int64_t spoke_us, checked_us;
};

LIST_HEAD(listener_list, listener);

/* What was read last. */
struct picture {
	json_t *nodes; /* "<kind>/<name>": the row without what time alone changes */
	char tenants[PRINT_MAX], users[PRINT_MAX];
};

struct operator_events {
	struct db *db;
	struct principals *principals;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	/* Under the mutex. */
	struct listener_list listeners;
	size_t n;
	bool newcomers; /* somebody waits for `ready` */
	bool written;   /* since the last look */
	bool stopping, stopped;
	/* The thread's own. */
	struct picture picture;
	int64_t looked_us;
};

/* ---- to the streams; with the mutex ---- */

static void leave(struct operator_events *events, struct listener *listener, bool finished)
{
	if (finished)
		stream_finish(listener->stream);
	LIST_REMOVE(listener, in_list);
	events->n--;
	stream_unref(listener->stream);
	principal_unref(listener->who);
	free(listener);
}

/* To all who were greeted; who does not take it is cut off, and comes back. */
static void send_all(struct operator_events *events, const char *kind, const char *data)
{
	struct listener *listener = LIST_FIRST(&events->listeners), *next;
	AUTO(text_clear) struct text text = {0};

	text_addf(&text, "event: %s\ndata: %s\n\n", kind, data);
	for (; listener && !text.failed; listener = next) {
		next = LIST_NEXT(listener, in_list);
		if (!listener->greeted)
			continue;
		listener->spoke_us = clock_monotonic_us();
		if (!stream_offer(listener->stream, text.data, text.length))
			leave(events, listener, false);
	}
}

static void send_change(struct operator_events *events, const char *resource)
{
	char data[64];

	snprintf(data, sizeof(data), "{\"resource\":\"%s\"}", resource);
	send_all(events, "change", data);
}

/* ---- what is to be told ---- */

/* A row without what changes by itself; NULL: no memory. */
static char *lasting(json_t *row)
{
	AUTO(json_auto_unref) json_t *copy = json_copy(row);

	json_object_del(copy, "seen_at");
	json_object_del(copy, "seen_s");
	return copy ? json_dumps(copy, RESOURCE_JSON | JSON_SORT_KEYS) : NULL;
}

/* With the mutex: told where it is another than it was; into known. */
static void tell_node(struct operator_events *events, json_t *row, json_t *known)
{
	AUTO(auto_free) char *now = lasting(row);
	AUTO(auto_free) char *shown = json_dumps(row, RESOURCE_JSON);
	const char *before;
	char name[160];

	snprintf(name, sizeof(name), "%s/%s", json_string_value(json_object_get(row, "kind")),
	         json_string_value(json_object_get(row, "name")));
	before = json_string_value(json_object_get(events->picture.nodes, name));
	if (!now || !shown || json_object_set_new(known, name, json_string(now)))
		return;
	if (!before || strcmp(before, now) != 0)
		send_all(events, "node", shown);
}

/* With the mutex. */
static void tell_nodes(struct operator_events *events, const struct text *rows)
{
	AUTO(json_auto_unref)
	json_t *list = json_loadb(text_string(rows), rows->length, 0, NULL);
	json_t *known = json_object(), *row;
	const char *name;
	bool gone = false;
	size_t i;

	if (!list || !known) {
		json_decref(known);
		return;
	}
	json_array_foreach(list, i, row) tell_node(events, row, known);
	json_object_foreach(events->picture.nodes, name, row) gone |= !json_object_get(known, name);
	json_decref(events->picture.nodes);
	events->picture.nodes = known;
	if (gone)
		send_change(events, "node");
}

static enum error_code read_nodes(struct operator_events *events, struct text *rows)
{
	const struct store_call call = {.db = events->db, .resource = resource_find("node")};
	const struct store_query all = {.limit = STORE_LIMIT_MAX};
	AUTO(text_clear) struct text next = {0};

	return store_list(&call, &all, rows, &next, NULL);
}

static void tell_print(struct operator_events *events, const char *resource, const char *now,
                       char before[static PRINT_MAX])
{
	if (strcmp(now, before) == 0)
		return;
	snprintf(before, PRINT_MAX, "%s", now);
	send_change(events, resource);
}

/* With the mutex, which is given up meanwhile. False: the database is away. */
static bool look(struct operator_events *events)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const struct tx_statement prints = TX_QUERY(QUERY_OPERATOR_PRINTS);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(text_clear) struct text nodes = {0};
	bool written = events->written || events->newcomers;
	enum error_code code;

	events->written = false;
	pthread_mutex_unlock(&events->mutex);
	code = read_nodes(events, &nodes);
	if (!code && written)
		code = tx_run(events->db, &scope, &prints, 1, &result, NULL);
	pthread_mutex_lock(&events->mutex);
	events->looked_us = clock_monotonic_us();
	if (code) {
		events->written |= written;
		return false;
	}
	tell_nodes(events, &nodes);
	if (written) {
		tell_print(events, "tenant", tx_value(result, 0, 0, 0), events->picture.tenants);
		tell_print(events, "user", tx_value(result, 0, 0, 1), events->picture.users);
	}
	return true;
}

/* ---- the listeners; with the mutex ---- */

/* Those who came before the look at `newest` at the latest. */
static void greet(struct operator_events *events, const struct listener *newest)
{
	struct listener *listener = LIST_FIRST(&events->listeners), *next;
	bool old = false;
	char text[64];
	int n = snprintf(text, sizeof(text), "retry: %d\nevent: ready\ndata: {}\n\n", HUB_RETRY_MS);

	events->newcomers = false;
	for (; listener; listener = next) {
		next = LIST_NEXT(listener, in_list);
		old |= listener == newest;
		if (!old) {
			events->newcomers = true;
			continue;
		}
		if (listener->greeted)
			continue;
		listener->greeted = true;
		listener->spoke_us = clock_monotonic_us();
		if (!stream_offer(listener->stream, text, (size_t)n))
			leave(events, listener, false);
	}
}

/* The mutex is given up meanwhile. False: he has left. */
static bool recheck(struct operator_events *events, struct listener *listener, int64_t now_us)
{
	struct principal *now = NULL;
	enum error_code code;
	bool may = true;

	listener->checked_us = now_us;
	pthread_mutex_unlock(&events->mutex);
	code = principals_again(events->principals, listener->who, &now, NULL);
	pthread_mutex_lock(&events->mutex);
	if (code == ERROR_OK) {
		principal_unref(listener->who);
		listener->who = now;
		may = now->operator_;
	} else if (code == ERROR_UNAUTHENTICATED || code == ERROR_NOT_FOUND) {
		may = false;
	}
	if (!may)
		leave(events, listener, true);
	return may;
}

static void look_after(struct operator_events *events, struct listener *listener, int64_t now_us)
{
	static const char keep_alive[] = ": keep-alive\n\n";

	if (stream_is_closed(listener->stream)) {
		leave(events, listener, true);
		return;
	}
	if (now_us - listener->checked_us > HUB_RECHECK_S * second_us &&
	    !recheck(events, listener, now_us))
		return;
	if (!listener->greeted || now_us - listener->spoke_us < HUB_KEEP_ALIVE_S * second_us)
		return;
	listener->spoke_us = now_us;
	if (!stream_offer(listener->stream, keep_alive, sizeof(keep_alive) - 1))
		leave(events, listener, false);
}

/* Joins put new ones before the first, and only this thread takes any away. */
static void look_after_all(struct operator_events *events)
{
	struct listener *listener = LIST_FIRST(&events->listeners), *next;

	for (; listener; listener = next) {
		next = LIST_NEXT(listener, in_list);
		look_after(events, listener, clock_monotonic_us());
	}
}

/* ---- the thread ---- */

static void forget(struct picture *picture)
{
	json_decref(picture->nodes);
	*picture = (struct picture){0};
}

static void *run(void *arg)
{
	struct operator_events *events = arg;

	pthread_mutex_lock(&events->mutex);
	while (!events->stopping) {
		int64_t now_us = clock_monotonic_us();
		int64_t next_us = events->looked_us + OPERATOR_EVENTS_EVERY_S * second_us;

		if (!events->n) {
			forget(&events->picture);
			pthread_cond_wait(&events->wake, &events->mutex);
			continue;
		}
		if (events->newcomers || now_us >= next_us) {
			const struct listener *newest = LIST_FIRST(&events->listeners);

			if (look(events))
				greet(events, newest);
		}
		look_after_all(events);
		if (!events->stopping)
			condition_wait(&events->wake, &events->mutex,
			               clock_monotonic_us() + TICK_MS * INT64_C(1000));
	}
	while (!LIST_EMPTY(&events->listeners))
		leave(events, LIST_FIRST(&events->listeners), true);
	forget(&events->picture);
	pthread_mutex_unlock(&events->mutex);
	return NULL;
}

/* ---- others' threads ---- */

void operator_events_changed(struct operator_events *events)
{
	pthread_mutex_lock(&events->mutex);
	events->written = true;
	pthread_mutex_unlock(&events->mutex);
}

/* With the mutex. */
static enum error_code check_room(const struct operator_events *events, const struct uuid *user,
                                  struct error *err)
{
	const struct listener *listener;
	size_t n = 0;

	if (events->stopping)
		return error_set(err, ERROR_UNAVAILABLE, NULL, "Centrex is stopping");
	if (events->n >= OPERATOR_STREAMS_MAX)
		return error_set(err, ERROR_UNAVAILABLE, NULL, "too many streams");
	LIST_FOREACH(listener, &events->listeners, in_list)
	n += uuid_equal(&listener->who->user, user);
	return n < OPERATOR_STREAMS_USER_MAX
	               ? ERROR_OK
	               : error_set(err, ERROR_RATE_LIMITED, NULL, "too many streams are open");
}

enum error_code operator_events_join(struct operator_events *events, struct principal *who,
                                     struct stream **ret_stream, struct error *err)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	enum error_code code;

	if (!listener)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = stream_new(&listener->stream, err);
	if (code) {
		free(listener);
		return code;
	}
	listener->checked_us = clock_monotonic_us();
	pthread_mutex_lock(&events->mutex);
	code = check_room(events, &who->user, err);
	if (!code) {
		listener->who = principal_ref(who);
		*ret_stream = stream_ref(listener->stream);
		LIST_INSERT_HEAD(&events->listeners, listener, in_list);
		events->n++;
		events->newcomers = true;
		pthread_cond_signal(&events->wake);
	}
	pthread_mutex_unlock(&events->mutex);
	if (code) {
		stream_unref(listener->stream);
		free(listener);
	}
	return code;
}

/* ---- life ---- */

enum error_code operator_events_open(struct db *db, struct principals *principals,
                                     struct operator_events **ret_events, struct error *err)
{
	struct operator_events *events = calloc(1, sizeof(*events));

	if (!events)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	events->db = db;
	events->principals = principals;
	pthread_mutex_init(&events->mutex, NULL);
	condition_init(&events->wake);
	errno = pthread_create(&events->thread, NULL, run, events);
	if (errno) {
		pthread_cond_destroy(&events->wake);
		pthread_mutex_destroy(&events->mutex);
		free(events);
		return error_errno(err, "start the thread of the operators' events");
	}
	*ret_events = events;
	return ERROR_OK;
}

void operator_events_stop(struct operator_events *events)
{
	if (!events || events->stopped)
		return;
	pthread_mutex_lock(&events->mutex);
	events->stopping = true;
	pthread_cond_signal(&events->wake);
	pthread_mutex_unlock(&events->mutex);
	pthread_join(events->thread, NULL);
	events->stopped = true;
}

void operator_events_close(struct operator_events *events)
{
	if (!events)
		return;
	operator_events_stop(events);
	pthread_cond_destroy(&events->wake);
	pthread_mutex_destroy(&events->mutex);
	free(events);
}
