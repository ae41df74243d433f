#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "freeswitch/queues_private.h"

enum {
	RETRY_US = 10 * 1000 * 1000, /* a module that does not load, a list that cannot be read */
	RELOADED_US = 1000 * 1000,
};

static void wait_until(struct queues *queues, int64_t at_us)
{
	queues->phase = QUEUES_WAITING;
	queues->again_us = at_us;
}

/* One more list is in; after the last the work begins. */
static void listed(struct queues *queues)
{
	if (--queues->outstanding)
		return;
	if (queues->unreadable) {
		wait_until(queues, clock_monotonic_us() + RETRY_US);
		return;
	}
	atomic_fetch_add(&queues->n_readings, 1);
	queues->phase = QUEUES_WORKING;
	queues->again_us = 0;
	queues_compare_all(queues);
	queues_look(queues);
	queues_pump(queues, clock_monotonic_us());
}

static bool is_number(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n && n < EXTENSION_NUMBER_MAX && !text[n];
}

/* "<number>@<domain>", as we call agents. */
static bool is_agent(const char *full, const char *domain)
{
	char name[INERT_NAME_MAX], own[DOMAIN_MAX];

	return inert_split(full, name, own) && is_number(name) &&
	       (!domain || strcmp(own, domain) == 0);
}

struct listing {
	struct queues *queues;
	enum table table;
};

/* Keeps a row that may be ours: an operator's own queues have no domain, and his own agents are no
 * numbers of a tenant. */
static bool keep_row(const char *const *fields, void *arg)
{
	const struct listing *listing = arg;
	char name[INERT_NAME_MAX], domain[DOMAIN_MAX];
	struct place *place;

	if (!inert_split(fields[0], name, domain) ||
	    (listing->table == TABLE_AGENTS && !is_agent(fields[0], NULL)) ||
	    (listing->table == TABLE_TIERS && !is_agent(fields[1], domain)))
		return true;
	place = queues_place(listing->queues, domain);
	if (!place || rows_add(&place->have.of[listing->table], listing->table, fields, NULL)) {
		listing->queues->unreadable = true;
		return false;
	}
	return true;
}

static void read_list(struct queues *queues, enum table table, const char *body, size_t n)
{
	struct listing listing = {queues, table};
	struct error err;

	if (!body)
		queues->unreadable = true;
	else if (tables_read(table, body, n, keep_row, &listing, &err) != ERROR_OK) {
		log_event(LOG_WARNING, "freeswitch", "queues cannot be compared",
		          LOG_TEXT("node", queues->node->name), LOG_TEXT("message", err.message));
		queues->unreadable = true;
	}
	listed(queues);
}

static void queue_list(struct esl *esl, const char *body, size_t n, void *arg)
{
	if (esl_is_up(esl))
		read_list(arg, TABLE_QUEUES, body, n);
}

static void agent_list(struct esl *esl, const char *body, size_t n, void *arg)
{
	if (esl_is_up(esl))
		read_list(arg, TABLE_AGENTS, body, n);
}

static void tier_list(struct esl *esl, const char *body, size_t n, void *arg)
{
	if (esl_is_up(esl))
		read_list(arg, TABLE_TIERS, body, n);
}

/* "name,location": one of ours is called by an id and lies in our directory of media. */
static bool keep_stream(struct queues *queues, char *line)
{
	const char *const fields[] = {line, NULL};
	char *comma = strchr(line, ',');
	struct uuid id;
	size_t n = strlen(queues->media);

	if (!comma)
		return true;
	*comma = '\0';
	if (!uuid_parse(line, &id))
		return true;
	if (rows_add(&queues->listed, TABLE_STREAMS, fields, NULL))
		return false;
	if (strncmp(comma + 1, queues->media, n) != 0 || comma[1 + n] != '/')
		return true;
	return rows_add(&queues->strays, TABLE_STREAMS, fields, NULL) == ERROR_OK;
}

static void stream_list(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct queues *queues = arg;
	AUTO(auto_free) char *text = body ? strndup(body, n) : NULL;
	char *rest = text;

	if (!esl_is_up(esl))
		return;
	queues->unreadable = queues->unreadable || !text;
	while (rest && *rest) {
		char *line = strsep(&rest, "\n");

		if (!keep_stream(queues, line))
			queues->unreadable = true;
	}
	rows_sort(&queues->listed, TABLE_STREAMS);
	rows_sort(&queues->strays, TABLE_STREAMS);
	listed(queues);
}

static void begin_listing(struct queues *queues)
{
	struct esl *esl = queues->node->esl;

	queues->phase = QUEUES_LISTING;
	queues->outstanding = queues->streams ? 4 : 3;
	queues->unreadable = false;
	esl_api(esl, queue_list, queues, "callcenter_config queue list");
	esl_api(esl, agent_list, queues, "callcenter_config agent list");
	esl_api(esl, tier_list, queues, "callcenter_config tier list");
	if (queues->streams)
		esl_api(esl, stream_list, queues, "local_stream show");
}

/* One more module is known about; after the last the lists are asked for. */
static void checked(struct queues *queues)
{
	if (--queues->outstanding)
		return;
	if (queues->callcenter)
		begin_listing(queues);
	else
		wait_until(queues, clock_monotonic_us() + RETRY_US);
}

static bool has_loaded(const struct queues *queues, const char *module, const char *answer)
{
	bool good = answer && strstr(answer, "+OK") && !strstr(answer, "-ERR");

	log_event(good ? LOG_INFO : LOG_WARNING, "freeswitch",
	          good ? "module loaded" : "module does not load",
	          LOG_TEXT("node", queues->node->name), LOG_TEXT("module", module),
	          LOG_TEXT("answer", good ? "" : log_text(answer)));
	return good;
}

