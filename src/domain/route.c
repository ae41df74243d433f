#include "domain/route.h"

#include <string.h>

#include "domain/route_feature.h"

enum { DIALLED_MAX = 32 }; /* E.164 is 15 digits; prefixes and feature codes come on top */

static const struct {
	const char *slug;
	const char *text;
} causes[] = {
#define X(id, slug, text) {slug, text},
	ROUTE_CAUSE_LIST(X)
#undef X
};

_Static_assert(COUNT_OF(causes) == ROUTE_CAUSE_COUNT, "one row per cause");

static const char *const actions[] = {
	[ROUTE_RING] = "ring",     [ROUTE_QUEUE] = "queue",     [ROUTE_PLAY] = "play",
	[ROUTE_REJECT] = "reject", [ROUTE_FEATURE] = "feature",
};

static const struct {
	const char *slug;
	const char *text;
} features[] = {
#define X(id, slug, text) {slug, text},
	ROUTE_FEATURE_LIST(X)
#undef X
};

_Static_assert(COUNT_OF(features) == ROUTE_FEATURE_COUNT, "one row per feature");

/* What was dialled goes into the trace quoted, escaped and cut: it comes from the network. */
static void show_dialled(struct text *shown, const char *dialled)
{
	size_t length = strnlen(dialled, DIALLED_MAX + 1);
	bool cut = length > DIALLED_MAX;

	text_add_char(shown, '"');
	for (size_t i = 0; i < (cut ? DIALLED_MAX : length); i++) {
		unsigned char c = (unsigned char)dialled[i];

		if (c >= 0x80)
			text_addf(shown, "%%%02X", c);
		else
			text_add_json(shown, &dialled[i], 1);
	}
	text_add(shown, cut ? "..." : "");
	text_add_char(shown, '"');
}

/* The rule a dialled string breaks; NULL: none. */
static const char *dialled_rule(const char *dialled)
{
	size_t length = strnlen(dialled, DIALLED_MAX + 1);

	if (length == 0)
		return "nothing was dialled";
	if (length > DIALLED_MAX)
		return "more than 32 characters were dialled";
	for (size_t i = 0; i < length; i++) {
		if (dialled[i] == '+' && i == 0 && length > 1)
			continue;
		if (!memchr("0123456789*#", dialled[i], 12))
			return "only digits, * and # can be dialled, after an optional +";
	}
	return NULL;
}

static void reject(struct route_plan *plan, enum route_cause cause)
{
	plan->action = ROUTE_REJECT;
	plan->cause = cause;
	text_addf(&plan->trace, "reject: %s (%s)\n", causes[cause].slug, causes[cause].text);
}

/* The row of table numbers, with an extension's own number as one too; false: there is none. */
static bool find_target(const struct snapshot *snapshot, const char *dialled,
                        struct number *ret_target, struct text *trace)
{
	const struct extension *extension = snapshot_extension(snapshot, dialled);
	const struct number *number;

	if (extension) {
		text_addf(trace, "%s is an extension of %s\n", dialled, snapshot->domain);
		*ret_target = (struct number){.number = dialled, .extension = extension};
		return true;
	}
	text_addf(trace, "%s is no extension of %s\n", dialled, snapshot->domain);
	number = snapshot_number(snapshot, dialled);
	if (!number) {
		text_addf(trace, "%s is no number of %s\n", dialled, snapshot->domain);
		return false;
	}
	*ret_target = *number;
	if (number->extension)
		text_addf(trace, "%s is a number that leads to extension %s\n", dialled,
		          number->extension->number);
	else if (number->queue)
		text_addf(trace, "%s is a number that leads to queue %s\n", dialled,
		          number->queue->name);
	else
		text_addf(trace, "%s is a number that leads to announcement %s\n", dialled,
		          number->sound->name);
	return true;
}

/* False when it is known that no phone would ring. */
static bool phones_ready(const struct route_call *call, const struct extension *target,
                         struct text *trace)
{
	unsigned phones;

	if (!call->phones) {
		text_addf(trace, "phones of extension %s: not looked at\n", target->number);
		return true;
	}
	phones = call->phones(target, call->phones_arg);
	text_addf(trace,
	          phones == 1 ? "extension %s has %u registered phone\n"
	                      : "extension %s has %u registered phones\n",
	          target->number, phones);
	return phones > 0;
}

static void ring(const struct snapshot *snapshot, const struct route_call *call,
                 const struct extension *target, struct route_plan *plan)
{
	if (call->caller && uuid_equal(&call->caller->id, &target->id)) {
		text_addf(&plan->trace, "extension %s is the caller\n", target->number);
		reject(plan, ROUTE_OWN_NUMBER);
		return;
	}
	if (!phones_ready(call, target, &plan->trace)) {
		reject(plan, ROUTE_UNREGISTERED);
		return;
	}
	plan->n_targets = 1;
	plan->targets[0] = target;
	plan->ring_s = snapshot->ring_s ? snapshot->ring_s : call->ring_s;
	text_addf(&plan->trace, "ring extension %s for %u s\n", target->number, plan->ring_s);
}

