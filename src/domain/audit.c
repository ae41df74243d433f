#include "domain/audit.h"

#include "db/queries.h"

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* NULL: nobody's. */
static const char *user_of(struct audit_entry *entry)
{
	return uuid_is_nil(&entry->actor->user) ? NULL
	                                        : uuid_format(&entry->actor->user, entry->user);
}

struct tx_statement audit_tenant(struct audit_entry *entry)
{
	const struct actor *actor = entry->actor;

	return TX_QUERY(QUERY_AUDIT_TENANT, actor_kind_slug(actor->kind), user_of(entry),
	                or_empty(actor->name), or_empty(actor->address),
	                or_empty(actor->request_id), entry->action, entry->resource,
	                or_empty(entry->resource_id), entry->before, entry->after);
}

struct tx_statement audit_installation(struct audit_entry *entry)
{
	const struct actor *actor = entry->actor;

	return TX_QUERY(QUERY_AUDIT_INSTALLATION, actor_kind_slug(actor->kind), user_of(entry),
	                or_empty(actor->name), or_empty(actor->address),
	                or_empty(actor->request_id), entry->action, entry->resource,
	                or_empty(entry->resource_id), entry->before, entry->after);
}

struct tx_statement audit_change(struct audit_entry *entry, const char *tenant)
{
	const struct actor *actor = entry->actor;

	return TX_QUERY(QUERY_AUDIT_CHANGE, actor_kind_slug(actor->kind), user_of(entry),
	                or_empty(actor->name), or_empty(actor->address),
	                or_empty(actor->request_id), entry->action, entry->resource,
	                or_empty(entry->resource_id), entry->before, entry->after, tenant);
}
