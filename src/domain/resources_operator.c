/* The fields of what only the operator of the installation has to do with: its processes, the
 * proofs of isolation, and what a tenant may have. */
#include "domain/resources_private.h"

/* clang-format off */
/* A figure of a process's own (domain/node.h); none where its kind does not count that. */
#define FIGURE(name_, description_)                                                                \
	{.name = name_, .type = FIELD_INTEGER,                                                          \
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE | FIELD_WIDE, .most = INT64_MAX, \
	 .computed = "select floor((e.counters ->> '" name_ "')::numeric)::bigint",                \
	 .description = description_}

const struct field node_fields[NODE_FIELDS] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_SEARCHED, .most = 64,
	 .description = "what the process calls itself: the setting node, or the host's name"},
	{.name = "kind", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "sip web freeswitch", .description = "what it does"},
	{.name = "version", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 40,
	 .description = "of the program"},
	{.name = "started_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "when it started"},
	{.name = "seen_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "when it last told of itself, which it does every ten seconds"},
	{.name = "counters", .type = FIELD_JSON, .flags = FIELD_READ_ONLY | FIELD_DETAIL,
	 .description = "all that it counts, as /metrics has it: an object of numbers"},
	{.name = "health", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY | FIELD_COMPUTED,
	 .choices = "ok late gone",
	 .computed = "case when e.seen_at > now() - interval '30 seconds' then 'ok'"
	             " when e.seen_at > now() - interval '60 seconds' then 'late' else 'gone' end",
	 .description = "ok: told of itself within 30 seconds; late: within 60; gone: not even that,"
	                " and forgotten after a day"},
	{.name = "seen_s", .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_WIDE,
	 .most = INT64_MAX,
	 .computed = "select greatest(floor(extract(epoch from now() - e.seen_at)), 0)::bigint",
	 .description = "seconds since seen_at, by the database's clock"},
	FIGURE("calls", "calls that ring or talk"),
	FIGURE("registrations", "phones registered"),
	FIGURE("registrations_unwritten", "registrations not yet in the database"),
	FIGURE("queue_callers_waiting", "callers that wait in queues"),
	FIGURE("cdrs_waiting", "call records that the database does not have yet"),
	FIGURE("cdrs_rejected", "call records that the database refused since the start"),
	FIGURE("cdrs_dropped", "steps of calls lost since the start, disk and memory being full"),
	FIGURE("recordings", "calls being recorded"),
	FIGURE("recordings_failed", "recordings since the start of which something is missing"),
	FIGURE("recording_failing", "1: the last recording could not be written whole"),
	FIGURE("snapshots", "tenants in its memory"),
	FIGURE("streams", "event streams open"),
	FIGURE("http_requests", "requests answered since the start"),
	FIGURE("memory_bytes", "resident memory"),
};

#define RESULT(name_, most_, description_)                                                         \
	{.name = name_, .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY, .most = most_,            \
	 .description = description_}

const struct field isolation_report_fields[ISOLATION_REPORT_FIELDS] = {
	WIDE_ID,
	{.name = "started_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "when the run began"},
	{.name = "duration_ms", .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .most = INT32_MAX, .description = "how long it took, in milliseconds; null: unfinished"},
	{.name = "outcome", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "unfinished passed leaked failed",
	 .description = "passed: all was refused; leaked: something was allowed; failed: it could not be"
	                " tried; unfinished: it is under way, or was ended half-way"},
	{.name = "hardened", .type = FIELD_SWITCH, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .description = "the server's superuser has closed what a tenant's role could call"},
	{.name = "version", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 40,
	 .description = "of the program that ran"},
	RESULT("tables", INT32_MAX, "tables of a tenant that were tried"),
	RESULT("attempts", INT32_MAX, "statements that were tried in the database"),
	RESULT("routes", INT32_MAX, "routes of the HTTP API that were tried"),
	RESULT("requests", INT32_MAX, "requests to them"),
	RESULT("leaks", INT32_MAX, "things that were allowed; a run ends at the first"),
	{.name = "leak", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .most = 2000, .description = "what was allowed"},
	{.name = "problem", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .most = 2000, .description = "why it could not be tried"},
};

#define LIMIT(name_, most_, description_)                                                          \
	{.name = name_, .type = FIELD_INTEGER, .flags = FIELD_NULLABLE, .least = 0, .most = most_, \
	 .description = description_}

const struct field limits_fields[LIMITS_FIELDS] = {
	{.name = "tenant_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .references = "tenant", .description = "the tenant"},
	LIMIT("extensions", 1000000, "extensions at most; null: any number"),
	LIMIT("queues", 1000000, "queues at most; null: any number"),
	LIMIT("members", 1000000, "users at most; null: any number"),
	LIMIT("concurrent_calls", 1000000, "calls at one time, on one engine; null: any number"),
	LIMIT("media_mib", 1048576, "MiB of audio at most; null: as media_quota_mib says"),
	{.name = "updated_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_TOUCHED,
	 .description = "when it was last changed"},
	{.name = "tenant", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_SEARCHED, .most = 253,
	 .computed = "select t.domain from public.tenants as t where t.id = e.tenant_id",
	 .description = "its domain"},
};
/* clang-format on */
