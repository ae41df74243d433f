/*
 * What channels tell of calls. Source: FreeSWITCH switch_channel.c, switch_core_state_machine.c,
 * switch_ivr_bridge.c, mod_callcenter.c (1.11).
 *
 *   CHANNEL_CREATE   at CS_INIT: mod_sofia has authenticated, the caller's context is there, the
 *                    dialplan is next (sofia.c: sofia_handle_sip_i_state); a refused INVITE has
 * none CHANNEL_BRIDGE   may come with early media, before the other side answers: both count
 * together CHANNEL_HANGUP   at once; CHANNEL_HANGUP_COMPLETE waits until mod_xml_cdr has been
 * answered
 *
 * Events may come in another order than they happened once FreeSWITCH dispatches by several
 * threads.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "freeswitch/calls_private.h"
#include "freeswitch/inert.h"

static unsigned list_of(const struct uuid *id)
{
	return ((unsigned)id->bytes[14] << 8 | id->bytes[15]) % CALLS_LISTS;
}

struct call *calls_find(struct calls *calls, const struct uuid *id)
{
	struct call *call;

	LIST_FOREACH(call, &calls->lists[list_of(id)], in_list)
	if (uuid_equal(&call->id, id))
		return call;
	return NULL;
}

static bool is_gone(const struct calls *calls, const struct uuid *id)
{
	for (size_t i = 0; i < CALLS_GONE; i++)
		if (uuid_equal(&calls->gone[i], id))
			return true;
	return false;
}

static const char *header(const struct esl_event *event, const char *name)
{
	const char *value = esl_header(event, name);

	return value ? value : "";
}

static bool header_is(const struct esl_event *event, const char *name, const char *value)
{
	return strcmp(header(event, name), value) == 0;
}

static bool header_uuid(const struct esl_event *event, const char *name, struct uuid *ret_uuid)
{
	return uuid_parse(header(event, name), ret_uuid);
}

/* Unix microseconds; what is none, or of another age, is now. */
static int64_t header_us(const struct esl_event *event, const char *name, int64_t scale)
{
	int64_t now_us = clock_unix_us(), us;
	const char *text = header(event, name);

	if (strlen(text) > 18)
		return now_us;
	us = strtoll(text, NULL, 10) * scale;
	return us > 0 && us <= now_us + INT64_C(3600000000) ? us : now_us;
}

/* ---- whose it is ---- */

/* What says whose a call is, best first: the dialplan's own word, the directory's, the context of
 * who logged in, the queue. Nothing a caller sends reaches these. */
static const char *const domain_headers[] = {
	"variable_tenant",
	"variable_domain_name",
	"Caller-Context",
	"CC-Queue",
};

/* The first that is a tenant's; ret_domain: the name to look for again where it is being loaded. */
static enum directory_answer tenant_of(struct calls *calls, const struct esl_event *event,
                                       char ret_domain[static DOMAIN_MAX],
                                       struct snapshot **ret_snapshot)
{
	for (size_t i = 0; i < COUNT_OF(domain_headers); i++) {
		const char *value = header(event, domain_headers[i]);
		const char *at = strrchr(value, '@');
		const char *domain = at ? at + 1 : value;
		enum directory_answer answer = whose_domain(calls->whose, domain, ret_snapshot);

		if (answer == DIRECTORY_ASK)
			snprintf(ret_domain, DOMAIN_MAX, "%s", domain);
		if (answer != DIRECTORY_ABSENT)
			return answer;
	}
	return DIRECTORY_ABSENT;
}

/* ---- a call begins, is answered, ends ---- */

static void words_free(struct call_words *words)
{
	if (!words)
		return;
	free(words->domain);
	free(words->from);
	free(words->name);
	free(words->to);
	free(words);
}

static struct call_words *words_new(const char *domain, const struct live_call *live)
{
	struct call_words *words = calloc(1, sizeof(*words));

	if (!words)
		return NULL;
	words->domain = strdup(domain);
	words->from = strndup(live->from_number, 256);
	words->name = strndup(live->from_name, 256);
	words->to = strndup(live->to_number, 256);
	if (!words->domain || !words->from || !words->name || !words->to) {
		words_free(words);
		return NULL;
	}
	return words;
}

static void call_free(struct calls *calls, struct call *call)
{
	LIST_REMOVE(call, in_list);
	if (call->words)
		LIST_REMOVE(call, in_waiting);
	words_free(call->words);
	free(call);
	atomic_store(&calls->figure_calls, --calls->n);
}

