/* From the copy of a switch's registrations to the tenants' tables, on the thread behind the
 * connection. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "freeswitch/phones_private.h"

/* One tenant's, copied out. */
struct batch {
	struct registration rows[PHONES_BATCH];
	struct phone *phones[PHONES_BATCH];
	char *texts[PHONES_BATCH];
	size_t n;
};

static void batch_free(struct batch **batch)
{
	for (size_t i = 0; *batch && i < (*batch)->n; i++)
		free((*batch)->texts[i]);
	free(*batch);
}

/* Nothing can be written now, or in a while. */
static bool is_away(enum error_code code)
{
	return code != ERROR_OK && code != ERROR_NOT_FOUND && code != ERROR_INVALID &&
	       code != ERROR_CONFLICT;
}

static enum behind_result result_of(struct phones_part *phones, enum error_code code,
                                    const struct error *err)
{
	bool bad = code != ERROR_OK && code != ERROR_NOT_FOUND;

	if (bad && !phones->told)
		log_error("freeswitch", "registrations not stored, memory goes on", err);
	phones->told = bad;
	return is_away(code) ? BEHIND_AWAY : BEHIND_MORE;
}

/* ---- what changed ---- */

/* The tenant: by the domain, or by the user where that is none of ours. */
static enum error_code find_tenant(struct phones_part *phones, const struct uuid *user,
                                   const char *domain, struct snapshot **ret_snapshot,
                                   struct error *err)
{
	enum error_code code = ERROR_NOT_FOUND;

	if (*domain)
		code = directory_find_domain(phones->node->directory, domain, ret_snapshot, err);
	if (code == ERROR_NOT_FOUND)
		code = directory_find_auth_username(phones->node->directory, user, ret_snapshot,
		                                    err);
	return code;
}

/* With the mutex; false: no memory. */
static bool copy_row(struct batch *batch, struct phone *phone, const struct extension *extension)
{
	struct registration *row = &batch->rows[batch->n];
	size_t contact = strlen(phone->contact) + 1, call_id = strlen(phone->call_id) + 1;
	size_t agent = strlen(phone->user_agent) + 1, address = strlen(phone->address) + 1;
	char *texts = malloc(contact + call_id + agent + address);

	if (!texts)
		return false;
	*row = (struct registration){
		.extension = extension->id,
		.contact = memcpy(texts, phone->contact, contact),
		.call_id = memcpy(texts + contact, phone->call_id, call_id),
		.user_agent = memcpy(texts + contact + call_id, phone->user_agent, agent),
		.received_address =
			memcpy(texts + contact + call_id + agent, phone->address, address),
		.received_port = phone->port,
		.transport = phone->transport,
		.registered_at = phone->registered_at,
		.expires_at = phone->expires_at > phone->registered_at ? phone->expires_at
	                                                               : phone->registered_at,
		.removed = phone->removed,
	};
	batch->texts[batch->n] = texts;
	batch->phones[batch->n++] = phone;
	return true;
}

/* All of the queue that is the tenant's, as far as it fits. The first is taken away in any case: a
 * user the tenant does not have is nobody's. */
static void take_batch(struct phones_part *phones, const struct snapshot *snapshot,
                       struct batch *batch)
{
	struct phone *phone = TAILQ_FIRST(&phones->queue), *next;
	const struct phone *first = phone;
	char domain[DOMAIN_MAX] = "";

	/* A domain that is another tenant's says whose phone it is, whatever its user. */
	if (first)
		memcpy(domain, first->domain, strlen(first->domain) + 1);
	for (; phone && batch->n < PHONES_BATCH; phone = next) {
		const struct extension *extension =
			snapshot && strcmp(phone->domain, domain) == 0
				? snapshot_by_auth_username(snapshot, &phone->user)
				: NULL;

		next = TAILQ_NEXT(phone, in_due);
		if (extension && copy_row(batch, phone, extension)) {
			TAILQ_REMOVE(&phones->queue, phone, in_due);
			phone->due = false;
			phone->writing = true;
		} else if (!extension && phone == first) {
			atomic_fetch_add(&phones->figure_strangers, 1);
			phones_drop(phones, phone);
		}
		if (!snapshot)
			return;
	}
}

/* What was written is known; what could not be is due again. */
static void batch_done(struct phones_part *phones, struct batch *batch,
                       const struct snapshot *snapshot, bool again)
{
	pthread_mutex_lock(&phones->mutex);
	for (size_t i = 0; i < batch->n; i++) {
		struct phone *phone = batch->phones[i];

		phone->writing = false;
		if (!again)
			phones_tally(phones, phone, &snapshot->tenant);
		if (again)
			phones_due(phones, phone);
		else if (phone->removed && !phone->due)
			phones_drop(phones, phone);
	}
	pthread_mutex_unlock(&phones->mutex);
}

