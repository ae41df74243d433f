/* Tenants as rows of public.tenants: found by the name people use, created and removed whole. */
#ifndef CENTREX_DOMAIN_TENANT_H
#define CENTREX_DOMAIN_TENANT_H

#include "db/db.h"
#include "domain/snapshot.h"

struct tenant {
	struct uuid id;
	char domain[DOMAIN_MAX];
};

/* By domain, in any case, or id. ERROR_INVALID where it can be neither; ERROR_NOT_FOUND. The field
 * is "tenant". */
MUST_CHECK enum error_code tenant_find(struct db *db, const char *name, struct tenant *ret_tenant,
                                       struct error *err);

#endif
