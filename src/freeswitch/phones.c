/* Who is registered at one FreeSWITCH, as a part of its event socket. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "freeswitch/phones_private.h"

/* ---- the copy; with the mutex ---- */

static unsigned list_of_user(const struct uuid *user)
{
	return ((unsigned)user->bytes[14] << 8 | user->bytes[15]) % PHONES_LISTS;
}

static unsigned list_of_call(const char *call_id)
{
	unsigned hash = 2166136261u;

	for (; *call_id; call_id++)
		hash = (hash ^ (unsigned char)*call_id) * 16777619u;
	return hash % PHONES_LISTS;
}

struct phone *phones_find(struct phones_part *phones, const struct uuid *user, const char *contact)
{
	struct phone *phone;

	LIST_FOREACH(phone, &phones->lists[list_of_user(user)], in_list)
	if (uuid_equal(&phone->user, user) && strcmp(phone->contact, contact) == 0)
		return phone;
	return NULL;
}

static struct phone *find_call(struct phones_part *phones, const char *call_id)
{
	struct phone *phone;

	LIST_FOREACH(phone, &phones->calls[list_of_call(call_id)], in_call)
	if (!phone->removed && strcmp(phone->call_id, call_id) == 0)
		return phone;
	return NULL;
}

void phones_due(struct phones_part *phones, struct phone *phone)
{
	if (!phone->due)
		TAILQ_INSERT_TAIL(&phones->queue, phone, in_due);
	phone->due = true;
}

void phones_tally(struct phones_part *phones, struct phone *phone, const struct uuid *tenant)
{
	if (phone->counted == !phone->removed)
		return;
	phone->counted = !phone->removed;
	if (phone->counted)
		phone->tenant = *tenant;
	node_tenants_phone(phones->node->tenants, &phone->tenant, phone->counted ? 1 : -1);
}

void phones_drop(struct phones_part *phones, struct phone *phone)
{
	phone->removed = true;
	phones_tally(phones, phone, NULL);
	if (phone->due)
		TAILQ_REMOVE(&phones->queue, phone, in_due);
	LIST_REMOVE(phone, in_list);
	LIST_REMOVE(phone, in_call);
	phones->n--;
	free(phone->texts);
	free(phone);
}

void phones_remove(struct phones_part *phones, struct phone *phone)
{
	if (phone->removed)
		return;
	phone->removed = true;
	phones_tally(phones, phone, NULL);
	phones_due(phones, phone);
}

static const char *put_text(char **place, const char *text)
{
	char *begin = *place;
	size_t n = strlen(text) + 1;

	memcpy(begin, text, n);
	*place += n;
	return begin;
}

/* False: no memory, and the old words stay. */
static bool set_words(struct phone *phone, const struct phone_words *words)
{
	size_t n = strlen(words->domain) + strlen(words->contact) + strlen(words->call_id) +
	           strlen(words->user_agent) + strlen(words->address) + 5;
	char *texts = malloc(n), *place = texts;

	if (!texts)
		return false;
	phone->domain = put_text(&place, words->domain);
	phone->contact = put_text(&place, words->contact);
	phone->call_id = put_text(&place, words->call_id);
	phone->user_agent = put_text(&place, words->user_agent);
	phone->address = put_text(&place, words->address);
	phone->transport = words->transport;
	phone->port = words->port;
	phone->expires_at = words->expires_at;
	free(phone->texts);
	phone->texts = texts;
	return true;
}

/* Seconds are rounded on the way: so small a difference is none. */
static bool is_same(const struct phone *phone, const struct phone_words *words)
{
	int64_t off = phone->expires_at - words->expires_at;

	return !phone->removed && off > -3 && off < 3 && phone->port == words->port &&
	       strcmp(phone->call_id, words->call_id) == 0 &&
	       strcmp(phone->address, words->address) == 0 &&
	       strcmp(phone->domain, words->domain) == 0;
}

static struct phone *put(struct phones_part *phones, const struct phone_words *words)
{
	struct phone *phone = phones_find(phones, &words->user, words->contact);
	bool is_new = !phone;

	if (phone && is_same(phone, words))
		return phone;
	if (is_new && phones->n >= PHONES_MAX)
		return NULL;
	if (is_new)
		phone = calloc(1, sizeof(*phone));
	if (!phone)
		return NULL;
	if (!is_new)
		LIST_REMOVE(phone, in_call);
	if (!set_words(phone, words) && is_new) {
		free(phone);
		return NULL;
	}
	LIST_INSERT_HEAD(&phones->calls[list_of_call(phone->call_id)], phone, in_call);
	if (is_new) {
		phone->user = words->user;
		LIST_INSERT_HEAD(&phones->lists[list_of_user(&words->user)], phone, in_list);
		phones->n++;
	}
	if (is_new || phone->removed)
		phone->registered_at = clock_unix_us() / 1000000;
	phone->removed = false;
	phones_due(phones, phone);
	return phone;
}

/* ---- events ---- */

static void on_register(struct phones_part *phones, const struct phone_words *words)
{
	struct in6_addr bytes;
	struct phone *phone = NULL;

	if (words->port && *words->contact &&
	    (inet_pton(AF_INET, words->address, &bytes) == 1 ||
	     inet_pton(AF_INET6, words->address, &bytes) == 1))
		phone = put(phones, words);
	if (phone)
		phone->touched_us = clock_monotonic_us();
	else
		atomic_fetch_add(&phones->figure_broken, 1);
}

