/* The rows of the resource table: one for each entity of the data model, and numbers, settings. */
#include "domain/hooks.h"
#include "domain/resource.h"

/* clang-format off */
#define DOMAIN_PATTERN                                                                             \
	"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
#define DOMAIN_RULE "must be a domain name in lower case, like cust1.pbx.example"
#define EMAIL_PATTERN                                                                              \
	"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"                   \
	"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+"                                        \
	"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
/* PostgreSQL's checks say more (a name is not all blanks); these are what a form can show. */
#define LABEL(longest)                                                                             \
	.least = 1, .most = (longest), .pattern = "^[^[:cntrl:]]*$",                               \
	.rule = "must be 1 to " #longest " characters without control characters"

enum {
	ALL_VERBS = RESOURCE_VERB(RESOURCE_CREATE) | RESOURCE_VERB(RESOURCE_LIST) |
	            RESOURCE_VERB(RESOURCE_SHOW) | RESOURCE_VERB(RESOURCE_UPDATE) |
	            RESOURCE_VERB(RESOURCE_DELETE),
	READ_VERBS = RESOURCE_VERB(RESOURCE_LIST) | RESOURCE_VERB(RESOURCE_SHOW),
};

#define ID                                                                                         \
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY, .description = "its id"}
#define WIDE_ID                                                                                    \
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,                  \
	 .description = "its id"}
#define CREATED_AT                                                                                 \
	{.name = "created_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,                       \
	 .description = "when it was created"}

static const struct field tenant_fields[] = {
	WIDE_ID,
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, LABEL(200),
	 .description = "the organisation's name"},
	{.name = "domain", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1, .most = 253,
	 .pattern = DOMAIN_PATTERN, .rule = DOMAIN_RULE,
	 .description = "the domain its phones register with, in lower case"},
	{.name = "schema_name", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_WIDE, .most = 63,
	 .description = "its schema in the database"},
	{.name = "timezone", .type = FIELD_TEXT, .least = 1, .most = 64,
	 .description = "a time zone PostgreSQL knows, like Europe/Berlin; UTC when not given"},
	{.name = "locale", .type = FIELD_TEXT, .least = 2, .most = 64,
	 .pattern = "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$",
	 .rule = "must be a language tag like en or de-CH",
	 .description = "a language tag (BCP 47), like de-CH; en when not given"},
	CREATED_AT,
};

static const struct field user_fields[] = {
	WIDE_ID,
	{.name = "email", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 3, .most = 254,
	 .pattern = EMAIL_PATTERN, .rule = "must be an e-mail address",
	 .description = "e-mail address, unique without regard to case"},
	{.name = "password", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_INPUT,
	 .least = 8, .most = 200, .rule = "must have 8 to 200 characters",
	 .description = "asked for without echo, or the first line of standard input"},
	{.name = "password_hash", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_HIDDEN,
	 .most = 255, .description = "Argon2id"},
	{.name = "global_role", .type = FIELD_CHOICE, .choices = "admin agent",
	 .description = "role in the installation, agent when not given"},
	CREATED_AT,
};

static const struct field member_fields[] = {
	{.name = "user_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_WIDE,
	 .references = "user", .description = "the user: id or e-mail address"},
	{.name = "email", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_COMPUTED,
	 .computed = "select u.email from public.users as u where u.id = e.user_id",
	 .description = "the user's e-mail address"},
	{.name = "tenant_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .description = "the tenant"},
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED,
	 .choices = "owner admin agent", .description = "what the user may do in the tenant"},
};

