#include "domain/node_tenants.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/behind.h"
#include "base/clock.h"
#include "db/queries.h"
#include "db/tx.h"
#include "domain/node.h"

/* A batch's JSON is some 300 KB. */
enum { LISTS = 4096, EVERY_MS = 5000, BATCH_MAX = 5000, KIND_MAX = 16, NUMBER_MAX = 16 };

struct counts {
	int32_t calls, phones;
};

struct counted {
	LIST_ENTRY(counted) in_list;
	TAILQ_ENTRY(counted) in_dirty;
	struct uuid id;
	struct counts now;
	struct counts written;
	bool dirty; /* in the queue */
};

LIST_HEAD(counted_list, counted);
TAILQ_HEAD(counted_queue, counted);

struct node_tenants {
	struct db *db;
	char kind[KIND_MAX], node[NODE_NAME_MAX], instance[UUID_TEXT_MAX];
	struct behind *behind;
	pthread_mutex_t mutex; /* over these */
	struct counted_list lists[LISTS];
	struct counted_queue dirty;
	bool closing;
	/* The thread's own. */
	bool cleared; /* of an earlier process's rows */
};

static const struct tx_scope public_scope = {.door = TX_PUBLIC};

/* ---- counting ---- */

static struct counted_list *list_of(struct node_tenants *tenants, const struct uuid *id)
{
	return &tenants->lists[((unsigned)id->bytes[14] << 8 | id->bytes[15]) % LISTS];
}

/* With the mutex. NULL: no memory, and that change is lost. */
static struct counted *take(struct node_tenants *tenants, const struct uuid *id)
{
	struct counted_list *list = list_of(tenants, id);
	struct counted *counted;

	LIST_FOREACH(counted, list, in_list)
	if (uuid_equal(&counted->id, id))
		return counted;
	counted = calloc(1, sizeof(*counted));
	if (!counted)
		return NULL;
	counted->id = *id;
	LIST_INSERT_HEAD(list, counted, in_list);
	return counted;
}

static void mark(struct node_tenants *tenants, struct counted *counted)
{
	if (counted->dirty)
		return;
	counted->dirty = true;
	TAILQ_INSERT_TAIL(&tenants->dirty, counted, in_dirty);
}

static void change(struct node_tenants *tenants, const struct uuid *tenant, struct counts by)
{
	struct counted *counted;

	if (!tenants)
		return;
	pthread_mutex_lock(&tenants->mutex);
	counted = take(tenants, tenant);
	if (counted) {
		counted->now.calls += by.calls;
		counted->now.phones += by.phones;
		mark(tenants, counted);
	}
	pthread_mutex_unlock(&tenants->mutex);
}

void node_tenants_call(struct node_tenants *tenants, const struct uuid *tenant, int by)
{
	change(tenants, tenant, (struct counts){.calls = by});
}

void node_tenants_phone(struct node_tenants *tenants, const struct uuid *tenant, int by)
{
	change(tenants, tenant, (struct counts){.phones = by});
}

/* ---- writing, on the thread behind ---- */

struct taken {
	struct counted *counted;
	struct counts counts;
};

struct batch {
	size_t n;
	struct taken taken[BATCH_MAX];
};

static bool same(struct counts a, struct counts b)
{
	return a.calls == b.calls && a.phones == b.phones;
}

/* With the mutex: a change lost for want of memory must not become a negative number. */
static struct counts shown(const struct counted *counted)
{
	return (struct counts){
		.calls = counted->now.calls > 0 ? counted->now.calls : 0,
		.phones = counted->now.phones > 0 ? counted->now.phones : 0,
	};
}

static void forget_idle(struct counted *counted)
{
	if (counted->dirty || !same(counted->now, (struct counts){0}) ||
	    !same(counted->written, (struct counts){0}))
		return;
	LIST_REMOVE(counted, in_list);
	free(counted);
}

/* What changed there and back is not written. */
static void take_batch(struct node_tenants *tenants, struct batch *batch)
{
	struct counted *counted;

	pthread_mutex_lock(&tenants->mutex);
	while (batch->n < BATCH_MAX && (counted = TAILQ_FIRST(&tenants->dirty))) {
		TAILQ_REMOVE(&tenants->dirty, counted, in_dirty);
		counted->dirty = false;
		if (same(shown(counted), counted->written))
			forget_idle(counted);
		else
			batch->taken[batch->n++] = (struct taken){counted, shown(counted)};
	}
	pthread_mutex_unlock(&tenants->mutex);
}

