/* From the event logs to the streams, on one thread. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "db/row.h"
#include "domain/event.h"
#include "domain/resource.h"
#include "web/hub_private.h"

enum {
	PAGE = 500,
	TICK_MS = 250,
	RETRY_LEAST_MS = 250,
	RETRY_MOST_MS = 5000,
	STALL_S = 30,
};

static const int64_t second_us = 1000000;

/* ---- who may see what ---- */

static const char *member(struct hub_event *event, const char *name)
{
	const char *value;

	if (!event->json)
		event->json = json_loads(event->data, 0, NULL);
	value = json_string_value(json_object_get(event->json, name));
	return value ? value : "";
}

static bool is_own(const struct hub_listener *listener, struct hub_event *event, const char *name)
{
	return listener->number[0] && strcmp(member(event, name), listener->number) == 0;
}

/* It was his, and is no more. After is_own, which parses. */
static bool has_parted(const struct hub_listener *listener, struct hub_event *event)
{
	const json_t *left = json_object_get(event->json, "parted"), *who;
	size_t i;

	json_array_foreach(left, i, who) if (strcmp(json_string_value(who), listener->number) ==
	                                     0) return true;
	return false;
}

/* As the resource `call` says what is whose. */
static bool is_own_call(const struct hub_listener *listener, struct hub_event *event)
{
	return (is_own(listener, event, "from") &&
	        strcmp(member(event, "direction"), "inbound") != 0) ||
	       is_own(listener, event, "to") || is_own(listener, event, "answered_by") ||
	       has_parted(listener, event);
}

/* Whoever answers a queue sees who waits in it, and who does no more. */
static bool is_of_own_queue(const struct hub_listener *listener, struct hub_event *event)
{
	const char *queue = member(event, "queue_id");

	return *queue && listener->queues && strstr(listener->queues, queue);
}

static bool may_list(const struct hub_listener *listener, struct hub_event *event)
{
	const struct resource *resource = resource_find(member(event, "resource"));
	enum access least;

	if (!resource)
		return listener->access >= ACCESS_ADMIN;
	least = resource->access[RESOURCE_LIST];
	return listener->access >= (least == ACCESS_NONE ? ACCESS_OPERATOR : least);
}

/* What moves the figures of queues. */
static bool moves_figures(struct hub_event *event)
{
	if (strcmp(event->kind, event_kind_slug(EVENT_CALL)) == 0)
		return *member(event, "queue_id");
	if (strcmp(event->kind, event_kind_slug(EVENT_CHANGE)) == 0)
		return strncmp(member(event, "resource"), "queue", 5) == 0;
	return true;
}

bool hub_may_see(const struct hub_listener *listener, struct hub_event *event)
{
	if (listener->access < ACCESS_AGENT)
		return listener->access == ACCESS_BOARD && moves_figures(event);
	if (strcmp(event->kind, event_kind_slug(EVENT_CHANGE)) == 0)
		return may_list(listener, event);
	if (listener->access >= ACCESS_ADMIN)
		return true;
	if (strcmp(event->kind, event_kind_slug(EVENT_CALL)) == 0)
		return is_own_call(listener, event) || is_of_own_queue(listener, event);
	if (strcmp(event->kind, event_kind_slug(EVENT_QUEUE)) == 0)
		return is_own(listener, event, "answered_by");
	return is_own(listener, event, "extension");
}

/* ---- a page of events ---- */

struct event_row {
	int64_t id;
	const char *kind, *data;
};

struct number_row {
	struct uuid user_id;
	const char *number, *queues;
};

struct presence_row {
	const char *data;
};

struct page {
	struct tx_result *result;
	struct presence_row *presences; /* as they are now, of extensions the events tell of */
	size_t n_presences;
	struct event_row *events;
	size_t n;
	struct number_row *numbers;
	size_t n_numbers;
};

static void page_clear(struct page *page)
{
	free(page->presences);
	free(page->events);
	free(page->numbers);
	tx_result_free(page->result);
}

