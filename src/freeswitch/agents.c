/*
 * Agents' states of one FreeSWITCH, both ways. Source: mod_callcenter.c (1.11), cc_agent_update,
 * cc_agent_add, outbound_agent_thread_run; domain/agent.h says what wins.
 *
 * The table has what people want. A change at one switch is reported to it; every switch then gets
 * what the table says, where it has something else: so a change is carried on, and never back.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "freeswitch/agents_private.h"
#include "freeswitch/inert.h"

static const struct {
	const char *name;
	enum agent_status status;
} statuses[] = {
	{"Available",             AGENT_AVAILABLE },
	{"Available (On Demand)", AGENT_AVAILABLE },
	{"On Break",              AGENT_ON_BREAK  },
	{"Logged Out",            AGENT_LOGGED_OUT},
};

static const struct {
	const char *name;
	enum agent_state state;
} states[] = {
	{"Waiting",         AGENT_WAITING},
        {"Idle",            AGENT_WAITING},
	{"Reserved",        AGENT_WAITING},
        {"Receiving",       AGENT_RINGING},
	{"In a queue call", AGENT_TALKING},
};

static bool read_status(const char *name, enum agent_status *ret_status)
{
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (strcmp(statuses[i].name, name) == 0) {
			*ret_status = statuses[i].status;
			return true;
		}
	return false;
}

static bool read_state(const char *name, enum agent_state *ret_state)
{
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (strcmp(states[i].name, name) == 0) {
			*ret_state = states[i].state;
			return true;
		}
	return false;
}

static const char *status_name(enum agent_status status)
{
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].name;
	return "";
}

/* ---- who there is; with the mutex ---- */

static unsigned list_of(const char *number, const char *domain)
{
	unsigned hash = 2166136261u;

	for (; *number; number++)
		hash = (hash ^ (unsigned char)*number) * 16777619u;
	for (; *domain; domain++)
		hash = (hash ^ (unsigned char)*domain) * 16777619u;
	return hash % AGENTS_LISTS;
}

struct agents_one *agents_find(struct agents *agents, const char *number, const char *domain)
{
	struct agents_one *one;

	LIST_FOREACH(one, &agents->lists[list_of(number, domain)], in_list)
	if (strcmp(one->number, number) == 0 && strcmp(one->team->domain, domain) == 0)
		return one;
	return NULL;
}

static struct agents_team *team_take(struct agents *agents, const char *domain)
{
	struct agents_team_list *list = &agents->teams[list_of("", domain)];
	struct agents_team *team;

	LIST_FOREACH(team, list, in_list)
	if (strcmp(team->domain, domain) == 0)
		return team;
	team = calloc(1, sizeof(*team));
	if (!team)
		return NULL;
	memcpy(team->domain, domain, strlen(domain) + 1);
	LIST_INSERT_HEAD(list, team, in_list);
	return team;
}

void agents_due(struct agents *agents, struct agents_team *team)
{
	if (!team->due)
		TAILQ_INSERT_TAIL(&agents->queue, team, in_due);
	team->due = true;
	behind_kick(agents->behind);
}

static void one_free(struct agents *agents, struct agents_one *one)
{
	LIST_REMOVE(one, in_list);
	LIST_REMOVE(one, in_team);
	agents->n--;
	free(one);
}

/* Of "<number>@<domain>"; NULL: no such name, or no room. */
static struct agents_one *one_take(struct agents *agents, const char *name)
{
	char number[INERT_NAME_MAX], domain[DOMAIN_MAX];
	struct agents_team *team;
	struct agents_one *one;

