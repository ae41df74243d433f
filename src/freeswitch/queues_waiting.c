/*
 * Callers who wait in a queue that is about to be unloaded: it was removed here, or is called
 * otherwise now. mod_callcenter forgets them (mod_callcenter.c, destroy_queue, members_callback):
 * music, and no agent, until they hang up. So each is sent through the dialplan once more, with the
 * number he dialled: to the queue under its new name, or wherever the number leads now.
 */
#include <string.h>

#include "base/uuid.h"
#include "freeswitch/inert.h"
#include "freeswitch/queues_private.h"

enum { CELLS_MAX = 64 };

/* A caller, once he is known; `channel` is nil before. */
struct leaving {
	struct uuid channel;
	char context[DOMAIN_MAX];
};

static struct leaving *leaving_new(const struct leaving *like)
{
	struct leaving *leaving = malloc(sizeof(*leaving));

	if (leaving)
		*leaving = *like;
	return leaving;
}

/* What the phone dialled: nothing that would be more than one word of a command. */
static bool is_dialled(const char *text, size_t n)
{
	return n && n < EXTENSION_NUMBER_MAX && strspn(text, "0123456789*#+") == n;
}

static void on_dialled(struct esl *esl, const char *body, size_t n, void *arg)
{
	AUTO(auto_free) struct leaving *leaving = arg;
	char channel[UUID_TEXT_MAX];

	if (!body || body[0] == '-') /* he has hung up */
		return;
	uuid_format(&leaving->channel, channel);
	if (is_dialled(body, n))
		esl_api(esl, NULL, NULL, "uuid_transfer %s %s XML %s", channel, body,
		        leaving->context);
	else
		esl_api(esl, NULL, NULL, "uuid_kill %s NORMAL_TEMPORARY_FAILURE", channel);
}

/* Where the two columns are: the channel's counted from the left, the state's from the right, since
 * what a caller is called stands between them and may have a bar in it. */
struct columns_of_members {
	size_t n, channel, state_behind;
};

static size_t split(char *line, char **cells)
{
	size_t n = 0;

	for (char *cell; n < CELLS_MAX && (cell = strsep(&line, "|"));)
		cells[n++] = cell;
	return n;
}

static void read_names(char *line, struct columns_of_members *ret_columns)
{
	char *cells[CELLS_MAX];
	size_t n = split(line, cells);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(cells[i], "session_uuid") == 0)
			ret_columns->channel = i;
		else if (strcmp(cells[i], "state") == 0)
			ret_columns->state_behind = n - i;
	}
	ret_columns->n = n;
}

/* Whether somebody waits there: he does while an agent is rung, and not while he talks to one. */
static bool read_member(char *line, const struct columns_of_members *columns,
                        struct uuid *ret_channel)
{
	char *cells[CELLS_MAX];
	size_t n = split(line, cells);
	const char *state;

	if (n < columns->n || !columns->state_behind)
		return false;
	state = cells[n - columns->state_behind];
	return (strcmp(state, "Waiting") == 0 || strcmp(state, "Trying") == 0) &&
	       uuid_parse(cells[columns->channel], ret_channel);
}

static void on_members(struct esl *esl, const char *body, size_t n, void *arg)
{
	AUTO(auto_free) struct leaving *leaving = arg;
	AUTO(auto_free) char *text = body ? strndup(body, n) : NULL;
	struct columns_of_members columns = {0};
	char *rest = text;

	while (rest && *rest) {
		char *line = strsep(&rest, "\n"), channel[UUID_TEXT_MAX];
		struct leaving *one;

		if (!columns.n) {
			read_names(line, &columns);
			continue;
		}
		if (!read_member(line, &columns, &leaving->channel))
			continue;
		one = leaving_new(leaving);
		if (one)
			esl_api(esl, on_dialled, one, "uuid_getvar %s destination_number",
			        uuid_format(&one->channel, channel));
	}
}

void queues_move_waiting(struct queues *queues, const char *command)
{
	static const char unload[] = "callcenter_config queue unload ";
	struct leaving like = {0}, *leaving;
	char name[INERT_NAME_MAX], full[INERT_NAME_MAX + 2];
	const char *word = command + strlen(unload);
	size_t n;

	if (strncmp(command, unload, strlen(unload)) != 0)
		return;
	n = strlen(word);
	if (n > 2 && word[0] == '\'') { /* quoted for its blanks */
		word++;
		n -= 2;
	}
	if (n >= sizeof(full))
		return;
	memcpy(full, word, n);
	full[n] = '\0';
	if (!inert_split(full, name, like.context))
		return;
	leaving = leaving_new(&like);
	if (leaving)
		esl_api(queues->node->esl, on_members, leaving,
		        "callcenter_config queue list members '%s'", full);
}