static void callcenter_loaded(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct queues *queues = arg;

	(void)n;
	if (!esl_is_up(esl))
		return;
	queues->callcenter = has_loaded(queues, "mod_callcenter", body);
	checked(queues);
}

static void callcenter_checked(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct queues *queues = arg;

	(void)n;
	if (!esl_is_up(esl))
		return;
	queues->callcenter = body && strcmp(body, "true") == 0;
	if (queues->callcenter)
		checked(queues);
	else
		esl_api(esl, callcenter_loaded, queues, "load mod_callcenter");
}

static void streams_loaded(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct queues *queues = arg;

	(void)n;
	if (!esl_is_up(esl))
		return;
	queues->streams = has_loaded(queues, "mod_local_stream", body);
	checked(queues);
}

static void streams_checked(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct queues *queues = arg;

	(void)n;
	if (!esl_is_up(esl))
		return;
	queues->streams = body && strcmp(body, "true") == 0;
	if (queues->streams)
		checked(queues);
	else
		esl_api(esl, streams_loaded, queues, "load mod_local_stream");
}

/* Everything from the beginning: nothing is known of FreeSWITCH. */
static void begin(struct queues *queues)
{
	queues_forget(queues);
	queues->phase = QUEUES_CHECKING;
	queues->outstanding = 2;
	queues->begun_us = clock_monotonic_us();
	esl_api(queues->node->esl, callcenter_checked, queues, "module_exists mod_callcenter");
	esl_api(queues->node->esl, streams_checked, queues, "module_exists mod_local_stream");
}

/* A notification comes before the picture it makes old is loaded again, which may take long: what
 * counts is the load. */
static bool has_news(const struct queues *queues)
{
	struct directory_counts counts;

	directory_counts(queues->node->directory, &counts);
	return counts.loads != queues->looked.loads || counts.tenants != queues->looked.tenants;
}

static bool is_warm(const struct queues *queues)
{
	struct directory_counts counts;

	directory_counts(queues->node->directory, &counts);
	return counts.warm;
}

static void tick(void *state, int64_t now_us)
{
	struct queues *queues = state;

	switch (queues->phase) {
	case QUEUES_WAITING:
		if (now_us >= queues->again_us && is_warm(queues))
			begin(queues);
		break;
	case QUEUES_WORKING:
		/* What is heard now is told at the next tick: changes that come together are one,
		 * and the processes that FreeSWITCH will ask have heard of them too. */
		queues_pump(queues, now_us);
		if (has_news(queues))
			queues_look(queues);
		if (queues->again_us && now_us >= queues->again_us && queues->idle)
			begin(queues);
		break;
	case QUEUES_DOWN:
	case QUEUES_CHECKING:
	case QUEUES_LISTING:
		break;
	}
}

static void up(void *state)
{
	struct queues *queues = state;

	queues->rounds = 0;
	queues->announced = false;
	wait_until(queues, 0);
}

static void down(void *state)
{
	struct queues *queues = state;

	queues_forget(queues);
	queues->phase = QUEUES_DOWN;
}

/* Somebody loaded mod_callcenter (again): its queues may all be gone. */
static void event(void *state, const struct esl_event *what)
{
	struct queues *queues = state;
	const char *name = esl_header(what, "Event-Name");
	const char *key = esl_header(what, "key");

	if (queues->phase == QUEUES_WORKING && name && key && strcmp(name, "MODULE_LOAD") == 0 &&
	    (strcmp(key, "mod_callcenter") == 0 || strcmp(key, "mod_local_stream") == 0))
		queues->again_us = clock_monotonic_us() + RELOADED_US;
}

static void figures(void *state, struct text *json)
{
	struct queues *queues = state;

	text_addf(json,
	          ",\"queues\":%zu,\"queue_agents\":%zu,\"queue_tiers\":%zu,\"streams\":%zu,"
	          "\"queues_left_out\":%llu,\"queue_commands\":%llu,\"queue_refusals\":%llu,"
	          "\"queue_readings\":%llu",
	          atomic_load(&queues->n_rows[TABLE_QUEUES]),
	          atomic_load(&queues->n_rows[TABLE_AGENTS]),
	          atomic_load(&queues->n_rows[TABLE_TIERS]),
	          atomic_load(&queues->n_rows[TABLE_STREAMS]),
	          (unsigned long long)atomic_load(&queues->n_left_out),
	          (unsigned long long)atomic_load(&queues->n_commands),
	          (unsigned long long)atomic_load(&queues->n_errors),
	          (unsigned long long)atomic_load(&queues->n_readings));
}

static void close_queues(void *state)
{
	struct queues *queues = state;

	queues_forget(queues);
	queues_free_places(queues);
	free(queues->media);
	free(queues);
}

static enum error_code open_queues(const struct fs_node *node, void **ret_state, struct error *err)
{
	struct queues *queues = calloc(1, sizeof(*queues));
	const char *media = config_text(node->config, CONFIG_FREESWITCH_MEDIA);
	AUTO(text_clear) struct text own = {0};

	if (!queues)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	queues->node = node;
	queues->ring_s = (unsigned)config_number(node->config, CONFIG_SIP_RING_S);
	if (*media)
		text_add(&own, media);
	else
		text_addf(&own, "%s/media", config_text(node->config, CONFIG_STATE));
	queues->media = text_take(&own);
	TAILQ_INIT(&queues->due);
	STAILQ_INIT(&queues->commands);
	if (!queues->media) {
		free(queues);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	*ret_state = queues;
	return ERROR_OK;
}

const struct fs_part fs_queues = {
	.name = "queues",
	.events = "MODULE_LOAD",
	.open = open_queues,
	.close = close_queues,
	.up = up,
	.down = down,
	.event = event,
	.tick = tick,
	.figures = figures,
};