	if (!inert_split(name, number, domain) || strlen(number) >= EXTENSION_NUMBER_MAX)
		return NULL;
	one = agents_find(agents, number, domain);
	if (one || agents->n >= AGENTS_MAX)
		return one;
	team = team_take(agents, domain);
	one = team ? calloc(1, sizeof(*one)) : NULL;
	if (!one)
		return NULL;
	memcpy(one->number, number, strlen(number) + 1);
	one->team = team;
	one->status = AGENT_LOGGED_OUT;
	LIST_INSERT_HEAD(&agents->lists[list_of(number, domain)], one, in_list);
	LIST_INSERT_HEAD(&team->ones, one, in_team);
	agents->n++;
	return one;
}

/* ---- events ---- */

static const char *header(const struct esl_event *event, const char *name)
{
	const char *value = esl_header(event, name);

	return value ? value : "";
}

static void on_status(struct agents *agents, struct agents_one *one, const struct esl_event *event)
{
	if (!read_status(header(event, "CC-Agent-Status"), &one->status))
		return;
	one->no_answer = one->no_answer && one->status != AGENT_AVAILABLE;
	one->asked = one->to_set = false;
	one->status_due = true;
	agents_due(agents, one->team);
}

static void on_state(struct agents *agents, struct agents_one *one, const struct esl_event *event)
{
	if (!read_state(header(event, "CC-Agent-State"), &one->state))
		return;
	one->state_due = true;
	agents_due(agents, one->team);
}

/* The status that follows is the switch's own idea. */
static void on_no_answer(struct agents *agents, struct agents_one *one,
                         const struct esl_event *event)
{
	(void)agents;
	(void)event;
	one->no_answer = true;
}

/* A new one is logged out there, whatever he is elsewhere. */
static void on_add(struct agents *agents, struct agents_one *one, const struct esl_event *event)
{
	(void)event;
	one->status = AGENT_LOGGED_OUT;
	one->state = AGENT_WAITING;
	one->asked = one->to_set = false;
	one->team->load = true;
	agents_due(agents, one->team);
}

static void on_del(struct agents *agents, struct agents_one *one, const struct esl_event *event)
{
	(void)event;
	one->team->load = true;
	agents_due(agents, one->team);
	one_free(agents, one);
}

static const struct {
	const char *action;
	void (*h)(struct agents *agents, struct agents_one *one, const struct esl_event *event);
} actions[] = {
	{"agent-status-change", on_status   },
	{"agent-state-change",  on_state    },
	{"agent-max-no-answer", on_no_answer},
	{"agent-add",           on_add      },
	{"agent-del",           on_del      },
};

static void on_event(void *state, const struct esl_event *event)
{
	struct agents *agents = state;
	const char *action = header(event, "CC-Action");
	struct agents_one *one;
	size_t i = 0;

	while (i < COUNT_OF(actions) && strcmp(actions[i].action, action) != 0)
		i++;
	if (i == COUNT_OF(actions) || strcmp(header(event, "Event-Subclass"), "callcenter::info"))
		return;
	atomic_fetch_add(&agents->figure_events, 1);
	pthread_mutex_lock(&agents->mutex);
	one = one_take(agents, header(event, "CC-Agent"));
	if (one)
		actions[i].h(agents, one, event);
	pthread_mutex_unlock(&agents->mutex);
}

/* ---- the list ---- */

enum { COLUMN_NAME, COLUMN_STATUS, COLUMN_STATE, COLUMNS, LIST_COLUMNS_MAX = 64 };

/* Takes a line apart in place at the bars; returns how many columns. */
static size_t split(char *line, char *ret_columns[static LIST_COLUMNS_MAX])
{
	size_t n = 0;

	for (char *at = line; at && n < LIST_COLUMNS_MAX; n++) {
		ret_columns[n] = at;
		at = strchr(at, '|');
		if (at)
			*at++ = '\0';
	}
	return n;
}

static void take_row(struct agents *agents, const char *name, const char *status, const char *state)
{
	struct agents_one *one = one_take(agents, name);

	if (!one)
		return;
	one->listed = true;
	(void)read_status(status, &one->status);
	(void)read_state(state, &one->state);
	one->asked = one->to_set = false;
	one->team->load = true;
	agents_due(agents, one->team);
}

