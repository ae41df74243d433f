#include <stdio.h>
#include <string.h>

#include "freeswitch/tables_columns.h"

enum { COMMAND_MAX = 2048 };

/* What FreeSWITCH calls the things of a table, and what is said to make one, change one, and end
 * one. mod_callcenter.c, cc_config_api_function; mod_local_stream.c, local_stream_function. */
static const struct {
	const char *section, *make, *change, *end;
} words[TABLE_COUNT] = {
	[TABLE_QUEUES] = {"callcenter_config queue", "load",  NULL,  "unload"},
	[TABLE_AGENTS] = {"callcenter_config agent", "add",   "set", "del"   },
	[TABLE_TIERS] = {"callcenter_config tier",  "add",   "set", "del"   },
	[TABLE_STREAMS] = {"local_stream",            "start", NULL,  "stop"  },
};

struct differing {
	const struct tables *have, *want;
	command_h *h;
	void *arg;
};

/* A word of an API command: quoted where it has blanks (switch_utils.c,
 * separate_string_blank_delim). What inert.h lets pass has neither quotes nor backslashes. */
static void add_word(char *command, const char *word)
{
	size_t n = strlen(command);
	const char *quote = !*word || strchr(word, ' ') ? "'" : "";

	snprintf(command + n, COMMAND_MAX - n, " %s%s%s", quote, word, quote);
}

static bool say(const struct differing *differing, enum table table, const char *verb,
                const char *const *arguments, size_t n, bool loads)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command), "%s %s", words[table].section, verb);
	for (size_t i = 0; i < n; i++)
		add_word(command, arguments[i]);
	return differing->h(command, loads, differing->arg);
}

/* Those of the row's values that are not as in `old`; NULL: all of them. */
static bool change(const struct differing *differing, enum table table, const struct row *row,
                   const struct row *old)
{
	size_t keys = columns[table].keys;

	for (size_t i = keys; i < columns[table].n; i++) {
		const char *arguments[1 + 2 + 1] = {columns[table].names[i]};

		if (old && strcmp(row->fields[i], old->fields[i]) == 0)
			continue;
		memcpy(arguments + 1, row->fields, keys * sizeof(*arguments));
		arguments[1 + keys] = row->fields[i];
		if (!say(differing, table, words[table].change, arguments, keys + 2, false))
			return false;
	}
	return true;
}

static bool make(const struct differing *differing, enum table table, const struct row *row)
{
	const char *arguments[TABLE_FIELDS_MAX] = {row->fields[0]};

	switch (table) {
	case TABLE_AGENTS:
		arguments[1] = "Callback";
		return say(differing, table, words[table].make, arguments, 2, false) &&
		       change(differing, table, row, NULL);
	case TABLE_TIERS:
		memcpy(arguments, row->fields, columns[table].n * sizeof(*arguments));
		return say(differing, table, words[table].make, arguments, columns[table].n, false);
	case TABLE_QUEUES:
	case TABLE_STREAMS:
	case TABLE_COUNT:
		break;
	}
	return say(differing, table, words[table].make, arguments, 1, table == TABLE_QUEUES);
}

static bool same_values(enum table table, const struct row *a, const struct row *b)
{
	for (size_t i = columns[table].keys; i < columns[table].n; i++)
		if (strcmp(a->fields[i], b->fields[i]) != 0)
			return false;
	return true;
}

/* Whether the queue is to be loaded: it is not there, or not as it should be. */
static bool is_loaded_now(const struct differing *differing, const char *queue)
{
	const struct row *want =
		rows_find(&differing->want->of[TABLE_QUEUES], TABLE_QUEUES, &queue);
	const struct row *have =
		rows_find(&differing->have->of[TABLE_QUEUES], TABLE_QUEUES, &queue);

	return want && !(have && same_values(TABLE_QUEUES, want, have));
}

static bool comes_with_a_queue(const struct differing *differing, enum table table,
                               const struct row *row)
{
	const struct rows *tiers = &differing->want->of[TABLE_TIERS];

	if (table == TABLE_TIERS)
		return is_loaded_now(differing, row->fields[0]);
	if (table != TABLE_AGENTS)
		return false;
	for (size_t i = 0; i < tiers->n; i++)
		if (strcmp(tiers->rows[i].fields[1], row->fields[0]) == 0 &&
		    is_loaded_now(differing, tiers->rows[i].fields[0]))
			return true;
	return false;
}

/* What is wanted and not there, or not so. */
static bool make_all(const struct differing *differing, enum table table)
{
	const struct rows *want = &differing->want->of[table];
	bool good = true;

	for (size_t i = 0; i < want->n && good; i++) {
		const struct row *row = &want->rows[i];
		const struct row *old = rows_find(&differing->have->of[table], table,
		                                  (const char *const *)row->fields);

		if ((old && same_values(table, row, old)) ||
		    comes_with_a_queue(differing, table, row))
			continue;
		if (old && words[table].change)
			good = change(differing, table, row, old);
		else
			good = make(differing, table, row);
	}
	return good;
}

/* `agent del` takes the agent's tiers with it. */
static bool goes_with_its_agent(const struct differing *differing, enum table table,
                                const struct row *row)
{
	const char *agent = row->fields[1];

	return table == TABLE_TIERS &&
	       rows_find(&differing->have->of[TABLE_AGENTS], TABLE_AGENTS, &agent) &&
	       !rows_find(&differing->want->of[TABLE_AGENTS], TABLE_AGENTS, &agent);
}

static bool end_all(const struct differing *differing, enum table table)
{
	const struct rows *have = &differing->have->of[table];
	bool good = true;

	for (size_t i = 0; i < have->n && good; i++) {
		const struct row *row = &have->rows[i];

		if (!rows_find(&differing->want->of[table], table,
		               (const char *const *)row->fields) &&
		    !goes_with_its_agent(differing, table, row))
			good = say(differing, table, words[table].end,
			           (const char *const *)row->fields, columns[table].keys, false);
	}
	return good;
}

bool tables_differ(const struct tables *have, const struct tables *want, command_h *h, void *arg)
{
	const struct differing differing = {have, want, h, arg};

	/* A queue plays a stream, a tier needs its queue and agent: made in that order, and ended
	 * in the other. */
	return make_all(&differing, TABLE_STREAMS) && make_all(&differing, TABLE_QUEUES) &&
	       make_all(&differing, TABLE_AGENTS) && make_all(&differing, TABLE_TIERS) &&
	       end_all(&differing, TABLE_TIERS) && end_all(&differing, TABLE_AGENTS) &&
	       end_all(&differing, TABLE_QUEUES) && end_all(&differing, TABLE_STREAMS);
}
