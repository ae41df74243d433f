#include "web/hub.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "db/row.h"
#include "web/hub_private.h"

static struct hub_tenant_list *list_of(struct hub *hub, const struct uuid *id)
{
	unsigned last = (unsigned)id->bytes[14] << 8 | id->bytes[15];

	return &hub->tenants[last % HUB_LISTS];
}

static struct hub_tenant *tenant_find(struct hub *hub, const struct uuid *id)
{
	struct hub_tenant *tenant;

	LIST_FOREACH(tenant, list_of(hub, id), in_list)
	if (uuid_equal(&tenant->id, id))
		return tenant;
	return NULL;
}

void hub_mark(struct hub *hub, struct hub_tenant *tenant)
{
	if (tenant->changed)
		return;
	tenant->changed = true;
	TAILQ_INSERT_TAIL(&hub->changed, tenant, in_changed);
	pthread_cond_signal(&hub->wake);
}

void hub_leave(struct hub *hub, struct hub_listener *listener, bool finished)
{
	if (finished)
		stream_finish(listener->stream);
	else
		hub->counts.cut_off++;
	LIST_REMOVE(listener, in_tenant);
	listener->tenant->n--;
	hub->counts.streams--;
	hub->n_behind -= listener->behind;
	stream_unref(listener->stream);
	principal_unref(listener->who);
	free(listener->queues);
	free(listener);
}

void hub_changed(struct hub *hub, const struct uuid *id)
{
	struct hub_tenant *tenant;

	pthread_mutex_lock(&hub->mutex);
	if (id) {
		tenant = tenant_find(hub, id);
		if (tenant)
			hub_mark(hub, tenant);
	}
	for (size_t i = 0; !id && i < HUB_LISTS; i++)
		LIST_FOREACH(tenant, &hub->tenants[i], in_list)
	hub_mark(hub, tenant);
	pthread_mutex_unlock(&hub->mutex);
}

void hub_recheck(struct hub *hub)
{
	pthread_mutex_lock(&hub->mutex);
	hub->recheck = true;
	pthread_cond_signal(&hub->wake);
	pthread_mutex_unlock(&hub->mutex);
}

void hub_counts(struct hub *hub, struct hub_counts *ret_counts)
{
	pthread_mutex_lock(&hub->mutex);
	*ret_counts = hub->counts;
	pthread_mutex_unlock(&hub->mutex);
}

/* ---- joining ---- */

/* What the database says about where a listener begins. */
struct place {
	int64_t last, first;
	bool known;
	char number[EXTENSION_NUMBER_MAX];
	char *queues; /* NULL: none */
};

static enum error_code find_place(struct hub *hub, const struct hub_join *join,
                                  struct place *ret_place, struct error *err)
{
	static const struct row_column columns[] = {
		ROW_COLUMN(struct place, last, NUMBER),
		ROW_COLUMN(struct place, first, NUMBER),
		ROW_COLUMN(struct place, known, SWITCH),
	};
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = join->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char last[24], user[UUID_TEXT_MAX], users[UUID_TEXT_MAX + 2];
	struct tx_statement statements[2];
	enum error_code code;

	snprintf(last, sizeof(last), "%lld", (long long)join->last);
	snprintf(users, sizeof(users), "{%s}", uuid_format(&join->who->user, user));
	statements[0] = TX_QUERY(QUERY_HUB_PLACE, join->resumes ? last : NULL);
	statements[1] = TX_QUERY(QUERY_HUB_NUMBERS, users);
	code = tx_run(hub->db, &scope, statements, COUNT_OF(statements), &result, err);
	if (code == ERROR_OK)
		code = row_read(result, 0, 0, columns, COUNT_OF(columns), ret_place, err);
	if (code == ERROR_OK && tx_rows(result, 1) > 0) {
		snprintf(ret_place->number, sizeof(ret_place->number), "%s",
		         tx_value(result, 1, 0, 1));
		ret_place->queues = strdup(tx_value(result, 1, 0, 2));
	}
	return code;
}

/* An id is good when its event is still there: what came after it is, too. 0 is before the first.
 */
static bool can_resume(const struct hub_join *join, const struct place *place)
{
	if (join->last == 0)
		return place->first <= 1;
	return place->known;
}

static bool greet(struct hub_listener *listener, const char *kind)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "retry: %d\nid: %lld\nevent: %s\ndata: {}\n\n",
	                 HUB_RETRY_MS, (long long)listener->at, kind);

	return stream_offer(listener->stream, text, (size_t)n);
}

static enum error_code listener_new(const struct hub_join *join, const struct place *place,
                                    struct hub_listener **ret_listener, struct error *err)
{
	struct hub_listener *listener = calloc(1, sizeof(*listener));
	bool resumed = join->resumes && can_resume(join, place);

