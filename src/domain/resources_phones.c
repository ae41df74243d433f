/* The fields of phones, queues and numbers, and of what goes on now. */
#include "domain/hooks.h"
#include "domain/refused.h"
#include "domain/resources_private.h"

/* Callers of a queue are led to a number, whatever has it: it has to stay. */
#define OVERFLOW(table_, column_)                                                                  \
	"not exists (select from queue_settings as s join " table_ " as x"                         \
	" on x." column_ " = s.overflow_number where x.id = "
#define OVERFLOW_MESSAGE                                                                           \
	"is where a queue's callers are led (overflow_number); let them be led elsewhere first"

/* clang-format off */
const struct field extension_fields[EXTENSION_FIELDS] = {
	WIDE_ID,
	{.name = "extension_number", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_UNIQUE | FIELD_SEARCHED | FIELD_SORTED,
	 .least = 2, .most = 5, .pattern = "^[0-9]{2,5}$", .rule = "must be 2 to 5 digits",
	 .description = "the number one dials, 2 to 5 digits"},
	{.name = "auth_username", .type = FIELD_UUID, .flags = FIELD_READ_ONLY,
	 .description = "SIP user name, generated"},
	{.name = "auth_password", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_SECRET,
	 .most = 200, .description = "SIP password, generated"},
	{.name = "context", .type = FIELD_TEXT, .least = 1, .most = 80,
	 .pattern = "^[A-Za-z0-9._-]+$",
	 .rule = "must be 1 to 80 letters, digits, dots, hyphens or underscores",
	 .description = "dialplan context: letters, digits, . _ -; default when not given"},
	{.name = "user_id", .type = FIELD_UUID, .flags = FIELD_NULLABLE | FIELD_UNIQUE | FIELD_WIDE,
	 .references = "user",
	 .description = "the member of the tenant whose phone this is: id or e-mail address"},
	{.name = "email", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE | FIELD_SEARCHED,
	 .computed = "public.member_name(e.user_id)",
	 .searched = "e.user_id in (select m.user_id from public.my_members() as m"
	             " where m.email ilike :text)",
	 .description = "the user's e-mail address"},
};

const struct resource_rule extension_rules[EXTENSION_RULES] = {
	{"user_id",
	 "n.user_id is null or public.hold_member(n.user_id)",
	 ERROR_INVALID, "must be a member of the tenant"},
	{"extension_number",
	 "not exists (select from numbers as x where x.number = n.extension_number)",
	 ERROR_CONFLICT, "is already a number of this tenant"},
	{"extension_number",
	 OVERFLOW("extensions", "extension_number") "n.id and x.extension_number <> n.extension_number)",
	 ERROR_CONFLICT, OVERFLOW_MESSAGE},
	{"extension_number", WITHIN_LIMIT("extensions"), ERROR_CONFLICT, LIMIT_MESSAGE("extensions")},
};

const struct resource_rule extension_keeps[EXTENSION_KEEPS] = {
	{"id", OVERFLOW("extensions", "extension_number") "b.id)", ERROR_CONFLICT, OVERFLOW_MESSAGE},
};

const struct resource_action extension_actions[EXTENSION_ACTIONS] = {
	{"rotate-credentials", "new SIP user name and password; the phone must be set up again",
	 extension_credentials, ACCESS_ADMIN},
};

const struct field queue_fields[QUEUE_FIELDS] = {
	WIDE_ID,
	{.name = "name", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_UNIQUE | FIELD_SEARCHED | FIELD_SORTED, LABEL(100),
	 .description = "the queue's name; without " REFUSED_TEXT},
	{.name = "strategy", .type = FIELD_CHOICE, .choices = "ring-all round-robin",
	 .description = "whose phone rings, ring-all when not given"},
	{.name = "moh_sound", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, LABEL(255),
	 .description = "music on hold: default, silence, or a moh file's id or name"},
};

const struct resource_rule queue_rules[QUEUE_RULES] = {
	{"moh_sound",
	 "n.moh_sound is null or n.moh_sound in ('default', 'silence') or exists (select from"
	 " media_files as m where m.category = 'moh' and (m.id::text = lower(n.moh_sound)"
	 " or m.original_name = n.moh_sound))",
	 ERROR_INVALID, "must be default, silence, or a music-on-hold file's id or name"},
	/* By a rule, not an index: what was there before may be there twice. */
	{"name",
	 "n.name is null or not exists (select from queues as q where q.name = n.name"
	 " and q.id is distinct from n.id)",
	 ERROR_CONFLICT, "is another queue of this tenant"},
	{"name", WITHIN_LIMIT("queues"), ERROR_CONFLICT, LIMIT_MESSAGE("queues")},
};

