/*
 * Ends the channel that a ring-all queue forgets: two agents answer within some 20 ms, the one that
 * loses the race finds its cc_member_pre_answer_uuid cleared already, so that nobody hangs it up
 * (mod_callcenter.c:1904 and 1925, outbound_agent_thread_run; seen on FreeSWITCH 1.11). Its phone
 * hears nothing, and the channel stays until the agent hangs up.
 *
 * A suspect is an agent's leg that was answered, or that was there, bridged to nobody, when the
 * connection was made. It is none any more when mod_callcenter says bridge-agent-start, when it is
 * bridged or hung up. After two seconds the channel itself is asked, and then its member: only when
 * nobody will connect the two any more is it ended. What cannot be asked is believed to be as the
 * events told, but a channel that only was there is left alone then.
 */
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "freeswitch/parts.h"

enum {
	SUSPECTS_MAX = 512,
	GRACE_US = 2 * 1000 * 1000,
	PATIENCE_US = 10 * 1000 * 1000, /* while its member still waits */
	LOOK_AGAIN_US = 30 * 1000 * 1000,
};

struct suspect {
	struct orphans *orphans;
	struct uuid id;
	struct uuid member;
	int64_t since_us, due_us; /* since_us 0: the place is free */
	bool heard;               /* its answer was heard: we saw all that happened since */
	bool asked;               /* an answer of the switch is to come */
	bool cleared;             /* no suspect any more */
};

struct orphans {
	const struct fs_node *node;
	struct suspect suspects[SUSPECTS_MAX];
	size_t n; /* in use */
	bool missed;
	int64_t looked_us;
	_Atomic size_t figure_suspects;
	_Atomic uint64_t figure_ended;
};

static bool header_is(const struct esl_event *event, const char *name, const char *value)
{
	const char *header = esl_header(event, name);

	return header && strcmp(header, value) == 0;
}

static bool header_uuid(const struct esl_event *event, const char *name, struct uuid *ret_uuid)
{
	const char *header = esl_header(event, name);

	return header && uuid_parse(header, ret_uuid);
}

static struct suspect *find(struct orphans *orphans, const struct uuid *id)
{
	for (size_t i = 0; orphans->n && i < SUSPECTS_MAX; i++) {
		struct suspect *suspect = &orphans->suspects[i];

		if (suspect->since_us && uuid_equal(&suspect->id, id))
			return suspect;
	}
	return NULL;
}

static void forget(struct suspect *suspect)
{
	struct orphans *orphans = suspect->orphans;

	if (!suspect->since_us)
		return;
	suspect->since_us = 0;
	atomic_store(&orphans->figure_suspects, --orphans->n);
}

/* Its place is kept while an answer for it is to come. */
static void clear(struct orphans *orphans, const struct uuid *id)
{
	struct suspect *suspect = find(orphans, id);

	if (!suspect)
		return;
	suspect->cleared = true;
	if (!suspect->asked)
		forget(suspect);
}

static void suspect_add(struct orphans *orphans, const struct uuid *id, bool heard)
{
	int64_t now_us = clock_monotonic_us();
	struct suspect *suspect = find(orphans, id);

	if (suspect && (suspect->heard || !heard || suspect->asked))
		return;
	if (!suspect) {
		suspect = orphans->suspects;
		while (suspect < orphans->suspects + SUSPECTS_MAX && suspect->since_us)
			suspect++;
		if (suspect == orphans->suspects + SUSPECTS_MAX) {
			orphans->missed = true;
			return;
		}
		atomic_store(&orphans->figure_suspects, ++orphans->n);
	}
	*suspect = (struct suspect){.orphans = orphans,
	                            .id = *id,
	                            .since_us = now_us,
	                            .due_us = now_us + GRACE_US,
	                            .heard = heard};
}

/* ---- one suspect: its channel is asked, then its member, then it is ended ---- */

static bool is_gone(const char *body)
{
	return strncmp(body, "-ERR No such channel", 20) == 0;
}

/* The suspect of an answer, unless the matter is settled. */
static struct suspect *answered(void *arg, const char *body)
{
	struct suspect *suspect = arg;

	suspect->asked = false;
	if (body && !suspect->cleared)
		return suspect;
	forget(suspect);
	return NULL;
}