/* list_result_callback: a line of names, then one for each agent, "+OK". A row with another number
 * of columns than names has a bar in a value of which we know nothing. */
static void take_list(struct agents *agents, char *text)
{
	static const char *const names[COLUMNS] = {"name", "status", "state"};
	size_t at[COLUMNS] = {0}, n_names = 0;
	char *columns[LIST_COLUMNS_MAX], *rest;

	for (char *line = strtok_r(text, "\r\n", &rest); line;
	     line = strtok_r(NULL, "\r\n", &rest)) {
		size_t n = split(line, columns);

		if (n < COLUMNS)
			continue;
		if (n_names == n) {
			take_row(agents, columns[at[COLUMN_NAME]], columns[at[COLUMN_STATUS]],
			         columns[at[COLUMN_STATE]]);
			continue;
		}
		for (size_t i = 0; !n_names && i < n; i++)
			for (size_t j = 0; j < COLUMNS; j++)
				if (strcmp(columns[i], names[j]) == 0)
					at[j] = i;
		n_names = n_names ? n_names : n;
	}
}

/* With the mutex: who is not in the list is no agent there any more. */
static void forget_unlisted(struct agents *agents)
{
	for (size_t i = 0; i < AGENTS_LISTS; i++) {
		struct agents_one *one = LIST_FIRST(&agents->lists[i]), *next;

		for (; one; one = next) {
			next = LIST_NEXT(one, in_list);
			if (!one->listed) {
				one->team->load = true;
				agents_due(agents, one->team);
				one_free(agents, one);
			} else {
				one->listed = false;
			}
		}
	}
}

static void on_list(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct agents *agents = arg;
	char *copy;

	(void)esl;
	if (!body)
		return; /* asked again with the next connection */
	if (strncmp(body, "-", 1) == 0) {
		agents->ask_us = clock_monotonic_us() + AGENTS_ASK_AGAIN_US;
		return;
	}
	copy = strndup(body, n);
	if (!copy)
		return;
	pthread_mutex_lock(&agents->mutex);
	take_list(agents, copy);
	forget_unlisted(agents);
	pthread_mutex_unlock(&agents->mutex);
	free(copy);
}

static void ask(struct agents *agents)
{
	agents->ask_us = 0;
	esl_api(agents->node->esl, on_list, agents, "callcenter_config agent list");
}

/* ---- what the switch is to have ---- */

enum { SET_MAX = 128 };

struct set {
	char name[INERT_NAME_MAX];
	enum agent_status status;
};

/* With the mutex. */
static size_t gather(struct agents *agents, struct set sets[static SET_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < AGENTS_LISTS && n < SET_MAX; i++) {
		struct agents_one *one;

		LIST_FOREACH(one, &agents->lists[i], in_list)
		{
			if (!one->to_set || n == SET_MAX)
				continue;
			one->to_set = false;
			one->asked = true;
			sets[n].status = one->set;
			if (inert_name(one->number, one->team->domain, sets[n].name))
				n++;
		}
	}
	return n;
}

/* "-ERR Agent not found!": he is added later, and reported then. */
static void on_set(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct agents *agents = arg;

	(void)esl;
	(void)n;
	if (body && body[0] == '-')
		atomic_fetch_add(&agents->figure_faults, 1);
}

static void on_woken(void *state)
{
	struct agents *agents = state;
	struct set *sets = calloc(SET_MAX, sizeof(*sets));
	size_t n = SET_MAX;

	while (sets && n == SET_MAX && esl_is_up(agents->node->esl)) {
		pthread_mutex_lock(&agents->mutex);
		n = gather(agents, sets);
		pthread_mutex_unlock(&agents->mutex);
		for (size_t i = 0; i < n; i++) {
			atomic_fetch_add(&agents->figure_set, 1);
			esl_api(agents->node->esl, on_set, agents,
			        "callcenter_config agent set status '%s' '%s'", sets[i].name,
			        status_name(sets[i].status));
		}
	}
	free(sets);
}

