/*
 * What a switch says it has, after the connection was made or lost: mod_commands.c, show_function
 * and uuid_dump_function. "show channels" reads a table that FreeSWITCH writes behind, so it lists
 * channels that are over and misses new ones: it only says whom to ask about. uuid_dump asks the
 * channel itself.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "freeswitch/calls_private.h"

/* One question: the answer of an earlier connection is for nobody. */
struct asking {
	struct calls *calls;
	unsigned round;
	struct uuid id;
};

static struct asking *asking_new(struct calls *calls, const struct uuid *id)
{
	struct asking *asking = calloc(1, sizeof(*asking));

	if (asking)
		*asking = (struct asking){.calls = calls, .round = calls->round};
	if (asking && id)
		asking->id = *id;
	return asking;
}

static void ask_more(struct calls *calls);

static void compare(struct calls *calls, const struct uuid *id, const char *body, size_t n)
{
	struct call *call = calls_find(calls, id);
	struct esl_event *dump = n > 1 && body[0] != '-' ? esl_event_new(body, n) : NULL;

	/* Only "-ERR No such channel!" says so: another answer says nothing about the call. */
	if (!dump) {
		if (call && strncmp(body, "-ERR No such channel", 20) == 0)
			calls_ended(calls, call, NULL);
		return;
	}
	if (call && esl_header(dump, "Answer-State") &&
	    strcmp(esl_header(dump, "Answer-State"), "hangup") == 0) {
		calls_ended(calls, call, NULL);
		call = NULL;
	} else {
		call = calls_begin(calls, dump);
	}
	if (call)
		calls_compare(calls, call, dump);
	esl_event_free(dump);
}

static void on_dump(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct asking *asking = arg;
	struct calls *calls = asking->calls;

	(void)esl;
	if (asking->round == calls->round && body) {
		calls->dumps_open--;
		compare(calls, &asking->id, body, n);
		ask_more(calls);
	}
	free(asking);
}

/* All is known that was to be found out. */
static void finish(struct calls *calls)
{
	free(TAKE(calls->dumps));
	calls->n_dumps = calls->dumps_at = 0;
	if (!calls->adopted)
		live_adopt(calls->live);
	calls->adopted = true;
}

static void ask_more(struct calls *calls)
{
	while (calls->dumps_at < calls->n_dumps && calls->dumps_open < CALLS_DUMPS) {
		const struct uuid *id = &calls->dumps[calls->dumps_at];
		struct asking *asking = asking_new(calls, id);
		char text[UUID_TEXT_MAX];

		if (!asking)
			return;
		calls->dumps_at++;
		calls->dumps_open++;
		esl_api(calls->node->esl, on_dump, asking, "uuid_dump %s", uuid_format(id, text));
	}
	if (calls->dumps_at == calls->n_dumps && calls->dumps_open == 0)
		finish(calls);
}

/* FreeSWITCH writes bytes of names as they came; a JSON text is UTF-8. */
static void make_utf8(char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t length = 1;

		if ((unsigned char)text[i] >= 0x80) {
			for (length = 2; length <= 4 && i + length <= n; length++)
				if (text_is_utf8(text + i, length))
					break;
			if (length > 4 || i + length > n) {
				text[i] = '?';
				length = 1;
			}
		}
		i += length;
	}
}

static json_t *read_list(const char *body, size_t n)
{
	char *copy = malloc(n + 1);
	json_t *list = NULL;

	if (!copy)
		return NULL;
	memcpy(copy, body, n);
	make_utf8(copy, n);
	list = json_loadb(copy, n, JSON_DISABLE_EOF_CHECK, NULL);
	free(copy);
	return list;
}

static void add_dump(struct calls *calls, const struct uuid *id)
{
	if (calls->n_dumps < 2 * CALLS_MAX)
		calls->dumps[calls->n_dumps++] = *id;
}

/* Channels that called in, and the calls we knew before: their state may have changed. */
static void gather(struct calls *calls, const json_t *rows)
{
	struct call *call;
	struct uuid id;
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *uuid = json_string_value(json_object_get(row, "uuid"));
		const char *direction = json_string_value(json_object_get(row, "direction"));

		if (uuid && direction && strcmp(direction, "inbound") == 0 &&
		    uuid_parse(uuid, &id) && !calls_find(calls, &id))
			add_dump(calls, &id);
	}
	for (i = 0; i < CALLS_LISTS; i++)
		LIST_FOREACH(call, &calls->lists[i], in_list)
	if (!call->fresh)
		add_dump(calls, &call->id);
}

static void on_list(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct asking *asking = arg;
	struct calls *calls = asking->calls;
	json_t *list = NULL;

	(void)esl;
	if (asking->round == calls->round && body) {
		list = read_list(body, n);
		free(calls->dumps);
		calls->n_dumps = calls->dumps_at = calls->dumps_open = 0;
		calls->dumps = calloc(2 * CALLS_MAX, sizeof(*calls->dumps));
		if (calls->dumps) {
			gather(calls, json_object_get(list, "rows"));
			ask_more(calls);
		}
	}
	json_decref(list);
	free(asking);
}

void calls_ask(struct calls *calls)
{
	struct asking *asking;

	calls->round++;
	asking = asking_new(calls, NULL);
	if (asking)
		esl_api(calls->node->esl, on_list, asking, "show channels as json");
}
