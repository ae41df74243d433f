#include "domain/audit.h"

#include "db/queries.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

void audit_actor(const struct actor *actor, struct audit_actor *ret_actor)
{
	ret_actor->kind = actor_kind_slug(actor->kind);
	ret_actor->user =
		uuid_is_nil(&actor->user) ? NULL : uuid_format(&actor->user, ret_actor->buffer);
	ret_actor->name = or_empty(actor->name);
	ret_actor->address = or_empty(actor->address);
	ret_actor->request_id = or_empty(actor->request_id);
}

#define ACTOR_VALUES(actor)                                                                        \
	(actor)->kind, (actor)->user, (actor)->name, (actor)->address, (actor)->request_id
#define ENTRY_VALUES(entry)                                                                        \
	ACTOR_VALUES(&(entry)->texts), (entry)->action, (entry)->resource,                         \
		or_empty((entry)->resource_id), (entry)->before, (entry)->after

struct tx_statement audit_tenant(struct audit_entry *entry)
{
	audit_actor(entry->actor, &entry->texts);
	return TX_QUERY(QUERY_AUDIT_TENANT, ENTRY_VALUES(entry));
}

struct tx_statement audit_installation(struct audit_entry *entry)
{
	audit_actor(entry->actor, &entry->texts);
	return TX_QUERY(QUERY_AUDIT_INSTALLATION, ENTRY_VALUES(entry));
}

struct tx_statement audit_change(struct audit_entry *entry, const char *tenant)
{
	audit_actor(entry->actor, &entry->texts);
	return TX_QUERY(QUERY_AUDIT_CHANGE, ENTRY_VALUES(entry), tenant);
}

struct tx_statement audit_tenant_row(const struct audit_actor *actor, const char *action,
                                     const char *tenant, const char *version)
{
	return TX_QUERY(QUERY_AUDIT_TENANT_ROW, ACTOR_VALUES(actor), action, tenant, version);
}