/* users: "{...}" whose extensions are wanted, or NULL. */
static enum error_code page_read(struct hub *hub, const struct uuid *tenant, int64_t after,
                                 const char *users, struct page *ret_page)
{
	static const struct row_column events[] = {
		ROW_COLUMN(struct event_row, id, NUMBER),
		ROW_COLUMN(struct event_row, kind, VIEW),
		ROW_COLUMN(struct event_row, data, VIEW),
	};
	static const struct row_column presences[] = {
		ROW_COLUMN(struct presence_row, data, VIEW),
	};
	static const struct row_column numbers[] = {
		ROW_COLUMN(struct number_row, user_id, UUID),
		ROW_COLUMN(struct number_row, number, VIEW),
		ROW_COLUMN(struct number_row, queues, VIEW),
	};
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	struct tx_statement statements[3];
	char id[24], limit[12];
	enum error_code code;

	*ret_page = (struct page){0};
	snprintf(id, sizeof(id), "%lld", (long long)after);
	snprintf(limit, sizeof(limit), "%d", PAGE);
	statements[0] = TX_QUERY(QUERY_HUB_EVENTS, id, limit);
	statements[1] = TX_QUERY(QUERY_HUB_PRESENCE, id, limit);
	statements[2] = TX_QUERY(QUERY_HUB_NUMBERS, users);
	code = tx_run(hub->db, &scope, statements, users ? 3 : 2, &ret_page->result, NULL);
	if (code == ERROR_OK)
		code = row_read_all(ret_page->result, 0, events, COUNT_OF(events),
		                    sizeof(*ret_page->events), &ret_page->events, &ret_page->n,
		                    NULL);
	if (code == ERROR_OK)
		code = row_read_all(ret_page->result, 1, presences, COUNT_OF(presences),
		                    sizeof(*ret_page->presences), &ret_page->presences,
		                    &ret_page->n_presences, NULL);
	if (code == ERROR_OK && users)
		code = row_read_all(ret_page->result, 2, numbers, COUNT_OF(numbers),
		                    sizeof(*ret_page->numbers), &ret_page->numbers,
		                    &ret_page->n_numbers, NULL);
	return code;
}

static void render(const struct event_row *row, struct text *out)
{
	text_reset(out);
	text_addf(out, "id: %lld\nevent: %s\ndata: ", (long long)row->id, row->kind);
	text_add(out, row->data); /* jsonb has no line ends */
	text_add(out, "\n\n");
}

/* A wallboard is told that figures moved, not who called whom. */
static bool offer(struct hub_listener *listener, const struct hub_event *event)
{
	char text[80];
	int n;

	if (listener->access != ACCESS_BOARD)
		return stream_offer(listener->stream, event->text, event->n);
	n = snprintf(text, sizeof(text), "id: %lld\nevent: figures\ndata: {}\n\n",
	             (long long)event->id);
	return stream_offer(listener->stream, text, (size_t)n);
}

/* What colleagues do: a state and no step, told to every member (no wallboard) before the events it
 * follows from, without an id. Who resumes is told of all whom the events he missed are about. */
static void render_presences(const struct page *page, struct text *out)
{
	for (size_t i = 0; i < page->n_presences; i++)
		text_addf(out, "event: presence\ndata: %s\n\n", page->presences[i].data);
}

/* With the mutex; false: there is no room. */
static bool send_presences(struct hub *hub, struct hub_listener *listener,
                           const struct text *presences)
{
	if (!presences->length || listener->access < ACCESS_AGENT)
		return true;
	if (!stream_offer(listener->stream, presences->data, presences->length))
		return false;
	listener->spoke_us = clock_monotonic_us();
	hub->counts.sent++;
	return true;
}

/* With the mutex; false: there is no room. */
static bool send(struct hub *hub, struct hub_listener *listener, struct hub_event *event)
{
	if (event->id <= listener->at)
		return true;
	if (hub_may_see(listener, event)) {
		if (!offer(listener, event))
			return false;
		listener->spoke_us = clock_monotonic_us();
		hub->counts.sent++;
	}
	listener->at = event->id;
	return true;
}

/* ---- everybody who has caught up ---- */

