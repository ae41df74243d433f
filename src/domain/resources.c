/* The rows of the resource table: one for each entity of the data model, and what stands beside it.
 */
#include "domain/hooks.h"
#include "domain/resources_private.h"

enum {
	ALL_VERBS = RESOURCE_VERB(RESOURCE_CREATE) | RESOURCE_VERB(RESOURCE_LIST) |
	            RESOURCE_VERB(RESOURCE_SHOW) | RESOURCE_VERB(RESOURCE_UPDATE) |
	            RESOURCE_VERB(RESOURCE_DELETE),
	READ_VERBS = RESOURCE_VERB(RESOURCE_LIST) | RESOURCE_VERB(RESOURCE_SHOW),
};

/* clang-format off */
/* A user has at most one extension in a tenant. */
#define OWN_EXTENSION "(select x.id from extensions as x where x.user_id = :user)"
#define OWN_NUMBER    "(select x.extension_number from extensions as x where x.user_id = :user)"

#define OWN_QUEUES                                                                                 \
	"(select m.queue_id from queue_members as m where m.extension_id = " OWN_EXTENSION ")"

#define ACCESS(create_, list_, show_, update_, delete_)                                            \
	.access = {                                                                                \
		[RESOURCE_CREATE] = ACCESS_##create_, [RESOURCE_LIST] = ACCESS_##list_,            \
		[RESOURCE_SHOW] = ACCESS_##show_, [RESOURCE_UPDATE] = ACCESS_##update_,            \
		[RESOURCE_DELETE] = ACCESS_##delete_,                                              \
	}
#define READ_ACCESS(read_) ACCESS(OPERATOR, read_, read_, OPERATOR, OPERATOR)
#define FIELDS(table)  .fields = (table), .n_fields = COUNT_OF(table)
#define RULES(table)   .rules = (table), .n_rules = COUNT_OF(table)
#define KEEPS(table)   .keeps = (table), .n_keeps = COUNT_OF(table)
#define ACTIONS(table) .actions = (table), .n_actions = COUNT_OF(table)

