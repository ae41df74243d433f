/* The fields of how queues behave, and of what became of their callers. */
#include "domain/resources_private.h"

/* clang-format off */
#define WHOLE(name_, least_, most_, flags_, description_)                                          \
	{.name = (name_), .type = FIELD_INTEGER, .least = (least_), .most = (most_),               \
	 .flags = (flags_), .description = (description_)}
#define SWITCH(name_, description_)                                                                \
	{.name = (name_), .type = FIELD_SWITCH, .flags = FIELD_WIDE, .description = (description_)}

enum { DAY_S = 86400, HOUR_S = 3600 };

/* mod_callcenter's names; docs/guide/queues.md says what each does. */
const struct field queue_settings_fields[QUEUE_SETTINGS_FIELDS] = {
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .references = "queue", .description = "the queue: id or name"},
	{.name = "queue", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_SEARCHED,
	 .computed = "select q.name from queues as q where q.id = e.queue_id",
	 .description = "the queue's name"},
	WHOLE("max_wait_time", 0, DAY_S, 0,
		"seconds a caller waits at most; 0: as long as he likes"),
	WHOLE("max_wait_time_with_no_agent", 0, DAY_S, FIELD_WIDE,
		"seconds a caller waits while nobody is there; 0: any"),
	WHOLE("max_wait_time_with_no_agent_time_reached", 0, DAY_S, FIELD_WIDE,
		"seconds later callers wait, once that is reached"),
	SWITCH("tier_rules_apply", "whether a further tier is tried after a time; else at once"),
	WHOLE("tier_rule_wait_second", 0, DAY_S, FIELD_WIDE,
		"seconds until a further tier is tried"),
	SWITCH("tier_rule_wait_multiply_level", "whether the n-th further tier waits n times as long"),
	SWITCH("tier_rule_no_agent_no_wait", "whether a tier where nobody is there is passed over"),
	{.name = "tier_join", .type = FIELD_CHOICE, .flags = FIELD_WIDE, .choices = "join replace",
	 .description = "whether a further tier joins those before, or replaces them"},
	SWITCH("skip_agents_with_external_calls", "whether agents in calls of their own are not called"),
	WHOLE("wrap_up_time", 0, HOUR_S, 0, "seconds an agent is left alone after a call"),
	WHOLE("no_answer_delay_time", 0, HOUR_S, FIELD_WIDE,
		"seconds an agent is left alone who did not answer"),
	WHOLE("busy_delay_time", 0, HOUR_S, FIELD_WIDE,
		"seconds an agent is left alone whose phone was busy"),
	WHOLE("reject_delay_time", 0, HOUR_S, FIELD_WIDE,
		"seconds an agent is left alone who declined"),
	WHOLE("max_no_answer", 0, 1000, 0,
		"offers in a row he may miss before a break; 0: any"),
	WHOLE("agent_ring_time", 5, 600, 0, "seconds a phone rings for one offer"),
	{.name = "overflow_number", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .least = 2, .most = 20,
	 .pattern = "^([+][1-9][0-9]{1,14}|[0-9]{2,20})$",
	 .rule = "must be 2 to 20 digits, or + and 2 to 15 digits",
	 .description = "where callers are led who waited in vain: an extension or number"},
	WHOLE("service_level_s", 1, HOUR_S, 0, "seconds in which callers should be answered"),
	{.name = "recording", .type = FIELD_CHOICE, .choices = "tenant no yes",
	 .description = "whether calls are recorded; tenant: as its settings say"},
};

const struct resource_rule queue_settings_rules[QUEUE_SETTINGS_RULES] = {
	{"overflow_number",
	 "n.overflow_number is null"
	 " or exists (select from extensions as x where x.extension_number = n.overflow_number)"
	 " or exists (select from numbers as x where x.number = n.overflow_number)",
	 ERROR_INVALID, "must be an extension or a number of this tenant"},
	{"overflow_number",
	 "not exists (select from numbers as x where x.number = n.overflow_number"
	 " and x.queue_id = n.queue_id)",
	 ERROR_INVALID, "leads to this queue itself"},
};

#define TIME(name_, flags_, description_)                                                          \
	{.name = (name_), .type = FIELD_TIME, .flags = FIELD_READ_ONLY | (flags_),                 \
	 .description = (description_)}