/* With the mutex: the agents among the listeners; false: there is none. */
static bool list_agents(const struct hub_tenant *tenant, struct text *users)
{
	struct hub_listener *listener;
	char id[UUID_TEXT_MAX];

	text_add_char(users, '{');
	LIST_FOREACH(listener, &tenant->listeners, in_tenant)
	{
		if (listener->access >= ACCESS_ADMIN)
			continue;
		text_addf(users, "%s%s", users->length > 1 ? "," : "",
		          uuid_format(&listener->who->user, id));
		listener->asked = true;
	}
	text_add_char(users, '}');
	return users->length > 2 && !users->failed;
}

/* With the mutex: agents' extensions as they are now. Of who joined meanwhile the page knows none,
 * and he has brought his own. */
static void set_numbers(struct hub_tenant *tenant, const struct page *page)
{
	struct hub_listener *listener;

	LIST_FOREACH(listener, &tenant->listeners, in_tenant)
	{
		if (listener->access >= ACCESS_ADMIN || !listener->asked)
			continue;
		listener->number[0] = '\0';
		free(listener->queues);
		listener->queues = NULL;
		for (size_t i = 0; i < page->n_numbers; i++)
			if (uuid_equal(&page->numbers[i].user_id, &listener->who->user)) {
				snprintf(listener->number, sizeof(listener->number), "%s",
				         page->numbers[i].number);
				listener->queues = strdup(page->numbers[i].queues);
			}
	}
}

static void send_all(struct hub *hub, struct hub_tenant *tenant, struct hub_event *event)
{
	struct hub_listener *listener = LIST_FIRST(&tenant->listeners);

	while (listener) {
		struct hub_listener *next = LIST_NEXT(listener, in_tenant);

		if (!listener->behind && !send(hub, listener, event))
			hub_leave(hub, listener, false);
		listener = next;
	}
}

static void send_all_presences(struct hub *hub, struct hub_tenant *tenant,
                               const struct text *presences)
{
	struct hub_listener *listener = LIST_FIRST(&tenant->listeners);

	while (listener) {
		struct hub_listener *next = LIST_NEXT(listener, in_tenant);

		if (!listener->behind && !send_presences(hub, listener, presences))
			hub_leave(hub, listener, false);
		listener = next;
	}
}

static void send_page(struct hub *hub, struct hub_tenant *tenant, const struct page *page)
{
	AUTO(text_clear) struct text text = {0};

	render_presences(page, &text);
	if (text.failed)
		return; /* out of memory: read again with the next change */
	send_all_presences(hub, tenant, &text);
	for (size_t i = 0; i < page->n; i++) {
		struct hub_event event = {.id = page->events[i].id,
		                          .kind = page->events[i].kind,
		                          .data = page->events[i].data};

		render(&page->events[i], &text);
		if (text.failed)
			return;
		event.text = text.data;
		event.n = text.length;
		send_all(hub, tenant, &event);
		json_decref(event.json);
		tenant->last = event.id;
	}
}

static void hold(struct hub *hub, enum error_code code)
{
	if (code == ERROR_OK || code == ERROR_NOT_FOUND) {
		hub->retry_ms = RETRY_LEAST_MS;
		return;
	}
	hub->hold_until_us = clock_monotonic_us() + hub->retry_ms * INT64_C(1000);
	hub->retry_ms = hub->retry_ms * 2 < RETRY_MOST_MS ? hub->retry_ms * 2 : RETRY_MOST_MS;
}

/* With the mutex, which is given up meanwhile: the first of the tenants that changed. */
static void read_changed(struct hub *hub)
{
	struct hub_tenant *tenant = TAILQ_FIRST(&hub->changed); /* only this thread frees it */
	AUTO(text_clear) struct text users = {0};
	AUTO(page_clear) struct page page;
	bool agents = list_agents(tenant, &users);
	int64_t last = tenant->last;
	enum error_code code;

	TAILQ_REMOVE(&hub->changed, tenant, in_changed);
	tenant->changed = false;
	hub->counts.reads++;
	pthread_mutex_unlock(&hub->mutex);
	code = page_read(hub, &tenant->id, last, agents ? users.data : NULL, &page);
	pthread_mutex_lock(&hub->mutex);
	hold(hub, code);
	if (code == ERROR_OK) {
		if (agents)
			set_numbers(tenant, &page);
		send_page(hub, tenant, &page);
	}
	while (code == ERROR_NOT_FOUND && tenant->n) /* the tenant is gone */
		hub_leave(hub, LIST_FIRST(&tenant->listeners), true);
	if (code == ERROR_OK ? page.n == PAGE : code != ERROR_NOT_FOUND)
		hub_mark(hub, tenant);
}