/* Also where it has no members at present: they may come while the caller waits. */
static void wait_in(const struct queue *queue, struct route_plan *plan)
{
	plan->action = ROUTE_QUEUE;
	plan->queue = queue;
	text_addf(&plan->trace,
	          queue->n_members == 1 ? "queue %s has %zu member\n"
	                                : "queue %s has %zu members\n",
	          queue->name, queue->n_members);
	text_addf(&plan->trace, "wait in queue %s\n", queue->name);
}

static void play(const struct sound *sound, struct route_plan *plan)
{
	plan->action = ROUTE_PLAY;
	plan->sound = sound;
	text_addf(&plan->trace, "play announcement %s, then end the call\n", sound->name);
}

static void lead_to(const struct snapshot *snapshot, const struct route_call *call,
                    const struct number *target, struct route_plan *plan)
{
	if (target->extension)
		ring(snapshot, call, target->extension, plan);
	else if (target->queue)
		wait_in(target->queue, plan);
	else
		play(target->sound, plan);
}

static bool do_feature(const struct snapshot *snapshot, const struct route_call *call,
                       const char *dialled, struct route_plan *plan)
{
	AUTO(text_clear) struct text what = {0};

	if (!call->features || !route_feature_find(snapshot, dialled, plan))
		return false;
	plan->action = ROUTE_FEATURE;
	text_add(&what, features[plan->feature].text);
	if (plan->n_targets)
		text_addf(&what, ": %s", plan->targets[0]->number);
	if (plan->slot[0])
		text_addf(&what, ": %s", plan->slot);
	if (plan->reason[0])
		text_addf(&what, ": %s", plan->reason);
	text_addf(&plan->trace, "%s is a feature code: %s (%s)\n", dialled,
	          features[plan->feature].slug, text_string(&what));
	plan->trace.failed |= what.failed;
	return true;
}

void route_call(const struct snapshot *snapshot, const struct route_call *call,
                struct route_plan *ret_plan)
{
	const char *dialled = call->dialled ? call->dialled : "";
	struct route_plan plan = {.action = ROUTE_RING, .cause = ROUTE_NONE};
	AUTO(text_clear) struct text shown = {0};
	const struct queue *queue;
	struct number target;
	const char *rule;

	show_dialled(&shown, dialled);
	if (call->caller)
		text_addf(&plan.trace, "dialled %s by extension %s\n", text_string(&shown),
		          call->caller->number);
	else
		text_addf(&plan.trace, "dialled %s from outside\n", text_string(&shown));
	plan.trace.failed |= shown.failed;

	rule = dialled_rule(dialled);
	queue = call->features ? snapshot_queue(snapshot, dialled) : NULL;
	if (!rule && find_target(snapshot, dialled, &target, &plan.trace)) {
		lead_to(snapshot, call, &target, &plan);
	} else if (queue) {
		wait_in(queue, &plan);
	} else if (rule) {
		text_addf(&plan.trace, "%s\n", rule);
		reject(&plan, ROUTE_BAD_NUMBER);
	} else if (!do_feature(snapshot, call, dialled, &plan)) {
		reject(&plan, ROUTE_UNKNOWN_NUMBER);
	}
	*ret_plan = plan;
}

void route_plan_clear(struct route_plan *plan)
{
	text_clear(&plan->trace);
	*plan = (struct route_plan){.action = ROUTE_REJECT, .cause = ROUTE_NONE};
}

const char *route_cause_slug(enum route_cause cause)
{
	return (unsigned)cause < ROUTE_CAUSE_COUNT ? causes[cause].slug : "unknown";
}

const char *route_cause_text(enum route_cause cause)
{
	return (unsigned)cause < ROUTE_CAUSE_COUNT ? causes[cause].text : "unknown";
}

const char *route_feature_slug(enum route_feature feature)
{
	return (unsigned)feature < ROUTE_FEATURE_COUNT ? features[feature].slug : "unknown";
}

static void add_name(struct text *out, const char *name)
{
	text_add(out, name ? "\"" : "null");
	if (!name)
		return;
	text_add_json(out, name, strlen(name));
	text_add_char(out, '"');
}

void route_plan_json(const struct route_plan *plan, struct text *out)
{
	const char *line = text_string(&plan->trace);

	text_addf(out, "{\"action\":\"%s\",\"cause\":\"%s\",\"targets\":[", actions[plan->action],
	          route_cause_slug(plan->cause));
	for (size_t i = 0; i < plan->n_targets; i++)
		text_addf(out, "%s\"%s\"", i ? "," : "", plan->targets[i]->number);
	text_add(out, "],\"queue\":");
	add_name(out, plan->queue ? plan->queue->name : NULL);
	text_add(out, ",\"sound\":");
	add_name(out, plan->sound ? plan->sound->name : NULL);
	text_add(out, ",\"feature\":");
	add_name(out, plan->feature ? route_feature_slug(plan->feature) : NULL);
	text_addf(out, ",\"ring_s\":%u,\"trace\":[", plan->ring_s);
	while (*line) {
		size_t n = strcspn(line, "\n");

		text_add(out, line == plan->trace.data ? "\"" : ",\"");
		text_add_json(out, line, n);
		text_add_char(out, '"');
		line += n + (line[n] == '\n');
	}
	text_add(out, "]}");
	out->failed |= plan->trace.failed;
}