static const char *first_of(const struct esl_event *event, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (*header(event, names[i]))
			return header(event, names[i]);
	return "";
}

/* The numbers as the built-in engine shows them: extensions by their numbers. */
static struct live_call live_of(const struct call *call, const struct esl_event *event)
{
	static const char *const numbers[] = {"variable_extension_number",
	                                      "Caller-Caller-ID-Number", "CC-Member-CID-Number"};
	static const char *const names[] = {"Caller-Caller-ID-Name", "CC-Member-CID-Name"};

	return (struct live_call){
		.id = call->id,
		.tenant = call->tenant,
		.from_number = first_of(event, numbers, COUNT_OF(numbers)),
		.from_name = first_of(event, names, COUNT_OF(names)),
		.to_number = header(event, "Caller-Destination-Number"),
		.started_us = call->started_us,
	};
}

/* With the call's tenant, or waiting for it. */
static bool begin(struct calls *calls, struct call *call, const struct esl_event *event)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	char domain[DOMAIN_MAX];
	struct live_call live = live_of(call, event);

	switch (tenant_of(calls, event, domain, &snapshot)) {
	case DIRECTORY_HIT:
		live.tenant = call->tenant = snapshot->tenant;
		live_ringing(calls->live, &live);
		return true;
	case DIRECTORY_ASK:
		call->words = words_new(domain, &live);
		call->waits_until_us = clock_monotonic_us() + CALLS_TENANT_S * INT64_C(1000000);
		if (call->words)
			LIST_INSERT_HEAD(&calls->waiting, call, in_waiting);
		return call->words != NULL;
	case DIRECTORY_ABSENT:
		break;
	}
	atomic_fetch_add(&calls->figure_strangers, 1);
	return false;
}

struct call *calls_begin(struct calls *calls, const struct esl_event *event)
{
	struct call *call;
	struct uuid id;

	if (!header_uuid(event, "Unique-ID", &id) && !header_uuid(event, "Caller-Unique-ID", &id))
		return NULL;
	call = calls_find(calls, &id);
	if (call) {
		call->fresh = true;
		return call;
	}
	if (header_is(event, "Call-Direction", "outbound") ||
	    header_is(event, "variable_cc_side", "agent") ||
	    header_is(event, "Answer-State", "hangup") || is_gone(calls, &id) ||
	    calls->n >= CALLS_MAX)
		return NULL;
	call = calloc(1, sizeof(*call));
	if (!call)
		return NULL;
	call->id = id;
	call->fresh = true;
	call->started_us = header_us(event, "Caller-Channel-Created-Time", 1);
	if (!begin(calls, call, event)) {
		free(call);
		return NULL;
	}
	LIST_INSERT_HEAD(&calls->lists[list_of(&id)], call, in_list);
	atomic_store(&calls->figure_calls, ++calls->n);
	return call;
}

/* By call->number. */
static void answer(struct calls *calls, struct call *call, int64_t at_us)
{
	if (call->answered)
		return;
	call->answered = true;
	call->answered_us = at_us;
	if (!call->words)
		live_answered(calls->live, &call->id, call->number, at_us);
}

void calls_ended(struct calls *calls, struct call *call, const char *cause)
{
	calls->gone[calls->gone_at++ % CALLS_GONE] = call->id;
	if (!call->words)
		live_ended(calls->live, &call->id, cause);
	call_free(calls, call);
}

/* ---- who answered ---- */

/* Bounded copy: a number that does not fit is none of ours. */
static void keep_number(struct call *call, const char *number, size_t n)
{
	if (n >= sizeof(call->number))
		n = 0;
	memcpy(call->number, number, n);
	call->number[n] = '\0';
}

/* By the user that was dialled (its name is what we said it is: freeswitch/lookup_directory.c). */
static bool number_of_user(struct calls *calls, struct call *call, const struct esl_event *event)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	const struct extension *extension;
	struct uuid user;

	if (!header_uuid(event, "variable_dialed_user", &user) ||
	    directory_peek_auth_username(calls->node->directory, &user, &snapshot) != DIRECTORY_HIT)
		return false;
	extension = snapshot_by_auth_username(snapshot, &user);
	if (!extension || !uuid_equal(&snapshot->tenant, &call->tenant))
		return false;
	keep_number(call, extension->number, strlen(extension->number));
	return true;
}

