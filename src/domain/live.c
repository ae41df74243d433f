#include "domain/live.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "domain/live_private.h"

enum {
	GATHER_MS = 50, /* a step may be so late, so that many are one batch */
	TEXT_MAX = 256, /* bytes of a number or name; the table allows so many characters */
	SLOT_LEAST = 2, /* digits, as the table has it */
	SLOT_MOST = 5,
};

static const char *const states[] = {
	[LIVE_RINGING] = "ringing",
	[LIVE_WAITING] = "waiting",
	[LIVE_ANSWERED] = "answered",
	[LIVE_PARKED] = "parked",
};

/* Ids end in random bits. */
static unsigned list_of(const struct uuid *id)
{
	unsigned last = (unsigned)id->bytes[14] << 8 | id->bytes[15];

	return last % LIVE_LISTS;
}

static struct live_entry *entry_find(struct live *live, const struct uuid *id)
{
	struct live_entry *entry;

	LIST_FOREACH(entry, &live->entries[list_of(id)], in_list)
	if (uuid_equal(&entry->id, id))
		return entry;
	return NULL;
}

static struct live_tenant *tenant_find(struct live *live, const struct uuid *id)
{
	struct live_tenant *tenant;

	LIST_FOREACH(tenant, &live->tenants[list_of(id)], in_list)
	if (uuid_equal(&tenant->id, id))
		return tenant;
	return NULL;
}

struct live_tenant *live_tenant_take(struct live *live, const struct uuid *id)
{
	struct live_tenant *tenant = tenant_find(live, id);

	if (tenant)
		return tenant;
	tenant = calloc(1, sizeof(*tenant));
	if (!tenant)
		return NULL;
	tenant->id = *id;
	tenant->cleared = live->all_cleared;
	tenant->unsure = live->held;
	LIST_INSERT_HEAD(&live->tenants[list_of(id)], tenant, in_list);
	return tenant;
}

void live_due(struct live *live, struct live_tenant *tenant, int64_t at_us)
{
	struct live_tenant *before;

	if (tenant->due) {
		if (tenant->due_at_us <= at_us)
			return;
		TAILQ_REMOVE(&live->due, tenant, in_due);
	} else {
		live->counts.tenants++;
	}
	tenant->due = true;
	tenant->due_at_us = at_us;
	/* Nearly always the last. */
	before = TAILQ_LAST(&live->due, live_tenant_queue);
	while (before && before->due_at_us > at_us)
		before = TAILQ_PREV(before, live_tenant_queue, in_due);
	if (before)
		TAILQ_INSERT_AFTER(&live->due, before, tenant, in_due);
	else
		TAILQ_INSERT_HEAD(&live->due, tenant, in_due);
	pthread_cond_signal(&live->wake);
}

static void add_text(struct text *json, const char *name, const char *value)
{
	value = value ? value : "";
	text_addf(json, ",\"%s\":\"", name);
	text_add_json(json, value, strnlen(value, TEXT_MAX));
	text_add_char(json, '"');
}

void live_entry_json(const struct live_entry *entry, size_t n, bool ended, const char *cause,
                     struct text *out)
{
	const char *const members[] = {entry->call,   entry->from,    entry->queue,
	                               entry->answer, entry->partner, entry->slot};
	const struct text *gone = ended ? &entry->left : &entry->leaves;

	text_addf(out, "%s{\"n\":%zu,\"state\":\"%s\"", out->length ? "," : "", n,
	          ended ? "ended" : states[entry->state]);
	for (size_t i = 0; i < COUNT_OF(members); i++)
		if (members[i])
			text_add(out, members[i]);
	if (cause)
		add_text(out, "cause", cause);
	if (gone->length)
		text_addf(out, ",\"parted\":[%s]", gone->data);
	text_add_char(out, '}');
}

void live_lose_steps(struct live *live, struct live_tenant *tenant)
{
	tenant->unsure = true;
	live->counts.dropped += tenant->n_steps;
	tenant->n_steps = 0;
	text_clear(&tenant->steps);
}

/* With the mutex: the step is to be written, or at least its outcome. */
static void add_step(struct live *live, struct live_entry *entry, bool ended, const char *cause)
{
	struct live_tenant *tenant = entry->tenant;

	tenant->n_steps++;
	if (!tenant->unsure)
		live_entry_json(entry, tenant->n_steps, ended, cause, &tenant->steps);
	text_reset(&entry->leaves);
	if (tenant->unsure || tenant->steps.failed || tenant->steps.length > LIVE_STEPS_BYTES)
		live_lose_steps(live, tenant);
	live_due(live, tenant, clock_monotonic_us() + GATHER_MS * INT64_C(1000));
}