static const struct field extension_fields[] = {
	WIDE_ID,
	{.name = "extension_number", .type = FIELD_TEXT, .flags = FIELD_REQUIRED,
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
	{.name = "user_id", .type = FIELD_UUID, .flags = FIELD_NULLABLE | FIELD_WIDE,
	 .references = "user",
	 .description = "the member of the tenant whose phone this is: id or e-mail address"},
	{.name = "email", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE,
	 .computed = "case when e.user_id is not null then (select m.email from"
	             " public.my_members() as m where m.user_id = e.user_id) end",
	 .description = "the user's e-mail address"},
};

static const struct resource_rule extension_rules[] = {
	{"user_id",
	 "n.user_id is null or public.hold_member(n.user_id)",
	 ERROR_INVALID, "must be a member of the tenant"},
	{"extension_number",
	 "not exists (select from numbers as x where x.number = n.extension_number)",
	 ERROR_CONFLICT, "is already a number of this tenant"},
};

static const struct resource_action extension_actions[] = {
	{"rotate-credentials", "new SIP user name and password; the phone must be set up again",
	 extension_credentials},
};

static const struct field queue_fields[] = {
	WIDE_ID,
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, LABEL(100),
	 .description = "the queue's name"},
	{.name = "strategy", .type = FIELD_CHOICE, .choices = "ring-all round-robin",
	 .description = "whose phone rings, ring-all when not given"},
	{.name = "moh_sound", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, LABEL(255),
	 .description = "music on hold"},
};

static const struct field queue_member_fields[] = {
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_WIDE,
	 .references = "queue", .description = "the queue: id or name"},
	{.name = "queue", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_COMPUTED,
	 .computed = "select q.name from queues as q where q.id = e.queue_id",
	 .description = "the queue's name"},
	{.name = "extension_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_WIDE,
	 .references = "extension", .description = "the extension: id or number"},
	{.name = "extension", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_COMPUTED,
	 .computed = "select x.extension_number from extensions as x where x.id = e.extension_id",
	 .description = "the extension's number"},
	{.name = "tier", .type = FIELD_INTEGER, .least = 0, .most = 1000,
	 .description = "who is tried first (mod_callcenter's tier level)"},
	{.name = "level", .type = FIELD_INTEGER, .least = 0, .most = 1000,
	 .description = "position inside the tier"},
};

static const struct field number_fields[] = {
	WIDE_ID,
	{.name = "number", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 2, .most = 20,
	 .pattern = "^([+][1-9][0-9]{1,14}|[0-9]{2,20})$",
	 .rule = "must be 2 to 20 digits, or + and 2 to 15 digits",
	 .description = "2 to 20 digits, or + and 2 to 15 digits"},
	{.name = "extension_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_WIDE,
	 .references = "extension", .description = "where it leads: an extension's id or number"},
	{.name = "extension", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_COMPUTED,
	 .computed = "select x.extension_number from extensions as x where x.id = e.extension_id",
	 .description = "the extension's number"},
	CREATED_AT,
};

static const struct resource_rule number_rules[] = {
	{"number", "not exists (select from extensions as x where x.extension_number = n.number)",
	 ERROR_CONFLICT, "is already an extension of this tenant"},
};

static const struct field cdr_fields[] = {
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
	{.name = "details", .type = FIELD_JSON,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_DETAIL,
	 .computed = "select to_json(d) from cdr_details as d where d.cdr_id = e.id",
	 .description = "disposition, cause, legs"},
};

static const struct field media_fields[] = {
	ID,
	{.name = "category", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY, .choices = "moh ivr",
	 .description = "moh (music on hold) or ivr (announcement)"},
	{.name = "original_name", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 255,
	 .description = "the file's name when it was uploaded"},
	{.name = "file_path", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY, .most = 1024,
	 .description = "the file, below the tenant's media directory"},
	{.name = "uploaded_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY,
	 .description = "when it was uploaded"},
};

static const struct field setting_fields[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_IMMUTABLE,
	 .least = 1, .most = 63, .pattern = "^[a-z][a-z0-9_-]*$",
	 .rule = "must be 1 to 63 lower-case letters, digits, - or _, a letter first",
	 .description = "the setting's name, like ring_s"},
	{.name = "value", .type = FIELD_JSON, .flags = FIELD_REQUIRED, .most = 65536,
	 .description = "its value: JSON, or a bare word for a text"},
	{.name = "updated_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_TOUCHED,
	 .description = "when it was last changed"},
};

