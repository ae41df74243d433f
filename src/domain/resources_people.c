/* The fields of tenants, users, members and tokens. */
#include "domain/resources_private.h"

/* clang-format off */
#define DOMAIN_PATTERN                                                                             \
	"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
#define DOMAIN_RULE "must be a domain name in lower case, like cust1.pbx.example"
#define EMAIL_PATTERN                                                                              \
	"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@"                   \
	"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+"                                        \
	"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"

const struct field tenant_fields[TENANT_FIELDS] = {
	WIDE_ID,
	{.name = "name", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_SEARCHED | FIELD_SORTED, LABEL(200),
	 .description = "the organisation's name"},
	{.name = "domain", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_UNIQUE | FIELD_SEARCHED | FIELD_SORTED, .least = 1, .most = 253,
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

const struct field user_fields[USER_FIELDS] = {
	WIDE_ID,
	{.name = "email", .type = FIELD_TEXT,
	 .flags = FIELD_REQUIRED | FIELD_UNIQUE | FIELD_FOLDED | FIELD_SEARCHED | FIELD_SORTED,
	 .least = 3, .most = 254,
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

const struct field member_fields[MEMBER_FIELDS] = {
	{.name = "user_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED | FIELD_IMMUTABLE | FIELD_WIDE,
	 .references = "user", .description = "the user: id or e-mail address"},
	{.name = "email", .type = FIELD_TEXT,
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_SEARCHED | FIELD_SORTED,
	 .computed = "select u.email from public.users as u where u.id = e.user_id",
	 .description = "the user's e-mail address"},
	{.name = "tenant_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .description = "the tenant"},
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED,
	 .choices = "owner admin agent", .description = "what the user may do in the tenant"},
};

const struct resource_rule member_rules[MEMBER_RULES] = {
	{"user_id",
	 "not exists (select from public.tenant_limits as l where l.tenant_id = n.tenant_id"
	 " and l.members is not null and not exists (select from public.user_tenants as x"
	 " where x.tenant_id = n.tenant_id and x.user_id = n.user_id)"
	 " and l.members < (select count(*) from public.user_tenants as x"
	 " where x.tenant_id = n.tenant_id) + :nth)",
	 ERROR_CONFLICT, LIMIT_MESSAGE("members")},
};

const struct field token_fields[TOKEN_FIELDS] = {
	ID,
	{.name = "user_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,
	 .description = "the user in whose name it acts"},
	{.name = "email", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_COMPUTED,
	 .computed = "select u.email from public.users as u where u.id = e.user_id",
	 .description = "the user's e-mail address"},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_SEARCHED, .most = 100,
	 .description = "what it is for"},
	{.name = "secret_hash", .type = FIELD_TEXT, .flags = FIELD_READ_ONLY | FIELD_HIDDEN,
	 .most = 66, .description = "BLAKE2b of the token"},
	{.name = "tenant_id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_NULLABLE | FIELD_WIDE,
	 .description = "the tenant"},
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .choices = "owner admin agent", .description = "what it may do at most"},
	CREATED_AT,
	{.name = "expires_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .description = "when it ends; null: never"},
	{.name = "last_used_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_NULLABLE,
	 .description = "when it was last used, to the minute"},
	{.name = "wallboard", .type = FIELD_SWITCH, .flags = FIELD_READ_ONLY,
	 .description = "it only reads the figures of queues, for a screen on the wall"},
};
/* clang-format on */