static enum behind_result write_some(struct phones_part *phones, const struct uuid *user,
                                     const char *domain)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	AUTO(batch_free) struct batch *batch = calloc(1, sizeof(*batch));
	struct error err = {0};
	enum error_code code;

	if (!batch)
		return BEHIND_AWAY;
	code = find_tenant(phones, user, domain, &snapshot, &err);
	if (is_away(code))
		return result_of(phones, code, &err);
	pthread_mutex_lock(&phones->mutex);
	take_batch(phones, snapshot, batch);
	pthread_mutex_unlock(&phones->mutex);
	code = ERROR_OK;
	if (batch->n)
		code = registration_write(phones->node->db, &snapshot->tenant, phones->node->name,
		                          batch->rows, batch->n, &err);
	batch_done(phones, batch, snapshot, is_away(code));
	return result_of(phones, code, &err);
}

/* ---- what time does ---- */

/* With the mutex: FreeSWITCH tells when one expires; this is for what it could not tell. */
static void sweep(struct phones_part *phones)
{
	int64_t now_s = clock_unix_us() / 1000000;

	phones->sweep_us = clock_monotonic_us() + PHONES_SWEEP_S * INT64_C(1000000);
	for (size_t i = 0; i < PHONES_LISTS; i++) {
		struct phone *phone;

		LIST_FOREACH(phone, &phones->lists[i], in_list)
		if (phone->expires_at + PHONES_LATE_S < now_s)
			phones_remove(phones, phone);
	}
}

/* ---- rows of an earlier process ---- */

static bool add_tenant(struct snapshot *snapshot, void *arg)
{
	struct phones_walk *walk = arg;

	if (walk->n == walk->room) {
		size_t room = walk->room ? 2 * walk->room : 64;
		struct uuid *tenants = reallocarray(walk->tenants, room, sizeof(*tenants));

		walk->failed = !tenants;
		if (!tenants)
			return false;
		walk->tenants = tenants;
		walk->room = room;
	}
	walk->tenants[walk->n++] = snapshot->tenant;
	return true;
}

/* Of the tenant's rows here, those that are no registrations of the switch. */
static enum error_code remove_rows(struct phones_part *phones, const struct uuid *tenant,
                                   struct error *err)
{
	struct registration_list list = {0};
	size_t n = 0;
	enum error_code code =
		registration_read(phones->node->db, tenant, phones->node->name, &list, err);

	if (code != ERROR_OK)
		return code;
	pthread_mutex_lock(&phones->mutex);
	for (size_t i = 0; i < list.n; i++) {
		struct registration row = list.rows[i];

		row.removed = true;
		if (!phones_find(phones, &row.auth_username, row.contact))
			list.rows[n++] = row;
	}
	pthread_mutex_unlock(&phones->mutex);
	if (n)
		code = registration_write(phones->node->db, tenant, phones->node->name, list.rows,
		                          n, err);
	registration_list_clear(&list);
	return code;
}

/* Once, after the first list. */
static enum behind_result walk(struct phones_part *phones)
{
	struct phones_walk *at = &phones->walk;
	struct directory_counts counts;
	struct error err = {0};
	enum error_code code;

	if (!at->tenants) {
		directory_counts(phones->node->directory, &counts);
		if (!counts.warm)
			return BEHIND_IDLE;
		if (!directory_each(phones->node->directory, add_tenant, at) || at->failed) {
			free(at->tenants);
			*at = (struct phones_walk){0};
			return BEHIND_AWAY; /* no memory: all of them a while later */
		}
	}
	if (at->at == at->n) {
		at->done = true;
		free(TAKE(at->tenants));
		return BEHIND_MORE;
	}
	code = remove_rows(phones, &at->tenants[at->at], &err);
	at->at += !is_away(code);
	return result_of(phones, code, &err);
}

/* ---- the thread ---- */

enum behind_result phones_write(void *arg)
{
	struct phones_part *phones = arg;
	const struct phone *first;
	char domain[DOMAIN_MAX] = "";
	struct uuid user = {0};
	bool known;

	pthread_mutex_lock(&phones->mutex);
	if (clock_monotonic_us() >= phones->sweep_us)
		sweep(phones);
	first = TAILQ_FIRST(&phones->queue);
	known = phones->known;
	if (first) {
		user = first->user;
		memcpy(domain, first->domain, strlen(first->domain) + 1);
	}
	pthread_mutex_unlock(&phones->mutex);
	if (first)
		return write_some(phones, &user, domain);
	return known && !phones->walk.done ? walk(phones) : BEHIND_IDLE;
}
