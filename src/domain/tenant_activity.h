/* The operator's view over all tenants: what domain/node_tenants.h wrote, of every node. */
#ifndef CENTREX_DOMAIN_TENANT_ACTIVITY_H
#define CENTREX_DOMAIN_TENANT_ACTIVITY_H

#include "domain/resource.h"

enum { TENANT_ACTIVITY_FIELDS = 6, TENANT_ACTIVITY_PLACE_MAX = 300 };

extern const struct field tenant_activity_fields[TENANT_ACTIVITY_FIELDS];

struct tenant_activity {
	const char *sort; /* a choice of TENANT_ACTIVITY_SORTS; NULL: the first */
	unsigned limit;
	const char *search; /* in names and domains; NULL: all */
	const char *after;  /* ret_next of the page before; NULL: from the start */
};

#define TENANT_ACTIVITY_SORTS "-calls calls -registrations registrations domain"

/* Tenants with calls or phones on nodes that are: a JSON array; ret_next: "" on the last page.
 * ERROR_INVALID names sort or after. */
MUST_CHECK enum error_code tenant_activity(struct db *db, const struct tenant_activity *wanted,
                                           struct text *ret_rows,
                                           char ret_next[static TENANT_ACTIVITY_PLACE_MAX],
                                           struct error *err);

#endif
