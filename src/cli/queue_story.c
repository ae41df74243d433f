#include "cli/queue_story.h"

#include <string.h>

#include "cli/output.h"

enum { DATE = sizeof("2026-01-31") - 1, CLOCK_END = sizeof("2026-01-31T10:00:00") - 1 };

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static void add_printable(const char *text, struct text *out)
{
	output_printable(text, strlen(text), out);
}

/* "10:00:00.123" of a time in UTC; whole seconds for what is planned. */
static void add_clock(const char *time, bool thousandths, struct text *out)
{
	const char *dot = time;

	if (strlen(time) < CLOCK_END) {
		add_printable(time, out);
		return;
	}
	output_printable(time + DATE + 1, CLOCK_END - DATE - 1, out);
	dot += CLOCK_END;
	if (!thousandths)
		return;
	text_add_char(out, '.');
	for (size_t i = 0, n = *dot == '.' ? strspn(dot + 1, "0123456789") : 0; i < 3; i++)
		text_add_char(out, i < n ? dot[1 + i] : '0');
}

static void add_considered(const json_t *data, struct text *out)
{
	const json_t *agent;
	size_t i;

	json_array_foreach(json_object_get(data, "considered"), i, agent)
	{
		const char *until = text_of(agent, "until");

		text_add(out, "                  ");
		add_printable(text_of(agent, "extension"), out);
		text_addf(out, " (tier %lld, level %lld) ",
		          (long long)json_integer_value(json_object_get(agent, "tier")),
		          (long long)json_integer_value(json_object_get(agent, "level")));
		add_printable(text_of(agent, "text"), out);
		if (*until) {
			text_add(out, ", until ");
			add_clock(until, false, out);
		}
		text_add_char(out, '\n');
	}
	if (json_object_get(data, "more"))
		text_addf(out, "                  and %lld more\n",
		          (long long)json_integer_value(json_object_get(data, "more")));
}

static void add_decision(const json_t *decision, struct text *out)
{
	const json_t *data = json_object_get(decision, "data");
	const char *extension = text_of(data, "extension");

	text_add(out, "  ");
	add_clock(text_of(decision, "at"), true, out);
	text_add(out, "    ");
	if (*extension) {
		add_printable(extension, out);
		text_add(out, ": ");
	}
	add_printable(text_of(decision, "text"), out);
	if (json_object_get(data, "tier"))
		text_addf(out, ": tier %lld",
		          (long long)json_integer_value(json_object_get(data, "tier")));
	text_add_char(out, '\n');
	add_considered(data, out);
}

/* "Support, call <id>, 2026-01-31" where the last line was of another. */
static void add_heading(const json_t *decision, struct text *heading, struct text *out)
{
	AUTO(text_clear) struct text next = {0};
	const char *call = text_of(decision, "call"), *queue = text_of(decision, "queue");
	const char *at = text_of(decision, "at");

	add_printable(*queue ? queue : "a queue that is no more", &next);
	if (*call) {
		text_add(&next, ", call ");
		add_printable(call, &next);
	}
	text_add(&next, ", ");
	output_printable(at, strlen(at) < DATE ? strlen(at) : DATE, &next);
	text_add(&next, " (UTC)");
	if (!next.failed && strcmp(text_string(&next), text_string(heading)) == 0)
		return;
	text_addf(out, "%s%s\n", out->length ? "\n" : "", text_string(&next));
	text_reset(heading);
	text_add(heading, text_string(&next));
	out->failed |= next.failed || heading->failed;
}

static void add_seconds(const json_t *call, const char *name, struct text *out)
{
	text_addf(out, "%.1f s", (double)json_integer_value(json_object_get(call, name)) / 1000);
}

static void add_call(const json_t *call, struct text *out)
{
	const char *answered_by = text_of(call, "answered_by"), *reason = text_of(call, "reason");

	text_add(out, "  ");
	add_printable(text_of(call, "cdr_id"), out);
	text_add(out, "  from ");
	add_printable(*text_of(call, "caller_number") ? text_of(call, "caller_number") : "unknown",
	              out);
	text_add(out, ": ");
	add_printable(text_of(call, "outcome"), out);
	if (*answered_by) {
		text_add(out, " by ");
		add_printable(answered_by, out);
	}
	text_add(out, " after ");
	add_seconds(call, "wait_ms", out);
	if (*answered_by) {
		text_add(out, ", talked ");
		add_seconds(call, "talk_ms", out);
	}
	if (*reason) {
		text_add(out, " (");
		add_printable(reason, out);
		text_add_char(out, ')');
	}
	text_addf(out, ", offers: %zu\n", json_array_size(json_object_get(call, "offers")));
}

void queue_story(const json_t *explained, struct text *out)
{
	const json_t *decisions = json_object_get(explained, "decisions");
	const json_t *calls = json_object_get(explained, "calls");
	AUTO(text_clear) struct text heading = {0};
	const json_t *call;
	size_t i;

	for (i = json_array_size(decisions); i-- > 0;) {
		add_heading(json_array_get(decisions, i), &heading, out);
		add_decision(json_array_get(decisions, i), out);
	}
	if (!json_array_size(decisions))
		text_add(out, "Nothing is kept of it: no caller, or too long ago.\n");
	if (json_array_size(calls))
		text_addf(out, "%sWhat became of the callers:\n", out->length ? "\n" : "");
	json_array_foreach(calls, i, call) add_call(call, out);
}