#define FIELDS(table)  .fields = (table), .n_fields = COUNT_OF(table)
#define RULES(table)   .rules = (table), .n_rules = COUNT_OF(table)
#define ACTIONS(table) .actions = (table), .n_actions = COUNT_OF(table)

const struct resource resources[] = {
	{
		.name = "tenant",
		.plural = "tenants",
		.table = "public.tenants",
		.description = "customers: each has its own schema, phones and call records",
		.read_door = TX_PUBLIC,
		.write_door = TX_PUBLIC,
		.verbs = ALL_VERBS,
		FIELDS(tenant_fields),
		.keys = {"id"},
		.natural = "domain",
		.confirm = "domain",
		.natural_folds = true,
		.order = {"domain"},
		.create = tenant_resource_create,
		.remove = tenant_resource_remove,
	},
	{
		.name = "user",
		.plural = "users",
		.table = "public.users",
		.description = "people who log in",
		.read_door = TX_PUBLIC,
		.write_door = TX_PUBLIC,
		.verbs = ALL_VERBS,
		FIELDS(user_fields),
		.keys = {"id"},
		.natural = "email",
		.natural_folds = true,
		.order = {"email"},
		.prepare = user_prepare,
		.remove = user_resource_remove,
	},
	{
		.name = "member",
		.plural = "members",
		.table = "public.user_tenants",
		.description = "which users belong to a tenant, and as what",
		.read_door = TX_PUBLIC,
		.write_door = TX_PUBLIC,
		.tenant_column = "tenant_id",
		.verbs = ALL_VERBS,
		FIELDS(member_fields),
		.keys = {"user_id"},
		.order = {"user_id"},
		.remove = member_resource_remove,
	},
	{
		.name = "extension",
		.plural = "extensions",
		.table = "extensions",
		.description = "phones: a number, a SIP user name and a password",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(extension_fields),
		.keys = {"id"},
		.natural = "extension_number",
		.order = {"extension_number"},
		RULES(extension_rules),
		/* False, a name taken elsewhere, has no chance worth a sentence: it fails. */
		.written = "1 / public.claim_auth_username(e.id, e.auth_username)::int",
		.deleted = "public.release_auth_username(e.id)",
		ACTIONS(extension_actions),
		.prepare = extension_prepare,
	},
	{
		.name = "queue",
		.plural = "queues",
		.table = "queues",
		.description = "call queues",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(queue_fields),
		.keys = {"id"},
		.natural = "name",
		.order = {"name", "id"},
	},
	{
		.name = "queue-member",
		.plural = "queue members",
		.table = "queue_members",
		.description = "which extensions answer a queue, and in what order",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(queue_member_fields),
		.keys = {"queue_id", "extension_id"},
		.order = {"queue_id", "tier", "level", "extension_id"},
	},
	{
		.name = "number",
		.plural = "numbers",
		.table = "numbers",
		.description = "further numbers that ring an extension",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(number_fields),
		.keys = {"id"},
		.natural = "number",
		.order = {"number"},
		RULES(number_rules),
	},
	{
		.name = "cdr",
		.plural = "call records",
		.table = "cdrs",
		.description = "call records, newest first",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = READ_VERBS,
		FIELDS(cdr_fields),
		.keys = {"id"},
		.order = {"start_time", "id"},
		.descending = true,
	},
	{
		.name = "media",
		.plural = "media files",
		.table = "media_files",
		.description = "uploaded audio",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = READ_VERBS | RESOURCE_VERB(RESOURCE_DELETE),
		FIELDS(media_fields),
		.keys = {"id"},
		.order = {"uploaded_at", "id"},
		.descending = true,
	},
	{
		.name = "setting",
		.plural = "settings",
		.table = "settings",
		.description = "settings of a tenant",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(setting_fields),
		.keys = {"name"},
		.order = {"name"},
	},
};

const size_t n_resources = COUNT_OF(resources);
/* clang-format on */