static void on_killed(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct suspect *suspect = arg;
	char id[UUID_TEXT_MAX];

	(void)esl, (void)n;
	suspect->asked = false;
	if (body && strncmp(body, "+OK", 3) == 0) {
		atomic_fetch_add(&suspect->orphans->figure_ended, 1);
		log_event(LOG_WARNING, "freeswitch",
		          "ended the leg of an agent who lost the race of ring-all",
		          LOG_TEXT("node", suspect->orphans->node->name),
		          LOG_TEXT("channel", uuid_format(&suspect->id, id)));
	}
	forget(suspect);
}

static void end(struct esl *esl, struct suspect *suspect)
{
	char id[UUID_TEXT_MAX];

	suspect->asked = true;
	esl_api(esl, on_killed, suspect, "uuid_kill %s LOSE_RACE", uuid_format(&suspect->id, id));
}

static void wait_more(struct suspect *suspect)
{
	suspect->due_us = clock_monotonic_us() + GRACE_US;
}

/* Whom the member was given to, or is going to be (mod_callcenter sets it before it bridges). While
 * nobody, the winner may be listening to an announcement. */
static void on_member(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct suspect *suspect = answered(arg, body);
	struct uuid agent;

	if (!suspect)
		return;
	while (n && strchr("\r\n ", body[n - 1]))
		n--;
	if (n == 7 && memcmp(body, "_undef_", 7) == 0) {
		if (suspect->heard && clock_monotonic_us() - suspect->since_us >= PATIENCE_US)
			end(esl, suspect);
		else
			wait_more(suspect);
		return;
	}
	if (n == UUID_TEXT_MAX - 1) {
		char text[UUID_TEXT_MAX];

		memcpy(text, body, n);
		text[n] = '\0';
		if (uuid_parse(text, &agent) && uuid_equal(&agent, &suspect->id)) {
			forget(suspect);
			return;
		}
		end(esl, suspect);
		return;
	}
	if (suspect->heard || is_gone(body))
		end(esl, suspect);
	else
		forget(suspect);
}

enum verdict { INNOCENT, NOT_YET, ASK_MEMBER, ORPHAN };

static enum verdict judge(const struct esl_event *dump, struct suspect *suspect)
{
	if (!header_is(dump, "variable_cc_side", "agent") ||
	    header_is(dump, "variable_cc_agent_type", "uuid-standby") ||
	    esl_header(dump, "variable_cc_agent_bridged") ||
	    esl_header(dump, "variable_bridge_uuid") || esl_header(dump, "variable_signal_bond") ||
	    header_is(dump, "Answer-State", "hangup"))
		return INNOCENT;
	/* Still ringing, or asked to confirm: mod_callcenter has it in hand. */
	if (!header_is(dump, "Answer-State", "answered") ||
	    esl_header(dump, "variable_cc_member_pre_answer_uuid"))
		return NOT_YET;
	return header_uuid(dump, "variable_cc_member_session_uuid", &suspect->member) ? ASK_MEMBER
	                                                                              : ORPHAN;
}

static void on_dump(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct suspect *suspect = answered(arg, body);
	struct esl_event *dump;
	enum verdict verdict;
	char member[UUID_TEXT_MAX];

	if (!suspect)
		return;
	dump = body[0] != '-' ? esl_event_new(body, n) : NULL;
	if (is_gone(body))
		verdict = INNOCENT;
	else if (dump && esl_header(dump, "Unique-ID"))
		verdict = judge(dump, suspect);
	else
		verdict = suspect->heard ? ORPHAN : INNOCENT;
	esl_event_free(dump);
	switch (verdict) {
	case INNOCENT:
		forget(suspect);
		return;
	case NOT_YET:
		wait_more(suspect);
		return;
	case ASK_MEMBER:
		suspect->asked = true;
		esl_api(esl, on_member, suspect, "uuid_getvar %s cc_agent_uuid",
		        uuid_format(&suspect->member, member));
		return;
	case ORPHAN:
		end(esl, suspect);
	}
}

/* ---- who is one ---- */

static void on_answer(struct orphans *orphans, const struct esl_event *event)
{
	struct uuid id;

	if (header_is(event, "variable_cc_side", "agent") &&
	    !header_is(event, "variable_cc_agent_type", "uuid-standby") &&
	    header_uuid(event, "Unique-ID", &id))
		suspect_add(orphans, &id, true);
}

static void clear_all(struct orphans *orphans, const struct esl_event *event,
                      const char *const *headers, size_t n)
{
	struct uuid id;

	for (size_t i = 0; i < n; i++)
		if (header_uuid(event, headers[i], &id))
			clear(orphans, &id);
}