const struct resource_rule queue_keeps[QUEUE_KEEPS] = {
	{"id", "not exists (select from numbers as x where x.queue_id = b.id)", ERROR_CONFLICT,
	 "is where a number leads; let the number lead elsewhere first"},
};

const struct field queue_member_fields[QUEUE_MEMBER_FIELDS] = {
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_WIDE,
	 .references = "queue", .description = "the queue: id or name"},
	{.name = "queue", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_SEARCHED,
	 .computed = "select q.name from queues as q where q.id = e.queue_id",
	 .description = "the queue's name"},
	{.name = "extension_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_WIDE,
	 .references = "extension", .description = "the extension: id or number"},
	{.name = "extension", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_SEARCHED,
	 .computed = "select x.extension_number from extensions as x where x.id = e.extension_id",
	 .description = "the extension's number"},
	EXTENSION_NAME("name", "e.extension_id"),
	{.name = "tier", .type = FIELD_INTEGER, .least = 0, .most = 1000,
	 .description = "who is tried first (mod_callcenter's tier level)"},
	{.name = "level", .type = FIELD_INTEGER, .least = 0, .most = 1000,
	 .description = "position inside the tier"},
};

const struct field number_fields[NUMBER_FIELDS] = {
	WIDE_ID,
	{.name = "number", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_UNIQUE | FIELD_SEARCHED | FIELD_SORTED, .least = 2, .most = 20,
	 .pattern = "^([+][1-9][0-9]{1,14}|[0-9]{2,20})$",
	 .rule = "must be 2 to 20 digits, or + and 2 to 15 digits",
	 .description = "2 to 20 digits, or + and 2 to 15 digits"},
	{.name = "extension_id", .type = FIELD_UUID, .flags = FIELD_NULLABLE | FIELD_WIDE,
	 .references = "extension", .description = "where it leads: an extension's id or number"},
	{.name = "extension", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE | FIELD_SEARCHED,
	 .computed = "select x.extension_number from extensions as x where x.id = e.extension_id",
	 .description = "the extension's number"},
	CREATED_AT,
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_NULLABLE | FIELD_WIDE,
	 .references = "queue", .description = "or: a queue's id or name"},
	{.name = "queue", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE | FIELD_SEARCHED,
	 .computed = "select q.name from queues as q where q.id = e.queue_id",
	 .description = "the queue's name"},
	{.name = "media_id", .type = FIELD_UUID, .flags = FIELD_NULLABLE | FIELD_WIDE,
	 .references = "media", .description = "or: an announcement's id or name (media of category ivr)"},
	{.name = "media", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE | FIELD_SEARCHED,
	 .computed = "select m.original_name from media_files as m where m.id = e.media_id",
	 .description = "the announcement's file name"},
};

const struct resource_rule number_rules[NUMBER_RULES] = {
	{"number", "not exists (select from extensions as x where x.extension_number = n.number)",
	 ERROR_CONFLICT, "is already an extension of this tenant"},
	{"media_id",
	 "n.media_id is null or exists (select from media_files as m where m.id = n.media_id"
	 " and m.category = 'ivr')",
	 ERROR_INVALID, "must be an announcement: a media file of category ivr"},
	{"number", OVERFLOW("numbers", "number") "n.id and x.number <> n.number)",
	 ERROR_CONFLICT, OVERFLOW_MESSAGE},
};

const struct resource_rule number_keeps[NUMBER_KEEPS] = {
	{"id", OVERFLOW("numbers", "number") "b.id)", ERROR_CONFLICT, OVERFLOW_MESSAGE},
};

