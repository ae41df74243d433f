/*
 * What happens to a call: mod_dialplan_xml.c, mod_dptools.c, mod_callcenter.c. The decision is
 * domain/route's; here it is said in FreeSWITCH's words.
 */
#include <stdio.h>
#include <string.h>

#include "domain/route.h"
#include "freeswitch/inert.h"
#include "freeswitch/lookup_private.h"

enum { SECTION, CONTEXT, DIALLED, USER, FIELDS };

static const char *const keys[FIELDS] = {
	[SECTION] = "section",
	[CONTEXT] = "Hunt-Context",
	[DIALLED] = "Hunt-Destination-Number",
	/* Set by FreeSWITCH once the phone has logged in, from the answer to sip_auth: what the
         * phone says of itself does not come here. */
	[USER] = "variable_user_name",
};

enum {
	/* An application's argument: a bridge to the most targets there are is the longest. */
	ARGUMENT_MAX = ROUTE_TARGETS_MAX * (EXTENSION_NUMBER_MAX + DOMAIN_MAX + 8) + 64,
	/* "^" and "$" around characters of which each may need brackets. */
	EXPRESSION_MAX = 128,
};

/* What the caller's phone is told, as the built-in engine tells it (sip/cause.c). */
static const char *const refusals[] = {
	[ROUTE_NONE] = "500 Server Internal Error",
	[ROUTE_UNKNOWN_NUMBER] = "404 Not Found",
	[ROUTE_OWN_NUMBER] = "486 Busy Here",
	[ROUTE_UNREGISTERED] = "480 Temporarily Unavailable",
	[ROUTE_BAD_NUMBER] = "484 Address Incomplete",
};

_Static_assert(COUNT_OF(refusals) == ROUTE_CAUSE_COUNT, "one row per cause");

struct plan {
	const struct question *question;
	const struct snapshot *snapshot;
	const struct route_plan *route;
	const char *dialled;
	struct xml xml;
};

static void action_set(struct xml *xml, const char *application, const char *name,
                       const char *value)
{
	char argument[DOMAIN_MAX + 64];

	snprintf(argument, sizeof(argument), "%s=%s", name, value);
	document_action(xml, application, argument);
}

/* A regular expression for what was dialled and nothing else; + and * mean something there. */
static void write_condition(struct plan *plan)
{
	char expression[EXPRESSION_MAX] = "^";
	size_t n = 1;

	xml_begin(&plan->xml, "condition");
	xml_attr(&plan->xml, "field", "destination_number");
	for (const char *c = plan->dialled; *c && n < EXPRESSION_MAX - 5; c++) {
		if (strchr("0123456789", *c)) {
			expression[n++] = *c;
		} else {
			memcpy(expression + n, (const char[]){'[', *c, ']'}, 3);
			n += 3;
		}
	}
	memcpy(expression + n, "$", 2);
	xml_attr(&plan->xml, "expression",
	         plan->route->cause == ROUTE_BAD_NUMBER ? "^.*$" : expression);
}

/* Rings until somebody answers. Where nobody does, the caller's leg ends with the callee's cause
 * (busy, declined, not registered), and so does its call record: to continue on failure and to
 * respond would make one cause of all. "false" is said, since FreeSWITCH goes on after NO_ANSWER
 * where nothing is (switch_channel.c, switch_channel_handle_cause). */
static bool write_ring(struct plan *plan)
{
	char argument[ARGUMENT_MAX], ring_s[16];
	size_t n = 0;

	for (size_t i = 0; i < plan->route->n_targets; i++) {
		const struct extension *target = plan->route->targets[i];

		if (!inert(target->number))
			continue;
		n += (size_t)snprintf(argument + n, sizeof(argument) - n, "%suser/%s@%s",
		                      n ? "," : "", target->number, plan->snapshot->domain);
	}
	if (!n)
		return false;
	snprintf(ring_s, sizeof(ring_s), "%u", plan->route->ring_s);
	action_set(&plan->xml, "set", "domain_name", plan->snapshot->domain);
	action_set(&plan->xml, "set", "hangup_after_bridge", "true");
	action_set(&plan->xml, "set", "continue_on_fail", "false");
	action_set(&plan->xml, "set", "call_timeout", ring_s);
	/* A called leg that is not answered knows its tenant by this alone. */
	action_set(&plan->xml, "export", "tenant", plan->snapshot->domain);
	document_action(&plan->xml, "bridge", argument);
	return true;
}