/* ---- the part ---- */

static void on_up(void *state)
{
	struct agents *agents = state;

	pthread_mutex_lock(&agents->mutex);
	agents->up = true;
	agents->away_since_us = 0;
	pthread_mutex_unlock(&agents->mutex);
	ask(agents);
}

static void on_down(void *state)
{
	struct agents *agents = state;

	pthread_mutex_lock(&agents->mutex);
	agents->up = false;
	agents->away_since_us = clock_monotonic_us();
	pthread_mutex_unlock(&agents->mutex);
}

static void on_tick(void *state, int64_t now_us)
{
	struct agents *agents = state;

	if (agents->ask_us && now_us >= agents->ask_us)
		ask(agents);
}

/* A status was asked for, or changed at a switch. */
static void on_hear(void *state, enum listen_event heard, const char *payload)
{
	struct agents *agents = state;
	struct agents_team *team;
	struct uuid tenant = {0};

	if (heard == LISTEN_LOST ||
	    (heard == LISTEN_CHANGED && !listen_names(payload, "agent", &tenant)))
		return;
	pthread_mutex_lock(&agents->mutex);
	for (size_t i = 0; i < AGENTS_LISTS; i++)
		LIST_FOREACH(team, &agents->teams[i], in_list)
	if (heard == LISTEN_RESTORED || uuid_equal(&team->tenant, &tenant)) {
		team->load = true;
		agents_due(agents, team);
	}
	pthread_mutex_unlock(&agents->mutex);
}

static void add_figures(void *state, struct text *json)
{
	struct agents *agents = state;
	size_t n;

	pthread_mutex_lock(&agents->mutex);
	n = agents->n;
	pthread_mutex_unlock(&agents->mutex);
	text_addf(json,
	          ",\"agents\":%zu,\"agent_events\":%llu,\"agents_set\":%llu,"
	          "\"agent_faults\":%llu",
	          n, (unsigned long long)atomic_load(&agents->figure_events),
	          (unsigned long long)atomic_load(&agents->figure_set),
	          (unsigned long long)atomic_load(&agents->figure_faults));
}

static void close_part(void *state)
{
	struct agents *agents = state;

	if (!agents)
		return;
	behind_close(agents->behind);
	for (size_t i = 0; i < AGENTS_LISTS; i++)
		while (!LIST_EMPTY(&agents->lists[i]))
			one_free(agents, LIST_FIRST(&agents->lists[i]));
	for (size_t i = 0; i < AGENTS_LISTS; i++)
		while (!LIST_EMPTY(&agents->teams[i])) {
			struct agents_team *team = LIST_FIRST(&agents->teams[i]);

			LIST_REMOVE(team, in_list);
			free(team);
		}
	pthread_mutex_destroy(&agents->mutex);
	free(agents);
}

static enum error_code open_part(const struct fs_node *node, void **ret_state, struct error *err)
{
	struct agents *agents = calloc(1, sizeof(*agents));
	enum error_code code;

	if (!agents)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	agents->node = node;
	agents->away_since_us = clock_monotonic_us();
	TAILQ_INIT(&agents->queue);
	pthread_mutex_init(&agents->mutex, NULL);
	code = behind_open(agents_write, agents, AGENTS_EVERY_MS, &agents->behind, err);
	if (code != ERROR_OK) {
		close_part(agents);
		return code;
	}
	*ret_state = agents;
	return ERROR_OK;
}

const struct fs_part fs_agents = {
	.name = "agents",
	.custom = "callcenter::info",
	.open = open_part,
	.close = close_part,
	.up = on_up,
	.down = on_down,
	.event = on_event,
	.tick = on_tick,
	.woken = on_woken,
	.hear = on_hear,
	.figures = add_figures,
};