const struct resource resources[] = {
	{
		.name = "tenant",
		.plural = "tenants",
		.path = "tenants",
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
		ACCESS(OPERATOR, USER, AGENT, ADMIN, OWNER),
		.own = "e.id in (select m.tenant_id from public.user_tenants as m where m.user_id = :user)",
		.audited_by = "id",
	},
	{
		.name = "user",
		.plural = "users",
		.path = "users",
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
		.updated = user_updated,
		.remove = user_resource_remove,
		ACCESS(OPERATOR, OPERATOR, OPERATOR, OPERATOR, OPERATOR),
	},
	{
		.name = "member",
		.plural = "members",
		.path = "members",
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
		ACCESS(ADMIN, ADMIN, ADMIN, ADMIN, ADMIN),
		.owners_only = ":row.role = 'owner'",
		.remains = ":row.role = 'owner'",
		.remains_rule = "is the tenant's last owner; make somebody else an owner first",
		.audited_by = "tenant_id",
	},
	{
		.name = "extension",
		.plural = "extensions",
		.path = "extensions",
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
		ACCESS(ADMIN, AGENT, AGENT, ADMIN, ADMIN),
		.own = "e.user_id = :user",
	},
	{
		.name = "queue",
		.plural = "queues",
		.path = "queues",
		.table = "queues",
		.description = "call queues",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(queue_fields),
		.keys = {"id"},
		.natural = "name",
		.order = {"name", "id"},
		RULES(queue_rules),
		KEEPS(queue_keeps),
		.check = queue_resource_check,
		/* How it behaves is a row of its own (resource queue-settings). */
		.written = "public.keep_queue_settings(e.id)",
		ACCESS(ADMIN, AGENT, AGENT, ADMIN, ADMIN),
		.own = "e.id in " OWN_QUEUES,
	},
	{
		.name = "queue-settings",
		.plural = "queue settings",
		.path = "queue-settings",
		.table = "queue_settings",
		.description = "how long callers wait, how agents are tried, and what comes after",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		/* A queue has them as long as there is the queue. */
		.verbs = READ_VERBS | RESOURCE_VERB(RESOURCE_UPDATE),
		FIELDS(queue_settings_fields),
		.keys = {"queue_id"},
		.order = {"queue_id"},
		RULES(queue_settings_rules),
		ACCESS(OPERATOR, AGENT, AGENT, ADMIN, OPERATOR),
		.own = "e.queue_id in " OWN_QUEUES,
	},
	{
		.name = "queue-member",
		.plural = "queue members",
		.path = "queue-members",
		.table = "queue_members",
		.description = "which extensions answer a queue, and in what order",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(queue_member_fields),
		.keys = {"queue_id", "extension_id"},
		.order = {"queue_id", "tier", "level", "extension_id"},
		/* Whoever answers a queue is an agent. */
		.written = "public.keep_agent(e.extension_id)",
		ACCESS(ADMIN, AGENT, AGENT, ADMIN, ADMIN),
		.own = "e.extension_id = " OWN_EXTENSION,
	},
	{
		.name = "agent",
		.plural = "agents",
		.path = "agents",
		.table = "agents",
		.description = "who answers queues, and whether at present",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		/* Members of queues are agents. */
		.verbs = READ_VERBS | RESOURCE_VERB(RESOURCE_UPDATE),
		FIELDS(agent_fields),
		.keys = {"extension_id"},
		.order = {"status", "extension_id"},
		.prepare = agent_prepare,
		/* The switches' side listens to that, and sets it there (domain/agent.h). */
		.written = "public.tell_agent(e.extension_id, to_jsonb(e))::text ||"
		           " pg_notify('centrex', 'agent ' ||"
		           " (select t.id from public.my_tenant() t))::text",
		ACCESS(OPERATOR, AGENT, AGENT, AGENT, OPERATOR),
		.own = "e.extension_id = " OWN_EXTENSION,
	},
	{
		.name = "agent-state",
		.plural = "states of agents",
		.path = "agent-states",
		.table = "agent_states",
		.description = "the history of agents, newest first",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = RESOURCE_VERB(RESOURCE_LIST),
		FIELDS(agent_state_fields),
		.keys = {"id"},
		.order = {"since", "id"},
		.descending = true,
		READ_ACCESS(AGENT),
		.own = "e.extension_id = " OWN_EXTENSION,
	},
	{
		.name = "queue-call",
		.plural = "queue calls",
		.path = "queue-calls",
		.table = "queue_calls",
		.description = "what became of each caller in a queue, newest first",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = READ_VERBS,
		FIELDS(queue_call_fields),
		.keys = {"id"},
		.order = {"joined_at", "id"},
		.descending = true,
		READ_ACCESS(AGENT),
		/* Those that were offered to him. */
		.own = "e.id in (select o.queue_call_id from queue_offers as o"
		       " where o.agent_id = " OWN_EXTENSION ")",
	},
	{
		.name = "number",
		.plural = "numbers",
		.path = "numbers",
		.table = "numbers",
		.description = "further numbers, each leading to an extension, a queue or an announcement",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(number_fields),
		.keys = {"id"},
		.natural = "number",
		.order = {"number"},
		RULES(number_rules),
		.check = number_resource_check,
		.prepare = number_prepare,
		ACCESS(ADMIN, ADMIN, ADMIN, ADMIN, ADMIN),
	},
	{
		.name = "cdr",
		.plural = "call records",
		.path = "cdrs",
		.table = "cdrs",
		.description = "call records, newest first",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = READ_VERBS,
		FIELDS(cdr_fields),
		.keys = {"id"},
		.order = {"start_time", "id"},
		.descending = true,
		READ_ACCESS(AGENT),
		/* A caller from outside can call himself anything, and a number outside may look like
		 * an extension; the list has the same rule in classes: cdr_search_sql.c. */
		.own = "(e.caller_id_number = " OWN_NUMBER " and not exists (select from cdr_details as d"
		       " where d.cdr_id = e.id and d.direction = 'inbound'))"
		       " or (e.dest_number = " OWN_NUMBER " and not exists (select from cdr_details as d"
		       " where d.cdr_id = e.id and d.direction = 'outbound'))"
		       " or exists (select from cdr_details as d"
		       " where d.cdr_id = e.id and d.answered_by = " OWN_NUMBER ")",
	},
	{
		.name = "media",
		.plural = "media files",
		.path = "media",
		.table = "media_files",
		.description = "uploaded audio",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		/* Uploads make them: domain/media.h. */
		.verbs = READ_VERBS | RESOURCE_VERB(RESOURCE_UPDATE) |
		         RESOURCE_VERB(RESOURCE_DELETE),
		FIELDS(media_fields),
		.keys = {"id"},
		.natural = "original_name",
		.order = {"uploaded_at", "id"},
		.descending = true,
		RULES(media_rules),
		KEEPS(media_keeps),
		.check = media_resource_check,
		.remove = media_resource_remove,
		ACCESS(ADMIN, ADMIN, ADMIN, ADMIN, ADMIN),
	},
	{
		.name = "setting",
		.plural = "settings",
		.path = "settings",
		.table = "settings",
		.description = "settings of a tenant",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = ALL_VERBS,
		FIELDS(setting_fields),
		.keys = {"name"},
		.order = {"name"},
		RULES(setting_rules),
		.check = setting_resource_check,
		/* What a tenant may take of the installation is not the tenant's to say. */
		.owners_only = ":row.name = 'media_quota_mib'",
		.operators = true,
		ACCESS(ADMIN, ADMIN, ADMIN, ADMIN, ADMIN),
	},
	{
		.name = "registration",
		.plural = "registrations",
		.path = "registrations",
		.table = "registrations",
		.description = "phones that are online, and from where",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = READ_VERBS,
		FIELDS(registration_fields),
		.keys = {"id"},
		.order = {"registered_at", "id"},
		.descending = true,
		READ_ACCESS(AGENT),
		.own = "e.extension_id = " OWN_EXTENSION,
		.visible = "e.expires_at > now()",
	},
	{
		.name = "call",
		.plural = "calls",
		.path = "calls",
		.table = "calls",
		.description = "calls of this moment",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = READ_VERBS,
		FIELDS(call_fields),
		.keys = {"id"},
		.order = {"started_at", "id"},
		.descending = true,
		ACTIONS(call_actions),
		/* The engine that has the call listens to that, and looks here. */
		.written = "pg_notify('centrex', 'hangup ' ||"
		           " (select t.id from public.my_tenant() t))::text",
		READ_ACCESS(AGENT),
		.own = "(e.from_number = " OWN_NUMBER " and e.direction <> 'inbound')"
		       " or (e.to_number = " OWN_NUMBER " and e.direction <> 'outbound')"
		       " or e.answered_by = " OWN_NUMBER,
	},
	{
		.name = "audit",
		.plural = "audit entries",
		.path = "audit",
		.table = "audit_log",
		.description = "who did what in a tenant, newest first",
		.read_door = TX_TENANT,
		.write_door = TX_TENANT,
		.verbs = READ_VERBS,
		FIELDS(audit_fields),
		.keys = {"id"},
		.order = {"at", "id"},
		.descending = true,
		READ_ACCESS(OWNER),
	},
	{
		.name = "token",
		.plural = "tokens",
		.path = "tokens",
		.table = "public.tokens",
		.description = "API tokens for a tenant, whoever's they are",
		.read_door = TX_PUBLIC,
		.write_door = TX_PUBLIC,
		.tenant_column = "tenant_id",
		.verbs = RESOURCE_VERB(RESOURCE_LIST) | RESOURCE_VERB(RESOURCE_SHOW) |
		         RESOURCE_VERB(RESOURCE_DELETE),
		FIELDS(token_fields),
		.keys = {"id"},
		.order = {"created_at", "id"},
		.descending = true,
		ACCESS(OPERATOR, OWNER, OWNER, OPERATOR, OWNER),
		.audited_by = "tenant_id",
	},
	{
		.name = "installation-audit",
		.plural = "audit entries of the installation",
		.path = "audit",
		.table = "public.audit_log",
		.description = "who signed in, and who did what to users and tenants, newest first",
		.read_door = TX_PUBLIC,
		.write_door = TX_PUBLIC,
		.verbs = READ_VERBS,
		FIELDS(audit_fields),
		.keys = {"id"},
		.order = {"at", "id"},
		.descending = true,
		READ_ACCESS(OPERATOR),
	},
};

const size_t n_resources = COUNT_OF(resources);
/* clang-format on */
