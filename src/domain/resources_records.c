/* The fields of call records, media, settings and the audit log. */
#include "domain/resources_private.h"

/* clang-format off */
const struct field cdr_fields[CDR_FIELDS] = {
	ID,
	{.name = "caller_id_name", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 256,
	 .description = "the caller's name"},
	{.name = "caller_id_number", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 256,
	 .description = "the caller's number"},
	{.name = "dest_number", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 256,
	 .description = "what was dialled"},
	{.name = "context", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 256,
	 .description = "dialplan context"},
	{.name = "start_time", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "when the call began"},
	{.name = "answer_time", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .description = "when it was answered"},
	{.name = "end_time", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "when it ended"},
	{.name = "duration", .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY, .most = INT32_MAX,
	 .description = "whole seconds from start to end"},
	{.name = "recording_path", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .most = 1024, .description = "the recording's file"},
	{.name = "queue", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE,
	 .computed = "select q.name from cdr_details as d join queues as q on q.id = d.queue_id"
	             " where d.cdr_id = e.id",
	 .description = "the queue it came through"},
	{.name = "recording", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE, .most = 10,
	 .computed = "select d.recording from cdr_details as d where d.cdr_id = e.id",
	 .description = "recorded, partial, failed, expired or deleted; none: no recording was wanted"},
	{.name = "details", .type = FIELD_JSON,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_DETAIL,
	 .computed = "select to_json(d) from cdr_details as d where d.cdr_id = e.id",
	 .description = "disposition, cause, legs"},
};

#define MEDIA_DETAIL(column)                                                                       \
	.flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE,                                \
	.computed = "select d." column " from media_details as d where d.media_id = e.id"

const struct field media_fields[MEDIA_FIELDS] = {
	ID,
	{.name = "category", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = "moh ivr",
	 .description = "moh (music on hold) or ivr (announcement)"},
	{.name = "original_name", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_SEARCHED | FIELD_SORTED, LABEL(255),
	 .description = "the file's name when it was uploaded"},
	{.name = "file_path", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_WIDE, .most = 1024,
	 .description = "the file, below the tenant's media directory"},
	{.name = "uploaded_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_SORTED,
	 .description = "when it was uploaded"},
	{.name = "format", .type = FIELD_TEXT, MEDIA_DETAIL("format"), .most = 8,
	 .description = "wav, flac, ogg or mp3"},
	{.name = "duration_ms", .type = FIELD_INTEGER, MEDIA_DETAIL("duration_ms"), .most = INT32_MAX,
	 .description = "how long it lasts, in milliseconds"},
	{.name = "bytes", .type = FIELD_INTEGER, MEDIA_DETAIL("bytes"), .most = INT64_MAX,
	 .description = "what it takes of the tenant's quota: the file and what was made of it"},
	{.name = "details", .type = FIELD_JSON,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE | FIELD_DETAIL,
	 .computed = "select to_jsonb(d) - 'media_id' from media_details as d where d.media_id = e.id",
	 .description = "what was found in it: rate, channels, levels in dB, renditions"},
};

/* A queue plays the file b: by its id, or by its name where no other such file has that. */
#define PLAYED_ID                                                                                  \
	"exists (select from queues as q where lower(q.moh_sound) = b.id::text)"
#define PLAYED_NAME                                                                                \
	"exists (select from queues as q, media_files as m where m.id = b.id and m.category = 'moh'" \
	" and q.moh_sound = m.original_name and q.moh_sound not in ('default', 'silence')"         \
	" and not exists (select from media_files as o where o.category = 'moh'"                   \
	" and o.original_name = m.original_name and o.id <> m.id))"
/* Or the tenant's phones hear it when they are held. */
#define HELD_ID                                                                                    \
	"exists (select from settings as s where s.name = 'hold_music'"                            \
	" and lower(s.value #>> '{}') = b.id::text)"
#define HELD_NAME                                                                                  \
	"exists (select from settings as s, media_files as m where m.id = b.id and m.category = 'moh'" \
	" and s.name = 'hold_music' and s.value #>> '{}' = m.original_name"                        \
	" and m.original_name not in ('default', 'silence')"                                       \
	" and not exists (select from media_files as o where o.category = 'moh'"                   \
	" and o.original_name = m.original_name and o.id <> m.id))"