	if (!listener)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (stream_new(&listener->stream, err) != ERROR_OK) {
		free(listener);
		return ERROR_MEMORY;
	}
	listener->who = principal_ref(join->who);
	listener->access = principal_access(join->who, &join->tenant);
	memcpy(listener->number, place->number, sizeof(listener->number));
	listener->at = resumed ? join->last : place->last;
	listener->spoke_us = listener->checked_us = clock_monotonic_us();
	(void)greet(listener, join->resumes && !resumed ? "reset" : "ready");
	*ret_listener = listener;
	return ERROR_OK;
}

static void listener_free(struct hub_listener *listener)
{
	stream_unref(listener->stream);
	principal_unref(listener->who);
	free(listener->queues);
	free(listener);
}

/* With the mutex. */
static enum error_code check_room(struct hub *hub, const struct hub_tenant *tenant,
                                  const struct hub_join *join, struct error *err)
{
	const struct hub_listener *listener;
	size_t n = 0;

	if (hub->stopping)
		return error_set(err, ERROR_UNAVAILABLE, NULL, "Centrex is stopping");
	if (hub->counts.streams >= HUB_STREAMS_MAX)
		return error_set(err, ERROR_UNAVAILABLE, NULL, "too many streams");
	if (!tenant)
		return ERROR_OK;
	LIST_FOREACH(listener, &tenant->listeners, in_tenant)
	n += uuid_equal(&listener->who->user, &join->who->user);
	if (n >= HUB_STREAMS_USER_MAX || tenant->n >= HUB_STREAMS_TENANT_MAX)
		return error_set(err, ERROR_RATE_LIMITED, NULL,
		                 "too many streams are open in this tenant");
	return ERROR_OK;
}

/* With the mutex. */
static enum error_code add(struct hub *hub, const struct hub_join *join, const struct place *place,
                           struct hub_listener *listener, struct error *err)
{
	struct hub_tenant *tenant = tenant_find(hub, &join->tenant);
	enum error_code code = check_room(hub, tenant, join, err);

	if (code != ERROR_OK)
		return code;
	if (!tenant) {
		tenant = calloc(1, sizeof(*tenant));
		if (!tenant)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		tenant->id = join->tenant;
		tenant->last = place->last;
		LIST_INSERT_HEAD(list_of(hub, &join->tenant), tenant, in_list);
		hub->counts.tenants++;
	}
	listener->tenant = tenant;
	listener->behind = listener->at < tenant->last;
	hub->n_behind += listener->behind;
	LIST_INSERT_HEAD(&tenant->listeners, listener, in_tenant);
	tenant->n++;
	hub->counts.streams++;
	hub->counts.joined++;
	/* What happened between the question and now nobody may have told us of. */
	hub_mark(hub, tenant);
	return ERROR_OK;
}

enum error_code hub_join(struct hub *hub, const struct hub_join *join, struct stream **ret_stream,
                         struct error *err)
{
	struct hub_listener *listener = NULL;
	struct place place = {0};
	struct stream *stream;
	enum error_code code;

	pthread_mutex_lock(&hub->mutex);
	code = check_room(hub, tenant_find(hub, &join->tenant), join, err);
	pthread_mutex_unlock(&hub->mutex);
	if (code == ERROR_OK)
		code = find_place(hub, join, &place, err);
	if (code == ERROR_OK)
		code = listener_new(join, &place, &listener, err);
	if (code != ERROR_OK) {
		free(place.queues);
		return code;
	}
	listener->queues = place.queues;
	stream = stream_ref(listener->stream);
	pthread_mutex_lock(&hub->mutex);
	code = add(hub, join, &place, listener, err);
	pthread_mutex_unlock(&hub->mutex);
	if (code != ERROR_OK) {
		stream_unref(stream);
		listener_free(listener);
		return code;
	}
	*ret_stream = stream;
	return ERROR_OK;
}

/* ---- the hub ---- */

static void hub_free(struct hub *hub)
{
	pthread_cond_destroy(&hub->wake);
	pthread_mutex_destroy(&hub->mutex);
	free(hub);
}

enum error_code hub_open(struct db *db, struct principals *principals, struct hub **ret_hub,
                         struct error *err)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (!hub)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	hub->db = db;
	hub->principals = principals;
	TAILQ_INIT(&hub->changed);
	pthread_mutex_init(&hub->mutex, NULL);
	condition_init(&hub->wake);
	errno = pthread_create(&hub->thread, NULL, hub_reader, hub);
	if (errno) {
		hub_free(hub);
		return error_errno(err, "start the thread of the events");
	}
	*ret_hub = hub;
	return ERROR_OK;
}

void hub_stop(struct hub *hub)
{
	if (!hub || hub->stopped)
		return;
	pthread_mutex_lock(&hub->mutex);
	hub->stopping = true;
	pthread_cond_signal(&hub->wake);
	pthread_mutex_unlock(&hub->mutex);
	pthread_join(hub->thread, NULL);
	hub->stopped = true;
}

void hub_close(struct hub *hub)
{
	if (!hub)
		return;
	hub_stop(hub);
	hub_free(hub);
}