const struct field agent_fields[AGENT_FIELDS] = {
	{.name = "extension_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .references = "extension", .description = "who: an extension's id or number"},
	{.name = "extension", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_SEARCHED,
	 .computed = "select x.extension_number from extensions as x where x.id = e.extension_id",
	 .description = "the extension's number"},
	EXTENSION_NAME("name", "e.extension_id"),
	{.name = "status", .type = FIELD_CHOICE, .choices = "available on_break logged_out",
	 .description = "whether calls of queues are offered"},
	{.name = "reason", .type = FIELD_TEXT, .most = 64, .pattern = "^[^[:cntrl:]]*$",
	 .rule = "must be at most 64 characters without control characters",
	 .description = "why, in words; goes with the status"},
	{.name = "status_since", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_SORTED,
	 .touched_by = "status", .description = "since when"},
	{.name = "state", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "waiting ringing talking wrap_up",
	 .description = "what the phone does at present; wrap_up: left alone after a call"},
	{.name = "state_since", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "since when"},
	{.name = "node", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_WIDE, .most = 64,
	 .description = "the switch that said so"},
	{.name = "requested_at", .type = FIELD_TIME,
	 .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "when the status was asked for, while no switch has confirmed it"},
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .references = "queue", .description = "of which queue's call the state is: id or name"},
	{.name = "queue", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE,
	 .computed = "select q.name from queues as q where q.id = e.queue_id",
	 .description = "the queue's name"},
	{.name = "wrap_up_until", .type = FIELD_TIME,
	 .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "in state wrap_up: until when"},
	{.name = "missed", .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY, .most = INT32_MAX,
	 .description = "offers not answered, one after the other"},
	{.name = "call_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "the queue's call that the state is about"},
	{.name = "ready_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "when available was last asked for: ends a wrap-up before"},
};

/* The database takes what a phone sends as it is; these are bounds, not rules. */
#define SEEN(name_, longest, flags_, description_)                                                 \
	{.name = (name_), .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | (flags_),                 \
	 .most = (longest), .description = (description_)}

const struct field registration_fields[REGISTRATION_FIELDS] = {
	WIDE_ID,
	{.name = "extension_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .references = "extension", .description = "whose phone: an extension's id or number"},
	{.name = "extension", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_SEARCHED,
	 .computed = "select x.extension_number from extensions as x where x.id = e.extension_id",
	 .description = "the extension's number"},
	SEEN("contact", 1024, FIELD_WIDE, "where the phone wants to be called"),
	SEEN("received_address", 45, 0, "the IP address it came from"),
	{.name = "received_port", .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY, .least = 1,
	 .most = 65535, .description = "and the port"},
	{.name = "transport", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY, .choices = "udp tcp tls",
	 .description = "how it is connected"},
	SEEN("call_id", 1024, FIELD_HIDDEN, "of its REGISTER requests"),
	{.name = "cseq", .type = FIELD_INTEGER, .flags = FIELD_READ_ONLY | FIELD_HIDDEN,
	 .most = UINT32_MAX, .description = "of its last REGISTER request"},
	SEEN("user_agent", 256, FIELD_SEARCHED, "make and model, as the phone says"),
	SEEN("node", 64, FIELD_WIDE, "the machine that keeps it"),
	{.name = "registered_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_SORTED,
	 .description = "when it registered last"},
	{.name = "expires_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "when it must have registered again"},
};

const struct field call_fields[CALL_FIELDS] = {
	ID,
	SEEN("node", 64, FIELD_WIDE, "the machine that handles it"),
	{.name = "state", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "ringing answered waiting parked",
	 .description = "what it is doing now; waiting: in a queue"},
	{.name = "direction", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY,
	 .choices = "internal inbound outbound", .description = "between whom"},
	SEEN("from_number", 256, FIELD_SEARCHED, "the caller's number"),
	SEEN("from_name", 256, FIELD_SEARCHED, "the caller's name"),
	SEEN("to_number", 256, FIELD_SEARCHED, "what was dialled"),
	SEEN("answered_by", 64, FIELD_NULLABLE, "the extension that answered"),
	{.name = "started_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_SORTED,
	 .description = "when it began"},
	{.name = "answered_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .description = "when it was answered"},
	{.name = "hangup_requested_at", .type = FIELD_TIME,
	 .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "when an administrator asked to end it"},
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .references = "queue", .description = "the queue it waits in or came through: id or name"},
	{.name = "queue", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE | FIELD_SEARCHED,
	 .computed = "select q.name from queues as q where q.id = e.queue_id",
	 .description = "the queue's name"},
	{.name = "waiting_since", .type = FIELD_TIME,
	 .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "when it joined the queue"},
	{.name = "slot", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_NULLABLE, .most = 5,
	 .description = "in state parked: the number it is taken back by"},
};

const struct resource_action call_actions[CALL_ACTIONS] = {
	{"hang-up", "end the call on both sides", call_hang_up, ACCESS_ADMIN, .later = true},
};
/* clang-format on */
