/*
 * How many calls and phones each tenant has on this node, for the operator's view over all tenants:
 * no union over ten thousand schemas can be that view. Counted in memory as it happens, and written
 * to public.node_tenants every few seconds: what changed since, and came out differently, in one
 * statement. A tenant with neither has no row; the rows go with the node.
 *
 * Counting never waits for the database. While it is away, changes gather where they are counted:
 * one number for each tenant.
 */
#ifndef CENTREX_DOMAIN_NODE_TENANTS_H
#define CENTREX_DOMAIN_NODE_TENANTS_H

#include "db/db.h"

struct node_tenants;

/* kind and node: as public.nodes has them (domain/node.h); copied. Rows that an earlier process of
 * that name left go with the first write. */
MUST_CHECK enum error_code node_tenants_open(struct db *db, const char *kind, const char *node,
                                             struct node_tenants **ret_tenants, struct error *err);
/* Removes the rows it wrote, where the database is there. NULL is allowed. */
void node_tenants_close(struct node_tenants *tenants);

/* One more (1) or fewer (-1); any thread. tenants NULL: nobody counts. */
void node_tenants_call(struct node_tenants *tenants, const struct uuid *tenant, int change);
void node_tenants_phone(struct node_tenants *tenants, const struct uuid *tenant, int change);

#endif