/* ---- those who resume ---- */

/* With the mutex: true once it has nothing more to read by itself. */
static bool send_own(struct hub *hub, struct hub_listener *listener, const struct page *page)
{
	AUTO(text_clear) struct text text = {0};

	render_presences(page, &text);
	if (text.failed || !send_presences(hub, listener, &text))
		return false;
	for (size_t i = 0; i < page->n; i++) {
		struct hub_event event = {.id = page->events[i].id,
		                          .kind = page->events[i].kind,
		                          .data = page->events[i].data};
		bool sent;

		render(&page->events[i], &text);
		event.text = text_string(&text);
		event.n = text.length;
		sent = !text.failed && send(hub, listener, &event);
		json_decref(event.json);
		if (!sent)
			return false;
		listener->stalled_us = 0;
	}
	return page->n < PAGE || listener->at >= listener->tenant->last;
}

/* With the mutex, which is given up meanwhile. Only this thread frees a listener. */
static bool catch_up(struct hub *hub, struct hub_listener *listener)
{
	AUTO(page_clear) struct page page;
	int64_t at = listener->at;
	enum error_code code;

	hub->counts.reads++;
	pthread_mutex_unlock(&hub->mutex);
	code = page_read(hub, &listener->tenant->id, at, NULL, &page);
	pthread_mutex_lock(&hub->mutex);
	hold(hub, code);
	if (code != ERROR_OK)
		return false;
	if (send_own(hub, listener, &page)) {
		/* As far as the others or further: they are read by this thread, too. */
		listener->behind = false;
		hub->n_behind--;
		return true;
	}
	if (listener->at > at)
		return true;
	/* No room: a while later there is, or the client is cut off. */
	if (!listener->stalled_us)
		listener->stalled_us = clock_monotonic_us();
	if (clock_monotonic_us() - listener->stalled_us > STALL_S * second_us)
		hub_leave(hub, listener, false);
	return false;
}

/* With the mutex: a page for each who is behind; true: more can be done at once. */
static bool catch_all_up(struct hub *hub)
{
	bool more = false;

	for (size_t i = 0; i < HUB_LISTS && hub->n_behind; i++) {
		struct hub_tenant *tenant;

		LIST_FOREACH(tenant, &hub->tenants[i], in_list)
		{
			struct hub_listener *listener = LIST_FIRST(&tenant->listeners);

			while (listener && !hub->stopping) {
				/* Joins put new ones before the first. */
				struct hub_listener *next = LIST_NEXT(listener, in_tenant);

				if (listener->behind && clock_monotonic_us() >= hub->hold_until_us)
					more = catch_up(hub, listener) || more;
				listener = next;
			}
		}
	}
	return more;
}

/* ---- now and then ---- */

/* With the mutex: what he shows of himself is old. No id: it is about him, not the tenant. */
static bool tell_rights(struct hub_listener *listener)
{
	static const char text[] = "event: me\ndata: {}\n\n";

	return listener->access == ACCESS_BOARD ||
	       stream_offer(listener->stream, text, sizeof(text) - 1);
}

/* With the mutex, which is given up meanwhile: false: the stream has ended. */
static bool recheck(struct hub *hub, struct hub_listener *listener, int64_t now_us)
{
	struct principal *now = NULL;
	bool finished = true, same = true;
	enum error_code code;

	listener->checked_us = now_us;
	pthread_mutex_unlock(&hub->mutex);
	code = principals_again(hub->principals, listener->who, &now, NULL);
	pthread_mutex_lock(&hub->mutex);
	if (code == ERROR_OK) {
		same = principal_same_rights(listener->who, now);
		principal_unref(listener->who);
		listener->who = now;
		listener->access = principal_access(now, &listener->tenant->id);
	} else if (code == ERROR_UNAUTHENTICATED || code == ERROR_NOT_FOUND) {
		listener->access = ACCESS_NONE;
	}
	if (listener->access >= ACCESS_BOARD) {
		if (same || tell_rights(listener))
			return true;
		finished = false; /* there is no room: he is cut off, and comes back */
	}
	hub_leave(hub, listener, finished);
	return false;
}

