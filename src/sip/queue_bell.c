#include "sip/queue_bell.h"

#include <pthread.h>
#include <re.h>

enum {
	BUCKETS = 1024,
	STRANGERS_MAX = 256, /* tenants without a machine, at one time */
	TURN_MAX = 64,       /* told in one turn of the loop */
};

struct wanted {
	struct le le;   /* in tenants */
	struct le told; /* in news, while there are any */
	struct uuid tenant;
	unsigned news;
};

struct queue_bell {
	pthread_mutex_t lock; /* over all but handler and arg */
	struct hash *tenants; /* struct wanted */
	struct list news;     /* struct wanted */
	struct uuid strangers[STRANGERS_MAX];
	size_t n_strangers;
	bool rung; /* one message is on its way to the loop */
	struct mqueue *bell;
	queue_bell_h *handler;
	void *arg;
};

static struct wanted *find(const struct queue_bell *bell, const struct uuid *tenant)
{
	struct le *le = list_head(hash_list(bell->tenants, queue_key_of(tenant)));

	for (; le; le = le->next) {
		struct wanted *wanted = le->data;

		if (uuid_equal(&wanted->tenant, tenant))
			return wanted;
	}
	return NULL;
}

/* With the lock: wakes the loop, once. */
static void ring(struct queue_bell *bell)
{
	if (!bell->rung)
		bell->rung = mqueue_push(bell->bell, 0, NULL) == 0;
}

/* With the lock. */
static void tell(struct queue_bell *bell, struct wanted *wanted, enum directory_news news)
{
	wanted->news |= news;
	if (!wanted->told.list)
		list_append(&bell->news, &wanted->told, wanted);
	ring(bell);
}

static bool tell_each(struct le *le, void *arg)
{
	tell(arg, le->data, DIRECTORY_AGENTS);
	return false;
}

static void hear_stranger(struct queue_bell *bell, const struct uuid *tenant)
{
	for (size_t i = 0; i < bell->n_strangers; i++)
		if (uuid_equal(&bell->strangers[i], tenant))
			return;
	if (bell->n_strangers == STRANGERS_MAX)
		return;
	bell->strangers[bell->n_strangers++] = *tenant;
	ring(bell);
}

void queue_bell_hear(const struct uuid *tenant, enum directory_news news, void *arg)
{
	struct queue_bell *bell = arg;
	struct wanted *wanted;

	pthread_mutex_lock(&bell->lock);
	wanted = tenant ? find(bell, tenant) : NULL;
	if (wanted)
		tell(bell, wanted, news);
	else if (!tenant)
		(void)hash_apply(bell->tenants, tell_each, bell);
	else if (news == DIRECTORY_AGENTS)
		hear_stranger(bell, tenant);
	pthread_mutex_unlock(&bell->lock);
}

/* With the lock: the next to tell of; false: none. */
static bool take(struct queue_bell *bell, struct uuid *ret_tenant, unsigned *ret_news)
{
	struct le *le = list_head(&bell->news);

	if (le) {
		struct wanted *wanted = le->data;

		*ret_tenant = wanted->tenant;
		*ret_news = wanted->news;
		wanted->news = 0;
		list_unlink(&wanted->told);
		return true;
	}
	if (bell->n_strangers == 0)
		return false;
	*ret_tenant = bell->strangers[--bell->n_strangers];
	*ret_news = DIRECTORY_AGENTS;
	return true;
}

static void on_bell(int id, void *data, void *arg)
{
	struct queue_bell *bell = arg;
	struct uuid tenants[TURN_MAX];
	unsigned news[TURN_MAX];
	size_t n = 0;

	(void)id;
	(void)data;
	pthread_mutex_lock(&bell->lock);
	bell->rung = false;
	while (n < TURN_MAX && take(bell, &tenants[n], &news[n]))
		n++;
	if (n == TURN_MAX)
		ring(bell);
	pthread_mutex_unlock(&bell->lock);
	for (size_t i = 0; i < n; i++)
		bell->handler(&tenants[i], news[i], bell->arg);
}

enum error_code queue_bell_open(queue_bell_h *handler, void *arg, struct queue_bell **ret_bell)
{
	struct queue_bell *bell = calloc(1, sizeof(*bell));

	if (!bell)
		return ERROR_MEMORY;
	pthread_mutex_init(&bell->lock, NULL);
	list_init(&bell->news);
	bell->handler = handler;
	bell->arg = arg;
	if (hash_alloc(&bell->tenants, BUCKETS) != 0 ||
	    mqueue_alloc(&bell->bell, on_bell, bell) != 0) {
		queue_bell_close(bell);
		return ERROR_MEMORY;
	}
	*ret_bell = bell;
	return ERROR_OK;
}

static bool free_each(struct le *le, void *arg)
{
	struct wanted *wanted = le->data;

	(void)arg;
	hash_unlink(&wanted->le);
	list_unlink(&wanted->told);
	free(wanted);
	return false;
}

void queue_bell_close(struct queue_bell *bell)
{
	if (!bell)
		return;
	mem_deref(bell->bell);
	(void)hash_apply(bell->tenants, free_each, NULL);
	mem_deref(bell->tenants);
	pthread_mutex_destroy(&bell->lock);
	free(bell);
}

enum error_code queue_bell_want(struct queue_bell *bell, const struct uuid *tenant)
{
	struct wanted *wanted = calloc(1, sizeof(*wanted));

	if (!wanted)
		return ERROR_MEMORY;
	wanted->tenant = *tenant;
	pthread_mutex_lock(&bell->lock);
	hash_append(bell->tenants, queue_key_of(tenant), &wanted->le, wanted);
	pthread_mutex_unlock(&bell->lock);
	return ERROR_OK;
}

void queue_bell_forget(struct queue_bell *bell, const struct uuid *tenant)
{
	struct wanted *wanted;

	pthread_mutex_lock(&bell->lock);
	wanted = find(bell, tenant);
	if (wanted) {
		hash_unlink(&wanted->le);
		list_unlink(&wanted->told);
		free(wanted);
	}
	pthread_mutex_unlock(&bell->lock);
}
