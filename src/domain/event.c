#include "domain/event.h"

#include "db/queries.h"

static const char *const slugs[] = {
#define X(id, slug) slug,
	EVENT_LIST(X)
#undef X
};

_Static_assert(COUNT_OF(slugs) == EVENT_KIND_COUNT, "one slug per kind");

const char *event_kind_slug(enum event_kind kind)
{
	return (unsigned)kind < EVENT_KIND_COUNT ? slugs[kind] : "";
}

struct tx_statement event_lock(const char *tenant)
{
	return TX_QUERY(QUERY_EVENT_LOCK, tenant);
}

struct tx_statement event_add(enum event_kind kind, const char *data)
{
	return TX_QUERY(QUERY_EVENT_ADD, event_kind_slug(kind), data);
}

struct tx_statement event_change(const char *resource, const char *id, const char *action)
{
	return TX_QUERY(QUERY_EVENT_CHANGE, resource, id, action);
}