/* The id goes with it, so that who sees little resumes from near the end all the same. */
static bool keep_alive(struct hub_listener *listener, int64_t now_us)
{
	char text[64];
	int n = snprintf(text, sizeof(text), ": keep-alive\nid: %lld\n\n", (long long)listener->at);

	listener->spoke_us = now_us;
	return stream_offer(listener->stream, text, (size_t)n);
}

static void look_at(struct hub *hub, struct hub_listener *listener, bool all, int64_t now_us)
{
	bool due = now_us - listener->checked_us > HUB_RECHECK_S * second_us;

	if (stream_is_closed(listener->stream)) {
		hub_leave(hub, listener, true);
		return;
	}
	if ((all || due) && !recheck(hub, listener, now_us))
		return;
	if (now_us - listener->spoke_us > HUB_KEEP_ALIVE_S * second_us &&
	    !keep_alive(listener, now_us))
		hub_leave(hub, listener, false);
}

static void tenant_drop(struct hub *hub, struct hub_tenant *tenant)
{
	if (tenant->changed)
		TAILQ_REMOVE(&hub->changed, tenant, in_changed);
	LIST_REMOVE(tenant, in_list);
	hub->counts.tenants--;
	free(tenant);
}

/* With the mutex: every listener; tenants without any go. */
static void tick(struct hub *hub)
{
	int64_t now_us = clock_monotonic_us();
	bool all = hub->recheck && now_us - hub->rechecked_us > second_us;

	if (all) {
		hub->recheck = false;
		hub->rechecked_us = now_us;
	}
	hub->ticked_us = now_us;
	for (size_t i = 0; i < HUB_LISTS; i++) {
		struct hub_tenant *tenant = LIST_FIRST(&hub->tenants[i]);

		while (tenant) {
			struct hub_listener *listener = LIST_FIRST(&tenant->listeners);
			struct hub_tenant *next_tenant;

			while (listener) {
				struct hub_listener *next = LIST_NEXT(listener, in_tenant);

				look_at(hub, listener, all, now_us);
				listener = next;
			}
			next_tenant = LIST_NEXT(tenant, in_list);
			if (tenant->n == 0)
				tenant_drop(hub, tenant);
			tenant = next_tenant;
		}
	}
}

static void end_all(struct hub *hub)
{
	for (size_t i = 0; i < HUB_LISTS; i++)
		while (!LIST_EMPTY(&hub->tenants[i])) {
			struct hub_tenant *tenant = LIST_FIRST(&hub->tenants[i]);

			while (!LIST_EMPTY(&tenant->listeners))
				hub_leave(hub, LIST_FIRST(&tenant->listeners), true);
			tenant_drop(hub, tenant);
		}
}

void *hub_reader(void *arg)
{
	struct hub *hub = arg;

	hub->retry_ms = RETRY_LEAST_MS;
	pthread_mutex_lock(&hub->mutex);
	while (!hub->stopping) {
		int64_t now_us = clock_monotonic_us();
		int64_t tick_us = hub->ticked_us + TICK_MS * INT64_C(1000);
		bool more = false;

		if (now_us >= tick_us)
			tick(hub);
		if (now_us >= hub->hold_until_us && !TAILQ_EMPTY(&hub->changed)) {
			read_changed(hub);
			more = true;
		}
		if (now_us >= hub->hold_until_us && hub->n_behind)
			more = catch_all_up(hub) || more;
		if (!more && !hub->stopping && hub->counts.tenants)
			condition_wait(&hub->wake, &hub->mutex, hub->ticked_us + TICK_MS * 1000);
		else if (!more && !hub->stopping)
			pthread_cond_wait(&hub->wake, &hub->mutex);
	}
	end_all(hub);
	pthread_mutex_unlock(&hub->mutex);
	return NULL;
}