#define COUNT(name_, most_, flags_, description_)                                                  \
	{.name = (name_), .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY | (flags_),              \
	 .most = (most_), .description = (description_)}
#define TOLD(name_, longest, flags_, description_)                                                 \
	{.name = (name_), .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | (flags_),                 \
	 .most = (longest), .description = (description_)}

/* What happened stays when the queue, the agent or the call record goes. */
const struct field queue_call_fields[QUEUE_CALL_FIELDS] = {
	ID,
	{.name = "cdr_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY,
	 .description = "the call; its record has the same id"},
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .references = "queue", .description = "the queue: id or name"},
	TOLD("queue_name", 100, FIELD_SEARCHED, "the queue's name at that time"),
	TOLD("caller_number", 256, FIELD_SEARCHED, "the caller's number"),
	TOLD("caller_name", 256, FIELD_SEARCHED | FIELD_WIDE, "the caller's name"),
	TIME("joined_at", 0, "when the caller joined the queue"),
	TIME("left_at", FIELD_WIDE, "when he left it, or was answered"),
	TIME("answered_at", FIELD_NULLABLE | FIELD_WIDE, "when an agent answered"),
	TIME("ended_at", FIELD_WIDE, "when it was over: after talking, where he was answered"),
	{.name = "outcome", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "answered abandoned overflowed", .description = "how it ended"},
	TOLD("reason", 64, 0, "why it ended so"),
	TOLD("answered_by", 64, FIELD_NULLABLE, "the number of the agent who answered"),
	{.name = "agent_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .references = "extension", .description = "that agent: an extension's id or number"},
	EXTENSION_NAME("agent_name", "e.agent_id"),
	COUNT("offers", INT32_MAX, 0, "how often an agent's phones rang for it"),
	COUNT("wait_ms", INT64_MAX, 0, "milliseconds of waiting"),
	COUNT("talk_ms", INT64_MAX, 0, "milliseconds with the agent"),
	{.name = "in_service_level", .type = FIELD_SWITCH, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .description = "whether it was answered within the queue's service_level_s"},
	TOLD("node", 64, FIELD_WIDE, "the machine that had the call"),
	{.name = "offered_to", .type = FIELD_JSON,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_DETAIL,
	 .computed = "select coalesce(json_agg(json_build_object('id', o.id, 'agent_id', o.agent_id,"
	             " 'extension', o.extension, 'name', (select public.member_name(x.user_id)"
	             " from extensions as x where x.id = o.agent_id), 'offered_at', o.offered_at, 'answered_at', o.answered_at,"
	             " 'ended_at', o.ended_at, 'outcome', o.outcome, 'talk_ms', o.talk_ms)"
	             " order by o.offered_at, o.id), '[]')"
	             " from queue_offers as o where o.queue_call_id = e.id",
	 .description = "each offer of it to an agent, in order: when, and how it ended"},
};

const struct field agent_state_fields[AGENT_STATE_FIELDS] = {
	{.name = "id", .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY | FIELD_WIDE, .least = 1,
	 .most = INT64_MAX, .description = "its id"},
	{.name = "extension_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .references = "extension", .description = "who: an extension's id or number"},
	TOLD("extension", 64, FIELD_SEARCHED, "the extension's number"),
	{.name = "status", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "available on_break logged_out", .description = "whether calls of queues were offered"},
	{.name = "state", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "waiting ringing talking wrap_up", .description = "what the phone did"},
	TOLD("reason", 64, FIELD_SEARCHED, "why he had the status"),
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .references = "queue", .description = "of which queue's call the state was: id or name"},
	{.name = "queue", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE,
	 .computed = "select q.name from queues as q where q.id = e.queue_id",
	 .description = "the queue's name, while it is there"},
	{.name = "status_began", .type = FIELD_SWITCH, .flags = FIELD_READ_ONLY | FIELD_HIDDEN,
	 .description = "the status is not that of the row before"},
	TIME("since", 0, "when it began"),
	TIME("until", FIELD_NULLABLE, "when it ended; none: it is so now"),
	{.name = "duration_ms", .type = FIELD_INTEGER,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE, .most = INT64_MAX,
	 .computed = "select floor(extract(epoch from e.until - e.since) * 1000)::bigint",
	 .description = "milliseconds it lasted; none: it is so now"},
};
/* clang-format on */