/* Or a number leads to it. */
#define ANNOUNCED "exists (select from numbers as x where x.media_id = b.id)"
#define ANNOUNCED_MESSAGE "is the announcement of a number"
#define PLAYED_MESSAGE "is the music on hold of a queue"
#define HELD_MESSAGE "is the music on hold of the setting hold_music"

const struct resource_rule media_rules[MEDIA_RULES] = {
	{"category",
	 "n.category is null or n.category = 'moh' or not (" PLAYED_ID " or " PLAYED_NAME ")",
	 ERROR_CONFLICT, PLAYED_MESSAGE},
	{"category", "n.category is null or n.category = 'ivr' or not " ANNOUNCED, ERROR_CONFLICT,
	 ANNOUNCED_MESSAGE},
	{"original_name",
	 "n.original_name is null or not " PLAYED_NAME " or exists (select from media_files as m"
	 " where m.id = b.id and m.original_name = n.original_name)",
	 ERROR_CONFLICT, PLAYED_MESSAGE " by this name"},
	{"category",
	 "n.category is null or n.category = 'moh' or not (" HELD_ID " or " HELD_NAME ")",
	 ERROR_CONFLICT, HELD_MESSAGE},
	{"original_name",
	 "n.original_name is null or not " HELD_NAME " or exists (select from media_files as m"
	 " where m.id = b.id and m.original_name = n.original_name)",
	 ERROR_CONFLICT, HELD_MESSAGE " by this name"},
};

const struct resource_rule media_keeps[MEDIA_KEEPS] = {
	{"id", "not (" PLAYED_ID " or " PLAYED_NAME ")", ERROR_CONFLICT, PLAYED_MESSAGE},
	{"id", "not (" HELD_ID " or " HELD_NAME ")", ERROR_CONFLICT, HELD_MESSAGE},
	{"id", "not " ANNOUNCED, ERROR_CONFLICT, ANNOUNCED_MESSAGE},
};

const struct resource_rule setting_rules[SETTING_RULES] = {
	{"value",
	 "n.name <> 'hold_music' or n.value is null or n.value #>> '{}' in ('default', 'silence')"
	 " or exists (select from media_files as m where m.category = 'moh'"
	 " and (m.id::text = lower(n.value #>> '{}') or m.original_name = n.value #>> '{}'))",
	 ERROR_INVALID, "of hold_music must be default, silence, or a music-on-hold file's id or name"},
};

const struct field setting_fields[SETTING_FIELDS] = {
	{.name = "name", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_SEARCHED,
	 .least = 1, .most = 63, .pattern = "^[a-z][a-z0-9_-]*$",
	 .rule = "must be 1 to 63 lower-case letters, digits, - or _, a letter first",
	 .description = "the setting's name, like ring_s"},
	{.name = "value", .type = FIELD_JSON, .flags = FIELD_REQUIRED, .most = 65536,
	 .description = "its value: JSON, or a bare word for a text"},
	{.name = "updated_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_TOUCHED,
	 .description = "when it was last changed"},
};

#define TOLD(name_, longest, flags_, description_)                                                 \
	{.name = (name_), .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | (flags_),                 \
	 .most = (longest), .description = (description_)}

const struct field audit_fields[AUDIT_FIELDS] = {
	WIDE_ID,
	{.name = "at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY, .description = "when"},
	{.name = "actor_kind", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "command session token engine", .description = "how it was done"},
	{.name = "actor_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "the user who did it, where it was one"},
	TOLD("actor_name", 254, FIELD_SEARCHED, "who did it: an e-mail address, or a system user"),
	TOLD("address", 45, FIELD_SEARCHED, "from where, an IP address"),
	TOLD("request_id", 64, FIELD_WIDE | FIELD_SEARCHED, "the request, as the log names it"),
	TOLD("action", 40, FIELD_SEARCHED, "what was done: create, update, delete, ..."),
	TOLD("resource", 40, FIELD_SEARCHED, "to what: extension, queue, ..."),
	TOLD("resource_id", 254, FIELD_SEARCHED, "to which one: its id"),
	{.name = "before", .type = FIELD_JSON, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .most = RESOURCE_BODY_MAX, .description = "the row as it was, secrets masked"},
	{.name = "after", .type = FIELD_JSON, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .most = RESOURCE_BODY_MAX, .description = "the row as it is since, secrets masked"},
};
/* clang-format on */