static void on_gone(struct orphans *orphans, const struct esl_event *event)
{
	static const char *const headers[] = {"Unique-ID"};

	clear_all(orphans, event, headers, COUNT_OF(headers));
}

static void on_bridge(struct orphans *orphans, const struct esl_event *event)
{
	static const char *const headers[] = {"Unique-ID", "Other-Leg-Unique-ID",
	                                      "Bridge-A-Unique-ID", "Bridge-B-Unique-ID"};

	clear_all(orphans, event, headers, COUNT_OF(headers));
}

static void on_custom(struct orphans *orphans, const struct esl_event *event)
{
	static const char *const headers[] = {"CC-Agent-UUID"};

	if (header_is(event, "CC-Action", "bridge-agent-start"))
		clear_all(orphans, event, headers, COUNT_OF(headers));
}

static const struct {
	const char *name;
	void (*on)(struct orphans *orphans, const struct esl_event *event);
} events[] = {
	{"CHANNEL_ANSWER", on_answer},
	{"CHANNEL_BRIDGE", on_bridge},
	{"CHANNEL_HANGUP", on_gone  },
	{"CUSTOM",         on_custom},
};

static const char *row_text(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

/* Channels that were called, are answered and exchange media with nobody: mod_commands.c,
 * show_function. The table is written behind, and has no variables: the dump decides. */
static void on_channels(struct esl *esl, const char *body, size_t n, void *arg)
{
	struct orphans *orphans = arg;
	json_t *root = body ? json_loadb(body, n, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
	const json_t *row;
	size_t i;

	(void)esl;
	json_array_foreach(json_object_get(root, "rows"), i, row)
	{
		struct uuid id;

		if (strcmp(row_text(row, "direction"), "outbound") == 0 &&
		    strcmp(row_text(row, "state"), "CS_CONSUME_MEDIA") == 0 &&
		    uuid_parse(row_text(row, "uuid"), &id))
			suspect_add(orphans, &id, false);
	}
	json_decref(root);
}

static void look(struct orphans *orphans)
{
	orphans->missed = false;
	orphans->looked_us = clock_monotonic_us();
	esl_api(orphans->node->esl, on_channels, orphans, "show channels as json");
}

/* ---- the part ---- */

static enum error_code open_part(const struct fs_node *node, void **ret_state, struct error *err)
{
	struct orphans *orphans = calloc(1, sizeof(*orphans));

	if (!orphans)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	orphans->node = node;
	*ret_state = orphans;
	return ERROR_OK;
}

static void on_up(void *state)
{
	look(state);
}

/* What happens meanwhile is not heard. */
static void on_down(void *state)
{
	struct orphans *orphans = state;

	for (size_t i = 0; i < SUSPECTS_MAX; i++) {
		struct suspect *suspect = &orphans->suspects[i];

		if (suspect->since_us)
			clear(orphans, &suspect->id);
	}
}

static void on_event(void *state, const struct esl_event *event)
{
	const char *name = esl_header(event, "Event-Name");

	for (size_t i = 0; name && i < COUNT_OF(events); i++)
		if (strcmp(name, events[i].name) == 0)
			events[i].on(state, event);
}

static void on_tick(void *state, int64_t now_us)
{
	struct orphans *orphans = state;
	size_t left = orphans->n;
	char id[UUID_TEXT_MAX];

	if (orphans->missed && now_us - orphans->looked_us >= LOOK_AGAIN_US)
		look(orphans);
	for (size_t i = 0; left && i < SUSPECTS_MAX; i++) {
		struct suspect *suspect = &orphans->suspects[i];

		left -= suspect->since_us != 0;
		if (!suspect->since_us || suspect->asked || suspect->due_us > now_us)
			continue;
		suspect->asked = true;
		esl_api(orphans->node->esl, on_dump, suspect, "uuid_dump %s",
		        uuid_format(&suspect->id, id));
	}
}

static void add_figures(void *state, struct text *json)
{
	struct orphans *orphans = state;

	text_addf(json, ",\"orphan_suspects\":%zu,\"orphans_ended\":%llu",
	          atomic_load(&orphans->figure_suspects),
	          (unsigned long long)atomic_load(&orphans->figure_ended));
}

const struct fs_part fs_orphans = {
	.name = "orphans",
	.events = "CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_HANGUP",
	.custom = "callcenter::info",
	.open = open_part,
	.close = free,
	.up = on_up,
	.down = on_down,
	.event = on_event,
	.tick = on_tick,
	.figures = add_figures,
};
