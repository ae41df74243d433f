#include "domain/access.h"

static const char *const access_slugs[] = {
#define X(id, slug) slug,
	ACCESS_LIST(X)
#undef X
};

static const char *const kind_slugs[] = {
	[ACTOR_COMMAND] = "command",
	[ACTOR_SESSION] = "session",
	[ACTOR_TOKEN] = "token",
	[ACTOR_ENGINE] = "engine",
};

_Static_assert(COUNT_OF(access_slugs) == ACCESS_COUNT, "one slug per rung");
_Static_assert(COUNT_OF(kind_slugs) == ACTOR_KIND_COUNT, "one slug per kind");

const char *access_slug(enum access access)
{
	return (unsigned)access < ACCESS_COUNT ? access_slugs[access] : "";
}

const char *actor_kind_slug(enum actor_kind kind)
{
	return (unsigned)kind < ACTOR_KIND_COUNT ? kind_slugs[kind] : "";
}