/* The number of whoever was called: of a called channel's own event, or of the caller's. */
static void keep_answerer(struct calls *calls, struct call *call, const struct esl_event *event,
                          bool own)
{
	const char *number = header(event, "variable_extension_number");
	const char *presence = header(event, "Channel-Presence-ID");
	const char *other =
		header(event, own ? "Caller-Destination-Number" : "Other-Leg-Destination-Number");

	if (own && *number)
		keep_number(call, number, strlen(number));
	else if (own && strchr(presence, '@'))
		keep_number(call, presence, strcspn(presence, "@"));
	else if (!number_of_user(calls, call, event))
		keep_number(call, other, strlen(other));
}

/* The date of a dump is that of the question. */
static int64_t answer_us(const struct esl_event *event)
{
	bool dump = header_is(event, "Event-Name", "CHANNEL_DATA");

	return header_us(event, dump ? "Caller-Channel-Answered-Time" : "Event-Date-Timestamp", 1);
}

/* Connected, and the other side has answered. */
static void try_answer(struct calls *calls, struct call *call, const struct esl_event *event)
{
	if (!call->member && !uuid_is_nil(&call->bridged) &&
	    uuid_equal(&call->bridged, &call->answerer))
		answer(calls, call, answer_us(event));
}

/* An announcement is answered by nobody but the switch. */
static bool is_announcement(struct calls *calls, const struct call *call,
                            const struct esl_event *event)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	const struct number *number;

	if (directory_peek_tenant(calls->node->directory, &call->tenant, &snapshot) !=
	    DIRECTORY_HIT)
		return false;
	number = snapshot_number(snapshot, header(event, "Caller-Destination-Number"));
	return number && number->sound;
}

/* ---- events ---- */

static void on_create(struct calls *calls, const struct esl_event *event)
{
	if (header_is(event, "Call-Direction", "inbound"))
		(void)calls_begin(calls, event);
}

static void on_caller_answered(struct calls *calls, const struct esl_event *event)
{
	struct call *call = calls_begin(calls, event);

	if (!call)
		return;
	if (is_announcement(calls, call, event)) {
		const char *number = header(event, "Caller-Destination-Number");

		keep_number(call, number, strlen(number));
		answer(calls, call, answer_us(event));
		return;
	}
	/* It was bridged to a channel of which we never heard that it answered. */
	if (!uuid_is_nil(&call->bridged) && !uuid_equal(&call->bridged, &call->answerer)) {
		call->answerer = call->bridged;
		keep_answerer(calls, call, event, false);
	}
	try_answer(calls, call, event);
}

static void on_answer(struct calls *calls, const struct esl_event *event)
{
	static const char *const callers[] = {
		"variable_originator", "variable_originating_leg_uuid", "Other-Leg-Unique-ID"};
	struct call *call = NULL;
	struct uuid caller, id;

	if (!header_is(event, "Call-Direction", "outbound")) {
		on_caller_answered(calls, event);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(callers) && !call; i++)
		if (header_uuid(event, callers[i], &caller))
			call = calls_find(calls, &caller);
	if (!call || !header_uuid(event, "Unique-ID", &id))
		return;
	call->answerer = id;
	keep_answerer(calls, call, event, true);
	try_answer(calls, call, event);
}

/* The event is told by the caller's channel; a bridge made by uuid_bridge may name them the other
 * way round. */
static void on_bridge(struct calls *calls, const struct esl_event *event)
{
	struct uuid a, b;
	struct call *call;

	if (!header_uuid(event, "Bridge-A-Unique-ID", &a) ||
	    !header_uuid(event, "Bridge-B-Unique-ID", &b))
		return;
	call = calls_find(calls, &a);
	if (!call && calls_find(calls, &b)) {
		call = calls_find(calls, &b);
		b = a;
	}
	if (!call)
		call = calls_begin(calls, event);
	if (!call)
		return;
	call->bridged = b;
	if (!uuid_equal(&call->answerer, &b) && header_is(event, "Answer-State", "answered")) {
		call->answerer = b;
		keep_answerer(calls, call, event, false);
	}
	try_answer(calls, call, event);
}

