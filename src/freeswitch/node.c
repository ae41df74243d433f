#include "freeswitch/node.h"

#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "domain/node.h"

/* In the order they hear of what happens. */
static const struct fs_part *const parts[] = {
	&fs_queues, &fs_agents, &fs_calls, &fs_phones, &fs_orphans,
};

static const char kind[] = "freeswitch"; /* public.nodes */

struct switch_node {
	struct fs_node fs;
	char name[NODES_NAME_MAX];
	void *states[COUNT_OF(parts)];
	size_t n; /* of parts that are open */
	struct node *self;
	atomic_bool was_up;
	atomic_ullong losses;
};

/* The i-th that is open; NULL: there are no more. */
static const struct fs_part *open_part(const struct switch_node *node, size_t i)
{
	return i < node->n && i < COUNT_OF(parts) ? parts[i] : NULL;
}

static void up(struct esl *esl, void *arg)
{
	struct switch_node *node = arg;
	const struct fs_part *part;

	atomic_store(&node->was_up, true);
	log_event(LOG_INFO, "freeswitch", "event socket connected",
	          LOG_TEXT("node", esl_name(esl)));
	for (size_t i = 0; (part = open_part(node, i)); i++)
		if (part->up)
			part->up(node->states[i]);
}

static void down(struct esl *esl, const struct error *err, void *arg)
{
	struct switch_node *node = arg;
	const struct fs_part *part;
	bool was_up = atomic_exchange(&node->was_up, false);

	log_event(LOG_WARNING, "freeswitch",
	          was_up ? "event socket lost, connecting again" : "event socket not connected",
	          LOG_TEXT("node", esl_name(esl)), LOG_TEXT("code", error_slug(err->code)),
	          LOG_TEXT("message", err->message), LOG_TEXT("detail", err->detail));
	if (!was_up)
		return;
	atomic_fetch_add(&node->losses, 1);
	for (size_t i = 0; (part = open_part(node, i)); i++)
		if (part->down)
			part->down(node->states[i]);
}

static void event(struct esl *esl, const struct esl_event *what, void *arg)
{
	struct switch_node *node = arg;
	const struct fs_part *part;

	(void)esl;
	for (size_t i = 0; (part = open_part(node, i)); i++)
		if (part->event)
			part->event(node->states[i], what);
}

static void woken(struct esl *esl, void *arg)
{
	struct switch_node *node = arg;
	const struct fs_part *part;

	(void)esl;
	for (size_t i = 0; (part = open_part(node, i)); i++)
		if (part->woken)
			part->woken(node->states[i]);
}

static void tick(struct esl *esl, int64_t now_us, void *arg)
{
	struct switch_node *node = arg;
	const struct fs_part *part;

	(void)esl;
	for (size_t i = 0; (part = open_part(node, i)); i++)
		if (part->tick)
			part->tick(node->states[i], now_us);
}

void switch_hear(struct switch_node *node, enum listen_event heard, const char *payload)
{
	const struct fs_part *part;

	for (size_t i = 0; (part = open_part(node, i)); i++)
		if (part->hear)
			part->hear(node->states[i], heard, payload);
}

/* On the node's thread. */
static void write_figures(struct text *json, void *arg)
{
	struct switch_node *node = arg;
	const struct fs_part *part;

	text_addf(json, "{\"up\":%d,\"losses\":%llu", atomic_load(&node->was_up),
	          (unsigned long long)atomic_load(&node->losses));
	for (size_t i = 0; (part = open_part(node, i)); i++)
		if (part->figures)
			part->figures(node->states[i], json);
	text_add_char(json, '}');
}

static bool has_word(const char *words, const char *word, size_t n)
{
	for (const char *at = words; (at = strstr(at, word)); at += n)
		if ((at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

/* Adds each word that is not there yet. */
static void add_words(struct text *out, const char *words)
{
	while (words && *words) {
		size_t n = strcspn(words, " ");
		char word[64];

		if (n && n < sizeof(word)) {
			memcpy(word, words, n);
			word[n] = '\0';
			if (!has_word(text_string(out), word, n))
				text_addf(out, "%s%s", out->length ? " " : "", word);
		}
		words += n + strspn(words + n, " ");
	}
}

/* All subclasses stand behind CUSTOM (mod_event_socket.c, "event"). */
static void add_events(struct text *out)
{
	/* A subscription to nothing is refused. */
	add_words(out, "HEARTBEAT");
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		add_words(out, parts[i]->events);
	add_words(out, "CUSTOM");
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		add_words(out, parts[i]->custom);
}

static enum error_code open_esl(struct switch_node *node, const struct switch_config *config,
                                struct error *err)
{
	AUTO(text_clear) struct text events = {0};
	struct esl_config esl = {
		.name = node->name,
		.host = config->address->host,
		.port = config->address->port,
		.password = config_text(config->config, CONFIG_FREESWITCH_EVENT_PASSWORD),
		.handlers = {.up = up,
	                     .down = down,
	                     .event = event,
	                     .woken = woken,
	                     .tick = tick,
	                     .arg = node},
	};

	add_events(&events);
	if (events.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	esl.events = events.data;
	return esl_open(&esl, &node->fs.esl, err);
}

enum error_code switch_open(const struct switch_config *config, struct switch_node **ret_node,
                            struct error *err)
{
	struct switch_node *node = calloc(1, sizeof(*node));
	enum error_code code;

	if (!node)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	memcpy(node->name, config->address->name, sizeof(node->name));
	node->fs = (struct fs_node){.name = node->name,
	                            .config = config->config,
	                            .db = config->db,
	                            .directory = config->directory};
	code = node_tenants_open(config->db, kind, node->name, &node->fs.tenants, err);
	for (size_t i = 0; i < COUNT_OF(parts) && code == ERROR_OK; i++) {
		code = parts[i]->open(&node->fs, &node->states[i], err);
		if (code == ERROR_OK)
			node->n++;
	}
	if (code == ERROR_OK)
		code = open_esl(node, config, err);
	if (code == ERROR_OK) {
		const struct node_config self = {.db = config->db,
		                                 .kind = kind,
		                                 .name = node->name,
		                                 .counters = write_figures,
		                                 .arg = node};

		code = node_open(&self, &node->self, err);
	}
	if (code != ERROR_OK) {
		switch_close(node);
		return code;
	}
	*ret_node = node;
	return ERROR_OK;
}

void switch_close(struct switch_node *node)
{
	if (!node)
		return;
	node_close(node->self);
	/* Threads of parts wake it until the parts are closed. */
	esl_stop(node->fs.esl);
	for (size_t i = node->n; i-- > 0;)
		if (parts[i]->close)
			parts[i]->close(node->states[i]);
	node_tenants_close(node->fs.tenants);
	esl_close(node->fs.esl);
	free(node);
}
