/* The tables behind the rows of domain/resources.c. For domain/resources*.c only. */
#ifndef CENTREX_DOMAIN_RESOURCES_PRIVATE_H
#define CENTREX_DOMAIN_RESOURCES_PRIVATE_H

#include "domain/resource.h"

/* clang-format off */
/* PostgreSQL's checks say more (a name is not all blanks); these are what a form can show. */
#define LABEL(longest)                                                                             \
	.least = 1, .most = (longest), .pattern = "^[^[:cntrl:]]*$",                               \
	.rule = "must be 1 to " #longest " characters without control characters"

#define ID                                                                                         \
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY, .description = "its id"}
#define WIDE_ID                                                                                    \
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_READ_ONLY | FIELD_WIDE,                  \
	 .description = "its id"}
#define CREATED_AT                                                                                 \
	{.name = "created_at", .type = FIELD_TIME, .flags = FIELD_READ_ONLY | FIELD_SORTED,        \
	 .description = "when it was created"}

/* What who has the extension is called now: none where nobody has it. */
#define EXTENSION_NAME(field, extension)                                                           \
	{.name = (field), .type = FIELD_TEXT,                                                      \
	 .flags = FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_NULLABLE,                               \
	 .computed = "(select public.member_name(x.user_id) from extensions as x"                  \
	             " where x.id = " extension ")",                                               \
	 .description = "what who has the extension is called, as the directory has it"}

/* A new row of the tenant's own table is not one too many (domain/usage.h). */
#define WITHIN_LIMIT(table)                                                                        \
	"not exists (select from public.my_limits() as l where l." table " is not null"            \
	" and not exists (select from " table " as x where x.id = n.id)"                           \
	" and l." table " < (select count(*) from " table ") + :nth)"
#define LIMIT_MESSAGE(rows)                                                                        \
	"is one more than the tenant's limit of " rows "; an operator can raise it"
/* clang-format on */

enum {
	TENANT_FIELDS = 7,
	USER_FIELDS = 6,
	MEMBER_FIELDS = 4,
	MEMBER_RULES = 1,
	EXTENSION_FIELDS = 7,
	EXTENSION_RULES = 4,
	EXTENSION_KEEPS = 1,
	EXTENSION_ACTIONS = 1,
	QUEUE_FIELDS = 4,
	QUEUE_RULES = 3,
	QUEUE_KEEPS = 1,
	QUEUE_MEMBER_FIELDS = 7,
	NUMBER_FIELDS = 9,
	NUMBER_RULES = 3,
	NUMBER_KEEPS = 1,
	QUEUE_SETTINGS_FIELDS = 20,
	QUEUE_SETTINGS_RULES = 2,
	QUEUE_CALL_FIELDS = 21,
	AGENT_FIELDS = 16,
	AGENT_STATE_FIELDS = 12,
	REGISTRATION_FIELDS = 13,
	CALL_FIELDS = 15,
	CALL_ACTIONS = 1,
	CDR_FIELDS = 13,
	MEDIA_FIELDS = 9,
	MEDIA_RULES = 5,
	MEDIA_KEEPS = 3,
	SETTING_FIELDS = 3,
	SETTING_RULES = 1,
	AUDIT_FIELDS = 12,
	TOKEN_FIELDS = 11,
	NODE_FIELDS = 22,
	ISOLATION_REPORT_FIELDS = 13,
	LIMITS_FIELDS = 8,
};

/* resources_operator.c */
extern const struct field node_fields[NODE_FIELDS];
extern const struct field isolation_report_fields[ISOLATION_REPORT_FIELDS];
extern const struct field limits_fields[LIMITS_FIELDS];

/* resources_people.c */
extern const struct field tenant_fields[TENANT_FIELDS];
extern const struct field user_fields[USER_FIELDS];
extern const struct field member_fields[MEMBER_FIELDS];
extern const struct resource_rule member_rules[MEMBER_RULES];
extern const struct field token_fields[TOKEN_FIELDS];

/* resources_phones.c */
extern const struct field extension_fields[EXTENSION_FIELDS];
extern const struct resource_rule extension_rules[EXTENSION_RULES];
extern const struct resource_rule extension_keeps[EXTENSION_KEEPS];
extern const struct resource_action extension_actions[EXTENSION_ACTIONS];
extern const struct field queue_fields[QUEUE_FIELDS];
extern const struct resource_rule queue_rules[QUEUE_RULES];
extern const struct resource_rule queue_keeps[QUEUE_KEEPS];
extern const struct field queue_member_fields[QUEUE_MEMBER_FIELDS];
extern const struct field number_fields[NUMBER_FIELDS];
extern const struct resource_rule number_rules[NUMBER_RULES];
extern const struct resource_rule number_keeps[NUMBER_KEEPS];
extern const struct field agent_fields[AGENT_FIELDS];
extern const struct field registration_fields[REGISTRATION_FIELDS];
extern const struct field call_fields[CALL_FIELDS];
extern const struct resource_action call_actions[CALL_ACTIONS];

/* resources_queues.c */
extern const struct field queue_settings_fields[QUEUE_SETTINGS_FIELDS];
extern const struct resource_rule queue_settings_rules[QUEUE_SETTINGS_RULES];
extern const struct field queue_call_fields[QUEUE_CALL_FIELDS];
extern const struct field agent_state_fields[AGENT_STATE_FIELDS];

/* resources_records.c */
extern const struct field cdr_fields[CDR_FIELDS];
extern const struct field media_fields[MEDIA_FIELDS];
extern const struct resource_rule media_rules[MEDIA_RULES];
extern const struct resource_rule media_keeps[MEDIA_KEEPS];
extern const struct field setting_fields[SETTING_FIELDS];
extern const struct resource_rule setting_rules[SETTING_RULES];
extern const struct field audit_fields[AUDIT_FIELDS];

#endif