/* mod_callcenter answers the caller itself once it has the queue: where it has none, the caller is
 * refused and not charged for a call. An answered call ends there (hangup_after_bridge). */
static bool write_queue(struct plan *plan)
{
	char name[INERT_NAME_MAX], argument[INERT_NAME_MAX + 2];

	if (!inert_name(plan->route->queue->name, plan->snapshot->domain, name))
		return false;
	/* Arguments are taken apart at blanks (switch_separate_string). */
	snprintf(argument, sizeof(argument), strchr(name, ' ') ? "'%s'" : "%s", name);
	action_set(&plan->xml, "set", "domain_name", plan->snapshot->domain);
	action_set(&plan->xml, "set", "hangup_after_bridge", "true");
	action_set(&plan->xml, "set", "tenant", plan->snapshot->domain);
	/* The agents' legs, of which most are never answered. */
	action_set(&plan->xml, "set", "cc_export_vars", "tenant,domain_name");
	document_action(&plan->xml, "callcenter", argument);
	document_action(&plan->xml, "hangup", "NORMAL_UNSPECIFIED");
	return true;
}

static bool write_play(struct plan *plan)
{
	AUTO(text_clear) struct text path = {0};

	document_media(plan->question, plan->route->sound, "16000.wav", &path);
	if (path.failed)
		return false;
	action_set(&plan->xml, "set", "domain_name", plan->snapshot->domain);
	action_set(&plan->xml, "set", "tenant", plan->snapshot->domain);
	document_action(&plan->xml, "answer", "");
	document_action(&plan->xml, "sleep", "500"); /* for the way of the audio to be there */
	document_action(&plan->xml, "playback", text_string(&path));
	document_action(&plan->xml, "hangup", "NORMAL_CLEARING");
	return true;
}

static bool write_reject(struct plan *plan)
{
	action_set(&plan->xml, "set", "domain_name", plan->snapshot->domain);
	action_set(&plan->xml, "set", "tenant", plan->snapshot->domain);
	document_action(&plan->xml, "respond", refusals[plan->route->cause]);
	return true;
}

static const struct {
	const char *name; /* of the extension, in logs */
	bool (*write)(struct plan *plan);
} actions[] = {
	[ROUTE_RING] = {"ring",   write_ring  },
	[ROUTE_QUEUE] = {"queue",  write_queue },
	[ROUTE_PLAY] = {"play",   write_play  },
	[ROUTE_REJECT] = {"reject", write_reject},
};

static enum lookup_result answer_plan(const struct question *question,
                                      const struct snapshot *snapshot,
                                      const struct form_field *fields,
                                      const struct route_plan *route)
{
	struct plan plan = {
		.question = question,
		.snapshot = snapshot,
		.route = route,
		.dialled = fields[DIALLED].value,
		.xml = document_begin(question, "dialplan"),
	};

	xml_begin(&plan.xml, "context");
	xml_attr(&plan.xml, "name", fields[CONTEXT].value);
	xml_begin(&plan.xml, "extension");
	xml_attr(&plan.xml, "name", actions[route->action].name);
	write_condition(&plan);
	if (!actions[route->action].write(&plan))
		return LOOKUP_NOT_FOUND;
	return document_end(&plan.xml);
}

enum lookup_result lookup_dialplan(const struct question *question)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	struct form_field fields[FIELDS];
	struct route_call call = {.ring_s = question->lookup->settings.ring_s};
	struct route_plan plan;
	struct uuid user;
	enum lookup_result result;

	/* A context is a domain, so that a domain that cannot be said is not found either. */
	if (!question_read(question, keys, FIELDS, fields) || !inert(fields[CONTEXT].value))
		return LOOKUP_NOT_FOUND;
	result = question_domain(question, fields[CONTEXT].value, &snapshot);
	if (result != LOOKUP_FOUND)
		return result;
	call.dialled = fields[DIALLED].value;
	/* Nobody of this tenant is a call from outside. */
	if (uuid_parse(fields[USER].value, &user))
		call.caller = snapshot_by_auth_username(snapshot, &user);
	route_call(snapshot, &call, &plan);
	result = answer_plan(question, snapshot, fields, &plan);
	route_plan_clear(&plan);
	return result;
}