static void give_batch(struct node_tenants *tenants, struct batch *batch, bool written)
{
	pthread_mutex_lock(&tenants->mutex);
	for (size_t i = 0; i < batch->n; i++) {
		struct counted *counted = batch->taken[i].counted;

		if (written)
			counted->written = batch->taken[i].counts;
		else
			mark(tenants, counted);
		forget_idle(counted);
	}
	pthread_mutex_unlock(&tenants->mutex);
}

static void write_json(const struct batch *batch, struct text *json)
{
	char id[UUID_TEXT_MAX];

	text_add_char(json, '[');
	for (size_t i = 0; i < batch->n; i++)
		text_addf(json, "%s{\"t\":\"%s\",\"c\":%d,\"r\":%d}", i ? "," : "",
		          uuid_format(&batch->taken[i].counted->id, id),
		          (int)batch->taken[i].counts.calls, (int)batch->taken[i].counts.phones);
	text_add_char(json, ']');
}

/* False: not yet. The node's own row comes first: it is written by another thread. */
static bool write_batch(struct node_tenants *tenants, const struct batch *batch)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(text_clear) struct text json = {0};
	struct tx_statement statement;

	write_json(batch, &json);
	if (json.failed)
		return false;
	statement = TX_QUERY(QUERY_NODE_TENANTS_WRITE, tenants->kind, tenants->node, json.data,
	                     tenants->instance);
	return tx_run(tenants->db, &public_scope, &statement, 1, &result, NULL) == ERROR_OK &&
	       strcmp(tx_value(result, 0, 0, 0), "t") == 0;
}

/* At the start what others of this name have left, at the end our own: another may have begun. */
static bool clear(struct node_tenants *tenants, bool closing)
{
	const struct tx_statement statement =
		TX_QUERY(QUERY_NODE_TENANTS_CLEAR, tenants->kind, tenants->node,
	                 closing ? tenants->instance : NULL);

	return tx_run(tenants->db, &public_scope, &statement, 1, NULL, NULL) == ERROR_OK;
}

static enum behind_result write_some(void *arg)
{
	struct node_tenants *tenants = arg;
	AUTO(auto_free) struct batch *batch = NULL;
	bool closing, written;

	pthread_mutex_lock(&tenants->mutex);
	closing = tenants->closing;
	pthread_mutex_unlock(&tenants->mutex);
	if (closing || !tenants->cleared) {
		tenants->cleared = clear(tenants, closing);
		if (closing || !tenants->cleared)
			return closing ? BEHIND_IDLE : BEHIND_AWAY;
	}
	batch = calloc(1, sizeof(*batch));
	if (!batch)
		return BEHIND_AWAY;
	take_batch(tenants, batch);
	if (!batch->n)
		return BEHIND_IDLE;
	written = write_batch(tenants, batch);
	give_batch(tenants, batch, written);
	if (!written)
		return BEHIND_AWAY;
	/* The rest of many follows at once; a few that changed meanwhile are gathered. */
	return batch->n == BATCH_MAX ? BEHIND_MORE : BEHIND_IDLE;
}

/* ---- life ---- */

static void tenants_free(struct node_tenants *tenants)
{
	for (size_t i = 0; i < LISTS; i++)
		while (!LIST_EMPTY(&tenants->lists[i])) {
			struct counted *counted = LIST_FIRST(&tenants->lists[i]);

			LIST_REMOVE(counted, in_list);
			free(counted);
		}
	pthread_mutex_destroy(&tenants->mutex);
	free(tenants);
}

enum error_code node_tenants_open(struct db *db, const char *kind, const char *node,
                                  struct node_tenants **ret_tenants, struct error *err)
{
	struct node_tenants *tenants = calloc(1, sizeof(*tenants));
	const struct uuid instance = uuid_at(clock_unix_us() / 1000);
	enum error_code code;

	if (!tenants)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	tenants->db = db;
	snprintf(tenants->kind, sizeof(tenants->kind), "%s", kind);
	snprintf(tenants->node, sizeof(tenants->node), "%s", node);
	uuid_format(&instance, tenants->instance);
	TAILQ_INIT(&tenants->dirty);
	pthread_mutex_init(&tenants->mutex, NULL);
	code = behind_open(write_some, tenants, EVERY_MS, &tenants->behind, err);
	if (code == ERROR_OK)
		*ret_tenants = tenants;
	else
		tenants_free(tenants);
	return code;
}

void node_tenants_close(struct node_tenants *tenants)
{
	if (!tenants)
		return;
	pthread_mutex_lock(&tenants->mutex);
	tenants->closing = true;
	pthread_mutex_unlock(&tenants->mutex);
	behind_close(tenants->behind);
	tenants_free(tenants);
}