static void entry_free(struct live *live, struct live_entry *entry)
{
	LIST_REMOVE(entry, in_list);
	LIST_REMOVE(entry, in_tenant);
	live->counts.calls--;
	node_tenants_call(live->counted_in, &entry->tenant->id, -1);
	free(entry->call);
	free(entry->from);
	free(entry->queue);
	free(entry->answer);
	free(entry->partner);
	free(entry->slot);
	text_clear(&entry->leaves);
	text_clear(&entry->left);
	free(entry);
}

static void list_number(struct text *list, const char *number)
{
	text_add(list, list->length ? ",\"" : "\"");
	text_add_json(list, number, strlen(number));
	text_add_char(list, '"');
}

/* With the mutex: who is in it; NULL: as before. What is too long is no extension's number. */
static void seat(struct live_entry *entry, const char *caller, const char *callee)
{
	const char *const are[] = {caller, callee};
	char *const seats[] = {entry->caller, entry->callee};
	char were[COUNT_OF(seats)][EXTENSION_NUMBER_MAX];

	for (size_t i = 0; i < COUNT_OF(seats); i++) {
		memcpy(were[i], seats[i], EXTENSION_NUMBER_MAX);
		if (are[i])
			snprintf(seats[i], EXTENSION_NUMBER_MAX, "%s",
			         strlen(are[i]) < EXTENSION_NUMBER_MAX ? are[i] : "");
	}
	for (size_t i = 0; i < COUNT_OF(seats); i++) {
		if (!were[i][0] || strcmp(were[i], entry->caller) == 0 ||
		    strcmp(were[i], entry->callee) == 0)
			continue;
		list_number(&entry->leaves, were[i]);
		list_number(&entry->left, were[i]);
	}
}

/* With the mutex: another state, and what is known of it. */
static void change(struct live *live, struct live_entry *entry, enum live_state state,
                   char **member, char *value)
{
	entry->state = state;
	free(*member);
	*member = value;
	add_step(live, entry, false, NULL);
}

static char *call_json(const struct live_call *call)
{
	struct text json = {0};
	char id[UUID_TEXT_MAX], time[CLOCK_RFC3339_MAX];

	text_addf(&json, ",\"id\":\"%s\",\"direction\":\"internal\",\"started_at\":\"%s\"",
	          uuid_format(&call->id, id), clock_rfc3339(call->started_us, time));
	add_text(&json, "to_number", call->to_number);
	return text_take(&json);
}

static char *from_json(const char *number, const char *name)
{
	struct text json = {0};

	add_text(&json, "from_number", number);
	add_text(&json, "from_name", name);
	return text_take(&json);
}

static char *partner_json(const char *number)
{
	struct text json = {0};

	add_text(&json, "answered_by", number);
	return text_take(&json);
}

/* With the mutex: it waits and is parked no more, and rings elsewhere. */
static void ring_again(struct live *live, struct live_entry *entry)
{
	if (entry->state != LIVE_WAITING && entry->state != LIVE_PARKED)
		return;
	free(TAKE(entry->slot));
	free(TAKE(entry->answer));
	free(TAKE(entry->partner));
	seat(entry, NULL, "");
	change(live, entry, LIVE_RINGING, &entry->queue, NULL);
}

void live_ringing(struct live *live, const struct live_call *call)
{
	struct live_entry *entry, *known;

	if (!live)
		return;
	entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->call = call_json(call);
		entry->from = from_json(call->from_number, call->from_name);
	}
	pthread_mutex_lock(&live->mutex);
	known = entry_find(live, &call->id);
	if (known)
		ring_again(live, known);
	else if (entry && entry->call && entry->from)
		entry->tenant = live_tenant_take(live, &call->tenant);
	if (entry && entry->tenant) {
		entry->id = call->id;
		seat(entry, call->from_number, NULL);
		LIST_INSERT_HEAD(&live->entries[list_of(&call->id)], entry, in_list);
		LIST_INSERT_HEAD(&entry->tenant->calls, entry, in_tenant);
		live->counts.calls++;
		node_tenants_call(live->counted_in, &call->tenant, 1);
		add_step(live, TAKE(entry), false, NULL);
	}
	pthread_mutex_unlock(&live->mutex);
	if (entry) { /* known; or out of memory: the call goes on, nobody sees it */
		free(entry->call);
		free(entry->from);
		free(entry);
	}
}

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