static void on_hangup(struct calls *calls, const struct esl_event *event)
{
	char cause[CALLS_NUMBER_MAX];
	struct call *call;
	struct uuid id;

	if (!header_uuid(event, "Unique-ID", &id))
		return;
	call = calls_find(calls, &id);
	if (!call)
		return;
	snprintf(cause, sizeof(cause), "%s", header(event, "Hangup-Cause"));
	for (char *c = cause; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	calls_ended(calls, call, *cause ? cause : NULL);
}

/* ---- queues ---- */

static struct call *member_of(struct calls *calls, const struct esl_event *event)
{
	struct uuid id;

	return header_uuid(event, "CC-Member-Session-UUID", &id) ? calls_find(calls, &id) : NULL;
}

static void on_joined(struct calls *calls, const struct esl_event *event)
{
	struct call *call = calls_begin(calls, event);

	if (call)
		call->member = true;
}

static void on_left(struct calls *calls, const struct esl_event *event)
{
	struct call *call = member_of(calls, event);

	if (call)
		call->member = false;
}

/* "<number>@<domain>". */
static bool keep_agent(struct call *call, const char *agent)
{
	char number[INERT_NAME_MAX], domain[DOMAIN_MAX];

	if (!inert_split(agent, number, domain))
		return false;
	keep_number(call, number, strlen(number));
	return true;
}

static void on_agent(struct calls *calls, const struct esl_event *event)
{
	struct call *call = member_of(calls, event);

	if (call && !call->answered && keep_agent(call, header(event, "CC-Agent")))
		answer(calls, call, header_us(event, "Event-Date-Timestamp", 1));
}

typedef void heard_h(struct calls *calls, const struct esl_event *event);

struct heard {
	const char *name;
	heard_h *h;
};

static const struct heard queue_actions[] = {
	{"member-queue-start",  on_joined},
	{"member-queue-resume", on_joined},
	{"bridge-agent-start",  on_agent },
	{"member-queue-end",    on_left  },
};

static void hear(struct calls *calls, const struct esl_event *event, const char *name,
                 const struct heard *heard, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, heard[i].name) == 0) {
			atomic_fetch_add(&calls->figure_events, 1);
			heard[i].h(calls, event);
			return;
		}
}

static void on_custom(struct calls *calls, const struct esl_event *event)
{
	if (header_is(event, "Event-Subclass", "callcenter::info"))
		hear(calls, event, header(event, "CC-Action"), queue_actions,
		     COUNT_OF(queue_actions));
}

static const struct heard events[] = {
	{"CHANNEL_CREATE",          on_create},
	{"CHANNEL_ANSWER",          on_answer},
	{"CHANNEL_BRIDGE",          on_bridge},
	{"CHANNEL_HANGUP",          on_hangup},
	{"CHANNEL_HANGUP_COMPLETE", on_hangup},
	{"CHANNEL_DESTROY",         on_hangup},
	{"CUSTOM",                  on_custom},
};

void calls_event(struct calls *calls, const struct esl_event *event)
{
	hear(calls, event, header(event, "Event-Name"), events, COUNT_OF(events));
}

/* ---- comparison ---- */

void calls_compare(struct calls *calls, struct call *call, const struct esl_event *dump)
{
	if (call->answered)
		return;
	call->member = header_is(dump, "variable_cc_side", "member") &&
	               !*header(dump, "variable_cc_cause");
	if (header_is(dump, "variable_cc_agent_bridged", "true")) {
		if (keep_agent(call, header(dump, "variable_cc_agent")))
			answer(calls, call,
			       header_us(dump, "variable_cc_queue_answered_epoch", 1000000));
	} else if (!call->member && header_is(dump, "Answer-State", "answered")) {
		/* Of a bridge that is: switch_ivr_bridge.c takes it away again. */
		(void)header_uuid(dump, "variable_bridge_to", &call->bridged);
		on_caller_answered(calls, dump);
	}
}

static void placed(struct calls *calls, struct call *call, const struct uuid *tenant)
{
	struct live_call live = {
		.id = call->id,
		.tenant = *tenant,
		.from_number = call->words->from,
		.from_name = call->words->name,
		.to_number = call->words->to,
		.started_us = call->started_us,
	};

	call->tenant = *tenant;
	live_ringing(calls->live, &live);
	LIST_REMOVE(call, in_waiting);
	words_free(TAKE(call->words));
	if (call->answered)
		live_answered(calls->live, &call->id, call->number, call->answered_us);
}

void calls_place(struct calls *calls, int64_t now_us)
{
	struct call *call = LIST_FIRST(&calls->waiting), *next;

	for (; call; call = next) {
		AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
		enum directory_answer found =
			whose_domain(calls->whose, call->words->domain, &snapshot);

		next = LIST_NEXT(call, in_waiting);
		if (found == DIRECTORY_HIT) {
			placed(calls, call, &snapshot->tenant);
		} else if (found == DIRECTORY_ABSENT || now_us >= call->waits_until_us) {
			atomic_fetch_add(&calls->figure_strangers, 1);
			call_free(calls, call);
		}
	}
}