/* A connection that closed says the Call-ID alone, and perhaps another name of the user. */
static void on_gone(struct phones_part *phones, const struct phone_words *words)
{
	struct phone *phone = phones_find(phones, &words->user, words->contact);

	if (!phone && !*words->contact && *words->call_id)
		phone = find_call(phones, words->call_id);
	if (phone) {
		phone->touched_us = clock_monotonic_us();
		phones_remove(phones, phone);
	} else if (!phones->asks) {
		phones->asks = 1; /* what else is gone? */
	}
}

static const struct {
	const char *subclass;
	void (*h)(struct phones_part *phones, const struct phone_words *words);
} kinds[] = {
	{"sofia::register",   on_register},
	{"sofia::unregister", on_gone    },
	{"sofia::expire",     on_gone    },
};

static void on_event(void *state, const struct esl_event *event)
{
	struct phones_part *phones = state;
	const char *subclass = esl_header(event, "Event-Subclass");
	struct phone_words words;
	bool whole;
	size_t i = 0;

	while (subclass && i < COUNT_OF(kinds) && strcmp(subclass, kinds[i].subclass) != 0)
		i++;
	if (!subclass || i == COUNT_OF(kinds))
		return;
	atomic_fetch_add(&phones->figure_events, 1);
	whole = phones_read_event(event, &words);
	if (!whole && kinds[i].h == on_register) {
		atomic_fetch_add(&phones->figure_broken, 1);
		return;
	}
	pthread_mutex_lock(&phones->mutex);
	kinds[i].h(phones, &words);
	pthread_mutex_unlock(&phones->mutex);
	behind_kick(phones->behind);
}

/* ---- the list ---- */

/* With the mutex. What an event said lately is newer than the table the list was read from. */
static void on_row(const struct phone_words *words, void *arg)
{
	struct phones_part *phones = arg;
	struct phone *phone = phones_find(phones, &words->user, words->contact);
	bool newer = phone && phone->touched_us > phones->asked_us - PHONES_LAG_US;

	if (!newer)
		phone = put(phones, words);
	if (phone)
		phone->listed = true;
}

static void remove_unlisted(struct phones_part *phones)
{
	for (size_t i = 0; i < PHONES_LISTS; i++) {
		struct phone *phone;

		LIST_FOREACH(phone, &phones->lists[i], in_list)
		{
			if (!phone->listed && phone->touched_us <= phones->asked_us - PHONES_LAG_US)
				phones_remove(phones, phone);
			phone->listed = false;
		}
	}
}

static void on_list(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct phones_part *phones = arg;
	uint64_t broken = 0;
	bool taken;

	(void)esl;
	if (!body)
		return; /* asked again with the next connection */
	pthread_mutex_lock(&phones->mutex);
	taken = phones_read_list(body, n, on_row, phones, &broken);
	if (taken)
		remove_unlisted(phones);
	phones->known = phones->known || taken;
	pthread_mutex_unlock(&phones->mutex);
	atomic_fetch_add(&phones->figure_broken, broken);
	if (!taken) { /* no such profile, yet */
		phones->asks++;
		phones->ask_us = phones->asked_us + 2 * PHONES_LAG_US;
	}
	behind_kick(phones->behind);
}

static void ask(struct phones_part *phones)
{
	phones->asks -= phones->asks > 0;
	phones->asked_us = clock_monotonic_us();
	phones->ask_us = phones->asked_us + (phones->asks ? 2 * PHONES_LAG_US : PHONES_AGAIN_US);
	esl_api(phones->node->esl, on_list, phones, "sofia status profile %s reg",
	        config_text(phones->node->config, CONFIG_FREESWITCH_PROFILE));
}

/* ---- the part ---- */

/* Twice: its table lags. */
static void on_up(void *state)
{
	struct phones_part *phones = state;

	phones->asks = 2;
	ask(phones);
}

static void on_tick(void *state, int64_t now_us)
{
	struct phones_part *phones = state;

	if (phones->asks && now_us >= phones->ask_us)
		ask(phones);
}

static void add_figures(void *state, struct text *json)
{
	struct phones_part *phones = state;
	size_t n;

	pthread_mutex_lock(&phones->mutex);
	n = phones->n;
	pthread_mutex_unlock(&phones->mutex);
	text_addf(json,
	          ",\"phones\":%zu,\"phone_events\":%llu,\"phones_of_nobody\":%llu,"
	          "\"phones_broken\":%llu",
	          n, (unsigned long long)atomic_load(&phones->figure_events),
	          (unsigned long long)atomic_load(&phones->figure_strangers),
	          (unsigned long long)atomic_load(&phones->figure_broken));
}

static void close_part(void *state)
{
	struct phones_part *phones = state;

	if (!phones)
		return;
	behind_close(phones->behind);
	for (size_t i = 0; i < PHONES_LISTS; i++)
		while (!LIST_EMPTY(&phones->lists[i]))
			phones_drop(phones, LIST_FIRST(&phones->lists[i]));
	free(phones->walk.tenants);
	pthread_mutex_destroy(&phones->mutex);
	free(phones);
}

static enum error_code open_part(const struct fs_node *node, void **ret_state, struct error *err)
{
	struct phones_part *phones = calloc(1, sizeof(*phones));
	enum error_code code;

	if (!phones)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	phones->node = node;
	TAILQ_INIT(&phones->queue);
	pthread_mutex_init(&phones->mutex, NULL);
	code = behind_open(phones_write, phones, PHONES_EVERY_MS, &phones->behind, err);
	if (code != ERROR_OK) {
		close_part(phones);
		return code;
	}
	*ret_state = phones;
	return ERROR_OK;
}

const struct fs_part fs_phones = {
	.name = "phones",
	.custom = "sofia::register sofia::unregister sofia::expire",
	.open = open_part,
	.close = close_part,
	.up = on_up,
	.event = on_event,
	.tick = on_tick,
	.figures = add_figures,
};