void live_waiting(struct live *live, const struct uuid *call, const struct uuid *queue,
                  int64_t since_us)
{
	struct live_entry *entry;
	struct text json = {0};
	char time[CLOCK_RFC3339_MAX], id[UUID_TEXT_MAX];

	if (!live)
		return;
	text_addf(&json, ",\"queue_id\":\"%s\",\"waiting_since\":\"%s\"", uuid_format(queue, id),
	          clock_rfc3339(since_us, time));
	pthread_mutex_lock(&live->mutex);
	entry = entry_find(live, call);
	if (entry && !(entry->state == LIVE_WAITING && same(entry->queue, json.data))) {
		free(TAKE(entry->slot));
		free(TAKE(entry->answer));
		free(TAKE(entry->partner));
		seat(entry, NULL, "");
		change(live, entry, LIVE_WAITING, &entry->queue, text_take(&json));
	}
	pthread_mutex_unlock(&live->mutex);
	text_clear(&json);
}

void live_parked(struct live *live, const struct uuid *call, const char *slot)
{
	size_t n = strspn(slot, "0123456789");
	struct live_entry *entry;
	struct text json = {0};

	if (!live)
		return;
	if (n >= SLOT_LEAST && n <= SLOT_MOST && !slot[n])
		text_addf(&json, ",\"slot\":\"%s\"", slot);
	pthread_mutex_lock(&live->mutex);
	entry = entry_find(live, call);
	if (entry && !(entry->state == LIVE_PARKED && same(entry->slot, json.data)))
		change(live, entry, LIVE_PARKED, &entry->slot, text_take(&json));
	pthread_mutex_unlock(&live->mutex);
	text_clear(&json);
}

void live_answered(struct live *live, const struct uuid *call, const char *answered_by,
                   int64_t answered_us)
{
	struct live_entry *entry;
	struct text json = {0};
	char time[CLOCK_RFC3339_MAX];

	if (!live)
		return;
	text_addf(&json, ",\"answered_at\":\"%s\"", clock_rfc3339(answered_us, time));
	pthread_mutex_lock(&live->mutex);
	entry = entry_find(live, call);
	if (entry && entry->state != LIVE_ANSWERED) {
		free(TAKE(entry->slot));
		free(entry->partner);
		entry->partner = partner_json(answered_by);
		seat(entry, NULL, answered_by);
		change(live, entry, LIVE_ANSWERED, &entry->answer, text_take(&json));
	}
	pthread_mutex_unlock(&live->mutex);
	text_clear(&json);
}

/* With the mutex: *member becomes that, and true, where it is something else. */
static bool becomes(char **member, char *json)
{
	if (!json || same(*member, json)) {
		free(json);
		return false;
	}
	free(*member);
	*member = json;
	return true;
}

/* Who takes another's place comes without a name: the one that is known was the other's. */
void live_parties(struct live *live, const struct uuid *call, const char *from_number,
                  const char *answered_by)
{
	AUTO(text_clear) struct text is = {0};
	struct live_entry *entry;
	bool changed = false;

	if (!live)
		return;
	if (from_number)
		add_text(&is, "from_number", from_number);
	pthread_mutex_lock(&live->mutex);
	entry = entry_find(live, call);
	if (entry && from_number &&
	    (!entry->from || strncmp(entry->from, text_string(&is), is.length) != 0))
		changed = becomes(&entry->from, from_json(from_number, NULL));
	if (entry && answered_by && entry->answer)
		changed = becomes(&entry->partner, partner_json(answered_by)) || changed;
	if (changed) {
		seat(entry, from_number, entry->answer ? answered_by : NULL);
		add_step(live, entry, false, NULL);
	}
	pthread_mutex_unlock(&live->mutex);
}

void live_ended(struct live *live, const struct uuid *call, const char *cause)
{
	struct live_entry *entry;

	if (!live)
		return;
	pthread_mutex_lock(&live->mutex);
	entry = entry_find(live, call);
	if (entry) {
		add_step(live, entry, true, cause);
		entry_free(live, entry);
	}
	pthread_mutex_unlock(&live->mutex);
}

void live_on_hang_up(struct live *live, live_hang_up_h *hang_up, void *arg)
{
	if (!live)
		return;
	pthread_mutex_lock(&live->hang_up_mutex);
	live->hang_up = hang_up;
	live->hang_up_arg = arg;
	pthread_mutex_unlock(&live->hang_up_mutex);
}

void live_adopt(struct live *live)
{
	if (!live)
		return;
	pthread_mutex_lock(&live->mutex);
	live->held = false;
	pthread_cond_signal(&live->wake);
	pthread_mutex_unlock(&live->mutex);
}

/* With the mutex. A tenant without calls here has none to end. */
static void look(struct live *live, struct live_tenant *tenant, bool verify)
{
	if (LIST_EMPTY(&tenant->calls))
		return;
	tenant->hang_up = true;
	tenant->verify = tenant->verify || verify;
	live_due(live, tenant, clock_monotonic_us());
}

void live_hear(enum listen_event event, const char *payload, void *arg)
{
	struct live *live = arg;
	struct live_tenant *tenant;
	struct uuid id;

	pthread_mutex_lock(&live->mutex);
	if (event == LISTEN_CHANGED && listen_names(payload, "hangup", &id)) {
		tenant = tenant_find(live, &id);
		if (tenant)
			look(live, tenant, false);
	}
	/* While we were away others may have taken this node for dead, and removed its rows. */
	for (size_t i = 0; event == LISTEN_RESTORED && i < LIVE_LISTS; i++)
		LIST_FOREACH(tenant, &live->tenants[i], in_list)
	look(live, tenant, true);
	pthread_mutex_unlock(&live->mutex);
}

void live_forget_node(struct live *live, const char *node, const char *before)
{
	bool known = strcmp(node, live->node) == 0;

	pthread_mutex_lock(&live->mutex);
	for (size_t i = 0; i < live->n_dead && !known; i++)
		known = strcmp(live->dead[i].node, node) == 0;
	if (!known && live->n_dead < LIVE_DEAD_MAX) {
		struct live_dead *dead = &live->dead[live->n_dead++];

		snprintf(dead->node, sizeof(dead->node), "%s", node);
		snprintf(dead->before, sizeof(dead->before), "%s", before);
		pthread_cond_signal(&live->wake);
	}
	pthread_mutex_unlock(&live->mutex);
}

void live_counts(struct live *live, struct live_counts *ret_counts)
{
	pthread_mutex_lock(&live->mutex);
	*ret_counts = live->counts;
	pthread_mutex_unlock(&live->mutex);
}

static void live_free(struct live *live)
{
	/* All calls before any tenant: they stand in their tenants' lists, too. */
	for (size_t i = 0; i < LIVE_LISTS; i++)
		while (!LIST_EMPTY(&live->entries[i]))
			entry_free(live, LIST_FIRST(&live->entries[i]));
	for (size_t i = 0; i < LIVE_LISTS; i++) {
		while (!LIST_EMPTY(&live->tenants[i])) {
			struct live_tenant *tenant = LIST_FIRST(&live->tenants[i]);

			LIST_REMOVE(tenant, in_list);
			text_clear(&tenant->steps);
			free(tenant);
		}
	}
	pthread_mutex_destroy(&live->hang_up_mutex);
	pthread_cond_destroy(&live->wake);
	pthread_mutex_destroy(&live->mutex);
	free(live->walk.tenants);
	free(live);
}

enum error_code live_open(const struct live_config *config, struct live **ret_live,
                          struct error *err)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	live->db = config->db;
	live->counted_in = config->tenants;
	live->notice = config->notice;
	live->notice_arg = config->arg;
	snprintf(live->node, sizeof(live->node), "%s", config->node ? config->node : "");
	live->adopts = live->held = config->adopts;
	live->walk.own = true;
	TAILQ_INIT(&live->due);
	pthread_mutex_init(&live->mutex, NULL);
	pthread_mutex_init(&live->hang_up_mutex, NULL);
	condition_init(&live->wake);
	errno = pthread_create(&live->thread, NULL, live_writer, live);
	if (errno) {
		live_free(live);
		return error_errno(err, "start the thread of the live calls");
	}
	*ret_live = live;
	return ERROR_OK;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	pthread_mutex_lock(&live->mutex);
	live->stopping = true;
	pthread_cond_signal(&live->wake);
	pthread_mutex_unlock(&live->mutex);
	pthread_join(live->thread, NULL);
	live_free(live);
}
